from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.listen.chunked import EXCESS_BYTES, LINE_BYTES, TRAILER_BYTES, ChunkedDecoder
from twisted_tyk.listen.refused import Refused


def decode(pieces: list[bytes]) -> tuple[bytes, bytes | None]:
    decoder = ChunkedDecoder()
    out = b""
    for index, piece in enumerate(pieces):
        out += decoder.feed(piece)
        if decoder.rest is not None:
            return out, decoder.rest + b"".join(pieces[index + 1 :])
    return out, None


def encode(chunks: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    lines = [b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    return b"".join(lines) + b"0%b\r\n%b\r\n" % (extension, trailers)


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(position % (len(data) + 1) for position in at), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(
    st.lists(st.binary(min_size=1, max_size=40)),
    st.sampled_from([b"", b";a", b";a=b", b'; a="b;c"']),
    st.sampled_from([b"", b"A: b\r\n", b"A:\r\nB: \xff\r\n"]),
    st.binary(max_size=10),
    st.lists(st.integers(0, 1000), max_size=8),
)
def test_what_was_encoded_comes_out_however_it_is_cut(
    chunks: list[bytes], extension: bytes, trailers: bytes, rest: bytes, at: list[int]
) -> None:
    pieces = cut(encode(chunks, extension, trailers) + rest, at)
    assert decode(pieces) == (b"".join(chunks), rest)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_any_bytes_are_decoded_or_refused_with_400(data: bytes, at: list[int]) -> None:
    refusals = []
    try:
        decode(cut(data, at))
    except Refused as refused:
        refusals.append(refused.status)
    assert refusals in ([], [400])


@pytest.mark.parametrize(
    "data",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello\r\n0\n\r\n",
        b"5\r\nhello\r\n0\r\n\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\r\nhello\rX0\r\n\r\n",
        b"5\r\nhellooo\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"5_0\r\nhello\r\n0\r\n\r\n",
        b"g\r\n",
        b"\r\n",
        b";a\r\n",
        b"5;\x00\r\nhello\r\n0\r\n\r\n",
        b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        b"5;\x7f\r\nhello\r\n0\r\n\r\n",
        b"00000000000000005\r\nhello\r\n0\r\n\r\n",
        b"0\r\nno trailer\r\n\r\n",
        b"0\r\nA : b\r\n\r\n",
        b"0\r\n: b\r\n\r\n",
        b"0\r\n A: b\r\n\r\n",
        b"0\r\nA: \x00\r\n\r\n",
        b"0\r\nA: b\rc\r\n\r\n",
    ],
)
def test_what_is_not_strictly_chunked_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"^400: "):
        decode([data])
    with pytest.raises(Refused, match=r"^400: "):
        decode([data[i : i + 1] for i in range(len(data))])


def test_sizes_have_up_to_16_digits_in_either_case() -> None:
    assert decode([b"000000000000000a\r\n0123456789\r\n0\r\n\r\n"]) == (b"0123456789", b"")
    assert decode([b"A\r\n0123456789\r\n0\r\n\r\n"]) == (b"0123456789", b"")


def test_a_wrong_end_of_a_chunk_is_seen_without_its_line() -> None:
    with pytest.raises(Refused):
        decode([b"1\r\na", b"b"])


def test_lines_are_bounded() -> None:
    longest = b"0;" + b"x" * (LINE_BYTES - 4) + b"\r\n"
    assert decode([longest + b"\r\n"]) == (b"", b"")
    with pytest.raises(Refused, match="too long"):
        decode([b"0;x" + longest[2:] + b"\r\n"])
    with pytest.raises(Refused, match="too long"):
        decode([b"0;" + b"x" * (LINE_BYTES - 1)])
    assert decode([b"0;" + b"x" * (LINE_BYTES - 2)]) == (b"", None)


def test_trailers_are_bounded_together() -> None:
    line = b"A: " + b"x" * 1019 + b"\r\n"
    assert len(line) * 8 == TRAILER_BYTES
    assert decode([b"0\r\n", line * 8, b"\r\n"]) == (b"", b"")
    with pytest.raises(Refused, match="trailers"):
        decode([b"0\r\n", line * 8, b"A:\r\n"])


def test_extensions_may_not_outweigh_the_data() -> None:
    # Costs 1024 bytes beyond the 16 and twice 1 that the chunk is granted.
    chunk = b"1;" + b"x" * (1024 + 18 - 4) + b"\r\ny\r\n"
    enough = EXCESS_BYTES // 1024
    assert decode([chunk * enough])[0] == b"y" * enough
    with pytest.raises(Refused, match="extensions"):
        decode([chunk * (enough + 1)])
    # Data makes up for it.
    relief = b"800\r\n" + b"z" * 0x800 + b"\r\n"
    assert len(decode([(chunk + relief) * 3 * enough])[0]) == 3 * enough * 0x801
