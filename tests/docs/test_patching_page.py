"""The page of patches: what it says of steps and of the manifest is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from twisted_tyk.chain.order import ORDER
from twisted_tyk.jsonfile.keys import fields_by_key
from twisted_tyk.patches.manifest import PatchManifest

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "patching.rst").read_text()


def test_every_step_is_named_in_its_order() -> None:
    listed = PAGE.partition("from first to last:")[2].partition(". A name")[0]
    assert re.findall(r"``(\w+)``", listed) == [place.name for place in ORDER]


def test_keyless_apis_lack_what_the_page_says() -> None:
    names = [place.name for place in ORDER if place.asks_who]
    assert f"from ``{names[0]}`` to ``{names[-1]}``" in " ".join(PAGE.split())
    first = [place.asks_who for place in ORDER].index(True)
    assert all(place.asks_who for place in ORDER[first : first + len(names)])


def test_every_key_of_the_manifest_is_told_of() -> None:
    table = PAGE.partition("What the manifest says")[2].partition("What can be replaced")[0]
    told = set(re.findall(r"``(\w+)``", table))
    assert set(fields_by_key(PatchManifest)) - told == set()
