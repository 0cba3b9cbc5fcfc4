"""Limits of the conversion of values: depth, size, cycles."""

from __future__ import annotations

import jsrun
import pytest
from jsrun import Runtime, RuntimeConfig


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
