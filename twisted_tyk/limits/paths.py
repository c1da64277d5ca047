"""Rates of single endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from twisted_tyk.apidef.patterns import PathPattern, searched

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange


@frozen
class PathRate:
    """``rate`` requests in ``per`` seconds for one endpoint.

    :ivar method: in upper case.
    :ivar suffix: stands for it in the names of counters.
    """

    pattern: PathPattern
    method: str
    suffix: str
    rate: float
    per: float


def first_fit(paths: Sequence[PathRate], exchange: Exchange) -> int:
    """The place of the first endpoint that a request is for, else -1."""
    if not paths:
        return -1
    method = exchange.method.decode("ascii", "replace")
    spellings = searched(exchange.path_and_query(), exchange.listen_path)
    for index, each in enumerate(paths):
        if each.method == method and each.pattern.matches(spellings):
            return index
    return -1
