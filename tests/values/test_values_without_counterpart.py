"""JavaScript values that Python has no counterpart of: each raises, none becomes an empty dict."""

from __future__ import annotations

import jsrun
import pytest

# An object of each built-in class, and what it is called. Some engines lack some of them.
WITHOUT_COUNTERPART = {
    "Symbol()": "Symbol",
    "Object(Symbol())": "Symbol",
    "/a/g": "RegExp",
    "new WeakMap": "WeakMap",
    "new WeakSet": "WeakSet",
    "new WeakRef({})": "WeakRef",
    "new FinalizationRegistry(() => 0)": "FinalizationRegistry",
    "[1, 2].values()": "Array Iterator",
    "new Map([[1, 2]]).entries()": "MapIterator|Map Iterator",
    "new Set([1]).values()": "SetIterator|Set Iterator",
    "'ab'[Symbol.iterator]()": "StringIterator|String Iterator",
    "'a1'.matchAll(/\\d/g)": "RegExpStringIterator|RegExp String Iterator",
    "[1].values().map(x => x)": "Iterator|IteratorHelper|Iterator Helper",
    "[1].values().filter(x => x)": "Iterator|IteratorHelper|Iterator Helper",
    "Iterator.from({next: () => ({done: true})})": "Iterator|WrapForValidIteratorPrototype|Object",
    "(function* () {})()": "Generator",
    "(async function* () {})()": "Generator",
    "new Intl.NumberFormat('de')": "NumberFormat",
    "new Intl.DateTimeFormat('de')": "DateTimeFormat",
    "new Intl.Collator('de')": "Collator",
    "new Intl.PluralRules('de')": "PluralRules",
    "new Intl.ListFormat('de')": "ListFormat",
    "new Intl.Locale('de')": "Locale",
    "new Intl.Segmenter('de')": "Segmenter",
    "new Intl.RelativeTimeFormat('de')": "RelativeTimeFormat",
    "new Intl.DisplayNames('de', {type: 'region'})": "DisplayNames",
    "new Intl.DurationFormat('de')": "DurationFormat",
    "new DisposableStack": "DisposableStack",
    "new AsyncDisposableStack": "AsyncDisposableStack",
    "new WebAssembly.Memory({initial: 1})": "WebAssembly.Memory",
    "new WebAssembly.Global({value: 'i32'}, 1)": "Global",
    "new WebAssembly.Table({initial: 1, element: 'anyfunc'})": "Table",
    "new WebAssembly.Tag({parameters: []})": "Tag",
    "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))": "WebAssembly.Module",
    (
        "new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, "
        "0, 0, 0])))"
    ): ("Instance"),
    "Temporal.Now.instant()": "Instant",
    "Temporal.Now.plainDateISO()": "PlainDate",
    "new Temporal.Duration(1)": "Duration",
    "new Proxy(new Map, {})": "Proxy of Map",
    "new Proxy(new Proxy(new Date, {}), {})": "Proxy of Date",
    "new Proxy(/a/, {})": "Proxy of RegExp",
    "class C extends WeakRef {}; new C({})": "C",
    "Object.setPrototypeOf([1].values(), null)": "Array Iterator|Object",
}

# Names of the global object whose objects the tests above and those of values check.
PLAIN = {"Atomics", "Intl", "JSON", "Math", "Reflect", "Temporal", "WebAssembly", "globalThis"}
PRIMITIVES = {"Infinity", "NaN", "undefined"}


@pytest.mark.parametrize("text", WITHOUT_COUNTERPART)
def test_a_value_without_a_counterpart_is_named(runtime, text):
    try:
        make = runtime.eval(
            f"() => {{ {';'.join(('; ' + text).split('; ')[:-1])}; return {text.split('; ')[-1]} }}"
        )
        runtime.bind_object("told", {})
        assert runtime.eval("make => { make(); return 1 }")(make) == 1
    except jsrun.JavaScriptError as error:
        # The engine is older than this part of the language.
        assert error.name in ("ReferenceError", "TypeError")
        assert any(
            word in error.message for word in ("not defined", "not a constructor", "not a function")
        )
        return
    names = WITHOUT_COUNTERPART[text].split("|")
    for function, path in (
        (make, "$"),
        (runtime.eval("make => () => ({a: [1, {'b c': make()}]})")(make), '$.a[1]["b c"]'),
    ):
        with pytest.raises(jsrun.ConversionError) as caught:
            function()
        messages = [f"cannot convert {name} to Python (at {path})" for name in names]
        assert str(caught.value) in messages


def test_every_global_class_is_converted_or_refused(runtime):
    """A new class of a newer engine needs a decision, and must not become a dict."""
    runtime.eval("globalThis.tryNew = C => { try { return new C() } catch { return null } }")
    known = (dict, list, set, bytes, str, int, float, bool, type(None), jsrun.JavaScriptError)
    for name in runtime.eval("Object.getOwnPropertyNames(globalThis)"):
        if name in PLAIN | PRIMITIVES | {"console", "tryNew"}:
            continue
        try:
            value = runtime.eval(f"tryNew({name})")
        except jsrun.ConversionError:
            continue
        except ValueError:
            assert name == "Date"  # an invalid one
            continue
        if value == {} and isinstance(value, dict):
            assert name in ("Object", "Map", "TransformStream", "WritableStream"), name
        assert isinstance(value, (*known, jsrun.JsFunction, jsrun.JsStream)) or name == "Date", name


def test_objects_with_properties_alone_are_dicts(runtime):
    assert runtime.eval("(function () { return arguments })(1, 2)") == {"0": 1, "1": 2}
    assert runtime.eval("Object.create(null)") == {}
    assert runtime.eval("new (class A { x = 1; #y = 2 })") == {"x": 1}
    assert runtime.eval("new (class A extends Object { x = 1 })") == {"x": 1}
    assert runtime.eval("({__proto__: new Map, x: 1})") == {"x": 1}
    for name in ("Object", "Map", "Set", "RegExp", "Uint8Array"):
        assert runtime.eval(f"{name}.prototype") == {}
    assert runtime.eval("globalThis.seen = 1; globalThis") == {"seen": 1}
    for name in runtime.eval("Object.getOwnPropertyNames(globalThis)"):
        if name in PLAIN - {"globalThis"}:
            assert isinstance(runtime.eval(name), dict), name


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("new Proxy([1, 2], {})", [1, 2]),
        ("new Proxy([], {})", []),
        ("new Proxy(new Proxy([1, [2]], {}), {})", [1, [2]]),
        ("[new Proxy([new Proxy([3], {})], {})]", [[[3]]]),
        ("new Proxy([], {get: (t, key) => key === 'length' ? 3 : key})", ["0", "1", "2"]),
        ("new Proxy([], {get: (t, key) => key === 'length' ? NaN : key})", []),
        ("new Proxy([], {get: (t, key) => key === 'length' ? -1 : key})", []),
        ("new Proxy([], {get: (t, key) => key === 'length' ? '1' : key})", ["0"]),
        ("new Proxy(Array.from({length: 500}, (_, i) => i), {})", list(range(500))),
        ("new Proxy({a: 1}, {})", {"a": 1}),
        ("new Proxy({a: 1}, {ownKeys: () => ['a', 'b']})", {"a": 1}),
        ("new Proxy(class { static x = 1 }, {})()", None),
    ],
)
def test_a_proxy_is_read_as_its_target(runtime, text, value):
    if value is None:
        assert isinstance(runtime.eval(text.removesuffix("()")), jsrun.JsFunction)
    else:
        assert runtime.eval(text) == value


def test_a_proxy_may_claim_any_length(runtime):
    for length in ("2 ** 53", "1e300", "Infinity", "2 ** 32"):
        text = f"new Proxy([], {{get: (t, key) => key === 'length' ? {length} : 1}})"
        with pytest.raises(jsrun.ConversionLimitError, match="exceeded maximum limit"):
            runtime.eval(text)
    with pytest.raises(jsrun.JavaScriptError, match="BigInt"):
        runtime.eval("new Proxy([], {get: (t, key) => key === 'length' ? 1n : 1})")
    with pytest.raises(jsrun.JavaScriptError, match="no"):
        runtime.eval("new Proxy([1], {get() { throw new Error('no') }})")
    with pytest.raises(jsrun.JavaScriptError, match="revoked"):
        runtime.eval("(() => { let p = Proxy.revocable([1], {}); p.revoke(); return p.proxy })()")
    with pytest.raises(jsrun.RuntimeTimeout):
        runtime.eval("new Proxy([1], {get() { for (;;); }})", timeout=0.2)
    assert runtime.eval("1 + 1") == 2


def test_a_proxy_within_itself_is_circular(runtime):
    with pytest.raises(jsrun.ConversionLimitError, match="circular"):
        runtime.eval(
            "(() => { let list = []; let p = new Proxy(list, {}); list[0] = p; return p })()"
        )
