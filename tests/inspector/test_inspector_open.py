"""Opening and closing the inspector of a runtime that runs, and by the environment."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from cdp import Client, targets
from inspected import FREE_PORT, attach, endpoints_of, inspected, let_go, loop_in_thread
from jsrun import InspectorConfig, InspectorEndpoints, JavaScriptError, Runtime, RuntimeConfig
from waiting import in_thread, result, until

# --- open_inspector() and close_inspector() -------------------------------------------------------


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


def test_opening_one_that_was_configured():
    with Runtime(inspected()) as runtime, pytest.raises(RuntimeError, match="open already"):
        runtime.open_inspector(FREE_PORT)


def test_opening_what_has_ended():
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
    """Whatever they do to each other, the runtime works and is closed or open at the end."""

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


# --- attaching and detaching in every state -------------------------------------------------------


@contextmanager
def idle(runtime: Runtime) -> Iterator[None]:
    yield


@contextmanager
def looping(runtime: Runtime) -> Iterator[None]:
    future = loop_in_thread(runtime)
    yield
    with attach(runtime) as client:
        client.evaluate("go = false")
        assert result(future) == "stopped"


@contextmanager
def paused(runtime: Runtime) -> Iterator[None]:
    with attach(runtime) as client:
        client.send("Debugger.enable")
        future = in_thread(runtime.eval, "debugger; 'resumed'")
        client.paused()
        yield
        client.send("Debugger.resume")
        assert result(future) == "resumed"


@contextmanager
def in_a_handler(runtime: Runtime) -> Iterator[None]:
    entered, leave = threading.Event(), threading.Event()

    def handler() -> str:
        entered.set()
        assert leave.wait(20)
        return "handled"

    runtime.bind_function("handler", handler)
    with attach(runtime) as client:
        client.send("Runtime.enable")
        future = in_thread(runtime.eval, "handler()")
        assert entered.wait(20)
        yield
        leave.set()
        assert result(future) == "handled"


@contextmanager
def awaiting(runtime: Runtime) -> Iterator[None]:
    runtime.eval("var settle; var promise = new Promise((resolve) => { settle = resolve })")
    future = in_thread(lambda: asyncio.run(evaluate(runtime, "promise")))
    yield
    with attach(runtime) as client:
        client.evaluate("settle('settled')")
        assert result(future) == "settled"


async def evaluate(runtime: Runtime, code: str) -> Any:
    return await runtime.eval_async(code)


@contextmanager
def waiting_for_a_debugger(runtime: Runtime) -> Iterator[None]:
    runtime.close_inspector()
    runtime.open_inspector(InspectorConfig(port=0, wait_for_connection=True))
    future = in_thread(runtime.eval, "'let go'")
    yield
    assert not future.done()
    with attach(runtime) as client:
        let_go(client)
        assert result(future) == "let go"


@pytest.mark.parametrize(
    "state", [idle, looping, paused, in_a_handler, awaiting, waiting_for_a_debugger]
)
@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
def test_clients_come_and_go_in_every_state(
    state: Callable[[Runtime], Any], leave: Callable[[Client], None]
):
    """Three at a time, as DevTools that is reloaded beside VS Code; each sees the scripts."""
    with Runtime(inspected("function known() {}")) as runtime, state(runtime):
        with ExitStack() as stay:
            for turn in range(3):
                lasting = stay.enter_context(attach(runtime))
                leaving = attach(runtime)
                for client in (leaving, lasting):
                    client.send("Runtime.enable")
                    client.send("Debugger.enable")
                    assert client.event("Runtime.executionContextCreated")
                    assert client.evaluate(f"{turn} + 1") == turn + 1
                leave(leaving)
    assert runtime.is_closed()


SPEAK = """\
function speak() {
  let said = listen();
  const answer = said + "!";
  return answer;
}
speak()
"""


class Listener:
    """A Python function that JavaScript calls, and that returns when it is told to."""

    def __init__(self, runtime: Runtime) -> None:
        self.entered = threading.Event()
        self._said: Future[str] = Future()
        runtime.bind_function("listen", self._listen)

    def _listen(self) -> str:
        self.entered.set()
        return result(self._said)

    def hears(self, said: str) -> None:
        self._said.set_result(said)

    def fails(self) -> None:
        self._said.set_exception(ValueError("heard nothing"))


def test_attaching_while_a_python_function_has_the_thread():
    """Nothing else can be answered before it returns; then everything is, in its order."""
    with Runtime(inspected(display_name="busy")) as runtime:
        endpoints, listener = endpoints_of(runtime), Listener(runtime)
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        assert [target["title"] for target in targets(endpoints.host)] == ["busy"]
        with Client(endpoints.process_websocket_url) as root:
            (target,) = root.send("Target.getTargets")["targetInfos"]
            assert target["title"] == "busy"
        with attach(runtime) as client:
            client.post("Runtime.enable")
            client.post("Debugger.enable")
            requests = [
                client.post("Runtime.evaluate", expression=f"{number}") for number in range(100)
            ]
            pause = client.post("Debugger.pause")
            client.until_received()
            listener.hears("hello")
            values = [client.answer(request)["result"]["value"] for request in requests]
            assert values == list(range(100))
            client.answer(pause)
            paused = client.paused()
            assert [frame["functionName"] for frame in paused["callFrames"]] == ["speak", ""]
            client.send("Debugger.stepOver")
            assert client.evaluate_in_frame(client.paused(), "said") == "hello"
            client.send("Debugger.resume")
            assert result(future) == "hello!"


@pytest.mark.parametrize("attached", [False, True], ids=["attaching", "attached"])
def test_a_pause_that_is_asked_for_while_a_python_function_runs(runtime, attached):
    """Once, right after it, though V8 looks no sooner than where the next function is entered."""
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with ExitStack() as stack:
        if attached:
            client = stack.enter_context(attach(runtime))
            client.send("Debugger.enable")
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        if not attached:
            client = stack.enter_context(attach(runtime))
            client.post("Debugger.enable")
        pause = client.post("Debugger.pause")
        if attached:
            client.answer(pause)
        client.until_received()
        runtime.pause()
        listener.hears("hello")
        paused = client.paused()
        assert paused["callFrames"][0]["functionName"] == "speak"
        assert paused["callFrames"][0]["location"]["lineNumber"] == 1
        client.send("Debugger.resume")
        assert result(future) == "hello!"
        assert runtime.eval("speak.name") == "speak"


def test_a_pause_while_a_python_function_runs_that_fails(runtime):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        code = "let text = 'none'; try { listen(); } catch (error) { text = error.message; } text"
        future = in_thread(runtime.eval, code)
        assert listener.entered.wait(20)
        client.send("Debugger.pause")
        listener.fails()
        assert client.evaluate_in_frame(client.paused(), "text") == "none"
        client.send("Debugger.resume")
        assert "heard nothing" in result(future)


@pytest.mark.parametrize("end", [Runtime.terminate, Runtime.close])
def test_the_runtime_ends_while_paused_after_a_python_function(runtime, end):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        client.send("Debugger.pause")
        listener.hears("hello")
        client.paused()
        end(runtime)
        with pytest.raises(RuntimeError):
            result(future)


def test_the_client_terminates_what_has_called_a_python_function(runtime):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    future = in_thread(runtime.eval, SPEAK)
    assert listener.entered.wait(20)
    with attach(runtime) as client:
        request = client.post("Runtime.terminateExecution")
        client.until_received()
        listener.hears("hello")
        client.answer(request)
        with pytest.raises(RuntimeError, match="debugger"):
            result(future)
        assert runtime.eval("6 * 7") == 42


def test_runtimes_appear_and_disappear():
    with Runtime(inspected(display_name="first")) as first:
        host, port = endpoints_of(first).host, endpoints_of(first).port
        late = Runtime()
        for _ in range(2):
            late.open_inspector(InspectorConfig(port=port, display_name="late"))
            assert [target["title"] for target in targets(host)] == ["first", "late"]
            late.close_inspector()
            assert [target["title"] for target in targets(host)] == ["first"]
        late.close()


# --- where ----------------------------------------------------------------------------------------


def test_a_host_name():
    with Runtime(inspected(host="localhost")) as runtime:
        endpoints = endpoints_of(runtime)
        assert endpoints.host == f"localhost:{endpoints.port}"
        assert targets(endpoints.host)[0]["webSocketDebuggerUrl"] == endpoints.websocket_url
        with Runtime(inspected(port=endpoints.port)) as same:  # the same endpoint
            assert len(targets(endpoints_of(same).host)) == 2


def test_a_host_name_that_there_is_not():
    with pytest.raises(RuntimeError, match=r"cannot listen on no-such-host\.invalid"):
        Runtime(inspected(host="no-such-host.invalid"))


def test_all_that_the_endpoints_tell():
    config = inspected(display_name="my app", target_url="app://main")
    with Runtime(config) as runtime:
        endpoints = endpoints_of(runtime)
        (listed,) = targets(endpoints.host)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", endpoints.id)
    assert listed["id"] == endpoints.id
    assert listed["webSocketDebuggerUrl"] == endpoints.websocket_url
    assert listed["devtoolsFrontendUrl"] == endpoints.devtools_frontend_url
    assert (listed["title"], endpoints.title) == ("my app", "my app")
    assert listed["description"] == endpoints.description != ""
    assert (listed["url"], endpoints.target_url) == ("app://main", "app://main")
    assert listed.get("faviconUrl") is endpoints.favicon_url is None


def test_no_signal_handler_is_taken_over(run_python):
    done = run_python("""
        import jsrun

        def handlers():
            lines = open("/proc/self/status").read().splitlines()
            return [line for line in lines if line.startswith(("SigCgt", "SigIgn", "SigBlk"))]

        with jsrun.Runtime():
            before = handlers()
            with jsrun.Runtime() as runtime:
                runtime.open_inspector(jsrun.InspectorConfig(port=0))
                assert handlers() == before, handlers()
                runtime.eval("1")
            assert handlers() == before, handlers()
    """)
    assert done.returncode == 0, done.stderr


# --- JSRUN_INSPECT --------------------------------------------------------------------------------


def test_the_environment_opens_it(monkeypatch, capfd):
    monkeypatch.setenv("JSRUN_INSPECT", "0")
    with Runtime() as runtime:
        endpoints = endpoints_of(runtime)
        assert endpoints.host.startswith("127.0.0.1:")
        printed = capfd.readouterr().err
        assert endpoints.websocket_url in printed
        assert endpoints.process_devtools_frontend_url in printed
        with attach(runtime) as client:
            assert client.evaluate("1 + 1") == 2


def test_the_environment_and_many_runtimes(monkeypatch):
    with Runtime(inspected()) as first:
        monkeypatch.setenv("JSRUN_INSPECT", endpoints_of(first).host)
        with Runtime(), Runtime(RuntimeConfig(timeout=1)):
            assert len(targets(endpoints_of(first).host)) == 3


@pytest.mark.parametrize(("value", "host"), [("localhost:0", "localhost"), ("[::1]:0", "[::1]")])
def test_the_environment_names_a_host(monkeypatch, value, host):
    monkeypatch.setenv("JSRUN_INSPECT", value)
    with Runtime() as runtime:
        assert endpoints_of(runtime).host.startswith(host)


def test_the_environment_makes_it_wait(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0,wait")
    with Runtime() as runtime:
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            client.send("Runtime.enable")
            assert not future.done()
            let_go(client)
            assert result(future) == 1


def test_the_environment_makes_it_break(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0,brk")
    with Runtime(RuntimeConfig(bootstrap="var first = 1")) as runtime:
        future = in_thread(runtime.eval, "first")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            assert client.url_of(client.paused()["callFrames"][0]) == "bootstrap.js"
            client.send("Debugger.resume")
            assert result(future) == 1


def test_a_config_of_its_own_comes_before_the_environment(monkeypatch, capfd):
    monkeypatch.setenv("JSRUN_INSPECT", "0,brk")
    with Runtime(inspected()) as runtime:
        assert runtime.eval("1") == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no", "'no' is not a port"),
        ("localhost:", "'' is not a port"),
        ("65536", "'65536' is not a port"),
        ("9229,stop", "'stop' is neither wait nor brk"),
        ("::1:9229", "brackets"),
    ],
)
def test_an_environment_that_is_not_understood(monkeypatch, value, why):
    monkeypatch.setenv("JSRUN_INSPECT", value)
    with pytest.raises(ValueError, match=f"JSRUN_INSPECT='{re.escape(value)}': .*{why}"):
        Runtime()


def test_a_port_of_the_environment_that_is_taken_is_a_warning(monkeypatch, run_python):
    """As in the processes that a program starts, which all have its environment."""
    with Runtime(inspected()) as runtime:
        monkeypatch.setenv("JSRUN_INSPECT", f"{endpoints_of(runtime).host},wait")
        done = run_python("""
            import jsrun

            with jsrun.Runtime() as runtime:
                assert runtime.inspector_endpoints() is None
                print(runtime.eval("1 + 1"))
        """)
    assert done.stdout == "2\n"
    assert re.search(
        r"RuntimeWarning: JSRUN_INSPECT: cannot listen on .*: Address already in use", done.stderr
    )


def test_the_environment_does_not_open_it_to_other_machines(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0.0.0.0:0")
    with pytest.warns(RuntimeWarning, match="reached from other machines"):
        runtime = Runtime()
    assert runtime.inspector_endpoints() is None
    runtime.close()
