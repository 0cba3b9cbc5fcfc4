"""structuredClone()."""

from __future__ import annotations

import pytest
from jsrun import JavaScriptError


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "-0",
        "NaN",
        "'text \\ud83d'",
        "null",
        "undefined",
        "12345678901234567890n",
        "[1, , [2]]",
        "({a: {b: [1]}})",
        "new Date(5)",
        "/a/gi",
        "new Map([[{k: 1}, new Set([1])]])",
        "new Uint8Array([1, 2])",
        "new Error('boom')",
        "new Number(3)",
    ],
)
def test_values_are_copied(runtime, value):
    assert runtime.eval(
        f"""(() => {{
            const value = {value};
            const clone = structuredClone(value);
            const isObject = Object(value) === value;
            const tag = v => Object.prototype.toString.call(v);
            const text = v => typeof v === 'bigint' ? String(v) : JSON.stringify(v);
            return (isObject ? clone !== value : Object.is(clone, value))
                && tag(clone) === tag(value) && text(clone) === text(value);
        }})()"""
    )


def test_references_are_kept(runtime):
    assert runtime.eval(
        "const o = {list: []}; o.self = o; o.list.push(o.list);"
        "const c = structuredClone(o); c !== o && c.self === c && c.list[0] === c.list"
    )


def test_getters_are_read_and_prototypes_are_lost(runtime):
    assert runtime.eval(
        "class A { x = 1; get y() { return 2 } }; const a = structuredClone(new A());"
        "[a instanceof A, a.x, a.y, structuredClone({get z() { return 3 }}).z]"
    )[0:2] == [False, 1]


@pytest.mark.parametrize(
    "value", ["() => 1", "Symbol()", "{f() {}}", "new WeakMap()", "[Symbol()]"]
)
def test_values_that_cannot_be_cloned(runtime, value):
    with pytest.raises(JavaScriptError, match="could not be cloned") as caught:
        runtime.eval(f"structuredClone({value})")
    assert caught.value.name == "DataCloneError"
    assert runtime.eval(f"try {{ structuredClone({value}) }} catch (e) {{ e.code }}") == 25


def test_exceptions_of_getters_pass(runtime):
    with pytest.raises(JavaScriptError, match="RangeError: mine"):
        runtime.eval("structuredClone({get a() { throw new RangeError('mine') }})")


def test_buffers_are_transferred(runtime):
    assert runtime.eval(
        "const from = new Uint8Array([1, 2, 3]);"
        "const to = structuredClone({view: from}, {transfer: [from.buffer]});"
        "[from.byteLength, [...to.view]]"
    ) == [0, [1, 2, 3]]


def test_shared_memory_stays_shared(runtime):
    assert (
        runtime.eval(
            "const s = new SharedArrayBuffer(4); const t = structuredClone(s);"
            "new Uint8Array(s)[0] = 7; new Uint8Array(t)[0]"
        )
        == 7
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("structuredClone()", "TypeError"),
        ("structuredClone(1, 2)", "TypeError"),
        ("structuredClone(1, {transfer: 1})", "TypeError"),
        ("structuredClone(1, {transfer: [{}]})", "DataCloneError"),
        ("const b = new ArrayBuffer(1); structuredClone(b, {transfer: [b, b]})", "DataCloneError"),
    ],
)
def test_wrong_arguments(runtime, call, name):
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval(call)
    assert caught.value.name == name


def test_it_is_an_ordinary_global(runtime):
    assert runtime.eval("Object.keys(globalThis).length") == 0
    assert runtime.eval("[structuredClone.name, structuredClone.length]") == ["structuredClone", 1]
    assert runtime.eval("globalThis.structuredClone = 5; structuredClone") == 5
