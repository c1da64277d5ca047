"""What does a hook cost the gateway, in each language and mode?

Every turn measures one row and, straight after it, the gateway without a hook: at their limits,
and at a constant rate that is 60 % of the row's limit. Ratios and differences are taken within
a turn.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import results
from harness.paced import CONNECTIONS, compile_paced
from harness.plugin_board import HEADS, Board
from harness.plugin_rows import NO_HOOK, ROWS, Row, built, chosen, subject
from harness.plugin_turn import Seconds, call_cost, turn
from harness.process import Cores, NotStarted, leave_on_signals
from harness.rounds import options as typed
from harness.subjects import small_upstream
from harness.wrk import Invalid

COST_HEADS = ("call alone", "ns/call")
FUNCTIONS = {"c": "add_header", "rust": "add_header", "go": "AddHeader"}


def costs(rows: Sequence[Row], libraries: dict[str, Path], cores: Cores) -> list[list[str]]:
    """The calls of these rows by themselves."""
    lines = []
    for row in rows:
        if row.mode and not row.spread:
            function = FUNCTIONS[row.language]
            figures = call_cost(libraries[row.language], function, row.mode, cores)
            lines += [[f"{row.label}: {what}", f"{took:,.0f}"] for what, took in figures.items()]
    return lines


def rounds(
    board: Board, rows: Sequence[Row], scratch: Path, libraries: dict[str, Path],
    cores: Cores, options: Namespace,
) -> None:  # fmt: skip
    """Fill the board."""
    program = compile_paced(scratch)
    seconds = Seconds(options.warm_up, options.seconds, options.seconds)
    bare = subject(NO_HOOK, None, scratch)
    ready = {row: subject(row, libraries.get(row.language), scratch) for row in rows}
    with small_upstream(cores):
        for number in range(1, options.rounds + 1):
            for row, one in ready.items():
                if row.name not in board.failures:
                    said = board.take(row, partial(turn, one, bare, program, cores, seconds))
                    print(f"round {number}: {row.name}: {said}", file=sys.stderr, flush=True)


def measure(rows: list[Row], cores: Cores, options: Namespace) -> tuple[str, bool]:
    """:returns: the text for RESULTS.md, and whether all targets are met."""
    board = Board()
    with TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        languages = dict.fromkeys(row.language for row in rows if row.language)
        libraries, missing = built(list(languages), scratch)
        rows = [row for row in rows if not row.language or row.language in libraries]
        calls = costs(rows, libraries, cores)
        rounds(board, rows, scratch, libraries, cores, options)
    timed = [row for row in rows if row.name not in board.failures]
    verdicts = [each for row in timed for each in board.verdicts(row)]
    failures = [
        f"{row.label}: {board.failures[row.name]}" for row in rows if row.name in board.failures
    ]
    text = "\n\n".join(
        [
            results.table(HEADS, [board.cells(row) for row in timed]),
            results.table(COST_HEADS, calls),
            "\n".join(f"- {line}" for line in (*verdicts, *failures, *missing)),
        ]
    )
    return text, not failures and all(verdict.startswith("met") for verdict in verdicts)


def main() -> int:
    names = ",".join(row.name for row in ROWS)
    options = typed(__doc__, f"rows to measure, of {names}", 5, ("nginx", "wrk", "gcc"))
    leave_on_signals()
    cores = Cores.choose()
    text = results.environment(
        cores,
        f"{options.rounds} rounds; {options.seconds} s after {options.warm_up} s of "
        f"warm-up, `wrk -t1 -c32`, and {options.seconds} s at a constant rate over "
        f"{CONNECTIONS} connections; medians",
    )
    try:
        measured, met = measure(chosen(options.only), cores, options)
    except (Invalid, NotStarted) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped, nothing is written")
    text += "\n\n" + measured
    print(text)
    if options.write:
        results.write("plugins", text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
