"""Definitions, bundles and patches read anew, at the start and again while requests flow.

::

    reloader   one reload after the other: read, fetch, make, wait, swap
    attempt    one definition made into an API beside the one that is served
    gathered   the attempts of one reload, and what is to be said of them
    delivery   a definition with the hooks of its bundles
    report     what a reload came to
    soon       reloads that other nodes ask for
"""

from twisted_tyk.reload.reloader import Reloader, Sources
from twisted_tyk.reload.report import Outcome, Report

__all__ = ["Outcome", "Reloader", "Report", "Sources"]
