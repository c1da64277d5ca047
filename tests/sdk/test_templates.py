"""What ``tyk plugin new`` begins with builds, and does what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from case_languages import Plugins
from gateways import MakeGateway
from plugin_library import SDK

from twisted_tyk.testing import definition

TEMPLATES = SDK / "templates"
NATIVE = ("c", "go", "rust")


def copied(language: str, folder: Path) -> Path:
    """The template as a plugin that is called ``first``."""
    for file in sorted((TEMPLATES / language).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            into = folder / file.relative_to(TEMPLATES / language)
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_text(file.read_text(encoding="utf-8").replace("{{name}}", "first"))
    return folder


def entry(language: str, snake: str) -> dict[str, Any]:
    name = snake if language in ("c", "rust") else "".join(map(str.capitalize, snake.split("_")))
    if language == "python":
        return {"name": name, "path": "hook.py"}
    return {"name": name, "path": "plugin.so", "mode": "inline"}


@pytest.mark.parametrize("language", [*NATIVE, "python"])
def test_a_new_plugin_builds_and_works(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, gateway: MakeGateway, language: str
) -> None:
    copied(language, tmp_path)
    if language != "python":
        plugins = Plugins(tmp_path_factory.mktemp("built"), {language: tmp_path})
        (tmp_path / "plugin.so").symlink_to(plugins[language])
    made = definition(
        "one", pre=[entry(language, "add_header")], response=[entry(language, "tell_status")]
    )
    made["custom_middleware"]["driver"] = "twisted" if language == "python" else "goplugin"
    running = gateway(made, settings={"plugin_cache_path": str(tmp_path / "cache")})
    answer = running.get("/one/x")
    assert answer.status == 200
    assert answer.headers.get("X-Upstream-Status") == "200"
    assert running.upstream.requests[0].headers.get("X-Plugin") == "first"


@pytest.mark.parametrize("language", [*NATIVE, "python"])
def test_a_new_plugin_says_how_to_go_on(language: str) -> None:
    text = (TEMPLATES / language / "README.rst").read_text(encoding="utf-8")
    assert text.startswith("{{name}}\n========\n")
    assert "tyk plugin" in text
    assert 9 <= len(text.splitlines()) <= 14
