"""A session from its JSON, as strict about types as Go is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_origin

from cattrs.cols import list_structure_factory, mapping_structure_factory
from cattrs.errors import BaseValidationError

from twisted_tyk.jsonfile.converter import Hook, Mismatch, make_converter
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.jsonfile.structure import mismatch_problems
from twisted_tyk.session.state import SessionState

_PLACE = Problem("session")


class SessionReader:
    """Reads sessions. It compiles code for the classes once, so make one and keep it.

    :ivar converter: does it, and does it for policies too, which have the same parts.
    """

    def __init__(self) -> None:
        self.converter = converter = make_converter()
        converter.register_structure_hook_factory(
            _of(list),
            lambda kind: _checked(list, "a list", list_structure_factory(kind, converter)),
        )
        converter.register_structure_hook_factory(
            _of(dict),
            lambda kind: _checked(dict, "an object", mapping_structure_factory(kind, converter)),
        )

    def __call__(self, text: bytes) -> SessionState:
        """A missing member or ``null`` means the default; a strange member is passed over.

        :raises ValueError: naming each member of a wrong type.
        """
        try:
            value = json.loads(text)
        except ValueError as error:
            raise ValueError(f"session: not JSON: {error}") from None
        try:
            return self.converter.structure(value, SessionState)
        except (ValueError, BaseValidationError) as error:
            problems = map(str, mismatch_problems(error, _PLACE, secret=False))
            raise ValueError("; ".join(problems)) from None


def _of(wanted: type) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is wanted


def _checked(kind: type, expected: str, inner: Hook) -> Hook:
    """What cattrs takes for a list or a mapping can be less than one, such as a string."""

    def hook(value: Any, asked: Any) -> Any:
        if not isinstance(value, kind):
            raise Mismatch(expected, value)
        return inner(value, asked)

    return hook
