"""How attrs fields are tied to JSON keys: what a field says beside its type.

A class that is read from JSON declares its keys with :func:`key`. Keys that Tyk
knows and nothing here acts on yet stand in the class variable ``NOT_ACTED_ON``,
so that they are neither refused nor taken for typing errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar

import attrs

T = TypeVar("T")

#: What editors look for at the top of a document; readers take no notice of it.
SCHEMA: Final = "$schema"


@attrs.frozen
class Between:
    """A range of numbers, ends included, for ``Annotated[int, Between(0, 65535)]``.

    :ivar what: with its article, for messages.
    :ivar or_zero: 0 is let through as well, for "not given".
    """

    low: float
    high: float = float("inf")
    what: str = "a number"
    or_zero: bool = False

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high or (self.or_zero and number == 0)

    def __str__(self) -> str:
        if self.high == float("inf"):
            return f"{self.what} of at least {self.low:g}"
        return f"{self.what} from {self.low:g} to {self.high:g}"


#: A TCP port; 0 means "not given" wherever Tyk has a port.
Port = Annotated[int, Between(0, 65535)]
#: A number of things: connections, bytes, whole seconds.
Count = Annotated[int, Between(0)]
#: A time in seconds, fractions allowed.
Seconds = Annotated[float, Between(0)]
#: A status of an answer that turns a request away; 0 leaves the usual.
RefusalStatus = Annotated[int, Between(400, 599, "a status", or_zero=True)]


def key(
    default: T,
    *,
    name: str = "",
    also: str = "",
    env: str = "",
    secret: bool = False,
    path: bool = False,
    convert: Callable[[Any], Any] | None = None,
) -> T:
    """Declare a JSON key as a field of an attrs class.

    :param default: the value when the key is missing or ``null``; an
        :class:`attrs.Factory` for maps.
    :param name: the JSON key where it is not the field's name.
    :param also: a second name under which the key is accepted.
    :param env: the last part of the environment variable's name, where it is
        not the key in upper case without underscores (Go's field names differ).
    :param secret: keep the value out of messages and of ``repr``.
    :param path: the value is a file name, relative to the configuration's folder.
    :param convert: an attrs converter, applied to every given or default value.
    """
    metadata = {"name": name, "also": also, "env": env, "secret": secret, "path": path}
    field: Any = attrs.field(default=default, metadata=metadata, repr=not secret, converter=convert)
    return field  # type: ignore[no-any-return]


def zero_means(default: T, **more: Any) -> T:
    """Declare a key whose zero value (0 or ``""``) stands for ``default``, as Tyk's do."""
    return key(default, convert=lambda value: value or default, **more)


def not_a_key(default: T) -> T:
    """Declare a field that no JSON key fills; it is left out of comparisons and ``repr``."""
    field: Any = attrs.field(default=default, metadata={"no_key": True}, repr=False, eq=False)
    return field  # type: ignore[no-any-return]


def names(text: str) -> Mapping[str, str]:
    """Read a list of keys for ``NOT_ACTED_ON``: ``key`` or ``key=ENVNAME``, blanks between.

    :returns: JSON key to the last part of its environment variable.
    """
    pairs = (word.partition("=")[::2] for word in text.split())
    return MappingProxyType({name: env or env_name(name) for name, env in pairs})


def env_name(name: str) -> str:
    """The usual environment name of a key: ``listen_port`` is ``LISTENPORT``."""
    return name.replace("_", "").upper()


def fields_by_key(kind: type) -> dict[str, attrs.Attribute[Any]]:
    """The fields of ``kind`` by their JSON keys, in order."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    return {f.metadata.get("name") or f.name: f for f in fields if "no_key" not in f.metadata}


@cache
def fields_by_spelling(kind: type) -> Mapping[str, attrs.Attribute[Any]]:
    """The same by every accepted name, in lower case. Asked for with each object that is read."""
    fields = fields_by_key(kind)
    others = {f.metadata["also"]: f for f in fields.values() if f.metadata.get("also")}
    return MappingProxyType({name.lower(): f for name, f in (fields | others).items()})


def not_acted_on(kind: type) -> Mapping[str, str]:
    """The keys of ``kind`` that Tyk knows and this gateway does not act on."""
    known: Mapping[str, str] = getattr(kind, "NOT_ACTED_ON", MappingProxyType({}))
    return known
