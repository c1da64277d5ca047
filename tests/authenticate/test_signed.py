"""What an HTTP signature says, and what is signed with it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.authenticate.signed import Signed, moment
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers


def exchange(target: bytes = b"/a", method: bytes = b"GET", **fields: str) -> Exchange:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return Exchange(method, target, b"api.test:8080", headers)


FULL = 'keyId="k",algorithm="hmac-sha256",headers="(request-target) Date",signature="c2ln"'
SIGNED = Signed("k", "hmac-sha256", ("(request-target)", "date"), b"sig")


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        f"Signature {FULL}",
        f"signature   {FULL}",
        FULL.replace(",", " ,\t"),
        FULL.replace("=", " = ").replace("c2ln = ", "c2ln="),
        FULL.replace("keyId", "KEYID").replace("headers", "Headers"),
        'keyId=k,algorithm=hmac-sha256,headers="(request-target) date",signature=c2ln',
        FULL + ",",
        FULL.replace('"k"', r'"\k"'),
    ],
)
def test_parameters_in_many_forms(text: str) -> None:
    assert Signed.parse(text) == SIGNED


def test_what_need_not_be_said() -> None:
    assert Signed.parse('keyId="k",signature="c2ln"') == Signed("k", "hmac-sha1", ("date",), b"sig")


@pytest.mark.parametrize(
    ("encoded", "signature"),
    [
        ("+/+/", b"\xfb\xff\xbf"),
        ("%2B%2F%2B%2F", b"\xfb\xff\xbf"),
        ("%2b%2f%2b%2f", b"\xfb\xff\xbf"),
        ("YQ==", b"a"),
        ("YQ%3D%3d", b"a"),
        ("", b""),
    ],
)
def test_signatures_escaped_and_not(encoded: str, signature: bytes) -> None:
    assert Signed.parse(f'keyId="k",signature="{encoded}"').signature == signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Signature",
        "Signature ",
        "key",
        "Bearer key",
        'signature="c2ln"',
        'keyId="",signature="c2ln"',
        'keyId="k",signature="c2ln',
        'keyId="k" signature="c2ln"',
        'keyId="k",,signature="c2ln"',
        'keyId="k",signature="c2l"',
        'keyId="k",signature="c2ln!"',
        'keyId="k",signature="%C3%A9"',
        'keyId="k",keyId="j",signature="c2ln"',
        'keyId="k",keyid="j",signature="c2ln"',
        'keyId="k",created="1",signature="c2ln"',
        'keyId="k",headers="",signature="c2ln"',
        'keyId="k",headers="date  host",signature="c2ln"',
    ],
)
def test_what_is_no_signature(text: str) -> None:
    with pytest.raises(ValueError, match=r"not|something|parameters"):
        Signed.parse(text)


@given(st.text(alphabet='keyIdsgnatur="\\, %2bcQ', max_size=60))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert Signed.parse(text).key_id


def lines(names: str, request: Exchange) -> list[str]:
    signed = Signed.parse(f'keyId="k",headers="{names}",signature=""')
    return signed.text(request).decode("utf-8", "surrogateescape").split("\n")


def test_a_line_for_each_header_in_their_order() -> None:
    request = exchange(b"/a%20b/%C3%A9?q=1", b"POST", Date="D", X_Test=" hello\t", X_Other="é")
    assert lines("x-other (request-target) Date X-TEST host x-none", request) == [
        "x-other: é",
        "(request-target): post /a b/é",
        "date: D",
        "x-test: hello",
        "host: api.test:8080",
        "x-none: ",
    ]


def test_another_date_stands_for_the_date() -> None:
    request = exchange(Date="D", X_Aux_Date="A")
    assert lines("date x-aux-date", request) == ["x-aux-date: A", "x-aux-date: A"]


@pytest.mark.parametrize(
    ("names", "fields", "signed"),
    [
        ("date", {"Date": "D"}, True),
        ("date", {"Date": "D", "X_Aux_Date": "A"}, True),
        ("x-aux-date", {"Date": "D", "X_Aux_Date": "A"}, True),
        ("x-aux-date", {"Date": "D"}, False),
        ("host", {"Date": "D", "X_Aux_Date": "A"}, False),
    ],
)
def test_whether_the_date_is_signed(names: str, fields: dict[str, str], signed: bool) -> None:
    text = f'keyId="k",headers="{names}",signature=""'
    assert Signed.parse(text).has_date(exchange(**fields)) is signed


@pytest.mark.parametrize(
    ("text", "unix"),
    [
        ("Mon, 02 Jan 2006 15:04:05 GMT", 1136214245),
        ("Mon, 02 Jan 2006 15:04:05 UTC", 1136214245),
        ("Mon, 2 Jan 2006 15:04:05 Z", 1136214245),
        ("Mon, 02 Jan 2006 15:04:05 -07", 1136239445),
        ("Mon, 02 Jan 2006 15:04:05 +0530", 1136194445),
        ("Mon, 02 Jan 2006 15:04:05 +05:30", 1136194445),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_dates(text: str, unix: int) -> None:
    assert moment(text) == unix


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "1136214245",
        "2006-01-02T15:04:05Z",
        "Mon, 02 Jan 2006 15:04:05",
        "Mon, 02 Jan 2006 15:04:05 PST",
        "Mon, 32 Jan 2006 15:04:05 GMT",
        "Mon, 02 Jan 2006 25:04:05 GMT",
        "Mon, 02 Jux 2006 15:04:05 GMT",
        "Mon, 02 Jan 0000 15:04:05 GMT",
        "Mon, 02 Jan 2006 15:04:05 GMT\n",
        "Mon, ٠٢ Jan 2006 15:04:05 GMT",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|range|month|day|hour|year"):
        moment(text)
