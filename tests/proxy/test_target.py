"""From listen path to target URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.proxy.origin import Origin, UpstreamURL
from twisted_tyk.proxy.target import Target
from twisted_tyk.transport.trust import VERIFIED, TLSSettings


@pytest.mark.parametrize(
    ("target_url", "asked", "wanted"),
    [
        ("http://up", b"/app/", b"/"),
        ("http://up", b"/app", b"/"),
        ("http://up/", b"/app/a/b", b"/a/b"),
        ("http://up/base", b"/app/a", b"/base/a"),
        ("http://up/base/", b"/app/a", b"/base/a"),
        ("http://up/base/", b"/app//a", b"/base/a"),
        ("http://up/base/", b"/app/", b"/base"),
        ("http://up/base/", b"/app", b"/base"),
        ("http://up/base", b"/app/a/", b"/base/a/"),
        ("http://up/base", b"/apple", b"/base/le"),
        ("http://up/base", b"/app?q", b"/base?q"),
        ("http://up/base", b"/app/?q", b"/base?q"),
        ("http://up/base?k=1", b"/app/a?q=2", b"/base/a?k=1&q=2"),
        ("http://up/base?k=1", b"/app/a", b"/base/a?k=1"),
        ("http://up/base", b"/app/a%2Fb%20c?x=%zz&y=a+b", b"/base/a%2Fb%20c?x=%zz&y=a+b"),
        ("http://up/base", b"/elsewhere", b"/base/elsewhere"),
    ],
)
def test_the_listen_path_gives_way_to_the_target(
    target_url: str, asked: bytes, wanted: bytes
) -> None:
    assert Target(b"/app", True, target_url).url_for(asked).target == wanted


def test_a_listen_path_may_end_with_a_slash() -> None:
    assert Target(b"/app/", True, "http://up/base").url_for(b"/app/a").target == b"/base/a"


def test_the_listen_path_can_stay() -> None:
    target = Target(b"/app/", False, "http://up/base/")
    assert target.url_for(b"/app/a?q").target == b"/base/app/a?q"


@pytest.mark.parametrize(("url", "wanted"), [("http://up/b/", b"/b/"), ("http://up/b", b"/b")])
def test_the_targets_slash_can_stay(url: str, wanted: bytes) -> None:
    target = Target(b"/app/", True, url, disable_strip_slash=True)
    assert target.url_for(b"/app/").target == wanted


def test_a_listen_path_with_variables_is_stripped_as_it_matched() -> None:
    target = Target(b"/{tenant}/app", True, "http://up/")
    assert target.url_for(b"/blue/app/a", b"/blue/app").target == b"/a"


def test_the_host_is_the_targets_or_the_clients() -> None:
    assert Target(b"/", True, "http://up:81/").url_for(b"/", None, b"client").host == b"up:81"
    preserving = Target(b"/", True, "http://up:81/", preserve_host=True)
    assert preserving.url_for(b"/", None, b"client:8080").host == b"client:8080"
    assert preserving.url_for(b"/", None, b"").host == b"up:81"


def test_a_target_that_is_no_url_is_named() -> None:
    with pytest.raises(ValueError, match="tyk://other"):
        Target(b"/", True, "tyk://other/")


@given(st.binary(), st.sampled_from(["http://up", "http://up/a/b/", "http://up?k"]), st.booleans())
def test_whatever_is_asked_the_target_starts_with_one_slash(
    rest: bytes, url: str, disable: bool
) -> None:
    target = Target(b"/app", True, url, disable_strip_slash=disable).url_for(b"/app" + rest).target
    assert target.startswith(b"/")
    assert not target.startswith(b"//")


class TestParsing:
    def test_the_parts(self) -> None:
        url = UpstreamURL.parse("HTTP://user:pw@Up.Example:8080/a%2f?b=c#d")
        assert url == (Origin("http", "up.example", 8080), b"Up.Example:8080", b"/a%2f?b=c")
        assert url.absolute() == b"http://Up.Example:8080/a%2f?b=c"

    def test_ports_follow_the_scheme(self) -> None:
        assert UpstreamURL.parse(b"http://up").origin == Origin("http", "up", 80)
        assert UpstreamURL.parse(b"https://up:/").origin == Origin("https", "up", 443, VERIFIED)

    def test_addresses(self) -> None:
        url = UpstreamURL.parse("http://[::1]:81/")
        assert (url.origin.host, url.host, url.origin.is_address) == ("::1", b"[::1]:81", True)
        assert UpstreamURL.parse("http://127.0.0.1").origin.is_address
        assert not UpstreamURL.parse("http://localhost").origin.is_address

    def test_what_is_not_ascii_travels_as_it_must(self) -> None:
        url = UpstreamURL.parse("http://bücher.example/ü?ß")
        assert (url.host, url.target) == (b"xn--bcher-kva.example", b"/%C3%BC?%C3%9F")

    @pytest.mark.parametrize(
        "url",
        ["", "up", "ftp://up/", "http://", "http://up/a b", "http://up/\r\nX: 1", "http://up:0/",
         "http://up:65536/", "http://a b/", "http://[::1/", "//up/"],
    )  # fmt: skip
    def test_anything_else_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"URL|port"):
            UpstreamURL.parse(url)

    def test_other_trust_is_another_origin(self) -> None:
        checked = UpstreamURL.parse("https://up/").origin
        unchecked = UpstreamURL.parse("https://up/", TLSSettings(verify=False)).origin
        assert checked != unchecked
        assert checked == UpstreamURL.parse("https://up/", TLSSettings()).origin
