"""A person's use of a debugger, request by request."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import jsrun
import pytest
from engine import V8_MAJOR
from inspected import inspected
from jsrun import InspectorConfig, InspectorSession, JavaScriptError, Runtime, RuntimeConfig
from jsrun.testing import Debugger, NotPaused
from waiting import until

TIMEOUT = 20.0


@pytest.fixture
def debugger(runtime: Runtime) -> Iterator[Debugger]:
    with Debugger(runtime, timeout=TIMEOUT) as debugger:
        yield debugger


def names_of(stack: dict[str, Any]) -> list[str]:
    return [frame["functionName"] for frame in stack["callFrames"]]


def async_stacks(params: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What the debugger shows below the stack: the asynchronous callers."""
    stacks = []
    parent = params.get("asyncStackTrace")
    while parent:
        stacks.append((parent.get("description", ""), names_of(parent)))
        parent = parent.get("parent")
    return stacks


# --- where it stops -------------------------------------------------------------------------------


def test_a_bootstraps_own_debugger_statement():
    config = RuntimeConfig(
        bootstrap="var a = 1;\ndebugger;\nvar b = 2;",
        inspector=InspectorConfig(port=0, wait_for_connection=True),
    )
    with Runtime(config) as runtime, Debugger(runtime, timeout=TIMEOUT) as debugger:
        call = debugger.run(runtime.eval, "a + b")
        debugger.session.send("Runtime.runIfWaitingForDebugger")
        pause = debugger.wait_paused()
        assert pause.place == ("bootstrap.js", 2)
        assert debugger.step_over().place == ("bootstrap.js", 3)
        debugger.resume()
        assert call.result(TIMEOUT) == 3


def test_a_bootstraps_debugger_statement_without_a_debugger():
    config = RuntimeConfig(bootstrap="debugger; var a = 1", inspector=InspectorConfig(port=0))
    with Runtime(config) as runtime:
        assert runtime.eval("a") == 1


def test_two_evals_with_the_same_text_and_one_breakpoint(runtime, debugger):
    debugger.set_breakpoint("same.js", 2)
    for _ in range(2):
        call = debugger.run(runtime.eval, "var n = 1;\nn + 1", filename="same.js")
        assert debugger.wait_paused().place == ("same.js", 2)
        debugger.resume()
        assert call.result(TIMEOUT) == 2


def test_unnamed_evals_are_told_apart(runtime, debugger):
    """A breakpoint in one does not stop the other, even if their texts are the same."""
    pauses = []
    for _ in range(2):
        debugger.run(runtime.eval, "debugger;\n1")
        pauses.append(debugger.wait_paused())
        debugger.resume()
    ids = [pause.frame._location["scriptId"] for pause in pauses]
    assert ids[0] != ids[1]


def test_pause_on_caught_exceptions(runtime, debugger):
    code = "try {\n  throw new Error('inner');\n} catch {}\nthrow new Error('outer')"
    modes = {"all": [2, 4], "uncaught": [4], "none": []}
    if V8_MAJOR >= 13:  # earlier ones do not know it
        modes["caught"] = [2]
    for which, lines in modes.items():
        debugger.pause_on_exceptions(which)
        call = debugger.run(runtime.eval, code)
        seen = []
        for _ in lines:
            pause = debugger.wait_paused()
            seen.append(pause.frame.line_number)
            assert pause.data["uncaught"] == (pause.frame.line_number == 4)
            debugger.resume()
        with pytest.raises(JavaScriptError, match="outer"):
            call.result(TIMEOUT)
        assert seen == lines


def test_pause_on_uncaught_exceptions_of_every_kind_of_call(runtime, debugger):
    """Wherever only Python catches."""
    debugger.pause_on_exceptions("uncaught")
    fail = runtime.eval("(function fail() { throw new Error('from a call') })")
    # One after the other: the second starts when the first has ended.
    for call in (fail, lambda: asyncio.run(runtime.eval_async("fail2()"))):
        call = debugger.run(call)
        assert debugger.wait_paused().reason == "exception"
        debugger.resume()
        with pytest.raises(JavaScriptError):
            call.result(TIMEOUT)


def test_a_logpoint(runtime, debugger):
    debugger.session.send("Runtime.enable")
    debugger.set_breakpoint(
        "loop.js", 2, condition="/** DEVTOOLS_LOGPOINT */ console.log('i is', i)"
    )
    runtime.eval("for (let i = 0; i < 3; i++) {\n  void i;\n}", filename="loop.js")
    events = debugger.session.events("Runtime.consoleAPICalled")
    assert [next(events).params["args"][1]["value"] for _ in range(3)] == [0, 1, 2]


def test_debugger_in_a_callback_that_python_calls(runtime, debugger):
    runtime.bind_function("apply", lambda callback, value: callback(value))
    code = "function twice(n) {\n  debugger;\n  return 2 * n;\n}\napply(twice, 21)"
    call = debugger.run(runtime.eval, code, filename="twice.js")
    pause = debugger.wait_paused()
    assert [frame.function_name for frame in pause.frames] == ["twice", ""]
    assert pause.frame.locals()["n"] == 21
    debugger.resume()
    assert call.result(TIMEOUT) == 42


def test_blackboxed_scripts_are_stepped_over(runtime, debugger):
    runtime.eval("function each(f) {\n  f(1);\n}", filename="lib/each.js")
    debugger.session.send("Debugger.setBlackboxPatterns", patterns=["/each\\.js$"])
    code = "debugger;\neach((n) => {\n  void n;\n});\nvoid 0"
    debugger.run(runtime.eval, code, filename="main.js")
    debugger.wait_paused()
    debugger.step_over()
    assert debugger.step_into().place == ("main.js", 3)
    assert debugger.step_out().frame.file_name == "main.js"
    debugger.resume()


@pytest.mark.skipif(V8_MAJOR < 13, reason="this V8 does not restart frames")
def test_restart_frame(runtime, debugger):
    code = "function f(n) {\n  n = n + 1;\n  debugger;\n  return n;\n}\nf(1)"
    call = debugger.run(runtime.eval, code, filename="again.js")
    pause = debugger.wait_paused()
    debugger.session.send("Debugger.restartFrame", callFrameId=pause.frame._id, mode="StepInto")
    assert debugger.wait_paused().place == ("again.js", 2)
    debugger.resume()
    assert debugger.wait_paused().place == ("again.js", 3)
    debugger.resume()
    assert isinstance(call.result(TIMEOUT), int)


def test_live_edit(runtime, debugger):
    greet = runtime.eval("(function greet() {\n  return 'hello';\n})", filename="greet.js")
    assert greet() == "hello"
    debugger.evaluate("0")  # its answer comes after all earlier events
    scripts = {url: number for number, url in debugger._files.items()}
    answer = debugger.session.send(
        "Debugger.setScriptSource",
        scriptId=scripts["greet.js"],
        scriptSource="(function greet() {\n  return 'good bye';\n})",
    )
    assert answer.get("status", "Ok") == "Ok"
    assert greet() == "good bye"


# --- what the debugger shows ----------------------------------------------------------------------


def test_async_stacks_through_promises_and_timers(runtime, debugger):
    debugger.session.send("Debugger.setAsyncCallStackDepth", maxDepth=8)
    code = """\
async function outer() {
  await inner();
}
async function inner() {
  await new Promise(function wait(done) { setTimeout(function later() { debugger; done(); }, 1) });
  debugger;
}
outer()
"""
    call = debugger.run(runtime.eval, code, filename="async.js")
    params = debugger.session.wait_for("Debugger.paused")
    assert [frame["functionName"] for frame in params["callFrames"]] == ["later"]
    assert async_stacks(params)[0] == ("setTimeout", ["wait", "inner", "outer", ""])
    debugger.resume()
    params = debugger.session.wait_for("Debugger.paused")
    assert params["callFrames"][0]["functionName"] == "inner"
    names = [names for _, names in async_stacks(params)]
    assert ["outer", ""] in names or any("outer" in stack for stack in names)
    debugger.resume()
    call.result(TIMEOUT)


async def test_async_stacks_through_async_python_functions(runtime):
    async def fetch(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    runtime.bind_function("fetch", fetch)
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Debugger.enable")
        await session.send_async("Debugger.setAsyncCallStackDepth", maxDepth=8)
        code = (
            "async function load() {\n  const n = await fetch(1);\n  debugger;\n  return n;\n}\n"
            "async function top() { return await load(); }\ntop()"
        )
        task = asyncio.ensure_future(runtime.eval_async(code, filename="load.js"))
        params = await session.wait_for_async("Debugger.paused")
        assert params["callFrames"][0]["functionName"] == "load"
        assert async_stacks(params)[0] == ("await", ["top", ""])
        await session.send_async("Debugger.resume")
        assert await task == 2


def test_our_own_javascript_does_not_show(tmp_path):
    """Neither as scripts, nor in stacks, nor in stepping."""
    lines: list[Any] = []
    config = RuntimeConfig(console_handler=lambda level, values: lines.append(values))
    with Runtime(config) as runtime, Debugger(runtime, timeout=TIMEOUT) as debugger:
        code = (
            "debugger;\nconsole.log('one');\nnew ReadableStream({start(c) { c.close(); }});\n"
            "structuredClone([1]);\nsetTimeout(() => {}, 0);\nvoid 0"
        )
        debugger.run(runtime.eval, code, filename="mine.js")
        pause = debugger.wait_paused()
        for _ in range(4):
            pause = debugger.step_into()
            assert pause.frame.file_name == "mine.js"
        debugger.resume()
        assert {url for url in debugger._files.values() if url} == {"mine.js"}
        with pytest.raises(JavaScriptError) as failed:
            runtime.eval(
                "console.log({get [Symbol.toStringTag]() { throw new Error('x') }}), y",
                filename="mine.js",
            )
        assert {frame.file_name for frame in failed.value.frames} == {"mine.js"}


# --- time stands still ----------------------------------------------------------------------------


def await_seconds(seconds: float) -> None:
    until_then = time.monotonic() + seconds
    until(lambda: time.monotonic() > until_then)


def kinds_of_calls(runtime: Runtime) -> dict[str, Any]:
    function = runtime.eval("(function () { debugger; return 'in time' })")

    def run_async(start: Any) -> Any:
        async def main() -> Any:
            return await start()

        return asyncio.run(main())

    code = "debugger; 'in time'"
    runtime.add_static_module("slow", f"{code}; export default 'in time'")
    return {
        "eval": lambda: runtime.eval(code, timeout=0.1),
        "eval_async": lambda: run_async(lambda: runtime.eval_async(code, timeout=0.1)),
        "call": lambda: function(timeout=0.1),
        "call_async": lambda: run_async(lambda: function.call_async(timeout=0.1)),
        "config": lambda: runtime.eval(code),
        "eval_module": lambda: runtime.eval_module("slow", timeout=0.1)["default"],
        "eval_module_async": lambda: run_async(
            lambda: runtime.eval_module_async("slow", timeout=0.1)
        )["default"],
        "import": lambda: runtime.eval("import('slow').then(m => m.default)", timeout=0.1),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "eval",
        "eval_async",
        "call",
        "call_async",
        "config",
        "eval_module",
        "eval_module_async",
        "import",
    ],
)
def test_a_pause_counts_against_no_timeout(kind):
    with Runtime(RuntimeConfig(timeout=0.1)) as runtime:
        calls = kinds_of_calls(runtime)
        with Debugger(runtime, timeout=TIMEOUT) as debugger:
            call = debugger.run(calls[kind])
            debugger.wait_paused()
            await_seconds(0.3)
            debugger.step_over()
            await_seconds(0.2)
            debugger.resume()
            assert call.result(TIMEOUT) == "in time"
            with pytest.raises(jsrun.RuntimeTimeout):
                runtime.eval("for (;;);")


@pytest.mark.parametrize("kind", ["eval", "eval_async", "call", "call_async"])
def test_a_wait_for_the_debugger_counts_against_no_timeout(kind):
    config = RuntimeConfig(
        timeout=0.1,
        bootstrap="function f() { return 'in time' }",
        inspector=InspectorConfig(port=0, wait_for_connection=True),
    )
    with Runtime(config) as runtime, Debugger(runtime, timeout=TIMEOUT) as debugger:
        run = {
            "eval": lambda: runtime.eval("f()"),
            "eval_async": lambda: asyncio.run(runtime.eval_async("f()")),
            "call": lambda: runtime.eval("f")(),
            "call_async": lambda: asyncio.run(runtime.eval("f").call_async()),
        }[kind]
        call = debugger.run(run)
        await_seconds(0.3)
        assert not call.done()
        debugger.session.send("Runtime.runIfWaitingForDebugger")
        assert call.result(TIMEOUT) == "in time"


# --- pauses end -----------------------------------------------------------------------------------


async def test_a_task_is_cancelled_while_paused(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Debugger.enable")
        task = asyncio.ensure_future(runtime.eval_async("debugger; 1"))
        await session.wait_for_async("Debugger.paused")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await session.wait_for_async("Debugger.resumed")
        assert await runtime.eval_async("2") == 2


async def test_a_task_is_cancelled_while_it_waits_for_a_debugger():
    config = inspected(wait_for_connection=True)
    with Runtime(config) as runtime:
        task = asyncio.ensure_future(runtime.eval_async("1"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            await session.send_async("Runtime.runIfWaitingForDebugger")
            assert await runtime.eval_async("2") == 2


@pytest.mark.parametrize("end", [Runtime.close, Runtime.terminate])
async def test_the_runtime_ends_while_an_async_evaluation_is_paused(runtime, end):
    session = runtime.inspector_session(timeout=TIMEOUT)
    await session.send_async("Debugger.enable")
    task = asyncio.ensure_future(runtime.eval_async("debugger; 1"))
    await session.wait_for_async("Debugger.paused")
    end(runtime)
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(task, TIMEOUT)
    session.close()


def test_calls_that_never_wait_for_a_pause(runtime, debugger):
    """While paused, on the thread that has to resume."""
    call = debugger.run(runtime.eval, "debugger; 1")
    debugger.wait_paused()
    runtime.bind_function("later", len)
    runtime.bind_object("object", {"f": len})
    runtime.bind(abs)
    assert runtime.get_stats().heap_used_bytes > 0
    assert runtime.inspector_endpoints() is None
    assert runtime.is_paused and runtime.debugger_attached and not runtime.is_closed()
    debugger.resume()
    call.result(TIMEOUT)
    assert runtime.eval("later('abc') + object.f('abc') + abs(-1)") == 7


def test_a_handler_that_is_called_under_the_debugger_may_use_the_runtime(runtime, debugger):
    """Stepping goes over the Python function, and into what it calls."""
    threads = []

    def handler(n: int) -> int:
        threads.append(threading.get_ident())
        return runtime.eval(f"inner({n})") + 1

    runtime.bind_function("handler", handler)
    runtime.eval("function inner(n) {\n  return n * 10;\n}", filename="inner.js")

    def program() -> Any:
        return runtime.eval("debugger;\nhandler(4)", filename="outer.js"), threading.get_ident()

    debugger.set_breakpoint("inner.js", 2)
    call = debugger.run(program)
    debugger.wait_paused()
    debugger.resume()
    pause = debugger.wait_paused()
    assert [frame.file_name for frame in pause.frames][0] == "inner.js"
    debugger.resume()
    value, thread = call.result(TIMEOUT)
    assert value == 41 and threads == [thread]


def test_no_pause_is_left_over_for_expressions_of_the_debugger(runtime, debugger):
    assert isinstance(debugger.session, InspectorSession)
    assert debugger.evaluate("1 + 1") == 2
    with pytest.raises(NotPaused):
        debugger.run(runtime.eval, "1")
        debugger.wait_paused()


# --- Python functions -----------------------------------------------------------------------------

ORDER = """\
function order(dish, count) {
  const answer = cook(dish, {count});
  return answer + wait();
}
"""


@pytest.fixture
def kitchen(runtime: Runtime) -> Runtime:
    runtime.bind_function("cook", lambda dish, options: f"{options['count']} {dish}")
    runtime.bind_object("tools", {"cut": lambda: "cut"})
    runtime.bind_function("wait", lambda: "")
    runtime.eval(ORDER, filename="order.js")
    return runtime


def test_break_on_calls_of_one_python_function(kitchen, debugger):
    kitchen.break_on_host_calls("cook", "never")
    call = debugger.run(kitchen.eval, "order('soup', 2)")
    pause = debugger.wait_paused()
    assert pause.place == ("order.js", 2)
    assert pause.reason == "EventListener"
    assert pause.data["eventName"] == "hostCall:cook"
    assert pause.data["arguments"] == ["soup", {"count": 2}]
    assert pause.frame.locals()["dish"] == "soup"
    assert debugger.step_over().place == ("order.js", 3)
    debugger.resume()
    assert call.result(TIMEOUT) == "2 soup"
    kitchen.break_on_host_calls(False)
    assert kitchen.eval("order('tea', 1)") == "1 tea"


def test_break_on_calls_of_all_python_functions(kitchen, debugger):
    kitchen.break_on_host_calls()
    call = debugger.run(kitchen.eval, "order('soup', 2); tools.cut(); console.log(1)")
    names = []
    for _ in range(3):
        names.append(debugger.wait_paused().data["name"])
        debugger.resume()
    call.result(TIMEOUT)
    assert names == ["cook", "wait", "cut"]


def test_break_on_calls_with_arguments_that_are_not_json(runtime, debugger):
    runtime.bind_function("take", lambda *values: None)
    runtime.break_on_host_calls("take")
    call = debugger.run(runtime.eval, "take(NaN, () => 1, new Uint8Array(2), 'x'.repeat(1e6))")
    arguments = debugger.wait_paused().data["arguments"]
    assert arguments[0] == "nan" and "JsFunction" in arguments[1]
    assert arguments[2] == "b'\\x00\\x00'" and len(arguments[3]) <= 10_000
    debugger.resume()
    call.result(TIMEOUT)


async def test_break_on_calls_of_async_python_functions(runtime):
    async def fetch(n: int) -> int:
        return n + 1

    runtime.bind_function("fetch", fetch)
    runtime.break_on_host_calls("fetch")
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Debugger.enable")
        task = asyncio.ensure_future(runtime.eval_async("fetch(1)"))
        paused = await session.wait_for_async("Debugger.paused")
        assert paused["data"]["arguments"] == [1]
        await session.send_async("Debugger.resume")
        assert await task == 2


def test_break_on_host_calls_without_a_debugger(kitchen):
    kitchen.break_on_host_calls()
    assert kitchen.eval("order('soup', 2)") == "2 soup"
    with pytest.raises(TypeError):
        kitchen.break_on_host_calls(5)


def test_debug_of_the_console_breaks_on_a_python_function(kitchen, debugger):
    """The function debug() of DevTools' console."""
    debugger.session.send("Runtime.enable")
    debugger.session.send("Runtime.evaluate", expression="debug(cook)", includeCommandLineAPI=True)
    call = debugger.run(kitchen.eval, "order('soup', 2)")
    pause = debugger.wait_paused()
    assert (pause.reason, pause.place) == ("debugCommand", ("order.js", 2))
    debugger.resume()
    assert call.result(TIMEOUT) == "2 soup"


def raise_deep() -> None:
    def helper() -> None:
        raise ValueError("no\nsoup")

    helper()


def test_the_python_traceback_is_part_of_the_errors_stack(runtime, debugger):
    runtime.bind_function("fail", raise_deep)
    code = "(function f() {\n  try { fail(); } catch (error) { return error.stack }\n})()"
    lines = runtime.eval(code, filename="f.js").split("\n")
    assert lines[:2] == ["ValueError: no", "soup"]
    assert lines[2].startswith(f"    at helper ({__file__}:")
    assert lines[3].startswith(f"    at raise_deep ({__file__}:")
    assert lines[4].startswith("    at f (f.js:2:")
    with pytest.raises(JavaScriptError) as failed:
        runtime.eval("fail()", filename="g.js")
    assert isinstance(failed.value.__cause__, ValueError)
    assert [frame.file_name for frame in failed.value.frames] == ["g.js"]


def test_scripts_see_no_python_traceback_without_a_debugger(runtime):
    runtime.bind_function("fail", raise_deep)
    stack = runtime.eval("try { fail() } catch (error) { error.stack }")
    assert __file__ not in stack and "ValueError: no" in stack
