"""The code that the manual shows does what the manual says."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted_tyk.testing import MemoryGateway, definition

CODE = Path(__file__).resolve().parent.parent.parent / "docs" / "code"


def gateway(folder: Path, file: str, **points: str) -> MemoryGateway:
    """A gateway with hooks of one file: hook point to name."""
    shutil.copy(CODE / file, folder)
    hooks: Any = {point: [{"name": name, "path": file}] for point, name in points.items()}
    return MemoryGateway(folder, [definition("shop", **hooks)])


def test_a_body_is_changed(tmp_path: Path) -> None:
    shop = gateway(tmp_path, "bodies.py", pre="Shout")
    shop.request("POST", "/shop/orders", body=b"tea")
    [seen] = shop.upstream.requests
    assert seen.body == b"TEA"
    assert seen.headers.get("Content-Length") == "3"


def test_an_order_that_is_too_large_is_refused(tmp_path: Path) -> None:
    shop = gateway(tmp_path, "bodies.py", pre="CheckOrders")
    answer = shop.request("POST", "/shop/orders", body=b'{"cups": 101}')
    assert answer.status == 422
    assert json.loads(answer.body) == {"error": "That is a lot of tea"}
    assert shop.upstream.requests == []


def test_other_orders_and_other_paths_pass(tmp_path: Path) -> None:
    shop = gateway(tmp_path, "bodies.py", pre="CheckOrders")
    assert shop.request("POST", "/shop/orders", body=b'{"cups": 1}').status == 200
    assert shop.request("POST", "/shop/letters", body=b"not JSON").status == 200
    assert [seen.body for seen in shop.upstream.requests] == [b'{"cups": 1}', b"not JSON"]


def test_a_price_is_hidden(tmp_path: Path) -> None:
    shop = gateway(tmp_path, "bodies.py", response="HidePrices")
    shop.upstream.answer = lambda request: b'{"name": "oolong", "price": 12}'
    answer = shop.get("/shop/tea")
    assert json.loads(answer.body) == {"name": "oolong"}
    assert answer.headers.get("Content-Length") == str(len(answer.body))


def test_a_hook_closes_what_it_has_opened_and_is_not_put_to_work_without(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "plans.sqlite")) as plans:
        plans.execute("CREATE TABLE plans (client, plan)")
        plans.execute("INSERT INTO plans VALUES ('ann', 'gold')")
        plans.commit()
    shop = gateway(tmp_path, "lives.py", pre="FindPlan")
    for client in ("ann", "bob"):
        shop.get("/shop/tea", Client=client)
    assert [seen.headers.get("Plan") for seen in shop.upstream.requests] == ["gold", "free"]

    (tmp_path / "plans.sqlite").unlink()
    with (tmp_path / "lives.py").open("a") as file:
        file.write("\n# changed\n")
    told = json.loads(shop.control("/tyk/reload").body)["message"]
    assert "unable to open database file" in told
    assert shop.get("/shop/tea", Client="ann").status == 200
    stopped = shop.stop()
    shop.advance(1)
    assert stopped.called
