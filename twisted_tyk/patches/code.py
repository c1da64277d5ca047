"""The code of a patch: its class or function, loaded and made into a step for an API."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface.exceptions import Invalid
from zope.interface.verify import verifyClass

from twisted_tyk.apidef.model import ApiDefinition, MiddlewareDefinition
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.native.functions import function_of
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import RESPONSE, place_of
from twisted_tyk.patches.replaced import Joined, Replaced
from twisted_tyk.patches.step import NativePatchStep, PatchStep
from twisted_tyk.plugins.driver import DriverContext, LoadError, Places, Plugged, Source
from twisted_tyk.plugins.fresh import FreshModules
from twisted_tyk.plugins.lives import HookLife
from twisted_tyk.plugins.loader import HookLoader
from twisted_tyk.plugins.python import PythonHooks, checked
from twisted_tyk.plugins.runtime import Runtime

#: What a class is called with.
_ARGUMENTS = ("replaced", "api", "config")


@frozen
class Loaded:
    """The code of a patch.

    :ivar make: its class; ``None`` for a plugin, which was looked at and is loaded for each API.
    :ivar modules: that were made for it.
    """

    make: Callable[..., Any] | None = None
    modules: FreshModules | None = None


def load(manifest: PatchManifest, folder: Path, libraries: Libraries) -> Loaded:
    """Load the code, in the reactor thread. :raises LoadError: saying what is wrong."""
    places = Places(folder)
    if manifest.is_native:
        found = libraries.find(manifest.path, places)
        try:
            kind = "response" if place_of(manifest) == RESPONSE else "request"
            function_of(found.manifest, manifest.symbol, kind, manifest.path)
        finally:
            libraries.forget(found.digest)
        return Loaded()
    return load_python(manifest, folder)


def load_python(manifest: PatchManifest, folder: Path) -> Loaded:
    """Load the class of a patch in Python. :raises LoadError: saying what is wrong."""
    made: list[FreshModules] = []
    hooks = PythonHooks(Places(folder), f"patch.{manifest.name}", partial(_unwatched, made))
    try:
        names = vars(hooks.module(manifest.path))
        return Loaded(_checked(names, manifest), made[0])
    except BaseException as error:  # what it has there may run code when it is looked at
        made[0].close()
        if isinstance(error, (LoadError, KeyboardInterrupt)):
            raise
        text = f"{manifest.path}: {manifest.symbol}: looking at it raised {type(error).__name__}"
        raise LoadError(f"{text}: {error}", "hook-failed") from error


def _unwatched(made: list[FreshModules], modules: FreshModules) -> HookLife:
    """The modules stay when it is over: see :class:`HeldCode`."""
    made.append(modules)
    return HookLife(modules, lambda ended: None)


def _checked(names: dict[str, Any], manifest: PatchManifest) -> Callable[..., Any]:
    found = names.get(manifest.symbol)
    if found is None:
        near = nearest(manifest.symbol, [name for name in names if not name.startswith("_")])
        meant = f", did you mean {near!r}?" if near else ""
        raise LoadError(
            f"{manifest.path}: there is no {manifest.symbol!r} in it{meant}", "hook-missing", near
        )
    where = f"{manifest.path}: {manifest.symbol}"
    if not isinstance(found, type) or not IStep.implementedBy(found):
        text = f"{where}: expected a class that says @implementer(IStep)"
        raise LoadError(text, "hook-interface")
    try:
        verifyClass(IStep, found)
        signature(found).bind(*_ARGUMENTS)
    except Invalid:
        text = f"{where}: does not conform to IStep, which asks for process(exchange)"
        raise LoadError(text, "hook-interface") from None
    except TypeError as error:
        text = f"{where}: can not be called with ({', '.join(_ARGUMENTS)}): {error}"
        raise LoadError(text, "hook-interface") from None
    except ValueError:
        pass  # a class that does not tell what it takes
    return found


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
        places = Places(patch.folder)
        hooks = HookLoader(DriverContext(self.definition, places, self.timeout, self.runtime))
        entry = MiddlewareDefinition(
            name=manifest.symbol,
            path=manifest.path,
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
