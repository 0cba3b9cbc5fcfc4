"""Scripts that reach the heap limit, and the ways in which a runtime runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import jsrun
import pytest
from jsrun import Runtime, RuntimeConfig, RuntimeTerminated
from memory import MIB

# Scripts that reach the heap limit in small steps, or in one large step.
DEADLY = {
    "push": "const a = []; for (;;) a.push({x: a.length})",
    "map": "const m = new Map(); for (let i = 0;; i++) m.set('k' + i, [i])",
    "closures": "let f = () => 1; for (;;) { const g = f; f = () => g }",
    "promises": "let p = Promise.resolve(), k = []; for (;;) k.push(p = p.then(() => 1))",
    "keys": "const o = {}; for (let i = 0;; i++) o['key' + i] = i",
    "weak map": """
        const w = new WeakMap(), k = [];
        for (;;) { const o = {}; w.set(o, [1]); k.push(o) }""",
    "typed arrays": "const k = []; for (;;) k.push(new Uint8Array(8))",
    "promise jobs": """
        const k = []; function again() { k.push(Promise.resolve().then(again)); again2() }
        function again2() { for (let i = 0; i < 100; i++) k.push({}) } again()""",
    "caught": "const a = []; for (;;) try { for (;;) a.push([1]) } catch {} finally { a.push(1) }",
    "generator": "function* f() { for (;;) yield {} } Array.from(f())",
    "fill": "globalThis.b = new Array(5e7).fill(0)",
    "concat": "const a = new Array(2e7).fill(1); for (const k = [];;) k.push(a.concat(a))",
    "doubled string": (
        "let s = 'abc', k = []; for (;;) { s += s; k.push(/x/.test(s)); s = s.slice(0, 2 ** 28) }"
    ),
    "join": (
        "const a = new Array(3e5).fill('x'.repeat(900)); for (const k = [];;) k.push(a.join(''))"
    ),
    "json": (
        "let o = {}; for (let i = 0; i < 24; i++) o = {a: o, b: [o]}; "
        "const t = JSON.stringify(o); JSON.parse(t)"
    ),
    "split": "'x'.padStart(2 ** 28).split('')",
    "getter of the result": "({get a() { const k = []; for (;;) k.push({}) }})",
    "toString of an error": "throw {toString() { const k = []; for (;;) k.push({}) }}",
}


def small(**settings: Any) -> RuntimeConfig:
    return RuntimeConfig(max_heap_size=16 * MIB, **settings)


Way = Callable[[Runtime, str], Any]
WAYS: dict[str, Way] = {}


def way(function: Way) -> Way:
    """Registers a way to run `code`, a block that reaches the limit."""
    WAYS[function.__name__] = function
    return function


@way
def a_module(victim, code):
    victim.add_static_module("m", code)
    victim.eval_module("m")


@way
def a_module_that_waits(victim, code):
    victim.add_static_module("m", "await null;" + code)
    asyncio.run(victim.eval_module_async("m"))


@way
def an_imported_module(victim, code):
    victim.add_static_module("m", code)
    victim.add_static_module("n", "import 'm'")
    victim.eval("import('n').finally(() => 1)")


@way
def an_exports_getter(victim, code):
    victim.add_static_module("m", "export const o = {get a() " + code + "}")
    assert not victim.eval_module("m").unconverted


@way
def a_module_resolver(victim, code):
    victim.set_module_resolver(lambda specifier, referrer: victim.eval(code) or specifier)
    victim.set_module_loader(lambda url: "1")
    victim.eval("import('m').finally(() => 1)")


@way
def a_module_loader(victim, code):
    async def load(url):
        return victim.eval(code) or "1"

    victim.set_module_resolver(lambda specifier, referrer: specifier)
    victim.set_module_loader(load)
    asyncio.run(victim.eval_module_async("m"))


@way
def a_modules_source(victim, code):
    victim.set_module_resolver(lambda specifier, referrer: specifier)
    victim.set_module_loader(lambda url: "export default [" + "{a: 1}," * 500_000 + "]")
    victim.eval_module("m")


async def read_all(stream):
    async for _chunk in stream:
        pass


@way
def a_stream(victim, code):
    asyncio.run(read_all(victim.eval("new ReadableStream({pull(c) " + code + "})")))


@way
def a_streams_chunk(victim, code):
    chunk = "{get a() " + code + "}"
    stream = "new ReadableStream({start(c) { c.enqueue(" + chunk + ") }})"
    asyncio.run(read_all(victim.eval(stream)))


@way
def a_stream_from_python(victim, code):
    async def chunks():
        while True:
            yield ["x" * 1000] * 1000

    keep = victim.eval("async s => { const k = []; for await (const c of s) k.push(c) }")

    async def read():
        await keep.call_async(victim.stream_from_async_iterable(chunks()))

    asyncio.run(read())


@way
def a_clone(victim, code):
    victim.eval("structuredClone({get a() " + code + "})")


@way
def a_timer(victim, code):
    victim.eval("new Promise(resolve => setTimeout(() => " + code + ", 1))")


@way
def a_finalizer(victim, code):
    victim.eval("globalThis.registry = new FinalizationRegistry(() => " + code + "); 0")
    while True:
        victim.eval("for (let i = 0; i < 1e5; i++) registry.register({}, i)")
        victim.eval("new Promise(resolve => setTimeout(resolve, 1))")


@way
def an_errors_stack(victim, code):
    victim.eval("Error.prepareStackTrace = () => " + code + "; throw new Error('x')")


@way
def an_argument(victim, code):
    victim.bind_function("take", lambda value: None)
    victim.eval("take({get a() " + code + "})")


@way
def the_results_of_handlers(victim, code):
    victim.bind_function("give", lambda: ["x" * 100 + str(i) for i in range(1000)])
    victim.eval("const k = []; for (;;) k.push(give())")


@way
def the_results_of_async_handlers(victim, code):
    async def give():
        return ["x" * 100 + str(i) for i in range(1000)]

    victim.bind_function("give", give)
    asyncio.run(victim.eval_async("(async () => { for (const k = [];;) k.push(await give()) })()"))


@way
def a_job_of_many(victim, code):
    async def main():
        waiting = [victim.eval_async("new Promise(r => setTimeout(r, 1e6))") for _ in range(20)]
        jobs = [asyncio.ensure_future(one) for one in [*waiting, victim.eval_async(code)]]
        for error in await asyncio.gather(*jobs, return_exceptions=True):
            assert isinstance(error, RuntimeTerminated)
        raise error

    asyncio.run(main())


@way
def a_program_that_debugs(victim, code):
    with victim.inspector_session() as session:
        session.send("Runtime.enable")
        session.send("Debugger.enable")
        victim.eval(code)


@way
def an_expression_of_a_debugger(victim, code):
    with victim.inspector_session() as session:
        with pytest.raises((jsrun.InspectorError, jsrun.InspectorSessionClosed)):
            session.send("Runtime.evaluate", expression=code)
    victim.eval("1")


@way
def a_logged_value(victim, code):
    with victim.inspector_session() as session:
        session.send("Runtime.enable")
        victim.eval("for (let i = 0; i < 50; i++) console.log({i, j: [i]});" + code)


@way
def a_profile(victim, code):
    with victim.cpu_profile(), victim.coverage():
        victim.eval(code)


STEPS = "{ const a = []; for (;;) a.push({x: a.length}) }"
LEAP = "{ const a = new Array(3e6).fill(1); for (const k = [];;) k.push(a.concat(a)) }"
