"""The rows of the table of plugins: the same hook in several languages and modes."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.folder import build

from .subjects import BENCH, Subject, twistd

#: Programs without which a language's rows are left out.
TOOLS = {"c": "gcc", "rust": "cargo", "go": "go"}


@dataclass(frozen=True)
class Row:
    """``least`` is the part of the rate without a hook that it is to reach, in percent."""

    name: str
    label: str
    folder: str
    mode: str = ""
    least: float | None = None
    spread: bool = False

    @property
    def language(self) -> str:
        """Of the plugin; of rows that have none it is empty."""
        return self.folder.removesuffix("_plugin") if self.mode else ""


NO_HOOK = Row("no-hook", "no hook", "keyless")
_SPREAD = ", helper on both cores"
ROWS = (
    NO_HOOK,
    Row("python", "Python hook", "pre_hook"),
    Row("c-inline", "C, inline", "c_plugin", "inline", 95),
    Row("c-pool", "C, pool", "c_plugin", "pool", 60),
    Row("c-process", "C, process", "c_plugin", "process", 60),
    Row("c-process-spread", "C, process" + _SPREAD, "c_plugin", "process", 60, True),
    Row("rust-pool", "Rust, pool", "rust_plugin", "pool", 60),
    Row("go-process", "Go, process", "go_plugin", "process", 60),
    Row("go-process-spread", "Go, process" + _SPREAD, "go_plugin", "process", 60, True),
)


def chosen(only: Sequence[str]) -> list[Row]:
    """All rows, or those named."""
    names = [row.name for row in ROWS]
    for name in only:
        if name not in names:
            sys.exit(f"no row {name!r}; there are: {', '.join(names)}")
    return [row for row in ROWS if not only or row.name in only]


def built(languages: Sequence[str], scratch: Path) -> tuple[dict[str, Path], list[str]]:
    """The plugin of each language, and why those are missing that are."""
    libraries, missing = {}, []
    for language in languages:
        if shutil.which(TOOLS[language]) is None:
            missing.append(f"{language}: left out, {TOOLS[language]} is not on the PATH")
            continue
        library = scratch / f"{language}.so"
        try:
            build(
                BENCH / "gateway" / f"{language}_plugin",
                library,
                gateway_version=TYK_VERSION,
                progress=_told,
            )
        except BuildError as error:
            missing.append(f"{language}: left out, it could not be built: {error}")
            print("\n".join(error.lines), file=sys.stderr)
        else:
            libraries[language] = library
    return libraries, missing


def subject(row: Row, library: Path | None, scratch: Path) -> Subject:
    """A gateway with this row's configuration, laid into ``scratch``."""
    folder = Path(mkdtemp(prefix=f"{row.name}-", dir=scratch)) / "gateway"
    shutil.copytree(BENCH / "gateway" / row.folder, folder)
    definition_file = folder / "apps" / "api.json"
    definition = json.loads(definition_file.read_text())
    hooks = definition.get("custom_middleware", {})
    if library is not None:
        shutil.copy(library, folder / "plugin.so")
        for entry in hooks["pre"]:
            entry["mode"] = row.mode
        definition_file.write_text(json.dumps(definition))
    config = str(folder / "tyk.conf")
    return Subject(
        row.name,
        row.label,
        (twistd(), "-n", "--pidfile=", "tyk", "--config", config, "--port", "{port}"),
        request_hook="pre" in hooks,
        spread=row.spread,
    )


def _told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
