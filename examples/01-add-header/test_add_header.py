"""The hook, tried in a gateway that lives in memory."""

import shutil
from pathlib import Path

from twisted_tyk.testing import MemoryGateway, definition

HOOK = Path(__file__).with_name("add_header.py")


def test_the_upstream_sees_the_header(tmp_path: Path) -> None:
    shutil.copy(HOOK, tmp_path)
    entry = {"name": "AddFooBarHeader", "path": "add_header.py"}
    gateway = MemoryGateway(tmp_path, [definition("shop", post=[entry])])

    answer = gateway.get("/shop/tea?milk=no")

    assert answer.status == 200
    [seen] = gateway.upstream.requests
    assert seen.target == "/tea?milk=no"
    assert seen.headers.get("Foo") == "Bar"
