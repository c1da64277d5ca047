"""Our reactor and our transports keep Twisted's contracts: its own tests say so."""

from __future__ import annotations

from typing import Any

from twisted.internet.test import test_core, test_fdset, test_tcp, test_time
from twisted.internet.test.reactormixins import ReactorBuilder
from twisted.trial.unittest import SynchronousTestCase

from twisted_tyk.transport.eager import connect_tcp, listen_tcp
from twisted_tyk.transport.reactor import LeanReactor


class EagerReactor(LeanReactor):
    """The lean reactor with eager transports wherever TCP is asked for."""

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        return listen_tcp(self, port, factory, backlog, interface)

    def connectTCP(
        self, host: Any, port: Any, factory: Any, timeout: Any = 30, bindAddress: Any = None
    ) -> Any:
        return connect_tcp(self, host, port, factory, timeout, bindAddress)


# Bases of other builders, and suites for reactors that are not ours.
_OTHERS = {"GlibTimeTestsBuilder", "TCPConnectorTestsBuilder", "TestBindAddressBuilder"}
_LEFT_OUT = (
    # Skipped for Twisted's epoll reactor too, which cannot see it either.
    "test_lostFileDescriptor",
    # Given up: reading brings no logging context along.
    "test_logPrefix",
    # Fails for Twisted's own reactors where warnings are errors.
    "test_badContext",
)

BUILDERS: tuple[type[ReactorBuilder], ...] = tuple(
    builder
    for module in (test_core, test_fdset, test_tcp, test_time)
    for name, builder in vars(module).items()
    if isinstance(builder, type)
    and issubclass(builder, ReactorBuilder)
    and builder.__module__ == module.__name__
    and name.endswith(("Builder", "AbortConnectionTests"))
    and name not in _OTHERS
)


def test_there_are_suites() -> None:
    """An empty list would prove nothing."""
    names = {builder.__name__ for builder in BUILDERS}
    assert {"TCP4ClientTestsBuilder", "TCPPortTestsBuilder", "ReactorFDSetTestsBuilder"} <= names


def _cases() -> dict[str, type]:
    cases = {}
    for builder in BUILDERS:
        for reactor in (LeanReactor, EagerReactor):
            name = f"{builder.__name__}_{reactor.__name__}"
            cases[name] = type(
                name,
                (builder, SynchronousTestCase),
                {
                    "reactorFactory": reactor,
                    "__module__": __name__,
                    **{test: None for test in _LEFT_OUT if hasattr(builder, test)},
                },
            )
    return cases


locals().update(_cases())
