"""The page of the control API: what it shows is what is answered."""

from __future__ import annotations

from pathlib import Path

from console_page import commands, curl, fits
from gateway_process import Upstream, gateway_process, serving

from twisted_tyk.testing import definition

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "control-api.rst"


def test_the_commands_of_the_page_in_their_order(tmp_path: Path) -> None:
    policies = {"policy_source": "file", "policy_path": "policies"}
    with serving(Upstream) as port:
        tea = definition("tea", f"http://127.0.0.1:{port}/", use_keyless=False)
        settings = {"secret": "change-me", "policies": policies}
        with gateway_process(tmp_path, tea, **settings) as gateway:
            shown = list(commands(PAGE))
            assert len(shown) > 12
            for command, wanted in shown:
                printed = curl(command.replace("localhost:8080", f"localhost:{gateway.port}"))
                assert fits(printed, wanted), f"{command} printed\n{printed}"
