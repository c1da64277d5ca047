"""Definitions with the hooks of their bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted_tyk.apidef.hooks import CustomMiddleware, MiddlewareDefinition
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.merge import with_bundles
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Unpacked
from twisted_tyk.jsonfile import make_converter

CONVERTER = make_converter()
OWN = ApiDefinition(
    api_id="a",
    custom_middleware=CustomMiddleware(
        driver="twisted", pre=(MiddlewareDefinition(name="Own", path="own.py"),)
    ),
)


def bundle(name: str, **hooks: Any) -> Unpacked:
    section = {"driver": "twisted", **hooks}
    manifest = CONVERTER.structure({"custom_middleware": section}, BundleManifest)
    return Unpacked(name, Path("/shelf") / name, manifest, "", "")


def hook(name: str, path: str = "h.py", **more: Any) -> dict[str, Any]:
    return {"name": name, "path": path, **more}


def merged(*bundles: Unpacked) -> CustomMiddleware:
    return with_bundles(OWN, bundles).custom_middleware


def titles(hooks: tuple[MiddlewareDefinition, ...]) -> list[str]:
    return [f"{each.path}:{each.name}" for each in hooks]


def test_without_bundles_it_is_as_it_was() -> None:
    assert with_bundles(OWN, []) is OWN


def test_a_bundle_takes_the_place_of_the_hooks() -> None:
    found = merged(
        bundle(
            "b.zip", driver="native",
            auth_check=hook("Who"), post_key_auth=[hook("After", "lib/x.so", mode="pool")],
            post=[hook("Post")], response=[hook("Back")], traffic_logs=hook("Log"),
            id_extractor={"extract_from": "header", "extract_with": "value"},
        )
    )  # fmt: skip
    assert found.pre == ()
    assert found.auth_check == MiddlewareDefinition(name="Who", path="b.zip/h.py")
    assert titles(found.post_key_auth) == ["b.zip/lib/x.so:After"]
    assert found.post_key_auth[0].mode == "pool"
    assert titles(found.post) == ["b.zip/h.py:Post"]
    assert titles(found.response) == ["b.zip/h.py:Back"]
    assert found.traffic_logs == MiddlewareDefinition(name="Log", path="b.zip/h.py")
    assert found.driver == "native"
    assert found.id_extractor.extract_from == "header"


def test_the_rest_of_the_definition_stays() -> None:
    assert with_bundles(OWN, [bundle("b.zip")]).api_id == "a"


def test_hooks_of_several_are_called_one_bundle_after_the_other() -> None:
    found = merged(
        bundle("a.zip", pre=[hook("A1"), hook("A2")], response=[hook("A3")]),
        bundle("b.zip", pre=[hook("B1")], auth_check=hook("B2")),
    )
    assert titles(found.pre) == ["a.zip/h.py:A1", "a.zip/h.py:A2", "b.zip/h.py:B1"]
    assert titles(found.response) == ["a.zip/h.py:A3"]
    assert found.auth_check is not None
    assert found.auth_check.path == "b.zip/h.py"
    assert found.driver == "twisted"


def test_the_first_id_extractor_counts() -> None:
    found = merged(
        bundle("a.zip"),
        bundle("b.zip", id_extractor={"extract_from": "header"}),
        bundle("c.zip", id_extractor={"extract_from": "form"}),
    )
    assert found.id_extractor.extract_from == "header"


@pytest.mark.parametrize("point", ["auth_check", "traffic_logs"])
def test_one_bundle_may_have_it(point: str) -> None:
    with pytest.raises(BundleError) as refused:
        merged(bundle("a.zip", **{point: hook("A")}), bundle("b.zip", **{point: hook("B")}))
    assert str(refused.value) == (
        f"bundle b.zip: {point} is in the bundle a.zip as well, expected one for all bundles of "
        "an API"
    )


def test_they_have_one_driver() -> None:
    with pytest.raises(BundleError) as refused:
        merged(bundle("a.zip"), bundle("b.zip", driver=""), bundle("c.zip", driver="native"))
    assert str(refused.value) == (
        "bundle c.zip: its driver is 'native', expected 'twisted' as in the bundle a.zip: an API "
        "has one driver"
    )


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("h.py", "b.zip/h.py"), ("./x/../h.py", "b.zip/h.py"), ("/etc/h.py", "b.zip/etc/h.py"),
        ("package.module", "b.zip/package.module"), ("", ""),
    ],
)  # fmt: skip
def test_paths_start_in_the_bundle(path: str, place: str) -> None:
    assert merged(bundle("b.zip", pre=[hook("A", path)])).pre[0].path == place


@pytest.mark.parametrize("path", ["../h.py", "x/../../h.py", "..", "/../h.py"])
def test_and_stay_there(path: str) -> None:
    with pytest.raises(BundleError) as refused:
        merged(bundle("b.zip", pre=[hook("A", path)]))
    assert str(refused.value) == (
        f"bundle b.zip: manifest.json: the hook 'A' has the path {path!r}, which leads out of "
        "the bundle"
    )


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "c", "a")])
def test_a_path_is_of_one_bundle(names: tuple[str, ...]) -> None:
    """Or else ``a/b/h.py`` would be ``b/h.py`` of one, and ``h.py`` of another."""
    with pytest.raises(BundleError, match="bundle a/b: its name begins with that of the bundle a,"):
        merged(*(bundle(name, pre=[hook("In")]) for name in names))
    assert merged(bundle("a"), bundle("ab/c"), bundle("a.zip/b"))
