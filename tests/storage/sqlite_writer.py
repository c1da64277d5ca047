"""A process that writes keys as fast as it can, and tells of each that is kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor as _reactor

from twisted_tyk.storage.sqlite.store import SqliteStore

reactor: Any = _reactor


def main(file: str, first: int) -> None:
    store = SqliteStore(reactor, Path(file), lambda: 0.0)
    store.start()

    def write(number: int) -> None:
        kept = store.set(b"%d" % number, b"value of %d" % number)
        kept.addCallback(lambda _: print(number, flush=True))
        # A few are always under way, so that some are committed together.
        reactor.callLater(0, write, number + 1)

    reactor.callWhenRunning(write, first)
    reactor.run()


main(sys.argv[1], int(sys.argv[2]))
