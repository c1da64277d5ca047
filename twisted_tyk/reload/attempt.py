"""One definition, made into an API beside the one that is served so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from twisted_tyk.apidef.loaded import LoadedDefinition
from twisted_tyk.bundles.problem import NotHad, NotYet
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.build import Builder
from twisted_tyk.plugins.driver import Places, Plugged
from twisted_tyk.plugins.entries import native_paths
from twisted_tyk.reload.delivery import Deliver, Delivered
from twisted_tyk.reload.report import Facts, Outcome
from twisted_tyk.route.table import check_templates


@define
class Attempt:
    """
    :ivar listen_path: where the API is to be reached.
    :ivar before: what the last reload came to for this API, if there was one.
    :ivar refused: why what the file says now can not be served, a sentence each; it may be
        known before.
    :ivar made: the API as it is to be; ``served`` itself when nothing has changed.
    :ivar tried: the hooks of an API that was let go of because of them.
    :ivar waits: it is refused only until its bundle has come.
    :ivar lacks: it is refused since its bundle could not be had.
    :ivar late: hooks whose processes could not load them.
    """

    loaded: LoadedDefinition
    listen_path: str
    before: Outcome | None
    refused: list[str] = field(factory=list)
    made: Api | None = field(default=None, init=False)
    delivered: Delivered | None = field(default=None, init=False)
    tried: tuple[Plugged, ...] = field(default=(), init=False)
    waits: bool = field(default=False, init=False)
    lacks: bool = field(default=False, init=False)
    late: list[Plugged] = field(factory=list, init=False)

    def deliver(self, deliver: Deliver) -> None:
        """Have the bundles of the API."""
        try:
            self.delivered = deliver(self.loaded.definition)
        except NotYet as waiting:
            self.refuse(f"API {self.loaded.definition.api_id} waits: {waiting}")
            self.waits = True
        except Exception as error:
            self.refuse(f"{self.loaded.file}: the API could not be made: {error}")
            self.lacks = isinstance(error, NotHad)

    def libraries(self, builder: Builder) -> Iterator[tuple[str, Places]]:
        """What entries of the API name as shared libraries, and where they are to be found."""
        if self.delivered is not None:
            places = Places(builder.base, self.delivered.folders)
            for path in native_paths(self.delivered.definition):
                yield path, places

    def make(self, builder: Builder) -> None:
        """Build the API, unless the one that is served would come out again."""
        if self.delivered is None:
            return
        try:
            stamp = self.delivered.stamp(self.loaded.sha256)
            if self.served is not None and builder.is_current(
                self.served, self.delivered.definition, self.listen_path, stamp
            ):
                self.made = self.served
                return
            check_templates(self.delivered.definition)
            self.made = builder.build(
                self.delivered.definition, self.listen_path, stamp, self.delivered.folders
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Code of hooks runs in here, whose end is not that of the gateway or of other APIs.
            reason = str(error) or type(error).__name__
            self.refuse(f"{self.loaded.file}: the API could not be made: {reason}")

    @property
    def served(self) -> Api | None:
        """The API that is served so far, if any."""
        return self.before.api if self.before is not None else None

    @property
    def new(self) -> bool:
        """Whether there is an API that was made now."""
        return self.made is not None and self.made is not self.served

    @property
    def works(self) -> bool:
        """Whether an API that can be fallen back to is served."""
        return self.served is not None and not self.served.problems

    def broken(self) -> bool:
        """Whether some hook of the new API could not be loaded."""
        return self.made is not None and self.new and bool(self.made.problems)

    def ready(self) -> Deferred[Any]:
        """Fires when the hooks of the new API that run in other processes are loaded, or not to be.

        Only asked for when there is something to fall back to: requests for a new API wait
        for its processes.
        """
        waits: list[Deferred[None]] = []
        if self.made is not None and self.served is not None and self.new and self.works:
            # What is served runs in these too, so it is no better off when they have crashed.
            same = [each.source.ready for each in self.served.plugged if each.source is not None]
            for plugged in self.made.plugged:
                ready = plugged.source.ready if plugged.source is not None else None
                if ready is not None and ready not in same:
                    waits.append(ready().addErrback(self._not_ready, plugged))
        return DeferredList(waits)

    def refuse(self, reason: str) -> None:
        """Let go of what was made."""
        self.made = None
        self.refused.append(reason)

    def settle(self) -> None:
        """Prefer what works to what does not."""
        made = self.made
        if made is not None and self.works and (self.broken() or self.late):
            late = {(each.point, each.path, each.name): each for each in self.late}
            self.tried = tuple(
                late.get((each.point, each.path, each.name), each) for each in made.plugged
            )
            for each in self.tried:
                if each.problem:
                    self.refuse(f"API {made.api_id}: {each.problem}")

    def outcome(self) -> Outcome:
        """What came of it."""
        delivered = self.delivered
        if self.made is None:
            delivered = self._delivered_before()
        api = self.made or self.served
        tried = self.tried or (api.plugged if api is not None else ())
        served = self.served
        return Outcome(
            file=self.loaded.file,
            api=api,
            before=Facts.of(served) if served is not None else None,
            same=api is served,
            delivered=delivered,
            reasons=tuple(self.refused),
            plugged=tried,
            api_id=self.loaded.definition.api_id,
            waits=self.waits,
            lacks=self.lacks,
        )

    def _delivered_before(self) -> Delivered | None:
        """What is served goes on, and what was wrong with bundles is so no longer, or again;
        while they are asked for nobody knows.
        """
        before = self.before.delivered if self.before is not None else None
        if before is None or self.waits:
            return before
        return evolve(before, problems=self.delivered.problems if self.delivered else ())

    def _not_ready(self, why: Failure, plugged: Plugged) -> None:
        self.late.append(evolve(plugged, problem=str(why.value)))
