from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.message.headers import Headers, encode_name, encode_value


def sample() -> Headers:
    return Headers([(b"A", b"1"), (b"b", b"2"), (b"a", b"3"), (b"C", b"\xff")])


def test_names_are_compared_without_case() -> None:
    headers = sample()
    assert (headers.get("a"), headers.get("B"), headers.get("d")) == ("1", "2", None)
    assert headers.get("d", "e") == "e"
    assert headers.get_all("a") == ["1", "3"]
    assert headers.get_all("d") == []
    assert headers.first(b"a") == b"1"
    assert headers.first(b"d") is None
    assert "b" in headers
    assert "d" not in headers
    assert 1 not in headers


def test_order_and_case_are_those_of_the_wire() -> None:
    assert list(sample()) == [("A", "1"), ("b", "2"), ("a", "3"), ("C", "\udcff")]
    assert len(sample()) == 4
    assert repr(Headers([(b"A", b"1")])) == "Headers([('A', '1')])"
    assert Headers().raw == []


def test_setting_takes_the_place_of_the_first() -> None:
    headers = sample()
    headers.set("a", "new")
    assert headers.raw == [(b"a", b"new"), (b"b", b"2"), (b"C", b"\xff")]
    headers.set("D", b"last")
    assert headers.raw[-1] == (b"D", b"last")


def test_adding_goes_to_the_end() -> None:
    headers = sample()
    headers.add("A", "4")
    assert headers.get_all("a") == ["1", "3", "4"]
    assert headers.raw[-1] == (b"A", b"4")


def test_deleting_takes_every_value() -> None:
    headers = sample()
    headers.delete("A")
    headers.delete("nothing")
    headers.discard(b"c")
    assert headers.raw == [(b"b", b"2")]


def test_items_do_as_get_set_and_delete() -> None:
    headers = sample()
    assert headers["a"] == "1"
    headers["A"] = "new"
    headers["D"] = b"last"
    del headers["b"]
    del headers["nothing"]
    assert headers.raw == [(b"A", b"new"), (b"C", b"\xff"), (b"D", b"last")]
    with pytest.raises(KeyError, match=r"^'Nothing'$"):
        headers["Nothing"]
    with pytest.raises(ValueError, match="control character"):
        headers["A"] = "a\r\nB: c"
    with pytest.raises(ValueError, match="not a header name"):
        headers["A:"] = "a"
    assert dict(headers) == {"A": "new", "C": "\udcff", "D": "last"}


def test_the_list_itself_is_changed() -> None:
    raw = [(b"A", b"1")]
    headers = Headers(raw)
    headers.set("A", "2")
    headers.add("B", "3")
    headers.delete("A")
    assert raw == [(b"B", b"3")]


def test_bytes_that_are_no_text_survive() -> None:
    headers = sample()
    value = headers.get("C")
    assert value is not None
    headers.set("C", value)
    assert headers.raw[-1] == (b"C", b"\xff")


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\n", "\xe4", b"a\x00", b"", "(a)"])
def test_what_is_no_name(name: str | bytes) -> None:
    with pytest.raises(ValueError, match="not a header name"):
        encode_name(name)
    with pytest.raises(ValueError, match="not a header name"):
        Headers().set(name, "")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\x00", "\x7f", b"a\r\nB: c", "\x0b"])
def test_what_is_no_value(value: str | bytes) -> None:
    with pytest.raises(ValueError, match="control character"):
        encode_value(value)
    with pytest.raises(ValueError, match="control character"):
        Headers().add("a", value)


def test_what_is_no_text() -> None:
    with pytest.raises(TypeError, match=r"^a header value is str or bytes, not int$"):
        Headers()["A"] = 1  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"^a header name is str or bytes, not NoneType$"):
        Headers().add(None, "a")  # type: ignore[arg-type]


def test_blanks_around_a_value_are_dropped() -> None:
    assert encode_value(" \ta\tb \t") == b"a\tb"


@given(st.text())
def test_no_value_starts_a_line_of_its_own(value: str) -> None:
    try:
        raw = encode_value(value)
    except (ValueError, UnicodeEncodeError):
        return
    assert b"\r" not in raw
    assert b"\n" not in raw
