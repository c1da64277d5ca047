"""What a patch runs from, for as long as anything needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from twisted_tyk.plugins.fresh import FreshModules


class HeldCode:
    """A patch's copy on disk and, of one in Python, its modules.

    The patch itself needs it, and so does each life of what the patch has made: until that is
    shut down, which may be after the patch has been forgotten. It refers to neither.
    """

    def __init__(self, drop: Callable[[], object], modules: FreshModules | None) -> None:
        """:param drop: removes the copy. It may be called in any thread, and once too often."""
        self._drop = drop
        self._modules = modules
        # Not a number: two threads might let go of it at the same time.
        self._holders = [True]

    @property
    def files(self) -> Collection[str]:
        """Its Python files, by which log lines find its frames."""
        return () if self._modules is None else self._modules.files

    def hold(self) -> HeldCode:
        """Somebody else needs it, who says when not any more by :meth:`close`."""
        self._holders.append(True)
        return self

    def close(self) -> None:
        """One who needed it does not; it goes with the last. In any thread."""
        self._holders.pop()
        if not self._holders:
            if self._modules is not None:
                self._modules.close()
            self._drop()
