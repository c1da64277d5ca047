"""What limits all callers of an API together: its own rate, and those of its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.patterns import PathPattern
from twisted_tyk.limits.contract import Kind, Rate
from twisted_tyk.limits.names import api_name, endpoint_suffix, rate_name
from twisted_tyk.limits.paths import PathRate, first_fit

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange


@frozen
class ApiLimits:
    """
    :ivar paths: endpoints with a rate of their own, which counts in place of the API's.
    :ivar rates: the asks: first those of ``paths``, in the same order, then that of the API,
        or ``None``.
    """

    paths: Sequence[PathRate]
    rates: Sequence[Rate | None]
    limited: bool = field(init=False)

    @limited.default
    def _limited(self) -> bool:
        return any(self.rates)

    def place(self, exchange: Exchange) -> int:
        """Where in :attr:`rates` the one of a request is; -1 is the API's."""
        return first_fit(self.paths, exchange)


def api_limits(
    definition: ApiDefinition,
    shown: Callable[[str], str],
    compile_path: Callable[[str], PathPattern],
    version: str,
) -> ApiLimits:
    """Those of a definition [gateway/mw_api_rate_limit.go].

    :param shown: what stands for the API in the names of counters.
    :param version: another one for each time that the API is loaded.
    :raises ValueError: when a path is no pattern.
    """
    if definition.disable_rate_limit:
        return ApiLimits((), (None,))

    def asks(rate: float, per: float, endpoint: str = "") -> Rate | None:
        if rate <= 0 or per <= 0:
            return None
        name = api_name(definition.org_id, definition.api_id, endpoint)
        return Rate(Kind.API, rate_name(shown(name)), rate, per, version)

    info = definition.version
    paths = [
        PathRate(
            compile_path(entry.path), entry.method.upper(),
            endpoint_suffix(entry.method, entry.path), entry.rate, entry.per,
        )
        for entry in (info.extended_paths.rate_limit if info and info.use_extended_paths else ())
        if not entry.disabled and entry.rate > 0 and entry.per > 0
    ]  # fmt: skip
    everywhere = definition.global_rate_limit
    whole = None if everywhere.disabled else asks(everywhere.rate, everywhere.per)
    return ApiLimits(
        tuple(paths), (*(asks(each.rate, each.per, each.suffix) for each in paths), whole)
    )
