"""Opening and closing the inspector of a runtime that runs."""

from __future__ import annotations

import threading

import pytest
from cdp import targets
from inspected import FREE_PORT, attach, endpoints_of, inspected, let_go, loop_in_thread
from jsrun import InspectorConfig, InspectorEndpoints, JavaScriptError, Runtime, RuntimeConfig
from waiting import in_thread, result, until


def test_opening_while_idle(runtime):
    assert runtime.inspector_endpoints() is None
    runtime.eval("var x = 41")
    endpoints = runtime.open_inspector(InspectorConfig(port=0, display_name="opened late"))
    assert isinstance(endpoints, InspectorEndpoints)
    assert endpoints == runtime.inspector_endpoints()
    assert targets(endpoints.host)[0]["title"] == "opened late"
    with attach(runtime) as client:
        client.send("Debugger.enable")
        assert client.evaluate("x + 1") == 42
        future = in_thread(runtime.eval, "debugger; x")
        client.paused()
        client.send("Debugger.resume")
        assert result(future) == 41


def test_opening_with_the_defaults(runtime):
    try:
        endpoints = runtime.open_inspector()
    except RuntimeError as error:  # another program has the port
        assert "127.0.0.1:9229" in str(error)
    else:
        assert endpoints.host == "127.0.0.1:9229"


def test_console_output_from_after_opening(runtime):
    runtime.open_inspector(FREE_PORT)
    runtime.eval("(() => { console.log('no client yet') })()")
    with attach(runtime) as client:
        client.send("Runtime.enable")
        event = client.event("Runtime.consoleAPICalled")
        assert event["args"][0]["value"] == "no client yet"


def test_opening_while_a_loop_runs(runtime):
    future = loop_in_thread(runtime)
    runtime.open_inspector(FREE_PORT)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        client.send("Debugger.pause")
        client.evaluate_in_frame(client.paused(), "go = false")
        client.send("Debugger.resume")
        assert result(future) == "stopped"


def test_opening_in_a_python_handler(runtime):
    runtime.bind_function("open", lambda: runtime.open_inspector(FREE_PORT) and None)
    runtime.bind_function("close", lambda: runtime.close_inspector())
    assert runtime.eval("open(); close(); open(); 'done'") == "done"
    with attach(runtime) as client:
        client.post("Runtime.evaluate", expression="close()")
        assert client.until_closed() == 1001
    assert runtime.inspector_endpoints() is None


def test_opening_twice(runtime):
    endpoints = runtime.open_inspector(FREE_PORT)
    with pytest.raises(RuntimeError, match=f"open already.*{endpoints.id}"):
        runtime.open_inspector(FREE_PORT)
    assert runtime.inspector_endpoints() == endpoints


def test_opening_a_configured_inspector():
    with Runtime(inspected()) as runtime, pytest.raises(RuntimeError, match="open already"):
        runtime.open_inspector(FREE_PORT)


def test_opening_the_inspector_of_an_ended_runtime():
    runtime = Runtime()
    runtime.close()
    with pytest.raises(RuntimeError, match="runtime is closed"):
        runtime.open_inspector(FREE_PORT)
    with Runtime() as other:
        other.terminate()
        with pytest.raises(RuntimeError, match="terminated"):
            other.open_inspector(FREE_PORT)


def test_a_port_that_is_taken_leaves_the_runtime_as_it_was(runtime):
    with Runtime(inspected()) as other:
        config = InspectorConfig(
            "0.0.0.0", endpoints_of(other).port, allow_remote=True, wait_for_connection=True
        )
        with pytest.raises(RuntimeError, match="Address already in use"):
            runtime.open_inspector(config)
    assert runtime.inspector_endpoints() is None
    assert runtime.eval("1 + 1") == 2


def test_wrong_settings(runtime):
    with pytest.raises(TypeError, match="InspectorConfig or None, not int"):
        runtime.open_inspector(9229)  # type: ignore[arg-type]


def test_closing(runtime):
    runtime.close_inspector()
    for _ in range(3):
        endpoints = runtime.open_inspector(FREE_PORT)
        with attach(runtime) as client:
            client.send("Debugger.enable")
            runtime.close_inspector()
            assert client.until_closed() == 1001
        assert runtime.inspector_endpoints() is None
        runtime.close_inspector()
        with Runtime(inspected(port=endpoints.port)):  # the port is free
            assert runtime.eval("1 + 1") == 2


def test_closing_ends_a_pause(runtime):
    runtime.open_inspector(FREE_PORT)
    client = attach(runtime)
    client.send("Debugger.enable")
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    runtime.close_inspector()
    assert result(future) == "went on"
    assert client.until_closed() == 1001


def test_closing_in_an_evaluation_of_the_debugger(runtime):
    runtime.open_inspector(FREE_PORT)
    runtime.bind_function("close", runtime.close_inspector)
    client = attach(runtime)
    client.send("Debugger.enable")
    client.post("Runtime.evaluate", expression="close(); var after = 'ran'")
    assert client.until_closed() == 1001
    assert until(lambda: runtime.eval("typeof after === 'undefined' ? '' : after")) == "ran"


def test_closing_ends_the_wait_for_a_debugger():
    config = inspected("var started = true", break_on_next_statement=True)
    with Runtime(config) as runtime:
        future = in_thread(runtime.eval, "started")
        runtime.close_inspector()
        assert result(future) is True
        with pytest.raises(JavaScriptError, match="again"):
            runtime.eval("throw 'again'")


def test_waiting_on_a_runtime_that_runs(runtime):
    runtime.eval("var x = 1")
    running = loop_in_thread(runtime)
    runtime.open_inspector(InspectorConfig(port=0, wait_for_connection=True))
    waiting = in_thread(runtime.eval, "x")
    with attach(runtime) as client:
        client.send("Runtime.enable")
        client.evaluate("go = false; x = 2")
        assert result(running) == "stopped"
        assert not waiting.done()
        let_go(client)
        assert result(waiting) == 2
    assert runtime.eval("x") == 2


def test_breaking_into_a_loop(runtime):
    future = loop_in_thread(runtime)
    runtime.open_inspector(InspectorConfig(port=0, break_on_next_statement=True))
    with attach(runtime) as client:
        client.send("Debugger.enable")
        let_go(client)
        client.evaluate_in_frame(client.paused(), "go = false")
        client.send("Debugger.resume")
        assert result(future) == "stopped"


def test_breaking_into_the_next_call(runtime):
    add = runtime.eval("(function add(a, b) { return a + b })")
    runtime.open_inspector(InspectorConfig(port=0, break_on_next_statement=True))
    future = in_thread(add, 1, 2)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        let_go(client)
        assert client.paused()["callFrames"][0]["functionName"] == "add"
        client.send("Debugger.resume")
        assert result(future) == 3


def test_the_wait_counts_against_no_timeout():
    with Runtime(RuntimeConfig(timeout=0.2)) as runtime:
        runtime.open_inspector(InspectorConfig(port=0, wait_for_connection=True))
        future = in_thread(runtime.eval, "1")
        assert not threading.Event().wait(0.4)
        with attach(runtime) as client:
            let_go(client)
            assert result(future) == 1


def test_many_threads_open_and_close(runtime):
    """Whatever their order, the runtime works, and its inspector is open or closed in the end."""

    def work(config: InspectorConfig) -> None:
        for _ in range(10):
            try:
                runtime.open_inspector(config)
            except RuntimeError as error:
                assert "open already" in str(error)
            runtime.eval("1")
            runtime.close_inspector()

    for future in [in_thread(work, FREE_PORT) for _ in range(4)]:
        result(future)
    assert runtime.inspector_endpoints() is None
    assert runtime.eval("1 + 1") == 2


def test_opening_while_another_thread_closes_the_runtime():
    for _ in range(10):
        runtime = Runtime()
        closing = in_thread(runtime.close)
        try:
            runtime.open_inspector(FREE_PORT)
        except RuntimeError as error:
            assert "closed" in str(error)
        result(closing)
