"""bind, bind_object and the ops. (bind_function has tests of its own.)"""

from __future__ import annotations

import asyncio
import collections
import contextvars
import functools
import threading
import time
import types

import jsrun
import pytest
from jsrun import BindingError, JavaScriptError, Runtime


def test_bind_as_a_decorator(runtime):
    @runtime.bind
    def add(a, b):
        return a + b

    @runtime.bind()
    def sub(a, b):
        return a - b

    @runtime.bind("times")
    def multiply(a, b):
        return a * b

    @runtime.bind(name="over")
    def divide(a, b):
        return a / b

    assert runtime.eval("[add(1, 2), sub(5, 3), times(2, 3), over(1, 2)]") == [3, 2, 6, 0.5]
    assert add(1, 2) == 3 and multiply(2, 3) == 6


def test_wrong_arguments_of_bind(runtime):
    with pytest.raises(TypeError, match="has no __name__"):
        runtime.bind(types.SimpleNamespace(__call__=1))
    with pytest.raises(TypeError, match="two names"):
        runtime.bind("a", name="b")
    with pytest.raises(TypeError, match="must be callable"):
        runtime.bind("a")(5)


def test_bind_object(runtime):
    runtime.bind_object(
        "api",
        {
            "version": 3,
            "add": lambda a, b: a + b,
            "nested": {"names": ["x", None], "upper": str.upper, "list": [len]},
            "": 1,
            "odd key!": 2,
            "__proto__": 3,
            "constructor": lambda: "mine",
        },
    )
    assert runtime.eval("[api.version, api.add(1, 2), api.nested.names]") == [3, 3, ["x", None]]
    assert runtime.eval("[api.nested.upper('a'), api.nested.list[0]('four')]") == ["A", 4]
    assert runtime.eval("[api[''], api['odd key!'], api['__proto__'], api.constructor()]") == [
        1,
        2,
        3,
        "mine",
    ]
    assert runtime.eval("[api.add.name, api.nested.upper.name]") == ["add", "upper"]
    assert runtime.eval("Object.getPrototypeOf(api) === Object.prototype") is True


def test_bind_object_takes_any_mapping_and_copies_it(runtime):
    mapping = collections.ChainMap({"a": 1}, {"b": 2})
    runtime.bind_object("one", mapping)
    runtime.bind_object("two", types.MappingProxyType({"c": 3}))
    mapping["a"] = 5
    assert runtime.eval("[one.a, one.b, two.c]") == [1, 2, 3]


def test_wrong_arguments_of_bind_object(runtime):
    circular: dict = {}
    circular["self"] = circular
    with pytest.raises(jsrun.ConversionLimitError, match="circular"):
        runtime.bind_object("o", circular)
    with pytest.raises(TypeError, match=r"cannot convert 'object' to JavaScript \(at \$\.a\)"):
        runtime.bind_object("o", {"a": object()})
    with pytest.raises(TypeError, match="keys must be strings"):
        runtime.bind_object("o", {1: 2})
    with pytest.raises(TypeError, match="obj must be a mapping"):
        runtime.bind_object("o", [1])
    assert runtime.eval("typeof o") == "undefined"


def test_a_javascript_function_in_an_object_stays_itself(runtime):
    function = runtime.eval("globalThis.f = () => 1")
    runtime.bind_object("o", {"f": function})
    assert runtime.eval("o.f === f") is True


@pytest.mark.parametrize(
    "script",
    [
        "Object.defineProperty(globalThis, 'taken', {value: 1})",
        "Object.defineProperty(globalThis, 'taken', {get() { return 1 }})",
        "let taken = 1",
        "const taken = 1",
        "class taken {}",
        "throw 1; let taken",
    ],
)
def test_names_that_a_script_has_taken(runtime, script):
    try:
        runtime.eval(script)
    except JavaScriptError:
        pass
    with pytest.raises(BindingError, match="taken"):
        runtime.bind_function("taken", lambda: 2)
    with pytest.raises(BindingError, match="taken"):
        runtime.bind_object("taken", {})


@pytest.mark.parametrize("name", ["class", "a-b", "1", "x; throw 1", "$", "été", "a b"])
def test_odd_names(runtime, name):
    runtime.eval("0")
    runtime.bind_function(name, lambda: "called")
    runtime.bind_object("names", {"name": name})
    assert runtime.eval("globalThis[names.name]()") == "called"


def test_variables_and_accessors_are_replaced(runtime):
    runtime.eval("var a = 1; globalThis.b = 2; function c() {}")
    runtime.eval("Object.defineProperty(globalThis, 'd', {get() { throw 1 }, configurable: true})")
    for name in "abcd":
        runtime.bind_function(name, lambda name=name: name)
        assert runtime.eval(f"{name}()") == name


# --- ops ------------------------------------------------------------------------------------------


def test_ops(runtime):
    add = runtime.register_op("add", lambda *numbers: sum(numbers))
    upper = runtime.register_op("upper", str.upper, mode="sync")
    assert isinstance(add, int) and 0 < add < 2**53 and add != upper
    call = runtime.eval("(id, ...rest) => __host_op_sync__(id, ...rest)")
    assert call(add, 1, 2, 3) == 6
    assert call(add) == 0
    assert call(upper, "a") == "A"


def test_the_ids_of_ops_cannot_be_guessed(runtime):
    ids = [runtime.register_op(f"op{index}", lambda: None) for index in range(100)]
    assert len(set(ids)) == 100 and max(ids) > 2**45
    assert sorted(ids) != ids


@pytest.mark.parametrize("id", ["", "0", "1", "-1", "NaN", "'text'", "{}", "[]", "2n ** 60n"])
def test_unknown_ops(runtime, id):
    runtime.register_op("op", lambda: None)
    with pytest.raises(JavaScriptError, match="no op of this id") as caught:
        runtime.eval(f"__host_op_sync__({id})")
    assert isinstance(caught.value.__cause__, BindingError)


def test_wrong_arguments_of_ops(runtime):
    runtime.register_op("op", lambda: None)
    with pytest.raises(BindingError, match="registered already"):
        runtime.register_op("op", lambda: None)
    with pytest.raises(RuntimeError, match='mode of an op is "sync" or "async"'):
        runtime.register_op("other", lambda: None, mode="parallel")
    with pytest.raises(TypeError, match="must be callable"):
        runtime.register_op("other", 5)
    runtime.close()
    with pytest.raises(jsrun.RuntimeClosedError):
        runtime.register_op("other", lambda: None)


def test_revoking_an_op(runtime):
    id = runtime.register_op("op", lambda: "called")
    call = runtime.eval("id => __host_op_sync__(id)")
    assert call(id) == "called"
    runtime.revoke_op(id)
    with pytest.raises(JavaScriptError, match="no op of this id"):
        call(id)
    with pytest.raises(BindingError, match="no op of the id"):
        runtime.revoke_op(id)
    assert runtime.register_op("op", lambda: None) != id


def test_an_op_revokes_itself(runtime):
    def once():
        runtime.revoke_op(id)
        return "once"

    id = runtime.register_op("once", once)
    assert runtime.eval("id => __host_op_sync__(id)")(id) == "once"


def test_exceptions_of_ops_cross(runtime):
    id = runtime.register_op("fail", lambda: 1 / 0)
    with pytest.raises(JavaScriptError, match="ZeroDivisionError") as caught:
        runtime.eval("id => __host_op_sync__(id)")(id)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


# --- async ops ------------------------------------------------------------------------------------


async def double(number):
    await asyncio.sleep(0)
    return number * 2


class Doubler:
    async def __call__(self, number):
        return await double(number)

    async def method(self, number):
        return await double(number)


@pytest.mark.parametrize(
    "handler", [double, Doubler(), Doubler().method, functools.partial(double, 21)]
)
async def test_async_ops(runtime, handler):
    id = runtime.register_op("double", handler, mode="async")
    arguments = "" if isinstance(handler, functools.partial) else ", 21"
    assert await runtime.eval_async(f"__host_op_async__({id}{arguments})") == 42
    script = f"(async () => await __host_op_async__({id}{arguments}) + 1)()"
    assert await runtime.eval_async(script) == 43
    is_promise = f"__host_op_async__({id}{arguments}) instanceof Promise"
    assert await runtime.eval_async(is_promise) is True


async def test_async_ops_run_side_by_side_with_the_context_of_the_caller(runtime):
    variable = contextvars.ContextVar("variable")

    async def look():
        await asyncio.sleep(0.001)
        return variable.get()

    id = runtime.register_op("look", look, "async")

    async def caller(value):
        variable.set(value)
        return await runtime.eval_async(
            f"(async () => {{ await null; await __host_op_async__({id}); "
            f"return __host_op_async__({id}) }})()"
        )

    assert await asyncio.gather(*map(caller, range(50))) == list(range(50))


async def test_an_exception_of_an_async_op(runtime):
    async def fail():
        raise LookupError("nothing there")

    id = runtime.register_op("fail", fail, "async")
    with pytest.raises(JavaScriptError, match="LookupError: nothing there") as caught:
        await runtime.eval_async(f"__host_op_async__({id})")
    assert isinstance(caught.value.__cause__, LookupError)
    caught = f"__host_op_async__({id}).catch(error => error.name)"
    assert await runtime.eval_async(caught) == "LookupError"


def test_the_mode_has_to_fit_the_handler(runtime):
    with pytest.raises(BindingError, match='is an async function: register it with mode="async"'):
        runtime.register_op("op", double)
    for handler in (Doubler(), functools.partial(double, 1)):
        with pytest.raises(BindingError, match="is an async function"):
            runtime.register_op("op", handler, mode="sync")
    for handler in (len, lambda: 1, Doubler):
        with pytest.raises(BindingError, match='not an async function: register it with mode="s'):
            runtime.register_op("op", handler, mode="async")
    for mode in ("", "Async", "parallel", None, 1):
        with pytest.raises(BindingError, match='mode of an op is "sync" or "async", not '):
            runtime.register_op("op", double, mode=mode)


async def test_the_caller_has_to_fit_the_mode(runtime):
    sync = runtime.register_op("sync", lambda: 1)
    for call in (f"__host_op_async__({sync})", f"__host_op_async__({sync}, 1)"):
        with pytest.raises(
            JavaScriptError, match="the op 'sync' is sync: call it with __host_op_s"
        ):
            await runtime.eval_async(call)
    is_async = runtime.register_op("async", double, "async")
    with pytest.raises(JavaScriptError, match="'async' is async: call it with __host_op_async__"):
        await runtime.eval_async(f"__host_op_sync__({is_async}, 1)")
    for id in ("", "0", "'text'", sync + is_async):
        with pytest.raises(JavaScriptError, match="no op of this id"):
            await runtime.eval_async(f"__host_op_async__({id})")
    runtime.revoke_op(is_async)
    with pytest.raises(JavaScriptError, match="no op of this id"):
        await runtime.eval_async(f"__host_op_async__({is_async}, 1)")


def test_an_async_op_needs_a_loop(runtime):
    id = runtime.register_op("double", double, "async")
    with pytest.raises(JavaScriptError, match="needs a running asyncio event loop"):
        runtime.eval(f"__host_op_async__({id}, 1)")


# --- while JavaScript runs ------------------------------------------------------------------------


def test_binding_does_not_wait_for_a_script():
    with Runtime() as runtime:
        started, go_on = threading.Event(), threading.Event()

        def wait():
            started.set()
            go_on.wait(20)

        runtime.bind_function("wait", wait)
        thread = threading.Thread(target=runtime.eval, args=("wait()",))
        thread.start()
        started.wait(20)
        before = time.monotonic()
        runtime.bind_function("later", lambda: "bound")
        runtime.bind_object("data", {"a": 1})
        assert time.monotonic() - before < 5
        go_on.set()
        assert runtime.eval("[later(), data.a]") == ["bound", 1]
        thread.join()


def test_binding_within_a_handler(runtime):
    runtime.bind_function("make", lambda: runtime.bind_function("made", lambda: "yes"))
    assert runtime.eval("make(); made()") == "yes"


def test_binding_in_the_default_runtime():
    jsrun.bind_function("shout", str.upper)
    jsrun.bind_object("data", {"a": 1})
    assert jsrun.eval("shout('a') + data.a") == "A1"
    jsrun.close_default_runtime()
