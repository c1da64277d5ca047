"""Definitions whose ways to authenticate could let nobody in, or anybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.testing import definition

SIGNED = {"algorithm": "MasheryMD5", "header": "X-Signature", "secret": "s3cret"}


def problems(folder: Path, **keys: Any) -> list[str]:
    """What is wrong with a definition, without the file and its line."""
    file = folder / "a.json"
    file.write_text(json.dumps(definition("a", **{"use_keyless": False, **keys})))
    report = load_directory(folder)
    assert len(report.definitions) == (0 if report.problems else 1)
    return [str(problem).removeprefix(f"{file}:1: ") for problem in report.problems]


def signature(**change: str) -> dict[str, Any]:
    return {"validate_signature": True, "signature": {**SIGNED, **change}}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"algorithm": ""}, 'algorithm: expected "MasheryMD5" or "MasherySHA256", found ""'),
        (
            {"algorithm": "sha1"},
            'algorithm: expected "MasheryMD5" or "MasherySHA256", found "sha1"',
        ),
        ({"header": ""}, "header: expected the name of the header with the signature, found none"),
        ({"secret": ""}, "secret: expected a secret, found none"),
        (
            {"secret": "$tyk_context.headers_X"},
            "secret: of Tyk's variables a secret can only have those of $tyk_meta",
        ),
        (
            {"secret": "$secret_env.X"},
            "secret: of Tyk's variables a secret can only have those of $tyk_meta",
        ),
    ],
)
def test_signatures_of_keys(tmp_path: Path, change: dict[str, str], problem: str) -> None:
    config = signature(**change)
    assert problems(tmp_path, auth=config) == [f"auth.signature.{problem}"]
    assert problems(tmp_path, auth_configs={"authToken": config}) == [
        f"auth_configs.authToken.signature.{problem}"
    ]
    assert problems(tmp_path, auth=config, use_keyless=True) == []
    assert problems(tmp_path, auth={**config, "validate_signature": False}) == []


def test_signatures_of_keys_that_are_well(tmp_path: Path) -> None:
    assert problems(tmp_path, auth=signature()) == []
    assert problems(tmp_path, auth=signature(secret="$tyk_meta.secret")) == []
    assert problems(tmp_path, auth=signature(header="", param_name="s")) == []


def test_only_plain_keys_are_signed(tmp_path: Path) -> None:
    note = "this version cannot enforce it, so it does not serve the API"
    assert problems(tmp_path, auth_configs={"basic": signature()}) == [
        f"auth_configs.basic.validate_signature: {note}"
    ]


IN_BODY = {
    "extract_from_body": True,
    "body_user_regexp": "<user>(.*)</user>",
    "body_password_regexp": "<password>(.*)</password>",
}


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("", "expected a regular expression, found none"),
        ("(", "not a regular expression: missing ): ("),
        ("(?=a)", "not a regular expression: invalid perl operator: (?="),
    ],
)
@pytest.mark.parametrize("name", ["body_user_regexp", "body_password_regexp"])
def test_what_finds_users_in_bodies(tmp_path: Path, name: str, pattern: str, problem: str) -> None:
    config = {**IN_BODY, name: pattern}
    assert problems(tmp_path, use_basic_auth=True, basic_auth=config) == [
        f"basic_auth.{name}: {problem}"
    ]
    assert problems(tmp_path, use_basic_auth=False, basic_auth=config) == []
    config["extract_from_body"] = False
    assert problems(tmp_path, use_basic_auth=True, basic_auth=config) == []


def test_what_finds_users_well(tmp_path: Path) -> None:
    assert problems(tmp_path, use_basic_auth=True, basic_auth=IN_BODY) == []
