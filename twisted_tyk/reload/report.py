"""What a load of all definitions came to."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import ref

from attrs import evolve, field, frozen

from twisted_tyk.chain.api import Api
from twisted_tyk.plugins.driver import Plugged
from twisted_tyk.reload.delivery import Delivered


@frozen
class Facts:
    """What is to be told of an API; it is not kept alive by that."""

    api_id: str
    name: str
    listen_path: str
    plugged: tuple[Plugged, ...]

    @classmethod
    def of(cls, api: Api) -> Facts:
        return cls(api.api_id, api.definition.name, api.listen_path, api.plugged)


@frozen
class Outcome:
    """What became of the definition in one file.

    :ivar api_id: as far as it is known.
    :ivar api: that is served now, if any.
    :ivar before: that was served before, if any.
    :ivar same: ``api`` is what was served before.
    :ivar delivered: what ``api`` was made from.
    :ivar reasons: why it is not what the file says now, a sentence each.
    :ivar plugged: what came of its hooks, those of a refused version too.
    :ivar waits: nothing is wrong but that a bundle has not come yet.
    :ivar lacks: a bundle could not be had, and there is none of earlier.
    """

    file: str
    api: Api | None
    before: Facts | None = None
    same: bool = False
    delivered: Delivered | None = None
    reasons: tuple[str, ...] = ()
    plugged: tuple[Plugged, ...] = ()
    api_id: str = ""
    waits: bool = False
    lacks: bool = False

    @property
    def key(self) -> str:
        """The API, or the file where that is not known."""
        if self.api is not None:
            return self.api.api_id
        return self.api_id or (self.before.api_id if self.before is not None else self.file)

    @property
    def state(self) -> str:
        """``added``, ``changed``, ``kept``, ``refused`` or ``removed``."""
        if self.reasons:
            return "refused"
        if self.api is None:
            return "removed"
        if self.before is None:
            return "added"
        return "kept" if self.same else "changed"


@frozen
class Report:
    """
    :ivar problems: for which something is not served, or answered with an error; while there
        are any, ``/ready`` is not ready.
    :ivar held: problems of new versions, in place of which the last good ones go on.
    :ivar outcomes: of each definition, in the order of their files.
    """

    outcomes: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def apis(self) -> tuple[Api, ...]:
        """All that are served."""
        return tuple(outcome.api for outcome in self.outcomes if outcome.api is not None)

    def since(self, earlier: Earlier) -> Report:
        """The same, compared with what was served before several loads."""
        left = dict(earlier.served)
        outcomes: list[Outcome] = []
        for each in self.outcomes:
            was = left.pop(each.key, None)
            if was is not None:
                same = each.api is not None and was.api() is each.api
                outcomes.append(evolve(each, before=was.facts, same=same))
            elif each.state != "removed":
                outcomes.append(evolve(each, before=None, same=False))
        gone = (Outcome(was.file, None, was.facts) for was in left.values())
        return evolve(self, outcomes=(*outcomes, *gone))

    @property
    def lacks(self) -> bool:
        """Whether something is refused that a later try may bring."""
        return any(outcome.lacks for outcome in self.outcomes)

    def count(self, *states: str) -> int:
        """How many definitions came to these states."""
        return sum(outcome.state in states for outcome in self.outcomes)


@frozen
class Was:
    """An API that was served."""

    file: str
    facts: Facts
    api: ref[Api]


@frozen
class Earlier:
    """What was served at some time, by API id; no API is kept alive by that."""

    served: Mapping[str, Was] = field(factory=dict)

    @classmethod
    def of(cls, report: Report | None) -> Earlier:
        """Of what the last load came to, if there was one."""
        outcomes = report.outcomes if report is not None else ()
        return cls(
            {
                each.api.api_id: Was(each.file, Facts.of(each.api), ref(each.api))
                for each in outcomes
                if each.api is not None
            }
        )
