"""One folder of sources becomes one library, whatever the language."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from twisted_tyk.build import c, go, rust
from twisted_tyk.build.cache import held_cache, with_home
from twisted_tyk.build.contract import Builder, BuildError, Built, Order, Progress
from twisted_tyk.native.elf import MAGIC, Elf
from twisted_tyk.native.find import versioned as versioned_name
from twisted_tyk.native.machine import machine_name

#: In the order in which a folder is offered to them: a crate may hold C files, and so may Go.
BUILDERS: tuple[Builder, ...] = (go, rust, c)


def build(
    folder: Path,
    output: Path | None = None,
    *,
    versioned: bool = False,
    gateway_version: str,
    progress: Progress,
    environ: Mapping[str, str] = os.environ,
) -> Built:
    """Build the plugin in ``folder``. Blocks while the compiler runs.

    :param output: by default ``plugin.so`` in that folder; a relative one starts at the
        working directory.
    :param versioned: give it the name by which Tyk's gateways look for it,
        ``plugin_v5.3.0_linux_amd64.so``.
    :param gateway_version: such as ``v5.3.0``.
    :raises BuildError: saying what is wrong and what to do.
    """
    started = time.monotonic()
    builder = _builder(folder)
    path = output or folder / "plugin.so"
    _replaceable(path)
    environ = with_home(environ)
    with held_cache(folder, environ) as cache:
        made = builder.make(Order(folder, cache, environ, progress))
        if versioned:
            # A compiler can be told to build for another machine, each in its own way.
            with made.library.open("rb") as file:
                elf = Elf.read(file)
                machine = machine_name(elf.machine, elf.bits, elf.order)
            path = Path(versioned_name(str(path), gateway_version, machine=machine))
        _put(made.library, path)
    return Built(path, made.manifest, time.monotonic() - started, made.warnings)


def _builder(folder: Path) -> Builder:
    try:
        files = os.listdir(folder)
    except FileNotFoundError:
        raise BuildError(f"{folder}: no such folder") from None
    except NotADirectoryError:
        raise BuildError(f"{folder}: not a folder; name the folder it is in") from None
    except OSError as error:
        raise BuildError(f"{folder}: can not be read: {error.strerror}") from error
    claiming = [builder for builder in BUILDERS if builder.claims(folder)]
    if go in claiming and rust in claiming:
        raise BuildError(f"{folder}: there are sources of Go and of Rust in it; keep one language")
    if claiming:
        return claiming[0]
    if any(name.endswith(".py") for name in files):
        raise BuildError(
            f"{folder}: there is nothing to build in it; hooks in Python are loaded as they are: "
            "type `tyk plugin check` with the name of the .py"
        )
    known = ", ".join(builder.TITLE for builder in BUILDERS)
    raise BuildError(f"{folder}: there is nothing to build in it; looked for sources of {known}")


def _replaceable(path: Path) -> None:
    """:raises BuildError: when a file is there that is no library, such as one of the sources."""
    if os.path.isdir(path):
        raise BuildError(f"{path} is a folder; name a file, such as {path / 'plugin.so'}")
    if os.path.exists(path) and not os.path.isfile(path):
        raise BuildError(f"{path}: is no file that could be replaced; name another file")
    if path.suffix == ".so":
        return  # whatever it is, it is there to be replaced
    try:
        with path.open("rb") as file:
            library = file.read(len(MAGIC)) == MAGIC
    except OSError:
        return  # nothing is there, or writing says what is wrong
    if not library:
        raise BuildError(f"{path}: is there already, and is no plugin; name another file")


def _put(library: Path, path: Path) -> None:
    """Replace ``path`` in one step: whoever has the old file loaded keeps the old file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise BuildError(f"{path}: can not be written: {error.strerror}") from error
    try:
        with os.fdopen(number, "wb") as file, library.open("rb") as source:
            shutil.copyfileobj(source, file)
            os.fchmod(number, 0o755)
        os.replace(name, path)
    except OSError as error:
        os.unlink(name)
        raise BuildError(f"{path}: can not be written: {error.strerror}") from error
