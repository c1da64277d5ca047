"""What kind of thing a member of a ZIP archive is. Bundles have files and folders only."""

from __future__ import annotations

import stat
import struct
from typing import Final
from zipfile import ZipInfo

#: Attribute of Windows for links and mount points; and of folders.
_REPARSE: Final = 0x400
_FOLDER: Final = 0x10
#: Extra field of Unix: two times and two ids, then what a link leads to; and the next one's head.
_UNIX: Final = 0x000D
_UNIX_SIZE: Final = 12
#: Extra field with another name.
_OTHER_NAME: Final = 0x7075
_EXTRA: Final = struct.Struct("<2H")
_UTF8: Final = 0x800
_KINDS: Final = {
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFBLK: "it is a device",
    stat.S_IFCHR: "it is a device",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
}


def wrong_kind(info: ZipInfo) -> str:
    """Why a bundle can not have this member, its name apart; empty when it can."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    is_folder = info.orig_filename.endswith("/")
    if kind in _KINDS:
        return _KINDS[kind]
    if info.external_attr & _REPARSE and not kind:
        return "it is a link of Windows"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is of an unknown kind"
    marked = kind == stat.S_IFDIR or bool(info.external_attr & _FOLDER)
    if (marked and not is_folder) or (kind == stat.S_IFREG and is_folder):
        return "it is both a file and a folder"
    if is_folder and info.file_size:
        return "it is a folder with a content"
    if not info.orig_filename.isascii() and not info.flag_bits & _UTF8:
        return "it is neither ASCII nor marked as UTF-8"
    return _wrong_extra(info.extra)


def _wrong_extra(extra: bytes) -> str:
    while len(extra) >= _EXTRA.size:
        number, length = _EXTRA.unpack_from(extra)
        if number == _UNIX and length > _UNIX_SIZE:
            return "it is a link, hard or symbolic"
        if number == _OTHER_NAME:
            return "it has a second name"
        extra = extra[_EXTRA.size + length :]
    return ""
