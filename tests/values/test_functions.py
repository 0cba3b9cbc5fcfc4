"""JavaScript functions that Python holds."""

from __future__ import annotations

import asyncio
import functools
import gc
import weakref

import jsrun
import pytest
from jsrun import ConversionLimitError, JsFunction, Runtime, RuntimeConfig, undefined


def test_calling(runtime):
    add = runtime.eval("(a, b) => a + b")
    assert isinstance(add, JsFunction)
    assert callable(add)
    assert add(1, 2) == 3
    assert add("a", "b") == "ab"
    assert add(*["x", "y"]) == "xy"


def test_any_number_of_arguments(runtime):
    count = runtime.eval("(...all) => all")
    for n in [0, 1, 7, 8, 9, 100]:
        assert count(*range(n)) == list(range(n))


@pytest.mark.parametrize("start", [-150, 2**30 - 150, 2**31 - 150, -(2**30) - 150])
def test_integer_arguments_outlive_nested_calls(runtime, start):
    """They survive handlers and garbage collections during the call."""
    numbers = list(range(start, start + 300))
    runtime.bind_function("next_number", lambda at: numbers[at])
    join = runtime.eval("""(...all) => {
        const given = [];
        for (let i = 0; i < 300; i++) given.push(next_number(i), new Array(1000).fill(i).length);
        return [all, given.filter((value, i) => i % 2 === 0), all[5]];
    }""")
    assert join(*numbers) == [numbers, numbers, start + 5]


def test_only_ints_are_integers(runtime):
    class Number(int):
        pass

    kind = runtime.eval("value => typeof value + ' ' + value")
    assert kind(Number(7)) == "number 7"
    assert kind(True) == "boolean true"
    with Runtime(RuntimeConfig(max_serialization_bytes=7)) as small:
        with pytest.raises(ConversionLimitError, match="maximum limit of 7 bytes"):
            small.eval("1")


def test_missing_arguments_are_undefined(runtime):
    assert runtime.eval("x => x")() is undefined
    assert runtime.eval("x => x")(None) is None


def test_keyword_arguments_are_refused(runtime):
    with pytest.raises(TypeError, match="keyword"):
        runtime.eval("x => x")(x=1)


def test_a_function_that_is_no_value_is_refused_with_its_path(runtime):
    with pytest.raises(TypeError, match=r"\(at \$\[1\]\)"):
        runtime.eval("(a, b) => a")(1, [2, object()])


def test_closures_keep_their_state(runtime):
    count = runtime.eval("let n = 0; () => ++n")
    assert [count(), count(), count()] == [1, 2, 3]


def test_throwing(runtime):
    fail = runtime.eval("function fail(x) { throw new TypeError('bad ' + x) } fail")
    with pytest.raises(jsrun.JavaScriptError, match="TypeError: bad thing") as caught:
        fail("thing")
    assert caught.value.frames[0].function_name == "fail"


def test_promises(runtime):
    assert runtime.eval("async x => x * 2")(21) == 42
    with pytest.raises(jsrun.JavaScriptError, match="no"):
        runtime.eval("async () => { throw new Error('no') }")()
    with pytest.raises(RuntimeError, match="pending"):
        runtime.eval("() => new Promise(() => {})")()


def test_identity_is_kept(runtime):
    same = runtime.eval("(a, b) => a === b")
    function = runtime.eval("function f() {}; f")
    assert same(function, function) is True
    assert same(function, runtime.eval("f")) is True
    assert same(function, runtime.eval("() => 1")) is False
    assert runtime.eval("g => g.tag = 1")(function) == 1
    assert runtime.eval("f.tag") == 1


def test_functions_inside_values(runtime):
    value = runtime.eval("({list: [x => x + 1], deep: {f: x => x * 2}})")
    assert value["list"][0](1) == 2
    assert value["deep"]["f"](2) == 4
    assert runtime.eval("o => o.list[0](10)")(value) == 11


def test_a_method_keeps_its_receiver(runtime):
    value = runtime.eval("({n: 42, get() { return this.n }, arrow: () => typeof this})")
    assert value["get"]() == 42
    runtime.eval("var counter = {n: 0, next() { return ++this.n }}")
    step = runtime.eval("counter")["next"]
    assert [step(), step()] == [1, 2]
    assert runtime.eval("counter.n") == 2


def test_a_plain_function_has_no_receiver(runtime):
    assert runtime.eval("'use strict'; (function () { return this })")() is undefined


def test_classes_are_functions(runtime):
    cls = runtime.eval("class Point { constructor(x) { this.x = x } }; Point")
    with pytest.raises(jsrun.JavaScriptError, match="cannot be invoked without 'new'"):
        cls(1)
    assert runtime.eval("(C, x) => new C(x)")(cls, 1) == {"x": 1}


def test_repr(runtime):
    assert repr(runtime.eval("function named() {}; named")) == "<JsFunction named>"
    assert repr(runtime.eval("() => 1")) == "<JsFunction (anonymous)>"
    assert repr(runtime.eval("({method() {}})")["method"]) == "<JsFunction method>"
    assert repr(runtime.eval("Math.max")) == "<JsFunction max>"
    assert runtime.eval("function named() {}; named").__name__ == "named"


def test_close(runtime):
    function = runtime.eval("function f() {}; f")
    function.close()
    function.close()
    assert repr(function) == "<JsFunction f (closed)>"
    with pytest.raises(RuntimeError, match="Function has been closed"):
        function()
    with pytest.raises(RuntimeError, match="Function has been closed"):
        runtime.eval("g => g")(function)


async def test_close_can_be_awaited(runtime):
    function = runtime.eval("() => 1")
    assert await function.close() is None
    assert (
        await asyncio.gather(function.close(), asyncio.create_task(function.close())) == [None] * 2
    )
    with pytest.raises(jsrun.FunctionClosedError):
        function()


def test_close_can_be_run(runtime):
    assert asyncio.run(runtime.eval("() => 1").close()) is None


def test_a_function_is_a_python_callable(runtime):
    add, negative = runtime.eval("[function add(a, b) { return a + b }, a => -a]")
    assert functools.reduce(add, [1, 2, 3, 4]) == 10
    assert functools.partial(add, 1)(2) == 3
    assert list(map(negative, [1, 2])) == [-1, -2]
    assert sorted([1, 3, 2], key=negative) == [3, 2, 1]
    assert functools.lru_cache(negative)(5) == -5
    assert callable(add) and functools.wraps(add)(lambda a, b: a).__name__ == "add"
    runtime.bind_function("again", negative)  # a callable like any other
    assert runtime.eval("again(7)") == -7


def test_a_callback_is_the_same_function_again(runtime):
    runtime.eval("const listeners = new Set(); const listen = f => listeners.add(f).size")
    listen, listener = runtime.eval("[listen, () => 'called']")
    assert [listen(listener), listen(listener), listen(runtime.eval("listen"))] == [1, 1, 2]
    runtime.bind_function("give", lambda: listener)
    runtime.bind_function("take", lambda function: function is not None and listen(function))
    assert runtime.eval("give() === give() && listeners.has(give()) && take(give())") == 2


def test_a_function_outlives_its_name_in_javascript(runtime):
    function = runtime.eval("var f = () => 'here'; f")
    runtime.eval("f = null")
    assert function() == "here"


def test_a_function_of_a_closed_runtime():
    runtime = Runtime()
    function = runtime.eval("() => 1")
    runtime.close()
    with pytest.raises(RuntimeError, match="runtime is closed"):
        function()
    function.close()


def test_a_function_of_another_runtime(runtime):
    with Runtime() as other:
        function = other.eval("() => 1")
        with pytest.raises(TypeError, match=r"of another runtime \(at \$\.f\)"):
            runtime.eval("x => x")({"f": function})
        assert function() == 1


def test_a_function_keeps_its_runtime_alive():
    function = Runtime().eval("() => 'alive'")
    gc.collect()
    with pytest.warns(ResourceWarning, match="unclosed"):
        assert function() == "alive"
        del function
        gc.collect()


def test_dropped_functions_are_collected_by_javascript(runtime):
    """Objects that only a dropped proxy held are freed: a million do not fill the heap."""
    with Runtime(jsrun.RuntimeConfig(max_heap_size=64 * 1024 * 1024)) as small:
        make = small.eval(
            "() => { const ballast = new Array(10000).fill(1); return () => ballast }"
        )
        for _ in range(5000):
            make()
        assert small.eval("1") == 1


def test_cycles_through_python_are_collected():
    with Runtime() as runtime:
        runtime.bind_function("hold", lambda: None)

        class Holder:
            pass

        holder = Holder()
        holder.function = runtime.eval("() => 1")
        holder.itself = holder
        reference = weakref.ref(holder.function)
        del holder
        gc.collect()
        assert reference() is None


def test_a_function_cannot_be_made_by_hand():
    with pytest.raises(TypeError):
        JsFunction()


def test_recursion_through_both_languages(runtime):
    """Each level is a JavaScript frame and a Python frame."""
    down = runtime.eval("(n, f) => n ? call(n - 1, f) : 'bottom'")
    runtime.bind_function("call", lambda n, f: down(n, f))
    assert down(20, down) == "bottom"


def test_endless_recursion_through_both_languages_is_an_error(runtime):
    runtime.bind_function("again", lambda: runtime.eval("again()"))
    with pytest.raises((jsrun.JavaScriptError, RecursionError)):
        runtime.eval("again()")
    assert runtime.eval("1") == 1


def test_a_function_closed_while_it_runs(runtime):
    function = runtime.eval("() => { drop(); return 'done' }")
    runtime.bind_function("drop", lambda: function.close())
    assert function() == "done"
    with pytest.raises(RuntimeError, match="closed"):
        function()
