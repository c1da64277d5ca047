"""The code of a patch: its class or function, loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

from attrs import frozen
from zope.interface.exceptions import Invalid
from zope.interface.verify import verifyClass

from twisted_tyk.interfaces import IStep
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.native.functions import function_of
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.places import RESPONSE, place_of
from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.fresh import FreshModules
from twisted_tyk.plugins.lives import HookLife
from twisted_tyk.plugins.python import PythonHooks

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
