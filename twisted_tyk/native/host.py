"""Where plugins are run in this process: by the extension in C, or without it by Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from twisted_tyk.native.contract import InlineLibrary, Loading, Services, Soon

#: Told a background log line: file, level of :mod:`~twisted_tyk.native.abi`, text, JSON fields
#: or nothing.
Told = Callable[[str, int, str, str], None]
#: Told a metric: file, kind of :mod:`~twisted_tyk.native.abi`, name, value.
Metered = Callable[[str, int, str, float], None]

#: Seconds that calls under way have to end, and then the plugin, when a library is closed.
GRACE: Final = 5.0
#: Seconds that loading a library and its ``tyk_plugin_init`` may take.
LOAD_TIME: Final = 30.0
#: A day: in milliseconds it is a number of 32 bits, and not even that is ever waited for.
_LONGEST: Final = 86400.0


class HostForked(RuntimeError):
    """This process was forked off after the host was made; plugins do not survive that."""


class Host(Protocol):
    """Loads libraries, runs their calls in threads and brings back what becomes of them.

    All of it is called in one thread, the reactor's, and it knows of no
    reactor. In a process that was forked off afterwards it does nothing but
    raise :class:`HostForked` or answer ``E_REFUSED``.

    :ivar kind: ``c`` or ``python``.
    """

    kind: str

    def fileno(self) -> int:
        """A descriptor that is readable when there is something to :meth:`drain`."""

    def drain(self) -> None:
        """Tell what has come: calls that are over, services, log lines, metrics.

        What one of those who are told raises goes to the log, and not to the others.
        """

    def load(self, loading: Loading) -> InlineLibrary:
        """Load ``loading.copy`` and initialise it. It holds the caller up for that long.

        Services cannot be had before that is done.

        :raises LoadError: when it cannot be; one sentence.
        """

    def close(self) -> None:
        """Stop, without waiting for anything. Libraries should have been closed before.

        Nobody is told anything any more; services that plugins wait for are refused.
        """


def make_host(
    services: Services,
    told: Told,
    metered: Metered,
    extension: bool | None = None,
    *,
    grace: float = GRACE,
    load_time: float = LOAD_TIME,
    soon: Soon = lambda do: do(),
) -> Host:
    """A host; make it after the last fork.

    :param extension: whether it is to be the one in C; otherwise it is when that is built.
    :param grace: seconds that a library which is closed has for its calls to end.
    :param load_time: seconds that a library has to become ready.
    :param soon: has something done in this thread when what goes on there is over; calls that
        were submitted until then are begun together, which wakes fewer threads.
    :raises ImportError: when ``extension`` is true and it is not built.
    """
    from twisted_tyk.native.desk import Desk

    desk = Desk(services, told, metered, min(grace, _LONGEST), min(load_time, _LONGEST), soon)
    if extension is not False:
        try:
            from twisted_tyk.native.in_process import CHost
        except ImportError:
            if extension:
                raise
        else:
            return CHost(desk)
    from twisted_tyk.native.pure import PythonHost

    return PythonHost(desk)
