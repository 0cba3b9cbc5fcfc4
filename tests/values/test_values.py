"""Values, from Python to JavaScript and back."""

from __future__ import annotations

import array
import collections
import copy
import enum
import gc
import math
import pickle
import sys
from datetime import datetime, timedelta, timezone, tzinfo

import jsrun
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsrun import JsUndefined, Runtime, RuntimeConfig, undefined

# --- single values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (undefined, "undefined"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-1, "-1"),
        (2**30 - 1, "1073741823"),
        (2**30, "1073741824"),
        (-(2**30), "-1073741824"),
        (2**31 - 1, "2147483647"),
        (2**31, "2147483648"),
        (-(2**31), "-2147483648"),
        (-(2**31) - 1, "-2147483649"),
        (2**53 - 1, "9007199254740991"),
        (-(2**53) + 1, "-9007199254740991"),
        (1.5, "1.5"),
        (1e300, "1e300"),
        (5e-324, "5e-324"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ("", "''"),
        ("text", "'text'"),
        ([], "[]"),
        ([1, [2, []]], "[1, [2, []]]"),
        ({}, "({})"),
        ({"a": {"b": None}}, "({a: {b: null}})"),
        (set(), "new Set()"),
        ({1, "two", None}, "new Set([1, 'two', null])"),
        (b"", "new Uint8Array()"),
        (b"\0\xff", "new Uint8Array([0, 255])"),
    ],
)
def test_literals_both_ways(runtime, echo, value, text):
    from_javascript = runtime.eval(text)
    assert from_javascript == value
    assert type(from_javascript) is type(value)
    back = echo(value)
    assert back == value
    assert type(back) is type(value)


def test_nan_and_negative_zero_survive(runtime, echo):
    assert math.isnan(runtime.eval("NaN"))
    assert math.isnan(echo(math.nan))
    assert math.copysign(1, runtime.eval("-0")) == -1
    assert math.copysign(1, echo(-0.0)) == -1
    assert runtime.eval("x => Object.is(x, -0)")(-0.0) is True
    assert isinstance(runtime.eval("-0"), float)


def test_a_number_without_a_fraction_is_an_int(runtime, echo):
    assert type(runtime.eval("4 / 2")) is int
    assert type(echo(2.0)) is int
    assert type(runtime.eval("2 ** 53 - 1")) is int
    assert type(runtime.eval("2 ** 53")) is float


def test_bool_is_not_a_number(runtime):
    assert runtime.eval("x => typeof x")(True) == "boolean"
    assert runtime.eval("x => typeof x")(1) == "number"


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**64), 10**400, -(7**999)],
)
def test_integers_beyond_the_safe_range_are_bigints(runtime, echo, value):
    assert runtime.eval("x => typeof x")(value) == "bigint"
    assert runtime.eval("x => String(x)")(value) == str(value)
    assert echo(value) == value
    assert runtime.eval(f"{value}n") == value


def test_a_small_bigint_is_an_int(runtime):
    assert runtime.eval("[0n, -1n, 9007199254740991n]") == [0, -1, 9007199254740991]


def test_a_bigint_larger_than_v8_allows_is_refused(runtime):
    with Runtime(RuntimeConfig(max_serialization_bytes=2**40)) as large:
        with pytest.raises(OverflowError, match="too large for a JavaScript BigInt"):
            large.eval("x => x")(1 << 2**31)


@pytest.mark.parametrize(
    "value",
    [
        "ASCII",
        "Latin-1: \xe9\xff",
        "two bytes: \u20ac\u4e2d",
        "astral: \U0001f600\U0010ffff",
        "NUL: a\0b",
        "lone surrogates: \ud83d x \ude00",
        "mixed \x80\u0100\U00010000",
        "\ude00\ud83d",
        "a" * 100_000,
        "\xe9" * 100_000,
        "a" * 99_999 + "\xe9",
        "\u20ac" * 100_000,
        "\U0001f600" * 50_000,
        "x" * 512,
        "\xff" * 513,
        "\u20ac" * 512,
        "\u20ac" * 513,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_strings_survive(runtime, echo, value):
    assert echo(value) == value
    length = len(value) + sum(character > "\uffff" for character in value)
    assert runtime.eval("s => s.length")(value) == length


def test_strings_are_equal_on_both_sides(runtime):
    same = runtime.eval("(a, b) => a === b")
    for text, literal in [
        ("\xe9", r"'\xe9'"),
        ("\u20ac", r"'\u20ac'"),
        ("\U0001f600", r"'\u{1f600}'"),
        ("\ud83d", r"'\ud83d'"),
    ]:
        assert same(text, runtime.eval(literal)) is True
        assert runtime.eval(literal) == text


def test_a_two_byte_string_of_narrow_characters_is_a_normal_str(runtime):
    # A slice of a two-byte string is two-byte for V8, whatever is in it.
    text = runtime.eval(r"('\u20ac' + 'plain text, long enough to be a slice').slice(1)")
    assert text == "plain text, long enough to be a slice"
    assert text.isascii()
    assert {text: 1}["plain text, long enough to be a slice"] == 1


def test_str_subclass_and_enums(echo):
    class Text(str):
        def __str__(self) -> str:
            return "something else"

    class Number(enum.IntEnum):
        ONE = 1

    assert echo(Text("text")) == "text"
    assert echo(Number.ONE) == 1


# --- undefined ------------------------------------------------------------------------------------


def test_undefined_is_one_falsy_object(runtime):
    assert runtime.eval("undefined") is undefined
    assert runtime.eval("") is undefined
    assert JsUndefined() is undefined
    assert not undefined
    assert repr(undefined) == str(undefined) == "undefined"
    assert isinstance(undefined, JsUndefined)


def test_undefined_survives_copies_and_pickles():
    assert copy.copy(undefined) is undefined
    assert copy.deepcopy([undefined])[0] is undefined
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(undefined, protocol)) is undefined


def test_undefined_and_none_are_told_apart(runtime):
    tell = runtime.eval("x => x === undefined ? 'undefined' : x === null ? 'null' : 'else'")
    assert tell(undefined) == "undefined"
    assert tell(None) == "null"


def test_undefined_takes_no_arguments():
    with pytest.raises(TypeError):
        JsUndefined(1)


# --- bytes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_like_objects_become_a_uint8array(runtime, kind):
    data = bytes(range(256))
    value = kind(data)
    assert runtime.eval("b => b.constructor.name")(value) == "Uint8Array"
    assert runtime.eval("b => b.reduce((sum, x) => sum + x)")(value) == sum(data)
    assert runtime.eval("b => b")(value) == data


def test_memoryviews_of_other_shapes(echo):
    numbers = array.array("I", [1, 2, 3])
    assert echo(memoryview(numbers)) == numbers.tobytes()
    assert echo(memoryview(b"abcdef")[::2]) == b"ace"


def test_the_bytes_are_copied(runtime):
    data = bytearray(b"abc")
    runtime.eval("globalThis.keep = b => { globalThis.kept = b }")
    runtime.eval("keep")(data)
    data[0] = 0
    assert runtime.eval("kept") == b"abc"


@pytest.mark.parametrize(
    "text",
    [
        "new Uint8Array([1, 2, 3])",
        "new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)",
        "new Uint8Array([1, 2, 3]).buffer",
        "new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1)",
        "new Uint8ClampedArray([1, 2, 3])",
    ],
)
def test_everything_with_bytes_becomes_bytes(runtime, text):
    assert runtime.eval(text) == b"\1\2\3"


def test_typed_arrays_become_their_bytes(runtime):
    assert runtime.eval("new Float64Array([1.5])") == array.array("d", [1.5]).tobytes()


# --- containers -----------------------------------------------------------------------------------


def test_tuples_and_frozensets(runtime):
    assert runtime.eval("x => Array.isArray(x) && x.join()")((1, 2)) == "1,2"
    assert runtime.eval("x => x instanceof Set && x.size")(frozenset({1, 2})) == 2
    assert runtime.eval("x => x")((1, (2,))) == [1, [2]]


def test_dict_order_is_kept(echo):
    keys = ["b", "a", "", "with space", "\u20ac", "__proto__", "constructor"]
    value = dict.fromkeys(keys)
    assert list(echo(value)) == keys


def test_proto_is_a_key_like_any_other(runtime):
    tell = runtime.eval("x => [Object.keys(x), Object.getPrototypeOf(x) === Object.prototype]")
    assert tell({"__proto__": {"polluted": True}}) == [["__proto__"], True]


def test_setters_on_the_prototype_do_not_run(runtime):
    runtime.eval(
        "var ran = false;"
        "Object.defineProperty(Object.prototype, 'x', {set() { ran = true }, configurable: true})"
    )
    assert runtime.eval("o => o")({"x": 1}) == {"x": 1}
    assert runtime.eval("ran") is False


def test_dict_subclasses(echo):
    assert echo(collections.OrderedDict(a=1)) == {"a": 1}
    assert echo(collections.defaultdict(list, a=[1])) == {"a": [1]}


def test_holes_are_undefined(runtime):
    assert runtime.eval("[1, , 3]") == [1, undefined, 3]


def test_only_own_enumerable_string_keys(runtime):
    value = runtime.eval(
        "Object.defineProperty(Object.assign(Object.create({inherited: 1}), {[Symbol()]: 2, own: 3}),"
        " 'hidden', {value: 4})"
    )
    assert value == {"own": 3}


def test_getters_and_proxies_are_read(runtime):
    assert runtime.eval("({get a() { return [1] }})") == {"a": [1]}
    assert runtime.eval("new Proxy({a: 1}, {get: (target, key) => target[key] + 1})") == {"a": 2}


def test_instances_of_classes_are_dicts(runtime):
    assert runtime.eval("new (class Point { x = 1; y = 2; get z() { return 3 } })") == {
        "x": 1,
        "y": 2,
    }


def test_maps_are_dicts(runtime):
    value = runtime.eval("new Map([['a', 1], [2, [3]], [null, 'n'], [2n ** 64n, {}]])")
    assert value == {"a": 1, 2: [3], None: "n", 2**64: {}}


def test_a_map_with_a_key_that_is_not_hashable(runtime):
    with pytest.raises(TypeError, match=r"a key of the Map becomes a 'list'.*\(at \$\.m\)"):
        runtime.eval("({m: new Map([[[], 1]])})")


def test_a_set_with_a_member_that_is_not_hashable(runtime):
    with pytest.raises(TypeError, match=r"a member of the Set becomes a 'dict'.*\(at \$\[1\]\)"):
        runtime.eval("[0, new Set([{}])]")


def test_the_same_object_twice_is_not_a_cycle(runtime, echo):
    shared = [1]
    assert echo([shared, shared, {"a": shared}]) == [[1], [1], {"a": [1]}]
    assert runtime.eval("var s = [1]; [s, s, {a: s}]") == [[1], [1], {"a": [1]}]


def test_a_list_that_shrinks_while_it_is_converted(runtime):
    values: list[object] = []

    class Zone(tzinfo):
        def utcoffset(self, when: object) -> timedelta:
            values.clear()
            return timedelta(0)

    values.extend([datetime(2024, 1, 1, tzinfo=Zone()), 1, 2, 3])
    assert runtime.eval("x => x.length")(values) == 4


# --- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        datetime(1970, 1, 1, tzinfo=timezone.utc),
        datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=timezone.utc),
        datetime(1969, 12, 31, 23, 59, 59, 1000, tzinfo=timezone.utc),
        datetime(1900, 2, 28, tzinfo=timezone.utc),
        datetime(2000, 2, 29, tzinfo=timezone.utc),
        datetime(1, 1, 1, tzinfo=timezone.utc),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc),
    ],
)
def test_dates_survive(runtime, echo, value):
    back = echo(value)
    assert back == value
    assert back.tzinfo is timezone.utc
    text = f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z".rjust(24, "0")
    assert runtime.eval("d => d.toISOString()")(value) == text
    assert runtime.eval(f"new Date({text!r})") == value


def test_a_naive_datetime_is_utc(echo):
    assert echo(datetime(2024, 1, 1, 12)) == datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


def test_time_zones_are_converted(echo):
    east = timezone(timedelta(hours=5, minutes=30))
    value = datetime(2024, 1, 1, 2, tzinfo=east)
    assert echo(value) == value
    assert echo(value).hour == 20


def test_microseconds_are_rounded_down(echo):
    utc = timezone.utc
    assert echo(datetime(2024, 1, 1, 0, 0, 0, 1999)).microsecond == 1000
    assert echo(datetime(1960, 1, 1, 0, 0, 0, 1999)) == datetime(1960, 1, 1, 0, 0, 0, 1000, utc)


def test_an_invalid_date_says_where(runtime):
    with pytest.raises(ValueError, match=r"invalid Date.*\$\.when"):
        runtime.eval("({when: new Date(NaN)})")


def test_a_date_beyond_datetime_says_so(runtime):
    for text in ["new Date(8.64e15)", "new Date(-8.64e15)", "new Date(253402300800000)"]:
        with pytest.raises(ValueError, match="years are from 1 to 9999"):
            runtime.eval(text)


def test_what_a_tzinfo_raises_comes_through(echo):
    class Zone(tzinfo):
        def utcoffset(self, when: object) -> timedelta:
            raise LookupError("no such zone")

    with pytest.raises(LookupError, match="no such zone"):
        echo(datetime(2024, 1, 1, tzinfo=Zone()))


@settings(max_examples=200, deadline=None)
@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_any_datetime(value):
    expected = value.replace(microsecond=value.microsecond // 1000 * 1000)
    assert jsrun.eval("value => value")(value) == expected


# --- objects around single values -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("new String('text')", "text"),
        ("new Number(5)", 5),
        ("new Number(-0)", -0.0),
        ("new Number(1.5)", 1.5),
        ("new Boolean(false)", False),
        ("Object(2n ** 70n)", 2**70),
        ("[{a: new String('\\ud83d')}]", [{"a": "\ud83d"}]),
    ],
)
def test_objects_around_a_value_are_the_value(runtime, text, value):
    result = runtime.eval(f"Object.assign({text}, {{}})")
    assert result == value and type(result) is type(value)
    assert repr(result) == repr(value)


# --- what cannot be converted ---------------------------------------------------------------------


class Unknown:
    def __repr__(self) -> str:  # part of the test's name, which has to be the same in every process
        return "Unknown()"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Unknown(), r"cannot convert 'Unknown' to JavaScript \(at \$\)"),
        ({"a": [0, {"b": Unknown()}]}, r"cannot convert 'Unknown' .*\(at \$\.a\[1\]\.b\)"),
        ({"with space": 1j}, r"cannot convert 'complex' .*\(at \$\['with space'\]\)"),
        ([{1j}], r"cannot convert 'complex' .*\(at \$\[0\]\[\*\]\)"),
        ({"f": print}, r"bind_function\(\).*\(at \$\.f\)"),
        ({"a": {1: 2}}, r"keys must be strings.*not 'int' \(at \$\.a\)"),
        ({None: 1}, r"keys must be strings.*not 'NoneType' \(at \$\)"),
        (timedelta(1), r"cannot convert 'datetime.timedelta'"),
    ],
    ids=repr,
)
def test_python_values_without_a_counterpart(echo, value, message):
    with pytest.raises(TypeError, match=message):
        echo(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Symbol('s')", r"cannot convert Symbol to Python \(at \$\)"),
        ("({a: [0, {b: Symbol()}]})", r"cannot convert Symbol .*\(at \$\.a\[1\]\.b\)"),
        ("Object(Symbol('s'))", r"cannot convert Symbol to Python \(at \$\)"),
        ("[new WeakMap()]", r"cannot convert WeakMap .*\(at \$\[0\]\)"),
        ("({p: Promise.resolve(1)})", r"cannot convert Promise .*\(at \$\.p\)"),
    ],
)
def test_javascript_values_without_a_counterpart(runtime, text, message):
    with pytest.raises(TypeError, match=message):
        runtime.eval(text)
    assert runtime.eval("1") == 1


def test_a_getter_that_throws(runtime):
    with pytest.raises(jsrun.JavaScriptError, match="RangeError: no") as caught:
        runtime.eval("({get a() { throw new RangeError('no') }})")
    assert caught.value.name == "RangeError"


# --- limits ---------------------------------------------------------------------------------------


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


NESTED = "(depth) => { let v = []; while (--depth) v = [v]; return v }"


def test_the_depth_limit(runtime, echo):
    make = runtime.eval(NESTED)
    assert make(64) == nested(64)
    assert echo(nested(64)) == nested(64)
    for too_deep in [lambda: make(65), lambda: echo(nested(65))]:
        with pytest.raises(
            RuntimeError, match="^Depth exceeded maximum limit of 64 .*max_serialization_depth"
        ):
            too_deep()


def test_the_depth_limit_can_be_set():
    with Runtime(RuntimeConfig(max_serialization_depth=2)) as runtime:
        assert runtime.eval("[[]]") == [[]]
        with pytest.raises(RuntimeError, match="maximum limit of 2"):
            runtime.eval("[[[]]]")
        with pytest.raises(RuntimeError, match="maximum limit of 2"):
            runtime.eval("x => x")({"a": {"b": {}}})


def test_a_very_deep_value_is_an_error_and_not_a_crash():
    with Runtime(RuntimeConfig(max_serialization_depth=10**9)) as runtime:
        with pytest.raises(RecursionError):
            runtime.eval("x => x")(nested(20_000))
        with pytest.raises(RecursionError):
            runtime.eval(NESTED)(20_000)
        assert runtime.eval("1") == 1


def test_the_size_limit(runtime, echo):
    message = (
        r"^Size \(\d+ bytes\) exceeded maximum limit of 10485760 bytes .*max_serialization_bytes"
    )
    with pytest.raises(RuntimeError, match=message):
        echo(["x" * 2048] * 6000)
    with pytest.raises(RuntimeError, match=message):
        runtime.eval("Array(6000).fill('x'.repeat(2048))")
    with pytest.raises(RuntimeError, match=message):
        echo(bytes(10485761))
    with pytest.raises(RuntimeError, match=message):
        runtime.eval("new Uint8Array(10485761)")
    with pytest.raises(RuntimeError, match=message):
        echo([0] * 2_000_000)
    assert runtime.eval("1") == 1


@pytest.mark.parametrize("key", ["key", "one_that_v8_has_not", "\u20ac"])
def test_the_size_is_counted_alike_in_both_directions(key):
    value = [{key: ["text", "\u20ac", 1, 2.5, True, None, b"bytes", 2**70, {3}]}, "x" * 900]
    text = (
        f"[{{'{key}': ['text', '\\u20ac', 1, 2.5, true, null, new Uint8Array(5), 2n ** 70n, "
        "new Set([3])]}, 'x'.repeat(900)]"
    )
    with Runtime(RuntimeConfig(max_serialization_bytes=1000)) as runtime:
        with pytest.raises(RuntimeError, match="^Size") as to_javascript:
            runtime.eval("x => 0")(value)
        with pytest.raises(RuntimeError, match="^Size") as from_javascript:
            runtime.eval(text)
    assert str(to_javascript.value) == str(from_javascript.value)


def test_the_string_limit():
    with Runtime(RuntimeConfig(max_serialization_bytes=100)) as runtime:
        assert runtime.eval("'x'.repeat(50)") == "x" * 50
        with pytest.raises(RuntimeError, match="^String size limit exceeded: 101 > 100 "):
            runtime.eval("'x'.repeat(101)")
        with pytest.raises(RuntimeError, match="^String size limit exceeded: 102 > 100 "):
            runtime.eval("x => 0")("\u20ac" * 51)


def test_the_limit_of_a_string_with_pairs():
    text = "\U0001f600" * 1000 + "\u20ac"
    with Runtime(RuntimeConfig(max_serialization_bytes=4010)) as runtime:
        echo = runtime.eval("value => value")
        assert echo(text) == text
        assert echo(text[:900] + "x" * 200) == text[:900] + "x" * 200
        for value, message in (
            (text + "x", r"^Size \(4012 bytes\)"),
            ([text], r"^Size \(4018 bytes\)"),
            (text + "xxxxx", r"^String size limit exceeded: 4012 > 4010 "),
        ):
            with pytest.raises(jsrun.ConversionLimitError, match=message):
                echo(value)


def test_source_text_is_not_limited():
    with Runtime(RuntimeConfig(max_serialization_bytes=100)) as runtime:
        assert runtime.eval("1 + /* " + "x" * 10_000 + " */ 1") == 2


def test_circular_python_values(echo):
    a_list: list[object] = [1]
    a_list.append({"deep": a_list})
    with pytest.raises(RuntimeError, match=r"circular reference in list \(at \$\[1\]\.deep\)"):
        echo(a_list)
    a_dict: dict[str, object] = {}
    a_dict["self"] = a_dict
    with pytest.raises(RuntimeError, match=r"circular reference in dict \(at \$\.self\)"):
        echo(a_dict)
    a_tuple: tuple[list[object]] = ([],)
    a_tuple[0].append(a_tuple)
    with pytest.raises(RuntimeError, match=r"circular reference in tuple \(at \$\[0\]\[0\]\)"):
        echo(a_tuple)


def test_circular_javascript_values(runtime):
    with pytest.raises(RuntimeError, match=r"circular reference.*\(at \$\.a\[0\]\)"):
        runtime.eval("var o = {a: []}; o.a.push(o); o")
    with pytest.raises(RuntimeError, match="circular reference"):
        runtime.eval("var m = new Map(); m.set('m', m); m")


# --- anything -------------------------------------------------------------------------------------

scalars = (
    st.none()
    | st.just(undefined)
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
    | st.binary()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30
)


def joined(text: str) -> str:
    """As JavaScript sees it: two surrogates that make a pair are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def normal(value: object) -> object:
    if isinstance(value, str):
        return joined(value)
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {joined(key): normal(item) for key, item in value.items()}
    return value


@settings(max_examples=300, deadline=None)
@given(values)
def test_any_value_survives(value):
    assert jsrun.eval("value => value")(value) == normal(value)


@pytest.mark.parametrize("length", [511, 512, 513, 575, 576, 5000])
def test_texts_that_are_not_what_they_begin_as(echo, length):
    """Python has two kinds of text with one byte a character, and one of them is for ASCII alone."""
    for text in ("a" * length, "\xe9" * length):
        for place in (0, 511, 512, length - 1):
            for character in "a\xff\u20ac\U0001f600":
                mixed = text[:place] + character + text[place + 1 :]
                result = echo(mixed)
                assert result == mixed
                assert result.isascii() == mixed.isascii()
                assert hash(result) == hash(mixed)


# --- names and elements that are read by short cuts ---------------------------------------------------


def test_more_names_than_are_kept(runtime, echo):
    for _ in range(3):
        for first in range(0, 30_000, 1000):
            value = {f"name {n}": n for n in range(first, first + 1000)}
            assert echo(value) == value
    same = {"a": 1, "b": {"a": 2, "\u20ac": 3, "x" * 100: 4, "7": 5, "": 6}}
    for _ in range(3):
        assert echo(same) == same
        assert list(echo(same)) == ["a", "b"]


def test_names_are_the_same_object_each_time(runtime):
    get = runtime.eval("() => [{some_name: 1}, {some_name: 2}]")
    first, second = get()
    assert next(iter(first)) is next(iter(second)) is next(iter(get()[0]))


def test_names_are_renewed_while_an_object_is_read(runtime):
    """Its getter has Python read so many other names that those read before lose their numbers."""

    def read_many():
        for first in range(0, 60_000, 500):
            code = f"Object.fromEntries(Array.from({{length: 500}}, (_, i) => ['k' + (i + {first}), i]))"
            assert runtime.eval(code)[f"k{first}"] == 0

    runtime.bind_function("readMany", read_many)
    code = "({a: 1, b: 2, get c() { readMany(); return 3 }, d: {a: 4, e: 5}})"
    for _ in range(2):
        assert runtime.eval(code) == {"a": 1, "b": 2, "c": 3, "d": {"a": 4, "e": 5}}


class Text(str):
    """Equal to others, but not theirs."""

    def __hash__(self):
        return 7


def test_keys_of_a_class_of_their_own(echo):
    value = {Text("a"): 1, Text("b"): {Text("a"): 2}}
    assert echo(value) == {"a": 1, "b": {"a": 2}}
    assert all(type(key) is str for key in echo(value))


@pytest.mark.parametrize("place", [0, 1, 7, 8, 9, 50])
@pytest.mark.parametrize("element", ["'text'", "[1]", "{x: 1}", "2n ** 70n", "() => 1", "new Map"])
def test_arrays_that_begin_with_numbers(runtime, place, element):
    make = "Array.from({length: 51}, (_, i) => i % 2 ? i : i + .5)"
    result = runtime.eval(f"(() => {{ const a = {make}; a[{place}] = {element}; return a }})()")
    expected = [i if i % 2 else i + 0.5 for i in range(51)]
    assert [v for i, v in enumerate(result) if i != place] == [
        v for i, v in enumerate(expected) if i != place
    ]
    assert type(result[place]) is type(runtime.eval(f"({element})"))


def test_getters_of_an_array_run_once(runtime):
    result = runtime.eval("""
        var log = [];
        const array = Array.from({length: 20}, (_, i) => i);
        for (const i of [0, 3, 4, 19])
            Object.defineProperty(array, i, {get() { log.push(i); return i == 3 ? 'text' : -i }});
        array""")
    assert result == [0, 1, 2, "text", -4, *range(5, 19), -19]
    assert runtime.eval("log") == [0, 3, 4, 19]


def test_an_array_that_changes_while_it_is_read(runtime):
    make = "const array = Array.from({length: 20}, (_, i) => i);"
    for change, expected in (
        ("array.length = 10", [*range(5), 7, *range(6, 10), *[undefined] * 10]),
        ("array.push(20)", [*range(5), 7, *range(6, 20)]),
        ("array[15] = 'x'", [*range(5), 7, *range(6, 15), "x", *range(16, 20)]),
    ):
        code = (
            f"(() => {{ {make} Object.defineProperty(array, 5, {{get() {{ {change}; return 7 }}}});"
        )
        assert runtime.eval(code + " return array })()") == expected


def test_an_array_whose_getter_throws(runtime):
    code = "const a = Array.from({length: 9}, (_, i) => i); Object.defineProperty(a, 4, {get() { throw new Error('no') }}); a"
    with pytest.raises(jsrun.JavaScriptError, match="no"):
        runtime.eval(code)


def test_holes_in_a_long_array(runtime):
    assert runtime.eval("const a = new Array(30); a[7] = 1; a") == [
        *[undefined] * 7,
        1,
        *[undefined] * 22,
    ]


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 5000])
def test_lists_with_one_container(echo, length):
    plain = [i if i % 3 else f"text {i}" for i in range(length)]
    assert echo(plain) == plain
    assert echo(tuple(plain)) == plain
    for place in {0, length // 2, length}:
        mixed = [*plain[:place], {"a": [None, True]}, *plain[place:]]
        assert echo(mixed) == mixed


def test_objects_of_changing_shapes(runtime):
    text = """(() => {
        const many = {};
        for (let i = 0; i < 100; i++) many["name" + i] = i;
        const method = {a: 1, f() { return this.a }, b: "x"};
        return [
            {a: 1, b: "x"}, {a: 2, b: "y"}, {b: 1, a: "x"}, {a: 1}, {}, {a: 1, b: 2, c: 3},
            {2: "two", 1: "one", a: 0}, {a: {a: {a: 1, b: "z"}, b: [1, {b: 2, a: 1}]}, b: null}, {a: 1, b: {a: 2, b: 3}, c: "\\u20ac"},
            many, Object.freeze({a: 1, b: "x"}), Object.create(null, {a: {value: 1, enumerable: true}, b: {value: 2}}),
            Object.create({a: 1}, {c: {value: 3.5, enumerable: true}}), new (class { a = 1; #b = 2; static c = 3 }),
            new Proxy({a: 1, b: "x"}, {}), Object.assign(() => 0, {a: 1}).a, {get a() { return {b: 1} }, b: undefined},
            {["__proto__"]: 1, constructor: 2}, {a: 1n, b: new Date(0), c: new Uint8Array([1])}, {a: [[[{}]]], [Symbol()]: 1},
        ];
    })()"""
    epoch = datetime.fromtimestamp(0, timezone.utc)
    many = {f"name{i}": i for i in range(100)}
    assert runtime.eval(text) == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": "y"},
        {"b": 1, "a": "x"},
        {"a": 1},
        {},
        {"a": 1, "b": 2, "c": 3},
        {"1": "one", "2": "two", "a": 0},
        {"a": {"a": {"a": 1, "b": "z"}, "b": [1, {"b": 2, "a": 1}]}, "b": None},
        {"a": 1, "b": {"a": 2, "b": 3}, "c": "\u20ac"},
        many,
        {"a": 1, "b": "x"},
        {"a": 1},
        {"c": 3.5},
        {"a": 1},
        {"a": 1, "b": "x"},
        1,
        {"a": {"b": 1}, "b": undefined},
        {"__proto__": 1, "constructor": 2},
        {"a": 1, "b": epoch, "c": b"\x01"},
        {"a": [[[{}]]]},
    ]
    assert list(runtime.eval("({b: 1, 7: 2, a: 3})")) == ["7", "b", "a"]
    called = runtime.eval("({a: 5, f() { return this.a }, z: 'z'})")
    assert called["f"]() == 5


def test_many_objects_of_one_shape(runtime):
    """Each is a dict of its own, with the same names and nothing of the one before."""
    make = "(n, f) => Array.from({length: n}, (_, i) => ({id: i, text: 'text ' + i, inner: {id: -i}, all: [{id: i}]}))"
    expected = [
        {"id": i, "text": f"text {i}", "inner": {"id": -i}, "all": [{"id": i}]} for i in range(100)
    ]
    made = runtime.eval(make)(100)
    assert made == expected
    assert [list(item) for item in made] == [list(item) for item in expected]
    made[1]["more"] = 1
    del made[2]["id"]
    made[3]["inner"]["more"] = 1
    assert made[4:] == expected[4:]
    assert made[0] == expected[0]
    assert [next(iter(item)) for item in made[3:]] == ["id"] * 97
    assert len({id(next(iter(item))) for item in made[3:]}) == 1


def test_objects_of_one_shape_at_every_depth(runtime):
    make = "n => { let o = {a: 0, b: 1}; while (n--) o = {a: [{a: n, b: 'x'}, {a: -n, b: 'y'}], b: o}; return [o, o] }"
    for depth in (1, 3, 4, 5, 8, 9, 20):
        expected = {"a": 0, "b": 1}
        for n in reversed(range(depth)):
            expected = {"a": [{"a": n, "b": "x"}, {"a": -n, "b": "y"}], "b": expected}
        assert runtime.eval(make)(depth) == [expected, expected]


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 100])
def test_objects_of_one_shape_of_every_size(runtime, count):
    make = f"i => Object.fromEntries(Array.from({{length: {count}}}, (_, j) => ['n' + j, i * j]))"
    made = runtime.eval(f"[0, 1, 2, 3].map({make})")
    assert made == [{f"n{j}": i * j for j in range(count)} for i in range(4)]
    assert all(list(item) == [f"n{j}" for j in range(count)] for item in made)


def test_getters_of_objects_of_one_shape_run_in_order(runtime):
    """Each once, those of what is inside of an object before those of the next."""
    result = runtime.eval("""
        var log = [];
        const make = (n, inner) => ({a: n, get b() { log.push(n); return inner }, c: 'c'});
        [0, 1, 2].map(n => make(n, [make(n + 10, 0), make(n + 20, 0)]))""")
    assert [item["b"][1]["a"] for item in result] == [20, 21, 22]
    assert runtime.eval("log") == [0, 10, 20, 1, 11, 21, 2, 12, 22]
    # What a getter makes of those that come after it is what is read.
    result = runtime.eval("""
        const all = [0, 1, 2, 3].map(n => ({n, get change() {
            if (n == 0) { all[1].more = 1; all[2] = 'none'; delete all[3].n }
            return n;
        }}));
        all""")
    assert result == [
        {"n": 0, "change": 0},
        {"n": 1, "change": 1, "more": 1},
        "none",
        {"change": 3},
    ]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("Symbol()", jsrun.ConversionError, "cannot convert Symbol to Python"),
        ("new Date(NaN)", jsrun.ConversionRangeError, "cannot convert an invalid Date"),
        ("new Set([[]])", jsrun.ConversionError, "a member of the Set becomes a 'list'"),
        ("all", jsrun.ConversionLimitError, "circular reference"),
    ],
)
def test_where_an_object_of_a_known_shape_is_wrong(runtime, wrong, error, message):
    code = f"""(() => {{
        const all = [0, 1, 2].map(n => ({{a: n, b: {{x: 1, y: null}}, c: []}}));
        all[2].b.y = {wrong};
        return all;
    }})()"""
    for _ in range(3):
        with pytest.raises(error, match=rf"{message}.* \(at \$\[2\]\.b\.y\)"):
            runtime.eval(code)


def test_objects_of_one_shape_leave_nothing_behind(runtime):
    get = runtime.eval(
        "() => Array.from({length: 50}, (_, i) => ({a: i + 1000, b: 'b' + i, c: [{a: 1.5, d: i}]}))"
    )
    fail = runtime.eval("() => [{a: 1, b: {c: 1}}, {a: 1, b: {c: 1}}, {a: 1, b: {c: Symbol()}}]")
    fail_late = runtime.eval("() => [{a: 1, b: 2}, {a: 'x', b: 2}, {a: 1, b: new Date(NaN)}]")

    def use():
        for _ in range(100):
            get()
            for function in (fail, fail_late):
                with pytest.raises((jsrun.ConversionError, jsrun.ConversionRangeError)):
                    function()
        gc.collect()
        return sys.getallocatedblocks()

    use()
    before = use()
    assert use() - before < 200


def test_getters_that_change_the_object_that_is_read(runtime):
    assert runtime.eval("({get a() { delete this.c; return 1 }, b: 2, c: 3})") in (
        {"a": 1, "b": 2},
        {"a": 1, "b": 2, "c": undefined},
    )
    assert runtime.eval("({get a() { this.d = 4; return 1 }, b: 2})") == {"a": 1, "b": 2}
    assert runtime.eval("({get a() { this.b = 'new'; return 1 }, b: 2})") == {"a": 1, "b": "new"}
    assert runtime.eval(
        "({get a() { Object.defineProperty(this, 'b', {enumerable: false}); return 1 }, b: 2})"
    ) in ({"a": 1}, {"a": 1, "b": 2})


def test_a_getter_that_throws_tells_where(runtime):
    with pytest.raises(jsrun.JavaScriptError, match="^Error: no b") as caught:
        runtime.eval("({a: 1, get b() { throw new Error('no b') }})")
    assert caught.value.frames[0].function_name in ("get b", "b", "get b [as b]")


def test_an_object_is_read_whatever_scripts_do_to_the_built_in_ones():
    with Runtime() as runtime:
        runtime.eval("""
            Object.keys = Object.values = () => { throw new Error('mine') };
            Array.prototype[0] = 'element';
            Object.prototype[1] = 'element';
            Object.defineProperty(Array.prototype, 2, {get() { throw new Error('asked') }}); 0
        """)
        assert runtime.eval("[{a: 'x', b: 1, c: {d: 'y', e: [1, 'z']}}, {a: 'u', b: 2, c: 3}]") == [
            {"a": "x", "b": 1, "c": {"d": "y", "e": [1, "z"]}},
            {"a": "u", "b": 2, "c": 3},
        ]


def test_what_a_list_of_objects_counts_for():
    """However it is read: 8 bytes for every value and every name, and their characters."""
    text = "[{a: 'xyz', bc: 1}, {a: '\u20ac', bc: {d: 2}}]"
    size = 8 + (8 + 9 + 11 + 10 + 8) + (8 + 9 + 10 + 10 + 8 + 9 + 8)
    with Runtime(RuntimeConfig(max_serialization_bytes=size)) as runtime:
        assert len(runtime.eval(text)) == 2
    with Runtime(RuntimeConfig(max_serialization_bytes=size - 1)) as runtime:
        with pytest.raises(jsrun.ConversionLimitError, match=rf"Size \({size} bytes\)"):
            runtime.eval(text)
