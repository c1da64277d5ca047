"""A process that is forked off after plugins were loaded gets refusals, and never hangs."""

from __future__ import annotations

import pytest
from plugin_host import ASK, ECHO, LET_GO, NOTHING, WAIT, MakeHost, PluginHost, in_a_child

from twisted_tyk.native import abi
from twisted_tyk.native.host import HostForked

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")


def test_every_use_in_a_child_is_refused(make: MakeHost) -> None:
    host = make()
    library = host.load(threads=2)
    calls = [host.submit(library, WAIT), host.submit(library, ASK, b"\1key")]
    host.until(lambda: host.asked)

    def child() -> None:
        with pytest.raises(HostForked):
            host.host.drain()
        with pytest.raises(HostForked):
            host.load()
        with pytest.raises(HostForked):
            host.submit(library, NOTHING)
        assert library.call(ECHO, b"x") == (abi.E_REFUSED, b"", 0.0, ())
        with pytest.raises(HostForked):
            library.close()
        host.asked[0][2](abi.OK, b"")
        library.state()
        host.host.close()

    in_a_child(child)
    # Nothing of that reached the parent.
    assert [call.result for call in calls] == [None, None]
    host.asked[0][2](abi.OK, b"value")
    library.call(LET_GO, b"")
    assert host.finish(calls[0])[0] == abi.OK
    assert host.finish(calls[1])[1] == b"value"


def test_a_child_may_have_a_host_of_its_own(host: PluginHost, make: MakeHost) -> None:
    host.run(host.load(), NOTHING)

    def child() -> None:
        own = make()
        assert own.run(own.load(), ECHO, b"x")[1] == b"x"

    in_a_child(child)
