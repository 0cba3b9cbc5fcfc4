"""Values of any kind and shape that hypothesis generates, in both directions."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import jsrun
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsrun import ConversionError, ConversionLimitError, Runtime, RuntimeConfig, undefined

SAFE = 2**53 - 1

# --- values and their counterparts ----------------------------------------------------------------


zones = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
texts = st.text(st.characters(exclude_categories=()), max_size=20)
scalars = (
    st.none()
    | st.just(undefined)
    | st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.sampled_from([SAFE, SAFE + 1, -SAFE, -SAFE - 1, 2**31, -(2**31) - 1, 2**32])
    | st.floats()
    | st.sampled_from([-0.0, 5e-324, float(SAFE), float(2**53), 1e300])
    | texts
    | st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.none() | zones)
)
buffers = st.binary(max_size=40).flatmap(
    lambda data: st.sampled_from([data, bytearray(data), memoryview(data)])
)
hashable = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
sets = st.sets(hashable, max_size=5) | st.frozensets(hashable, max_size=5)
values = st.recursive(
    scalars | buffers | sets,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(texts, inner, max_size=5)
    ),
    max_leaves=20,
)


def joined(text: str) -> str:
    """As JavaScript sees it: two surrogates that make a pair are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def back(value: Any) -> Any:
    """What a value is when it returns to Python."""
    if isinstance(value, str):
        return joined(value)
    if isinstance(value, float) and value.is_integer() and abs(value) <= SAFE:
        return value if math.copysign(1, value) < 0 and value == 0 else int(value)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        value = value.astimezone(timezone.utc)
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, (list, tuple)):
        return [back(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {back(item) for item in value}
    if isinstance(value, dict):
        return {joined(key): back(item) for key, item in value.items()}
    return value


def identical(left: Any, right: Any) -> bool:
    """Equal, of the same types, and with NaN equal to itself."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        same_sign = math.copysign(1, left) == math.copysign(1, right)
        return (math.isnan(left) and math.isnan(right)) or (left == right and same_sign)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(identical(left[key], right[key]) for key in left)
    return left == right


def literal(value: Any) -> str:
    """The value as an expression of JavaScript."""
    if value is None:
        return "null"
    if value is undefined:
        return "undefined"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"({value})" if abs(value) <= SAFE else f"({value}n)"
    if isinstance(value, float):
        number = repr(value).replace("inf", "Infinity").replace("nan", "NaN")
        return f"({number})"
    if isinstance(value, str):
        units = value.encode("utf-16-le", "surrogatepass")
        codes = (units[i] | units[i + 1] << 8 for i in range(0, len(units), 2))
        return '"' + "".join(f"\\u{code:04x}" for code in codes) + '"'
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"new Uint8Array([{','.join(map(str, bytes(value)))}])"
    if isinstance(value, datetime):
        since = back(value) - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return f"new Date({since // timedelta(milliseconds=1)})"
    items = "".join(
        f"[{literal(key)}, {literal(item)}]," if isinstance(value, dict) else f"{literal(item)},"
        for key, item in (value.items() if isinstance(value, dict) else enumerate(value))
    )
    if isinstance(value, dict):
        return f"Object.fromEntries([{items}])"
    return f"new Set([{items}])" if isinstance(value, (set, frozenset)) else f"[{items}]"


SAME = """
function same(a, b) {
    if (Object.is(a, b)) return true;
    if (typeof a != 'object' || typeof b != 'object' || !a || !b) return false;
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    if (a instanceof Date) return Object.is(+a, +b);
    if (a instanceof Set) return a.size === b.size && [...a].every(item => b.has(item));
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length &&
        keys.every(key => Object.hasOwn(b, key) && same(a[key], b[key]));
}
"""


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    with Runtime(RuntimeConfig(bootstrap=SAME)) as runtime:
        yield runtime


@settings(max_examples=80, deadline=None)
@given(values)
@example({"__proto__": 1, "constructor": [2]})
@example({"1": 1, "0": 0, "": {"": ""}})
def test_a_value_survives_the_round_trip(runtime, value):
    with_it = runtime.eval(f"value => [same(value, {literal(value)}), value]")
    equal, returned = with_it(value)
    with_it.close()
    assert equal, "JavaScript sees another value"
    assert identical(returned, back(value))


@settings(max_examples=80, deadline=None)
@given(values)
def test_a_literal_survives_the_round_trip(runtime, value):
    made = runtime.eval(f"({literal(value)})")
    assert identical(made, back(value))
    again = runtime.eval(f"value => same(value, {literal(value)})")
    assert again(made)
    again.close()


@settings(max_examples=40, deadline=None)
@given(values)
def test_all_ways_into_javascript_are_alike(runtime, value):
    seen = []
    runtime.bind_function("exchange", lambda argument: seen.append(argument) or value)
    runtime.bind_object("bound", {"value": value})
    function = runtime.eval(f"() => same(exchange({literal(value)}), bound.value)")
    assert function() is True
    assert identical(seen[0], back(value))
    function.close()


# --- texts, unit by unit --------------------------------------------------------------------------

# The smallest and the largest of each size, and of each half of a pair: alone, in runs, and in runs
# that are long enough to be handled many at a time.
characters = (
    "a\0\x7f\x80\xff\u0100\u20ac\ud7ff\ue000\uffff\U00010000\U0001f600\U0010ffff"
    "\ud800\udbff\udc00\udfff"
)
runs = st.tuples(
    st.sampled_from(characters),
    st.integers(0, 3) | st.integers(0, 70) | st.sampled_from([511, 512, 513, 2047, 2048, 2049]),
)
long_texts = st.lists(runs, max_size=8).map(
    lambda runs: "".join(character * count for character, count in runs)
)

TO_UNITS = "text => Array.from({length: text.length}, (_, i) => text.charCodeAt(i))"
FROM_UNITS = "units => units.map(unit => String.fromCharCode(unit)).join('')"
# The same characters in a string that V8 keeps with two bytes for each.
WIDE = "units => ('\u20ac' + String.fromCharCode(...units)).slice(1)"


def units_of(text: str) -> list[int]:
    units = text.encode("utf-16-le", "surrogatepass")
    return list(struct.unpack(f"<{len(units) // 2}H", units))


@settings(max_examples=150, deadline=None)
@given(long_texts)
def test_texts_are_the_same_units_on_both_sides(runtime, text):
    units = units_of(text)
    assert runtime.eval(TO_UNITS)(text) == units
    for make in (FROM_UNITS, WIDE):
        made = runtime.eval(make)(units)
        assert made == joined(text)
        assert made.isascii() == text.isascii()
        assert hash(made) == hash(joined(text))  # made of the same bytes


@pytest.mark.parametrize("background", ["a", "\u20ac", "\U0001f600"], ids=["a", "bmp", "astral"])
def test_texts_of_every_length_with_one_other_character_at_every_place(runtime, background):
    to_units, wide = runtime.eval(TO_UNITS), runtime.eval(WIDE)
    # Longer texts take another path, so the start of the text is that long.
    for start in ("", "\u4e2d" * 600, "\U0001f601" * 512):
        for length in (0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 34, 63, 64, 65, 70):
            for place in range(length + 1):
                for other in ("", "\ud83d", "\ude00", "\U0001f601", "\xff"):
                    text = start + background * place + other + background * (length - place)
                    units = units_of(text)
                    assert wide(units) == joined(text)
                    assert to_units(text) == units


@pytest.mark.parametrize("other", ["", "a", "\ud83d", "\ude00", "\ude00\ud83d"])
def test_many_pairs_with_something_else_among_them(runtime, other):
    echo = runtime.eval("text => [text, text.length]")
    for before in (0, 1, 255, 256, 257, 2046, 2047, 2048, 2049, 5000):
        for after in (0, 1, 15, 16, 17, 2047, 2048, 2049):
            text = "\U0001f600" * before + other + "\U0001f601" * after
            assert echo(text) == [joined(text), len(units_of(text))]


# --- objects of few shapes ------------------------------------------------------------------------

# Lists of objects at several depths. Most objects have the names of the one before.
shaped = st.recursive(
    st.integers(0, 2) | st.sampled_from(["x", "\u20ac", 0.5, None, True]),
    lambda inner: st.lists(
        st.lists(st.tuples(st.sampled_from(["a", "b", "__proto__", "1"]), inner), max_size=3).map(
            dict
        ),
        max_size=5,
    ),
    max_leaves=60,
)
# Ways to make an object with the properties of `pairs`, in this order, except for names that
# JavaScript sorts.
KINDS = """
    const define = (object, [key, value]) => Object.defineProperty(
        object, key, {value, enumerable: true, writable: true, configurable: true});
    const kinds = [
        pairs => pairs.reduce(define, {}),
        pairs => Object.fromEntries(pairs),
        pairs => { const o = pairs.reduce(define, {gone: 1, last: 2}); delete o.gone; delete o.last;
            return o },
        pairs => pairs.reduce(define, Object.create(null)),
        pairs => pairs.reduce((o, [key, value]) => Object.defineProperty(
            o, key, {enumerable: true, get() { return value }}), {}),
        pairs => new Proxy(Object.fromEntries(pairs), {}),
    ];
"""


def in_order(value: Any) -> Any:
    """Lists of pairs for dicts: the order of names counts too."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if isinstance(value, dict):
        return [(name, in_order(item)) for name, item in value.items()]
    return value


def numbers_first(value: Any) -> Any:
    """The names of an object in JavaScript's order."""
    if isinstance(value, list):
        return [numbers_first(item) for item in value]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name != "1")
        return {name: numbers_first(value[name]) for name in names}
    return value


def of_kinds(value: Any, kinds: list[int]) -> str:
    """An expression that makes each object in its own way."""
    if isinstance(value, list):
        return f"[{','.join(of_kinds(item, kinds) for item in value)}]"
    if isinstance(value, dict):
        kind = kinds[0]
        kinds[:] = [*kinds[1:], kind]
        pairs = ",".join(f"[{key!r},{of_kinds(item, kinds)}]" for key, item in value.items())
        return f"kinds[{kind}]([{pairs}])"
    return literal(value) if not isinstance(value, str) else repr(value)


@settings(max_examples=150, deadline=None)
@given(shaped, st.lists(st.integers(0, 5) | st.just(0), min_size=1, max_size=8))
def test_objects_of_few_shapes(runtime, value, kinds):
    made = runtime.eval(f"(() => {{ {KINDS} return {of_kinds(value, kinds)} }})()")
    assert in_order(made) == in_order(numbers_first(value))


# --- where a value cannot be converted ------------------------------------------------------------

names = st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True)
steps = st.lists(st.integers(0, 3) | names, max_size=12)


def wrapped(inner: Any, steps: list[int | str]) -> Any:
    for step in reversed(steps):
        inner = [None] * step + [inner, 1] if isinstance(step, int) else {"z0": 0, step: inner}
    return inner


def wrapped_literal(inner: str, steps: list[int | str]) -> str:
    for step in reversed(steps):
        inner = f"[{'null,' * step}{inner},1]" if isinstance(step, int) else f"{{{step}: {inner}}}"
    return f"({inner})"


def path(steps: list[int | str]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


@settings(max_examples=50, deadline=None)
@given(steps, st.sampled_from([object(), 1j, timedelta(1), print, {1: 2}, [{(): 1}][0]]))
def test_where_a_python_value_is_wrong(runtime, steps, wrong):
    with pytest.raises(ConversionError) as caught:
        runtime.eval("value => value")(wrapped(wrong, steps))
    assert str(caught.value).endswith(f"(at {path(steps)})")
    # The same for the result of a handler: there it is a JavaScript error.
    runtime.bind_function("give", lambda: wrapped(wrong, steps))
    assert runtime.eval("try { give() } catch (e) { e.message }") == str(caught.value)


@settings(max_examples=50, deadline=None)
@given(steps, st.sampled_from(["Symbol()", "new WeakMap()", "Promise.resolve()", "new WeakSet()"]))
def test_where_a_javascript_value_is_wrong(runtime, steps, wrong):
    if not steps and wrong.startswith("Promise"):
        return  # which is waited for
    with pytest.raises(ConversionError) as caught:
        runtime.eval(wrapped_literal(wrong, steps))
    assert str(caught.value).endswith(f"(at {path(steps)})")


@pytest.fixture(scope="module")
def limited() -> Iterator[Callable[..., Runtime]]:
    """Makes a runtime with a limit, or returns the one that was made before."""
    runtimes: dict[str, Runtime] = {}

    def get(**limits: int) -> Runtime:
        if str(limits) not in runtimes:
            runtimes[str(limits)] = Runtime(RuntimeConfig(**limits))
        return runtimes[str(limits)]

    yield get
    for runtime in runtimes.values():
        runtime.close()


# --- limits ---------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(steps, st.integers(1, 12))
def test_the_depth_limit(limited, steps, limit):
    runtime = limited(max_serialization_depth=limit)
    calls = [
        lambda: runtime.eval("value => 0")(wrapped(0, steps)),
        lambda: runtime.eval(wrapped_literal("0", steps)) and 0,
    ]
    for call in calls:
        if len(steps) <= limit:
            call()
            continue
        with pytest.raises(ConversionLimitError, match=f"maximum limit of {limit} "):
            call()


@settings(max_examples=50, deadline=None)
@example(value=2**53, limit=8)
@example(value=-(2**63), limit=8)
@example(value=2**64 - 1, limit=8)
@given(value=values, limit=st.sampled_from([8, 10, 30, 60, 100, 150, 200, 400]))
def test_the_size_is_counted_alike_in_both_directions(limited, value, limit):
    def outcome(call):
        try:
            call()
        except ConversionLimitError as error:
            return str(error)

    runtime = limited(max_serialization_bytes=limit)
    into = outcome(lambda: runtime.eval("value => 0")(value))
    out_of = outcome(lambda: runtime.eval(f"({literal(value)})"))
    assert (into is None) == (out_of is None)
    if not isinstance(value, (dict, list, tuple)):
        # The place of the limit depends on the order, and JavaScript has integer keys first.
        assert into == out_of


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3) | names, min_size=1, max_size=12), st.data())
def test_cycles_are_found_at_any_depth(runtime, steps, data):
    to = data.draw(st.integers(0, len(steps) - 1))
    containers: list[Any] = []
    for step in steps:
        container: Any = [None] * step if isinstance(step, int) else {}
        if containers:
            put(containers[-1], steps[len(containers) - 1], container)
        containers.append(container)
    put(containers[-1], steps[-1], containers[to])
    kind = type(containers[to]).__name__
    with pytest.raises(ConversionLimitError) as caught:
        runtime.eval("value => value")(containers[0])
    assert str(caught.value).startswith(f"circular reference in {kind} ")
    assert f"(at {path(steps)})" in str(caught.value)
    make = runtime.eval(
        """(steps, to) => {
            const all = steps.map(step => typeof step == 'number' ? Array(step).fill(0) : {});
            steps.forEach((step, i) => { all[i][step] = all[i + 1] ?? all[to] });
            return all[0];
        }"""
    )
    with pytest.raises(ConversionLimitError, match="circular reference") as caught:
        make(steps, to)
    assert f"(at {path(steps)})" in str(caught.value)
    make.close()


def put(container: Any, step: int | str, value: Any) -> None:
    if isinstance(step, int):
        container.append(value)
    else:
        container[step] = value


def test_a_value_of_all_kinds_keeps_its_functions(runtime):
    function, method = runtime.eval("[() => 1, {name: 'o', f() { return this.name }}]")
    check = runtime.eval("(value, f) => value.deep[0] === f && value.deep[1].f.name == 'f'")
    assert check({"deep": [function, method]}, function) is True
    returned = runtime.eval("value => value")({"deep": [function, method]})
    assert (returned["deep"][0](), returned["deep"][1]["f"]()) == (1, "o")
    with pytest.raises(jsrun.ConversionError, match=r"another runtime \(at \$\.deep\[0\]\)"):
        jsrun.eval("value => value")({"deep": [function]})
    jsrun.close_default_runtime()
