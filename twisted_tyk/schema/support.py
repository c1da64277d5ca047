"""What this version makes of keys that it reads and does not support."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_type_hints

from twisted_tyk.apidef.support import NOT_SUPPORTED
from twisted_tyk.settings.model import Settings
from twisted_tyk.settings.support import LEFT_OUT, REFUSED

_LEFT_OUT: Final = "Left out: this version does not support it."
_NOT_STARTED: Final = "This version does not support it, and does not start with it."
_NOT_SERVED: Final = "This version does not support it, and does not serve APIs that ask for it."


def notes() -> Iterator[tuple[tuple[type, str], str]]:
    """The class and the name of each such key, and a sentence."""
    for path in REFUSED:
        yield _key(Settings, path), _NOT_STARTED
    for path in LEFT_OUT:
        yield _key(Settings, path), _LEFT_OUT
    for feature in NOT_SUPPORTED:
        if feature.whole is not None:
            yield _key(feature.whole, feature.name), _NOT_SERVED if feature.guards else _LEFT_OUT


def _key(kind: type, path: str) -> tuple[type, str]:
    """The class that the last part of a path is a key of."""
    *above, name = path.split(".")
    for part in above:
        kind = get_type_hints(kind)[part]
    return kind, name
