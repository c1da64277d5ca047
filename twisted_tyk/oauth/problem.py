"""Why a code or token is not given, in the words of RFC 6749."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What each error means: Tyk's clients may show it, so it is always there.
MEANINGS: Final[Mapping[str, str]] = {
    "invalid_request": "A parameter is missing, is given twice, or is not what it should be.",
    "unauthorized_client": "The client is not known, or may not do this.",
    "access_denied": "The resource owner or the server refused.",
    "unsupported_response_type": "The server does not give this type of response.",
    "unsupported_grant_type": "The server does not take this type of grant.",
    "invalid_scope": "The scope is not one that was granted.",
    "invalid_client": "The client is not the one that the token was given to.",
    "invalid_grant": (
        "The code, refresh token or password is wrong, was used, has expired, "
        "or belongs to another client."
    ),
    "server_error": "The server met something that it did not expect.",
    "temporarily_unavailable": "The server cannot do this at the moment.",
}


class OAuthProblem(Exception):
    """No code or token is given.

    :ivar error: one of :data:`MEANINGS`.
    :ivar description: a sentence for people.
    :ivar state: of the client, to be given back.
    :ivar redirect_uri: of the client, once it is known.
    """

    def __init__(
        self, error: str, description: str = "", state: str = "", redirect_uri: str = ""
    ) -> None:
        super().__init__(error)
        self.error = error
        self.description = description or MEANINGS[error]
        self.state = state
        self.redirect_uri = redirect_uri

    def output(self) -> dict[str, str]:
        """The members of the JSON answer."""
        value = {"error": self.error, "error_description": self.description}
        return {**value, "state": self.state} if self.state else value
