"""Bundles of a web server or a folder, brought here: patiently, and only when they are new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen
from twisted.internet.defer import Deferred, DeferredSemaphore, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH

from twisted_tyk.bundles.ask import answer
from twisted_tyk.bundles.copy import copied
from twisted_tyk.bundles.download import Download
from twisted_tyk.bundles.plain import drop
from twisted_tyk.bundles.source import NotFetched, Source, Version
from twisted_tyk.bundles.validator import version_of

if TYPE_CHECKING:
    from treq.client import HTTPClient

#: Connections to servers, or files that are copied.
AT_A_TIME: Final = 32
#: Tries after the first one that failed, as Tyk's.
RETRIES: Final = 4
#: Seconds before the first of them; each of the others waits twice as long, …
_FIRST_WAIT: Final = 0.5
#: … up to this.
_LONGEST_WAIT: Final = 5.0
#: Seconds for all of it: reloads wait for what a server sends drop by drop.
LONGEST: Final = 900.0
#: Ends the names of files that are being fetched.
_PART: Final = ".part"
#: Seconds after which one that nothing was written to is nobody's.
_LEFT_AFTER: Final = 3600.0
#: Seconds between the lines of a download that takes long.
_TELL_AFTER: Final = 5.0


@frozen
class Fetched:
    """
    :ivar file: with what was fetched. Whoever got it removes it, in the end.
    :ivar etag: tells this version from others; see :meth:`Fetcher.fetch`.
    :ivar source: where it came from, for people: without what may be secret.
    """

    file: Path
    etag: str
    source: str


@frozen
class Fetcher:
    """
    :ivar web: asks servers; it connects within five seconds, and verifies as it was made to.
    :ivar clock: of waits and time limits.
    :ivar seconds: Unix time, which those of files are compared with.
    :ivar in_thread: calls what reads and writes files.
    :ivar base_url: ``bundle_base_url``.
    :ivar base: the folder that a relative ``file://`` starts from.
    :ivar folder: where what is fetched is put.
    :ivar largest: bytes of a bundle.
    """

    log = Logger()

    web: HTTPClient
    clock: IReactorTime
    seconds: Callable[[], float]
    in_thread: Callable[..., Deferred[Any]]
    base_url: str = field(repr=False)
    base: Path
    folder: Path
    largest: int
    #: One is held for a try, and not between two: others are not to wait for a silent server.
    _connections: DeferredSemaphore = field(
        factory=lambda: DeferredSemaphore(AT_A_TIME), init=False, repr=False
    )

    def fetch(self, name: str, etag: str = "") -> Deferred[Fetched | None]:
        """The bundle of this name, ``None`` when it is still the one that has this ``etag``.

        A try that may go better is made again four times, after 0.5, 1, 2 and 4 seconds: when
        there is no connection, when it breaks off or stands still for five seconds, and after
        a status from 500. All of them have fifteen minutes. Cancel it to give up.

        :param etag: of the one that is here already: what :class:`Fetched` said of it.
        :returns: fails with :class:`~twisted_tyk.bundles.source.NotFetched`.
        """
        fetched: Deferred[Fetched | None] = self._fetched(name, etag)
        late = self.clock.callLater(LONGEST, fetched.cancel)

        def over(found: Any) -> Any:
            if not late.active() and isinstance(found, Failure):
                raise NotFetched(f"it is not here after {LONGEST:g} s")
            if late.active():
                late.cancel()
            return found

        return fetched.addBoth(over)

    def sweep(self) -> None:
        """Remove what gateways left in ``folder`` that ended while they fetched. For a thread.

        :raises OSError: when it cannot be removed.
        """
        for file in self.folder.glob(f"*{_PART}"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < self.seconds() - _LEFT_AFTER:
                    file.unlink()

    @inlineCallbacks
    def _fetched(self, name: str, etag: str) -> Any:
        source = Source.of(self.base_url, name, self.base)
        known = Version.parse(etag)
        if known is not None and known.source != source.digest:
            known = None
        if source.file is None:
            found = yield self._after_tries(name, source, known)
        else:
            found = yield self._connections.run(self._copied, source, source.file, known)
        return found

    @inlineCallbacks
    def _copied(self, source: Source, file: Path, known: Version | None) -> Any:
        with self._kept() as (to, handle):
            value = yield self.in_thread(
                copied, file, handle, known.value if known else "", self.largest, self.seconds()
            )
            if value is None:
                to.unlink()
                return None
            return Fetched(to, str(Version(source.digest, "file", value)), source.shown)

    @inlineCallbacks
    def _after_tries(self, name: str, source: Source, known: Version | None) -> Any:
        wait = _FIRST_WAIT
        for left in range(RETRIES, -1, -1):
            try:
                found = yield self._connections.run(self._tried, name, source, known)
                return found
            except NotFetched as error:
                if not error.again or not left:
                    raise NotFetched(f"{error} ({source.shown})") from None
                self.log.warn(
                    "bundle {name}: {error} ({source}); it is tried again in {wait} s",
                    name=name, error=error, source=source.shown, wait=wait,
                )  # fmt: skip
            yield deferLater(self.clock, wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    @inlineCallbacks
    def _tried(self, name: str, source: Source, known: Version | None) -> Any:
        response = yield answer(self.web, self.clock, source, known)
        if response.code == 304 and known is not None:
            drop(response)
            return None
        if response.code != 200:
            drop(response)
            raise NotFetched(
                f"HTTP Error, got status code {response.code}", again=response.code >= 500
            )
        total = 0 if response.length is UNKNOWN_LENGTH else response.length
        if total > self.largest:
            drop(response)
            raise NotFetched(f"it has {total} bytes, bundle_max_size allows {self.largest}")
        with self._kept() as (to, handle), os.fdopen(handle, "wb") as file:
            download = Download(
                file, self.in_thread, self.clock, self.largest, self._teller(name, total)
            )
            response.deliverBody(download)
            yield download.done
        return Fetched(to, version_of(source, response.headers), source.shown)

    @contextmanager
    def _kept(self) -> Iterator[tuple[Path, int]]:
        """A new file, which is gone again unless all goes well."""
        try:
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(_PART, dir=self.folder)
        except OSError as error:
            raise NotFetched(f"{error.filename}: {error.strerror}") from None
        try:
            yield Path(name), handle
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise

    def _teller(self, name: str, total: int) -> Callable[[int], None]:
        """Logs how far it is, every few seconds."""
        last = self.clock.seconds()

        def tell(received: int) -> None:
            nonlocal last
            if self.clock.seconds() - last < _TELL_AFTER:
                return
            last = self.clock.seconds()
            far = f" of {total} bytes, {100 * received // total} %" if total else " bytes"
            self.log.info(
                "bundle {name}: {received}{far}, and going on",
                name=name, received=received, far=far,
            )  # fmt: skip

        return tell
