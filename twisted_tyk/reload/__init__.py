"""Definitions, bundles and patches read anew, at the start and again while requests flow.

::

    reloader   one reload after the other, and what waits for bundles
    sources    what it reads
    serving    what was read, made into APIs and swapped in
    attempt    one definition made into an API beside the one that is served
    gathered   the attempts of one reload, and what is to be said of them
    delivery   a definition with the hooks of its bundles
    report     what a reload came to
    soon       reloads that other nodes ask for
"""

from twisted_tyk.reload.reloader import Reloader
from twisted_tyk.reload.report import Outcome, Report
from twisted_tyk.reload.serving import Serving
from twisted_tyk.reload.sources import Sources

__all__ = ["Outcome", "Reloader", "Report", "Serving", "Sources"]
