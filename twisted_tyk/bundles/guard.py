"""Whether what a signature was checked of can be trusted to stay as it is."""

from __future__ import annotations

import stat
from pathlib import Path

from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust


def guard(trust: Trust, shown: str, shelf: Path, *folders: Path) -> None:
    """See that not everybody may write where a signed bundle is.

    Whoever can write there can have other code run than was checked a moment ago. A group may:
    it is who delivers bundles.

    :param trust: without a key it does not matter, since nothing was proved.
    :param shelf: the folder of all bundles; that it lies in one like ``/tmp`` is no harm.
    :raises BundleError: naming the folder.
    :raises OSError: when one is not there.
    """
    if trust.key is None:
        return
    for folder in (shelf.parent, shelf, *folders):
        mode = folder.stat().st_mode
        if mode & stat.S_IWOTH and not (folder == shelf.parent and mode & stat.S_ISVTX):
            raise BundleError(
                f"{shown}: cannot be used from {folder}: everybody may write there, so its "
                f"signature proves nothing; type `chmod o-w {folder}`"
            )
