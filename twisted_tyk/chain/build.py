"""One definition in, one API with its chain out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from attrs import field, frozen
from twisted.web.resource import IResource

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api, ClientAddress
from twisted_tyk.chain.limiting import limits_of_api
from twisted_tyk.chain.link import Ending, Last, join
from twisted_tyk.chain.order import ORDER
from twisted_tyk.chain.own_paths import own_paths
from twisted_tyk.chain.shared import Shared
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.patches.making import Making
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.patches import Patches
from twisted_tyk.plugins.driver import DriverContext, Places
from twisted_tyk.plugins.identity import Digests
from twisted_tyk.plugins.loader import HookLoader
from twisted_tyk.plugins.record_queue import RecordQueue
from twisted_tyk.plugins.runtime import Runtime
from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted_tyk.proxy.client import UpstreamClient

#: What stands for the definition among the files that an API was made from.
DEFINITION: Final = "definition"
#: And for the patches that were there for it.
PATCHES: Final = "patches"


@frozen
class Plan:
    """What the places of the ordered table choose their steps from.

    :ivar made: the steps that were chosen so far, by the names of their places.
    """

    definition: ApiDefinition
    listen_path: str
    settings: Settings
    hooks: HookLoader
    client: UpstreamClient
    shared: Shared
    made: dict[str, tuple[IStep | IRelay, ...]] = field(factory=dict, init=False)

    @cached_property
    def own_limits(self) -> ApiLimits:
        """What limits all callers of the API together."""
        return limits_of_api(self.definition, self.settings, self.shared)


@frozen
class Builder:
    """Builds the APIs of one gateway, in the reactor thread.

    :ivar base: the folder that relative hook paths start from.
    :ivar client: what upstreams are asked with.
    :ivar shared: what steps ask beside upstreams.
    :ivar enter: puts what begins a record before a chain, if anything is
        recorded; it is told what the API's records go through.
    :ivar meter: puts a meter around a step of an API; ``None`` leaves them as they are.
    :ivar patches: what stands in place of built-in steps, if anything does.
    :ivar digests: of the files that APIs are made from.
    """

    settings: Settings
    base: Path
    runtime: Runtime
    ending: Ending
    client: UpstreamClient
    shared: Shared
    enter: Callable[[Plan, IResource, RecordQueue | None], IResource]
    meter: Callable[[IStep | IRelay, str], IStep | IRelay] | None = None
    patches: Patches | None = None
    digests: Digests = field(factory=Digests)

    def build(
        self,
        definition: ApiDefinition,
        listen_path: str,
        stamp: str,
        folders: Mapping[str, Path] = MappingProxyType({}),
    ) -> Api:
        """
        :param stamp: of the definition's file and its bundles; see :meth:`is_current`.
        :param folders: of the API's bundles, by their names.
        """
        timeout = self.settings.hook_timeout
        places = Places(self.base, folders)
        hooks = HookLoader(DriverContext(definition, places, timeout, self.runtime))
        plan = Plan(definition, listen_path, self.settings, hooks, self.client, self.shared)
        patches = self._patches_of(definition)
        making, standing = Making(definition, self.runtime, timeout), list[Patch]()
        for place in ORDER:
            if not (place.asks_who and definition.use_keyless):
                made = tuple(place.make(plan))
                patch = patches.get(place.name)
                if patch is not None and (made or patch.manifest.always):
                    made, plugged = making.stand(patch, made)
                    hooks.plugged.append(plugged)
                    if not plugged.problem:
                        standing.append(patch)
                plan.made[place.name] = made
        steps = [step for made in plan.made.values() for step in made]
        queue = hooks.record_queue()
        joined = partial(self._join, definition.api_id)
        return Api(
            definition=definition,
            listen_path=listen_path,
            chain=self.enter(plan, joined(steps), queue),
            client_address=ClientAddress(self.settings.http_server_options.xff_depth),
            problems=tuple(each.problem for each in hooks.plugged if each.problem),
            steps=tuple(step.name for step in steps),
            handlers=self.shared.events.handlers(definition.event_handlers),
            stamps=frozenset({(DEFINITION, stamp), self._patch_stamp(definition), *hooks.stamps()}),
            plugged=tuple(hooks.plugged),
            patches=tuple(standing),
            own_paths=own_paths(plan, joined),
        )

    def is_current(self, api: Api, definition: ApiDefinition, listen_path: str, stamp: str) -> bool:
        """Whether ``api`` would come out the same: its definition, patches and hook files are."""
        known = dict([(DEFINITION, stamp), self._patch_stamp(definition)])
        return (
            not api.problems
            and api.listen_path == listen_path
            and all(
                digest == (known[file] if file in known else self.digests.of(file))
                for file, digest in api.stamps
            )
        )

    def _patches_of(self, definition: ApiDefinition) -> Mapping[str, Patch]:
        return {} if self.patches is None else self.patches.of(definition.api_id)

    def _patch_stamp(self, definition: ApiDefinition) -> tuple[str, str]:
        patches = self._patches_of(definition)
        return PATCHES, " ".join(f"{place}={patches[place].sha256}" for place in sorted(patches))

    def _join(self, api_id: str, steps: Sequence[IStep | IRelay]) -> IResource:
        if self.meter is not None:
            steps = [self.meter(step, api_id) for step in steps]
        return join(steps, Last(self.ending), self.ending)
