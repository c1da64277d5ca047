"""Patches in Go and Rust, built as ``tyk plugin build`` builds them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from case_languages import Plugins
from gateways import MakeGateway
from patch_files import SETTINGS, listed, manifest

from twisted_tyk.testing import MemoryGateway, definition

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "code" / "go-patch"
ONE = definition("one", allowed_ips=["10.0.0.0/8"])
#: Where nothing stands in the way of a patch.
OPEN = definition("one")
Patched = Callable[..., MemoryGateway]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Plugins:
    """A library in each language; that in Go has the manual's function too."""
    folder = tmp_path_factory.mktemp("patches")
    sources = shutil.copytree(HERE / "go", folder / "go")
    shutil.copy(PAGE / "plugin.go", sources)
    return Plugins(folder, {"go": sources, "rust": HERE / "rust"})


@pytest.fixture(params=["go", "rust"], ids=["(go)", "(rust)"])
def language(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path, built: Plugins, language: str) -> Patched:
    """A gateway with a function as a patch that stands everywhere."""

    def make(symbol: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        folder = tmp_path / "patches" / "fix"
        folder.mkdir(parents=True)
        text = json.dumps(manifest(path="plugin.so", symbol=symbol, always=True, **keys))
        (folder / "manifest.json").write_text(text)
        shutil.copy(built[language], folder / "plugin.so")
        return gateway(api, settings=SETTINGS)

    return make


def test_it_may_change_a_request(patched: Patched, language: str) -> None:
    running = patched("Change")
    answer = running.get("/one/x", X_Gone="1")
    assert (answer.status, answer.headers.get("X-Reply")) == (200, language)
    [asked] = running.upstream.requests
    assert (asked.target, asked.headers.get("X-Patched")) == ("/patched", language)
    assert asked.headers.get("X-Gone") is None
    shown = listed(running)["fix"]
    assert (shown["apis"], shown["calls"], shown["errors"]) == (["one"], 1, 0)


@pytest.mark.parametrize("replaces", ["IPWhiteListMiddleware", "proxy"])
def test_it_may_answer(patched: Patched, language: str, replaces: str) -> None:
    running = patched("Answer", OPEN, replaces=replaces)
    answer = running.get("/one/x")
    assert (answer.status, answer.body) == (202, b"from a patch")
    assert answer.headers.get("X-Reply") == language
    assert running.upstream.requests == []


@pytest.mark.parametrize(
    ("on_error", "address", "expected"),
    [("fail", "10.0.0.1", 500), ("skip", "10.0.0.1", 200), ("skip", "192.0.2.1", 403)],
)
def test_one_that_fails_has_changed_nothing(
    patched: Patched, on_error: str, address: str, expected: int
) -> None:
    running = patched("Fail", on_error=on_error)
    answer = running.get("/one/x", X_Forwarded_For=address, X_Gone="1")
    assert (answer.status, answer.headers.get("X-Reply")) == (expected, None)
    for asked in running.upstream.requests:
        assert (asked.target, asked.headers.get("X-Gone")) == ("/x", "1")
        assert asked.headers.get("X-Patched") is None
    shown = listed(running)["fix"]
    assert (shown["errors"], shown["skipped"]) == (1, expected != 500)


def test_nor_has_one_that_should_have_answered(patched: Patched) -> None:
    """It has changed the request and let it go on, in the place of the proxy."""
    running = patched("Change", OPEN, replaces="proxy", on_error="skip")
    answer = running.get("/one/x", X_Gone="1")
    assert (answer.status, answer.headers.get("X-Reply")) == (200, None)
    [asked] = running.upstream.requests
    assert (asked.target, asked.headers.get("X-Gone")) == ("/x", "1")
    assert asked.headers.get("X-Patched") is None


def test_it_may_change_an_answer(patched: Patched, language: str) -> None:
    running = patched("Back", OPEN, replaces="response")
    answer = running.get("/one/x")
    assert (answer.status, answer.headers.get("X-Reply")) == (200, language.upper())


@pytest.mark.parametrize("language", ["go"], ids=["(go)"])
def test_what_the_manual_shows(
    gateway: MakeGateway, tmp_path: Path, built: Plugins, language: str
) -> None:
    folder = shutil.copytree(PAGE, tmp_path / "patches" / "ip-list-go")
    shutil.copy(built[language], folder / "plugin.so")
    running = gateway(ONE, settings=SETTINGS)

    def ask(address: str) -> int:
        return running.get("/one/x", X_Forwarded_For=address).status

    assert [ask("64:ff9b::10.0.0.1"), ask("10.0.0.1")] == [200, 200]
    assert [ask("64:ff9b::192.0.2.1"), ask("192.0.2.1"), ask("::1")] == [403, 403, 403]
    fields = [asked.headers.get("X-Allowed-By") for asked in running.upstream.requests]
    assert fields == ["10.0.0.0/8", "10.0.0.0/8"]
    shown = listed(running)["ip-list-go"]
    assert (shown["calls"], shown["errors"]) == (5, 0)
