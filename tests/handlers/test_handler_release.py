"""When a runtime gives up the Python objects that JavaScript can reach."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from jsrun import JavaScriptError, JsrunError, Runtime, RuntimeConfig
from waiting import in_thread, until, until_async


class Handler:
    """A callable that can be referred to weakly."""

    def __call__(self, *arguments: object) -> object:
        return arguments[0] if arguments else 1


class AsyncHandler:
    async def __call__(self, *arguments: object) -> object:
        return arguments[0] if arguments else 1


def collect(runtime: Runtime) -> None:
    """Has V8 collect all garbage, tells the runtime of it, and collects Python's."""
    with runtime.inspector_session() as session:
        session.send("HeapProfiler.collectGarbage")
    runtime.eval("0")
    gc.collect()


def churn(runtime: Runtime) -> None:
    """Has the runtime collect garbage by itself, as it does after many bindings."""
    reference = weakref.ref(handler := Handler())
    runtime.bind_function("churned", handler)
    del handler
    for _ in range(20_000):
        runtime.bind_function("churned", Handler())
        if reference() is None:
            return
    raise AssertionError("nothing was collected")


def is_gone(reference: weakref.ref[Any], runtime: Runtime) -> bool:
    collect(runtime)
    return reference() is None


BINDINGS: dict[str, Callable[[Runtime, Any], None]] = {
    "bind_function": lambda runtime, handler: runtime.bind_function("f", handler),
    "bind": lambda runtime, handler: runtime.bind(handler, name="f") and None,
    "bind_object": lambda runtime, handler: runtime.bind_object("o", {"f": handler}),
    "deep in an object": lambda runtime, handler: runtime.bind_object("o", {"a": [{"f": handler}]}),
}

DROPS = "delete globalThis.f; delete globalThis.o; 0"


@pytest.mark.parametrize("kind", [Handler, AsyncHandler])
@pytest.mark.parametrize("binding", BINDINGS)
def test_a_handler_is_released_when_javascript_has_dropped_it(binding, kind):
    with Runtime() as runtime:
        handler = kind()
        reference = weakref.ref(handler)
        BINDINGS[binding](runtime, handler)
        del handler
        assert not is_gone(reference, runtime)
        runtime.eval(DROPS)
        assert is_gone(reference, runtime)


KEEPERS = {
    "a variable": ("globalThis.kept = f; 0", "kept()"),
    "a closure": ("globalThis.kept = (g => () => g())(f); 0", "kept()"),
    "a bound function": ("globalThis.kept = f.bind(null, 1); 0", "kept()"),
    "a Proxy": ("globalThis.kept = new Proxy(f, {}); 0", "kept()"),
    "a property": ("globalThis.kept = {get x() { return this.g(); }, g: f}; 0", "kept.x"),
    "a Map": ("globalThis.kept = new Map([['g', f]]); 0", "kept.get('g')()"),
    "a WeakMap": (
        "globalThis.key = {}; globalThis.kept = new WeakMap([[key, f]]); 0",
        "kept.get(key)()",
    ),
    "a promise": (
        "globalThis.kept = new Promise(g => { globalThis.go = g; }).then(f); 0",
        "go(1); kept",
    ),
    "a WebAssembly import": (
        # (module (import "m" "f" (func (result i32))) (func (export "g") (result i32) call 0))
        "globalThis.kept = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(["
        "0,97,115,109,1,0,0,0,1,5,1,96,0,1,127,2,7,1,1,109,1,102,0,0,3,2,1,0,7,5,1,1,103,0,1,"
        "10,6,1,4,0,16,0,11])), {m: {f}}).exports; 0",
        "kept.g()",
    ),
}


@pytest.mark.parametrize("keeper", KEEPERS)
def test_what_javascript_keeps_works_after_its_name_is_bound_again(keeper):
    keep, use = KEEPERS[keeper]
    with Runtime() as runtime:
        handler = Handler()
        reference = weakref.ref(handler)
        runtime.bind_function("f", lambda *arguments: 1)
        runtime.bind_function("f", handler)
        del handler
        runtime.eval(keep)
        runtime.bind_function("f", lambda: 2)
        for _ in range(50):  # their numbers must not be the kept one's
            runtime.bind_function("other", lambda: 3)
        assert not is_gone(reference, runtime)
        assert runtime.eval(use) == 1
        assert runtime.eval("f()") == 2
        runtime.eval("globalThis.kept = globalThis.key = globalThis.go = undefined; 0")
        assert is_gone(reference, runtime)


def test_a_timer_keeps_its_handler_until_it_has_run():
    with Runtime() as runtime:
        called = threading.Event()
        runtime.bind_function("f", called.set)
        reference = weakref.ref(called)
        runtime.eval("setTimeout(f, 50); delete globalThis.f; 0")
        collect(runtime)
        until(called.is_set)
        del called
        until(lambda: is_gone(reference, runtime))


def test_python_keeps_a_javascript_function_and_so_its_handlers():
    with Runtime() as runtime:
        handler = Handler()
        reference = weakref.ref(handler)
        runtime.bind_function("f", handler)
        del handler
        call = runtime.eval("(f => () => f())(f)")
        runtime.eval(DROPS)
        assert not is_gone(reference, runtime)
        assert call() == 1
        call.close()
        assert is_gone(reference, runtime)


def alive_of_many(runtime: Runtime, *, count: int = 10_000) -> int:
    """How many of the handlers that a name was bound to are alive at the end."""
    references = []
    for _ in range(count):
        handler = Handler()
        references.append(weakref.ref(handler))
        runtime.bind_function("f", handler)
        assert runtime.eval("f()") == 1
    del handler
    return sum(reference() is not None for reference in references)


def test_a_name_that_is_bound_again_and_again_keeps_few_handlers():
    """The test asks for no collection: the runtime does."""
    with Runtime() as runtime:
        assert alive_of_many(runtime) < 5000


def test_the_same_for_a_runtime_that_threads_share():
    with Runtime() as runtime:
        for _ in range(2):
            assert in_thread(alive_of_many, runtime).result() < 5000
        assert alive_of_many(runtime) < 5000


def test_the_same_where_another_runtime_is_shared():
    """V8 then does not know that the thread has the isolate."""
    with Runtime() as shared, Runtime() as runtime:
        assert in_thread(shared.eval, "1").result() == 1
        assert alive_of_many(runtime) < 5000


def test_many_handlers_that_stay():
    with Runtime() as runtime:
        runtime.bind_object("o", {f"f{i}": lambda i=i: i for i in range(10_000)})
        assert runtime.eval("Object.values(o).reduce((sum, f) => sum + f(), 0)") == 49_995_000


def test_a_number_that_is_used_again_is_not_confused():
    with Runtime() as runtime:
        for round in range(5):
            for i in range(200):
                runtime.bind_function(f"f{i}", lambda round=round, i=i: [round, i])
            runtime.eval("for (let i = 0; i < 200; i += 2) delete globalThis['f' + i]; 0")
            collect(runtime)
            for i in range(1, 200, 2):
                assert runtime.eval(f"f{i}()") == [round, i]
            assert runtime.eval("globalThis.f0 === undefined")


def test_a_call_that_is_under_way_keeps_its_handler():
    with Runtime() as runtime:
        alive = []

        class Dropped(Handler):
            def __call__(self, *arguments: object) -> object:
                churn(runtime)
                alive.append(reference() is not None)
                return 7

        handler = Dropped()
        reference = weakref.ref(handler)
        runtime.bind_function("f", handler)
        del handler
        assert runtime.eval("const g = f; delete globalThis.f; g()") == 7
        assert alive == [True]


def test_an_async_handler_is_kept_until_its_call_is_done():
    async def main() -> None:
        with Runtime() as runtime:
            go = asyncio.Event()

            class Waiting:
                async def __call__(self) -> int:
                    await go.wait()
                    return 7

            handler = Waiting()
            reference = weakref.ref(handler)
            runtime.bind_function("f", handler)
            del handler
            call = asyncio.ensure_future(
                runtime.eval_async("globalThis.p = f(); delete globalThis.f; p")
            )
            await asyncio.sleep(0)
            await asyncio.to_thread(collect, runtime)
            assert reference() is not None
            go.set()
            assert await call == 7
            del call
            await runtime.eval_async("delete globalThis.p; 0")

            async def released() -> bool:
                return await asyncio.to_thread(is_gone, reference, runtime)

            while not await released():
                await asyncio.sleep(0.01)

    asyncio.run(main())


def test_a_handler_whose_finalizer_uses_the_runtime():
    seen: list[Any] = []

    class Finalized(Handler):
        def __del__(self) -> None:
            seen.append(runtime.eval("f2()"))
            runtime.bind_function("f3", Handler())

    with Runtime() as runtime:
        runtime.bind_function("f2", lambda: "used")
        runtime.bind_function("f", Finalized())
        runtime.eval(DROPS)
        collect(runtime)
        assert seen == ["used"]
        assert runtime.eval("f3(5)") == 5


def test_a_handler_that_keeps_the_runtime_is_no_leak():
    runtime = Runtime()
    reference = weakref.ref(runtime)
    runtime.bind_function("f", lambda runtime=runtime: runtime)
    with pytest.warns(ResourceWarning):
        del runtime
        gc.collect()
    assert reference() is None


# --- the end --------------------------------------------------------------------------------------


class Loader(Handler):
    def resolve(self, specifier: str, referrer: str) -> str:
        return specifier


async def chunks(kept: object):
    yield kept


def with_everything() -> tuple[Runtime, list[weakref.ref[Any]]]:
    """A runtime that keeps objects in every way there is, and references to them."""
    kept: dict[str, Any] = {
        name: Handler() for name in ["function", "object", "op", "console", "uncaught", "resolver"]
    }
    kept["async"] = AsyncHandler()
    kept["loader"] = Loader()
    kept["context"] = Handler()
    kept["source"] = Handler()
    runtime = Runtime(
        RuntimeConfig(console_handler=kept["console"], uncaught_handler=kept["uncaught"])
    )
    runtime.bind_function("f", kept["function"])
    runtime.bind_function("g", kept["async"])
    runtime.bind_object("o", {"f": kept["object"]})
    runtime.register_op("op", kept["op"])
    runtime.set_module_resolver(kept["resolver"])
    runtime.set_module_loader(kept["loader"])
    variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")

    async def evaluate() -> None:
        variable.set(kept["context"])
        await runtime.eval_async("f()")

    asyncio.run(evaluate())
    runtime.eval("(s) => { globalThis.s = s; }")(
        runtime.stream_from_async_iterable(chunks(kept["source"]))
    )
    return runtime, [weakref.ref(object) for object in kept.values()]


def assert_released(references: list[weakref.ref[Any]]) -> None:
    def alive() -> list[object]:
        gc.collect()
        return [reference() for reference in references if reference() is not None]

    until(lambda: not alive())


def test_close_releases_everything():
    runtime, references = with_everything()
    runtime.close()
    assert_released(references)
    assert runtime.is_closed()


def test_close_by_another_thread_releases_everything():
    runtime, references = with_everything()
    thread = threading.Thread(target=runtime.close)
    thread.start()
    thread.join()
    assert_released(references)


def test_close_by_a_handler_releases_everything():
    runtime, references = with_everything()
    runtime.bind_function("close", runtime.close)
    with pytest.raises(JsrunError):
        runtime.eval("close(); for (;;);")
    assert_released(references)


def test_close_by_an_async_evaluation_releases_everything():
    runtime, references = with_everything()
    runtime.bind_function("close", runtime.close)

    async def main() -> None:
        with pytest.raises(JsrunError):
            await runtime.eval_async("close(); for (;;);")

        def is_released() -> bool:
            gc.collect()
            return all(reference() is None for reference in references)

        await until_async(is_released)

    asyncio.run(main())


def test_close_with_a_debugger_attached_releases_everything():
    runtime, references = with_everything()
    with runtime.inspector_session() as session:
        session.send("Runtime.enable")
        session.send("Runtime.evaluate", expression="f")
        runtime.close()
    assert_released(references)


def test_the_end_by_the_heap_limit_releases_everything():
    runtime = Runtime(RuntimeConfig(max_heap_size=16 * 2**20))
    handler = Handler()
    reference = weakref.ref(handler)
    runtime.bind_function("f", handler)
    del handler
    with pytest.raises(JsrunError):
        runtime.eval("const all = []; for (;;) all.push([all.length])")
    assert_released([reference])
    runtime.close()


def test_terminate_keeps_the_handlers_until_the_close():
    runtime, references = with_everything()
    runtime.terminate()
    gc.collect()
    assert any(reference() is not None for reference in references)
    runtime.close()
    assert_released(references)


def test_a_finalizer_that_closes_the_runtime_again():
    runtime = Runtime()
    closed = []

    class Finalized(Handler):
        def __del__(self) -> None:
            runtime.close()
            closed.append(runtime.is_closed())

    runtime.bind_function("f", Finalized())
    runtime.close()
    assert closed == [True]


def test_the_exception_of_a_handler_is_not_kept_after_the_close():
    runtime = Runtime()

    class Failure(Exception):
        pass

    def fail() -> None:
        raise Failure

    runtime.bind_function("f", fail)
    try:
        runtime.eval("f()")
    except JavaScriptError as error:
        cause = weakref.ref(error.__cause__) if error.__cause__ else None
    assert cause is not None
    runtime.close()
    assert_released([cause])
