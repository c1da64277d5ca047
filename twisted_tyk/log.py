"""The gateway's log, for hooks."""

from __future__ import annotations

import sys

from twisted.logger import Logger


def get() -> Logger:
    """A logger that writes into the gateway's log, named for the calling module.

    Call it once, where the module begins. Values go in by keyword::

        log = get()
        log.info("new hit: {endpoint}", endpoint="GET /")

    Safe in every thread.
    """
    return Logger(namespace=sys._getframe(1).f_globals.get("__name__", "hook"))
