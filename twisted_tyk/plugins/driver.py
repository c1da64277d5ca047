"""Which driver loads which entry, and what becomes of one that does not load."""

from __future__ import annotations

from attrs import frozen


class LoadError(Exception):
    """A hook could not be loaded; the text names file, line and what was asked for."""


@frozen
class Loaded:
    """A hook that is ready to be called.

    :ivar hook: a provider of ``IRequestHook`` or ``IResponseHook``.
    :ivar title: ``GoPluginMiddleware:<path>:<symbol>``, the name Tyk's
        documents give hooks in metrics, for every driver.
    :ivar owned: file names of the code, by which log lines find its frames.
    """

    hook: object
    title: str
    owned: frozenset[str]


def title(path: str, name: str) -> str:
    return f"GoPluginMiddleware:{path}:{name}"
