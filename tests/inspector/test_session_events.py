"""Events of a session inside the program."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

import pytest
from jsrun import (
    InspectorError,
    InspectorEvent,
    InspectorSession,
    Runtime,
)
from waiting import TIMEOUT, in_thread, result, until


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InspectorSession]:
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        yield session


def log(runtime: Runtime, count: int) -> None:
    runtime.eval(f"for (let i = 0; i < {count}; i++) console.log(i)")


def test_events_one_after_the_other(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 5)
    events = session.events("Runtime.consoleAPICalled")
    assert [next(events).params["args"][0]["value"] for _ in range(5)] == list(range(5))


def test_an_iteration_ends_with_the_session(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 3)
    session.send("Runtime.disable")
    session.close()
    events = list(session.events("Runtime.consoleAPICalled"))
    assert [event.method for event in events] == ["Runtime.consoleAPICalled"] * 3
    assert session.closed


async def test_events_for_asyncio(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Runtime.enable")
        log(runtime, 3)
        seen = []
        async for event in session.events("Runtime.consoleAPICalled"):
            seen.append(event.params["args"][0]["value"])
            if len(seen) == 3:
                session.close()
        assert seen == [0, 1, 2]


def test_waiting_for_an_event_that_is_accepted(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 10)
    params = session.wait_for(
        "Runtime.consoleAPICalled", accept=lambda params: params["args"][0]["value"] == 7
    )
    assert params["args"][0]["value"] == 7
    assert session.wait_for("Runtime.consoleAPICalled")["args"][0]["value"] == 0


def test_listeners(runtime, session):
    calls: list[str] = []
    remove = session.on("Runtime.consoleAPICalled", lambda event: calls.append("console"))
    session.on("*", lambda event: calls.append(event.method))
    session.send("Runtime.enable")
    log(runtime, 1)
    session.send("Runtime.disable")
    assert calls == ["Runtime.executionContextCreated", "console", "Runtime.consoleAPICalled"]
    remove()
    remove()
    session.send("Runtime.enable")  # reports again what was logged
    assert calls[3:] == ["Runtime.executionContextCreated", "Runtime.consoleAPICalled"]


def test_events_keep_their_order_while_a_listener_waits_for_an_answer(runtime, session):
    order: list[Any] = []

    def listener(event: InspectorEvent) -> None:
        session.send("Runtime.evaluate", expression="1")
        order.append(event.params["args"][0]["value"])

    session.on("Runtime.consoleAPICalled", listener)
    session.send("Runtime.enable")
    log(runtime, 20)
    until(lambda: len(order) == 20)
    assert order == list(range(20))


def test_a_listener_that_raises_is_reported(runtime, session, monkeypatch):
    reports: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", reports.append)
    session.on("Runtime.consoleAPICalled", lambda event: 1 / 0)
    session.send("Runtime.enable")
    log(runtime, 2)
    until(lambda: len(reports) == 2)
    assert reports[0].exc_type is ZeroDivisionError
    assert session.send("Runtime.evaluate", expression="1")


def test_a_listener_cannot_wait_for_events(runtime, session):
    errors: list[BaseException] = []

    def listener(event: InspectorEvent) -> None:
        try:
            session.wait_for("Debugger.paused")
        except RuntimeError as error:
            errors.append(error)

    session.on("Runtime.executionContextCreated", listener)
    session.send("Runtime.enable")
    until(lambda: errors)


def test_the_oldest_events_are_dropped_when_nobody_reads(runtime):
    with runtime.inspector_session(timeout=TIMEOUT, max_events=10) as session:
        session.send("Runtime.enable")
        log(runtime, 100)
        session.send("Runtime.disable")
        events = session.events("Runtime.consoleAPICalled")
        with pytest.raises(InspectorError, match="91 events were lost"):
            next(events)
        assert [next(events).params["args"][0]["value"] for _ in range(10)] == list(range(90, 100))


def test_a_slow_listener_slows_the_producer_and_loses_no_event(runtime, session):
    """More events than the queue holds, while the listener is held up."""
    go_on = threading.Event()
    sizes: list[int] = []

    def listener(event: InspectorEvent) -> None:
        go_on.wait(TIMEOUT)
        sizes.append(len(event.params["args"][0]["value"]))

    session.on("Runtime.consoleAPICalled", listener)
    session.send("Runtime.enable")
    future = in_thread(
        runtime.eval, "for (let i = 0; i < 40; i++) console.log('x'.repeat(2 ** 20)); 1"
    )
    with pytest.raises(FutureTimeout):
        future.result(timeout=0.2)
    go_on.set()
    assert result(future) == 1
    until(lambda: len(sizes) == 40)
    assert set(sizes) == {2**20}


def test_close_does_not_wait_for_a_blocked_listener(runtime):
    """The runtime waits for the session's thread, and that waits for the runtime's end."""
    session = runtime.inspector_session(timeout=TIMEOUT)
    session.on("Runtime.consoleAPICalled", lambda event: runtime.close())
    session.send("Runtime.enable")
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("for (;;) console.log('x'.repeat(2 ** 20))")
    until(lambda: session.closed)
