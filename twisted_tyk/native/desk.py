"""What either host does with what comes from plugins, in the reactor thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from attrs import define, field

from twisted_tyk.native.abi import WARNING
from twisted_tyk.native.contract import Caller, Line, Services, Soon

if TYPE_CHECKING:
    from twisted_tyk.native.host import Metered, Told

# enum native_kind of c/native.h
DONE: Final = 1
LOG: Final = 2
METRIC: Final = 3
SERVICE: Final = 4
LOST: Final = 5
CLOSED: Final = 6
SAID: Final = 7

# enum native_end
UNLOADED: Final = 0
STUCK: Final = 1
NOT_SHUT_DOWN: Final = 2
NOT_LOADED: Final = 3

#: Kind, number, id, bytes, where they are split, value: ``native_record`` of c/native.h.
Item = tuple[int, int, int, bytes, int, float]


@define(eq=False)
class Desk:
    """Knows whom to tell.

    :ivar grace: seconds for calls under way when a library is closed.
    :ivar load_time: seconds for a library to become ready.
    :ivar soon: calls that come together are begun together by it.
    :ivar calls: those under way, by id.
    :ivar files: of libraries, by id.
    :ivar ends: who waits for a library to be closed, by id.
    """

    services: Services
    told: Told
    metered: Metered
    grace: float
    load_time: float
    soon: Soon
    calls: dict[int, Caller] = field(factory=dict)
    files: dict[int, str] = field(factory=dict)
    ends: dict[int, Callable[[], None]] = field(factory=dict)

    def tell(self, items: Iterable[Item], answer: Callable[[int, int, bytes], None]) -> None:
        """Hand everything to whom it is for.

        :param answer: takes the answer of a service: its id, the status, bytes.
        """
        calls = self.calls
        for kind, number, id, data, split, value in items:
            try:
                if kind == DONE:
                    calls.pop(id).over(number, data, value)
                elif kind == SAID:
                    calls[id].said(*line_of(number, data, split))
                elif kind == SERVICE:
                    self.services(number, data, partial(answer, id))
                elif id not in self.files:
                    pass  # a thread of a plugin that stays in memory for ever, such as Go's
                elif kind == LOG:
                    self.told(self.files[id], *line_of(number, data, split))
                elif kind == METRIC:
                    self.metered(self.files[id], number, _text(data), value)
                elif kind == LOST:
                    self.warn(id, "log lines or metrics came too fast, some of them are lost")
                else:
                    self._closed(id, number)
            except Exception:
                _log_failure("what a plugin told could not be taken")

    def warn(self, id: int, text: str) -> None:
        self.told(self.files[id], WARNING, text, "")

    def _closed(self, id: int, end: int) -> None:
        if end == STUCK:
            self.warn(id, f"calls did not return within {self.grace:g} s; it stays loaded")
        elif end == NOT_SHUT_DOWN:
            self.warn(id, "tyk_plugin_shutdown did not return; it stays loaded")
        else:
            del self.files[id]
        ended = self.ends.pop(id, None)
        if ended is not None:
            ended()


def line_of(level: int, data: bytes, split: int) -> Line:
    """A line from its item."""
    return level, _text(data[:split]), _text(data[split:])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _log_failure(text: str) -> None:
    # The process of a plugin has no other use for Twisted.
    from twisted.logger import Logger

    Logger(namespace=__name__).failure(text)
