"""Archives that somebody made to do harm, or that did not arrive as they were."""

from __future__ import annotations

import json
import stat
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZipInfo
from zlib import crc32

from attrs import frozen
from bundle_archives import FILES, bundle, other_rsa_key, our_manifest, tyk_manifest, zipped

from twisted_tyk.bundles.archive import Limits

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


@frozen
class Hostile:
    """An archive and what the refusal says."""

    make: Callable[[], bytes]
    says: str
    limits: Limits = Limits()


def manifest_of(*names: str, **more: Any) -> tuple[str, bytes]:
    """A member with the manifest of files that all hold ``x``."""
    value = tyk_manifest(dict.fromkeys(names, b"x"), **more)
    return "manifest.json", json.dumps(value).encode()


def named(*names: str) -> bytes:
    """Members of these names, listed under them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([*((name, b"x") for name in names), manifest_of(*names)])


def member(name: str, mode: int = 0, extra: bytes = b"", low: int = 0, how: int = 8) -> bytes:
    """One member of this kind, and the manifest."""
    info = ZipInfo(name)
    info.external_attr = mode << 16 | low
    info.extra = extra
    info.compress_type = how
    content = b"" if name.endswith("/") and not low else b"x"
    return zipped([(info, content), manifest_of(name.rstrip("/"))])


def renamed(old: str, new: bytes) -> bytes:
    """``old`` called ``new``, of the same length, in all headers, and listed as ``old``."""
    before = named(old)
    end = before.index(b"manifest.json")
    after = before.rindex(CENTRAL, 0, before.rindex(CENTRAL))
    content = before[:end].replace(old.encode(), new) + before[end:after]
    return content + before[after:].replace(old.encode(), new)


def patched(content: bytes, mark: bytes, offset: int, form: str, *values: int) -> bytes:
    """Other values in the first header with this mark."""
    made = bytearray(content)
    struct.pack_into("<" + form, made, content.index(mark) + offset, *values)
    return bytes(made)


def flagged(flags: int) -> bytes:
    content = patched(bundle(), LOCAL, 6, "H", flags)
    return patched(content, CENTRAL, 8, "H", flags)


def sized(size: int) -> bytes:
    """The first member says it has so many bytes."""
    content = patched(bundle(), LOCAL, 22, "L", size)
    return patched(content, CENTRAL, 24, "L", size)


def stored() -> bytes:
    info = ZipInfo("a.so")
    info.compress_type = ZIP_STORED
    return zipped([(info, b"x" * 100), manifest_of("a.so")])


def short_deflate() -> bytes:
    """Its content ends before the bytes that are kept for it do."""
    content = stored()
    packed = b"\x03\x00" + b"x" * 98  # nothing, deflated
    content = content.replace(b"x" * 100, packed)
    for mark, offset in ((LOCAL, 8), (CENTRAL, 10)):
        content = patched(content, mark, offset, "H", 8)
    for mark, offset in ((LOCAL, 14), (CENTRAL, 16)):
        content = patched(content, mark, offset, "3L", 0, 100, 0)
    return content


def endless_deflate() -> bytes:
    """Its content does not end in the bytes that are kept for it."""
    content = stored().replace(b"x" * 100, b"\x00\xff\xff\x00\x00" + b"x" * 95)
    for mark, offset in ((LOCAL, 8), (CENTRAL, 10)):
        content = patched(content, mark, offset, "H", 8)
    return patched(patched(content, LOCAL, 22, "L", 65535), CENTRAL, 24, "L", 65535)


def twice_the_same_bytes() -> bytes:
    """Two members of the directory share one content, as bombs do."""
    content = zipped([("a.so", b"x"), ("b.so", b"x"), manifest_of("a.so", "b.so")])
    second = content.index(CENTRAL, content.index(CENTRAL) + 4)
    return content[: second + 42] + b"\0\0\0\0" + content[second + 46 :]


def hidden_between() -> bytes:
    """A member that the directory does not have."""
    content = zipped([("a.so", b"x"), ("b.so", b"x"), manifest_of("a.so")])
    first = content.index(CENTRAL)
    second = content.index(CENTRAL, first + 4)
    third = content.index(CENTRAL, second + 4)
    made = content[:second] + content[third:]
    end = made.index(END)
    size = len(made) - 22 - first
    return made[: end + 8] + struct.pack("<HHLL", 2, 2, size, first) + made[end + 20 :]


def before_the_directory() -> bytes:
    """Bytes that belong to nothing."""
    content = bundle()
    start = content.index(CENTRAL)
    made = content[:start] + b"#" + content[start:]
    return patched(made, END, 16, "L", start + 1)


def with_large_form() -> bytes:
    """A second directory for those who look for the 64-bit form first."""
    info = ZipInfo("manifest.json")
    info.comment = b"PK\x06\x07" + bytes(16)
    return zipped([("AddFooBarHeader.so", b"x"), (info, manifest_of("AddFooBarHeader.so")[1])])


def changed(**members: Any) -> bytes:
    return bundle(manifest=our_manifest(FILES) | members)


def sums_of_another() -> bytes:
    return changed(sha256={"AddFooBarHeader.so": "0" * 64})


def big_manifest() -> bytes:
    return bundle(manifest=tyk_manifest(FILES, note="x" * 2000))


def folder_twice() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([("a/", b""), ("a/", b""), ("a/b", b"x"), manifest_of("a/b")])


def not_utf8() -> bytes:
    return renamed("bü.so", b"b\xff\xff.so")


HOSTILE: Mapping[str, Hostile] = {
    "escape": Hostile(lambda: named("../evil.so"), r'"\.\./evil\.so": it leaves'),
    "escape inside": Hostile(
        lambda: named("a/../../evil.so"), r'"a/\.\./\.\./evil\.so": it leaves'
    ),
    "absolute": Hostile(lambda: named("/tmp/evil.so"), '"/tmp/evil.so": it is absolute'),
    "drive": Hostile(lambda: named("C:evil.so"), '"C:evil.so": it starts with the letter'),
    "backslash": Hostile(lambda: named("..\\evil.so"), r"evil\.so\": there is a backslash"),
    "no name": Hostile(lambda: named("/"), '"/": it has no name'),
    "dot": Hostile(lambda: named("./"), '"./": it has a part that is empty or a dot'),
    "empty part": Hostile(lambda: named("a//b.so"), '"a//b.so": it has a part that is empty'),
    "dot part": Hostile(lambda: named("a/./b.so"), '"a/./b.so": it has a part that is empty'),
    "null": Hostile(lambda: renamed("a_b.so", b"a\0b.so"), "u0000b.so.: there is a null byte"),
    "newline": Hostile(lambda: named("a\nb.so"), r'"a\\nb.so": there is a control character'),
    "right to left": Hostile(lambda: named("a\u202eos.b"), "there is a control character"),
    "too long": Hostile(lambda: named("x" * 256), "it is too long"),
    "too deep": Hostile(lambda: named("x/" * 32 + "x"), "it is more than 32 folders deep"),
    "not ASCII": Hostile(
        lambda: named("é.so").replace(b"\0\x08\x08\0", b"\0\0\x08\0"), "neither ASCII"
    ),
    "not UTF-8": Hostile(not_utf8, "not the UTF-8 it says"),
    "symlink": Hostile(
        lambda: member("a.so", stat.S_IFLNK | 0o777), '"a.so": it is a symbolic link'
    ),
    "hard link": Hostile(
        lambda: member("a.so", extra=struct.pack("<2H12s5s", 13, 17, b"", b"/etc/")),
        '"a.so": it is a link, hard or symbolic',
    ),
    "reparse point": Hostile(lambda: member("a.so", low=0x400), '"a.so": it is a link of Windows'),
    "device": Hostile(lambda: member("a.so", stat.S_IFCHR), '"a.so": it is a device'),
    "disk": Hostile(lambda: member("a.so", stat.S_IFBLK), '"a.so": it is a device'),
    "pipe": Hostile(lambda: member("a.so", stat.S_IFIFO), '"a.so": it is a pipe'),
    "socket": Hostile(lambda: member("a.so", stat.S_IFSOCK), '"a.so": it is a socket'),
    "unknown kind": Hostile(lambda: member("a.so", 0o170000), '"a.so": it is of an unknown kind'),
    "folder without a slash": Hostile(
        lambda: member("a", stat.S_IFDIR), '"a": it is both a file and a folder'
    ),
    "file with a slash": Hostile(
        lambda: member("a/", stat.S_IFREG), '"a/": it is both a file and a folder'
    ),
    "folder with a content": Hostile(lambda: member("a/", low=0x10), '"a/": it is a folder with a'),
    "second name": Hostile(
        lambda: member("a.so", extra=struct.pack("<2HBL4s", 0x7075, 9, 1, crc32(b"a.so"), b"b.so")),
        '"a.so": it has a second name',
    ),
    "twice": Hostile(lambda: named("a.so", "a.so"), '"a.so" is in it twice'),
    "folder twice": Hostile(folder_twice, '"a" is in it twice'),
    "case": Hostile(lambda: named("a.so", "A.so"), '"A.so" differs from "a.so" only in case'),
    "case of a folder": Hostile(lambda: named("a/b", "A/c"), '"A/c" differs from "a" only in case'),
    "case of the manifest": Hostile(
        lambda: named("Manifest.json"), '"manifest.json" differs from "Manifest.json" only in case'
    ),
    "normalisation": Hostile(
        lambda: named("\u00e9.so", "e\u0301.so"),
        r'"e\\u0301.so" differs from "é.so" only by Unicode normalisation',
    ),
    "file and folder": Hostile(
        lambda: named("a", "a/b"), '"a/b" makes "a" both a file and a folder'
    ),
    "folder and file": Hostile(lambda: named("a/b", "a"), '"a" makes "a" both a file and a folder'),
    "bomb: declared": Hostile(
        bundle, '"AddFooBarHeader.so" has 18 bytes, expected at most 17', Limits(file=17)
    ),
    "bomb: inflated": Hostile(lambda: sized(5), '"AddFooBarHeader.so" is larger than the 5 bytes'),
    "bomb: ratio": Hostile(
        lambda: bundle({"a.so": bytes(2**21)}), '"a.so" grows from .* to 2097152 bytes'
    ),
    "bomb: members": Hostile(bundle, "has 2 members, expected at most 1", Limits(members=1)),
    "bomb: total": Hostile(bundle, 'more than 100 bytes up to "manifest.json"', Limits(total=100)),
    "bomb: archive": Hostile(bundle, "bytes, expected at most 100", Limits(archive=100)),
    "bomb: shared": Hostile(twice_the_same_bytes, "bytes before it that no member has, or shares"),
    "smaller than declared": Hostile(
        lambda: sized(99), '"AddFooBarHeader.so" has 18 bytes, the archive says 99'
    ),
    "stored with two sizes": Hostile(
        lambda: patched(patched(stored(), LOCAL, 22, "L", 9), CENTRAL, 24, "L", 9),
        '"a.so" is stored as it is with another size',
    ),
    "after the content": Hostile(short_deflate, '"a.so" has bytes after the end'),
    "content without an end": Hostile(endless_deflate, '"a.so" is not whole'),
    "nothing": Hostile(lambda: b"", "is empty, expected a ZIP archive"),
    "not an archive": Hostile(lambda: b"<html>Not Found</html>", "is not a ZIP archive"),
    "truncated": Hostile(lambda: bundle()[:-30], "is not whole: the end of the ZIP archive"),
    "without its start": Hostile(lambda: bundle()[10:], "is not whole: parts"),
    "encrypted": Hostile(lambda: flagged(1), '"AddFooBarHeader.so" is encrypted'),
    "unknown flags": Hostile(
        lambda: flagged(0x20), '"AddFooBarHeader.so" has unknown flags 0x0020'
    ),
    "bzip2": Hostile(lambda: member("a.so", how=ZIP_BZIP2), '"a.so" has the compression method 12'),
    "lzma": Hostile(lambda: member("a.so", how=ZIP_LZMA), '"a.so" has the compression method 14'),
    "wrong CRC": Hostile(
        lambda: patched(patched(bundle(), LOCAL, 14, "L", 7), CENTRAL, 16, "L", 7),
        '"AddFooBarHeader.so" is damaged: its CRC-32',
    ),
    "damaged content": Hostile(
        lambda: patched(bundle(), b"AddFooBarHeader.so", 18, "L", 0xFFFFFFFF), "cannot be inflated"
    ),
    "no header": Hostile(
        lambda: patched(bundle(), LOCAL, 0, "L", 0), '"AddFooBarHeader.so" has no header of its own'
    ),
    "two names": Hostile(
        lambda: bundle().replace(b"AddFoo", b"addFoo", 1),
        '"AddFooBarHeader.so" has another name in its own header',
    ),
    "two compressions": Hostile(
        lambda: patched(bundle(), LOCAL, 8, "H", 0), '"AddFooBarHeader.so" has another compression'
    ),
    "two checksums": Hostile(
        lambda: patched(bundle(), LOCAL, 14, "L", 7), '"AddFooBarHeader.so" has other sizes'
    ),
    "no sizes after": Hostile(lambda: flagged(8), '"AddFooBarHeader.so" has other sizes .* after'),
    "damaged directory": Hostile(
        lambda: patched(bundle(), CENTRAL, 0, "L", 0), "has a damaged directory"
    ),
    "directory of the future": Hostile(
        lambda: patched(bundle(), CENTRAL, 6, "H", 99), "has a damaged directory"
    ),
    "other count": Hostile(
        lambda: patched(bundle(), END, 8, "HH", 1, 1), "has 2 members, its end says 1"
    ),
    "parts": Hostile(lambda: patched(bundle(), END, 4, "H", 1), "is one of several parts"),
    "64 bits": Hostile(lambda: patched(bundle(), END, 16, "L", 0xFFFFFFFF), "the ZIP64 form"),
    "two ends": Hostile(with_large_form, "the ZIP64 form"),
    "trailing": Hostile(lambda: bundle() + b"#", "has 1 bytes after its end"),
    "prepended": Hostile(lambda: b"#!/bin/sh\n" + bundle(), "has bytes before its start"),
    "two archives": Hostile(lambda: bundle() + bundle(), "has bytes before its start"),
    "hidden": Hostile(hidden_between, '"manifest.json" has bytes before it that no member has'),
    "gap": Hostile(before_the_directory, "has bytes between its last member and its directory"),
    "not listed": Hostile(
        lambda: zipped([("a.so", b"x"), ("b.so", b"x"), manifest_of("a.so")]),
        '"b.so" is not in the file_list',
    ),
    "folder not listed": Hostile(
        lambda: zipped([("a.so", b"x"), ("b/", b""), manifest_of("a.so")]),
        '"b/" is a folder of no listed file',
    ),
    "missing": Hostile(
        lambda: zipped([("a.so", b"x"), manifest_of("a.so", "b.so")]),
        '"b.so" is in file_list, but not there',
    ),
    "no manifest": Hostile(lambda: zipped([("a.so", b"x")]), "there is no manifest.json in it"),
    "nothing in it": Hostile(lambda: zipped([]), "there is no manifest.json in it"),
    "manifest twice": Hostile(
        lambda: named("a.so", "manifest.json"), '"manifest.json" is in it twice'
    ),
    "manifest is a folder": Hostile(
        lambda: zipped([("manifest.json/a.so", b"x")]), "there is no manifest.json in it"
    ),
    "large manifest": Hostile(
        big_manifest, '"manifest.json" has .* bytes, expected at most 1000', Limits(manifest=1000)
    ),
    "large manifest by another name": Hostile(
        lambda: zipped([("./manifest.json", bytes(1001))]),
        '"./manifest.json" has 1001 bytes, expected at most 1000',
        Limits(manifest=1000),
    ),
    "not JSON": Hostile(lambda: zipped([("manifest.json", b"{")]), "manifest.json:1:2: not JSON"),
    "wrong checksum": Hostile(lambda: changed(checksum="0" * 32), "checksum: invalid checksum"),
    "no checksum": Hostile(
        lambda: changed(checksum=""), "checksum: invalid checksum: there is none"
    ),
    "wrong SHA-256": Hostile(sums_of_another, r"AddFooBarHeader.*invalid checksum: .* SHA-256"),
    "no SHA-256 of a file": Hostile(
        lambda: changed(sha256={}, manifest_signature="x"), "expected the SHA-256 of every file"
    ),
    "SHA-256 of another file": Hostile(
        lambda: changed(sha256=our_manifest(FILES)["sha256"] | {"b.so": "0" * 64}),
        '"b.so" is not in file_list',
    ),
    "SHA-256 too short": Hostile(
        lambda: changed(sha256={"AddFooBarHeader.so": "0"}), "expected 64 hexadecimal digits"
    ),
}

#: The same, told by a key alone.
UNTRUSTED: Mapping[str, Hostile] = {
    "not signed": Hostile(bundle, "Bundle isn't signed"),
    "key of another": Hostile(
        lambda: bundle(manifest=tyk_manifest(FILES, other_rsa_key())),
        "signature: invalid signature",
    ),
    "signature of nothing": Hostile(
        lambda: bundle(manifest=tyk_manifest(FILES) | {"signature": "?"}), "invalid signature"
    ),
}
