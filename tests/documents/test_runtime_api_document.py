"""The document "Runtime" of the API reference: its statements, in its order.

Modules and streams have tests elsewhere. Where this library allows more than the document does (any
thread may call any method), the test tells what it allows.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import threading
from collections import OrderedDict, UserDict
from datetime import timedelta
from types import MappingProxyType

import jsrun
import pytest
from jsrun import (
    InspectorConfig,
    InspectorEndpoints,
    JavaScriptError,
    Runtime,
    RuntimeConfig,
    RuntimeStats,
    RuntimeTerminated,
)

PENDING = "new Promise(() => {})"
ENDLESS = "while (true);"


@pytest.mark.parametrize(
    "method, parameters",
    [
        ("eval", {"code": None}),
        ("eval_async", {"code": None, "timeout": None}),
        ("register_op", {"name": None, "handler": None, "mode": "sync"}),
        ("is_closed", {}),
        ("get_stats", {}),
        ("inspector_endpoints", {}),
        ("close", {}),
        ("terminate", {}),
        ("bind_function", {"name": None, "handler": None}),
        ("bind_object", {"name": None, "obj": None}),
    ],
)
def test_parameters(method, parameters):
    own = inspect.signature(getattr(Runtime, method)).parameters
    for name, default in parameters.items():
        assert name in own
        if default is not None:
            assert own[name].default == default


# --- Runtime --------------------------------------------------------------------------------------


async def test_async_first_with_promise_support():
    with Runtime() as runtime:
        script = "new Promise(resolve => setTimeout(resolve, 1, 'later'))"
        assert await runtime.eval_async(script) == "later"


def test_methods_may_be_called_by_other_threads():
    results = []
    with Runtime() as runtime:
        thread = threading.Thread(target=lambda: results.append(runtime.eval("1 + 1")))
        thread.start()
        thread.join(60)
    assert results == [2]


def test_a_runtime_with_and_without_a_configuration():
    for arguments in ((), (None,), (RuntimeConfig(),)):
        with Runtime(*arguments) as runtime:
            assert runtime.eval("1") == 1
    with Runtime(config=RuntimeConfig(bootstrap="var x = 1")) as runtime:
        assert runtime.eval("x") == 1
    with pytest.raises(TypeError, match="config must be a RuntimeConfig or None, not dict"):
        Runtime({})  # type: ignore[arg-type]


# --- eval -----------------------------------------------------------------------------------------


def test_eval_gives_native_python_values(runtime):
    script = "({int: 1, str: 'a', list: [1.5, null, true], dict: {a: {b: 'c'}}})"
    assert runtime.eval(script) == {
        "int": 1,
        "str": "a",
        "list": [1.5, None, True],
        "dict": {"a": {"b": "c"}},
    }


def test_eval_blocks_on_the_asynchronous_evaluation(runtime):
    assert runtime.eval("new Promise(resolve => setTimeout(resolve, 5, 'waited'))") == "waited"


def test_eval_raises_runtime_error_if_it_fails(runtime):
    with pytest.raises(RuntimeError, match="still pending"):
        runtime.eval(PENDING)
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("1")


def test_eval_raises_runtime_error_if_it_times_out():
    with Runtime(RuntimeConfig(timeout=0.02)) as runtime:
        with pytest.raises(RuntimeError, match="timed out"):
            runtime.eval(ENDLESS)
        assert runtime.eval("1") == 1


def test_eval_raises_javascript_error_if_javascript_throws(runtime):
    with pytest.raises(JavaScriptError, match="TypeError: boom"):
        runtime.eval("throw new TypeError('boom')")


# --- eval_async -----------------------------------------------------------------------------------


async def test_eval_async_waits_for_promises(runtime):
    assert await runtime.eval_async("1") == 1
    assert await runtime.eval_async("Promise.resolve({a: [1]})") == {"a": [1]}
    chained = "(async () => { let n = 0; for (; n < 5; n++) await null; return n })()"
    assert await runtime.eval_async(chained) == 5


@pytest.mark.parametrize("timeout", [0.02, timedelta(milliseconds=20)])
async def test_eval_async_takes_a_timeout(runtime, timeout):
    for code in (ENDLESS, PENDING):
        with pytest.raises(RuntimeError, match="timed out"):
            await runtime.eval_async(code, timeout=timeout)
    assert await runtime.eval_async("1", timeout=60) == 1
    assert await runtime.eval_async("1", timeout=None) == 1


async def test_eval_async_raises(runtime):
    for code in ("throw new RangeError('boom')", "Promise.reject(new RangeError('boom'))"):
        with pytest.raises(JavaScriptError, match="RangeError: boom"):
            await runtime.eval_async(code)
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        await runtime.eval_async("1")


# --- register_op ----------------------------------------------------------------------------------


def test_register_op_gives_an_id_to_be_used_in_javascript(runtime):
    id = runtime.register_op("add", lambda a, b: a + b)
    assert type(id) is int
    assert runtime.eval(f"__host_op_sync__({id}, 1, 2)") == 3


async def test_register_op_takes_async_handlers(runtime):
    async def add(a, b):
        await asyncio.sleep(0)
        return a + b

    id = runtime.register_op("add", add, mode="async")
    assert await runtime.eval_async(f"__host_op_async__({id}, 1, 2)") == 3


def test_register_op_raises_runtime_error_if_registration_fails(runtime):
    runtime.register_op("unique", len)
    for arguments in (("unique", len), ("other", len, "neither"), ("other", len, "async")):
        with pytest.raises(RuntimeError):
            runtime.register_op(*arguments)
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.register_op("other", len)


def test_async_handlers_of_ops_need_an_asyncio_context(runtime):
    async def handler():
        return "called"

    id = runtime.register_op("op", handler, mode="async")
    with pytest.raises(JavaScriptError, match="needs a running asyncio event loop"):
        runtime.eval(f"__host_op_async__({id})")

    async def main():
        return await runtime.eval_async(f"__host_op_async__({id})")

    assert asyncio.run(main()) == "called"


# --- is_closed, get_stats, inspector_endpoints ----------------------------------------------------


def test_is_closed():
    runtime = Runtime()
    assert runtime.is_closed() is False
    runtime.close()
    assert runtime.is_closed() is True


def test_get_stats(runtime):
    runtime.eval("1")
    stats = runtime.get_stats()
    assert isinstance(stats, RuntimeStats)
    assert {field.name for field in dataclasses.fields(stats)} >= {
        "heap_total_bytes",
        "heap_used_bytes",
        "external_memory_bytes",
        "physical_total_bytes",
        "total_execution_time_ms",
        "last_execution_time_ms",
        "last_execution_kind",
        "eval_sync_count",
        "eval_async_count",
        "eval_module_sync_count",
        "eval_module_async_count",
        "call_function_sync_count",
        "call_function_async_count",
        "active_async_ops",
        "open_resources",
        "active_timers",
        "active_intervals",
        "active_js_streams",
        "active_py_streams",
        "total_js_streams",
        "total_py_streams",
        "bytes_streamed_js_to_py",
        "bytes_streamed_py_to_js",
    }
    assert (stats.eval_sync_count, stats.last_execution_kind) == (1, "eval_sync")


async def test_get_stats_of_every_kind_of_execution(runtime):
    function = runtime.eval("() => 1")
    function()
    await runtime.eval_async("1")
    assert runtime.get_stats().last_execution_kind == "eval_async"
    await function.call_async()
    stats = runtime.get_stats()
    assert stats.last_execution_kind == "call_function_async"
    assert (stats.eval_sync_count, stats.eval_async_count) == (1, 1)
    assert (stats.call_function_sync_count, stats.call_function_async_count) == (1, 1)


def test_inspector_endpoints(runtime):
    assert runtime.inspector_endpoints() is None
    with Runtime(RuntimeConfig(inspector=InspectorConfig(port=0))) as inspected:
        endpoints = inspected.inspector_endpoints()
        assert isinstance(endpoints, InspectorEndpoints)
        assert endpoints.websocket_url.startswith("ws://127.0.0.1:")
        assert endpoints.devtools_frontend_url.startswith("devtools://")


# --- close ----------------------------------------------------------------------------------------


def test_close_frees_everything_and_the_runtime_can_no_longer_be_used():
    runtime = Runtime()
    runtime.close()
    calls = [
        lambda: runtime.eval("1"),
        lambda: runtime.get_stats(),
        lambda: runtime.bind_function("f", len),
        lambda: runtime.bind_object("o", {}),
        lambda: runtime.register_op("op", len),
    ]
    for call in calls:
        with pytest.raises(jsrun.RuntimeClosedError, match="runtime is closed"):
            call()


def test_close_is_called_by_the_context_manager():
    with Runtime() as runtime:
        pass
    assert runtime.is_closed()
    with pytest.raises(ZeroDivisionError), Runtime() as runtime:
        raise ZeroDivisionError
    assert runtime.is_closed()


# --- terminate ------------------------------------------------------------------------------------


def test_terminate_stops_what_runs_and_prevents_what_follows(runtime):
    """The document allows only the owner's thread to call it. Here any thread may."""
    runtime.bind_function("stop", threading.Thread(target=runtime.terminate).start)
    with pytest.raises(RuntimeTerminated, match="terminated by host request"):
        runtime.eval(f"stop(); {ENDLESS}")
    with pytest.raises(RuntimeTerminated):
        runtime.eval("1")


async def test_terminate_ends_asynchronous_evaluations(runtime):
    evaluation = asyncio.ensure_future(runtime.eval_async(PENDING))
    await asyncio.sleep(0)
    runtime.terminate()
    with pytest.raises(RuntimeTerminated):
        await evaluation
    with pytest.raises(RuntimeTerminated):
        await runtime.eval_async("1")


# --- bind_function --------------------------------------------------------------------------------


def test_bind_function_makes_a_global_function(runtime):
    runtime.bind_function("greet", lambda name: f"Hello, {name}!")
    assert runtime.eval("globalThis.greet === greet && greet('world')") == "Hello, world!"


async def test_bind_function_detects_async_handlers(runtime):
    async def fetch(key):
        await asyncio.sleep(0)
        return {"key": key}

    runtime.bind_function("fetch", fetch)
    assert await runtime.eval_async("fetch('a') instanceof Promise") is True
    assert await runtime.eval_async("(async () => (await fetch('a')).key)()") == "a"


def test_an_async_function_needs_an_asyncio_context(runtime):
    async def fetch():
        return 1

    runtime.bind_function("fetch", fetch)
    with pytest.raises(JavaScriptError, match="event loop"):
        runtime.eval("fetch()")


# --- bind_object ----------------------------------------------------------------------------------


async def test_bind_object_makes_properties_of_values_and_callables(runtime):
    async def load(name):
        return name.upper()

    runtime.bind_object(
        "host", {"version": 1, "tags": ["a", "b"], "add": lambda a, b: a + b, "load": load}
    )
    assert runtime.eval("[globalThis.host === host, host.version, host.tags, host.add(1, 2)]") == [
        True,
        1,
        ["a", "b"],
        3,
    ]
    assert await runtime.eval_async("host.load('x')") == "X"
    assert await asyncio.to_thread(runtime.eval, "host.load('y')") == "Y"


@pytest.mark.parametrize("kind", [dict, OrderedDict, UserDict, MappingProxyType])
def test_bind_object_takes_mappings_with_string_keys(runtime, kind):
    runtime.bind_object("host", kind({"a": 1}))
    assert runtime.eval("host.a") == 1
    with pytest.raises(TypeError, match="key"):
        runtime.bind_object("host", kind({1: 1}))
    with pytest.raises(TypeError, match=r"\$\.a"):
        runtime.bind_object("host", kind({"a": object()}))
