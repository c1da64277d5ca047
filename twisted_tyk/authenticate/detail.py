"""Keys whose requests are recorded whole."""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck
from twisted_tyk.message.detail import begin


@implementer(ICheck)
@frozen
class KeyDetail:
    """Stands where the client is known: copies what its key asks to have recorded whole.

    :ivar limit: bytes of each body.
    """

    limit: int

    name = "DetailRecording"

    def process(self, exchange: Exchange) -> None:
        """Begin, when the key says so."""
        session = exchange.session
        if session is not None and (
            session.enable_detailed_recording or session.enable_detail_recording
        ):
            begin(exchange, self.limit)
