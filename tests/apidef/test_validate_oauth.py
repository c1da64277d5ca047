"""Definitions whose OAuth server would send tokens or users where they do not belong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.testing import definition

GRANTS = '"authorization_code", "refresh_token", "client_credentials", "password"'
LOGIN = (
    "oauth_meta.auth_login_redirect: expected an http or https URL or a path, without a fragment"
)
NOTIFY = "notifications.oauth_on_keychange_url: expected an http or https URL"


def problems(folder: Path, **keys: Any) -> list[str]:
    """What is wrong with a definition, without the file and its line."""
    file = folder / "a.json"
    given = {"use_keyless": False, "use_oauth2": True, **keys}
    file.write_text(json.dumps(definition("a", **given)))
    report = load_directory(folder)
    assert len(report.definitions) == (0 if report.problems else 1)
    return [str(problem).removeprefix(f"{file}:1: ") for problem in report.problems]


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        (
            {"allowed_access_types": ["password", "assertion"]},
            f'oauth_meta.allowed_access_types[1]: expected one of {GRANTS}, found "assertion"',
        ),
        (
            {"allowed_authorize_types": ["id_token"]},
            'oauth_meta.allowed_authorize_types[0]: expected one of "code", "token", '
            'found "id_token"',
        ),
        ({"auth_login_redirect": "login"}, LOGIN),
        ({"auth_login_redirect": "//login.test/"}, LOGIN),
        ({"auth_login_redirect": "/\\login.test/"}, LOGIN),
        ({"auth_login_redirect": "javascript:alert(1)"}, LOGIN),
        ({"auth_login_redirect": "https:///login"}, LOGIN),
        ({"auth_login_redirect": "https://login.test:port/"}, LOGIN),
        ({"auth_login_redirect": "https://[login/"}, LOGIN),
        ({"auth_login_redirect": "https://login.test/#page"}, LOGIN),
        ({"auth_login_redirect": "https://login.test/\r\nSet-Cookie: a=b"}, LOGIN),
        ({"auth_login_redirect": "https://login.test/a b"}, LOGIN),
        ({"allowed_access_types": "password"}, "oauth_meta.allowed_access_types: expected a list"),
    ],
)
def test_meta_that_makes_no_sense(tmp_path: Path, meta: dict[str, Any], problem: str) -> None:
    [found] = problems(tmp_path, oauth_meta=meta)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("notifications", "problem"),
    [
        ({"oauth_on_keychange_url": "owner.test"}, NOTIFY),
        ({"oauth_on_keychange_url": "ftp://owner.test/"}, NOTIFY),
        ({"oauth_on_keychange_url": "/keys"}, NOTIFY),
        (
            {"shared_secret": "a\nb"},
            "notifications.shared_secret: it cannot be sent, for it has a control character",
        ),
    ],
)
def test_notifications_that_nobody_gets(
    tmp_path: Path, notifications: dict[str, str], problem: str
) -> None:
    assert problems(tmp_path, notifications=notifications) == [problem]


@pytest.mark.parametrize(
    "login", ["", "/login", "http://127.0.0.1:3000/login?x=1", "https://login.test"]
)
def test_login_pages(tmp_path: Path, login: str) -> None:
    assert problems(tmp_path, oauth_meta={"auth_login_redirect": login}) == []


def test_what_is_not_used_may_be_anything(tmp_path: Path) -> None:
    meta = {"allowed_access_types": ["magic"], "auth_login_redirect": "nowhere"}
    assert problems(tmp_path, use_oauth2=False, oauth_meta=meta) == []
