"""``twistd tyk``: options in, service out."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from twisted.application.service import IService
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.usage import Options as TwistedOptions
from twisted.python.usage import UsageError
from zope.interface import provider

from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.respond.error_pages import TemplateError
from twisted_tyk.service import Gateway
from twisted_tyk.settings import Loaded, load


class Options(TwistedOptions):
    """The command line of ``twistd tyk``."""

    synopsis = "[--config FILE] [--port PORT] [--check]"
    longdesc = "Serve the APIs that a tyk.conf describes."

    optParameters = [
        ["config", "c", "tyk.conf", "The settings file."],
        ["port", "p", None, "Listen here instead of on the listen_port of the settings."],
    ]
    optFlags = [["check", None, "Load everything, report, and exit: 1 if anything is wrong."]]

    def postOptions(self) -> None:
        """:raises UsageError: when the port is not a port."""
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
    loaded = _settings(options)
    try:
        gateway = Gateway(
            reactor,
            loaded,
            base=Path(options["config"]).absolute().parent,
            port=options["port"],
            log_target=_log_target(options),
            instrumented=os.environ.get("TYK_INSTRUMENTATION") == "1",
        )
    except (TemplateError, ValueError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    if options["check"]:
        _check(gateway, loaded, reactor)
    return gateway


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


def _check(gateway: Gateway, loaded: Loaded, reactor: Any) -> NoReturn:
    globalLogPublisher.addObserver(_print_plugin_line)
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    try:
        report = gateway.reloader.reload()
    except Exception as error:
        print(f"error: {error}")
        raise SystemExit(1) from None
    problems = [*report.problems, *_loaded(gateway, reactor)]
    for text in report.warnings:
        print(f"warning: {text}")
    for text in problems:
        print(f"error: {text}")
    for api in report.apis:
        print(f"API {api.api_id} at {api.listen_path}: {' → '.join(api.steps)}")
    print(
        f"{len(report.apis)} APIs, {len(problems)} errors, "
        f"{len(report.warnings) + len(loaded.warnings)} warnings"
    )
    raise SystemExit(1 if problems else 0)


def _loaded(gateway: Gateway, reactor: Any) -> list[str]:
    """Why plugins are not loaded, once that is known of all of them."""
    failures: list[str] = []
    checked = gateway.check().addCallback(failures.extend)
    if not checked.called:
        checked.addCallback(lambda _: reactor.stop())
        reactor.run()
    if not checked.called:
        print("error: ended before all plugins were loaded")
        raise SystemExit(1)
    return failures


@provider(ILogObserver)
def _print_plugin_line(event: LogEvent) -> None:
    """It may say why a plugin is not loaded."""
    if event["log_namespace"] == "plugin" and event["log_level"] >= LogLevel.warn:
        print(formatEvent(event))


def _log_target(options: Options) -> str | None:
    """The file that our log lines go to: ``"-"`` is standard output.

    ``None`` when twistd was told of another way to log, which then counts.
    """
    twistd = getattr(options, "parent", None) or {}
    if twistd.get("logger") or twistd.get("syslog"):
        return None
    return twistd.get("logfile") or ("-" if twistd.get("nodaemon") else "twistd.log")
