"""Calls an analytics function of a library with the records of finished requests."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change, Malformed, complaint, read
from twisted_tyk.native.contract import Library
from twisted_tyk.native.frame import record_frame
from twisted_tyk.native.words import failure_of

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.plugins.record_queue import Over
    from twisted_tyk.record.as_json import EditableRecord
    from twisted_tyk.record.hit import Hit

_DOUBLE: Final = Struct("=d")
#: What a later minor version adds has a number above all these.
_LAST: Final = abi.ERROR


@frozen(eq=False)
class NativeEditor:
    """An :class:`~twisted_tyk.plugins.record_queue.Editor`.

    The function is never called in this thread, whatever its mode says.

    :ivar says: takes a log line: level, text, JSON fields, and the request it is about.
    :ivar measures: takes a metric: kind, name, value.
    """

    library: Library
    function: int
    says: Callable[[int, str, str, Exchange | None], None]
    measures: Callable[[int, str, float], None]

    def run(self, record: EditableRecord, over: Over) -> Any:
        """Submit the record to the library."""
        frame = record_frame(record.as_json())
        return self.library.submit(self.function, frame, _Edit(self, record, over))

    def overdue(self, call: Any) -> None:
        """It still runs."""
        self.library.overdue(call)

    def understood(
        self, record: EditableRecord, status: int, data: bytes
    ) -> tuple[Hit | None, str]:
        """What the function has made of the record, or ``None``; and what is wrong, or ``""``."""
        if status != abi.OK:
            message, stack, lines = complaint(data)
            for line in lines:
                self._say(record, line)
            what = failure_of(status, message)
            return None, f"{what}\n{stack}" if stack else what
        try:
            return self._carried_out(record, read(data)), ""
        except (Malformed, ValueError) as problem:
            return None, f"asked for changes that cannot be made: {problem}"

    def _carried_out(self, record: EditableRecord, changes: list[Change]) -> Hit | None:
        hit = None
        told: list[Callable[[], None]] = []
        for change in changes:
            if change.kind == abi.SET_RECORD:
                hit = record.from_json(change.value)
            elif change.kind == abi.LOG:
                told.append(lambda change=change: self._say(record, change))  # type: ignore[misc]
            elif change.kind == abi.METRIC:
                told.append(self._metric(change))
            elif change.kind <= _LAST:
                raise Malformed(f"an analytics function can not make change {change.kind}")
        for tell in told:
            tell()
        return hit

    def _say(self, record: EditableRecord, change: Change) -> None:
        text, fields = _text(change.value), _text(change.key)
        self.says(change.number, text, fields, record.hit.exchange)

    def _metric(self, change: Change) -> Callable[[], None]:
        if len(change.value) != _DOUBLE.size:
            raise Malformed(f"a metric is a double of 8 bytes, not {len(change.value)}")
        name, value = change.key.decode("utf-8"), _DOUBLE.unpack(change.value)[0]
        return lambda: self.measures(change.number, name, value)


@frozen(eq=False)
class _Edit:
    """A :class:`~twisted_tyk.native.contract.Caller` with one record."""

    editor: NativeEditor
    record: EditableRecord
    told: Over

    def said(self, level: int, text: str, fields: str) -> None:
        self.editor.says(level, text, fields, self.record.hit.exchange)

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        hit, error = self.editor.understood(self.record, status, changes)
        self.told(hit, error, seconds)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
