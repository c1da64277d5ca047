"""The page about the OAuth 2.0 server: what it shows is what is answered."""

from __future__ import annotations

import json
from pathlib import Path

from console_page import commands, curl, fits
from gateway_process import Upstream, gateway_process, serving
from oauth_gateway import policy

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "oauth.rst"
#: What later commands take out of what earlier ones printed.
NAMES = {"access_token": "$TOKEN", "refresh_token": "$REFRESH", "code": "$CODE"}


def shown_definition() -> dict[str, object]:
    """The first thing on the page that is JSON."""
    text = PAGE.read_text().partition(".. code-block:: json\n")[2].partition("\n.. ")[0]
    value: dict[str, object] = json.loads(text)
    return value


def test_the_commands_of_the_page_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gold.json").write_text(json.dumps(policy()))
    with serving(Upstream) as port:
        api = shown_definition()
        api["proxy"] = {
            "listen_path": "/shop/", "target_url": f"http://127.0.0.1:{port}/",
            "strip_listen_path": True,
        }  # fmt: skip
        api["active"] = True
        api["notifications"] = {}
        settings = {
            "secret": "change-me",
            "policies": {"policy_source": "file", "policy_path": "policies"},
        }
        with gateway_process(tmp_path, api, **settings) as gateway:
            shown = list(commands(PAGE))
            assert len(shown) > 9
            found: dict[str, str] = {}
            for command, wanted in shown:
                asked = command.replace("localhost:8080", f"localhost:{gateway.port}")
                for name, value in found.items():
                    asked = asked.replace(name, value)
                printed = curl(asked)
                assert fits(printed, wanted), f"{command} printed\n{printed}"
                if printed.startswith("{"):
                    said = json.loads(printed)
                    # Each token in its turn; codes and refresh tokens are good once.
                    for member, name in NAMES.items():
                        if member in said and (name == "$TOKEN" or name not in found):
                            found[name] = said[member]
