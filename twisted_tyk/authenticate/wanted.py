"""What a token says of its client's session: who it is of, and what it may do.

Such a session is stored under a key made of the client's identity, as Tyk stores it, so
that limits hold from one token of a client to the next.
"""

from __future__ import annotations

import hashlib

from attrs import field, frozen

from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens


@frozen
class Wanted:
    """What a token says of its session.

    :ivar key: what the session is stored under.
    :ivar alias: for people.
    :ivar policies: ids; there is at least one.
    :ivar base: the one of them that has to be there; ``""`` when others will do.
    :ivar expires: the session is good until then at least, in Unix seconds; 0 is unsaid.
    :ivar client_id: the OAuth client it was made for.
    :ivar refusals: what clients are told when :attr:`base` is not there, and when the
        policies do not go together.
    :ivar meta: more meta data of a new session.
    """

    key: str = field(repr=False)
    alias: str
    policies: tuple[str, ...]
    base: str
    refusals: tuple[str, str]
    expires: int = 0
    client_id: str = ""
    meta: tuple[tuple[str, str], ...] = ()

    @property
    def memo(self) -> str:
        """The name of what was worked out for it, among what is known of a session."""
        return f"token {self.policies} {self.client_id} {self.expires}"

    def agrees(self, session: SessionState) -> bool:
        """Whether a session is as the token says."""
        return (
            tuple(session.apply_policies) == self.policies
            and session.expires >= self.expires
            and session.oauth_client_id == self.client_id
        )


def key_of(tokens: Tokens, org_id: str, *identity: str) -> str:
    """The key of a client: made of the MD5 of who it is, as in Tyk."""
    digests = (
        hashlib.md5(part.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        for part in identity
    )
    return tokens.generate(org_id, "".join(digests))
