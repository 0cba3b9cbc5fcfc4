"""Python functions that JavaScript calls."""

from __future__ import annotations

import functools
import gc
import threading
import weakref
from collections.abc import Iterator

import jsrun
import pytest
from cdp import Client
from inspected import inspected
from jsrun import JavaScriptError, Runtime, undefined


@pytest.fixture(params=["alone", "debugged"])
def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """Without and with a debugger, under which JavaScript runs on another thread."""
    if request.param == "alone":
        with Runtime() as runtime:
            yield runtime
        return
    with Runtime(inspected()) as runtime:
        endpoints = runtime.inspector_endpoints()
        assert endpoints is not None
        with Client(endpoints.websocket_url) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            yield runtime


def test_calling_python(runtime):
    runtime.bind_function("add", lambda a, b: a + b)
    assert runtime.eval("add(1, 2)") == 3
    assert runtime.eval("globalThis.add('a', 'b')") == "ab"
    assert runtime.eval("[1, 2].map(x => add(x, 1))") == [2, 3]


def test_arguments_are_converted(runtime):
    seen: list[object] = []
    runtime.bind_function("see", lambda *arguments: seen.extend(arguments))
    runtime.eval("see(null, undefined, true, 1, 1.5, 'x', [1], {a: 1}, new Set([1]), 2n ** 64n)")
    assert seen == [None, undefined, True, 1, 1.5, "x", [1], {"a": 1}, {1}, 2**64]


def test_any_number_of_arguments(runtime):
    runtime.bind_function("count", lambda *arguments: len(arguments))
    for n in [0, 1, 8, 9, 1000]:
        assert runtime.eval(f"count(...Array({n}))") == n


def test_results_are_converted(runtime):
    results = [None, undefined, {"a": [1]}, b"bytes", {1, 2}, 2**70, "text"]
    runtime.bind_function("pop", results.pop)
    assert runtime.eval("pop() === 'text'")
    assert runtime.eval("pop() === 2n ** 70n")
    assert runtime.eval("pop() instanceof Set")
    assert runtime.eval("pop() instanceof Uint8Array")
    assert runtime.eval("pop().a[0]") == 1
    assert runtime.eval("pop() === undefined")
    assert runtime.eval("pop() === null")


def test_every_kind_of_callable(runtime):
    class Callable:
        def __call__(self, x: int) -> int:
            return x + 1

        def method(self, x: int) -> int:
            return x + 2

    runtime.bind_function("instance", Callable())
    runtime.bind_function("method", Callable().method)
    runtime.bind_function("partial", functools.partial(max, 10))
    runtime.bind_function("builtin", len)
    runtime.bind_function("cls", str)
    assert runtime.eval("[instance(1), method(1), partial(3), builtin('abc'), cls(1)]") == [
        2,
        3,
        10,
        3,
        "1",
    ]


def test_the_function_has_its_name(runtime):
    runtime.bind_function("named", lambda: None)
    assert runtime.eval("named.name") == "named"
    assert runtime.eval("typeof named") == "function"
    with pytest.raises(JavaScriptError, match="not a constructor"):
        runtime.eval("new named()")


@pytest.mark.parametrize("name", ["with space", "\u20ac", "\U0001f600", "__proto__", "a\0b"])
def test_unusual_names(runtime, name):
    runtime.bind_function(name, lambda: "called")
    assert runtime.eval("n => Object.getOwnPropertyDescriptor(globalThis, n).value()")(name) == (
        "called"
    )


def test_binding_again_replaces(runtime):
    runtime.bind_function("f", lambda: 1)
    runtime.eval("var old = f")
    runtime.bind_function("f", lambda: 2)
    assert runtime.eval("[old(), f()]") == [1, 2]


def test_binding_a_name_that_a_script_declared(runtime):
    runtime.eval("var declared = 1; function made() {}; globalThis.assigned = 1")
    for name in ["declared", "made", "assigned"]:
        runtime.bind_function(name, lambda: "bound")
        assert runtime.eval(f"{name}()") == "bound"


def test_binding_a_property_that_cannot_be_changed(runtime):
    for name in ["undefined", "NaN"]:
        with pytest.raises(RuntimeError, match=f"globalThis.'{name}'. cannot be changed"):
            runtime.bind_function(name, print)


def test_wrong_arguments(runtime):
    for arguments in [(), ("f",), (1, print), ("f", 1), ("f", print, 1)]:
        with pytest.raises(TypeError):
            runtime.bind_function(*arguments)
    with pytest.raises(ValueError, match="empty"):
        runtime.bind_function("", print)
    runtime.bind_function(handler=len, name="len")
    assert runtime.eval("len('ab')") == 2


def test_a_bound_function_comes_back_as_a_js_function(runtime):
    runtime.bind_function("double", lambda x: x * 2)
    double = runtime.eval("double")
    assert repr(double) == "<JsFunction double>"
    assert double(4) == 8


# --- exceptions -----------------------------------------------------------------------------------


class Custom(Exception):
    pass


def raiser(exception: BaseException):
    def handler(*_: object) -> None:
        raise exception

    return handler


def test_javascript_catches_a_python_exception(runtime):
    runtime.bind_function("fail", raiser(Custom("the message")))
    assert runtime.eval(
        "try { fail() } catch (e) { [e instanceof Error, e.name, e.message, String(e)] }"
    ) == [True, "Custom", "the message", "Custom: the message"]


def test_an_uncaught_python_exception_is_the_cause(runtime):
    exception = Custom("the message")
    runtime.bind_function("fail", raiser(exception))
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("function f() { fail() }\nf()", filename="app.js")
    assert caught.value.__cause__ is exception
    assert str(caught.value) == "Custom: the message"
    assert "app.js:1:" in caught.value.stack


def test_a_rethrown_python_exception_is_the_cause(runtime):
    exception = Custom("x")
    runtime.bind_function("fail", raiser(exception))
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("try { fail() } catch (e) { e.extra = 1; throw e }")
    assert caught.value.__cause__ is exception


def test_a_python_exception_through_a_promise_is_the_cause(runtime):
    exception = Custom("x")
    runtime.bind_function("fail", raiser(exception))
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("(async () => { await null; fail() })()")
    assert caught.value.__cause__ is exception


def test_another_error_has_no_cause(runtime):
    runtime.bind_function("fail", raiser(Custom("x")))
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("try { fail() } catch { throw new Error('other') }")
    assert caught.value.__cause__ is None


def test_many_exceptions_each_find_their_cause(runtime):
    def fail(n: int) -> None:
        raise Custom(n)

    runtime.bind_function("fail", fail)
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval(
            "for (let i = 0; i < 100; i++) { try { fail(i) } catch (e) { "
            "if (i === 97) var x = e } };"
            "throw x"
        )
    assert caught.value.__cause__.args == (97,)


def test_exceptions_that_javascript_handled_are_freed(runtime):
    class Big:
        pass

    references: list[weakref.ref[Big]] = []

    def fail() -> None:
        big = Big()
        references.append(weakref.ref(big))
        raise Custom(big)

    runtime.bind_function("fail", fail)
    runtime.eval("for (let i = 0; i < 20; i++) { try { fail() } catch {} }")
    gc.collect()
    assert [reference() for reference in references] == [None] * 20


def test_an_exception_whose_str_fails(runtime):
    class Silent(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    runtime.bind_function("fail", raiser(Silent()))
    with pytest.raises(JavaScriptError, match="no readable message") as caught:
        runtime.eval("fail()")
    assert caught.value.name == "Silent"
    assert isinstance(caught.value.__cause__, Silent)


def test_an_argument_that_cannot_be_converted_is_thrown_in_javascript(runtime):
    called: list[object] = []
    runtime.bind_function("see", called.append)
    assert runtime.eval("try { see(Symbol('s')) } catch (e) { e.name + ': ' + e.message }") == (
        "TypeError: cannot convert Symbol to Python (at $)"
    )
    assert called == []


def test_a_result_that_cannot_be_converted_is_thrown_in_javascript(runtime):
    runtime.bind_function("make", lambda: {"a": object()})
    with pytest.raises(JavaScriptError, match=r"TypeError: cannot convert 'object'.*\$\.a") as e:
        runtime.eval("make()")
    assert isinstance(e.value.__cause__, TypeError)


def test_a_circular_result_is_thrown_in_javascript(runtime):
    circular: list[object] = []
    circular.append(circular)
    runtime.bind_function("make", lambda: circular)
    with pytest.raises(JavaScriptError, match="RuntimeError: circular reference in list"):
        runtime.eval("make()")


def test_wrong_number_of_arguments(runtime):
    runtime.bind_function("two", lambda a, b: None)
    with pytest.raises(JavaScriptError, match="TypeError: .*missing 1 required positional"):
        runtime.eval("two(1)")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_interrupts_cannot_be_caught_by_javascript(runtime, kind):
    exception = kind("now")
    runtime.bind_function("stop", raiser(exception))
    runtime.eval("var after = 0")
    with pytest.raises(kind) as caught:
        runtime.eval("try { stop() } catch { after = 1 } finally { after = 2 }; after = 3")
    assert caught.value is exception
    assert runtime.eval("after") == 0
    assert runtime.eval("1 + 1") == 2


def test_an_interrupt_goes_through_nested_calls(runtime):
    exception = KeyboardInterrupt()
    seen: list[str] = []

    def middle() -> None:
        try:
            runtime.eval("try { stop() } catch { 'caught' }")
        except KeyboardInterrupt:
            seen.append("middle")
            raise

    runtime.bind_function("stop", raiser(exception))
    runtime.bind_function("middle", middle)
    with pytest.raises(KeyboardInterrupt) as caught:
        runtime.eval("try { middle() } catch { 'caught' }")
    assert caught.value is exception
    assert seen == ["middle"]
    assert runtime.eval("1") == 1


def test_python_may_handle_the_interrupt_in_between(runtime):
    def middle() -> str:
        try:
            runtime.eval("stop()")
        except KeyboardInterrupt:
            return "handled"
        return "not reached"

    runtime.bind_function("stop", raiser(KeyboardInterrupt()))
    runtime.bind_function("middle", middle)
    assert runtime.eval("middle() + ' and went on'") == "handled and went on"


# --- re-entry -------------------------------------------------------------------------------------


def test_a_handler_uses_its_runtime(runtime):
    runtime.eval("var n = 1")
    runtime.bind_function("bump", lambda: runtime.eval("++n"))
    assert runtime.eval("[bump(), bump(), n]") == [2, 3, 3]


def test_a_handler_uses_another_runtime(runtime):
    with Runtime() as other:
        other.eval("var n = 10")
        runtime.eval("var n = 1")
        runtime.bind_function("elsewhere", lambda: other.eval("++n"))
        other.bind_function("back", lambda: runtime.eval("++n"))
        runtime.bind_function("there", lambda: other.eval("back() + n"))
        assert runtime.eval("elsewhere() + n") == 12
        assert runtime.eval("there() + n") == 15


def test_a_handler_calls_a_function_that_it_was_given(runtime):
    runtime.bind_function("twice", lambda f, x: f(f(x)))
    assert runtime.eval("twice(x => x * 3, 2)") == 18


def test_a_handler_binds_a_function(runtime):
    runtime.bind_function("bind", lambda: runtime.bind_function("late", lambda: "bound"))
    assert runtime.eval("bind(); late()") == "bound"


def test_a_handler_runs_on_the_thread_of_the_caller(runtime):
    runtime.bind_function("thread", threading.get_ident)
    assert runtime.eval("thread()") == threading.get_ident()


def test_a_handler_closes_its_runtime():
    runtime = Runtime()
    runtime.bind_function("close", runtime.close)
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("close(); for (;;) {}")
    assert runtime.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("1")


def test_a_handler_terminates_its_runtime():
    with Runtime() as runtime:
        runtime.bind_function("terminate", runtime.terminate)
        with pytest.raises(jsrun.RuntimeTerminated):
            runtime.eval("terminate(); for (;;) {}")


def test_handlers_are_freed_with_the_runtime():
    class Handler:
        def __call__(self) -> None:
            pass

    runtime = Runtime()
    handler = Handler()
    handler.runtime = runtime  # a cycle
    runtime.bind_function("f", handler)
    reference = weakref.ref(handler)
    runtime.close()
    del runtime, handler
    gc.collect()
    assert reference() is None
