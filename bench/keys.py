"""Does a store with a million keys start as soon, and take as much memory, as an empty one?

The gateway is started on an empty store and on a full one, each time until it has let a request
with a key pass. Then requests with many different keys are sent to it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import hiredis
from harness import procfs, results
from harness.answers import PATH, WrongAnswer
from harness.keyed import make_key, session, storage
from harness.process import HOST, Cores, NotStarted, free_port, leave_on_signals, pinned, serving
from harness.subjects import BENCH, small_upstream, twistd

START_TARGET = 2.0
MIB = 1 << 20
GROWTH_TARGET = 16.0
ASKED = 2000
BATCH = 10_000


def token(number: int) -> str:
    """The token of one of the keys; it is stored as ``apikey-`` and this."""
    return f"bench{number:032x}"


def rows(count: int) -> Iterator[tuple[bytes, bytes]]:
    value = json.dumps(session()).encode()
    for number in range(count):
        yield f"apikey-{token(number)}".encode(), value


def fill_sqlite(file: Path, count: int) -> None:
    connection = sqlite3.connect(file)
    connection.execute("DELETE FROM entry")
    connection.executemany("INSERT INTO entry (key, kind, value) VALUES (?, 0, ?)", rows(count))
    connection.commit()
    connection.close()


def fill_redis(port: int, count: int) -> None:
    with socket.create_connection((HOST, port)) as connection:
        waiting = 0
        reader = hiredis.Reader()
        batch = bytearray()
        for number, (key, value) in enumerate(rows(count), 1):
            batch += hiredis.pack_command((b"SET", key, value))
            waiting += 1
            if waiting == BATCH or number == count:
                connection.sendall(batch)
                batch.clear()
                while waiting:
                    reader.feed(connection.recv(1 << 16))
                    while reader.gets() is not False:
                        waiting -= 1


def passes(port: int, key: str) -> bool:
    """Whether a request with this key gets through."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", PATH, headers={"Authorization": key})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def gateway(cores: Cores, scratch: Path, environ: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Yields process id and port."""
    port = free_port()
    config = str(BENCH / "gateway" / "keyed" / "tyk.conf")
    command = [twistd(), "-n", "--pidfile=", "tyk", "--config", config, "--port", str(port)]
    with serving(command, port=port, core=cores.proxy, scratch=scratch, environ=environ) as pid:
        yield pid, port


def started(
    cores: Cores, scratch: Path, environ: dict[str, str], count: int
) -> tuple[float, int, int]:
    """Seconds to the first request that passes, and memory then and after many keys."""
    began = time.monotonic()
    with gateway(cores, scratch, environ) as (pid, port):
        while not passes(port, token(0)):
            if time.monotonic() - began > 30:
                raise WrongAnswer("no request with a key passes")
            time.sleep(0.01)
        seconds = time.monotonic() - began
        first = procfs.memory(pid, "VmRSS")
        step = max(1, count // ASKED)
        for number in range(0, count, step):
            if not passes(port, token(number)):
                raise WrongAnswer(f"key {number} does not let its request pass")
        return seconds, first, procfs.memory(pid, "VmRSS")


def measure(kind: str, cores: Cores, count: int) -> tuple[list[str], list[str]]:
    """A row of the table, and the verdicts."""
    with TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        with storage(kind, cores, scratch) as environ:
            with gateway(cores, scratch, environ) as (_, port):
                make_key(port)  # it makes the tables, too

            def fill(count: int) -> float:
                began = time.monotonic()
                if kind == "redis":
                    fill_redis(int(environ["TYK_GW_STORAGE_PORT"]), count)
                else:
                    fill_sqlite(Path(environ["TYK_GW_STORAGE_PATH"]), count)
                return time.monotonic() - began

            fill(ASKED)
            alone, small, small_later = started(cores, scratch, environ, ASKED)
            filled = fill(count)
            seconds, large, large_later = started(cores, scratch, environ, count)
    growth = max(large - small, large_later - small_later) / MIB
    row = [kind, f"{count:,}", f"{filled:.1f}", f"{alone:.2f}", f"{seconds:.2f}"]
    row += [f"{value / MIB:.1f}" for value in (small, large, small_later, large_later)]
    verdicts = [
        results.verdict(f"{kind}: start with {count:,} keys", seconds, START_TARGET, "s"),
        results.verdict(f"{kind}: more memory than with {ASKED:,}", growth, GROWTH_TARGET, "MiB"),
    ]
    return row, verdicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "redis"))
    parser.add_argument("--write", action="store_true", help="put the result into RESULTS.md")
    options = parser.parse_args()
    if options.keys < ASKED:
        parser.error(f"at least {ASKED} keys")
    leave_on_signals()
    cores = Cores.choose()
    table: list[list[str]] = []
    verdicts: list[str] = []
    text = results.environment(cores)
    try:
        with small_upstream(cores), pinned(cores.load):
            for kind in (options.only,) if options.only else ("sqlite", "redis"):
                row, found = measure(kind, cores, options.keys)
                table.append(row)
                verdicts += found
    except (NotStarted, WrongAnswer) as error:
        verdicts.append(f"MISSED: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped, nothing is written")
    heads = [
        "store", "keys", "filled in s", f"start with {ASKED:,}, s", "start, s",
        f"RSS with {ASKED:,}, MiB", "RSS, MiB",
        f"RSS with {ASKED:,} after {ASKED:,} of them, MiB", f"RSS after {ASKED:,} of them, MiB",
    ]  # fmt: skip
    text += "\n\n" + results.table(heads, table) if table else ""
    text += "\n\n" + "\n".join(f"- {line}" for line in verdicts)
    print(text)
    if options.write:
        results.write("keys", text)
    return 0 if all(line.startswith("met") for line in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
