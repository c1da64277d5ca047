"""The hooks in a Python file, and an API to call them in."""

from __future__ import annotations

import tempfile
from inspect import isfunction, signature
from pathlib import Path
from typing import Any, Final

from twisted.web.resource import Resource

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.chain.api import Api, ClientAddress
from twisted_tyk.interfaces import IRecordHook, IRequestHook, IResponseHook
from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.plugins.python import PythonHooks

_KINDS: Final = (
    (IRequestHook, "request", ("rw", 2)),
    (IResponseHook, "response", ("rw", 3)),
    (IRecordHook, "analytics", ("record", 1)),
)


def api_of(definition: str) -> Api:
    """The API of a definition.

    :raises LoadError: when it is none.
    """
    with tempfile.TemporaryDirectory(prefix="tyk-plugin-") as folder:
        Path(folder, "definition.json").write_text(definition, encoding="utf-8")
        try:
            report = load_directory(folder)
        except ConfigError as error:
            raise LoadError(str(error)) from None
    if not report.definitions:
        problems = "; ".join(map(str, report.problems)).replace(f"{folder}/", "")
        raise LoadError(problems or "the definition is not active")
    return Api(report.definitions[0].definition, "/", Resource(), ClientAddress())


def hook_of(hooks: PythonHooks, path: str, name: str, kind: str) -> Any:
    """What is called. :raises LoadError: when there is none of this name and kind."""
    load = {"response": hooks.response_hook, "analytics": hooks.record_hook}
    loaded = load.get(kind, hooks.request_hook)(name, path)
    hook: Any = loaded.hook
    return hook.hook


def kinds_in(hooks: PythonHooks, path: str, shown: str) -> dict[str, str]:
    """The hooks of a file by name, and of which kind each is.

    :raises LoadError: when it can not be executed, or there is none in it.
    """
    module = hooks.module(path)
    found: dict[str, str] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        for interface, kind, takes in _KINDS:
            made_of_it = isinstance(value, type) and interface.implementedBy(value)
            if made_of_it or interface.providedBy(value) or _takes(value) == takes:
                found[name] = kind
    if not found:
        text = f"{shown}: there is no hook in it; see IRequestHook and IResponseHook"
        raise LoadError(text, "hook-missing")
    return found


def _takes(value: Any) -> tuple[str, int] | None:
    """The first parameter of a function and how many it has to be given."""
    if not isfunction(value):
        return None
    needed = [each for each in signature(value).parameters.values() if each.default is each.empty]
    return (needed[0].name, len(needed)) if needed else None
