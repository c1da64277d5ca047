"""Plugins in Rust: a crate that depends on ``tyk-plugin``, which is here."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from twisted_tyk.build.checked import checked
from twisted_tyk.build.contract import BuildError, Made, Order
from twisted_tyk.build.run import Ran, run

TITLE = "Rust"

_ARROW: Final = re.compile(r"^(\s*(?:-->|:::) )([^:]+)(:\d+:\d+)$")


def claims(folder: Path) -> bool:
    return (folder / "Cargo.toml").is_file()


def make(order: Order) -> Made:
    """Have Cargo build the crate; see :class:`twisted_tyk.build.contract.Builder`.

    What the folder has in ``Cargo.lock``, it has afterwards too.
    """
    if shutil.which("cargo", path=order.environ.get("PATH")) is None:
        raise BuildError("there is no cargo; install Rust from https://rustup.rs")
    building = _Building(order)
    with _kept(order.folder / "Cargo.lock"):
        ran = building.run("--offline")
        if ran.status and "--offline" in ran.said:
            # It has dependencies that are not on this machine yet.
            ran = building.run()
    return building.made(ran)


@frozen
class _Building:
    order: Order

    def run(self, *more: str) -> Ran:
        sdk = files("twisted_tyk") / "sdk" / "rust"
        return run(
            [
                *("cargo", "rustc", "--release", "--lib", "--crate-type", "cdylib", *more),
                *("--manifest-path", str(self.order.folder / "Cargo.toml")),
                *("--target-dir", str(self.order.cache / "target")),
                *("--message-format", "json", "--color", "never"),
                *("--config", f"patch.crates-io.tyk-plugin.path={json.dumps(str(sdk))}"),
                # A panic that aborts would take the whole process along.
                *("--config", 'profile.release.panic="unwind"'),
            ],
            Path(),
            self.order.environ,
            self.order.progress,
            "compiling the crate and what it depends on",
        )

    def made(self, ran: Ran) -> Made:
        """:raises BuildError: with what the compiler says."""
        folder = self.order.folder
        told = [json.loads(line) for line in ran.out.splitlines() if line.startswith("{")]
        said = [each["message"] for each in told if each["reason"] == "compiler-message"]
        if ran.status:
            lines = [line for message in said for line in self._rendered(message)]
            text = f"{folder}: it does not compile" if lines else f"{folder}: Cargo refuses it"
            raise BuildError(text, lines or ran.said.splitlines())
        library = self._library(told)
        lacking = "it does not say tyk_plugin::export! { ... }"
        manifest = checked(library, folder, lacking)
        warnings = [self._sentence(message) for message in said if message["spans"]]
        return Made(library, manifest, tuple(warnings))

    def _library(self, told: list[Any]) -> Path:
        crate = (self.order.folder / "Cargo.toml").resolve()
        for each in told:
            if each["reason"] == "compiler-artifact" and Path(each["manifest_path"]) == crate:
                for name in each["filenames"]:
                    if name.endswith(".so"):
                        return Path(name)
        raise BuildError(f"{self.order.folder}: Cargo made no shared library of it")

    def _rendered(self, message: Any) -> Iterator[str]:
        for line in message["rendered"].splitlines():
            found = _ARROW.match(line)
            yield f"{found[1]}{self._place(found[2])}{found[3]}" if found else line

    def _sentence(self, message: Any) -> str:
        span = message["spans"][0]
        return f"{self._place(span['file_name'])}:{span['line_start']}: {message['message']}"

    def _place(self, name: str) -> str:
        """A file as the user would name it: Cargo starts at the root of the workspace."""
        folder = self.order.folder
        for parent in (folder, *folder.resolve().parents):
            if (parent / name).exists():
                return str(parent / name)
        return name


@contextmanager
def _kept(file: Path) -> Iterator[None]:
    """Leave a file as it was, there or not there."""
    before = file.read_bytes() if file.exists() else None
    try:
        yield
    finally:
        if before is None:
            file.unlink(missing_ok=True)
        elif file.read_bytes() != before:
            file.write_bytes(before)
