"""Values made into classes: Go's rules, strict types, and where they were broken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.jsonfile import ConfigError, decode, make_converter, structure
from twisted_tyk.jsonfile.keys import Between, key, names, not_a_key, zero_means


@attrs.frozen
class Part:
    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("old_way")

    size: int = key(0)
    label: str = key("none")


@attrs.frozen
class Whole:
    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("later bag")

    flag: bool = key(False)
    count: int = key(3)
    share: float = key(0.5)
    port: Annotated[int, Between(0, 65535)] = key(0)
    wait: Annotated[float, Between(0)] | None = key(None)
    mode: Literal["fail", "skip"] = key("fail")
    CORS: str = key("")
    ident: str = key("", name="_id")
    listen_port: int = key(0)
    secret: str = key("", secret=True)
    secrets: Mapping[str, str] = key(attrs.Factory(dict), secret=True)
    words: tuple[str, ...] = key((), also="other_words")
    part: Part = key(Part())
    parts: tuple[Part, ...] = key(())
    by_name: Mapping[str, Part] = key(attrs.Factory(dict))
    bag: Mapping[str, Any] = key(attrs.Factory(dict))
    anything: Any = key(None)
    timeout: int = zero_means(30)
    raw: str = not_a_key("untouched")


CONVERTER = make_converter()


def made(value: Any) -> Whole:
    return structure(decode(json.dumps(value).encode(), "a.json"), Whole, CONVERTER)[0]


def warnings_of(text: str) -> list[str]:
    _, warnings = structure(decode(text.encode(), "a.json"), Whole, CONVERTER)
    return [str(warning) for warning in warnings]


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        structure(decode(text.encode(), "a.json"), Whole, CONVERTER)
    return [str(problem) for problem in caught.value.problems]


def test_nothing_given_is_all_defaults() -> None:
    assert made({}) == Whole()


def test_every_shape_is_made() -> None:
    assert made(
        {
            "_id": "x",
            "words": ["a", "b"],
            "part": {"size": 1},
            "parts": [{"size": 2}, {}],
            "by_name": {"one": {"label": "l"}},
            "bag": {"deep": [1, {"x": None}]},
            "anything": [1],
            "wait": 2,
        }
    ) == Whole(
        ident="x",
        words=("a", "b"),
        part=Part(1),
        parts=(Part(2), Part()),
        by_name={"one": Part(label="l")},
        bag={"deep": [1, {"x": None}]},
        anything=[1],
        wait=2.0,
    )


@pytest.mark.parametrize("field", ["flag", "count", "words", "part", "by_name", "mode", "wait"])
def test_null_means_the_default(field: str) -> None:
    assert made({field: None}) == Whole()


def test_keys_match_without_regard_to_case() -> None:
    assert made({"Listen_Port": 1, "cors": "x", "_ID": "y"}) == Whole(
        listen_port=1, CORS="x", ident="y"
    )


def test_zero_stands_for_what_tyk_puts_in_its_place() -> None:
    assert (made({"timeout": 0}).timeout, made({"timeout": 7}).timeout) == (30, 7)


def test_integers_do_for_floats_and_whole_floats_for_integers() -> None:
    whole = made({"share": 2, "count": 5.0})
    assert (whole.share, type(whole.share)) == (2.0, float)
    assert (whole.count, type(whole.count)) == (5, int)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("count", "5", 'expected an integer, found the string "5"'),
        ("count", True, "expected an integer, found true"),
        ("count", 5.5, "expected an integer, found the number 5.5"),
        ("count", 2**64, "expected an integer of at most 64 bits, found the number of 65 bits"),
        ("share", "x", 'expected a number, found the string "x"'),
        ("share", False, "expected a number, found false"),
        ("share", 10**400, "expected a number of ordinary size, found the number of 1329 bits"),
        ("flag", 1, "expected true or false, found the number 1"),
        ("CORS", 5, "expected a string, found the number 5"),
        ("CORS", {}, "expected a string, found an object"),
        ("words", "abc", 'expected a list, found the string "abc"'),
        ("words", {}, "expected a list, found an object"),
        ("part", [], "expected an object, found a list"),
        ("bag", [], "expected an object, found a list"),
        ("by_name", "", "expected an object, found an empty string"),
        ("mode", "boom", 'expected one of "fail", "skip", found the string "boom"'),
        ("mode", ["fail"], 'expected one of "fail", "skip", found a list'),
        ("port", 65536, "expected a number from 0 to 65535, found the number 65536"),
        ("wait", -1, "expected a number of at least 0, found the number -1"),
        ("secret", 5, "expected a string, found a number (not shown)"),
        ("CORS", ["x" * 99], "expected a string, found a list"),
        ("count", "x" * 99, f'expected an integer, found the string "{"x" * 60}…"'),
    ],
)
def test_a_wrong_type_is_told_with_what_was_found(field: str, value: Any, text: str) -> None:
    assert problems_of(json.dumps({field: value})) == [f"a.json:1: {field}: {text}"]


def test_a_document_must_be_an_object() -> None:
    assert problems_of("null") == ["a.json:1: expected an object, found null"]


def test_all_problems_are_told_with_line_and_path_in_order() -> None:
    text = """{
        "secrets": {"pw": 17},
        "by_name": {"v 1": {"size": "big"}},
        "parts": [{}, {"size": []}, null],
        "words": ["a",
                  5]
    }"""
    assert problems_of(text) == [
        "a.json:2: secrets.pw: expected a string, found a number (not shown)",
        'a.json:3: by_name["v 1"].size: expected an integer, found the string "big"',
        "a.json:4: parts[1].size: expected an integer, found a list",
        "a.json:4: parts[2]: expected an object, found null",
        "a.json:6: words[1]: expected a string, found the number 5",
    ]


def test_a_second_name_is_accepted() -> None:
    assert made({"other_words": ["a"]}).words == ("a",)
    assert made({"other_words": ["a"], "words": []}).words == ("a",)
    assert made({"other_words": None, "words": ["b"]}).words == ("b",)


def test_both_names_at_once_are_a_problem() -> None:
    text = '{"words": ["a"], "other_words": ["b"]}'
    assert problems_of(text) == ['a.json:1: "words" and "other_words" are the same key']


@attrs.frozen
class Range:
    low: int = key(0)
    high: int = key(0)

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@attrs.frozen
class Ranges:
    ranges: tuple[Range, ...] = key(())


def test_a_range_may_have_a_word_for_not_given() -> None:
    assert 0 in Between(200, 599, or_zero=True)
    assert 0 not in Between(200, 599)
    assert 199 not in Between(200, 599, or_zero=True)
    assert str(Between(200, 599, "a status", or_zero=True)) == "a status from 200 to 599"


def test_what_a_class_itself_refuses_is_placed_too() -> None:
    document = decode(b'{"ranges": [{},\n{"low": 2}]}', "a.json")
    with pytest.raises(ConfigError) as caught:
        structure(document, Ranges, CONVERTER)
    assert str(caught.value) == "a.json:2: ranges[1]: low is above high"


def test_unknown_keys_are_warned_of_with_the_nearest() -> None:
    assert warnings_of('{"listn_port": 1,\n"part": {"sise": 1},\n"parts": [{"qqq": 1}]}') == [
        'a.json:1: listn_port: unknown key "listn_port", did you mean "listen_port"?',
        'a.json:2: part.sise: unknown key "sise", did you mean "size"?',
        'a.json:3: parts[0].qqq: unknown key "qqq"',
    ]


def test_unknown_keys_are_found_inside_maps_but_not_in_free_form_ones() -> None:
    assert warnings_of('{"by_name": {"x": {"oops": 1}}, "anything": {"y": 1}}') == [
        'a.json:1: by_name.x.oops: unknown key "oops"'
    ]


def test_a_document_may_name_its_schema_at_its_top() -> None:
    assert warnings_of('{"$schema": "definition.json"}') == []
    assert warnings_of('{"part": {"$schema": "part.json"}}') == [
        'a.json:1: part["$schema"]: unknown key "$schema"'
    ]


def test_keys_not_acted_on_are_warned_of_once() -> None:
    assert warnings_of('{"later": 1, "bag": {"x": 1}, "part": {"Old_Way": true}}') == [
        "a.json: known to Tyk, not acted on here: later, bag, part.Old_Way"
    ]


def test_keys_not_acted_on_need_no_warning_when_they_are_off() -> None:
    assert warnings_of('{"later": false, "bag": {}, "part": {"old_way": null}}') == []


def test_no_key_fills_what_is_not_a_key() -> None:
    assert made({"raw": "x"}).raw == "untouched"
    assert warnings_of('{"raw": "x"}') == ['a.json:1: raw: unknown key "raw"']


def test_secrets_are_not_in_repr() -> None:
    assert "hunter2" not in repr(made({"secret": "hunter2", "secrets": {"a": "hunter2"}}))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ["flag", "count", "share", "port", "wait", "mode", "secret", "secrets", "words", "part",
          "parts", "by_name", "bag", "anything", "timeout"]  # fmt: skip


def refused_paths(value: dict[str, Any]) -> list[str]:
    document = attrs.evolve(decode(b"{}", "a.json"), value=value)
    try:
        structure(document, Whole, CONVERTER)
    except ConfigError as error:
        return [problem.path for problem in error.problems]
    return []


@given(st.sampled_from(FIELDS), ANY_JSON)
def test_any_value_loads_or_is_refused_by_its_path(field: str, value: Any) -> None:
    assert all(path.startswith(field) for path in refused_paths({field: value}))


@given(st.sampled_from(["flag", "count", "share", "secret", "part"]), ANY_JSON)
def test_only_the_right_type_loads(field: str, value: Any) -> None:
    right: dict[str, Any] = {
        "flag": bool, "count": int, "share": (int, float), "secret": str, "part": dict,
    }  # fmt: skip
    number = isinstance(value, bool) and field in ("count", "share")
    whole = isinstance(value, float) and value.is_integer() and field == "count"
    fits = value is None or whole or (isinstance(value, right[field]) and not number)
    if not fits:
        assert refused_paths({field: value}) == [field]
