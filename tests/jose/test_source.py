"""Where the key of an API is, and how long a key set counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_tokens import SECRET, b64

from twisted_tyk.jose.keys import VerifyingKey
from twisted_tyk.jose.methods import METHODS
from twisted_tyk.jose.source import read_source, seconds_of


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("", 0),
        ("0s", 0),
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("90s", 90),
        ("1500ms", 1),
        (".5m", 30),
        ("1us1ns", 0),
        ("2µs", 0),
    ],
)
def test_durations(duration: str, seconds: float) -> None:
    assert seconds_of(duration) == seconds


@pytest.mark.parametrize("text", ["5", "m", "5 m", "-5m", "5mm", "5d", "five", "5m "])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 300s or 5m"):
        seconds_of(text)


def test_a_secret_with_line_ends_in_its_base64() -> None:
    text = b64(SECRET)
    assert isinstance(read_source(f"{text[:20]}\r\n{text[20:]}\n", METHODS["hmac"]), VerifyingKey)


@given(st.text(max_size=60), st.sampled_from(sorted(METHODS)))
def test_whatever_stands_there(text: str, method: str) -> None:
    said = ""
    try:
        assert isinstance(read_source(text, METHODS[method]), (str, VerifyingKey))
    except ValueError as error:
        said = str(error)
    # A sentence does not show what may be a secret.
    assert len(text) < 12 or text not in said
