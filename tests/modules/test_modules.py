"""ES modules: static ones, their exports, and their errors."""

from __future__ import annotations

import jsrun
import pytest
from jsrun import (
    ConversionError,
    ConversionLimitError,
    JavaScriptError,
    JsFunction,
    ModuleError,
    Runtime,
    RuntimeConfig,
)
from module_sources import add

# --- static modules -------------------------------------------------------------------------------


def test_a_static_module_has_three_names(runtime):
    runtime.add_static_module("lib", "export const value = 42; export const at = import.meta.url")
    expected = {"value": 42, "at": "jsrun://static/lib"}
    for specifier in ("lib", "static:lib", "jsrun://static/lib"):
        assert runtime.eval_module(specifier) == expected
        assert runtime.eval(f"import('{specifier}').then(m => m.value)") == 42
    assert runtime.eval(
        "Promise.all([import('lib'), import('static:lib'), import('jsrun://static/lib')])"
        ".then(([a, b, c]) => a === b && b === c)"
    )


def test_static_modules_import_one_another(runtime):
    add(
        runtime,
        main="import twice, { one as uno } from 'lib'; import * as lib from 'static:lib';"
        "export { uno }; export const two = twice(uno); export const keys = Object.keys(lib)",
        lib="export const one = 1; export default function (n) { return n * 2 }",
    )
    assert runtime.eval_module("main") == {"uno": 1, "two": 2, "keys": ["default", "one"]}


def test_relative_specifiers_of_static_modules(runtime):
    runtime.add_static_module("./app.js", "export { x } from './lib/x.js'")
    runtime.add_static_module("lib/x.js", "import { y } from '../y.js'; export const x = y + 1")
    runtime.add_static_module("static:y.js", "export const y = 1")
    assert runtime.eval_module("./app.js") == {"x": 2}


def test_a_module_is_evaluated_once(runtime):
    add(
        runtime,
        counter="globalThis.runs = (globalThis.runs ?? 0) + 1; export let n = 0;"
        "export function up() { return ++n }",
        user="import { up, n } from 'counter'; up(); export { n }; export const seen = () => n",
    )
    first = runtime.eval_module("counter")
    assert runtime.eval_module("user")["n"] == 1
    assert first["up"]() == 2
    assert runtime.eval_module("counter")["n"] == 2
    assert runtime.eval_module("user")["seen"]() == 2
    assert runtime.eval("import('counter'); runs") == 1
    with Runtime() as other:
        with pytest.raises(ModuleError):
            other.eval_module("counter")


def test_the_namespace_is_a_dict(runtime):
    runtime.add_static_module(
        "all",
        "export const text = 'é', list = [1, { a: null }], big = 2n ** 70n, none = undefined;"
        "export function self() { return this }; export const add = (a, b) => a + b;"
        "export class Point { constructor() { this.x = 1 } };"
        "export const key = Symbol('key'), loop = {}; loop.loop = loop; export default 'd'",
    )
    namespace = runtime.eval_module("all")
    assert isinstance(namespace, dict) and isinstance(namespace, jsrun.ModuleNamespace)
    assert {name: namespace[name] for name in ("text", "list", "big", "none", "default")} == {
        "text": "é",
        "list": [1, {"a": None}],
        "big": 2**70,
        "none": jsrun.undefined,
        "default": "d",
    }
    assert isinstance(namespace["add"], JsFunction) and namespace["add"](1, 2) == 3
    # `this` is the namespace.
    runtime.bind_function("same", lambda *_: None)
    assert runtime.eval("(f, g) => f === g")(namespace["Point"], namespace["Point"])
    assert set(namespace) == {"text", "list", "big", "none", "self", "add", "Point", "default"}
    assert set(namespace.unconverted) == {"key", "loop"}
    with pytest.raises(ConversionError, match="Symbol"):
        namespace["key"]
    with pytest.raises(ConversionLimitError, match="circular"):
        namespace["loop"]
    with pytest.raises(KeyError):
        namespace["nothing"]


def test_functions_are_called_with_the_namespace(runtime):
    runtime.add_static_module(
        "m", "export const n = 5; export function viaThis() { return this.n }"
    )
    assert runtime.eval_module("m")["viaThis"]() == 5


def test_the_exports_share_the_limit_of_bytes():
    with Runtime(RuntimeConfig(max_serialization_bytes=1000)) as runtime:
        runtime.add_static_module(
            "m", "export const a = 'x'.repeat(700), b = 'y'.repeat(700), c = 1"
        )
        namespace = runtime.eval_module("m")
        assert namespace == {"a": "x" * 700, "c": 1}
        with pytest.raises(ConversionLimitError):
            namespace["b"]


def test_cycles_and_diamonds(runtime):
    add(
        runtime,
        even="import { odd } from 'odd'; export const even = n => n === 0 || odd(n - 1)",
        odd="import { even } from 'even'; export const odd = n => n !== 0 && even(n - 1)",
        top="import 'left'; import 'right'; export const log = globalThis.log",
        left="import 'bottom'; log.push('left')",
        right="import 'bottom'; log.push('right')",
        bottom="globalThis.log = ['bottom']",
        self="import * as me from 'self'; export const x = 1; export const y = () => me.x",
    )
    assert runtime.eval_module("even")["even"](10) is True
    assert runtime.eval_module("odd")["odd"](10) is False
    assert runtime.eval_module("top") == {"log": ["bottom", "left", "right"]}
    assert runtime.eval_module("self")["y"]() == 1


@pytest.mark.parametrize("again", ["part", "through", "whole"])
def test_a_cycle_that_has_failed_later(runtime, again):
    """`part` had run when `whole`, which it imports, threw. Evaluating it would end V8."""
    add(
        runtime,
        outside="import 'whole'",
        whole="import 'part'; await new Promise(done => setTimeout(done)); throw new Error('late')",
        part="import 'whole'; import 'leaf'; export const x = 1; await null",
        leaf="export const y = 2",
        through="import 'part'",
    )
    with pytest.raises(JavaScriptError, match="late"):
        runtime.eval_module("outside")
    for _ in range(2):
        with pytest.raises(JavaScriptError, match="late") as error:
            runtime.eval_module(again)
        assert error.value.import_chain[0] == "jsrun://static/whole"
        source = f"import('{again}').then(() => 'loaded', error => error.message)"
        assert runtime.eval(source) == "late"
    assert runtime.eval_module("leaf") == {"y": 2}


def test_a_deep_and_a_wide_graph(runtime):
    count = 1500
    for i in range(count):
        runtime.add_static_module(
            f"deep{i}", f"import {{ n as m }} from 'deep{i + 1}'; export const n = m + 1"
        )
        runtime.add_static_module(f"wide{i}", f"export const n{i} = 1")
    runtime.add_static_module(f"deep{count}", "export const n = 0")
    runtime.add_static_module("wide", "\n".join(f"export * from 'wide{i}'" for i in range(count)))
    assert runtime.eval_module("deep0") == {"n": count}
    assert len(runtime.eval_module("wide")) == count


def test_a_source_can_be_replaced_until_it_is_loaded(runtime):
    runtime.add_static_module("m", "export const x = ;")
    with pytest.raises(ModuleError, match="SyntaxError"):
        runtime.eval_module("m")
    runtime.add_static_module("m", "export const x = 1")
    assert runtime.eval_module("m") == {"x": 1}
    runtime.add_static_module("m", "export const x = 2")
    assert runtime.eval_module("m") == {"x": 1}


def test_arguments_are_checked(runtime):
    for call, error in (
        (lambda: runtime.add_static_module("", "1"), ValueError),
        (lambda: runtime.add_static_module("static:", "1"), ValueError),
        (lambda: runtime.add_static_module(1, "1"), TypeError),
        (lambda: runtime.add_static_module("a", b"1"), TypeError),
        (lambda: runtime.add_static_module("a"), TypeError),
        (lambda: runtime.set_module_resolver(1), TypeError),
        (lambda: runtime.set_module_loader("x"), TypeError),
        (lambda: runtime.eval_module(1), TypeError),
        (lambda: runtime.eval_module("a", timeout=-1), ValueError),
        (lambda: runtime.eval_module("a", timeout="1"), ValueError),
    ):
        with pytest.raises(error):
            call()

    async def resolver(specifier: str, referrer: str) -> str:
        return specifier

    with pytest.raises(TypeError, match="async"):
        runtime.set_module_resolver(resolver)
    runtime.close()
    for call in (
        lambda: runtime.add_static_module("a", ""),
        lambda: runtime.set_module_loader(None),
        lambda: runtime.eval_module("a"),
    ):
        with pytest.raises(RuntimeError, match="closed"):
            call()


# --- missing modules and errors -------------------------------------------------------------------


def test_nothing_can_be_loaded_by_default(runtime):
    for specifier in (
        "nothing",
        "./a.js",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://a.b/c",
        "",
    ):
        with pytest.raises(RuntimeError, match="denied.*add_static_module.*set_module_loader") as e:
            runtime.eval_module(specifier)
        assert isinstance(e.value, ModuleError) and isinstance(e.value, JavaScriptError)
        assert e.value.__cause__ is None
        with pytest.raises(ModuleError, match="denied"):
            runtime.eval(f"import('{specifier}')")
    assert runtime.eval("import('x').catch(e => [e instanceof Error, e.name])") == [True, "Error"]
    runtime.add_static_module("nothing", "export const x = 1")
    assert runtime.eval_module("nothing") == {"x": 1}


def test_errors_name_the_importing_chain(runtime):
    add(runtime, a="import 'b'", b="import './c'", d="import 'a'")
    with pytest.raises(ModuleError) as missing:
        runtime.eval_module("d")
    assert missing.value.import_chain == [
        "./c",
        "jsrun://static/b",
        "jsrun://static/a",
        "jsrun://static/d",
    ] or missing.value.import_chain[1:] == [f"jsrun://static/{name}" for name in "bad"]
    assert (
        '(imported by "jsrun://static/b", imported by "jsrun://static/a", '
        'imported by "jsrun://static/d")' in str(missing.value)
    )

    runtime.add_static_module("c", "let x = 1\nlet x = 2")
    with pytest.raises(ModuleError, match="SyntaxError: .*already been declared") as invalid:
        runtime.eval_module("d")
    chain = [f"jsrun://static/{name}" for name in "cbad"]
    assert invalid.value.import_chain == chain and invalid.value.name == "SyntaxError"
    assert invalid.value.frames[0].file_name == "jsrun://static/c"
    assert invalid.value.frames[0].line_number == 2
    traceback = invalid.value.javascript_traceback()
    assert traceback.index('Module "jsrun://static/d"') < traceback.index(
        'imports "jsrun://static/c"'
    )
    assert "let x = 2" in traceback

    runtime.add_static_module("c", "\nnull.boom")
    with pytest.raises(JavaScriptError, match="TypeError.*boom") as thrown:
        runtime.eval_module("d")
    assert not isinstance(thrown.value, ModuleError)
    assert thrown.value.import_chain == chain
    assert thrown.value.frames[0].line_number == 2
    # It failed for good.
    with pytest.raises(JavaScriptError, match="TypeError.*boom"):
        runtime.eval_module("b")
    assert runtime.eval("import('c').catch(e => e.constructor === TypeError)")


def test_the_module_that_threw_is_found_in_any_graph(runtime):
    add(
        runtime,
        # In a cycle all have failed with the same error.
        a="import 'b'",
        b="import 'c'; import 'a'",
        c="import 'a'; fail('of c')",
        # Another evaluation has started to evaluate the import of this one.
        late="import 'waiting'",
        waiting="import 'sleeper'",
        sleeper="await new Promise(done => setTimeout(done, 2)); fail('of sleeper')",
    )
    runtime.eval("function fail(text) { throw new Error(text) }")
    with pytest.raises(JavaScriptError, match="of c") as error:
        runtime.eval_module("a")
    assert error.value.import_chain == [f"jsrun://static/{name}" for name in "cba"]
    with pytest.raises(JavaScriptError, match="of sleeper") as error:
        runtime.eval("import('waiting').catch(() => 0); import('late')")
    assert error.value.import_chain[:2] == ["jsrun://static/sleeper", "jsrun://static/waiting"]


def test_a_missing_export(runtime):
    add(runtime, a="import 'b'", b="\nimport { nothing } from 'c'", c="export const x = 1")
    with pytest.raises(ModuleError, match="does not provide an export named 'nothing'") as error:
        runtime.eval_module("a")
    assert error.value.import_chain == ["jsrun://static/b", "jsrun://static/a"]
    assert (error.value.frames[0].file_name, error.value.frames[0].line_number) == (
        "jsrun://static/b",
        2,
    )
    assert runtime.eval_module("c") == {"x": 1}
    with pytest.raises(ModuleError, match="nothing"):
        runtime.eval_module("a")


def test_values_that_are_no_errors_are_thrown_too(runtime):
    add(runtime, a="throw 42", b="throw null", c="throw { toString() { throw 1 } }", d="import 'a'")
    for name, text in (("a", "42"), ("b", "null"), ("c", "toString: .Function"), ("d", "42")):
        with pytest.raises(JavaScriptError, match=text):
            runtime.eval_module(name)
        with pytest.raises(JavaScriptError, match=text):
            runtime.eval_module(name)
    assert runtime.eval("import('a').catch(e => e)") == 42
