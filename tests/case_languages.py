"""The hooks of the cases in every language, each built once for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from plugin_library import compiler

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.folder import build
from twisted_tyk.build.toolchain import find_go

HERE: Final = Path(__file__).parent / "tyk_cases"
NATIVE: Final = ("c", "rust", "go")
LANGUAGES: Final = ("python", *NATIVE)
POINTS: Final = ("pre", "auth_check", "post_key_auth", "post", "response")


class Plugins:
    """Builds the plugin of a language when a test first asks for it."""

    def __init__(self, folder: Path, sources: Mapping[str, Path] | None = None) -> None:
        """:param folder: for what is built. :param sources: by default the cases'."""
        self._folder = folder
        self._sources = sources or {name: HERE / f"hooks_{name}" for name in NATIVE}
        self._built: dict[str, Path] = {}

    def __getitem__(self, language: str) -> Path:
        """The library; without the language's compiler the test is skipped."""
        _needs(language)
        if language not in self._built:
            built = build(
                self._sources[language],
                self._folder / f"{language}.so",
                gateway_version="v5.3.0",
                progress=lambda line: None,
                environ=self._environ(),
            )
            assert built.warnings == ()
            self._built[language] = built.file
        return self._built[language]

    def _environ(self) -> dict[str, str]:
        """Leaves nothing behind but what Go itself keeps."""
        made = {**os.environ, "XDG_CACHE_HOME": str(self._folder)}
        if shutil.which("go"):
            for name in ("GOCACHE", "GOMODCACHE"):
                asked = subprocess.run(["go", "env", name], capture_output=True, text=True)
                made[name] = asked.stdout.strip()
        return {**made, "CFLAGS": "-Wall -Wextra -pedantic -Werror"}


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Plugins:
    """The hooks of the cases, by language."""
    return Plugins(tmp_path_factory.mktemp("plugins"))


def _needs(language: str) -> None:
    if language == "c":
        compiler("cc", "gcc", "clang")
    elif language == "rust":
        compiler("cargo")
    else:
        try:
            find_go(os.environ)
        except BuildError as error:
            pytest.skip(str(error))


def in_language(definition: dict[str, Any], language: str, mode: str = "inline") -> dict[str, Any]:
    """The definition with its hooks in this language, in one library ``plugin.so``.

    :param mode: in which nothing waits for another thread or process, unless another is given.
    """
    if language == "python":
        return definition
    spelled: Callable[[str], str] = camel_case if language == "go" else str
    made = deepcopy(definition)
    middleware = made["custom_middleware"]
    middleware["driver"] = "goplugin"
    for point in POINTS:
        entries = middleware.get(point, [])
        for entry in [entries] if isinstance(entries, dict) else entries:
            assert entry["path"].startswith("hooks/")
            entry |= {"name": spelled(entry["name"]), "path": "plugin.so", "mode": mode}
    for version in made["version_data"]["versions"].values():
        for entry in version.get("extended_paths", {}).get("go_plugin", []):
            entry |= {"func_name": spelled(entry["func_name"]), "plugin_path": "plugin.so"}
            entry["mode"] = mode
    return made


def camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
