"""The process of a plugin: it loads the library and does what the gateway says.

One thread talks to the gateway; the host's threads run the plugin. It ends
when the gateway says so, or at once when the gateway is gone.
"""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from twisted_tyk.native.process import wire
from twisted_tyk.native.process.channel import Channel, Closed
from twisted_tyk.native.process.parent import die_with
from twisted_tyk.native.process.talk import Host, Talk

_LINE_BUFFERED: Final = 1


def serve(channel: Channel, make_host: Callable[..., Host]) -> None:
    """Load what the first message names, and run it to its end."""
    from twisted_tyk.native.contract import Loading
    from twisted_tyk.native.manifest import Manifest
    from twisted_tyk.native.process.limits import limit_memory

    talk = Talk(channel)
    first = talk.wait()
    file, copy, manifest, config, numbers = wire.strings(first.data, 5)
    threads, memory, shutdown, starting = numbers.split()
    loading = Loading(
        file=file.decode("utf-8", "surrogateescape"),
        copy=copy.decode("utf-8", "surrogateescape"),
        manifest=Manifest.parse(manifest.decode()),
        config=config,
        threads=int(threads),
    )
    limit_memory(int(memory), loading.threads)
    host = make_host(
        talk.service,
        talk.told,
        talk.metered,
        grace=float(shutdown),
        load_time=float(starting),
        soon=talk.soon.append,
    )
    try:
        library = host.load(loading)
    except Exception as error:
        host.drain()  # what the plugin itself says of it comes first
        channel.put(wire.FAILED, data=str(error).encode("utf-8", "replace"))
    else:
        channel.put(wire.READY)
        talk.send()
        talk.run(host, library)
    host.drain()
    talk.send()
    host.close()


def main(connection: int, parent: int) -> None:
    """
    :param connection: descriptor of the socket to the gateway.
    :param parent: process id of the gateway.
    """
    # Before a library is loaded: Go keeps the handlers that it finds.
    faulthandler.enable()
    die_with(parent, "the gateway")
    libc = ctypes.CDLL(None)
    # Lines that a plugin prints are to arrive when it prints them.
    libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, _LINE_BUFFERED, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A service manager sends them to all processes of the gateway, which
        # lets calls finish. Not SIG_IGN, which programs started here would inherit.
        signal.signal(number, lambda number, frame: None)

    import socket

    from twisted_tyk.native.host import make_host

    channel = Channel(socket.socket(fileno=connection))
    os.set_inheritable(connection, False)
    with suppress(Closed):
        serve(channel, make_host)
    libc.fflush(None)
    # Neither Python nor the plugin takes things down in order while threads of it run.
    os._exit(0)
