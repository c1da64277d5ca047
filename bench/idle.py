"""What does an idle kept-alive connection cost the gateway in memory?

Every connection makes one request and then stays open, silent. All of them must still be open
and usable at the end, and new ones must still be answered.
"""

from __future__ import annotations

import argparse
import resource
import socket
import sys
import time

from harness import procfs, results
from harness.answers import BODY, PATH, WrongAnswer, verify, verify_soon
from harness.process import HOST, Cores, NotStarted, leave_on_signals, pinned
from harness.subjects import Subject, small_upstream, subjects

KIB = 1 << 10
TARGET = 12.0
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode("ascii")
AGAIN = 100  # how many of the idle connections are asked a second time


def allow_descriptors(count: int) -> None:
    """Raise our limit; the servers started afterwards inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(hard, count)))
        except (OSError, ValueError):
            sys.exit(f"{count} file descriptors are needed, the hard limit is {hard}")


def ask(connection: socket.socket) -> None:
    """One request on an open connection."""
    connection.sendall(REQUEST)
    received = b""
    while not received.endswith(BODY):
        piece = connection.recv(4096)
        if not piece or len(received) > 4096:
            raise WrongAnswer(f"got {received[:60]!r} on a kept-alive connection")
        received += piece
    if not received.startswith(b"HTTP/1.1 200 "):
        raise WrongAnswer(f"got {received[:60]!r}")


def is_open(connection: socket.socket) -> bool:
    limit = connection.gettimeout()
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(limit)


def open_idle(port: int, count: int, into: list[socket.socket]) -> None:
    for _ in range(count):
        connection = socket.create_connection((HOST, port), 10)
        into.append(connection)
        ask(connection)


def measure(subject: Subject, cores: Cores, count: int) -> tuple[str, list[str]]:
    """Verdict, and the lines of detail."""
    idle: list[socket.socket] = []
    problems: list[str] = []
    with subject.serve(cores) as (pid, port):
        verify_soon(port)
        for _ in range(20):
            verify(port)  # what is loaded or pooled on first use is not counted
        before = procfs.memory(pid, "VmRSS")
        began = time.monotonic()
        try:
            open_idle(port, count // 2, idle)
            halfway = procfs.memory(pid, "VmRSS") - before
            open_idle(port, count - count // 2, idle)
            seconds = time.monotonic() - began
            time.sleep(1)
            growth = procfs.memory(pid, "VmRSS") - before
            closed = sum(not is_open(connection) for connection in idle)
            if closed:
                problems.append(f"{closed} of {count} connections were closed")
            else:
                for connection in idle[:: max(1, count // AGAIN)]:
                    ask(connection)
            verify(port)
        except (OSError, WrongAnswer) as error:
            reached = f"at connection {len(idle)}: {type(error).__name__}: {error}"
            return f"MISSED: idle connections: {reached}", []
        finally:
            for connection in idle:
                connection.close()
        time.sleep(1)
        left = procfs.memory(pid, "VmRSS") - before
        try:
            verify(port)
        except WrongAnswer as error:
            problems.append(f"no right answer after closing them: {error}")
    # Memory that lay free after the start hides the cost of the first ones, not of the second half.
    second = (growth - halfway) / (count - count // 2)
    each = max(growth / count, second) / KIB
    what = f"RSS growth per idle connection, {count:,} of them"
    details = [
        f"opened in {seconds:.1f} s; growth {growth / KIB:,.0f} KiB on {before / KIB:,.0f} KiB",
        f"each: {growth / KIB / count:.2f} KiB over all, {second / KIB:.2f} KiB in the second half",
        f"left one second after closing all: {left / KIB:,.0f} KiB",
        "answered afterwards, on old connections and new: " + ("no" if problems else "yes"),
    ]
    return results.verdict(what, each, TARGET, "KiB", *problems), details


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxy", default="keyless", help="the row of run.py to look at")
    parser.add_argument("--connections", type=int, default=5000)
    parser.add_argument("--write", action="store_true", help="put the result into RESULTS.md")
    options = parser.parse_args()
    if not 1 <= options.connections <= 15000:
        parser.error("between 1 and 15000 connections")
    leave_on_signals()
    allow_descriptors(options.connections + 512)
    cores = Cores.choose()
    [subject] = subjects([options.proxy])
    text = results.environment(cores, f"proxy: {subject.label}")
    details: list[str] = []
    try:
        with small_upstream(cores), pinned(cores.load):
            verdict, details = measure(subject, cores, options.connections)
    except (NotStarted, WrongAnswer) as error:
        verdict = f"MISSED: {subject.label} did not start or answer: {error}"
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped, nothing is written")
    text += "\n\n" + "\n".join(f"- {line}" for line in [verdict, *details])
    print(text)
    if options.write:
        results.write("idle", text)
    return 0 if verdict.startswith("met") else 1


if __name__ == "__main__":
    sys.exit(main())
