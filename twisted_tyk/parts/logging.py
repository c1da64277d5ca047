"""The log of the application that the gateway is part of."""

from __future__ import annotations

import sys
from typing import Any

from twisted.python import log as legacy_log
from twisted.python.logfile import LogFile

from twisted_tyk.logs import observer
from twisted_tyk.settings import Settings


def log_to(target: str, application: Any, settings: Settings) -> None:
    """Have our log lines written, unless the application has a log of its own.

    :param target: a file, or ``"-"`` for standard output.
    :param application: it gets what Twisted looks for when it begins to log; what is no
        application, such as another service, gets nothing.
    """
    if not hasattr(application, "setComponent"):
        return
    stream = sys.stdout if target == "-" else LogFile.fromFullPath(target)
    lines = observer(stream, settings.log_level, settings.log_format)
    application.setComponent(legacy_log.ILogObserver, lines)
