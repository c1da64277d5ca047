"""From the path a client asked for to the URL of the upstream."""

from __future__ import annotations

from attrs import field, frozen

from twisted_tyk.proxy.origin import Origin, UpstreamURL
from twisted_tyk.transport.trust import VERIFIED, TLSSettings


@frozen
class Target:
    """One upstream of an API, worked out when the definition is loaded.

    :ivar listen_path: ``proxy.listen_path``.
    :ivar strip: ``proxy.strip_listen_path``: the upstream does not see it.
    :ivar target_url: ``proxy.target_url``.
    :ivar preserve_host: ``proxy.preserve_host_header``: the upstream sees the
        ``Host`` that the client sent.
    :ivar disable_strip_slash: ``proxy.disable_strip_slash``: when nothing
        remains of the path, the target's own is used with the ``/`` at its end.
    :ivar tls: how an ``https`` target is verified.
    :raises ValueError: when ``target_url`` is no http or https URL.
    """

    listen_path: bytes
    strip: bool
    target_url: str
    preserve_host: bool = False
    disable_strip_slash: bool = False
    tls: TLSSettings = VERIFIED
    _origin: Origin = field(init=False, repr=False, eq=False)
    _host: bytes = field(init=False, repr=False, eq=False)
    # What a path is put behind, and what stands alone when there is none.
    _base: bytes = field(init=False, repr=False, eq=False)
    _bare: bytes = field(init=False, repr=False, eq=False)
    _query: bytes = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        origin, host, target = UpstreamURL.parse(self.target_url, self.tls)
        path, _, query = target.partition(b"?")
        base = path.rstrip(b"/")
        bare = path if self.disable_strip_slash else base or b"/"
        for name, value in (
            ("_origin", origin),
            ("_host", host),
            ("_base", base + b"/"),
            ("_bare", bare),
            ("_query", query),
        ):
            object.__setattr__(self, name, value)

    def url_for(
        self,
        path_and_query: bytes,
        matched_listen_path: bytes | None = None,
        client_host: bytes = b"",
    ) -> UpstreamURL:
        """Where a request goes.

        :param path_and_query: as the client sent it or a hook left it; its
            escapes stay as they are.
        :param matched_listen_path: the beginning that matched a listen path
            with variables in it; ``None`` when the listen path is plain text.
        :param client_host: the client's ``Host``.
        """
        rest = path_and_query
        if self.strip:
            listen_path = self.listen_path if matched_listen_path is None else matched_listen_path
            if rest.startswith(listen_path):
                rest = rest[len(listen_path) :]
        rest = rest.lstrip(b"/")
        target = (self._base if rest and rest[0] != 63 else self._bare) + rest  # 63 is "?"
        if self._query:
            path, _, query = target.partition(b"?")
            both = self._query + b"&" + query if query else self._query
            target = path + b"?" + both
        host = client_host if self.preserve_host and client_host else self._host
        return UpstreamURL(self._origin, host, target)

    def rewritten(self, url: bytes, client_host: bytes = b"") -> UpstreamURL:
        """Where a request goes that a hook has sent elsewhere.

        :param url: with a host, it stands in place of the target; else it is
            a path and a query at the target.
        :raises ValueError: when it is neither.
        """
        if url[:1] in (b"/", b"?"):
            return self.url_for(url, b"", client_host)
        origin, host, target = UpstreamURL.parse(url, self.tls)
        return UpstreamURL(
            origin, client_host if self.preserve_host and client_host else host, target
        )
