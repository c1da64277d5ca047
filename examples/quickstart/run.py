"""Start a gateway with one API and one hook, and an upstream for it to call.

    python3 examples/quickstart/run.py

Needs Python 3.10 or later. The first run installs the project into ``.venv``;
Ctrl-C ends everything.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".venv"
GATEWAY, UPSTREAM = 8080, 8081
PATIENCE = 30.0

TRY = f"""
The gateway is up. In another terminal, try

    curl http://127.0.0.1:{GATEWAY}/hello
    curl "http://127.0.0.1:{GATEWAY}/quickstart/get?colour=blue"
    curl -d hello http://127.0.0.1:{GATEWAY}/quickstart/post

The hook in {os.path.relpath(HERE / "hooks.py")} adds the header Foo: Bar, which the upstream
shows among those it was sent. Press Ctrl-C to stop.
"""


def main() -> None:
    """Prepare, start both, and wait until one of them or the user ends it."""
    python = prepared()
    for port in (GATEWAY, UPSTREAM):
        if taken(port):
            sys.exit(f"Port {port} is in use: stop what listens there, then run this again.")
    # A shell starts its background jobs deaf to Ctrl-C's signal, so that one is named too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    twistd = [str(Path(python).with_name("twistd")), "-n", "--pidfile="]
    with ExitStack() as running:
        start(running, [python, str(HERE / "upstream.py"), str(UPSTREAM)])
        gateway = start(running, [*twistd, "tyk", "--config", str(HERE / "tyk.conf")])
        wait_for_hello(gateway)
        print(TRY, flush=True)
        gateway.wait()
    sys.exit(f"The gateway ended by itself with status {gateway.returncode}.")


def prepared() -> str:
    """The interpreter of an environment with the project in it, made when it is missing."""
    sys.path.insert(0, str(ROOT / "tools"))
    from private_venv import ensure

    recipe = "".join((ROOT / name).read_text() for name in ("setup.cfg", "pyproject.toml"))
    return str(ensure(VENV, ["--editable", str(ROOT)], recipe))


def taken(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do, so that connections of an earlier run are not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return True
        return False


def start(running: ExitStack, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process that ends with ``running``."""
    # In a session of its own, so that Ctrl-C reaches it once and through us.
    process = subprocess.Popen(command, cwd=HERE, start_new_session=True)
    running.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def wait_for_hello(gateway: subprocess.Popen[bytes]) -> None:
    # A proxy that the environment names is not meant for this machine's own ports.
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if gateway.poll() is not None:
            sys.exit("The gateway did not start; its reason is above.")
        try:
            with opener.open(f"http://127.0.0.1:{GATEWAY}/hello", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"The gateway did not answer within {PATIENCE:.0f} seconds.")


def stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped.")
