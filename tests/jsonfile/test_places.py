"""Where members of a JSON text stand: lines, columns and JSON pointers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile import ConfigError, decode, make_converter, read
from twisted_tyk.jsonfile.places import Places
from twisted_tyk.jsonfile.problem import Problem, pointer
from twisted_tyk.jsonfile.reading import LARGEST
from twisted_tyk.jsonfile.strays import nearest
from twisted_tyk.jsonfile.structure import structure_what_fits
from twisted_tyk.settings import Settings

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def paths_in(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    return [
        path for step, item in members for path in ((*here, step), *paths_in(item, (*here, step)))
    ]


def resolve(value: Any, text: str) -> Any:
    """What a JSON pointer points to."""
    for part in text.split("/")[1:]:
        step = part.replace("~1", "/").replace("~0", "~")
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_a_column_is_counted_in_characters_from_1() -> None:
    document = decode('{"grüß": 1, "b": [10,\n  20]}'.encode(), "a.json")
    assert [(document.places.find(path).line, document.places.find(path).column)
            for path in ((), ("grüß",), ("b",), ("b", 0), ("b", 1))] == [
        (1, 1), (1, 2), (1, 13), (1, 19), (2, 3),
    ]  # fmt: skip


def test_a_problem_has_the_column_and_its_sentence_has_not() -> None:
    problem = decode(b'{"a":\n {"Bee": 1}}', "a.json").problem(("a", "bee"), "wrong")
    assert (problem.line, problem.column, problem.pointer) == (2, 3, "/a/Bee")
    assert str(problem) == "a.json:2: a.bee: wrong"
    assert str(decode(b"[]", "a.json").problem((), "wrong")) == "a.json:1: wrong"


def test_what_is_given_twice_has_a_column_and_a_pointer() -> None:
    with pytest.raises(ConfigError) as caught:
        decode(b'{"a": {"b": 1,\n"b": 2}}', "a.json")
    [problem] = caught.value.problems
    assert (problem.line, problem.column, problem.pointer) == (2, 1, "/a/b")


def test_a_key_that_is_there_as_it_is_asked_for_goes_before_another_case() -> None:
    places = Places.of('{"A": 1, "a": 2}')
    assert (places.find(("a",)).column, places.find(("A",)).column) == (10, 2)


@given(ANY_JSON, st.sampled_from([None, 1]))
def test_a_pointer_points_to_the_value_and_a_column_to_its_key(value: Any, indent: int) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    document = decode(text.encode(), "a.json")
    lines = text.split("\n")
    for path in paths_in(value):
        expected = value
        for step in path:
            expected = expected[step]
        assert resolve(value, pointer(path)) == expected
        place = document.places.find(path)
        rest = lines[place.line - 1][place.column - 1 :]
        start = path[-1] if isinstance(path[-1], str) else expected
        if not isinstance(start, (dict, list)):
            assert rest.startswith(json.dumps(start, ensure_ascii=False))


def test_thousands_of_problems_take_one_look_at_the_text() -> None:
    count = 20_000
    text = json.dumps({"policies": {f"wrong_{number}": 1 for number in range(count)}})
    made, problems, warnings = structure_what_fits(
        decode(text.encode(), "tyk.conf"), Settings, make_converter()
    )
    assert (made, problems, len(warnings)) == (Settings(), (), 1001)
    assert warnings[-1].text == f"{count - 1000} more unknown keys"


def test_a_flood_of_wrong_values_ends() -> None:
    text = json.dumps({"allowed_ips": [1] * 5000, "name": 5})
    made, problems, _ = structure_what_fits(
        decode(text.encode(), "a.json"), ApiDefinition, make_converter()
    )
    assert (made, len(problems)) == (ApiDefinition(), 1001)
    assert problems[0].text == "4001 more values of a wrong type"


def test_what_fits_is_made_of_a_document_with_faults() -> None:
    text = b'{"listen_port": "x", "app_path": "here", "policies": {"policy_path": 5}, "secrt": 1}'
    made, problems, warnings = structure_what_fits(
        decode(text, "tyk.conf"), Settings, make_converter()
    )
    assert made is not None
    assert (made.app_path, made.listen_port) == ("here", Settings().listen_port)
    assert [problem.path for problem in problems] == ["listen_port", "policies.policy_path"]
    assert [(warning.rule, warning.suggestion) for warning in warnings] == [
        ("unknown-key", "secret")
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [("listn_port", "listen_port"), ("LISTEN_PORTS", "listen_port"), ("zzz", ""), ("x" * 9999, "")],
)
def test_the_nearest_known_name(name: str, near: str) -> None:
    assert nearest(name, ["listen_port", "secret"]) == near


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="it is a device, pipe or socket, expected a file"):
        read(tmp_path / "pipe")


def test_a_disk_image_is_no_configuration(tmp_path: Path) -> None:
    with (tmp_path / "image").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ConfigError, match=f"is too large: {LARGEST + 1} bytes, expected at most"):
        read(tmp_path / "image")


def test_a_null_byte_in_a_name() -> None:
    with pytest.raises(ConfigError, match="null byte"):
        read("a\0b")


@pytest.mark.parametrize(("depth", "good"), [(128, True), (129, False), (900, False)])
def test_nesting_has_an_end(depth: int, good: bool) -> None:
    text = b"[" * depth + b"]" * depth
    if good:
        decode(text, "a.json")
    else:
        with pytest.raises(ConfigError, match="nested too deeply"):
            decode(text, "a.json")


def test_a_sentence_of_a_problem_has_the_nearest_name() -> None:
    problem = Problem("a.json", expected='"skip"', found="skp", path="on_error", suggestion="skip")
    assert str(problem) == 'a.json: on_error: expected "skip", found skp, did you mean "skip"?'
