"""Python hooks from a file or an importable module."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

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
from twisted_tyk.plugins.driver import LoadError, Places, title
from twisted_tyk.plugins.hook_step import Loaded


class FunctionHook:
    """A plain function where a hook object is asked for."""

    def __init__(self, function: FunctionType, interface: type[Interface]) -> None:
        self.hook = function
        self.reads_body = getattr(function, "reads_body", False)
        self.blocking = getattr(function, "blocking", False)
        directlyProvides(self, interface)


class PythonHooks:
    """Loads the hooks of one API; a file named twice is executed once.

    Made anew for each load of an API, in the reactor thread.
    """

    def __init__(self, places: Places, api_id: str) -> None:
        self._places = places
        self._api_id = api_id
        self._modules: dict[str, ModuleType] = {}
        #: Of the files that were executed.
        self._digests: dict[str, str] = {}

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
            raise LoadError(f"{path}: there is no {name!r} in it")
        where = f"{path}:{_line(found)}: {name}"
        hook = self._make(found, where, interface)
        try:
            verifyObject(interface, hook)
        except Invalid as problem:
            raise LoadError(
                f"{where}: does not conform to {interface.__name__}, "
                f"which asks for {_signature(interface)}: {_sentence(problem, interface)}"
            ) from problem
        file = getattr(module, "__file__", None) or path
        return Loaded(hook, title(path, name), {file: self._digest(file)})

    def _digest(self, file: str) -> str:
        if file not in self._digests:
            try:
                self._digests[file] = _sha256(Path(file).read_bytes())
            except OSError:
                self._digests[file] = ""
        return self._digests[file]

    def _make(self, found: Any, where: str, interface: type[Interface]) -> Any:
        if isinstance(found, FunctionType):
            return FunctionHook(found, interface)
        if isinstance(found, type):
            try:
                return found()
            except Exception as error:
                raise LoadError(f"{where}: making it raised {_blame(error)}") from error
        return found

    def _execute(self, path: str) -> ModuleType:
        try:
            if "/" not in path and not path.endswith(".py"):
                return importlib.import_module(path)
            return self._execute_file(path)
        except LoadError:
            raise
        except (Exception, SystemExit) as error:
            raise LoadError(f"{path}: loading it raised {_blame(error)}") from error

    def _execute_file(self, path: str) -> ModuleType:
        base, inside = self._places.find(path)
        file = base / inside
        if not file.is_file():
            raise LoadError(f"{path}: there is no such file (looked for {file})")
        # A name of its own for each API, so that two APIs with the same file
        # do not share its state, as each API load is a load of its own.
        name = f"twisted_tyk_hooks.{self._api_id}.{file.stem}"
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise LoadError(f"{path}: not a Python file")
        module = importlib.util.module_from_spec(spec)
        # Dataclasses and pickle look a module up by its name while it runs.
        before = sys.modules.get(name)
        sys.modules[name] = module
        try:
            # Compiled from the source each time: a cached file is told apart
            # by seconds, and an edit can be quicker than that.
            content = file.read_bytes()
            self._digests[str(file)] = _sha256(content)
            exec(compile(content, str(file), "exec"), module.__dict__)
        except BaseException:
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before
            raise
        return module


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = f" ({last.filename}:{last.lineno})" if last else ""
    if isinstance(error, SyntaxError):
        place = f" ({error.filename}:{error.lineno})"
    return f"{type(error).__name__}: {error}{place}"
