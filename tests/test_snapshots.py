"""Snapshots: made, started from, refused, debugged."""

from __future__ import annotations

import asyncio

import pytest
from cdp import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jsrun
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


# --- what is in it ------------------------------------------------------------------------------


def test_state_is_there(started):
    assert started.eval("base + 2") == 42
    assert started.eval("[greeter.greet('you'), calls, names.size]") == ["Hello, you!", 1, 2]


def test_runtimes_share_nothing(snapshot):
    config = RuntimeConfig(snapshot=snapshot)
    with Runtime(config) as first, Runtime(config) as second:
        first.eval("greeter.greet('you'); base = 0")
        assert second.eval("[calls, base]") == [0, 40]


def test_it_is_a_runtime_like_any_other(started):
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
        "globalThis.x = new Proxy({}, {}); globalThis.y = Symbol.for('y'); globalThis.z = 2n ** 99n",
        "globalThis.x = new Error('kept'); x.stack; try { null.f } catch (e) { globalThis.y = e }",
        "function M() { 'use asm'; function f(a) { a = a | 0; return a | 0 } return { f: f } }"
        "globalThis.x = M(); x.f(1)",
        "globalThis.x = /a+/g; x.exec('aaa'); globalThis.y = new Date()",
        "globalThis.x = new ReadableStream({ start(c) { c.enqueue(1) } }); x.getReader().read()",
        "globalThis.x = 'ab'.repeat(500000) + 'c'; globalThis.y = x.slice(9)",
        "globalThis.x = Intl.NumberFormat; (1234.5).toLocaleString(); new Intl.DateTimeFormat()",
        "globalThis.x = import('nowhere').catch(() => 1)",
        "delete globalThis.console; globalThis.Error = 1; Object.preventExtensions(globalThis)",
    ],
)
def test_what_a_snapshot_holds(source):
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", source)
        snapshot = builder.build()
    for _ in range(2):
        with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
            assert runtime.eval("1 + 1") == 2


# --- what cannot be in it -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "obstacle"),
    [
        ("setTimeout(() => {}, 1e6)", "1 timer is pending"),
        ("setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6)", "2 timers are pending"),
        ("globalThis.x = new Intl.NumberFormat()", "Intl.NumberFormat"),
        ("globalThis.x = [new Intl.Segmenter().segment('a')]", "Intl"),
        ("Object.freeze(Error)", "frozen Error"),
    ],
)
def test_what_a_snapshot_cannot_hold(source, obstacle):
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", source)
        with pytest.raises(SnapshotError, match=obstacle):
            builder.build()


def test_the_builder_goes_on_after_a_refusal():
    with SnapshotBuilder() as builder:
        builder.execute_script("a.js", "globalThis.format = new Intl.NumberFormat()")
        with pytest.raises(SnapshotError):
            builder.build()
        builder.execute_script("b.js", "delete globalThis.format")
        assert builder.build()


@pytest.mark.parametrize("name", ["WebAssembly", "FinalizationRegistry"])
def test_what_is_missing_while_it_is_made(name):
    with SnapshotBuilder() as builder, pytest.raises(JavaScriptError, match=f"{name} is not"):
        builder.execute_script("a.js", f"{name}.x")


# --- the builder --------------------------------------------------------------------------------


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


# --- what is refused ----------------------------------------------------------------------------


def refusal(**options) -> str:
    with pytest.raises(ValueError) as caught:
        Runtime(RuntimeConfig(**options))
    return str(caught.value)


def test_together_with_a_bootstrap(snapshot):
    assert "exclude each other" in refusal(snapshot=snapshot, bootstrap="1")


def test_what_is_no_snapshot(snapshot):
    assert "too short" in refusal(snapshot=b"")
    assert "it is none" in refusal(snapshot=bytes(1000))
    assert "truncated" in refusal(snapshot=snapshot[:200])
    assert f"truncated: {len(snapshot) - 1} of {len(snapshot)}" in refusal(snapshot=snapshot[:-1])
    assert "2 bytes follow" in refusal(snapshot=snapshot + b"xx")
    middle = len(snapshot) // 2
    damaged = snapshot[:middle] + bytes([snapshot[middle] ^ 1]) + snapshot[middle + 1 :]
    assert "it is damaged" in refusal(snapshot=damaged)


def test_the_key():
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
def test_damage_of_any_kind_is_noticed(snapshot, data):
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


# --- debugging ----------------------------------------------------------------------------------


def test_scripts_from_it_can_be_debugged(snapshot):
    config = RuntimeConfig(snapshot=snapshot, inspector=InspectorConfig(port=0))
    with Runtime(config) as runtime:
        endpoints = runtime.inspector_endpoints()
        assert endpoints
        with Client(endpoints.websocket_url) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            script = client.event("Debugger.scriptParsed", lambda s: s["url"] == "library.js")
            source = client.send("Debugger.getScriptSource", scriptId=script["scriptId"])
            assert source["scriptSource"] == LIBRARY
            assert set(client._urls.values()) <= {"bootstrap.js", "library.js", ""}
            client.send("Debugger.setBreakpointByUrl", url="library.js", lineNumber=5)
            evaluation = client.post("Runtime.evaluate", expression="greeter.greet('you')")
            frames = client.event("Debugger.paused")["callFrames"]
            assert frames[0]["functionName"] == "greet"
            assert frames[0]["location"]["lineNumber"] == 5
            client.send("Debugger.resume")
            assert client.answer(evaluation)["result"]["value"] == "Hello, you!"
