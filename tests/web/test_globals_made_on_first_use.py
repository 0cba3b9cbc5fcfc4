"""Globals that are made when they are first used. No script can tell, whatever it did before."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from jsrun import (
    PyStreamSource,
    Runtime,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
    SnapshotBuilder,
)

STREAMS = [
    "ByteLengthQueuingStrategy",
    "CountQueuingStrategy",
    "ReadableByteStreamController",
    "ReadableStream",
    "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader",
    "TransformStream",
    "TransformStreamDefaultController",
    "WritableStream",
    "WritableStreamDefaultController",
    "WritableStreamDefaultWriter",
]
WEB = [
    "AbortController",
    "AbortSignal",
    "Blob",
    "Crypto",
    "CustomEvent",
    "DOMException",
    "Event",
    "EventTarget",
    "Performance",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "URLSearchParams",
    "atob",
    "btoa",
    "crypto",
    "performance",
]
ENUMERABLE = {"atob", "btoa", "crypto", "performance"}
ALL = STREAMS + WEB

# True if a class of streams works.
WORKS = "new ReadableStream().getReader() instanceof ReadableStreamDefaultReader"


@pytest.fixture
def web():
    with Runtime(RuntimeConfig(web_globals=True)) as runtime:
        yield runtime


# --- appearance -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_an_ordinary_property(web, name):
    kind = "object" if name in ("crypto", "performance") else "function"
    enumerable = name in ENUMERABLE
    assert web.eval(f"'{name}' in globalThis && Object.hasOwn(globalThis, '{name}')") is True
    assert web.eval(f"globalThis.propertyIsEnumerable('{name}')") is enumerable
    descriptor = web.eval(
        f"const {{ value, ...rest }} = Object.getOwnPropertyDescriptor(globalThis, '{name}');"
        f"[typeof value, value === {name}, value === globalThis.{name}, rest]"
    )
    rest = {"writable": True, "enumerable": enumerable, "configurable": True}
    assert descriptor == [kind, True, True, rest]


def test_the_order_of_globals_does_not_depend_on_their_use(web):
    names = "Object.getOwnPropertyNames(globalThis)"
    before = web.eval(names)
    assert [name for name in before if name in ALL] == ALL
    web.eval("URL; TransformStream; ReadableStream; atob; globalThis.mine = 1; 0")
    assert web.eval(names) == [*before, "mine"]


def test_enumeration(web):
    keys = web.eval("Object.keys(globalThis)")
    assert [name for name in keys if name in ALL] == [n for n in WEB if n in ENUMERABLE]
    assert web.eval("Object.assign({}, globalThis).btoa === btoa") is True


def test_classes_know_one_another(runtime):
    assert runtime.eval("ReadableStream.prototype.constructor === ReadableStream") is True
    assert runtime.eval("new TransformStream().readable.constructor === ReadableStream") is True
    assert runtime.eval(WORKS) is True


@pytest.mark.parametrize(
    "access",
    [
        "Object.create(globalThis).ReadableStream",
        "Object.create(Object.create(globalThis)).ReadableStream",
        "new Proxy(globalThis, {}).ReadableStream",
        "Reflect.get(globalThis, 'ReadableStream')",
        "Reflect.get(globalThis, 'ReadableStream', {})",
        "Reflect.get(globalThis, 'ReadableStream', 5)",
        "Reflect.get(globalThis, 'ReadableStream', undefined)",
        "Object.getOwnPropertyDescriptors(globalThis).ReadableStream.value",
        "(function () { with (globalThis) return ReadableStream; })()",
        "(0, eval)('ReadableStream')",
        "new Function('return ReadableStream')()",
        "globalThis['Readable' + 'Stream']",
        "Object.setPrototypeOf(function () {}, globalThis).ReadableStream",
        "(() => { let read; for (let i = 0; i < 100; i++) read = ReadableStream; return read; })()",
        (
            "(() => { for (const o of [{}, globalThis, globalThis]) var s = o.ReadableStream; "
            "return s; })()"
        ),
        "Object.getPrototypeOf(class extends ReadableStream {})",
    ],
)
def test_ways_to_access_a_global(runtime, access):
    runtime.eval(f"var first = {access}; 0")
    assert runtime.eval("typeof first === 'function' && first === ReadableStream") is True
    assert runtime.eval(WORKS) is True


# --- scripts that replace the globals -------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "globalThis.ReadableStream = 7",
        "ReadableStream = 7",
        "'use strict'; ReadableStream = 7",
        "var ReadableStream = 7",
        "let ReadableStream = 7",
        "const ReadableStream = 7",
        "Object.defineProperty(globalThis, 'ReadableStream', { value: 7 })",
        "Object.defineProperty(globalThis, 'ReadableStream', { get: () => 7 })",
        "Reflect.set(globalThis, 'ReadableStream', 7)",
        "Object.assign(globalThis, { ReadableStream: 7 })",
        "delete globalThis.ReadableStream; globalThis.ReadableStream = 7",
        "globalThis.__defineGetter__('ReadableStream', () => 7)",
    ],
)
def test_a_global_is_replaced_before_its_first_use(runtime, code):
    runtime.eval(code + "; 0")
    assert runtime.eval("ReadableStream") == 7
    # The other globals do not depend on it.
    assert runtime.eval("new TransformStream().readable.getReader().constructor.name") == (
        "ReadableStreamDefaultReader"
    )
    assert runtime.eval("ReadableStream") == 7


def test_a_global_is_declared_as_a_function_or_class(runtime):
    runtime.eval("function ReadableStream() { return { mine: true }; }")
    assert runtime.eval("new ReadableStream().mine") is True
    runtime.eval("class WritableStream { mine = true }")
    assert runtime.eval("new WritableStream().mine") is True
    assert runtime.eval(
        "globalThis.WritableStream.name + typeof WritableStream.prototype.abort"
    ) == ("WritableStreamundefined")


def test_a_global_is_deleted_before_its_first_use(runtime):
    assert runtime.eval("delete globalThis.ReadableStream") is True
    assert runtime.eval("[typeof ReadableStream, 'ReadableStream' in globalThis]") == [
        "undefined",
        False,
    ]
    assert runtime.eval("typeof new TransformStream().readable.getReader") == "function"
    assert runtime.eval("typeof ReadableStream") == "undefined"


def test_a_property_of_an_inheriting_object_is_its_own(runtime):
    assert runtime.eval(
        "const heir = Object.create(globalThis); heir.ReadableStream = 7;"
        "[heir.ReadableStream, Object.hasOwn(heir, 'ReadableStream'), typeof ReadableStream]"
    ) == [7, True, "function"]


@pytest.mark.parametrize("how", ["freeze", "seal", "preventExtensions"])
def test_a_global_object_that_takes_no_changes(web, how):
    web.eval(f"Object.{how}(globalThis); 0")
    assert web.eval(WORKS) is True
    assert web.eval("new Blob(['a']).size") == 1
    configurable = how == "preventExtensions"
    writable = how != "freeze"
    for name in ("ReadableStream", "TransformStream", "atob"):
        assert (
            web.eval(f"Object.getOwnPropertyDescriptor(globalThis, '{name}')")["configurable"]
            is configurable
        )
        web.eval(f"globalThis.{name} = 7; 0")
        assert (web.eval(f"{name} === 7")) is writable


def test_a_global_is_partly_redefined_before_its_first_use(runtime):
    runtime.eval("Object.defineProperty(globalThis, 'ReadableStream', { enumerable: true }); 0")
    assert runtime.eval("Object.keys(globalThis).includes('ReadableStream')") is True
    assert runtime.eval(WORKS) is True
    runtime.eval("Object.defineProperty(globalThis, 'WritableStream', { writable: false }); 0")
    assert runtime.eval("WritableStream = 7; typeof WritableStream") == "function"


# --- scripts that replace built-ins ---------------------------------------------------------------

# Replaces every function and getter that can be reached, and makes Object.prototype record lookups
# and changes.
VANDALISM = """
(() => {
    const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;
    const spared = { __proto__: null, SPARED };
    const { Error } = globalThis;
    let calls = '';
    const trapOf = (name) => function () { calls += `${name} `;
        throw new Error(`${name} was called`); };
    const found = [globalThis, getPrototypeOf(async function* () {}),
        getPrototypeOf((function* () {})()), new Error()];
    const known = new Set(found);
    const find = (value) => {
        if (value === null || (typeof value !== 'object' && typeof value !== 'function') ||
            known.has(value)) return;
        known.add(value);
        found.push(value);
    };
    const properties = [];
    for (const object of found) {
        for (const key of ownKeys(object)) {
            if (object === globalThis && key in spared) continue;
            const property = getOwnPropertyDescriptor(object, key);
            find(property.value);
            find(property.get);
            find(property.set);
            if (property.configurable || property.writable) properties.push([object, key,
                property]);
        }
        find(getPrototypeOf(object));
    }
    const names = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable', 'then', 'next',
        'done', 'return', '0', '1', 'length',
        'primordials', 'console', 'streams', 'wasm', 'web', 'read', 'make', 'native', 'parseUrl',
            'Stream', 'describe', 'record', 'object'];
    const trapped = [];
    for (const [object, key, property] of properties) {
        const name = typeof key === 'symbol' ? key.description : key;
        if (typeof property.value === 'function')
            trapped.push([object, key, { __proto__: null, value: trapOf(name), writable: true,
                enumerable: property.enumerable, configurable: property.configurable }]);
        else if (property.get && property.configurable)
            trapped.push([object, key, { __proto__: null, get: trapOf(`get ${name}`),
                enumerable: property.enumerable, configurable: true }]);
    }
    for (const name of names)
        trapped.push([Object.prototype, name, { __proto__: null, get: trapOf(`get ${name}`),
            set: trapOf(`set ${name}`), configurable: true }]);
    for (const prototype of [Array.prototype, Function.prototype])
        for (const name of ['0', '1', '2'])
            trapped.push([prototype, name, { __proto__: null, get: trapOf(`get ${name}`),
                set: trapOf(`set ${name}`), configurable: true }]);
    const total = trapped.length;
    defineProperty(globalThis, 'calls', { __proto__: null, get: () => calls });
    for (let i = 0; i < total; i++) {
        const entry = trapped[i];
        defineProperty(entry[0], entry[1], entry[2]);
    }
    return total;
})()
""".replace("SPARED", ", ".join(f"{name}: 1" for name in [*ALL, "console", "keep"]))


@pytest.mark.parametrize("name", ["ReadableStream", "WritableStream", "Blob", "performance"])
def test_replaced_built_ins_are_not_called(web, name):
    assert web.eval(VANDALISM) > 500
    assert web.eval(f"typeof {name}") in ("function", "object")
    assert web.eval("calls") == ""


def test_replaced_built_ins_are_not_called_by_any_global(web):
    web.eval(VANDALISM)
    kinds = " + ' ' + ".join(f"typeof {name}" for name in ALL)
    assert set(web.eval(kinds).split()) == {"function", "object"}
    assert web.eval("calls") == ""


def test_the_console_works_after_built_ins_were_replaced(capsys):
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:
        runtime.eval(VANDALISM)
        runtime.eval("console.log('%s', 1, { a: [2n, 'x', -0], f() {} }); 0")
        assert capsys.readouterr().out == ("1 { a: [ 2n, 'x', -0 ], f: [Function: f] }\n")
        assert runtime.eval("calls") == ""


# --- first use by the host ------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["0", "delete globalThis.ReadableStream; 0"])
def test_the_first_stream_is_made_by_python(before):
    async def chunks():
        yield "a"
        yield "b"

    async def main():
        with Runtime() as runtime:
            runtime.eval(
                "globalThis.keep = (given) => { globalThis.stream = given; "
                "return typeof given; }; 0"
            )
            runtime.eval(before)
            assert runtime.eval("keep")(PyStreamSource(runtime, chunks())) == "object"
            if before == "0":
                assert runtime.eval("stream instanceof ReadableStream") is True
            async for chunk in runtime.eval("stream"):
                seen.append(chunk)

    seen: list[str] = []
    asyncio.run(main())
    assert seen == ["a", "b"]


def test_the_first_stream_is_made_by_python_after_built_ins_were_replaced():
    async def chunks():
        yield "a"

    async def main():
        with Runtime() as runtime:
            runtime.eval("globalThis.keep = (given) => typeof given; 0")
            runtime.eval(VANDALISM)
            assert runtime.eval("keep")(PyStreamSource(runtime, chunks())) == "object"
            assert runtime.eval("calls") == ""

    asyncio.run(main())


def test_blobs_have_streams_though_scripts_have_none():
    async def main():
        with Runtime(RuntimeConfig(web_globals=True)) as runtime:
            runtime.eval("globalThis.ReadableStream = null; 0")
            return [bytes(chunk) async for chunk in runtime.eval("new Blob(['abc']).stream()")]

    assert asyncio.run(main()) == [b"abc"]


# --- failures -------------------------------------------------------------------------------------


def test_first_use_near_the_end_of_the_stack(web):
    """Near the end there is no room to make them. Where there is room, they are complete."""
    counts = web.eval(
        """
        const seen = new Set(), errors = new Set();
        let failures = 0;
        function deep() {
            try { deep(); } catch (error) { errors.add(error.constructor); }
            try { seen.add(WritableStream); seen.add(Blob); new WritableStream().getWriter(); }
            catch (error) { failures++; errors.add(error.constructor); }
        }
        deep();
        [seen.size, seen.has(WritableStream), seen.has(Blob), failures > 0, errors.size,
            errors.has(RangeError)]
        """
    )
    assert counts == [2, True, True, True, 1, True]
    assert web.eval(WORKS) is True


def test_the_console_near_the_end_of_the_stack(capsys):
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:
        runtime.eval(
            "function deep() { try { deep(); } catch {} try { console.log('deep'); "
            "} catch {} } deep()"
        )
        runtime.eval("console.log({ a: 1 })")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "{ a: 1 }" and set(lines[:-1]) == {"deep"}


def test_a_timeout_during_the_first_use():
    """A timeout may come at any point of it. The next use finds a complete global."""
    stopped = 0
    for attempt in range(40):
        with Runtime(RuntimeConfig(web_globals=True)) as runtime:
            limit = random.Random(attempt).uniform(1e-5, 3e-3)
            try:
                runtime.eval("WritableStream; Blob; for (;;) performance.now();", timeout=limit)
            except RuntimeTimeout:
                stopped += 1
            assert runtime.eval(WORKS) is True
            assert runtime.eval("new Blob(['a']).size") == 1
            assert runtime.eval("new WritableStream().constructor === WritableStream") is True
    assert stopped == 40


@pytest.mark.parametrize("free", [0, 50, 100, 150, 200, 300, 400, 800, 1600])
def test_first_use_without_memory(free):
    """It works, or the runtime ends as any does without memory."""
    with Runtime(RuntimeConfig(max_heap_size=4 * 2**20, web_globals=True)) as runtime:
        runtime.eval("globalThis.kept = []; 0")
        fill = f"""
            for (const limit = {4 * 2**20 - free * 1024}; ;) {{
                kept.push(new Array(2000).fill(kept.length + 0.5));
                if (kept.length * 16000 > limit) break;
            }}
            kept.length
        """
        try:
            runtime.eval(fill)
            assert runtime.eval(WORKS) is True
        except RuntimeTerminated as error:
            assert "Heap limit" in str(error)


def test_first_use_in_a_getter_and_in_a_trap(runtime):
    assert runtime.eval(
        """
        Object.defineProperty(globalThis, 'mine', { get: () => ReadableStream });
        const trapped = new Proxy({}, { get: () => TransformStream });
        [`${{ toString: () => typeof WritableStream }}`, mine === ReadableStream,
            trapped.x === TransformStream]
        """
    ) == ["function", True, True]


# --- debuggers ------------------------------------------------------------------------------------


def properties_of_global(session) -> dict[str, dict]:
    object_id = session.send("Runtime.evaluate", expression="globalThis")["result"]["objectId"]
    answer = session.send("Runtime.getProperties", objectId=object_id, ownProperties=True)
    return {each["name"]: each for each in answer["result"]}


def test_a_debugger_finds_ordinary_properties(web):
    with web.inspector_session() as session:
        properties = properties_of_global(session)
        for name in ALL:
            assert "get" not in properties[name] and "set" not in properties[name]
            assert properties[name]["value"]["type"] in ("function", "object")


@pytest.mark.parametrize("name", ["ReadableStream", "Blob", "performance", "console"])
def test_evaluations_without_side_effects(web, name):
    with web.inspector_session() as session:
        for expression in (name, f"typeof {name}", f"[{name}]", f"'{name}' in globalThis"):
            answer = session.send(
                "Runtime.evaluate", expression=expression, throwOnSideEffect=True, timeout=500
            )
            assert "exceptionDetails" not in answer, (expression, answer)


def test_a_debugger_attaches_during_the_first_use():
    """Its messages wait until the global is made."""
    for attempt in range(40):
        wait = random.Random(attempt).uniform(0, 3e-3)
        with Runtime(RuntimeConfig(web_globals=True)) as runtime, ThreadPoolExecutor(2) as pool:

            def look(runtime=runtime, wait=wait):
                time.sleep(wait)
                with runtime.inspector_session() as session:
                    answer = session.send("Runtime.evaluate", expression="Blob === WritableStream")
                    return answer["result"]["value"]

            looks = [pool.submit(look) for _ in range(2)]
            assert runtime.eval("[WritableStream, Blob, ReadableStream].length") == 3
            assert [each.result(timeout=20) for each in looks] == [False, False]
            assert runtime.eval(WORKS) is True


def test_first_use_in_a_pause(web):
    with web.inspector_session() as session:
        session.send("Debugger.enable")
        evaluation = session.post(
            "Runtime.evaluate", expression="function f() { debugger; return typeof Blob; } f()"
        )
        call_frame = session.wait_for("Debugger.paused")["callFrames"][0]
        for expression in ("new WritableStream().locked", "new Blob().size === 1"):
            answer = session.send(
                "Debugger.evaluateOnCallFrame",
                callFrameId=call_frame["callFrameId"],
                expression=expression,
            )
            assert answer["result"]["value"] is False
        session.send("Debugger.resume")
        assert evaluation.result(timeout=20)["result"]["value"] == "function"


def test_a_getter_of_a_script_is_not_run_for_a_debugger(runtime):
    runtime.eval(
        "globalThis.runs = 0; Object.defineProperty(globalThis, 'ReadableStream', { "
        "configurable: true, get() { return ++runs; } });"
        "delete globalThis.WritableStream; globalThis.TransformStream = 7; 0"
    )
    with runtime.inspector_session() as session:
        properties = properties_of_global(session)
    assert runtime.eval("runs") == 0
    assert "WritableStream" not in properties
    assert properties["TransformStream"]["value"]["value"] == 7


# --- snapshots ------------------------------------------------------------------------------------

USES = {
    "not": "0",
    "used": "globalThis.before = new ReadableStream(); 0",
    "patched": (
        "Array.prototype[Symbol.iterator] = null; Promise.prototype.then = null; "
        "Object.defineProperty = Reflect.ownKeys = null; 0"
    ),
}


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("use", USES)
def test_globals_in_a_snapshot(use, wanted):
    with SnapshotBuilder() as builder:
        builder.execute_script("use.js", USES[use])
        snapshot = builder.build()
    with Runtime(RuntimeConfig(snapshot=snapshot, web_globals=wanted)) as runtime:
        assert runtime.eval(WORKS) is True
        if use == "used":
            assert runtime.eval("before instanceof ReadableStream") is True
        if wanted:
            assert runtime.eval("new TextEncoder().encoding + typeof crypto") == "utf-8object"
        else:
            assert runtime.eval("typeof Blob") == "undefined"


def test_globals_replaced_and_deleted_in_a_snapshot():
    with SnapshotBuilder() as builder:
        builder.execute_script(
            "a.js", "globalThis.ReadableStream = 7; delete globalThis.WritableStream;"
        )
        snapshot = builder.build()
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        assert runtime.eval("[ReadableStream, typeof WritableStream]") == [7, "undefined"]
        assert runtime.eval("typeof new TransformStream().readable.getReader") == "function"
