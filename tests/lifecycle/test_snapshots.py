"""Snapshots: making them, starting from them, refusals, debugging."""

from __future__ import annotations

import asyncio
import threading

import jsrun
import pytest
from cdp import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsrun import (
    InspectorConfig,
    JavaScriptError,
    Runtime,
    RuntimeConfig,
    SnapshotBuilder,
    SnapshotError,
)

LIBRARY = """\
let calls = 0;
const names = new Map([['a', 1], [{}, 2]]);
class Greeter {
  #greeting = 'Hello';
  greet(name) {
    calls++;
    return `${this.#greeting}, ${name}!`;
  }
}
globalThis.greeter = new Greeter();
function fail() { throw new TypeError('boom'); }
function stop() { debugger; }
"""


@pytest.fixture(scope="module")
def snapshot() -> bytes:
    with SnapshotBuilder(bootstrap="var base = 40;") as builder:
        builder.execute_script("library.js", LIBRARY)
        return builder.build()


@pytest.fixture
def started(snapshot):
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        yield runtime


# --- contents -------------------------------------------------------------------------------------


def test_state_is_there(started):
    assert started.eval("base + 2") == 42
    assert started.eval("[greeter.greet('you'), calls, names.size]") == ["Hello, you!", 1, 2]


def test_runtimes_share_nothing(snapshot):
    config = RuntimeConfig(snapshot=snapshot)
    with Runtime(config) as first, Runtime(config) as second:
        first.eval("greeter.greet('you'); base = 0")
        assert second.eval("[calls, base]") == [0, 40]


def test_a_runtime_from_a_snapshot_works_like_any_other(started):
    started.bind_function("double", lambda number: number * 2)
    assert started.eval("double(21)") == 42
    assert started.eval("new Promise(resolve => setTimeout(resolve, 1, 'later'))") == "later"
    assert started.eval("typeof ReadableStream") == "function"
    assert started.eval("structuredClone(new Date(0)).getTime()") == 0
    assert started.eval("[typeof WebAssembly, typeof FinalizationRegistry]") == [
        "object",
        "function",
    ]
    assert started.eval("Error.stackTraceLimit") == 10

    async def main():
        started.bind_function("fetch", fetch)
        return await started.eval_async("fetch('x').then(text => text + greeter.greet(''))")

    async def fetch(name):
        await asyncio.sleep(0)
        return name

    assert asyncio.run(main()) == "xHello, !"


def test_the_console_is_that_of_the_runtime(snapshot, capsys):
    with Runtime(RuntimeConfig(snapshot=snapshot, enable_console=True)) as runtime:
        runtime.eval("console.log('seen', [1])")
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        runtime.eval("console.log('not seen')")
    seen = []
    config = RuntimeConfig(snapshot=snapshot, console_handler=lambda *what: seen.append(what))
    with Runtime(config) as runtime:
        runtime.eval("console.warn('taken', 1)")
    assert seen == [("warn", ["taken", 1])]
    assert capsys.readouterr().out == "seen [ 1 ]\n"


def test_the_builder_prints_only_if_asked_to(capsys):
    for enable_console in (False, True):
        with SnapshotBuilder(enable_console=enable_console) as builder:
            builder.execute_script("a.js", f"console.log('{enable_console}')")
    assert capsys.readouterr().out == "True\n"


def test_errors_name_the_script(started):
    with pytest.raises(JavaScriptError, match="TypeError: boom") as caught:
        started.eval("fail()", filename="caller.js")
    assert [(frame.file_name, frame.line_number) for frame in caught.value.frames] == [
        ("library.js", 11),
        ("caller.js", 1),
    ]


def test_a_snapshot_of_nothing():
    with Runtime(RuntimeConfig(snapshot=SnapshotBuilder().build())) as runtime:
        assert runtime.eval("Object.keys(globalThis)") == []


def test_functions_that_were_hot_are_still_right():
    with SnapshotBuilder() as builder:
        builder.execute_script(
            "hot.js",
            "function sum(n) { let s = 0; for (let i = 0; i < n; i++) s += i; return s }\n"
            "for (let i = 0; i < 3000; i++) { sum(3000); console.log(i); new ReadableStream(); }",
        )
        snapshot = builder.build()
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        assert runtime.eval("sum(10)") == 45
        assert runtime.eval("new ReadableStream().locked") is False


@pytest.mark.parametrize(
    "source",
    [
        "globalThis.x = new Uint8Array(100000); x[5] = 7",
        "globalThis.x = new DataView(new ArrayBuffer(8))",
        "globalThis.x = ArrayBuffer.prototype.resize && new ArrayBuffer(8, { maxByteLength: 16 })",
        "globalThis.x = new WeakMap([[globalThis, 1]]); globalThis.y = new WeakRef(x)",
        "globalThis.x = (function* () { yield 1; yield 2 })(); x.next()",
        "globalThis.x = (async () => { await new Promise(() => {}) })()",
        "globalThis.x = new Promise(() => {}); x.then(() => 1)",
        "globalThis.x = new Proxy({}, {}); globalThis.y = Symbol.for('y');globalThis.z = 2n ** 99n",
        "globalThis.x = new Error('kept'); x.stack; try { null.f } catch (e) { globalThis.y = e }",
        "function M() { 'use asm'; function f(a) { a = a | 0; return a | 0 } return { f: f } }"
        "globalThis.x = M(); x.f(1)",
        "globalThis.x = /a+/g; x.exec('aaa'); globalThis.y = new Date()",
        "globalThis.x = new ReadableStream({ start(c) { c.enqueue(1) } }); x.getReader().read()",
        "globalThis.x = 'ab'.repeat(500000) + 'c'; globalThis.y = x.slice(9)",
        "globalThis.x = Intl.NumberFormat; (1234.5).toLocaleString(); new Intl.DateTimeFormat()",
        "globalThis.x = import('nowhere').catch(() => 1)",
        "delete globalThis.console; globalThis.Error = 1; globalThis.Promise = class {}",
        "const handler = { get() { throw 1 }, has() { throw 2 } };"
        "Object.setPrototypeOf(globalThis, new Proxy({}, handler))",
        "Object.defineProperty(Object.prototype, 'WebAssembly', { set() { throw 1 } })",
        "for (const key of Reflect.ownKeys(Function.prototype)) delete Function.prototype[key]",
        "globalThis.x = globalThis.SharedArrayBuffer && new SharedArrayBuffer(8)",
        "Error.prepareStackTrace = (error, sites) => sites[0].getFileName(); new Error().stack",
        "console.time('a'); console.group(); console.count(); console.context('x')",
        # V8 10.2 keeps strings of one character apart from the others.
        "for (let i = 0; i < 400; i++) globalThis[String.fromCharCode(i)] = 'x'.split('')",
        (
            "globalThis.x = Array.from({ length: 256 }, (_, "
            "i) => String.fromCharCode(i)).join('').split('')"
        ),
        # All names that exist, in several ways.
        "const seen = new Set(); (function walk(o) { if (Object(o) !== o || seen.has(o)) "
        "return; seen.add(o);"
        " for (const k of Reflect.ownKeys(o)) { const d = Reflect.getOwnPropertyDescriptor(o, k);"
        " walk(k); walk(d.value); walk(d.get); if (typeof k == 'string') { seen.add(k); "
        "seen.add({ [k + '_']: k });"
        " k.split('').forEach(c => seen.add(c)); } } })(globalThis); globalThis.seen = seen",
    ],
)
def test_values_that_a_snapshot_holds(source):
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", source)
        snapshot = builder.build()
    for _ in range(2):
        with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
            assert runtime.eval("1 + 1") == 2


# --- obstacles ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "obstacle"),
    [
        ("setTimeout(() => {}, 1e6)", "1 timer is pending"),
        ("setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6)", "2 timers are pending"),
        ("globalThis.x = new Intl.NumberFormat()", "Intl.NumberFormat"),
        ("globalThis.x = [new Intl.Segmenter().segment('a')]", "Intl"),
        ("Object.freeze(Error)", "Error is frozen"),
        ("Object.preventExtensions(globalThis)", "globalThis is frozen, sealed or not extensible"),
        ("var WebAssembly", "globalThis.WebAssembly was defined so that it cannot be deleted"),
        (
            "Object.defineProperty(Error, 'stackTraceLimit', { configurable: false })",
            "Limit was def",
        ),
    ],
)
def test_values_that_a_snapshot_cannot_hold(source, obstacle):
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", source)
        with pytest.raises(SnapshotError, match=obstacle):
            builder.build()


def test_a_snapshot_holds_no_stack_frames():
    """V8 15 would end the process; their texts may be kept."""
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", "Error.prepareStackTrace = (error, sites) => sites")
        builder.execute_script("b.js", "globalThis.sites = new Error().stack")
        try:
            builder.build()
        except SnapshotError as error:
            assert "Error.prepareStackTrace" in str(error)


@pytest.mark.parametrize(
    "source",
    [
        "globalThis.WebAssembly = { polyfill: true }",
        "globalThis.SharedArrayBuffer = class {}; globalThis.DisposableStack = class {}",
        "Object.hasOwn = Array.prototype.at = Array.prototype.findLast = String.prototype.at = 1",
        (
            "Promise.try = Error.isError = Math.f16round = Map.prototype.getOrInsert = "
            "RegExp.escape = 1"
        ),
        "Error.stackTraceLimit = 3",
    ],
)
def test_built_ins_replace_polyfills(source):
    """V8 adds its newest names to every context that it takes from a snapshot."""
    with SnapshotBuilder() as builder:
        builder.execute_script("polyfill.js", source)
        snapshot = builder.build()
    config = RuntimeConfig(snapshot=snapshot)
    with Runtime() as plain, Runtime(config) as runtime:
        names = "[typeof WebAssembly.compile, typeof SharedArrayBuffer, Error.stackTraceLimit]"
        assert runtime.eval(names) == plain.eval(names)
        for owner in (
            "globalThis",
            "Object",
            "Array.prototype",
            "Error",
            "Promise",
            "Map.prototype",
        ):
            keys = runtime.eval(f"Reflect.ownKeys({owner}).map(String)")
            assert len(keys) == len(set(keys))
        assert runtime.eval("[1, 2].at") == 1 or runtime.eval("[1, 2].at(-1)") == 2


# Newer versions of V8 share a part of the heap between all isolates of a process. The first isolate
# decides what is in it.
@pytest.mark.parametrize("order", ["builder first", "runtime first"])
def test_a_snapshot_from_another_process(run_python, tmp_path, order):
    first = {
        "builder first": "",
        "runtime first": "other = Runtime(); other.eval('1');",
    }[order]
    path = tmp_path / "a.snapshot"
    make = (
        "from jsrun import *;" + first + "b = SnapshotBuilder();"
        "b.execute_script('a.js', 'var kept = {a: [1, null, `x`], f: x => x + 1}');"
        "alongside = Runtime(); assert alongside.eval('2') == 2;"
        f"open({str(path)!r}, 'wb').write(b.build())"
    )
    assert run_python(make).returncode == 0
    for before, after in (("", first), (first, "")):
        use = (
            "from jsrun import *;"
            + before
            + f"r = Runtime(RuntimeConfig(snapshot=open({str(path)!r}, 'rb').read()));"
            + "assert r.eval('kept.f(kept.a[0])') == 2;"
            + after
        )
        done = run_python(use)
        assert done.returncode == 0, done.stderr


def test_the_builder_goes_on_after_a_refusal():
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", "globalThis.format = new Intl.NumberFormat()")
        with pytest.raises(SnapshotError):
            builder.build()
        builder.execute_script("b.js", "delete globalThis.format")
        assert builder.build()


@pytest.mark.parametrize("name", ["WebAssembly", "FinalizationRegistry"])
def test_globals_that_the_builder_lacks(name):
    with SnapshotBuilder() as builder, pytest.raises(JavaScriptError, match=f"{name} is not"):
        builder.execute_script("a.js", f"{name}.x")


# --- the builder ----------------------------------------------------------------------------------


def test_a_bootstrap_that_fails():
    with pytest.raises(JavaScriptError, match="no"):
        SnapshotBuilder(bootstrap="throw new Error('no')")


def test_a_script_that_fails_says_where():
    with SnapshotBuilder() as builder, pytest.raises(JavaScriptError) as caught:
        builder.execute_script("broken.js", "\nnull.x")
    assert caught.value.frames[0].file_name == "broken.js"
    assert caught.value.frames[0].line_number == 2


def test_a_builder_builds_once():
    builder = SnapshotBuilder()
    assert builder.build()
    for use in (builder.build, lambda: builder.execute_script("a.js", "1")):
        with pytest.raises(jsrun.RuntimeClosedError):
            use()
    builder.close()


def test_arguments():
    with SnapshotBuilder() as builder:
        with pytest.raises(TypeError, match="source must be a str, not int"):
            builder.execute_script("a.js", 1)
        with pytest.raises(TypeError, match="key must be bytes"):
            builder.build(key="k")
        with pytest.raises(ValueError, match="key must not be empty"):
            builder.build(key=b"")


# --- refusals -------------------------------------------------------------------------------------


def refusal(**options) -> str:
    with pytest.raises(ValueError) as caught:
        Runtime(RuntimeConfig(**options))
    return str(caught.value)


def test_a_snapshot_and_a_bootstrap_are_refused(snapshot):
    assert "exclude each other" in refusal(snapshot=snapshot, bootstrap="1")


def test_invalid_snapshots(snapshot):
    assert "too short" in refusal(snapshot=b"")
    assert "it is no snapshot of jsrun" in refusal(snapshot=bytes(1000))
    assert "truncated" in refusal(snapshot=snapshot[:200])
    assert f"truncated: {len(snapshot) - 1} of {len(snapshot)}" in refusal(snapshot=snapshot[:-1])
    assert "2 bytes follow" in refusal(snapshot=snapshot + b"xx")
    middle = len(snapshot) // 2
    damaged = snapshot[:middle] + bytes([snapshot[middle] ^ 1]) + snapshot[middle + 1 :]
    assert "it is damaged" in refusal(snapshot=damaged)


def test_the_key_of_a_snapshot():
    key = b"a secret"
    signed = SnapshotBuilder().build(key=key)
    plain = SnapshotBuilder().build()
    with Runtime(RuntimeConfig(snapshot=signed, snapshot_key=key)) as runtime:
        assert runtime.eval("1 + 1") == 2
    assert "is signed" in refusal(snapshot=signed)
    assert "not signed with this" in refusal(snapshot=signed, snapshot_key=b"other")
    assert "is not signed" in refusal(snapshot=plain, snapshot_key=key)
    assert "not signed with this" in refusal(snapshot=signed[:-1], snapshot_key=key)
    assert "needs a snapshot" in refusal(snapshot_key=key)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_is_noticed(snapshot, data):
    changed = bytearray(snapshot)
    # Headers matter most.
    place = st.one_of(st.integers(0, 300), st.integers(0, len(snapshot) - 1))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(place)
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "overwrite"]))
        if kind == "flip" and at < len(changed):
            changed[at] ^= 1 << data.draw(st.integers(0, 7))
        elif kind == "cut":
            del changed[at : at + data.draw(st.integers(1, 5000))]
        elif kind == "insert":
            changed[at:at] = data.draw(st.binary(min_size=1, max_size=64))
        else:
            changed[at : at + 8] = data.draw(st.binary(min_size=8, max_size=8))
    if bytes(changed) != snapshot:
        assert refusal(snapshot=bytes(changed))


# --- debugging ------------------------------------------------------------------------------------


@pytest.fixture
def debugged(snapshot):
    config = RuntimeConfig(snapshot=snapshot, inspector=InspectorConfig(port=0))
    with Runtime(config) as runtime:
        endpoints = runtime.inspector_endpoints()
        assert endpoints
        with Client(endpoints.websocket_url) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            yield client


def pause(client: Client) -> list[tuple[str, int]]:
    frames = client.event("Debugger.paused")["callFrames"]
    return [(frame["functionName"], frame["location"]["lineNumber"]) for frame in frames]


def test_debuggers_see_the_scripts_of_a_snapshot(debugged):
    script = debugged.event("Debugger.scriptParsed", lambda script: script["url"] == "library.js")
    source = debugged.send("Debugger.getScriptSource", scriptId=script["scriptId"])
    assert source["scriptSource"] == LIBRARY


def test_functions_of_a_snapshot_can_be_stepped_through(debugged):
    debugged.send("Runtime.evaluate", expression="debug(greeter.greet)", includeCommandLineAPI=True)
    evaluation = debugged.post("Runtime.evaluate", expression="greeter.greet('you')")
    assert pause(debugged)[0] == ("greet", 5)
    debugged.send("Debugger.stepOver")
    assert pause(debugged)[0] == ("greet", 6)
    debugged.send("Debugger.resume")
    assert debugged.answer(evaluation)["result"]["value"] == "Hello, you!"


def test_debugger_statements_and_exceptions_of_a_snapshot_pause(debugged):
    evaluation = debugged.post("Runtime.evaluate", expression="stop()")
    assert pause(debugged) == [("stop", 11), ("", 0)]
    debugged.send("Debugger.resume")
    debugged.answer(evaluation)
    debugged.send("Debugger.setPauseOnExceptions", state="all")
    evaluation = debugged.post("Runtime.evaluate", expression="fail()")
    assert pause(debugged)[0] == ("fail", 10)
    debugged.send("Debugger.resume")
    debugged.answer(evaluation)


def test_new_scripts_have_breakpoints_as_usual(debugged):
    debugged.send("Debugger.setBreakpointByUrl", url="new.js", lineNumber=1)
    evaluation = debugged.post("Runtime.evaluate", expression="\nbase + 2\n//# sourceURL=new.js")
    assert pause(debugged) == [("", 1)]
    debugged.send("Debugger.resume")
    assert debugged.answer(evaluation)["result"]["value"] == 42


# --- threads --------------------------------------------------------------------------------------


def test_builders_and_runtimes_in_many_threads(snapshot):
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(5):
                with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
                    assert runtime.eval("greeter.greet('you')") == "Hello, you!"
                with SnapshotBuilder(bootstrap=f"var x = {number * i}") as builder:
                    mine = builder.build()
                with Runtime(RuntimeConfig(snapshot=mine)) as runtime, Runtime() as plain:
                    assert runtime.eval("x") == number * i
                    assert plain.eval("typeof x") == "undefined"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_modules_bindings_streams_and_webassembly():
    with SnapshotBuilder(bootstrap="var base = 40") as builder:
        snapshot = builder.build()

    async def chunks():
        for i in range(3):
            yield i

    async def main(runtime):
        runtime.bind_function("take", lambda stream: stream)
        source = runtime.stream_from_async_iterable(chunks())
        sum_of = await runtime.eval_async(
            "(async source => { let sum = 0; for await (const x of source) sum += x; return sum })"
        )
        assert await sum_of.call_async(source) == 3
        stream = await runtime.eval_async(
            "new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } })"
        )
        assert [chunk async for chunk in stream] == [1, 2]

    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        runtime.add_static_module("lib", "export const two = 2; export default () => base + two")
        assert runtime.eval_module("lib")["default"]() == 42
        runtime.bind_object("host", {"double": lambda x: x * 2, "name": "n"})
        assert runtime.eval("host.double(base) + host.name") == "80n"
        runtime.bind_function("bytes", lambda: bytes.fromhex("0061736d01000000"))
        assert runtime.eval("new WebAssembly.Module(bytes()) instanceof WebAssembly.Module")
        asyncio.run(main(runtime))


def test_web_globals_are_the_runtimes_own(snapshot):
    with Runtime(RuntimeConfig(snapshot=snapshot, web_globals=True)) as runtime:
        assert (
            runtime.eval("new TextDecoder().decode(new TextEncoder().encode('\u20ac'))") == "\u20ac"
        )
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        assert runtime.eval("typeof TextEncoder") == "undefined"


def test_a_pool_of_runtimes_from_it(snapshot):
    with (
        jsrun.RuntimePool(RuntimeConfig(snapshot=snapshot), size=2) as pool,
        pool.runtime() as one,
        pool.runtime() as two,
    ):
        assert [one.eval("base"), two.eval("greeter.greet('x')")] == [40, "Hello, x!"]
