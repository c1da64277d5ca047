"""What is wrong with a bundle."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from twisted_tyk.jsonfile.problem import Problem

#: Problems of a manifest that a sentence tells.
_TOLD: Final = 10


class BundleError(ValueError):
    """A bundle, or a patch, that is not used.

    ``str(error)`` is one sentence that names it and, where there is one, the file in it.

    :ivar problems: the same with places, when it is its manifest that is wrong.
    """

    def __init__(self, text: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> BundleError:
        """One about a manifest."""
        found = tuple(problems)
        told = [str(problem) for problem in found[:_TOLD]]
        if len(found) > _TOLD:
            told.append("and there is more wrong with it")
        return cls("; ".join(told), found)


class NotHad(BundleError):
    """A bundle that could not be had, and of which there is no version here."""


class NotYet(BundleError):
    """A bundle that is to be fetched, and has not been."""


def disk_error(shown: str, folder: Path, error: OSError) -> BundleError:
    """What the operating system says, in the words of whoever has to mend it.

    :param shown: the bundle.
    :param folder: where it was to be.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        reason = "there is no space left"
    elif error.errno in (errno.EACCES, errno.EPERM):
        reason = f"user {os.geteuid()} may not write there"
    elif error.errno == errno.EROFS:
        reason = "its file system can only be read"
    else:
        reason = error.strerror or type(error).__name__
    return BundleError(f"{shown}: cannot be unpacked to {folder}: {reason}")
