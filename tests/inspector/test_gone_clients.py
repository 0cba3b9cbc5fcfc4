"""Messages that a client has queued when it goes, or when the runtime closes, are not handled."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from cdp import RawClient
from inspected import attach, endpoints_of, inspected
from jsrun import Runtime
from waiting import TIMEOUT, in_thread, result, until

MAKE_LARGE_HEAP = "globalThis.kept = []; for (let i = 0; i < 200000; i++) kept.push({i})"
"""Its snapshot is larger than what may wait for a client that does not read."""


@pytest.fixture
def ticks() -> list[int]:
    return []


@pytest.fixture
def runtime(ticks: list[int]) -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        runtime.bind_function("tick", lambda: ticks.append(1))
        runtime.eval(MAKE_LARGE_HEAP)
        yield runtime


def queue_over_websocket(runtime: Runtime) -> Callable[[], None]:
    """A client that does not read: V8 waits in the middle of a snapshot and serves no client."""
    client = RawClient(endpoints_of(runtime).websocket_url, buffer=4096)
    client.send(json.dumps({"id": 1, "method": "HeapProfiler.takeHeapSnapshot"}))
    until(client.has_stopped)
    for number in range(2, 100):
        request = {"id": number, "method": "Runtime.evaluate", "params": {"expression": "tick()"}}
        client.send(json.dumps(request))
    return client.vanish


def queue_in_process(runtime: Runtime) -> Callable[[], None]:
    session = runtime.inspector_session(timeout=TIMEOUT)
    reading, leaving = threading.Event(), threading.Event()

    def read_slowly(_event: object) -> None:
        reading.set()
        assert leaving.wait(TIMEOUT)

    session.on("HeapProfiler.addHeapSnapshotChunk", read_slowly)
    session.post("HeapProfiler.takeHeapSnapshot")
    assert reading.wait(TIMEOUT)
    for _ in range(98):
        session.post("Runtime.evaluate", expression="tick()")

    def leave() -> None:
        session._core.close()
        leaving.set()
        session.close()

    return leave


@pytest.mark.parametrize("queue", [queue_over_websocket, queue_in_process])
@pytest.mark.parametrize("is_paused", [False, True])
def test_messages_of_a_client_that_has_gone(runtime, ticks, queue, is_paused):
    program = None
    if is_paused:
        debugger = attach(runtime, "Debugger")
        program = in_thread(runtime.eval, "debugger; 'done'")
        debugger.paused()
    leave = queue(runtime)
    leave()
    if program is not None:
        debugger.send("Debugger.resume")
        assert result(program) == "done"
        debugger.close()
    until(lambda: not runtime.debugger_attached)
    assert runtime.eval("1 + 1") == 2
    assert ticks == []


def test_messages_of_another_client_are_handled(runtime, ticks):
    leave = queue_over_websocket(runtime)
    other = attach(runtime)
    last = [other.post("Runtime.evaluate", expression="tick()") for _ in range(10)][-1]
    leave()
    other.answer(last)
    assert len(ticks) == 10
    other.close()


@pytest.mark.parametrize("queue", [queue_over_websocket, queue_in_process])
def test_messages_that_are_queued_when_the_runtime_closes(runtime, ticks, queue):
    leave = queue(runtime)
    closing = in_thread(runtime.close)
    until(runtime.is_closed)
    leave()
    result(closing)
    assert ticks == []
