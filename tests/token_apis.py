"""Definitions, policies and key sets for the tests of tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted_tyk.testing import MemoryGateway, definition

#: Where the upstream of a gateway in memory serves its key set.
URL = "http://127.0.0.1:9000/jwks"


def api(source: str = "", method: str = "rsa", **more: Any) -> dict[str, Any]:
    """``/one/``, where tokens stand for the policy ``basic``."""
    keys: dict[str, Any] = {
        "use_keyless": False,
        "enable_jwt": True,
        "jwt_signing_method": method,
        "jwt_source": source,
        "jwt_default_policies": ["basic"],
        **more,
    }
    return definition("one", **keys)


def rights(*apis: str) -> dict[str, Any]:
    return {each: {"api_id": each, "api_name": each, "versions": ["Default"]} for each in apis}


def policies(folder: Path, **more: dict[str, Any]) -> dict[str, Any]:
    """Settings with the policies ``basic`` and ``more``.

    :param more: further policies by id; they are for the API ``one`` unless they say so.
    """
    defaults = {"org_id": "default", "active": True, "access_rights": rights("one")}
    listed = {"basic": {"rate": 1000, "per": 1, "quota_max": -1}, **more}
    made = {name: {"id": name, **defaults, **each} for name, each in listed.items()}
    file = folder / "policies.json"
    file.write_text(json.dumps(made))
    return {"policies": {"policy_source": "file", "policy_record_name": str(file)}}


def serve(gateway: MemoryGateway, **documents: bytes) -> dict[str, bytes]:
    """Have the upstream serve documents, by the names of their paths; they may be changed."""

    def answer(request: Any) -> bytes:
        name = request.path.decode().strip("/").replace(".", "_").replace("-", "_")
        found = documents.get(name.replace("/", "__"))
        if found is None:
            return b"{}"
        if found == b"broken":
            request.setResponseCode(500)
        return found

    gateway.upstream.answer = answer
    return documents


def asked(gateway: MemoryGateway, path: str = "/jwks") -> int:
    """How often the upstream was asked for a document."""
    return sum(seen.target == path for seen in gateway.upstream.requests)


def error(body: bytes) -> str:
    """What an error body says."""
    said: str = json.loads(body)["error"]
    return said
