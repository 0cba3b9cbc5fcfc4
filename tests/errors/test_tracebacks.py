"""What Python prints of a JavaScript error, and the classes of the exceptions."""

from __future__ import annotations

import copy
import pickle
import sys
import textwrap
import traceback

import jsrun
import pytest
from jsrun import InspectorConfig, JavaScriptError, JsrunError, Runtime, RuntimeConfig


def printed(runtime: Runtime, code: str, filename: str = "app.js") -> str:
    """What follows the Python part of the traceback."""
    try:
        runtime.eval(code, filename=filename)
    except JavaScriptError:
        return traceback.format_exc().split("jsrun.JavaScriptError: ", 1)[1]
    raise AssertionError("nothing was thrown")


def test_frames_source_line_and_caret(runtime):
    code = """\
        function inner() {
            const x = 1; throw new Error('x');
        }
        function outer() {
            inner();
        }
        outer();"""
    assert printed(runtime, textwrap.dedent(code)) == textwrap.dedent(
        """\
        Error: x
        JavaScript traceback (most recent call last):
          File "app.js", line 7
          File "app.js", line 5, in outer
          File "app.js", line 2, in inner
            const x = 1; throw new Error('x');
                         ^
        """
    )


@pytest.mark.parametrize(
    ("code", "marked"),
    [
        ("null.field", "    null.field\n         ^"),
        ("throw 42", "    throw 42\n    ^"),
        ("\t\tlet\tx = ;", "    let\tx = ;\n       \t    ^"),
        ("(async () => { await 0; null.x })()", "    (async () => { await 0; null.x })()\n"),
        ("Promise.reject(new Error('no'))", "    Promise.reject(new Error('no'))\n"),
        ("try { null.x }\ncatch (e) { throw e }", "    try { null.x }\n               ^"),
    ],
)
def test_the_marked_part_of_a_line(runtime, code, marked):
    assert marked in printed(runtime, code)


def test_only_the_part_of_a_long_line_that_matters_is_shown(runtime):
    text = printed(runtime, f"/*{'x' * 5000}*/ null.field; /*{'y' * 5000}*/")
    assert "null.field" in text and max(map(len, text.splitlines())) < 120
    line, caret = text.splitlines()[-2:]
    assert line[caret.index("^")] == "f"


def test_endless_recursion_is_folded(runtime):
    text = printed(runtime, "function f() { f() }\nf()")
    assert text.count("in f\n") == 3
    assert "[Previous line repeated 61 more times]" in text


def test_no_traceback_for_an_error_that_has_no_place():
    error = JavaScriptError("made in Python", "Error")
    assert str(error) == "Error: made in Python"
    assert error.javascript_traceback() == ""


def test_str_does_not_change(runtime):
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("null.x")
    if sys.version_info >= (3, 11):
        assert str(caught.value) == "TypeError: Cannot read properties of null (reading 'x')"
        caught.value.add_note("while testing")
        assert "while testing" in "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("TypeError: Cannot read")


def test_copies_show_the_same(runtime):
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval("null.x")
    error = caught.value
    for again in [copy.copy(error), pickle.loads(pickle.dumps(error))]:
        assert again.javascript_traceback() == error.javascript_traceback() != ""


def test_errors_as_values_tell_where_they_were_made(runtime):
    error = runtime.eval("\n new RangeError('r')", filename="made.js")
    assert 'File "made.js", line 2' in error.javascript_traceback()


def test_the_python_cause_is_shown_too(runtime):
    runtime.bind_function("fail", lambda: 1 / 0)
    text = ""
    try:
        runtime.eval("fail()", filename="app.js")
    except JavaScriptError:
        text = traceback.format_exc()
    assert "ZeroDivisionError: division by zero\n\nThe above exception was the direct" in text
    assert text.endswith('  File "app.js", line 1\n    fail()\n    ^\n')


def test_every_exception_has_the_common_base():
    for name in jsrun.__all__:
        value = getattr(jsrun, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, JsrunError), name


def test_each_kind_of_failure_has_a_class(runtime):
    def class_of(function, *arguments, **options):
        with pytest.raises(JsrunError) as caught:
            function(*arguments, **options)
        return type(caught.value)

    assert class_of(runtime.eval, "new Promise(() => {})") is jsrun.PendingPromiseError
    assert class_of(runtime.eval, "Symbol()") is jsrun.ConversionError
    assert class_of(runtime.eval, "const o = {}; o.o = o") is jsrun.ConversionLimitError
    assert class_of(runtime.eval, "new Date(NaN)") is jsrun.ConversionRangeError
    assert class_of(runtime.eval, "while (true);", timeout=0.01) is jsrun.RuntimeTimeout
    function = runtime.eval("() => 1")
    assert class_of(function, object()) is jsrun.ConversionError
    assert class_of(runtime.register_op, "op", len, "other") is jsrun.BindingError
    assert class_of(Runtime, RuntimeConfig(initial_heap_size=1)) is jsrun.ConfigError
    runtime.open_inspector(InspectorConfig(port=0))
    assert class_of(runtime.open_inspector) is jsrun.InspectorOpenError
    function.close()
    assert class_of(function) is jsrun.FunctionClosedError
    runtime.close()
    assert class_of(runtime.eval, "1") is jsrun.RuntimeClosedError
    other = Runtime()
    other.terminate()
    assert class_of(other.eval, "1") is jsrun.RuntimeTerminated
    other.close()


def test_a_script_knows_the_names_of_built_in_classes(runtime):
    async def handler():
        pass

    async_op = runtime.register_op("handler", handler, "async")
    runtime.bind_object("host", {"wrong": lambda: object(), "take": print})
    name_of = runtime.eval("f => { try { f() } catch (error) { return error.name } }")
    for code, name in [
        ("host.wrong", "TypeError"),
        ("() => host.take(new Date(NaN))", "RangeError"),
        (f"() => __host_op_async__({async_op})", "RuntimeError"),
    ]:
        assert name_of(runtime.eval(code)) == name


def test_limits_name_the_setting():
    with Runtime(RuntimeConfig(max_serialization_depth=2, max_serialization_bytes=1000)) as runtime:
        with pytest.raises(jsrun.ConversionLimitError, match="max_serialization_depth"):
            runtime.eval("[[[1]]]")
        with pytest.raises(jsrun.ConversionLimitError, match="max_serialization_bytes"):
            runtime.eval("'x'.repeat(2000)")
