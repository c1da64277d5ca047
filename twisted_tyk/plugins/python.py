"""Python hooks from a file or an importable module."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from zope.interface import Interface, directlyProvides
from zope.interface.exceptions import (  # type: ignore[attr-defined]
    BrokenImplementation,
    BrokenMethodImplementation,
    DoesNotImplement,
    Invalid,
    MultipleInvalid,
)
from zope.interface.verify import verifyObject

from twisted_tyk.interfaces import IRecordHook, IRequestHook, IResponseHook
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.plugins.driver import LoadError, Places, title
from twisted_tyk.plugins.fresh import FreshModules
from twisted_tyk.plugins.hook_step import Loaded
from twisted_tyk.plugins.identity import Digests
from twisted_tyk.plugins.lives import HookLife, optional

_OURS: Final = f"{Path(__file__).parent}/"


class FunctionHook:
    """A plain function where a hook object is asked for."""

    def __init__(self, function: FunctionType, interface: type[Interface]) -> None:
        self.hook = function
        self.reads_body = getattr(function, "reads_body", False)
        self.blocking = getattr(function, "blocking", False)
        directlyProvides(self, interface)


class PythonHooks:
    """Loads the hooks of one API; a file named twice is executed once.

    Made anew for each load of an API, in the reactor thread. Its modules are its own, so
    that two loads, and two APIs with the same file, do not share their state.

    :ivar life: to be held by what calls the hooks; the modules go with it.
    """

    def __init__(
        self,
        places: Places,
        api_id: str,
        begin: Callable[[FreshModules], HookLife] | None = None,
    ) -> None:
        """
        :param begin: of :class:`HookLives`; without it hooks are looked at only, and not
            put to work: none is asked to check itself, and none is told of its end.
        """
        self._places = places
        self._fresh = FreshModules(api_id)
        self.life = (begin or _unwatched)(self._fresh)
        self._works = begin is not None
        self._modules: dict[str, ModuleType] = {}

    def request_hook(self, name: str, path: str) -> Loaded:
        """A provider of ``IRequestHook``. :raises LoadError: saying what is wrong."""
        return self._load(name, path, IRequestHook)

    def response_hook(self, name: str, path: str) -> Loaded:
        """A provider of ``IResponseHook``. :raises LoadError: saying what is wrong."""
        return self._load(name, path, IResponseHook)

    def record_hook(self, name: str, path: str) -> Loaded:
        """A provider of ``IRecordHook``. :raises LoadError: saying what is wrong."""
        return self._load(name, path, IRecordHook)

    def module(self, path: str) -> ModuleType:
        """What holds the hooks of this path. :raises LoadError: when it can not be executed."""
        module = self._modules.get(path)
        if module is None:
            module = self._modules[path] = self._execute(path)
        return module

    def _load(self, name: str, path: str, interface: type[Interface]) -> Loaded:
        module = self.module(path)
        found = getattr(module, name, None)
        if found is None:
            names = [other for other in vars(module) if not other.startswith("_")]
            near = nearest(name, names)
            meant = f", did you mean {near!r}?" if near else ""
            raise LoadError(f"{path}: there is no {name!r} in it{meant}", "hook-missing", near)
        where = f"{path}:{_line(found)}: {name}"
        hook = self._make(found, where, interface)
        try:
            verifyObject(interface, hook)
        except Invalid as problem:
            raise LoadError(
                f"{where}: does not conform to {interface.__name__}, "
                f"which asks for {_signature(interface)}: {_sentence(problem, interface)}",
                "hook-interface",
            ) from problem
        if self.life.add(title(path, name), hook) and self._works:
            checked(hook, where)
        return Loaded(hook, title(path, name), self._files_of(module, path), self.life)

    def _files_of(self, module: ModuleType, path: str) -> dict[str, str]:
        """The file of a module, and those that it may have imported from beside it."""
        fresh = self._fresh.files
        file = getattr(module, "__file__", None) or path
        others = {getattr(other, "__file__", None) for other in self._modules.values()}
        helpers = {name: digest for name, digest in fresh.items() if name not in others}
        return {file: fresh.get(file) or Digests().of(file), **helpers}

    def _make(self, found: Any, where: str, interface: type[Interface]) -> Any:
        if isinstance(found, FunctionType):
            return FunctionHook(found, interface)
        if isinstance(found, type):
            try:
                return found()
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                text = f"{where}: making it raised {_blame(error)}"
                raise LoadError(text, "hook-failed") from error
        return found

    def _execute(self, path: str) -> ModuleType:
        try:
            if "/" not in path and not path.endswith(".py"):
                return self._fresh.of_name(path)
            base, inside = self._places.find(path)
            file = base / inside
            if not file.is_file():
                text = f"{path}: there is no such file (looked for {file})"
                raise LoadError(text, "hook-file-missing")
            if file.suffix != ".py":
                raise LoadError(f"{path}: not a Python file")
            return self._fresh.of_file(file)
        except (LoadError, KeyboardInterrupt):
            raise
        except BaseException as error:
            text = f"{path}: loading it raised {_blame(error)}"
            raise LoadError(text, "hook-failed") from error


def _unwatched(modules: FreshModules) -> HookLife:
    return HookLife(modules, lambda ended: ended.code.close())


def checked(hook: object, where: str) -> None:
    """Have a hook, or what a patch has made, check itself if it does. :raises LoadError:"""
    check = optional(hook, "check")
    if check is None:
        return
    try:
        result = check()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise LoadError(f"{where}: its check raised {_blame(error)}", "hook-failed") from error
    if iscoroutine(result):
        result.close()
    if isawaitable(result):
        text = f"{where}: its check would have to be waited for, which it can not be"
        raise LoadError(text, "hook-interface")


def _line(found: Any) -> int:
    target = found if isinstance(found, (type, FunctionType)) else type(found)
    code = getattr(target, "__code__", None) or getattr(
        getattr(target, "hook", None), "__code__", None
    )
    return getattr(code, "co_firstlineno", 1)


def _signature(interface: type[Interface]) -> str:
    return f"hook{interface['hook'].getSignatureString()}"


def _sentence(problem: Invalid, interface: type[Interface]) -> str:
    if isinstance(problem, MultipleInvalid):
        return "; ".join(_sentence(each, interface) for each in problem.exceptions)
    if isinstance(problem, DoesNotImplement):
        return f"it does not say @implementer({interface.__name__})"
    if isinstance(problem, BrokenMethodImplementation):
        return str(problem).rpartition(" is violated because ")[2].rstrip(".")
    if isinstance(problem, BrokenImplementation):
        return "it has no hook"
    return str(problem)


def _blame(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename and error.filename[0] != "<":
        # Its frames end where the file was loaded, and its text with the file's bare name.
        return f"{type(error).__name__}: {error.msg} ({error.filename}:{error.lineno})"
    frames = traceback.extract_tb(error.__traceback__)
    # What imports the hook's files is no place where its author would look.
    theirs = [each for each in frames if not each.filename.startswith((_OURS, "<frozen "))]
    last = theirs[-1] if theirs else None
    place = f" ({last.filename}:{last.lineno})" if last else ""
    return f"{type(error).__name__}: {error}{place}"
