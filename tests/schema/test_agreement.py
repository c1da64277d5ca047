"""What readers refuse for a type, a range or a word, a schema refuses: no less, no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from twisted_tyk.jsonfile import ConfigError, decode, structure
from twisted_tyk.jsonfile.keys import Between, fields_by_key, not_acted_on
from twisted_tyk.schema.files import FILES, schema
from twisted_tyk.schema.make import Maker
from twisted_tyk.session.reading import SessionReader

CONVERTER = SessionReader().converter
#: Of any type, near the ends of ranges, and inside of what holds others.
SIMPLE = (
    None, True, False, 0, 1, -1, -2, 5.0, 0.5, -0.5, 0.0005, 199, 200, 399, 400, 599, 600, 65535,
    65536, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 1e30, "", "x", "5", "true",
)  # fmt: skip
VALUES = (
    *SIMPLE, [], {}, {"x": {}}, {"x": []}, {"x": [{}]}, [[]], [{}], {"": None},
    *([value] for value in SIMPLE), *({"x": value} for value in SIMPLE),
)  # fmt: skip


def accepts(kind: Any, value: Any) -> bool:
    try:
        structure(decode(json.dumps(value).encode(), "a.json"), kind, CONVERTER)
    except ConfigError:
        return False
    return True


def inside(kind: Any) -> Iterator[Any]:
    """A type and all that it is made of."""
    yield kind
    for argument in get_args(kind) if get_origin(kind) is not Literal else ():
        yield from inside(argument)


def classes(kind: type, found: dict[type, None]) -> dict[type, None]:
    """A class and those of all that it holds."""
    if kind not in found:
        found[kind] = None
        for hint in get_type_hints(kind, include_extras=True).values():
            for part in inside(hint):
                if isinstance(part, type) and attrs.has(part):
                    classes(part, found)
    return found


def all_classes() -> dict[type, None]:
    found: dict[type, None] = {}
    for file in FILES.values():
        classes(file.kind, found)
    return found


@pytest.mark.parametrize("kind", all_classes(), ids=lambda kind: kind.__name__)
def test_every_key_takes_the_same_values(kind: Any) -> None:
    maker = Maker(strict=False)
    made = maker.of(kind)
    validator = Draft202012Validator({**made, "$defs": maker.defs})
    hints = get_type_hints(kind, include_extras=True)
    for name, field in fields_by_key(kind).items():
        words = [w for part in inside(hints[field.name]) if get_origin(part) is Literal
                 for w in get_args(part)]  # fmt: skip
        # However it is spelled, the same is behind it.
        few = (None, True, 1, "x", [], {}, *words)
        for key, tried in (
            (name, (*VALUES, *words, *([word] for word in words))),
            (name.swapcase(), few),
        ):
            for value in tried:
                document = {key: value}
                assert validator.is_valid(document) == accepts(kind, document), document
        if other := field.metadata.get("also"):
            assert validator.is_valid({other: "x"}) == accepts(kind, {other: "x"})
    for name in not_acted_on(kind):
        assert validator.is_valid({name: None})
    for value in VALUES:
        assert validator.is_valid(value) == accepts(kind, value), value


@pytest.mark.parametrize("name", FILES)
def test_the_schemas_are_schemas(name: str) -> None:
    for strict in (False, True):
        Draft202012Validator.check_schema(schema(name, strict))


def wrong() -> st.SearchStrategy[Any]:
    return st.sampled_from(VALUES)


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 99).flatmap(lambda n: right if n else wrong())


def values(kind: Any) -> st.SearchStrategy[Any]:
    """What JSON may have where a type is asked for, and now and then something else."""
    origin, arguments = get_origin(kind), get_args(kind)
    simple: Mapping[Any, st.SearchStrategy[Any]] = {
        str: st.text(st.characters(codec="ascii"), max_size=5),
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**64 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
    }
    if kind in simple:
        return mostly(simple[kind])
    if kind is Any:
        return wrong()
    if origin in (Union, UnionType):
        return st.none() | values(arguments[0])
    if origin is Literal:
        return mostly(st.sampled_from(arguments))
    if origin is Annotated:
        [between] = [note for note in arguments[1:] if isinstance(note, Between)]
        low, high = between.low, min(between.high, 2**40)
        numbers = st.integers(int(low) + 1, int(high))
        return mostly(numbers if arguments[0] is int else st.floats(low, high))
    if origin in (list, tuple):
        return mostly(st.lists(values(arguments[0]), max_size=2))
    if origin in (dict, Mapping):
        return mostly(st.dictionaries(st.sampled_from("abc"), values(arguments[1]), max_size=2))
    return documents(kind)


def spelt(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, name, name, name.upper(), name.capitalize()))


@st.composite
def documents(draw: st.DrawFn, kind: Any) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    fields = fields_by_key(kind)
    chosen = draw(st.lists(st.sampled_from(list(fields)), max_size=4, unique=True))
    made = {
        draw(spelt(fields[name].metadata.get("also") or name)): draw(
            st.none() | values(hints[fields[name].name])
        )
        for name in chosen
    }
    for name in draw(st.lists(st.sampled_from((*not_acted_on(kind), "no_such_key")), max_size=1)):
        made.setdefault(name, draw(wrong()))
    return made


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if not file.by_id])
def test_whole_documents(name: str) -> None:
    lax, strict = (Draft202012Validator(schema(name, strict)) for strict in (False, True))
    kind = FILES[name].kind

    @settings(max_examples=60, deadline=None)
    @given(documents(kind), st.booleans())
    def agree(document: dict[str, Any], told: bool) -> None:
        if told:
            document = {"$schema": "a.schema.json", **document}
        assert lax.is_valid(document) == accepts(kind, document)
        if lax.is_valid(document):
            text = json.dumps(document).encode()
            _, warnings = structure(decode(text, "a.json"), kind, CONVERTER)
            unknown = any("unknown key" in warning.text for warning in warnings)
            assert strict.is_valid(document) is not unknown

    agree()


def test_policies_by_their_ids() -> None:
    lax, strict = (Draft202012Validator(schema("policies", strict)) for strict in (False, True))
    for document, is_valid, is_known in (
        ({}, True, True),
        ({"gold": {"rate": 1}, "$schema": "policies.schema.json"}, True, True),
        ({"gold": {"rate": 1}, "silver": {"raet": 1}}, True, False),
        ({"gold": {"rate": "1"}}, False, False),
        ({"gold": None}, False, False),
        ([{"id": "gold"}], False, False),
    ):
        assert (lax.is_valid(document), strict.is_valid(document)) == (is_valid, is_known)
