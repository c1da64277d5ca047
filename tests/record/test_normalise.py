"""Ids are folded out of recorded paths."""

from __future__ import annotations

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.record.normalise import folding
from twisted_tyk.settings.sections import NormaliseUrls
from twisted_tyk.testing import definition

ALL = NormaliseUrls(
    enabled=True, normalise_uuids=True, normalise_ulids=True, normalise_numbers=True
)
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.mark.parametrize(
    ("path", "folded"),
    [
        (f"/users/{UUID}/posts", "/users/{uuid}/posts"),
        (f"/users/{UUID.replace('-', '').upper()}", "/users/{uuid}"),
        (f"/items/{ULID}", "/items/{ulid}"),
        (f"/items/{ULID.lower()}/x", "/items/{ulid}/x"),
        ("/orders/42", "/orders/{id}"),
        ("/orders/42/lines/7", "/orders/{id}/lines/{id}"),
        # A pattern is looked for anywhere, as in Tyk.
        ("/2nd", "/{id}nd"),
        ("/v2/orders", "/v2/orders"),
        ("/", "/"),
        # Digits of other scripts are none to Go.
        ("/٣", "/٣"),
    ],
)
def test_what_becomes_of_a_path(path: str, folded: str) -> None:
    fold = folding(ALL)
    assert fold is not None
    assert fold(path) == folded


def test_custom_patterns_come_last() -> None:
    fold = folding(
        NormaliseUrls(
            enabled=True, normalise_numbers=True, custom_patterns=(r"\{id\}-[a-z]+", "secret")
        )
    )
    assert fold is not None
    assert fold("/42-abc/secrets") == "/{var}/{var}s"


def test_custom_patterns_are_those_of_go_and_take_no_longer() -> None:
    custom = (r"/(a+)+$", r"\pN+-x", "_*")
    fold = folding(NormaliseUrls(enabled=True, custom_patterns=custom[:2]))
    assert fold is not None
    assert fold("/\u0663\u0663-x/caf\u00e9") == "/{var}/caf\u00e9"
    # Python's own engine would be busy for ages.
    assert fold("/" + 5000 * "a" + "!") == "/" + 5000 * "a" + "!"
    nothing = folding(NormaliseUrls(enabled=True, custom_patterns=custom[2:]))
    assert nothing is not None
    assert nothing("/\u00e9") == "{var}/{var}\u00e9{var}"


@pytest.mark.parametrize(
    "settings",
    [
        NormaliseUrls(),
        NormaliseUrls(enabled=True),
        NormaliseUrls(normalise_uuids=True, custom_patterns=("a",)),
    ],
)
def test_nothing_to_fold(settings: NormaliseUrls) -> None:
    assert folding(settings) is None


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"custom_patterns\[1\]: expected a regular expression"):
        folding(NormaliseUrls(enabled=True, custom_patterns=("a", "(")))


@given(path=st.text())
def test_folding_again_changes_nothing(path: str) -> None:
    fold = folding(ALL)
    assert fold is not None
    assert fold(fold(path)) == fold(path)


def test_the_path_is_folded_and_the_others_are_not(gateway: MakeGateway) -> None:
    normalise = {"enabled": True, "normalise_numbers": True}
    running = gateway(
        definition("one"), settings={"analytics_config": {"normalise_urls": normalise}}
    )
    running.get("/one/orders/42")
    (hit,) = running.records.hits
    assert hit.path == "/orders/{id}"
    assert (hit.raw_path, hit.original_path) == ("/orders/42", "/one/orders/42")
