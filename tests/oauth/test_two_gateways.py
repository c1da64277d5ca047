"""Two gateways on one Redis are one OAuth server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from console_page import curl
from gateway_process import GatewayProcess, Upstream, gateway_process, serving, until
from oauth_gateway import LOGIN, RULES, URI
from redis_server import RedisServer

from twisted_tyk.testing import definition

SECRET = '-H "X-Tyk-Authorization: secret"'


def ask(gateway: GatewayProcess, path: str, options: str = "") -> dict[str, Any]:
    printed = curl(f"curl {options} http://localhost:{gateway.port}{path}")
    value: dict[str, Any] = json.loads(printed)
    return value


def test_what_one_gives_the_other_takes(tmp_path: Path, redis_server: RedisServer) -> None:
    settings = {
        "storage": {"type": "redis", "host": "127.0.0.1", "port": redis_server.port},
        "hash_keys": True,
        "hash_key_function": "murmur64",
    }
    meta = {
        "allowed_access_types": ["authorization_code", "refresh_token"],
        "allowed_authorize_types": ["code"],
        "auth_login_redirect": LOGIN,
    }
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with serving(Upstream) as port:
        api = definition(
            "shop", f"http://127.0.0.1:{port}/", use_keyless=False, use_oauth2=True, oauth_meta=meta
        )
        with (
            gateway_process(folders[0], api, **settings) as one,
            gateway_process(folders[1], api, **settings) as two,
        ):
            given = {"api_id": "shop", "client_id": "web", "secret": "s", "redirect_uri": URI}
            ask(one, "/tyk/oauth/clients/create", f"{SECRET} -d '{json.dumps(given)}'")
            form = f"response_type=code&client_id=web&key_rules={json.dumps(RULES)}"
            code = ask(two, "/shop/tyk/oauth/authorize-client/", f"{SECRET} -d '{form}'")["code"]
            form = f"grant_type=authorization_code&code={code}"
            token = ask(one, "/shop/oauth/token", f"-u web:s -d '{form}'")
            again = ask(two, "/shop/oauth/token", f"-u web:s -d '{form}'")
            assert again["error"] == "invalid_grant"

            bearer = f'-H "Authorization: Bearer {token["access_token"]}"'
            for gateway in (one, two):
                assert curl(f"curl {bearer} http://localhost:{gateway.port}/shop/x") == "ok"
            refresh = token["refresh_token"].replace("=", "%3D")
            form = f"grant_type=refresh_token&refresh_token={refresh}"
            token = ask(two, "/shop/oauth/token", f"-u web:s -d '{form}'")
            bearer = f'-H "Authorization: Bearer {token["access_token"]}"'
            assert curl(f"curl {bearer} http://localhost:{one.port}/shop/x") == "ok"

            ask(two, "/tyk/oauth/clients/shop/web", f"{SECRET} -X DELETE")
            revoked = "OAuth client access was revoked"
            until(lambda: revoked in curl(f"curl {bearer} http://localhost:{one.port}/shop/x"))
            names = [name.decode() for name in redis_server.ask("KEYS", "*")]
            assert not any(token["access_token"] in name for name in names)
