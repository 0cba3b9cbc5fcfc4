"""Errors of JavaScript that no call can raise."""

from __future__ import annotations

import asyncio
import contextlib

import jsrun
import pytest
from inspected import attach
from jsrun import InspectorConfig, JavaScriptError, Runtime, RuntimeConfig
from waiting import until


@pytest.fixture
def errors():
    return []


@pytest.fixture
def runtime(errors):
    with Runtime(RuntimeConfig(uncaught_handler=errors.append)) as runtime:
        yield runtime


def texts(errors):
    return [str(error) for error in errors]


@pytest.mark.parametrize(
    "code, text",
    [
        ("queueMicrotask(() => { throw new Error('boom') })", "Error: boom"),
        ("queueMicrotask(() => { throw 5 })", "5"),
        ("queueMicrotask(() => { null.x })", "TypeError: Cannot read properties of null"),
        ("setTimeout(() => { throw new Error('boom') })", "Error: boom"),
        ("Promise.reject(new TypeError('lost'))", "TypeError: lost"),
        ("Promise.reject('lost')", "lost"),
        ("(async () => { await null; throw new Error('lost') })()", "Error: lost"),
        ("Promise.reject(new Error('lost')).finally(() => {})", "Error: lost"),
        ("new Promise(() => { throw new Error('lost') })", "Error: lost"),
    ],
)
def test_uncaught_errors_are_reported(runtime, errors, code, text):
    assert runtime.eval(f"{code}; 1", filename="script.js") == 1
    until(lambda: errors)
    (error,) = errors
    assert isinstance(error, JavaScriptError) and str(error).startswith(text)
    if error.name:
        assert error.frames[0].file_name == "script.js"


@pytest.mark.parametrize(
    "code",
    [
        "Promise.reject(new Error('handled')).catch(() => {})",
        "var p = Promise.reject(new Error('handled')); queueMicrotask(() => p.catch(() => {}))",
        "for (let i = 0; i < 1000; i++) Promise.reject(i).catch(() => {})",
        "var ps = Array.from({length: 100}, (_, i) => Promise.reject(i)); Promise.allSettled(ps)",
        "(async () => { try { await Promise.reject(new Error('handled')) } catch {} })()",
    ],
)
def test_handled_errors_are_not_reported(runtime, errors, code):
    runtime.eval(f"{code}; 1")
    runtime.eval("1")
    assert errors == []


def test_errors_that_reach_the_caller_are_not_reported(runtime, errors):
    fail = "new Error('mine')"
    for code in (f"throw {fail}", f"Promise.reject({fail})", f"(async () => {{ throw {fail} }})()"):
        with pytest.raises(JavaScriptError, match="mine"):
            runtime.eval(code)
    with pytest.raises(JavaScriptError, match="mine"):
        runtime.eval(f"new Promise((_, no) => setTimeout(() => no({fail}), 1))")
    with pytest.raises(JavaScriptError, match="mine"):
        runtime.eval(f"async () => {{ throw {fail} }}")()
    runtime.bind_function("call", lambda function: function())
    with pytest.raises(JavaScriptError, match="mine"):
        runtime.eval(f"call(async () => {{ throw {fail} }})")
    assert errors == []


async def test_errors_that_reach_an_awaiting_caller_are_not_reported(runtime, errors):
    later = "await new Promise(done => setTimeout(done, 1));"
    for wait in ("", "await null;", later):
        with pytest.raises(JavaScriptError, match="mine"):
            await runtime.eval_async(f"(async () => {{ {wait} throw new Error('mine') }})()")
        function = runtime.eval(f"async () => {{ {wait} throw new Error('mine') }}")
        with pytest.raises(JavaScriptError, match="mine"):
            await function.call_async()
    assert errors == []


async def test_an_error_of_an_async_handler_that_nobody_awaits(runtime, errors):
    async def fail():
        raise ValueError("from Python")

    runtime.bind_function("fail", fail)
    await runtime.eval_async("fail(); 1")
    while not errors:
        await asyncio.sleep(0.001)
    assert isinstance(errors[0].__cause__, ValueError)


def test_an_uncaught_error_has_its_cause(runtime, errors):
    def fail():
        raise ValueError("from Python")

    runtime.bind_function("fail", fail)
    runtime.eval("(async () => fail())(); queueMicrotask(fail); 1")
    assert len(errors) == 2
    assert all(isinstance(error.__cause__, ValueError) for error in errors)


def test_uncaught_errors_are_reported_in_order(runtime, errors):
    runtime.eval("for (let i = 0; i < 1000; i++) Promise.reject(i); 1")
    assert texts(errors) == [str(number) for number in range(1000)]


def test_a_handler_may_use_the_runtime(errors):
    def handler(error):
        script = "Promise.reject('nested'); 6 * 7" if str(error) == "first" else "0"
        errors.append((str(error), runtime.eval(script)))

    with Runtime(RuntimeConfig(uncaught_handler=handler)) as runtime:
        runtime.eval("Promise.reject('first'); 1")
        runtime.eval("1")
        assert errors == [("first", 42), ("nested", 0)]


def test_a_handler_may_close_the_runtime():
    runtime = Runtime(RuntimeConfig(uncaught_handler=lambda _: runtime.close()))
    runtime.eval("Promise.reject(1); Promise.reject(2); 1")
    assert runtime.is_closed()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_of_the_handler_goes_to_the_hook(monkeypatch):
    seen = []
    monkeypatch.setattr("sys.unraisablehook", lambda event: seen.append(event.exc_type))
    with Runtime(RuntimeConfig(uncaught_handler=lambda error: 1 / 0)) as runtime:
        runtime.eval("Promise.reject(1); 1")
        assert runtime.eval("2") == 2
    assert seen == [ZeroDivisionError]


def test_errors_with_hostile_getters(runtime, errors):
    runtime.eval(
        """
        const bad = new Error('bad');
        Object.defineProperty(bad, 'message', {get() { Promise.reject('from a getter'); throw 1 }});
        Promise.reject(bad); 1
        """
    )
    runtime.eval("1")
    assert errors[0].name == "Error" and set(texts(errors)[1:]) == {"from a getter"}
    errors.clear()
    with pytest.raises(jsrun.RuntimeTimeout):
        runtime.eval("Promise.reject('late'); while (true);", timeout=0.05)
    runtime.eval("1")
    assert texts(errors) == ["late"]


def test_without_a_handler_the_terminal_shows_where(run_python):
    done = run_python(
        """
        import jsrun
        with jsrun.Runtime() as runtime:
            runtime.eval("queueMicrotask(() => { null.x })", filename="app.js")
        """
    )
    assert done.returncode == 0
    assert "Uncaught in <jsrun.Runtime open" in done.stderr
    assert "TypeError: Cannot read properties of null (reading 'x')" in done.stderr
    assert 'File "app.js", line 1' in done.stderr and "    ^" in done.stderr


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_a_handler_the_hook_of_the_program_is_called(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "sys.unraisablehook", lambda event: seen.append((str(event.exc_value), event.object))
    )
    with Runtime() as runtime:
        runtime.eval("Promise.reject(new Error('lost')); 1")
        assert seen == [("Error: lost", runtime)]


def test_the_handler_is_checked():
    with pytest.raises(TypeError, match="uncaught_handler must be callable or None, not int"):
        RuntimeConfig(uncaught_handler=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("filename", [None, "a.js", "https://shop.example/a.js"])
@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("throw new Error('boom')", "Error: boom"),
        ("throw 5", "5"),
        ("null.x", "TypeError: "),
        ("a b", "SyntaxError: "),
        ("setTimeout(() => { throw new Error('late') }); 1", "Error: late"),
        ("eval('throw new Error(2)')", "Error: 2"),
        ("python()", "ZeroDivisionError: "),
    ],
)
def test_debuggers_see_the_thrown_value(code, description, filename):
    config = RuntimeConfig(uncaught_handler=lambda error: None)
    with Runtime(config) as runtime, runtime.inspector_session(timeout=20) as session:
        session.send("Runtime.enable")
        runtime.bind_function("python", lambda: 1 / 0)
        with contextlib.suppress(JavaScriptError, ZeroDivisionError):
            runtime.eval(code, filename=filename) if filename else runtime.eval(code)
        thrown = session.wait_for("Runtime.exceptionThrown")["exceptionDetails"]
        assert thrown["exception"]["description"].startswith(description)


def test_debuggers_are_told(errors):
    config = RuntimeConfig(uncaught_handler=errors.append, inspector=InspectorConfig(port=0))
    with Runtime(config) as runtime:
        with attach(runtime) as client:
            client.send("Runtime.enable")
            runtime.eval("queueMicrotask(() => { throw new Error('boom') }); 1", filename="a.js")
            thrown = client.event("Runtime.exceptionThrown")["exceptionDetails"]
            assert (thrown["text"], thrown["url"]) == ("Uncaught", "a.js")
            assert thrown["exception"]["description"].startswith("Error: boom")
            runtime.eval("\n Promise.reject(new Error('lost')); 1", filename="b.js")
            thrown = client.event("Runtime.exceptionThrown")["exceptionDetails"]
            assert thrown["text"] == "Uncaught (in promise)"
            assert thrown["exception"]["description"].startswith("Error: lost")
            assert (thrown["url"], thrown["lineNumber"]) == ("b.js", 1)
    assert texts(errors) == ["Error: boom", "Error: lost"]
