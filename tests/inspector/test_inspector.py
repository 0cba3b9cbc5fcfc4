"""Debugging a runtime, over the Chrome DevTools Protocol."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator

import jsrun
import pytest
from cdp import CdpError, Client, fetch, targets
from inspected import attach, endpoints_of, inspected, let_go
from jsrun import (
    InspectorEndpoints,
    JavaScriptError,
    Runtime,
    RuntimeTerminated,
)
from waiting import in_thread, result, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

SCRIPT = """\
function add(a, b) {
  debugger;
  return a + b;
}
"""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        yield runtime


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Client]:
    """Attached, with the debugger on."""
    with attach(runtime, "Runtime", "Debugger") as client:
        yield client


# --- finding it -----------------------------------------------------------------------------------


def test_no_inspector_no_endpoints():
    with Runtime() as runtime:
        assert runtime.inspector_endpoints() is None


def test_endpoints():
    config = inspected(display_name="my app", target_url="app://main")
    with Runtime(config) as runtime:
        endpoints = endpoints_of(runtime)
        assert isinstance(endpoints, InspectorEndpoints)
        assert endpoints.port > 0
        assert endpoints.host == f"127.0.0.1:{endpoints.port}"
        assert endpoints.websocket_url.startswith(f"ws://{endpoints.host}/")
        assert endpoints.id in endpoints.websocket_url
        assert endpoints.id in endpoints.devtools_frontend_url
        assert endpoints.devtools_frontend_url.startswith("devtools://")
        assert (endpoints.title, endpoints.target_url) == ("my app", "app://main")
        assert runtime.inspector_endpoints() == endpoints
    assert runtime.inspector_endpoints() == endpoints


def test_the_target_is_listed(runtime):
    endpoints = endpoints_of(runtime)
    (target,) = targets(endpoints.host)
    assert target["id"] == endpoints.id
    assert target["type"] == "node"
    assert target["title"] == endpoints.title
    assert target["webSocketDebuggerUrl"] == endpoints.websocket_url
    status, version = fetch(endpoints.host, "/json/version")
    assert status == 200
    assert jsrun._jsrun.v8_version.encode() in version


def test_two_runtimes_share_an_endpoint():
    with Runtime(inspected(display_name="one")) as one:
        port = endpoints_of(one).port
        with Runtime(inspected(port=port, display_name="two")) as two:
            host = endpoints_of(one).host
            assert endpoints_of(two).host == host
            assert {target["title"] for target in targets(host)} == {"one", "two"}
            one.eval("var who = 'one'")
            two.eval("var who = 'two'")
            with attach(one) as to_one, attach(two) as to_two:
                assert to_one.evaluate("who") == "one"
                assert to_two.evaluate("who") == "two"
        assert [target["title"] for target in targets(host)] == ["one"]


def test_a_port_is_free_after_the_last_runtime():
    runtime = Runtime(inspected())
    port = endpoints_of(runtime).port
    runtime.close()
    with Runtime(inspected(port=port)) as again:
        assert endpoints_of(again).port == port


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"127.0.0.1:{port}"):
            Runtime(inspected(port=port))


def test_an_address_that_is_not_this_machine():
    with pytest.raises(RuntimeError, match="192.0.2.1"):
        Runtime(inspected(host="192.0.2.1", allow_remote=True))


def test_other_than_loopback_has_to_be_asked_for():
    with pytest.raises(RuntimeError, match="0.0.0.0"):
        Runtime(inspected(host="0.0.0.0"))
    with Runtime(inspected(host="0.0.0.0", allow_remote=True)) as runtime:
        host = f"127.0.0.1:{endpoints_of(runtime).port}"
        assert fetch(host, "/json/list")[0] == 401


def test_a_failed_bootstrap_frees_the_port():
    with Runtime(inspected()) as runtime:
        port = endpoints_of(runtime).port
    with pytest.raises(JavaScriptError):
        Runtime(inspected("throw 1", port=port))
    with Runtime(inspected(port=port)):
        pass


# --- who may ask ----------------------------------------------------------------------------------


def test_a_foreign_host_is_refused(runtime):
    host = endpoints_of(runtime).host
    assert fetch(host, "/json/list", Host="evil.example")[0] == 403
    assert fetch(host, "/json/list", Host="localhost")[0] == 200


def test_a_foreign_origin_is_refused(runtime):
    url = endpoints_of(runtime).websocket_url
    for headers in [{"origin": "https://evil.example"}, {"origin": "http://localhost:8000"}]:
        with pytest.raises(InvalidStatus) as refused:
            connect(url, **headers)
        assert refused.value.response.status_code == 403
    with connect(url, origin="devtools://devtools"):
        pass


def test_an_unknown_target_is_refused(runtime):
    endpoints = endpoints_of(runtime)
    url = endpoints.websocket_url.replace(endpoints.id, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(InvalidStatus):
        connect(url)


# --- debugging ------------------------------------------------------------------------------------


def test_break_look_and_go_on(runtime, client):
    runtime_result = in_thread(lambda: runtime.eval(SCRIPT + "add(1, 2)", filename="add.js"))
    paused = client.paused()
    frames = paused["callFrames"]
    assert [frame["functionName"] for frame in frames] == ["add", ""]
    assert client.url_of(frames[0]) == "add.js"
    assert frames[0]["location"]["lineNumber"] == 1
    assert client.evaluate_in_frame(paused, "a * 100 + b") == 102
    client.evaluate_in_frame(paused, "b = 40")
    client.send("Debugger.resume")
    assert result(runtime_result) == 41


def test_a_breakpoint_by_url(runtime, client):
    client.send("Debugger.setBreakpointByUrl", url="loop.js", lineNumber=1)
    future = in_thread(
        lambda: runtime.eval(
            "for (let i = 0; i < 2; i++) {\n  globalThis.at = i\n}", filename="loop.js"
        )
    )
    for i in range(2):
        paused = client.paused()
        assert client.evaluate_in_frame(paused, "i") == i
        client.send("Debugger.resume")
    assert result(future) == 1


def test_stepping(runtime, client):
    future = in_thread(lambda: runtime.eval(SCRIPT + "add(1, 2)", filename="add.js"))
    client.paused()
    client.send("Debugger.stepOver")
    assert client.paused()["callFrames"][0]["location"]["lineNumber"] == 2
    client.send("Debugger.stepOut")
    assert client.paused()["callFrames"][0]["functionName"] == ""
    client.send("Debugger.resume")
    assert result(future) == 3


def test_the_gil_is_free_while_paused(runtime, client):
    """This thread is the client: it could not go on otherwise."""
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    with Runtime() as other:
        assert other.eval("1 + 1") == 2
    client.send("Debugger.resume")
    assert result(future) == "went on"


def test_an_endless_loop_from_before_the_client_came(runtime):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "var go = true; started(); while (go) {} 'stopped'")
    started.wait()
    with attach(runtime) as client:
        client.send("Debugger.enable")
        client.send("Debugger.pause")
        paused = client.paused()
        client.evaluate_in_frame(paused, "go = false")
        client.send("Debugger.resume")
        assert result(future) == "stopped"


def test_console_output_reaches_the_debugger(runtime, client):
    runtime.eval("console.log('hello', {a: 1}, 42)")
    event = client.event("Runtime.consoleAPICalled")
    assert event["type"] == "log"
    assert [event["args"][0]["value"], event["args"][2]["value"]] == ["hello", 42]


def test_console_output_from_before_the_client_came(runtime):
    runtime.eval("console.warn('early')")
    with attach(runtime) as client:
        client.send("Runtime.enable")
        event = client.event("Runtime.consoleAPICalled")
        assert (event["type"], event["args"][0]["value"]) == ("warning", "early")


def test_pause_on_uncaught_exceptions_stops_for_what_reaches_python(runtime, client):
    client.send("Debugger.setPauseOnExceptions", state="uncaught")
    future = in_thread(runtime.eval, "try { throw 'caught' } catch {}\nthrow new Error('uncaught')")
    paused = client.paused()
    assert paused["reason"] == "exception"
    assert "uncaught" in paused["data"]["description"]
    client.send("Debugger.resume")
    with pytest.raises(JavaScriptError, match="Error: uncaught"):
        result(future)


def test_python_frames_in_between(runtime, client):
    """JavaScript → Python → JavaScript, stopped in the innermost."""
    threads: list[int] = []

    def middle(n: int) -> int:
        threads.append(threading.get_ident())
        return runtime.eval(f"(function inner() {{ debugger; return {n} + 1 }})()")

    runtime.bind_function("middle", middle)

    def work() -> tuple[int, int]:
        return runtime.eval("function outer() { return middle(1) * 10 } outer()"), (
            threading.get_ident()
        )

    future = in_thread(work)
    paused = client.paused()
    names = [frame["functionName"] for frame in paused["callFrames"]]
    assert names[0] == "inner" and "outer" in names
    client.send("Debugger.resume")
    value, thread = result(future)
    assert value == 20
    assert threads == [thread]


def test_calls_of_functions_can_be_debugged(runtime, client):
    add = runtime.eval(SCRIPT + "add")
    future = in_thread(add, 20, 22)
    paused = client.paused()
    assert client.evaluate_in_frame(paused, "a") == 20
    client.send("Debugger.resume")
    assert result(future) == 42


def test_the_debugger_evaluates_while_idle(runtime, client):
    runtime.eval("var x = 20")
    assert client.evaluate("x + 1") == 21
    client.evaluate("x = 5")
    assert runtime.eval("x") == 5


def test_the_debugger_calls_python(runtime, client):
    runtime.bind_function("answer", lambda: 42)
    assert client.evaluate("answer()") == 42
    runtime.bind_function("fail", lambda: 1 / 0)
    assert client.evaluate("try { fail() } catch (e) { e.name }") == "ZeroDivisionError"


def test_two_clients(runtime, client):
    with attach(runtime) as second:
        second.send("Debugger.enable")
        future = in_thread(runtime.eval, "var seen = 1; debugger; seen")
        paused = client.paused()
        second.paused()
        assert second.evaluate("seen") == 1
        client.evaluate_in_frame(paused, "seen = 2")
        second.send("Debugger.resume")
        client.event("Debugger.resumed")
        assert result(future) == 2


def test_an_unknown_method_is_an_error_and_no_more(client):
    with pytest.raises(CdpError, match="wasn't found"):
        client.send("Debugger.noSuchMethod")
    assert client.evaluate("1 + 1") == 2


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
def test_the_last_client_leaving_ends_the_pause(runtime, leave):
    client = attach(runtime)
    client.send("Debugger.enable")
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    leave(client)
    assert result(future) == "went on"
    with attach(runtime) as again:
        assert again.evaluate("1 + 1") == 2


@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
@pytest.mark.parametrize("how", ["loops", "calls"])
def test_a_client_leaves_while_something_logged_is_described_to_it(runtime, leave, how):
    """Which may run JavaScript, for as long as that likes."""
    described = threading.Event()
    runtime.bind_function("described", described.set)
    runtime.bind_function("left", lambda: not runtime.debugger_attached)
    runtime.bind_function(
        "wait", lambda: until(lambda: runtime.get_stats() and not runtime.debugger_attached)
    )
    client = attach(runtime)
    client.send("Runtime.enable")
    client.send("Runtime.setCustomObjectFormatterEnabled", enabled=True)
    runtime.eval(
        """
        globalThis.devtoolsFormatters = [{
          header() {
            described();
            if (how === "loops") while (!left()) {} else wait();
            return null;
          },
          hasBody() { return false; },
        }]; 1
        """
    )
    runtime.eval(f"var how = {how!r}")
    future = in_thread(runtime.eval, "console.log({a: 1}, {b: 2}); 'logged'")
    assert described.wait(20)
    leave(client)
    assert result(future) == "logged"
    with attach(runtime) as again:
        assert again.evaluate("1 + 1") == 2


def test_attaching_again_and_again(runtime):
    for n in range(10):
        with attach(runtime) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            future = in_thread(runtime.eval, f"debugger; {n}")
            client.paused()
            client.send("Debugger.resume")
            assert result(future) == n
        assert runtime.eval(f"{n}") == n


def test_close_while_paused(runtime, client):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    runtime.close()
    with pytest.raises(RuntimeError, match="runtime is closed"):
        result(future)
    assert client.until_closed() == 1001


def test_terminate_while_paused(runtime, client):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    runtime.terminate()
    with pytest.raises(RuntimeTerminated):
        result(future)


def test_close_with_an_idle_client(runtime, client):
    runtime.close()
    assert client.until_closed() == 1001


def test_the_debugger_terminates_the_execution(runtime, client):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "started(); for (;;) {}")
    started.wait()
    client.send("Runtime.terminateExecution")
    with pytest.raises(RuntimeError, match="debugger"):
        result(future)
    assert runtime.eval("1") == 1


def test_ctrl_c_while_paused(runtime, client):
    """The program's main thread is the one that waits."""

    def interrupt() -> None:
        client.paused()
        os.kill(os.getpid(), signal.SIGINT)

    future = in_thread(interrupt)
    with pytest.raises(KeyboardInterrupt):
        runtime.eval("debugger; for (;;) {}")
    result(future)
    assert runtime.eval("1") == 1


# --- waiting for a debugger -----------------------------------------------------------------------


def test_wait_for_connection_holds_everything_back():
    with Runtime(inspected("var started = true", wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "started")
        with attach(runtime) as client:
            client.send("Runtime.enable")
            assert client.evaluate("typeof started") == "undefined"
            assert not future.done()
            let_go(client)
            assert result(future) is True


def test_wait_for_connection_lets_a_breakpoint_be_set_in_the_bootstrap():
    config = inspected("var a = 1;\nvar b = a + 1;\nvar c = b + 1;", wait_for_connection=True)
    with Runtime(config) as runtime:
        future = in_thread(runtime.eval, "c")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            client.send("Debugger.setBreakpointByUrl", url="bootstrap.js", lineNumber=1)
            let_go(client)
            paused = client.paused()
            assert client.evaluate_in_frame(paused, "a") == 1
            client.evaluate_in_frame(paused, "a = 10")
            client.send("Debugger.resume")
            assert result(future) == 12


def test_break_on_next_statement_stops_in_the_bootstrap():
    config = inspected("var first = 1;\nvar second = 2;", break_on_next_statement=True)
    with Runtime(config) as runtime:
        future = in_thread(runtime.eval, "first + second")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("bootstrap.js", 0)
            client.send("Debugger.stepOver")
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("bootstrap.js", 1)
            client.send("Debugger.resume")
            assert result(future) == 3


def test_break_on_next_statement_stops_in_the_first_eval():
    with Runtime(inspected(break_on_next_statement=True)) as runtime:
        runtime.bind_function("f", lambda: 5)
        future = in_thread(lambda: runtime.eval("f() + 1", filename="main.js"))
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("main.js", 0)
            client.send("Debugger.resume")
            assert result(future) == 6
            assert runtime.eval("2") == 2


def test_bind_function_does_not_wait_and_works_afterwards():
    with Runtime(inspected("var f = 'overwritten'", wait_for_connection=True)) as runtime:
        runtime.bind_function("f", lambda: "bound")
        runtime.bind_function("g", lambda: "other")
        future = in_thread(runtime.eval, "[f(), g()]")
        with attach(runtime) as client:
            let_go(client)
            assert result(future) == ["bound", "other"]


def test_a_bootstrap_that_fails_after_the_wait_fails_every_call():
    config = inspected("throw new RangeError('bad start')", wait_for_connection=True)
    with Runtime(config) as runtime:
        runtime.bind_function("f", print)
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            let_go(client)
            with pytest.raises(JavaScriptError, match="RangeError: bad start"):
                result(future)
            with pytest.raises(JavaScriptError, match="RangeError: bad start") as caught:
                runtime.eval("2")
            assert "bootstrap.js:1:" in caught.value.stack
            assert caught.value is not future.exception()


@pytest.mark.parametrize(
    ("end", "error"), [(Runtime.close, "runtime is closed"), (Runtime.terminate, "terminated")]
)
def test_the_wait_ends_with_the_runtime(end, error):
    with Runtime(inspected("1", wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "1")
        end(runtime)
        with pytest.raises(RuntimeError, match=error):
            result(future)


def test_ctrl_c_ends_the_wait():
    with Runtime(inspected("var x = 1", wait_for_connection=True)) as runtime:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            runtime.eval("x")
        timer.join()
        with attach(runtime) as client:
            let_go(client)
            assert runtime.eval("x") == 1


def test_a_client_that_leaves_before_it_lets_go_changes_nothing():
    with Runtime(inspected(wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            client.send("Runtime.enable")
        until(lambda: targets(endpoints_of(runtime).host))
        assert not future.done()
        with attach(runtime) as client:
            let_go(client)
            assert result(future) == 1


def test_a_waiting_runtime_can_be_dropped():
    runtime = Runtime(inspected("1", wait_for_connection=True))
    runtime.bind_function("f", print)
    runtime.close()
    assert runtime.is_closed()
