"""Services, from threads that may wait and from those that must not."""

from __future__ import annotations

from plugin_host import ASK, ECHO, LIE, THREAD, PluginHost

from twisted_tyk.native import abi

GET = bytes([abi.STORE_GET])


def test_a_call_is_given_the_answer(host: PluginHost) -> None:
    library = host.load()
    host.answer = abi.OK, b"value"
    assert host.run(library, ASK, GET + b"key")[:2] == (abi.OK, b"value")
    assert [(service, given) for service, given, _ in host.asked] == [(abi.STORE_GET, b"key")]


def test_a_call_waits_until_the_answer_is_there(host: PluginHost) -> None:
    library = host.load()
    first, second = host.submit(library, ASK, GET + b"1"), host.submit(library, ASK, GET + b"2")
    host.until(lambda: len(host.asked) == 2)
    assert host.run(library, ECHO, b"others run")[1] == b"others run"
    assert (first.result, second.result) == (None, None)
    answers = {given: answer for _, given, answer in host.asked}
    answers[b"2"](abi.E_MISSING, b"")
    assert host.finish(second)[:2] == (abi.E_MISSING, b"")
    answers[b"1"](abi.OK, b"one")
    assert host.finish(first)[:2] == (abi.OK, b"one")
    # One answer is one answer.
    answers[b"1"](abi.OK, b"more")


def test_large_things_are_stored_and_fetched(host: PluginHost) -> None:
    library = host.load()
    host.answer = abi.OK, bytes(range(256)) * 8000
    given = b"x" * 1_500_000
    assert host.run(library, ASK, GET + given)[1] == host.answer[1]
    assert host.asked[0][1] == given


def test_many_threads_ask_at_once(host: PluginHost) -> None:
    library = host.load(threads=8)
    calls = [host.submit(library, ASK, GET + b"%d" % index) for index in range(500)]
    answered = 0

    def reached() -> bool:
        nonlocal answered
        for _, given, answer in host.asked[answered:]:
            answer(abi.OK, b"to " + given)
        answered = len(host.asked)
        return all(call.result for call in calls)

    host.until(reached)
    given = [call.result and call.result[1] for call in calls]
    assert given == [b"to %d" % index for index in range(500)]


def test_an_inline_call_must_not_wait(host: PluginHost) -> None:
    library = host.load()
    host.answer = abi.OK, b"value"
    assert library.call(ASK, GET + b"key")[:2] == (abi.E_REFUSED, b"")
    assert host.run(library, ASK, GET + b"key")[:2] == (abi.OK, b"value")
    assert len(host.asked) == 1


def test_threads_of_the_plugins_own_ask_tell_and_measure(host: PluginHost) -> None:
    library = host.load()
    library.call(THREAD, b"")
    host.until(lambda: host.asked)
    assert host.told == [("plugin.so", abi.INFO, "begun", '{"a": 1}')]
    host.asked[0][2](abi.OK, b"found")
    host.until(lambda: host.metered)
    assert host.told[1:] == [("plugin.so", abi.WARNING, "0 found", "")]
    assert host.metered == [("plugin.so", abi.COUNTER, "asked", 1.0)]


def test_services_are_there_until_the_plugin_is_shut_down(host: PluginHost) -> None:
    library = host.load()
    call = host.submit(library, ASK, GET + b"key")
    host.until(lambda: host.asked)
    closed = library.close()
    host.asked[0][2](abi.OK, b"in time")
    host.until(lambda: closed.called)
    assert host.finish(call)[1] == b"in time"


def test_memory_that_is_given_back_can_not_wait_for_the_reactor(host: PluginHost) -> None:
    library = host.load("ask when freed")
    frame = b"x" * 70_000
    assert library.call(ECHO, frame)[:2] == (abi.OK, frame)
    assert library.call(LIE, b"\x08")[0] == abi.E_ARGUMENT
    assert (host.freed(library), host.asked) == (2, [])
