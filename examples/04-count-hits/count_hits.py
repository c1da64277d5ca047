"""State that is set up once and shared by all requests."""

import json
from collections import Counter

from zope.interface import implementer

from twisted_tyk import IRequestHook, IResponseWriter, Request, ctx, log

logger = log.get()


@implementer(IRequestHook)
class CountHits:
    """Answers with how often this method and path were asked for.

    Hooks are called in one thread, the reactor's, one after the other: no lock.
    """

    def __init__(self) -> None:
        self._hits: Counter[str] = Counter()

    def hook(self, rw: IResponseWriter, request: Request) -> None:
        endpoint = f"{request.method} {request.url.path}"
        self._hits[endpoint] += 1
        hits = self._hits[endpoint]
        logger.info("hit {hits} of {endpoint}", hits=hits, endpoint=endpoint)
        if hits > 100:
            logger.warn("{endpoint} is popular", endpoint=endpoint)

        session = ctx.get_session(request)
        reply = {
            "session": session and session.to_json(),
            "endpoint": endpoint,
            "hit_counter": hits,
        }
        rw.headers.set("Content-Type", "application/json")
        rw.write(json.dumps(reply))
