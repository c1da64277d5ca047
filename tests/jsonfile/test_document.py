"""The text of a JSON file, its lines, and the ways it can be unreadable."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.jsonfile import ConfigError, Document, decode, dotted, read

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def problem_of(content: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        decode(content, "a.json")
    return str(caught.value)


def outcome(content: bytes) -> Any:
    """The value, or what the error says."""
    try:
        return decode(content, "a.json").value
    except ConfigError as error:
        return str(error)


def test_reads_value_and_text(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('{"name": "grüß"}', encoding="utf-8")
    document = read(file)
    assert document.value == {"name": "grüß"}
    assert document.text == '{"name": "grüß"}'
    assert document.file == str(file)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf{}", "a.json") == Document("a.json", "{}", {})


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    with pytest.raises(ConfigError) as caught:
        read(file)
    assert str(caught.value) == f"{file}: cannot be read: No such file or directory"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_a_syntax_error_has_line_and_column() -> None:
    assert (
        problem_of(b'{\n  "a": 1,\n  "b" 2\n}') == "a.json:3:7: not JSON: expecting ':' delimiter"
    )


def test_an_empty_file_is_not_json() -> None:
    said = "a.json:1:1: not JSON: expecting value, but it is empty"
    assert problem_of(b"") == problem_of(b" \n").replace("2:1", "1:1") == said


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{\n  "a": 1,\n}', "2:9", "a comma with nothing after it"),
        ('{"a": [\n  1 ,\n  ]}', "2:5", "a comma with nothing after it"),
        ("[,]", "1:2", "a comma with nothing after it"),
        ('{"a": 1, // one\n"b": 2}', "1:10", "a comment, which JSON does not have"),
        ('{"a": 1,\n  /* one */ "b": 2}', "2:3", "a comment, which JSON does not have"),
        ("# one\n{}", "1:1", "a comment, which JSON does not have"),
        ("{'a': 1}", "1:2", "single quotes, expected double quotes"),
        ('{"a": 1', "1:8", "expecting ',' delimiter, but it ends here"),
        ('{"a": True}', "1:7", "expecting value, did you mean true?"),
        ('{"a": Trueish}', "1:7", "expecting value"),
    ],
)
def test_what_is_often_written_is_told_in_its_words(text: str, place: str, said: str) -> None:
    """Whatever the parser of this version of Python says of it, and where."""
    assert problem_of(text.encode()) == f"a.json:{place}: not JSON: {said}"


def test_other_encodings_are_refused_with_the_line() -> None:
    assert problem_of(b'{\n"a": "\xff"}') == "a.json:2: is not UTF-8 text"


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(name: str) -> None:
    assert problem_of(f'{{"a": "NaN",\n"b": {name}}}'.encode()) == f"a.json:2: not JSON: {name}"


@pytest.mark.parametrize("number", ["1e999", "-1.5E400"])
def test_numbers_without_end_are_refused(number: str) -> None:
    assert problem_of(f'{{"a": 1,\n"b": {number}}}'.encode()) == (
        "a.json:2: a number that is too large"
    )


def test_endless_nesting_is_refused() -> None:
    assert "nested too deeply" in problem_of(b"[" * 100_000 + b"]" * 100_000)


def test_endless_numbers_are_refused_or_read() -> None:
    # Pythons before the limit on digits read them.
    answer = outcome(b'{"a":\n' + b"9" * 5000 + b"}")
    expected = ({"a": 10**5000 - 1}, "a.json:2: a number with too many digits")
    assert answer in expected


def test_every_repeated_key_is_named_with_both_lines() -> None:
    text = '{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}'
    assert problem_of(text.encode()).splitlines() == [
        "a.json:2: b.c: given twice, first on line 2",
        "a.json:3: a: given twice, first on line 1",
    ]


def test_the_same_key_in_two_objects_is_fine() -> None:
    assert decode(b'[{"a": 1}, {"a": 2}]', "a.json").value == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("half", [r"\ud800", r"\uDFFF", r"\ud83d\u0041", r"\\\ud83d"])
def test_half_a_character_is_refused(half: str) -> None:
    assert "is half of a character" in problem_of(f'\n["{half}"]'.encode())


@pytest.mark.parametrize("whole", [r"\ud83d\ude00", r"\\ud83d", r"\u0041"])
def test_whole_characters_are_read(whole: str) -> None:
    assert decode(f'["{whole}"]'.encode(), "a.json").value == json.loads(f'["{whole}"]')


def test_a_key_is_found_without_regard_to_case() -> None:
    assert decode(b'{"a": 1,\n"Listen_Port": 2}', "a.json").line(("listen_port",)) == 2


def test_a_missing_place_is_answered_with_the_nearest_around_it() -> None:
    document = decode(b'{"a": 1,\n"b":\n{"c": [1]}}', "a.json")
    assert document.line(("b", "none")) == 2
    assert document.line(("b", "c", 5)) == 3
    assert document.line(("none",)) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("proxy", "target_list", 0), "proxy.target_list[0]"),
        (("versions", "v 1.0", "name"), 'versions["v 1.0"].name'),
        ((0, "a-b"), "[0].a-b"),
    ],
)
def test_paths_are_written_as_people_do(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text


def written(value: Any, here: tuple[str | int, ...], dice: random.Random) -> tuple[str, Any]:
    """Write ``value`` as JSON with random white space; each path marked with where it starts."""
    space = lambda: "".join(dice.choice([" ", "\n", "\t", "\r\n", ""]) for _ in range(3))  # noqa: E731
    marks: list[tuple[tuple[str | int, ...], int]] = []
    if isinstance(value, dict):
        text = "{" + space()
        for number, (key, item) in enumerate(value.items()):
            text += ("," if number else "") + space()
            path = (*here, key)
            marks.append((path, len(text)))
            text += json.dumps(key, ensure_ascii=dice.random() < 0.5) + space() + ":" + space()
            inner, inner_marks = written(item, path, dice)
            marks += [(p, len(text) + offset) for p, offset in inner_marks]
            text += inner + space()
        return text + "}", marks
    if isinstance(value, list):
        text = "[" + space()
        for index, item in enumerate(value):
            text += ("," if index else "") + space()
            path = (*here, index)
            marks.append((path, len(text)))
            inner, inner_marks = written(item, path, dice)
            marks += [(p, len(text) + offset) for p, offset in inner_marks]
            text += inner + space()
        return text + "]", marks
    return json.dumps(value), marks


def lower_keys_are_unique(value: Any) -> bool:
    if isinstance(value, dict):
        lower = {key.lower() for key in value}
        return len(lower) == len(value) and all(map(lower_keys_are_unique, value.values()))
    return not isinstance(value, list) or all(map(lower_keys_are_unique, value))


@given(JSON_VALUES.filter(lower_keys_are_unique), st.randoms(use_true_random=False))
def test_the_line_of_every_place_is_right(value: Any, dice: random.Random) -> None:
    text, marks = written(value, (), dice)
    document = decode(text.encode(), "a.json")
    assert document.value == value
    for path, offset in marks:
        assert document.line(path) == text.count("\n", 0, offset) + 1


@given(st.binary(max_size=40) | st.text(alphabet='{}[]":,\\u1d8 \n', max_size=40).map(str.encode))
def test_any_bytes_are_read_as_python_does_or_refused(content: bytes) -> None:
    answer = outcome(content)
    if not (isinstance(answer, str) and answer.startswith("a.json")):
        assert answer == json.loads(content.decode("utf-8-sig"))
