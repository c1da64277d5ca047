"""``current.json``: which generation of a bundle is the last good one."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs

from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.jsonfile import ConfigError, Problem, common_converter, decode, structure
from twisted_tyk.jsonfile.keys import key

#: Its name, in the folder of the bundle.
CURRENT: Final = "current.json"
#: The one to be; what is left of it by a power cut is in the way until it is removed.
_NEW: Final = "new-current"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST: Final = 65536


@attrs.frozen
class Current:
    """What the file says."""

    #: The bundle's name, as its API has it.
    name: str = key("")
    #: SHA-256 of its archive, and the name of the folder it is unpacked to.
    sha256: str = key("")
    #: What tells this version from others; see :class:`~twisted_tyk.bundles.source.Version`.
    etag: str = key("")
    #: Where it came from.
    url: str = key("")


def read_current(place: Path) -> Current | None:
    """Read the one in a bundle's folder; ``None`` when there is none.

    :raises BundleError: when it can not be used.
    """
    file = str(place / CURRENT)
    try:
        with open(file, "rb") as opened:
            content = opened.read(_LARGEST)
        current, _ = structure(decode(content, file), Current, common_converter())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror}") from None
    except ConfigError as error:
        raise BundleError.of(error.problems) from None
    if not _SHA256.fullmatch(current.sha256):
        text = "expected 64 hexadecimal digits"
        raise BundleError.of([Problem(file, text, path="sha256")])
    return current


def write_current(place: Path, current: Current, disk: Disk) -> None:
    """Put it in place of the one before, in one step; by one gateway at a time.

    :raises OSError: when it can not be written; then the one before is still there.
    """
    new = place / _NEW
    try:
        with disk.create(new) as file:
            file.write(json.dumps(attrs.asdict(current), indent=2).encode() + b"\n")
            disk.settle(file)
        disk.rename(new, place / CURRENT)
        disk.settle_folder(place)
    except BaseException:
        with suppress(OSError):
            disk.clear(new)
        raise
