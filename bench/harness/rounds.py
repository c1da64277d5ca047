"""What commands that measure rows in rounds have in common."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from .answers import WrongAnswer
from .process import NotStarted
from .wrk import Invalid

T = TypeVar("T")


def options(
    description: str | None, only: str, rounds: int, programs: Sequence[str]
) -> argparse.Namespace:
    """What was typed; ``only`` is a list of names, empty for all.

    :param only: what ``--only`` takes.
    :param programs: that must be on the PATH.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--only", type=_names, default=[], help=only)
    parser.add_argument("--rounds", type=_positive, default=rounds)
    parser.add_argument("--seconds", type=_positive, default=4, help="per timing")
    parser.add_argument("--warm-up", type=_positive, default=1, help="seconds before each timing")
    parser.add_argument("--write", action="store_true", help="put the table into RESULTS.md")
    typed = parser.parse_args()
    for program in programs:
        if shutil.which(program) is None:
            sys.exit(f"{program} is not on the PATH")
    return typed


def tried(measured: Callable[[], T]) -> T | str:
    """What was measured, or why it was not."""
    try:
        return measured()
    except NotStarted as error:
        return f"did not start: {error}"
    except WrongAnswer as error:
        return f"**WRONG ANSWER**: {error}"
    except Invalid as error:
        return f"**INVALID**: {error}"


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 600:
        raise argparse.ArgumentTypeError("must be between 1 and 600")
    return number
