"""What stands in more than one place, for lack of a way to say it once."""

from __future__ import annotations

import re

import pytest
from plugin_library import SDK

from twisted_tyk._version import __version__
from twisted_tyk.build.toolchain import OLDEST
from twisted_tyk.native.examine import EXPORTS


def said(file: str, pattern: str) -> str:
    found = re.search(pattern, (SDK / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{file} does not say it"
    return found[1]


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("c/tyk_hook/export.h", r'^#define TYK_HOOK_SDK "(.+)"$'),
        ("c/tyk_plugin.h", r'"sdk": "([^"]+)"'),
        ("rust/Cargo.toml", r'^version = "(.+)"$'),
    ],
)
def test_what_plugins_are_built_with_has_the_version_of_the_package(
    file: str, pattern: str
) -> None:
    assert said(file, pattern) == __version__.partition(".dev")[0]


@pytest.mark.parametrize(
    "file", ["go.work", *(str(mod.relative_to(SDK / "go")) for mod in SDK.glob("go/**/go.mod"))]
)
def test_the_oldest_go_is_the_one_that_is_asked_for(file: str) -> None:
    assert said(f"go/{file}", r"^go (.+)$") == "{}.{}".format(*OLDEST)


def test_a_library_is_looked_at_for_what_the_header_declares() -> None:
    header = (SDK / "c" / "tyk_plugin.h").read_text(encoding="utf-8")
    declared = re.findall(r"^TYK_EXPORT [^;]*?(tyk_plugin_\w+)\(", header, re.MULTILINE)
    assert tuple(declared) == EXPORTS
