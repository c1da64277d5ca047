"""Where a bundle comes from, and how one tells that what is there is what one has."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from attrs import field, frozen

Kind: TypeAlias = Literal["etag", "date", "file"]

_KINDS: Final[tuple[Kind, ...]] = ("etag", "date", "file")
#: What may stand in a path beside letters and digits.
_PLAIN: Final = "/-._~!$&'()*+,;=:@"
#: Seconds after which a file that is written again surely has another time.
SETTLED: Final = 2.0
#: Characters of the name of a bundle.
_LONGEST: Final = 1000


class NotFetched(Exception):
    """A bundle could not be had. The text says why, and has no secret of the URL in it.

    :ivar again: another try may go better.
    """

    def __init__(self, text: str, again: bool = False) -> None:
        super().__init__(text)
        self.again = again


@frozen
class Source:
    """
    :ivar url: to ask for, without the user and password of ``bundle_base_url``.
    :ivar user: name and password to ask with.
    :ivar file: what to read instead, for ``file://``.
    """

    url: str = field(repr=False)
    user: tuple[str, str] | None = field(default=None, repr=False)
    file: Path | None = None

    @classmethod
    def of(cls, base_url: str, name: str, folder: Path) -> Source:
        """The path of ``bundle_base_url``, and the name below it; its query is kept.

        :param folder: where a ``file://`` URL starts whose path is relative, such as
            ``file://bundles``.
        :raises NotFetched: when no such URL can be asked for.
        """
        if not base_url:
            raise NotFetched("No bundle base URL set, skipping bundle")
        try:
            base = urlsplit(base_url)
            netloc = base.netloc.rpartition("@")[2]
            user = (unquote(base.username or ""), unquote(base.password or ""))
            _ = base.port
        except ValueError:
            raise NotFetched("bundle_base_url is not a URL") from None
        if len(name) > _LONGEST or not name.isprintable():
            raise NotFetched("its name is too long, or has a character that cannot be seen")
        if ".." in name.split("/"):
            raise NotFetched("its name leads out of bundle_base_url")
        if base.scheme == "file":
            path = folder / unquote(base.netloc + base.path) / name.lstrip("/")
            return cls("", None, path)
        if base.scheme not in ("http", "https") or not netloc:
            raise NotFetched("Unknown URL scheme")
        path_ = f"{base.path.rstrip('/')}/{quote(name.lstrip('/'), _PLAIN)}"
        url = urlunsplit((base.scheme, netloc, path_, base.query, ""))
        return cls(url, user if any(user) else None)

    @property
    def shown(self) -> str:
        """For the log: without what may be secret."""
        return str(self.file) if self.file else urlsplit(self.url)._replace(query="").geturl()

    @property
    def digest(self) -> str:
        """Tells sources apart, and tells nobody what they are."""
        return sha256((self.url or str(self.file)).encode()).hexdigest()[:16]


@frozen
class Version:
    """What a source says of the file that it has. As text it is kept with a bundle.

    :ivar source: its digest. What another server has said is nothing to go by.
    :ivar kind: ``etag`` and ``date`` are HTTP's; ``file`` is size, time and SHA-256 of a file.
    """

    source: str
    kind: Kind
    value: str

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.value}"

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The inverse of ``str``; ``None`` when it is nothing of the kind."""
        source, _, rest = text.partition(" ")
        word, _, value = rest.partition(" ")
        for kind in _KINDS:
            if word == kind and source and value:
                return cls(source, kind, value)
        return None

    def fields(self) -> dict[str, str]:
        """Of a request that is to be answered with 304 when nothing has changed."""
        name = "If-None-Match" if self.kind == "etag" else "If-Modified-Since"
        return {name: self.value}
