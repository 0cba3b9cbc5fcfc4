"""Errors of JavaScript, as Python sees them."""

from __future__ import annotations

import copy
import pickle
import traceback

import jsrun
import pytest
from jsrun import JavaScriptError, JavaScriptFrame


def error_of(runtime: jsrun.Runtime, code: str, **options: str) -> JavaScriptError:
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval(code, **options)
    return caught.value


def test_attributes_of_an_error(runtime):
    error = error_of(runtime, "throw new TypeError('boom')")
    assert error.name == "TypeError"
    assert error.message == "boom"
    assert str(error) == "TypeError: boom"
    assert error.stack == "TypeError: boom\n    at <eval>:1:7"
    assert isinstance(error, Exception)


def test_an_error_without_a_message(runtime):
    error = error_of(runtime, "throw new Error()")
    assert (error.name, error.message, str(error)) == ("Error", "", "Error")


def test_custom_errors(runtime):
    error = error_of(
        runtime,
        "class Custom extends Error { get name() { return 'Custom' } }; throw new Custom('mine')",
    )
    assert str(error) == "Custom: mine"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("throw 'text'", "text"),
        ("throw 42", "42"),
        ("throw null", "null"),
        ("throw undefined", "undefined"),
        ("throw {code: 1}", "{ code: 1 }"),
        ("throw Symbol('s')", "Symbol(s)"),
    ],
)
def test_throwing_something_else(runtime, code, message):
    error = error_of(runtime, code)
    assert error.name is None
    assert error.message == str(error) == message
    assert error.stack is None


def test_errors_that_lie_about_themselves(runtime):
    assert error_of(runtime, "throw Object.assign(new Error('m'), {name: 1})").name == "1"
    error = error_of(
        runtime,
        "throw Object.defineProperty(new Error('m'), 'message', {get() { throw 1 }})",
    )
    assert error.message == ""
    assert error_of(runtime, "throw Object.assign(new Error('m'), {stack: 5})").name == "Error"


def test_frames(runtime):
    error = error_of(
        runtime,
        (
            "function inner() {\n  throw new Error('x');\n}\nfunction outer() {\n  "
            "inner();\n}\nouter();"
        ),
        filename="app.js",
    )
    assert error.frames == [
        JavaScriptFrame("inner", "app.js", 2, 9),
        JavaScriptFrame("outer", "app.js", 5, 3),
        JavaScriptFrame(None, "app.js", 7, 1),
    ]
    assert error.stack == (
        "Error: x\n    at inner (app.js:2:9)\n    at outer (app.js:5:3)\n    at app.js:7:1"
    )


def test_a_frame_is_a_mapping_too():
    frame = JavaScriptFrame("f", "app.js", 1, None)
    assert frame["function_name"] == frame.get("function_name") == frame.function_name == "f"
    assert "column_number" not in frame and frame.get("column_number") is None
    assert dict(frame) == {"function_name": "f", "file_name": "app.js", "line_number": 1}
    with pytest.raises(AttributeError):
        frame.line_number = 2


def test_unnamed_scripts_are_called_eval(runtime):
    runtime.eval("function f() { throw new Error('see <anonymous>:1:1') }")
    error = error_of(runtime, "[1].map(() => f())")
    assert "<anonymous>:" not in error.stack.split("\n", 1)[1]
    assert "at f (<eval>:1:22)" in error.stack
    assert "at Array.map (<anonymous>)" in error.stack
    assert error.message == "see <anonymous>:1:1"
    assert error.stack.startswith("Error: see <anonymous>:1:1\n")
    assert error.frames[0].file_name == "<eval>"


def test_syntax_errors_tell_where(runtime):
    error = error_of(runtime, "let a = 1;\nlet b = ;", filename="broken.js")
    assert error.name == "SyntaxError"
    frame = error.frames[0]
    assert (frame.file_name, frame.line_number, frame.column_number) == ("broken.js", 2, 9)


def test_a_thrown_value_has_the_place_of_the_throw(runtime):
    frame = error_of(runtime, "\n  throw 42", filename="app.js").frames[0]
    assert (frame.file_name, frame.line_number) == ("app.js", 2)


def test_rejected_promises(runtime):
    error = error_of(runtime, "Promise.reject(new RangeError('no'))")
    assert str(error) == "RangeError: no"
    assert error.frames[0].line_number == 1
    assert str(error_of(runtime, "(async () => { throw 'text' })()")) == "text"


def test_stack_overflow_is_an_error(runtime):
    error = error_of(runtime, "(function f() { f() })()")
    assert str(error) == "RangeError: Maximum call stack size exceeded"
    assert runtime.eval("1") == 1


def test_the_runtime_stays_usable(runtime):
    for _ in range(100):
        error_of(runtime, "null.x")
    assert runtime.eval("1 + 1") == 2


def test_an_error_as_a_value(runtime):
    error = runtime.eval("({error: new TypeError('boom')})")["error"]
    assert isinstance(error, JavaScriptError)
    assert str(error) == "TypeError: boom"
    assert error.stack == "TypeError: boom\n    at <eval>:1:10"
    assert error.frames[0].line_number == 1


def test_an_error_as_an_argument(runtime):
    error = runtime.eval("new TypeError('boom')")
    tell = runtime.eval("e => [e instanceof Error, e.name, e.message, String(e)]")
    assert tell(error) == [True, "TypeError", "boom", "TypeError: boom"]
    assert tell(JavaScriptError("made in Python")) == [
        True,
        "Error",
        "made in Python",
        "Error: made in Python",
    ]


def test_messages_of_all_characters(runtime):
    for text in ["\xe9", "\u20ac", "\U0001f600", "\ud83d", "a\0b"]:
        assert runtime.eval("m => new Error(m)")(text).message == text


def test_python_raises_and_copies_it(runtime):
    error = error_of(runtime, "null.x")
    for again in [copy.copy(error), pickle.loads(pickle.dumps(error))]:
        assert type(again) is JavaScriptError
        assert vars(again) == vars(error)
        assert str(again) == str(error)


def test_tracebacks_show_the_public_name(runtime):
    error = error_of(runtime, "throw new TypeError('boom')")
    lines = traceback.format_exception_only(type(error), error)
    assert "".join(lines).startswith("jsrun.JavaScriptError: TypeError: boom\n")


def test_nested_evals_throw_through_each_other(runtime):
    """JavaScript → Python → JavaScript: the innermost error keeps its name on the way out."""
    runtime.bind_function("again", lambda code: runtime.eval(code))
    error = error_of(runtime, "again(\"throw new RangeError('deep')\")")
    assert str(error) == "RangeError: deep"
    assert isinstance(error.__cause__, JavaScriptError)
    assert runtime.eval("try { again('null.x') } catch (e) { e.name }") == "TypeError"
