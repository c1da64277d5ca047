"""A folder with a configuration, and what is found in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import frozen

from twisted_tyk.chain.order import ORDER
from twisted_tyk.cli.hook_check import ApartHooks
from twisted_tyk.jsonfile import References
from twisted_tyk.lint.context import Context
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.single import check_file
from twisted_tyk.lint.whole import check_config
from twisted_tyk.settings import Settings
from twisted_tyk.testing import definition

STEPS = tuple(place.name for place in ORDER)


@frozen
class Folder:
    """:ivar path: of it."""

    path: Path

    def conf(self, **settings: Any) -> None:
        self.write("tyk.conf", {"secret": "hunter2", **settings})
        (self.path / "apps").mkdir(exist_ok=True)

    def api(self, name: str = "one", /, **members: Any) -> None:
        self.write(f"apps/{name}.json", {**definition(name), **members})

    def write(self, name: str, content: Any) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, encoding="utf-8")

    def whole(self, timeout: float = 20.0, **environ: str) -> list[str]:
        """What is found from ``tyk.conf`` on: ``rule file pointer``."""
        return self.short(self.all(timeout, **environ))

    def all(self, timeout: float = 20.0, **environ: str) -> Found:
        found = Found()
        conf = str(self.path / "tyk.conf")
        check_config(conf, environ, ApartHooks(timeout), found, STEPS)
        return found

    def one(self, name: str, kind: str = "", timeout: float = 20.0) -> list[str]:
        """The same of one file."""
        return self.short(self.found(name, kind, timeout))

    def found(self, name: str, kind: str = "", timeout: float = 20.0) -> Found:
        found = Found()
        python = ApartHooks(timeout)
        context = Context(Settings(), self.path, python, References({}), STEPS)
        check_file(str(self.path / name), kind, context, found)
        return found

    def short(self, found: Found) -> list[str]:
        shown = found.shown_from(str(self.path))
        return [
            " ".join(
                part
                for part in (finding.rule, finding.problem.file, finding.problem.pointer)
                if part
            )
            for finding in shown.ordered()
        ]
