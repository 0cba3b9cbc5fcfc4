"""Clients that evaluate with throwOnSideEffect, which V8 can do once at a time in an isolate."""

from __future__ import annotations

import pytest
from cdp import CdpError, Client
from inspected import FREE_PORT, attach, loop_in_thread
from jsrun import Runtime, RuntimeConfig
from waiting import in_thread, result

LONG = "{let all = []; for (let i = 0; i < 5e4; i++) all = [i, all.length]; all.length}"
FUNCTION = "function() " + LONG.replace("all.length}", "return all.length}")


def checks(client: Client, count: int, **parameters: object) -> list[int]:
    """Posts evaluations with the check, and says which."""
    this = client.send("Runtime.evaluate", expression="globalThis")["result"]["objectId"]
    requests = []
    for i in range(count):
        if i % 3:
            requests.append(
                client.post(
                    "Runtime.evaluate", expression=LONG, throwOnSideEffect=True, **parameters
                )
            )
        else:
            requests.append(
                client.post(
                    "Runtime.callFunctionOn",
                    objectId=this,
                    functionDeclaration=FUNCTION,
                    throwOnSideEffect=True,
                )
            )
    return requests


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in JavaScript that runs"])
@pytest.mark.parametrize("parameters", [{}, {"timeout": 60_000}], ids=["plain", "with a timeout"])
def test_checks_of_two_clients_have_their_turns(parameters: dict[str, object], busy: bool):
    with Runtime(RuntimeConfig(inspector=FREE_PORT)) as runtime:
        future = loop_in_thread(runtime) if busy else None
        clients = [attach(runtime, "Runtime", "Debugger") for _ in range(2)]
        posted = [checks(client, 6, **parameters) for client in clients]
        others = [clients[i].post("Runtime.evaluate", expression=f"var v{i} = 1") for i in (0, 1)]
        with attach(runtime, "Runtime", "Debugger"):
            pass  # one that comes and goes meanwhile
        for client, requests, other in zip(clients, posted, others):
            for request in requests:
                assert client.answer(request)["result"]["value"] == 2
            # What has effects, from the other client as well, is not watched.
            assert "exceptionDetails" not in client.answer(other)
        if future:
            clients[0].evaluate("go = false")
            assert result(future) == "stopped"
        for client in clients:
            client.close()


def test_checks_in_a_pause_have_their_turns():
    with Runtime(RuntimeConfig(inspector=FREE_PORT)) as runtime:
        clients = [attach(runtime, "Runtime", "Debugger") for _ in range(2)]
        future = in_thread(runtime.eval, "debugger; 1")
        frames = [client.paused()["callFrames"][0]["callFrameId"] for client in clients]
        requests = [
            (
                client,
                client.post(
                    "Debugger.evaluateOnCallFrame",
                    callFrameId=frame,
                    expression=LONG,
                    throwOnSideEffect=True,
                ),
            )
            for _ in range(4)
            for client, frame in zip(clients, frames)
        ]
        for client, request in requests:
            assert client.answer(request)["result"]["value"] == 2
        clients[0].send("Debugger.resume")
        assert result(future) == 1
        for client in clients:
            client.close()


@pytest.mark.parametrize("stop", ["Runtime.terminateExecution", "close"])
def test_an_endless_check_can_be_stopped(stop: str):
    with Runtime(RuntimeConfig(inspector=FREE_PORT)) as runtime:
        first, second = (attach(runtime, "Runtime") for _ in range(2))
        request = first.post("Runtime.evaluate", expression="for (;;);", throwOnSideEffect=True)
        waiting = second.post("Runtime.evaluate", expression="1 + 1", throwOnSideEffect=True)
        second.until_received()
        first.until_received()
        if stop == "close":
            runtime.terminate()
            return
        second.post(stop)
        with pytest.raises(CdpError):
            first.answer(request)
        assert second.answer(waiting)["result"]["value"] == 2
        first.close()
        second.close()
