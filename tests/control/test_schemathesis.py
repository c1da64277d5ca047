"""What schemathesis makes of the description: requests that are right, and requests that are not.

It needs packages of its own, so it runs in ``tox -e schema``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_process import SECRET, gateway_process

from twisted_tyk.testing import definition

pytest.importorskip("schemathesis", reason="not installed; see tox -e schema")

#: What an answer must be, whatever was asked.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)


def test_no_request_brings_it_down_and_every_answer_is_as_described(tmp_path: Path) -> None:
    settings = {
        "policies": {"policy_source": "file", "policy_path": "policies"},
        "hash_keys": True,
        "enable_hashed_keys_listing": True,
        "allow_master_keys": True,
        "health_check": {"enable_health_checks": True},
        # Where a trace of /tyk/debug leads is for chance to say.
        "proxy_default_timeout": 1,
        "storage": {"type": "memory"},
    }
    with gateway_process(tmp_path, definition("one", use_keyless=False), **settings) as gateway:
        # From a file, since what is read from a gateway is not asked of it again.
        description = tmp_path / "openapi.json"
        description.write_text(gateway.get("/tyk/openapi.json")[1])
        run = subprocess.run(
            [
                sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
                "run", str(description), "--url", f"http://127.0.0.1:{gateway.port}",
                "--header", f"X-Tyk-Authorization: {SECRET}",
                "--phases", "fuzzing", "--max-examples", "12", "--seed", "1", "--no-shrink",
                "--request-timeout", "10", "--checks", ",".join(CHECKS),
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        paths = json.loads(description.read_text())["paths"]
        described = sum(len(methods) for methods in paths.values())
        assert described > 30
        assert re.search(rf"Tested: +{described}\n", run.stdout), run.stdout
        assert gateway.answers("/hello") == 200
        assert "Traceback" not in gateway.log()
