"""Error bodies: Tyk's by default, the operator's where there are templates."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.respond.error_pages import ErrorPages, TemplateError

PAGES = ErrorPages.load(Path("/there/is/no/such/folder"))


def test_json_to_the_letter() -> None:
    assert PAGES.render(403, "No access", "") == (
        "application/json",
        b'{\n    "error": "No access"\n}',
    )


def test_xml_to_the_letter() -> None:
    assert PAGES.render(403, "No access", "text/xml") == (
        "text/xml",
        b'<?xml version = "1.0" encoding = "UTF-8"?>\n<error>No access</error>\n',
    )


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("application/xml", "application/xml"),
        ("text/xml; charset=latin-1", "text/xml"),
        ("Application/SOAP+xml ;x", "application/soap+xml"),
        ("application/json", "application/json"),
        ("text/plain", "application/json"),
        ("application/xhtml+xml", "application/json"),
        ("x, application/xml", "application/json"),
    ],
)
def test_the_type_is_that_of_the_request(asked: str, given: str) -> None:
    assert PAGES.render(500, "x", asked)[0] == given


# Also lone surrogates, which Python makes of bytes that are no UTF-8.
MESSAGES = st.text(st.characters(codec=None), max_size=20)


@given(MESSAGES)
def test_any_message_makes_valid_json(message: str) -> None:
    assert json.loads(PAGES.render(500, message, "")[1]) == {"error": message}


@given(MESSAGES)
def test_any_message_makes_well_formed_xml(message: str) -> None:
    text = ElementTree.fromstring(PAGES.render(500, message, "text/xml")[1]).text or ""
    # Parsers make one line feed of every line end.
    printable = message.replace("\r\n", "\n").replace("\r", "\n")
    assert len(text) == len(printable)
    assert all(got in (wanted, "\ufffd") for got, wanted in zip(text, printable, strict=True))
    if printable.isprintable():
        assert text == printable


def test_markup_in_a_message_stays_text() -> None:
    message = '</error><script>"&\\'
    assert b"<script>" not in PAGES.render(400, message, "text/xml")[1]
    assert ElementTree.fromstring(PAGES.render(400, message, "text/xml")[1]).text == message
    assert json.loads(PAGES.render(400, message, "")[1]) == {"error": message}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "error.json").write_text('{"code": {{ .StatusCode }}, "why": "{{.Message}}"}')
    (tmp_path / "error_404.json").write_text("not here: {{- .Message -}}")
    (tmp_path / "error_500.xml").write_text("<oops>{{.Message}}</oops>")
    (tmp_path / "error_500.json.bak").write_text("{{.Nothing}}")
    (tmp_path / "playground.html").write_text("{{.Nothing}}")
    return tmp_path


@pytest.mark.parametrize(
    ("status", "asked", "body"),
    [
        (403, "", b'{"code": 403, "why": "a \\"b\\""}'),
        (404, "", b'not here: a \\"b\\"'),
        (500, "text/xml", b"<oops>a &quot;b&quot;</oops>"),
        (
            404,
            "text/xml",
            b'<?xml version = "1.0" encoding = "UTF-8"?>\n<error>a &quot;b&quot;</error>\n',
        ),
    ],
)
def test_templates_by_status_and_type(folder: Path, status: int, asked: str, body: bytes) -> None:
    assert ErrorPages.load(folder).render(status, 'a "b"', asked)[1] == body


def test_a_message_is_no_template(folder: Path) -> None:
    body = ErrorPages.load(folder).render(403, r"{{.StatusCode}} \1 \g<0>", "")[1]
    assert json.loads(body) == {"code": 403, "why": r"{{.StatusCode}} \1 \g<0>"}


def test_a_template_that_asks_for_more_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "error_401.json"
    file.write_text('{\n  "error": "{{.Message}}",\n  "who": "{{ .Session.Alias | js }}"\n}')
    with pytest.raises(TemplateError) as caught:
        ErrorPages.load(tmp_path)
    assert str(caught.value) == (
        f"{file}:3: found {{{{ .Session.Alias | js }}}}, "
        "expected {{.Message}} or {{.StatusCode}}"
    )


def test_a_template_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "error.json").write_bytes(b"\xff")
    with pytest.raises(TemplateError, match=r"error\.json: .*utf-8"):
        ErrorPages.load(tmp_path)
