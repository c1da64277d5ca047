"""The rows: which proxies are measured, and how each is started."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from .answers import BODY
from .keyed import make_key, storage
from .process import Cores, free_port, require_free, serving

BENCH = Path(__file__).resolve().parent.parent
UPSTREAM_PORT = 9001  # the definitions under gateway/ name it too
TWISTEDS_REACTOR = "epoll"


@dataclass(frozen=True)
class Subject:
    """One proxy. The command may hold {port}, {upstream} and {scratch}, filled in at start.

    With ``spread`` it is started on both cores, and whoever measures it pins
    what is to stay on its own. ``storage`` is where a gateway keeps the key that
    it wants, and ``least`` the part of the keyless rate that it should reach.
    """

    name: str
    label: str
    command: tuple[str, ...]
    template: Path | None = None
    quiet: bool = False
    request_hook: bool = False
    response_hook: bool = False
    spread: bool = False
    storage: str = ""
    least: float | None = None

    @contextmanager
    def serve(self, cores: Cores) -> Iterator[tuple[int, int]]:
        """Run it; yields process id and port."""
        port = free_port()
        with TemporaryDirectory(prefix="bench-") as folder:
            scratch = Path(folder)
            if self.template is not None:
                fill(self.template, scratch / "nginx.conf", port)
            values = {"port": port, "upstream": UPSTREAM_PORT, "scratch": scratch}
            command = [word.format(**values) for word in self.command]
            kept = storage(self.storage, cores, scratch) if self.storage else nullcontext({})
            with (
                kept as environ,
                serving(
                    command,
                    port=port,
                    core=cores.proxy,
                    scratch=scratch,
                    quiet=self.quiet,
                    spread=(cores.load,) if self.spread else (),
                    environ=environ,
                ) as pid,
            ):
                if self.storage:
                    make_key(port)
                yield pid, port


def fill(template: Path, target: Path, port: int) -> None:
    """Make an nginx configuration out of one of ours, where its worker can reach it."""
    target.parent.chmod(0o711)  # started by root, the worker is another user
    text = template.read_text()
    values = {"PORT": str(port), "UPSTREAM": str(UPSTREAM_PORT), "BODY": BODY.decode()}
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    target.write_text(text)


def _nginx() -> tuple[str, ...]:
    program = shutil.which("nginx") or "nginx"
    return (program, "-p", "{scratch}/", "-c", "nginx.conf", "-e", "stderr")


def twistd() -> str:
    beside = Path(sys.executable).with_name("twistd")
    return str(beside) if beside.exists() else shutil.which("twistd") or "twistd"


def _peers() -> Iterator[Subject]:
    peers = BENCH / "peers"
    yield Subject("nginx", "nginx", _nginx(), template=peers / "nginx.conf")
    for name, label in (("treq", "stock treq proxy"), ("aiohttp", "aiohttp on uvloop")):
        script = str(peers / f"{name}_proxy.py")
        yield Subject(name, label, (sys.executable, script, "{port}", "{upstream}"))


def _gateways(reactor: str | None) -> Iterator[Subject]:
    """The gateway's cases are the folders under gateway/; what to check is in their definition."""
    choice = ("--reactor", reactor) if reactor else ()
    for name in ("keyless", "pre-hook", "response-hook", "access-log"):
        folder = BENCH / "gateway" / name.replace("-", "_")
        hooks = json.loads((folder / "apps" / "api.json").read_text()).get("custom_middleware", {})
        config = str(folder / "tyk.conf")
        yield Subject(
            f"{name}@{reactor}" if reactor else name,
            f"gateway, {name}" + (f", `--reactor {reactor}`" if reactor else ""),
            (twistd(), "-n", "--pidfile=", *choice, "tyk", "--config", config, "--port", "{port}"),
            quiet=name == "access-log",
            request_hook="pre" in hooks,
            response_hook="response" in hooks,
        )


def _keyed() -> Iterator[Subject]:
    """The gateway with a key, a rate limit and records of all requests."""
    config = str(BENCH / "gateway" / "keyed" / "tyk.conf")
    for name, kind, label, least in (
        ("keyed", "sqlite", "key, rate limit and records, embedded store", 0.75),
        ("keyed-redis", "redis", "key, rate limit and records, Redis", 0.60),
    ):
        yield Subject(
            name,
            f"gateway, {label}",
            (twistd(), "-n", "--pidfile=", "tyk", "--config", config, "--port", "{port}"),
            storage=kind,
            least=least,
        )


def subjects(only: Sequence[str] = ()) -> list[Subject]:
    """All rows in their order, or those named; the gateway on Twisted's reactor comes last."""
    known = [*_peers(), *_gateways(None), *_keyed(), *_gateways(TWISTEDS_REACTOR)]
    names = [subject.name for subject in known]
    for name in only:
        if name not in names:
            sys.exit(f"no row {name!r}; there are: {', '.join(names)}")
    return [subject for subject in known if not only or subject.name in only]


@contextmanager
def small_upstream(cores: Cores) -> Iterator[None]:
    """nginx, answering every request with the same small body."""
    require_free(UPSTREAM_PORT)
    with TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        fill(BENCH / "upstream" / "nginx.conf", scratch / "nginx.conf", UPSTREAM_PORT)
        command = [word.format(scratch=scratch) for word in _nginx()]
        with serving(command, port=UPSTREAM_PORT, core=cores.load, scratch=scratch):
            yield
