"""What the page about analytics shows is so."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

from gateways import MakeGateway
from recording import make_hit

from twisted_tyk.record.as_json import shown
from twisted_tyk.testing import definition

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGE = (DOCS / "analytics.rst").read_text()


def blocks(language: str) -> list[str]:
    """The code of a language on the page."""
    found = re.findall(rf"code-block:: {language}\n\n((?:    .*\n|\n)+)", PAGE)
    return [dedent(block) for block in found]


def test_a_record_has_the_members_that_are_shown() -> None:
    record = json.loads(blocks("json")[0])
    made = shown(make_hit())
    assert set(record) == set(made)
    assert {name: type(value) for name, value in record.items()} == {
        name: type(value) for name, value in made.items()
    }


def test_the_queries_find_what_they_say(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("shop", name="The shop"), settings={"enable_analytics": True})
    running.get("/shop/orders/7")
    running.upstream.answer = lambda request: request.setResponseCode(404) or b""
    running.get("/shop/orders/8")
    running.advance(0.25)
    running.wait_for_thread()
    file = tmp_path / "analytics.db"
    slow, errors, policies = blocks("sql")
    with closing(sqlite3.connect(file)) as database:
        found = database.execute(slow).fetchall()
        assert {row[:4] for row in found} == {
            ("The shop", "GET", "/orders/7", 1),
            ("The shop", "GET", "/orders/8", 1),
        }
        assert database.execute(errors).fetchall() == [("", "", 404, 1)]
        assert database.execute(policies).fetchall() == []
    said = subprocess.run(
        [sys.executable, DOCS / "code" / "records.py", file],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said == "shop: 1 x 200\nshop: 1 x 404\n"
