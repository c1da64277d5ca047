"""What a request leaves behind goes at once, and not when the garbage collector comes by.

Objects that refer to each other in a ring would wait for it, and requests would
wait for it in turn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from collected import left_by
from gateways import MakeGateway

from twisted_tyk.testing import definition

HOOKS = """\
from twisted.internet.defer import succeed
from twisted_tyk import Refusal, reads_body

def edits(rw, request):
    request.headers.set("X-Seen", request.url.query.get("a", ""))
    rw.headers.set("X-Also", "1")

async def awaits(rw, request):
    await request.read()

@reads_body
def back(rw, response, request):
    response.body = response.body.upper()

def answers(rw, request):
    rw.write("enough")

def refuses(rw, request):
    raise Refusal(403, "no")
"""


def hooks(point: str, *names: str) -> dict[str, Any]:
    return {point: [{"name": name, "path": "hooks.py"} for name in names]}


CASES: dict[str, dict[str, Any]] = {
    "nothing but the proxy": {},
    "hooks on the way in": hooks("pre", "edits", "edits"),
    "a hook that waits": hooks("pre", "awaits"),
    "a hook on the way back": hooks("response", "back"),
    "an answer of a hook": hooks("pre", "answers"),
    "a refusal": hooks("pre", "refuses"),
}


@pytest.mark.parametrize("points", CASES.values(), ids=CASES)
def test_nothing_of_ours_waits_for_the_collector(
    gateway: MakeGateway, tmp_path: Path, points: dict[str, Any]
) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)
    # No access log: what Twisted keeps of early events would let go of other tests' gateways.
    gate = gateway(definition("api", **points))
    client = gate.connect()

    def ask(requests: int) -> None:
        for _ in range(requests):
            gate.send(client, b"POST /api/x?a=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        gate.records.hits.clear()

    ask(1)
    assert left_by(lambda: ask(5)) == []
    assert len(client.answers) == 6
