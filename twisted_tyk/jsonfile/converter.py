"""JSON values made into what the fields of attrs classes ask for: a hook for each kind of type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from twisted_tyk.jsonfile.keys import Between, fields_by_spelling
from twisted_tyk.jsonfile.problem import quoted

Hook = Callable[[Any, Any], Any]


class Mismatch(ValueError):
    """A JSON value of the wrong type.

    :ivar expected: what would have been right, with its article.
    :ivar value: what was there.
    :ivar rule: see :class:`~twisted_tyk.jsonfile.problem.Problem`.
    :ivar choices: the values that would have been right, if they can be listed.
    """

    def __init__(
        self,
        expected: str,
        value: object,
        rule: str = "wrong-type",
        choices: tuple[str, ...] = (),
    ) -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.rule = rule
        self.choices = choices


class SameKey(ValueError):
    """A key that is given under two of its names."""

    rule = "repeated-key"


def make_converter() -> Converter:
    """Make a cattrs converter that follows the rules of :mod:`twisted_tyk.jsonfile.structure`.

    It compiles code for every class it meets, so use one for many documents.
    """
    converter = Converter(detailed_validation=True)
    converter.register_structure_hook(str, _string)
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _number)

    def of_origin(origin: object) -> Callable[[Any], bool]:
        return lambda kind: get_origin(kind) is origin

    def register(wanted: Callable[[Any], bool], factory: Callable[[Any, Converter], Hook]) -> None:
        converter.register_structure_hook_factory(wanted, lambda kind: factory(kind, converter))

    register(attrs.has, _object)
    register(of_origin(tuple), _list)
    register(of_origin(Mapping), _map)
    register(of_origin(Literal), _choice)
    register(of_origin(Annotated), _range)
    return converter


@cache
def common_converter() -> Converter:
    """One for the whole process and for any thread, which nobody adds hooks to.

    For small files, such as manifests, that are read in many places: making one takes
    longer than reading them.
    """
    return make_converter()


def _string(value: Any, _: Any) -> str:
    if not isinstance(value, str):
        raise Mismatch("a string", value)
    return value


def _boolean(value: Any, _: Any) -> bool:
    if not isinstance(value, bool):
        raise Mismatch("true or false", value)
    return value


def _integer(value: Any, _: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mismatch("an integer", value)
    if not -(2**63) <= value < 2**64:
        raise Mismatch("an integer of at most 64 bits", value)
    return value


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Mismatch("a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Mismatch("a number of ordinary size", value)
    return number


def _object(kind: Any, converter: Converter) -> Hook:
    fill = make_dict_structure_fn(kind, converter)
    spellings = fields_by_spelling(kind)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise Mismatch("an object", value)
        given: dict[str, tuple[str, Any]] = {}
        for key, item in value.items():
            field = spellings.get(key.lower())
            if field is None or item is None:
                continue
            other, earlier = given.get(field.name, ("", None))
            if item and earlier:
                raise SameKey(f"{quoted(other)} and {quoted(key)} are the same key")
            given[field.name] = (key, earlier or item)
        return fill({name: item for name, (_, item) in given.items()}, kind)

    return hook


def _list(kind: Any, converter: Converter) -> Hook:
    plain: Any = list[get_args(kind)[0]]  # type: ignore[misc]
    items = converter.get_structure_hook(plain)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise Mismatch("a list", value)
        return tuple(items(value, plain))

    return hook


def _map(kind: Any, converter: Converter) -> Hook:
    plain: Any = dict[get_args(kind)]  # type: ignore[misc]
    members = converter.get_structure_hook(plain)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise Mismatch("an object", value)
        return members(value, plain)

    return hook


def _choice(kind: Any, _: Converter) -> Hook:
    choices = get_args(kind)
    expected = "one of " + ", ".join(quoted(choice) for choice in choices)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, str):
            raise Mismatch(expected, value)
        if value not in choices:
            raise Mismatch(expected, value, "unknown-value", choices)
        return value

    return hook


def _range(kind: Any, converter: Converter) -> Hook:
    plain, *notes = get_args(kind)
    inner = converter.get_structure_hook(plain)
    ranges = [note for note in notes if isinstance(note, Between)]

    def hook(value: Any, _: Any) -> Any:
        number = inner(value, plain)
        for between in ranges:
            if number not in between:
                raise Mismatch(str(between), value, "out-of-range")
        return number

    return hook
