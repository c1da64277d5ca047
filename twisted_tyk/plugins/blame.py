"""An exception of somebody else's code, told with that code's own frames."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from types import TracebackType


def own_frames(error: BaseException, files: Collection[str]) -> str:
    """The traceback of ``error`` from the first frame in ``files`` on.

    All of it when none of the frames is in them.
    """
    start: TracebackType | None = error.__traceback__
    while start is not None and start.tb_frame.f_code.co_filename not in files:
        start = start.tb_next
    frames = traceback.format_exception(
        type(error), error, start or error.__traceback__, chain=start is None
    )
    return "".join(frames).rstrip()
