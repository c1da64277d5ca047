"""Given any names and any damage, nothing is written outside, and of a refusal nothing is left."""

from __future__ import annotations

import json
import tempfile
import warnings
from pathlib import Path

from bundle_archives import FILES, bundle, our_manifest, tyk_manifest, zipped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.names import clash, plain, wrong_name
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked, unpack

GOOD = bundle(
    FILES | {"lib/a.py": b"x" * 500, "b": b""},
    our_manifest(FILES | {"lib/a.py": b"x" * 500, "b": b""}),
)

PARTS = st.sampled_from(
    ["a", "A", "b", "..", ".", "", "C:", "\\", "é", "e\u0301", "\u202e", "manifest.json"]
)
NAMES = st.one_of(st.text(max_size=12), st.lists(PARTS, min_size=1, max_size=4).map("/".join))


def tried(content: bytes) -> dict[str, bytes] | None:
    """What is unpacked; ``None`` when it is refused. Anything else that is left fails."""
    with tempfile.TemporaryDirectory() as folder:
        around, into = Path(folder), Path(folder, "disk", "new")
        into.parent.mkdir()
        (around / "archive").write_bytes(content)
        try:
            unpack(around / "archive", into, BundleManifest, Trust())
        except BundleError as error:
            refused = str(error)
        else:
            refused = ""
        if refused:
            assert refused.isprintable()
            assert list(into.parent.iterdir()) == []
            made = None
        else:
            checked(into, BundleManifest, Trust())
            assert list(into.parent.iterdir()) == [into]
            files = [path for path in into.rglob("*") if path.is_file()]
            made = {str(path.relative_to(into)): path.read_bytes() for path in files}
        assert {path.name for path in around.iterdir()} == {"archive", "disk"}
        return made


@given(st.lists(NAMES, max_size=4))
@settings(deadline=None)
def test_names_are_plain_or_refused(names: list[str]) -> None:
    assume(all(name and "\0" not in name for name in names))
    files = dict.fromkeys(names, b"x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            content = zipped(
                [
                    *((name, b"x") for name in names),
                    ("manifest.json", json.dumps(tyk_manifest(files)).encode()),
                ]
            )
        except UnicodeEncodeError:
            assume(False)  # halves of characters can not be written
    made = tried(content)
    if made is not None:
        assert made.keys() - {"manifest.json"} == {plain(name) for name in names}
        assert all(not wrong_name(name) for name in made)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), min_size=1, max_size=3)
)
@settings(deadline=None, max_examples=300)
def test_damage_is_seen_or_does_no_harm(flips: list[tuple[int, int]]) -> None:
    """Some bytes mean nothing here, such as times."""
    damaged = bytearray(GOOD)
    for place, change in flips:
        damaged[place] ^= change
    made = tried(bytes(damaged))
    assert made is None or made.items() >= (FILES | {"lib/a.py": b"x" * 500, "b": b""}).items()


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_anything_else_is_refused(content: bytes) -> None:
    assert tried(content) is None
    assert tried(GOOD[:100] + content + GOOD[100:]) is None or not content


@given(st.lists(NAMES, max_size=5), st.lists(NAMES, max_size=3))
def test_names_that_do_not_clash_can_be_side_by_side(files: list[str], folders: list[str]) -> None:
    """Also where case and composition do not count."""
    files = [name for name in files if not wrong_name(name)]
    folders = [name for name in folders if not wrong_name(name)]
    if clash(files, folders) == ("", ""):
        assert len({name.casefold() for name in files}) == len(files)
        assert not {name.casefold() for name in files} & {name.casefold() for name in folders}
