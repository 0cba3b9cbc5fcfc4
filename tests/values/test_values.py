"""Values, from Python to JavaScript and back."""

from __future__ import annotations

import array
import collections
import copy
import enum
import math
import pickle
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
    # For V8 a slice of a two-byte string is two-byte, whatever its characters are.
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
        "Object.defineProperty(Object.assign(Object.create({inherited: 1}), "
        "{[Symbol()]: 2, own: 3}),"
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


def test_an_exception_of_a_tzinfo_is_raised(echo):
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


# --- values that cannot be converted --------------------------------------------------------------


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


# --- generated values -----------------------------------------------------------------------------


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
def test_texts_whose_kind_changes_late(echo, length):
    """Python has two kinds of text with one byte a character; one of them is for ASCII only."""
    for text in ("a" * length, "\xe9" * length):
        for place in (0, 511, 512, length - 1):
            for character in "a\xff\u20ac\U0001f600":
                mixed = text[:place] + character + text[place + 1 :]
                result = echo(mixed)
                assert result == mixed
                assert result.isascii() == mixed.isascii()
                assert hash(result) == hash(mixed)
