"""What of records is known before a request comes: of an API, and of a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from attrs import field, frozen

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.record.normalise import Folding
from twisted_tyk.record.text import clean, path_of

if TYPE_CHECKING:
    from twisted_tyk.session.state import SessionState

#: Seconds that a record is of use whose API does not say: a hundred years.
FOR_GOOD: Final = 36525 * 86400
#: Under this name sessions remember their :class:`Who`.
_MEMO: Final = "record"
_DEVELOPER: Final = "tyk_developer_id"


@frozen(eq=False)
class Who:
    """A client as records name it.

    :ivar token: that the client presented; it is in no record.
    :ivar api_key: the same as it is recorded, hashed where keys are stored hashed.
    :ivar tags: policies, developer and tags of the session.
    :ivar derived: what a sink has worked out of it, by the API.
    """

    token: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    alias: str = ""
    oauth_id: str = ""
    tags: tuple[str, ...] = ()
    derived: dict[Any, Any] = field(factory=dict, init=False, repr=False)


@frozen(eq=False)
class Facts:
    """What every record of one API has. Made when the API is loaded.

    :ivar listen_path: where it is reached.
    :ivar prefix: the same as requests have it, when it is to be taken off their paths,
        and :attr:`start` what that is of a path without escapes.
    :ivar host: of its upstream, with the port if it has one.
    :ivar lifetime: seconds that its records are kept.
    :ivar detailed: whole requests and responses are recorded, with :attr:`detail_limit`
        bytes of each body at most.
    :ivar ignored: client addresses that nothing is recorded of.
    :ivar fold: takes ids out of paths.
    :ivar hashed: what stands for a key that is not to be seen.
    :ivar nobody: a client that presented nothing.
    :ivar derived: what sinks have worked out of it, by names of their own.
    """

    api_id: str
    api_name: str
    org_id: str
    listen_path: str
    host: str
    api_version: str
    prefix: bytes | None
    start: str
    lifetime: int
    tags: tuple[str, ...]
    tag_headers: tuple[bytes, ...]
    detailed: bool
    detail_limit: int
    do_not_track: bool
    ignored: frozenset[str]
    fold: Folding | None
    hashed: Callable[[str], str]
    nobody: Who = field(factory=Who, init=False, repr=False)
    derived: dict[Any, Any] = field(factory=dict, init=False, repr=False)

    def who(self, session: SessionState | None, token: str) -> Who:
        """The client of a request; the same object again while its session is the same.

        What somebody presented who is nobody here is not recorded: it may be a secret of
        another place.
        """
        if session is None:
            return self.nobody
        known: Who | None = session.derived.get(_MEMO)
        if known is None or known.token != token:
            developer = session.meta_data.get(_DEVELOPER)
            tags = [f"pol-{policy}" for policy in session.apply_policies]
            if developer:
                tags.append(f"dev-{developer}")
            tags += session.tags
            known = session.derived[_MEMO] = Who(
                token,
                self._recorded(token) if token else "",
                clean(session.alias),
                clean(session.oauth_client_id),
                tuple(map(clean, tags)),
            )
        return known

    def stripped(self, path: str, taken: bytes) -> str:
        """A path without the listen path, where that is stripped.

        :param taken: what of the target led to the API.
        """
        if taken and self.prefix is not None:
            # A listen path may have variables, and then each request has its own.
            start = self.start if taken == self.prefix else path_of(taken)
            if path.startswith(start):
                path = path[len(start) :].lstrip("/")
        return path if path[:1] == "/" else "/" + path

    def named(self, raw_path: str, track: str) -> str:
        """What stands for a path in records.

        :param raw_path: :meth:`stripped`.
        :param track: the pattern of ``track_endpoints`` that matched, or ``""``.
        """
        path = raw_path
        if track:
            path = clean(track)
            path = path if path[:1] == "/" else "/" + path
        return path if self.fold is None else self.fold(path)

    @property
    def plain(self) -> bool:
        """Whether what is recorded of a request is all in its exchange, at once."""
        return not (self.do_not_track or self.ignored or self.tag_headers or self.detailed)

    def _recorded(self, token: str) -> str:
        return clean(self.hashed(token))

    def ends(self, who: Who) -> tuple[str, ...]:
        """The tags that stand behind all others: key, organisation, API."""
        tags = [f"key-{who.api_key}"] if who.api_key else []
        if self.org_id:
            tags.append(f"org-{self.org_id}")
        tags.append(f"api-{self.api_id}")
        return tuple(tags)


@frozen
class Recording:
    """What the settings decide of all records; :meth:`facts` adds what an API says.

    :ivar hashed: for keys; see :class:`Facts`.
    """

    detailed: bool
    detail_limit: int
    ignored: frozenset[str]
    fold: Folding | None
    hashed: Callable[[str], str]

    def facts(self, definition: ApiDefinition, listen_path: str) -> Facts:
        """:param listen_path: where the API is reached."""
        prefix = listen_path.encode("utf-8", "surrogateescape")
        return Facts(
            api_id=clean(definition.api_id),
            api_name=clean(definition.name),
            org_id=clean(definition.org_id),
            listen_path=clean(listen_path),
            host=clean(urlsplit(definition.proxy.target_url).netloc.rpartition("@")[2]),
            api_version="Non Versioned",
            prefix=prefix if definition.proxy.strip_listen_path else None,
            start=path_of(prefix),
            lifetime=definition.expire_analytics_after or FOR_GOOD,
            tags=() if definition.tags_disabled else tuple(map(clean, definition.tags)),
            tag_headers=tuple(
                name.lower().encode("utf-8", "surrogateescape") for name in definition.tag_headers
            ),
            detailed=self.detailed or definition.enable_detailed_recording,
            detail_limit=self.detail_limit,
            do_not_track=definition.do_not_track,
            ignored=self.ignored,
            fold=self.fold,
            hashed=self.hashed,
        )
