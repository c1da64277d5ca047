"""Everything loaded as a start would, without being served."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.parts.definitions import Definitions
from twisted_tyk.parts.running import Running
from twisted_tyk.reload import Report


@inlineCallbacks
def loaded_once(running: Running, definitions: Definitions) -> Any:
    """Load everything, and let go of it.

    Bundles are fetched, and the processes of plugins waited for.

    :param running: the parts that loading needs. They can not be started again.
    :returns: a Deferred with the :class:`~twisted_tyk.reload.Report`, which fails as
        :meth:`~twisted_tyk.reload.Reloader.start` does.
    """
    running.start()
    try:
        report: Report = definitions.reloader.start()
        if definitions.lacks_bundles:
            report = yield definitions.reload()
        failures: list[str] = yield definitions.libraries.loaded()
    finally:
        yield running.stop()
    return evolve(report, problems=(*report.problems, *failures))
