"""The asyncio peer: a plain proxy from aiohttp's server and client, on uvloop."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping

import aiohttp
import uvloop
from aiohttp import web
from multidict import CIMultiDict

# Framing belongs to each connection, and both sides of aiohttp write their own.
OWN = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
TARGET = f"http://127.0.0.1:{sys.argv[2]}"
SESSION = web.AppKey("session", aiohttp.ClientSession)


def passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in OWN)


async def forward(request: web.Request) -> web.Response:
    body = await request.read() if request.can_read_body else None
    async with request.app[SESSION].request(
        request.method,
        TARGET + request.raw_path,
        headers=passed_on(request.headers),
        data=body,
        allow_redirects=False,
    ) as answer:
        return web.Response(
            status=answer.status, headers=passed_on(answer.headers), body=await answer.read()
        )


async def session(app: web.Application) -> AsyncIterator[None]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    ) as app[SESSION]:
        yield


def main() -> None:
    app = web.Application(client_max_size=1 << 31)
    app.cleanup_ctx.append(session)
    app.router.add_route("*", "/{path:.*}", forward)
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=None,
        backlog=4096,
        loop=uvloop.new_event_loop(),
        print=None,
    )


main()
