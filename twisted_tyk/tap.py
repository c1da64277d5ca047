"""``twistd tyk``: options in, service out."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IService
from twisted.python.usage import Options as TwistedOptions
from twisted.python.usage import UsageError

from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.lint import FORMATS
from twisted_tyk.respond.error_pages import TemplateError
from twisted_tyk.service import Gateway
from twisted_tyk.settings import Loaded, load


class Options(TwistedOptions):
    """The command line of ``twistd tyk``."""

    synopsis = "[--config FILE] [--port PORT] [--check [--format text|json|sarif]]"
    longdesc = "Serve the APIs that a tyk.conf describes."

    optParameters = [
        ["config", "c", "tyk.conf", "The settings file."],
        ["port", "p", None, "Listen here instead of on the listen_port of the settings."],
        ["format", None, "text", "How --check tells what it found: text, json or sarif."],
    ]
    optFlags = [["check", None, "Load everything, report, and exit: 1 if anything is wrong."]]

    def postOptions(self) -> None:
        """:raises UsageError: when the port is not a port, or the format is none."""
        if self["format"] not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: found {self['format']!r}, expected one of {known}")
        port = self["port"]
        if port is not None:
            if not port.isdecimal() or int(port) > 65535:
                raise UsageError(f"--port: found {port!r}, expected a number from 0 to 65535")
            self["port"] = int(port)


def makeService(options: Options, reactor: Any = None) -> IService:
    """The gateway that ``options`` ask for.

    Bad settings, and ``--check``, end the process with their lines on standard
    error or output and a status, not with a traceback.
    """
    if reactor is None:
        reactor = _reactor()
        reactor.callWhenRunning(_set_aside)

    def make(loaded: Loaded) -> Gateway:
        return Gateway(
            reactor,
            loaded,
            base=Path(options["config"]).absolute().parent,
            port=options["port"],
            log_target=_log_target(options),
            instrumented=os.environ.get("TYK_INSTRUMENTATION") == "1",
        )

    if options["check"]:
        # A gateway that serves needs nothing of it.
        from twisted_tyk.parts.checking import Checking

        checking = Checking(options["config"], options["format"], reactor, sys.stdout)
        try:
            status = checking.run(make)
        except KeyboardInterrupt:
            status = 1
            print("Aborted!", file=sys.stderr)
        raise SystemExit(status)
    try:
        return make(_settings(options))
    except (TemplateError, ValueError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _reactor() -> Any:
    """The process's reactor: the one that was chosen or made already, else ours."""
    if "twisted.internet.reactor" not in sys.modules and sys.platform == "linux":
        from twisted_tyk.transport.reactor import install

        install()
    from twisted.internet import reactor

    return reactor


def _set_aside() -> None:
    """Keep what is loaded by now, which stays, out of every later garbage collection.

    Each of them would go through all of it while requests wait.
    """
    gc.collect()
    gc.freeze()


def _settings(options: Options) -> Loaded:
    try:
        return load(options["config"], os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _log_target(options: Options) -> str | None:
    """The file that our log lines go to: ``"-"`` is standard output.

    ``None`` when twistd was told of another way to log, which then counts.
    """
    twistd = getattr(options, "parent", None) or {}
    if twistd.get("logger") or twistd.get("syslog"):
        return None
    return twistd.get("logfile") or ("-" if twistd.get("nodaemon") else "twistd.log")
