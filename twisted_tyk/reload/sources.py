"""What a reload reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.patches.patches import Patches
from twisted_tyk.reload.delivery import Deliver
from twisted_tyk.session.policy_report import PolicyReport


@frozen
class Sources:
    """
    :ivar definitions: reads them; given what it read last, for last good versions.
    :ivar policies: reads the policies and puts them to work.
    :ivar patches: those in place of built-in steps.
    :ivar at_hand: the bundles of definitions as they are on disk.
    :ivar ask: asks for them anew where they come from; it never fails.
    :ivar arrived: those that have come by now: the newest, or also older ones of which a newer
        is asked for.
    :ivar settle: is told which folders of bundles are at work, and which are used at all;
        others need not be there.
    :ivar libraries: of native plugins.
    :ivar in_thread: calls a function in a thread.
    :ivar clock: of how long all wait for a bundle.
    """

    definitions: Callable[[LoadReport | None], LoadReport]
    policies: Callable[[], PolicyReport]
    patches: Patches
    at_hand: Callable[[Iterable[ApiDefinition]], Deliver]
    ask: Callable[[Iterable[ApiDefinition]], Deferred[None]]
    arrived: Callable[[Iterable[ApiDefinition], bool], Deliver]
    settle: Callable[[Collection[Path], Collection[Path]], object]
    libraries: Libraries
    in_thread: Callable[..., Deferred[Any]]
    clock: IReactorTime
