"""A whole gateway in memory, for the tests of hook authors and for our own.

Both sides are real HTTP: bytes go in as a client would send them, and the
upstream is a Twisted resource behind Twisted's own parser. No socket is
opened, and no time passes unless :meth:`MemoryGateway.advance` says so::

    gateway = MemoryGateway(tmp_path, [definition("hello", pre=[...])])
    answer = gateway.get("/hello/get")
    assert gateway.upstream.requests[0].headers.get("foo") == "Bar"
"""

from twisted_tyk.testing.definitions import definition
from twisted_tyk.testing.ends import Answer, Client, Seen, Upstream
from twisted_tyk.testing.gateway import MemoryGateway
from twisted_tyk.testing.records import MemoryRecords

__all__ = [
    "Answer",
    "Client",
    "MemoryGateway",
    "MemoryRecords",
    "Seen",
    "Upstream",
    "definition",
]
