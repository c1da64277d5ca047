"""The gateway's own settings: ``tyk.conf`` and the ``TYK_GW_…`` variables."""

from twisted_tyk.settings.load import Loaded, load
from twisted_tyk.settings.model import Settings

__all__ = ["Loaded", "Settings", "load"]
