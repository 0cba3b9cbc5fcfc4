"""Property names and objects whose conversion is cached."""

from __future__ import annotations

import gc
import sys
from datetime import datetime, timezone

import jsrun
import pytest
from jsrun import Runtime, RuntimeConfig, undefined


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
    """A getter makes Python read so many names that earlier ones lose their numbers."""

    def read_many():
        for first in range(0, 60_000, 500):
            code = (
                f"Object.fromEntries(Array.from({{length: 500}}, (_, "
                f"i) => ['k' + (i + {first}), i]))"
            )
            assert runtime.eval(code)[f"k{first}"] == 0

    runtime.bind_function("readMany", read_many)
    code = "({a: 1, b: 2, get c() { readMany(); return 3 }, d: {a: 4, e: 5}})"
    for _ in range(2):
        assert runtime.eval(code) == {"a": 1, "b": 2, "c": 3, "d": {"a": 4, "e": 5}}


class Text(str):
    """A str that equals other strings, but is of another class."""

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
    code = (
        "const a = Array.from({length: 9}, (_, i) => i); Object.defineProperty(a, 4, {get() { "
        "throw new Error('no') }}); a"
    )
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
            {2: "two", 1: "one", a: 0}, {a: {a: {a: 1, b: "z"}, b: [1, {b: 2, a: 1}]}, b: null},
                {a: 1, b: {a: 2, b: 3}, c: "\\u20ac"},
            many, Object.freeze({a: 1, b: "x"}), Object.create(null, {a: {value: 1,
                enumerable: true}, b: {value: 2}}),
            Object.create({a: 1}, {c: {value: 3.5, enumerable: true}}), new (class { a = 1; #b = 2;
                static c = 3 }),
            new Proxy({a: 1, b: "x"}, {}), Object.assign(() => 0, {a: 1}).a, {get a() {
                return {b: 1} }, b: undefined},
            {["__proto__"]: 1, constructor: 2}, {a: 1n, b: new Date(0), c: new Uint8Array([1])},
                {a: [[[{}]]], [Symbol()]: 1},
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
    """Each becomes a dict of its own, with the same names and nothing of the one before."""
    make = (
        "(n, f) => Array.from({length: n}, (_, i) => ({id: i, text: 'text ' + i, "
        "inner: {id: -i}, all: [{id: i}]}))"
    )
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
    make = (
        "n => { let o = {a: 0, b: 1}; while (n--) o = {a: [{a: n, b: 'x'}, {a: -n, b: 'y'}], "
        "b: o}; return [o, o] }"
    )
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
    """Each runs once; those inside an object run before those of the next object."""
    result = runtime.eval("""
        var log = [];
        const make = (n, inner) => ({a: n, get b() { log.push(n); return inner }, c: 'c'});
        [0, 1, 2].map(n => make(n, [make(n + 10, 0), make(n + 20, 0)]))""")
    assert [item["b"][1]["a"] for item in result] == [20, 21, 22]
    assert runtime.eval("log") == [0, 10, 20, 1, 11, 21, 2, 12, 22]
    # If a getter changes properties after it, the changed ones are read.
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


def test_objects_are_read_whatever_scripts_do_to_built_ins():
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


def test_the_counted_size_of_a_list_of_objects():
    """In any case 8 bytes for every value and every name, and their characters."""
    text = "[{a: 'xyz', bc: 1}, {a: '\u20ac', bc: {d: 2}}]"
    size = 8 + (8 + 9 + 11 + 10 + 8) + (8 + 9 + 10 + 10 + 8 + 9 + 8)
    with Runtime(RuntimeConfig(max_serialization_bytes=size)) as runtime:
        assert len(runtime.eval(text)) == 2
    with Runtime(RuntimeConfig(max_serialization_bytes=size - 1)) as runtime:
        with pytest.raises(jsrun.ConversionLimitError, match=rf"Size \({size} bytes\)"):
            runtime.eval(text)
