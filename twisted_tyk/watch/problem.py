"""Why something can not be watched."""


class WatchError(Exception):
    """The text is a sentence for the log."""
