"""What was recorded of requests."""

from __future__ import annotations

from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.hit import Hit


@implementer(IRecordSink)
class MemoryRecords:
    """Keeps the record of every request.

    :ivar hits: in the order they ended.
    """

    def __init__(self) -> None:
        self.hits: list[Hit] = []

    def record(self, hit: Hit) -> None:
        """Keep it."""
        self.hits.append(hit)
