"""Given an archive made to do harm, it is refused by name, and nothing of it is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundle_archives import bundle, public_pem, rsa_key
from hostile_archives import HOSTILE, UNTRUSTED, Hostile

from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Shelf
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import unpack


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "evil.zip"


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where it may be unpacked."""
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def refuse(hostile: Hostile, archive: Path, disk: Path, trust: Trust) -> str:
    archive.write_bytes(hostile.make())
    around = sorted(archive.parent.rglob("*"))
    with pytest.raises(BundleError, match=hostile.says) as refused:
        unpack(archive, disk / "new", BundleManifest, trust, hostile.limits)
    assert sorted(archive.parent.rglob("*")) == around
    return str(refused.value)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_refused_by_name(hostile: Hostile, archive: Path, disk: Path) -> None:
    sentence = refuse(hostile, archive, disk, Trust())
    assert sentence.startswith("evil.zip")
    assert sentence.isprintable()


@pytest.mark.parametrize("hostile", UNTRUSTED.values(), ids=UNTRUSTED.keys())
def test_so_it_is_without_a_good_signature(hostile: Hostile, archive: Path, disk: Path) -> None:
    refuse(hostile, archive, disk, Trust(rsa_key().public_key()))


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_on_the_shelf_it_leaves_nothing_either(hostile: Hostile, archive: Path, disk: Path) -> None:
    shelf = Shelf(disk / "bundles", Trust(), limits=hostile.limits)
    archive.write_bytes(hostile.make())
    with pytest.raises(BundleError):
        shelf.put("evil.zip", archive, "")
    assert list((disk / "bundles").glob("*")) == []
    assert shelf.current("evil.zip") is None


def test_each_has_a_sentence_of_its_own(archive: Path, disk: Path) -> None:
    """But for those that differ only in how somebody came to do them."""
    said: dict[str, list[str]] = {}
    for name, hostile in HOSTILE.items():
        said.setdefault(refuse(hostile, archive, disk, Trust()), []).append(name)
    assert [names for names in said.values() if len(names) > 1] == [
        ["device", "disk"],
        ["64 bits", "two ends"],
        ["prepended", "two archives"],
        ["no manifest", "nothing in it", "manifest is a folder"],
    ]


def test_cut_anywhere_it_is_refused(archive: Path, disk: Path) -> None:
    whole = bundle()
    for length in range(len(whole)):
        refuse(Hostile(lambda length=length: whole[:length], "evil.zip"), archive, disk, Trust())


def test_a_good_one_is_not_refused(archive: Path, disk: Path, tmp_path: Path) -> None:
    """Or all of this would say nothing."""
    archive.write_bytes(bundle())
    unpack(archive, disk / "new", BundleManifest, Trust())
    key = tmp_path / "key.pem"
    key.write_bytes(public_pem(rsa_key()))
    assert Trust.load(key).key is not None
