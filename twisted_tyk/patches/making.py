"""Patches made into steps, and put into an API."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable

from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_tyk.apidef.model import ApiDefinition, MiddlewareDefinition
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.patches.native_step import NativePatchStep
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import RESPONSE
from twisted_tyk.patches.replaced import Joined, Replaced
from twisted_tyk.patches.step import PatchStep
from twisted_tyk.plugins.driver import DriverContext, LoadError, Places, Plugged, Source
from twisted_tyk.plugins.lives import HookLife
from twisted_tyk.plugins.loader import HookLoader
from twisted_tyk.plugins.python import checked
from twisted_tyk.plugins.runtime import Runtime


@frozen
class Making:
    """Puts patches into one API, in the reactor thread.

    :ivar timeout: seconds, of patches that do not give their own.
    """

    definition: ApiDefinition
    runtime: Runtime
    timeout: float

    def stand(
        self, patch: Patch, steps: tuple[IStep | IRelay, ...]
    ) -> tuple[tuple[IStep | IRelay, ...], Plugged]:
        """A patch in place of the built-in steps, which stay when it can not be made.

        :returns: what stands there, and what came of the patch.
        """
        manifest, path = patch.manifest, f"{patch.file}/{patch.manifest.path}"
        named = (patch.place, path, manifest.symbol)
        api_id = self.definition.api_id
        patch.unmade.pop(api_id, None)
        try:
            made = self._native if manifest.is_native else self._python
            step, source = made(patch, Replaced(Joined(patch.place, steps), patch.place))
        except LoadError as error:
            return steps, Plugged(*named, None, self._unmade(patch, error))
        return (step,), Plugged(*named, source)

    def _unmade(self, patch: Patch, error: object) -> str:
        """Note why it does not stand in the API. :returns: a sentence for whoever reloads."""
        # What was loaded is a copy, which nobody would look for.
        reason = str(error).replace(str(patch.folder), patch.file)
        patch.unmade[self.definition.api_id] = reason
        return f"patch {patch.title} is not used: {reason}"

    def _python(self, patch: Patch, replaced: Replaced) -> tuple[IStep, Source]:
        manifest, make = patch.manifest, patch.make
        assert make is not None
        where = f"{manifest.path}: {manifest.symbol}"
        try:
            step = make(replaced, self.definition, manifest.config)
            provides, process = IStep.providedBy(step), getattr(step, "process", None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {error} (line {last.lineno} of {last.name})"
            raise LoadError(f"{where}: making it raised {text}", "hook-failed") from error
        if not provides or not callable(process):
            text = f"{where}: made something that does not provide IStep"
            raise LoadError(text, "hook-interface")
        timeout = self.timeout if manifest.timeout is None else manifest.timeout
        clock = self.runtime.clock
        life = self._life(patch, step, where)
        made = PatchStep(patch, process, replaced, timeout or None, clock, life)
        file = patch.folder / manifest.path
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return made, Source({str(file): digest}, manifest.version)

    def _life(self, patch: Patch, step: IStep, where: str) -> HookLife:
        """Of what a patch has made, checked when it is new: a class may make one for all APIs."""
        for life in patch.lives:
            if life.has(step):
                return life
        life = self.runtime.lives.begin(patch.code.hold())
        life.add(f"patch {patch.title} of API {self.definition.api_id}", step)
        checked(step, where)
        patch.lives.add(life)
        return life

    def _native(self, patch: Patch, replaced: Replaced) -> tuple[IStep, Source]:
        manifest = patch.manifest
        # As with bundles, so that logs and metrics tell its plugin from others of that name.
        places = Places(patch.folder, {patch.file: patch.folder})
        hooks = HookLoader(DriverContext(self.definition, places, self.timeout, self.runtime))
        entry = MiddlewareDefinition(
            name=manifest.symbol,
            path=f"{patch.file}/{manifest.path}",
            timeout=manifest.timeout,
            mode=manifest.mode,
        )
        if patch.place == RESPONSE:
            made = hooks.response_hooks([entry])
        else:
            made = hooks.request_hooks([entry], patch.place)
        plugged = hooks.plugged[0]
        if plugged.source is None:
            raise LoadError(plugged.problem)
        function = Joined(patch.place, made)
        step = NativePatchStep(patch, function.process, replaced, None, self.runtime.clock)
        return step, evolve(plugged.source, ready=self._ready(patch, plugged.source.ready))

    def _ready(
        self, patch: Patch, ready: Callable[[], Deferred[None]] | None
    ) -> Callable[[], Deferred[None]] | None:
        """The same, with the name of the patch in what it fails with."""
        if ready is None:
            return None

        def failed(failure: Failure) -> None:
            raise LoadError(self._unmade(patch, failure.value))

        return lambda: ready().addErrback(failed)
