"""What an Error has besides its message: the thrown value, cause, errors, properties, class."""

from __future__ import annotations

import asyncio
import traceback

import jsrun
import pytest
from jsrun import JavaScriptError


def error_of(runtime: jsrun.Runtime, code: str) -> JavaScriptError:
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval(f"(() => {{ {code} }})()")
    return caught.value


def printed(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("{code: 401, text: 'no'}", {"code": 401, "text": "no"}, "{ code: 401, text: 'no' }"),
        ("[1, [2]]", [1, [2]], "[ 1, [ 2 ] ]"),
        ("'text'", "text", "text"),
        ("42", 42, "42"),
        ("null", None, "null"),
        ("undefined", jsrun.undefined, "undefined"),
        ("new Map([['a', 1]])", {"a": 1}, "Map(1) { 'a' => 1 }"),
        ("Symbol('s')", None, "Symbol(s)"),
        ("({get a() { throw 1 }})", None, "{ a: [Getter] }"),
        ("(() => { const a = {}; a.a = a; return a })()", None, "<ref *1> { a: [Circular *1] }"),
    ],
)
def test_the_thrown_value(runtime, text, value, message):
    error = error_of(runtime, f"throw {text}")
    assert (error.name, error.class_name, error.message) == (None, None, message)
    assert error.value == value and type(error.value) is type(value)


def test_a_cause_that_is_an_error(runtime):
    error = error_of(runtime, "throw new Error('outer', {cause: new TypeError('root')})")
    assert isinstance(error.cause, JavaScriptError)
    assert (error.cause.name, error.cause.message) == ("TypeError", "root")
    assert error.__cause__ is error.cause
    text = printed(error)
    assert text.index("TypeError: root") < text.index("direct cause") < text.index("Error: outer")


@pytest.mark.parametrize("cause", ["text", 7, {"a": [1]}, None])
def test_a_cause_that_is_no_error(runtime, cause):
    runtime.bind_object("given", {"cause": cause})
    error = error_of(runtime, "throw new Error('outer', {cause: given.cause})")
    assert error.cause == cause and error.__cause__ is None
    assert (f"[cause]: {cause!r}" in printed(error)) == (cause is not None)


def test_the_errors_of_an_aggregate(runtime):
    error = error_of(
        runtime, "throw new AggregateError([new RangeError('one'), 'two', Symbol()], 'all')"
    )
    assert error.name == error.class_name == "AggregateError"
    one, two = error.errors
    assert (one.name, one.message, two) == ("RangeError", "one", "two")
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("Promise.any([Promise.reject(new Error('first')), Promise.reject(2)])")
    assert [str(caught.value.errors[0]), caught.value.errors[1]] == ["Error: first", 2]
    assert "0: Error: first" in printed(caught.value)


def test_properties(runtime):
    error = error_of(
        runtime,
        "throw Object.assign(new Error('m'), {code: 'E_X', info: {a: [1]}, no: Symbol(), f() {}})",
    )
    assert error.properties.keys() == {"code", "info", "f"}
    assert (error.properties["code"], error.properties["info"]) == ("E_X", {"a": [1]})
    text = printed(error)
    assert "  code: 'E_X'\n" in text and "  info: {'a': [1]}\n" in text


def test_an_error_without_any_of_it(runtime):
    error = error_of(runtime, "throw new Error('m')")
    assert (error.value, error.cause, error.errors, error.properties) == (None, None, [], {})
    assert "{" not in error.javascript_traceback().splitlines()[-1]


def test_a_class_that_sets_no_name(runtime):
    error = error_of(runtime, "class NotFound extends Error {}; throw new NotFound('page')")
    assert (error.name, error.class_name, str(error).split("\n")[0]) == (
        "Error",
        "NotFound",
        "NotFound: page",
    )
    error = error_of(runtime, "class E extends TypeError { name = 'Own' }; throw new E('page')")
    assert (error.name, error.class_name, str(error).split("\n")[0]) == ("Own", "E", "Own: page")


def test_errors_that_contain_themselves(runtime):
    error = error_of(
        runtime, "const e = new Error('m'); e.cause = e; e.me = e; e.list = [e, {e}]; throw e"
    )
    assert error.cause is error and error.properties["me"] is error
    assert error.properties["list"][0] is error and error.properties["list"][1]["e"] is error
    assert error.__cause__ is None and "[circular]" in printed(error)
    error = error_of(
        runtime, "const a = new Error('a'), b = new Error('b', {cause: a}); a.cause = b; throw a"
    )
    assert error.cause.cause is error
    assert "Error: b" in printed(error)


def test_errors_of_any_depth_and_breadth_are_cut(runtime):
    error = error_of(
        runtime,
        "let e = new Error('0'); for (let i = 1; i < 500; i++) e = new Error(String(i), "
        "{cause: e});"
        "throw e",
    )
    depth = 0
    while isinstance(error, JavaScriptError):
        error, depth = error.cause, depth + 1
    assert 10 <= depth <= 50
    error = error_of(
        runtime,
        "const all = n => n ? new AggregateError(Array.from({length: 20}, () => all(n - 1))) : 1;"
        "throw all(4)",
    )
    assert len(error.errors) == 20


def test_a_getter_of_an_error_that_fails_is_left_out(runtime):
    error = error_of(
        runtime,
        "throw Object.defineProperties(new Error('m'), {code: {value: 1, enumerable: true},"
        "bad: {get() { throw new Error('no') }, enumerable: true},"
        "cause: {get() { throw 1 }}})",
    )
    assert (error.properties, error.cause) == ({"code": 1}, None)
    with pytest.raises(jsrun.RuntimeTimeout):
        runtime.eval(
            "throw Object.defineProperty(new Error('m'), 'x',"
            "{get() { for (;;); }, enumerable: true})",
            timeout=0.2,
        )
    assert runtime.eval("1 + 1") == 2


THROWN = ["new Error('m')", "{code: 1}", "[1]", "Object.assign(new TypeError('m'), {code: 'E'})"]


@pytest.mark.parametrize("thrown", THROWN)
def test_an_error_that_passes_through_python_is_the_same_object(runtime, thrown):
    def handler(function: jsrun.JsFunction) -> None:
        function()

    async def later(function: jsrun.JsFunction) -> None:
        function()

    kept: list[JavaScriptError] = []

    def keep(function: jsrun.JsFunction) -> None:
        try:
            function()
        except JavaScriptError as error:
            kept.append(error)

    def raise_kept() -> None:
        raise kept.pop()

    runtime.bind_function("handler", handler)
    runtime.bind_function("later", later)
    runtime.bind_function("keep", keep)
    runtime.bind_function("raiseKept", raise_kept)
    runtime.bind_function("given", lambda: kept[0])
    runtime.eval(f"globalThis.thrown = {thrown}; globalThis.thrower = () => {{ throw thrown }}")
    assert runtime.eval("try { handler(thrower) } catch (e) { e === thrown }")
    assert runtime.eval("try { handler(() => handler(thrower)) } catch (e) { e === thrown }")
    runtime.eval("keep(thrower)")
    assert runtime.eval("given() === thrown")  # as a value as well
    assert runtime.eval("try { raiseKept() } catch (e) { e === thrown }")
    code = "later(thrower).then(() => false, e => e === thrown)"
    assert asyncio.run(runtime.eval_async(code))


def test_an_error_of_another_runtime_becomes_an_error_like_it(runtime):
    with jsrun.Runtime() as other:
        error = error_of(other, "throw Object.assign(new RangeError('m'), {code: 'E', n: [1]})")

        def handler() -> None:
            raise error

        runtime.bind_function("handler", handler)
        code = (
            "try { handler() } catch (e) { [e instanceof Error, e.name, e.message, e.code, e.n] }"
        )
        assert runtime.eval(code) == [True, "RangeError", "m", "E", [1]]
    assert runtime.eval(code) == [True, "RangeError", "m", "E", [1]]


def test_properties_of_an_error_that_python_makes(runtime):
    def handler() -> None:
        raise JavaScriptError("m", "HttpError", properties={"status": 404, "no": object()})

    runtime.bind_function("handler", handler)
    assert runtime.eval("try { handler() } catch (e) { [e.name, e.status, 'no' in e] }") == [
        "HttpError",
        404,
        False,
    ]


def test_an_error_outlives_its_runtime():
    runtime = jsrun.Runtime()
    error = error_of(runtime, "throw Object.assign(new Error('m'), {code: 1})")
    runtime.close()
    assert (str(error).split("\n")[0], error.properties) == ("Error: m", {"code": 1})
    with jsrun.Runtime() as other:
        other.bind_function("give", lambda: error)
        assert other.eval("give().code") == 1


def test_kept_errors_keep_no_runtime(runtime):
    """Errors that nobody keeps leave nothing in V8 either."""
    for _ in range(2000):
        error_of(runtime, "throw new Error('m')")
    used = runtime.get_stats().heap_used_bytes
    assert used < 40_000_000


def test_the_texts_of_errors_count_against_the_limit():
    config = jsrun.RuntimeConfig(max_serialization_bytes=1_000_000)
    with jsrun.Runtime(config) as runtime:
        assert len(runtime.eval("new Array(10).fill(new Error('x'.repeat(1000)))")) == 10
        with pytest.raises(jsrun.ConversionLimitError, match="max_serialization_bytes"):
            runtime.eval("new Array(5000).fill(new Error('x'.repeat(1000)))")
        with pytest.raises(jsrun.ConversionLimitError, match="max_serialization_bytes"):
            runtime.eval("[Object.defineProperty(new Error, 'stack', {value: 'x'.repeat(1e6)})]")
