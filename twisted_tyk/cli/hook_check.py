"""Loads hooks in Python for ``tyk lint``, in a process that they may end or hang."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from twisted_tyk.cli.child import events
from twisted_tyk.cli.python_file import hook_of, kinds_in
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.lint.context import PATCH, PythonHook
from twisted_tyk.lint.rules import RULES
from twisted_tyk.patches.code import load_python
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.python import PythonHooks

Tell = Callable[[dict[str, Any]], None]


@frozen
class ApartHooks:
    """What the check has hooks loaded by.

    :ivar timeout: seconds that loading a file may take.
    """

    timeout: float = 10.0

    def load(self, hooks: Sequence[PythonHook]) -> list[LoadError | None]:
        """See :class:`twisted_tyk.lint.context.PythonHooks`.

        After one that ends the process another goes on with the next file.
        """
        told: dict[int, LoadError | None] = {}
        while len(told) < len(hooks):
            left = [number for number in range(len(hooks)) if number not in told]
            job = {"hooks": [{"number": number, **asdict(hooks[number])} for number in left]}
            current, crash = left[0], ""
            for event in events(job, self.timeout, lambda _: None):
                # What a hook writes there itself may be of any kind.
                number = event.get("number", current)
                number = number if type(number) is int and number in left else current
                if event["event"] == "loading":
                    current = number
                elif event["event"] == "loaded":
                    told[number] = None
                elif event["event"] == "refused":
                    told[number] = _error(event)
                elif event["event"] == "ended":
                    crash = event["crash"] or "it ends the process that loads it"
            for number in left:
                # What another entry names in the same file would do the same once more.
                if number not in told and _same_file(hooks[number], hooks[current]):
                    text = f"{hooks[number].path}: loading it: {crash}"
                    told[number] = LoadError(text, "hook-crashed")
        return [told[number] for number in range(len(hooks))]

    def file(self, file: str) -> Problem | None:
        """See :class:`twisted_tyk.lint.context.PythonHooks`."""
        problem: Problem | None = None
        loaded = False
        for event in events({"hook_file": file}, self.timeout, lambda _: None):
            if event["event"] == "refused":
                error = _error(event)
                text = str(error).removeprefix(f"{file}: ")
                line, column = _whole(event.get("line")), _whole(event.get("column"))
                problem = Problem(file, text, line=line, column=column, rule=error.rule)
            elif event["event"] == "loaded":
                loaded = True
            elif event["event"] == "ended" and problem is None and not loaded:
                crash = event["crash"] or "it ends the process that loads it"
                problem = Problem(file, f"loading it: {crash}", rule="hook-crashed")
        return problem


def _load_patch(hook: PythonHook) -> None:
    manifest = PatchManifest(name=hook.api_id, path=hook.path, symbol=hook.name)
    load_python(manifest, Path(hook.base))


def _same_file(one: PythonHook, other: PythonHook) -> bool:
    return (one.base, one.path) == (other.base, other.path)


def _error(event: dict[str, Any]) -> LoadError:
    rule = event.get("rule")
    return LoadError(
        str(event.get("error")),
        rule if isinstance(rule, str) and rule in RULES else "hook-failed",
        str(event.get("suggestion", "")),
    )


def _whole(number: object) -> int | None:
    return number if type(number) is int and number > 0 else None


class HookWorker:
    """The other side, in that process."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        # Bundles are compared with their lists of files.
        sys.dont_write_bytecode = True

    def run(self, job: dict[str, Any]) -> None:
        """Load each hook, or all that are in a file."""
        if "hook_file" in job:
            self._file(job["hook_file"])
            return
        owners: dict[tuple[str, str], PythonHooks] = {}
        for given in job["hooks"]:
            number = given.pop("number")
            hook = PythonHook(**given)
            self._tell({"event": "loading", "number": number})
            key = (hook.base, hook.api_id)
            if key not in owners:
                owners[key] = PythonHooks(Places(Path(hook.base)), hook.api_id)
            try:
                if hook.kind == PATCH:
                    _load_patch(hook)
                else:
                    hook_of(owners[key], hook.path, hook.name, hook.kind)
            except LoadError as error:
                self._refused(error, number=number)
            else:
                self._tell({"event": "loaded", "number": number})

    def _file(self, file: str) -> None:
        path = str(Path(file).absolute())
        try:
            if Path(path).exists() and not Path(path).is_file():
                raise LoadError("is a device, pipe or socket, expected a file", "unreadable")
            compile(Path(path).read_bytes(), file, "exec")
            hooks = PythonHooks(Places(Path.cwd()), "lint")
            for name, kind in kinds_in(hooks, path, file).items():
                hook_of(hooks, path, name, kind)
        except OSError as error:
            text = f"cannot be read: {error.strerror}"
            self._tell({"event": "refused", "error": text, "rule": "unreadable"})
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
            reason = getattr(error, "msg", "") or str(error) or type(error).__name__
            text = f"not Python: {reason}"
            self._tell({"event": "refused", "error": text, "line": line, "column": column})
        except LoadError as error:
            self._refused(LoadError(str(error).replace(path, file), error.rule))
        else:
            self._tell({"event": "loaded"})

    def _refused(self, error: LoadError, **more: Any) -> None:
        self._tell(
            {
                "event": "refused",
                "error": str(error),
                "rule": error.rule,
                "suggestion": error.suggestion,
                **more,
            }
        )
