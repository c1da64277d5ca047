"""What a compiler has made, before it is handed over."""

from __future__ import annotations

from pathlib import Path

from twisted_tyk.build.contract import BuildError
from twisted_tyk.native.examine import examine
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.plugins.driver import LoadError


def checked(library: Path, folder: Path, lacking: str) -> Manifest:
    """The manifest of a library that a gateway on this machine would load.

    :param folder: of the sources, for messages.
    :param lacking: what is most likely missing in them when it is no plugin.
    :raises BuildError: when it would not.
    """
    try:
        return examine(library, str(folder))
    except LoadError as error:
        text = str(error)
        if "no plugin" in text or "does not export" in text:
            raise BuildError(f"{folder}: it compiles, but makes no plugin: {lacking}") from error
        raise BuildError(f"what was compiled would not be loaded: {text}") from error
