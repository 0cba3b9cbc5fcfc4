"""ES modules: static ones, resolvers, loaders, and what comes of an import."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsrun
import pytest
from engine import WITH
from inspected import attach, inspected
from jsrun import (
    ConversionError,
    ConversionLimitError,
    JavaScriptError,
    JsFunction,
    ModuleError,
    PendingPromiseError,
    Runtime,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
)
from waiting import in_thread, result

# What import attributes are written with.


def add(runtime: Runtime, **sources: str) -> None:
    for name, source in sources.items():
        runtime.add_static_module(name, source)


def from_dict(sources: dict[str, str]) -> Callable[[str], str]:
    """A loader."""

    def load(url: str) -> str:
        return sources[url]

    return load


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
    """`part` was through when `whole`, which it imports, threw: V8 does not survive its evaluation."""
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


# --- what is not there ------------------------------------------------------------------------------


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
    # It failed once and for all.
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
        # Somebody else has begun to evaluate what this one imports.
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


def test_things_that_are_no_errors_are_thrown_too(runtime):
    add(runtime, a="throw 42", b="throw null", c="throw { toString() { throw 1 } }", d="import 'a'")
    for name, text in (("a", "42"), ("b", "null"), ("c", "Object"), ("d", "42")):
        with pytest.raises(JavaScriptError, match=text):
            runtime.eval_module(name)
        with pytest.raises(JavaScriptError, match=text):
            runtime.eval_module(name)
    assert runtime.eval("import('a').catch(e => e)") == 42


# --- resolvers and loaders ----------------------------------------------------------------------------


def test_a_resolver_says_what_is_meant(runtime):
    asked: list[tuple[str, str]] = []

    def resolver(specifier: str, referrer: str) -> str | None:
        asked.append((specifier, referrer))
        return {"bar": "jsrun://static/foo", "baz": "static:foo", "qux": ""}.get(specifier)

    runtime.set_module_resolver(resolver)
    add(runtime, foo="export const value = 'foo'", qux="export const value = 'qux'")
    runtime.add_static_module(
        "main", "export { value } from 'bar'; export { value as other } from 'qux'"
    )
    assert runtime.eval_module("main") == {"value": "foo", "other": "qux"}
    assert runtime.eval_module("baz") == {"value": "foo"}
    assert runtime.eval("import('bar').then(m => m.value)", filename="app.js") == "foo"
    assert runtime.eval("import('bar').then(m => m.value)") == "foo"
    assert asked == [
        ("main", ""),
        ("bar", "jsrun://static/main"),
        ("qux", "jsrun://static/main"),
        ("baz", ""),
        ("bar", "app.js"),
        ("bar", ""),
    ]
    runtime.set_module_resolver(None)
    with pytest.raises(ModuleError):
        runtime.eval_module("bar")


def test_a_loader_gets_the_source(runtime):
    asked: list[str] = []

    def loader(url: str) -> str:
        asked.append(url)
        return f"export const url = {url!r}, meta = import.meta.url"

    runtime.set_module_loader(loader)
    runtime.set_module_resolver(lambda specifier, _: specifier.replace("pkg:", "https://cdn/"))
    assert runtime.eval_module("pkg:x") == {"url": "https://cdn/x", "meta": "https://cdn/x"}
    assert runtime.eval_module("bare") == {"url": "bare", "meta": "bare"}
    assert runtime.eval("import('pkg:x').then(m => m.url)") == "https://cdn/x"
    assert asked == ["https://cdn/x", "bare"]
    add(runtime, bare2="export const url = 'static'")
    assert runtime.eval_module("bare2") == {"url": "static"}


@pytest.mark.parametrize(
    ("base", "specifier", "expected"),
    [
        ("https://a.b/c/d.js?q=/x", "./e.js", "https://a.b/c/e.js"),
        ("https://a.b/c/d.js", "../../../e.js", "https://a.b/e.js"),
        ("https://a.b/c/d.js", "/e.js?v=1#x", "https://a.b/e.js?v=1#x"),
        ("https://a.b", "./e.js", "https://a.b/e.js"),
        ("file:///a/b.js", "./../c.js", "file:///c.js"),
        ("app:///x/y", "./z/", "app:///x/z/"),
        ("custom:dir/a", "./b", "custom:dir/b"),
        ("lib/a.js", "./b.js", "lib/b.js"),
        ("a.js", "../b.js", "../b.js"),
        ("https://a.b/c", "bare/x", "bare/x"),
        ("https://a.b/c", "other:x", "other:x"),
    ],
)
def test_relative_specifiers(runtime, base, specifier, expected):
    runtime.set_module_loader(
        lambda url: f"import '{specifier}'" if url == base else f"globalThis.got = {url!r}"
    )
    runtime.eval_module(base)
    assert runtime.eval("got") == expected


def test_what_a_loader_or_resolver_raises_is_the_cause(runtime):
    class Mine(Exception):
        pass

    def fail(*_: str) -> str:
        raise Mine("not today")

    runtime.add_static_module("main", "import 'other'")
    runtime.set_module_loader(fail)
    with pytest.raises(ModuleError, match='"other" .imported by.*Mine: not today') as error:
        runtime.eval_module("main")
    assert isinstance(error.value.__cause__, Mine)
    with pytest.raises(ModuleError, match="Mine: not today") as error:
        runtime.eval("import('other')")
    assert isinstance(error.value.__cause__, Mine)
    assert "not today" in runtime.eval("import('other').catch(e => e.message)")
    runtime.set_module_loader(lambda _: "export const x = 1")
    assert runtime.eval_module("main") == {}

    runtime.set_module_resolver(fail)
    with pytest.raises(ModuleError, match="Mine: not today") as error:
        runtime.eval_module("main")
    assert isinstance(error.value.__cause__, Mine)


@pytest.mark.parametrize("wrong", [None, 1, b"x", ["x"], {"default": 1}])
def test_loaders_and_resolvers_that_return_something_else(runtime, wrong):
    runtime.set_module_loader(lambda _: wrong)
    with pytest.raises(ModuleError, match=f"loader must return.*{type(wrong).__name__}") as error:
        runtime.eval_module("x")
    assert isinstance(error.value.__cause__, TypeError)
    if wrong is not None:
        runtime.set_module_resolver(lambda *_: wrong)
        with pytest.raises(ModuleError, match=f"resolver must return.*{type(wrong).__name__}"):
            runtime.eval_module("x")


def test_a_loader_uses_the_runtime_again(runtime):
    runtime.add_static_module("early", "export const n = 1")

    def loader(url: str) -> str:
        assert runtime.eval("Promise.resolve(20).then(n => n + 1)") == 21
        assert runtime.eval_module("early") == {"n": 1}
        if url == "outer":
            assert runtime.eval_module("inner") == {"n": 2}
            assert runtime.eval("import('inner').then(m => m.n)") == 2
            return "export * from 'inner'"
        return "export const n = 2"

    runtime.set_module_loader(loader)
    assert runtime.eval_module("outer") == {"n": 2}


def test_a_loader_that_needs_what_it_loads(runtime):
    errors: list[Exception] = []

    def loader(url: str) -> str:
        try:
            runtime.eval_module(url)
        except RuntimeError as error:
            errors.append(error)
        return "export const n = 1"

    runtime.set_module_loader(loader)
    assert runtime.eval_module("x") == {"n": 1}
    assert len(errors) == 1 and isinstance(errors[0], PendingPromiseError)


def test_a_module_that_evaluates_itself(runtime):
    runtime.bind_function("again", lambda name: runtime.eval_module(name)["x"])
    add(
        runtime,
        a="export let x = 1; again('a')",
        b="import 'c'; export const x = 1",
        c="export let x = 1; again('b')",
        d="export const x = again('e') + 1",
        e="export const x = 1",
    )
    for name in ("a", "b"):
        with pytest.raises(JavaScriptError, match="Cannot evaluate module .*a|c"):
            runtime.eval_module(name)
    assert runtime.eval_module("d") == {"x": 2}


def test_handlers_run_on_the_callers_thread(runtime):
    threads: set[int] = set()

    def loader(url: str) -> str:
        threads.add(threading.get_ident())
        return "export const n = 1"

    def resolver(specifier: str, referrer: str) -> str:
        threads.add(threading.get_ident())
        return specifier

    runtime.set_module_loader(loader)
    runtime.set_module_resolver(resolver)
    runtime.eval_module("a")
    runtime.eval("import('b')")
    assert threads == {threading.get_ident()}
    other = threading.Thread(target=lambda: (threads.clear(), runtime.eval_module("c")))
    other.start()
    other.join(60)
    assert threads == {other.ident}


def test_import_from_timers_and_bootstrap():
    config = RuntimeConfig(bootstrap="globalThis.early = import('lib').catch(e => e.message)")
    with Runtime(config) as runtime:
        assert "denied" in runtime.eval("early")
        runtime.add_static_module("lib", "export const n = 1")
        runtime.set_module_loader(lambda url: f"export const url = {url!r}")
        assert (
            runtime.eval("new Promise(r => setTimeout(() => r(import('lib')), 1)).then(m => m.n)")
            == 1
        )
        assert (
            runtime.eval("new Promise(r => setTimeout(() => r(import('x')), 1)).then(m => m.url)")
            == "x"
        )
        assert runtime.eval("eval(`import('y')`).then(m => m.url)") == "y"
        assert runtime.eval("new Function(`return import('z')`)().then(m => m.url)") == "z"


def test_modules_run_after_the_import_call(runtime):
    runtime.add_static_module("m", "log.push('module')")
    runtime.eval(
        "globalThis.log = []; import('m').then(() => log.push('then')); log.push('script')"
    )
    assert runtime.eval("log") == ["script", "module", "then"]


def test_a_thenable_namespace(runtime):
    runtime.add_static_module("t", "export function then(done) { done('thenable') }")
    assert runtime.eval("import('t')") == "thenable"
    assert list(runtime.eval_module("t")) == ["then"]


def test_json_modules(runtime):
    runtime.add_static_module("data", '{"a": [1, 2], "__proto__": 3}')
    runtime.add_static_module(
        "main",
        f"import data from 'data' {WITH} {{ type: 'json' }}; import * as all from 'data' "
        f"{WITH} {{ type: 'json' }}; export const a = data.a, keys = Object.keys(all);"
        f"export const same = (await import('data', {{ {WITH}: {{ type: 'json' }} }})).default === data",
    )
    assert runtime.eval_module("main") == {"a": [1, 2], "keys": ["default"], "same": True}
    runtime.add_static_module("bad", '{"a": ')
    for code in (
        f"import('bad', {{ {WITH}: {{ type: 'json' }} }})",
        f"import('data', {{ {WITH}: {{ type: 'css' }} }})",
    ):
        with pytest.raises(JavaScriptError, match='"jsrun://static/bad": SyntaxError|type: "css"'):
            runtime.eval(code)
    runtime.add_static_module("css", f"import x from 'data' {WITH} {{ type: 'css' }}")
    with pytest.raises(ModuleError, match='type: "css" is not supported'):
        runtime.eval_module("css")


def test_top_level_await(runtime):
    add(
        runtime,
        slow="export const n = await new Promise(done => setTimeout(done, 2, 1))",
        user="import { n } from 'slow'; export const m = n + await 1",
        bad="await new Promise(done => setTimeout(done, 1)); null.x",
        user_of_bad="import 'bad'",
        never="await new Promise(() => {})",
        itself="export const x = await import('itself')",
    )
    assert runtime.eval_module("user") == {"m": 2}
    with pytest.raises(JavaScriptError, match="TypeError") as error:
        runtime.eval_module("user_of_bad")
    assert error.value.import_chain == ["jsrun://static/bad", "jsrun://static/user_of_bad"]
    for name in ("never", "itself"):
        with pytest.raises(RuntimeError, match="still pending"):
            runtime.eval_module(name)
    assert runtime.eval("import('user').then(m => m.m)") == 2


# --- being stopped ---------------------------------------------------------------------------------------


def test_a_timeout_stops_a_module(runtime):
    add(runtime, loop="while (true) {}", user="import 'loop'", fine="export const x = 1")
    with pytest.raises(RuntimeTimeout, match="timed out"):
        runtime.eval_module("user", timeout=0.05)
    with pytest.raises(RuntimeTimeout):
        runtime.eval_module("user", timeout=timedelta(seconds=0.05))
    assert runtime.eval_module("fine") == {"x": 1}
    runtime.add_static_module("loop", "export const x = 2")
    assert runtime.eval_module("loop") == {"x": 2}
    with Runtime(RuntimeConfig(timeout=0.05)) as limited:
        add(limited, loop="while (true) {}")
        with pytest.raises(RuntimeTimeout):
            limited.eval_module("loop")
        with pytest.raises(RuntimeTimeout):
            limited.eval("import('loop')")
        assert limited.eval("1") == 1


def test_ctrl_c_in_a_module_and_in_a_loader(runtime):
    def interrupt(*_: Any) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "export const x = 1"

    runtime.bind_function("interrupt", interrupt)
    runtime.add_static_module("m", "try { interrupt() } catch {} while (true) {}")
    with pytest.raises(KeyboardInterrupt):
        runtime.eval_module("m")

    def loader(url: str) -> str:
        raise KeyboardInterrupt

    runtime.set_module_loader(loader)
    runtime.add_static_module("main", "import 'x'")
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            runtime.eval_module("main")
        with pytest.raises(KeyboardInterrupt):
            runtime.eval("import('x').catch(() => 1)")
    runtime.set_module_resolver(loader)
    with pytest.raises(TypeError):
        runtime.set_module_resolver(1)
    runtime.set_module_resolver(lambda *_: (_ for _ in ()).throw(SystemExit(3)))
    with pytest.raises(SystemExit):
        runtime.eval_module("main")
    runtime.set_module_resolver(None)
    runtime.set_module_loader(lambda _: "export const x = 1")
    assert runtime.eval_module("main") == {}
    assert runtime.eval("import('x').then(m => m.x)") == 1


def test_a_runtime_that_is_ended_by_its_loader():
    for end, error in (("close", RuntimeError), ("terminate", RuntimeTerminated)):
        with Runtime() as runtime:
            runtime.add_static_module("main", "import 'a'; import 'b'")

            def loader(url: str, runtime: Runtime = runtime, end: str = end) -> str:
                getattr(runtime, end)()
                return ""

            runtime.set_module_loader(loader)
            with pytest.raises(error):
                runtime.eval_module("main")
            with pytest.raises(error):
                runtime.eval_module("main")


def test_statistics(runtime):
    runtime.add_static_module("m", "export const x = 1")
    runtime.eval_module("m")
    with pytest.raises(ModuleError):
        runtime.eval_module("nothing")
    stats = runtime.get_stats()
    assert stats.last_execution_kind == "eval_module_sync"
    assert stats.eval_module_sync_count == 2
    assert stats.total_execution_time_ms > 0

    async def main() -> None:
        await runtime.eval_module_async("m")

    asyncio.run(main())
    stats = runtime.get_stats()
    assert stats.last_execution_kind == "eval_module_async"
    assert (stats.eval_module_async_count, stats.eval_sync_count) == (1, 0)


# --- asyncio ------------------------------------------------------------------------------------------------


async def test_an_async_loader(runtime):
    parts: list[str] = []
    all_asked_for = asyncio.Event()

    async def loader(url: str) -> str:
        await asyncio.sleep(0.002)
        if url == "main":
            return "\n".join(f"import 'part{i}'" for i in range(8)) + "\nexport const n = 1"
        if url.startswith("part"):
            parts.append(url)
            if len(parts) == 8:
                all_asked_for.set()
            await all_asked_for.wait()  # so one after the other they would never come
        return "import 'common'"

    runtime.set_module_loader(loader)
    assert await runtime.eval_module_async("main") == {"n": 1}
    assert sorted(parts) == [f"part{i}" for i in range(8)]
    assert await runtime.eval_async("import('main').then(m => m.n)") == 1
    assert await runtime.eval_async("import('another').then(m => Object.keys(m))") == []
    assert (
        await asyncio.gather(*(runtime.eval_module_async("main") for _ in range(3)))
        == [{"n": 1}] * 3
    )


async def test_imports_that_wait_for_the_same_source(runtime):
    count = 0
    gate = asyncio.Event()

    async def loader(url: str) -> str:
        nonlocal count
        count += 1
        await gate.wait()
        return "export const n = 1" if url == "a" else "export { n } from 'a'"

    runtime.set_module_loader(loader)
    evaluations = [asyncio.ensure_future(runtime.eval_module_async(name)) for name in "abab"]
    while count < 2:
        await asyncio.sleep(0.001)
    gate.set()
    assert await asyncio.gather(*evaluations) == [{"n": 1}] * 4
    assert count == 2


async def test_an_async_loader_that_fails(runtime):
    async def loader(url: str) -> Any:
        await asyncio.sleep(0)
        if url == "number":
            return 5
        if url == "cancelled":
            raise asyncio.CancelledError
        raise LookupError(url)

    runtime.set_module_loader(loader)
    runtime.add_static_module("main", "import 'gone'")
    for _ in range(2):
        with pytest.raises(ModuleError, match='"gone" .imported by.*LookupError: gone') as error:
            await runtime.eval_module_async("main")
        assert isinstance(error.value.__cause__, LookupError)
    with pytest.raises(ModuleError, match="LookupError") as error:
        await runtime.eval_async("import('gone')")
    assert isinstance(error.value.__cause__, LookupError)
    with pytest.raises(ModuleError, match="loader must return"):
        await runtime.eval_module_async("number")
    with pytest.raises(ModuleError, match="cancelled"):
        await runtime.eval_module_async("cancelled")
    runtime.set_module_loader(lambda _: "export const x = 1")
    assert await runtime.eval_module_async("main") == {}


async def test_a_loader_that_never_finishes(runtime):
    gate = asyncio.Event()

    async def loader(url: str) -> str:
        await gate.wait()
        return "export const n = 1"

    runtime.set_module_loader(loader)
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_module_async("x", timeout=0.02)
    evaluation = asyncio.ensure_future(runtime.eval_module_async("x"))
    await asyncio.sleep(0)
    evaluation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await evaluation
    gate.set()
    assert await runtime.eval_module_async("x") == {"n": 1}


async def test_a_function_that_returns_an_awaitable(runtime):
    async def source(url: str) -> str:
        await asyncio.sleep(0)
        return f"export const url = {url!r}"

    runtime.set_module_loader(lambda url: source(url))
    assert await runtime.eval_module_async("a") == {"url": "a"}


async def test_loaders_run_in_the_callers_loop_and_context(runtime):
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen: list[Any] = []

    async def loader(url: str) -> str:
        seen.append((variable.get(), asyncio.get_running_loop()))
        return "export const n = 1"

    runtime.set_module_loader(loader)
    variable.set("mine")
    await runtime.eval_module_async("a")
    await runtime.eval_async("Promise.resolve().then(() => import('b'))")
    assert seen == [("mine", asyncio.get_running_loop())] * 2


async def test_a_synchronous_evaluation_does_not_wait_for_the_loop_that_it_blocks(runtime):
    async def loader(url: str) -> str:
        return ""

    runtime.set_module_loader(loader)
    with pytest.raises(ModuleError, match="async module loader.*eval_module_async"):
        runtime.eval_module("x")
    with pytest.raises(ModuleError, match="async module loader.*eval_module_async"):
        runtime.eval("import('x')")
    assert await runtime.eval_module_async("x") == {}


def test_an_async_loader_in_a_synchronous_evaluation(runtime):
    async def loader(url: str) -> str:
        await asyncio.sleep(0.001)
        if url == "bad":
            raise LookupError(url)
        return "import 'dependency'; export const n = 1" if url == "main" else ""

    runtime.set_module_loader(loader)
    assert runtime.eval_module("main") == {"n": 1}
    assert runtime.eval("import('other').then(() => 5)") == 5
    with pytest.raises(ModuleError, match="LookupError") as error:
        runtime.eval_module("bad")
    assert isinstance(error.value.__cause__, LookupError)

    async def forever(url: str) -> str:
        await asyncio.sleep(3600)
        return ""

    runtime.set_module_loader(forever)
    with pytest.raises(RuntimeTimeout):
        runtime.eval_module("late", timeout=0.05)

    async def interrupted(url: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(3600)
        return ""

    runtime.set_module_loader(interrupted)
    with pytest.raises(KeyboardInterrupt):
        runtime.eval_module("late")
    runtime.set_module_loader(loader)
    assert runtime.eval_module("late") == {}


async def test_top_level_await_of_python(runtime):
    async def fetch(n: int) -> int:
        await asyncio.sleep(0.001)
        return n * 2

    runtime.bind_function("fetchIt", fetch)
    runtime.add_static_module("m", "export const n = await fetchIt(21)")
    assert await runtime.eval_module_async("m", timeout=10) == {"n": 42}
    runtime.add_static_module("loop", "while (true) {}")
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_module_async("loop", timeout=0.1)
    assert await runtime.eval_async("1") == 1


def test_eval_module_async_before_a_loop_runs(runtime):
    runtime.add_static_module("m", "export const x = 1")
    assert asyncio.run(runtime.eval_module_async("m")) == {"x": 1}


def test_closing_while_a_loader_is_under_way():
    async def main() -> None:
        runtime = Runtime()
        started = asyncio.Event()

        async def loader(url: str) -> str:
            started.set()
            await asyncio.sleep(3600)
            return ""

        runtime.set_module_loader(loader)
        evaluation = asyncio.ensure_future(runtime.eval_module_async("x"))
        await started.wait()
        runtime.close()
        with pytest.raises(RuntimeError, match="closed"):
            await evaluation

    asyncio.run(main())


# --- debugging --------------------------------------------------------------------------------------------------


@pytest.fixture
def debugged():
    with Runtime(inspected()) as runtime:
        yield runtime


@pytest.fixture
def client(debugged):
    with attach(debugged, "Runtime", "Debugger") as client:
        yield client


def test_breakpoints_in_modules(debugged, client):
    add(
        debugged,
        main="import { twice } from 'lib'\nexport const n = twice(21)",
        lib="export function twice(n) {\n  return n * 2\n}",
    )
    client.send("Debugger.setBreakpointByUrl", url="jsrun://static/lib", lineNumber=1)
    future = in_thread(lambda: debugged.eval_module("main"))
    paused = client.paused()
    assert [client.url_of(frame) for frame in paused["callFrames"]] == [
        "jsrun://static/lib",
        "jsrun://static/main",
    ]
    assert client.evaluate_in_frame(paused, "n") == 21
    client.send("Debugger.resume")
    assert result(future) == {"n": 42}


def test_a_loader_runs_on_the_callers_thread_while_a_debugger_is_attached(debugged, client):
    threads: list[int] = []

    def loader(url: str) -> str:
        threads.append(threading.get_ident())
        assert debugged.eval("1 + 1") == 2
        return "export const n = 1" if url == "a" else "import 'a'; export { n } from 'a'"

    debugged.set_module_loader(loader)
    assert debugged.eval_module("b") == {"n": 1}
    assert debugged.eval("import('c').then(m => m.n)") == 1
    assert set(threads) == {threading.get_ident()}

    async def slow(url: str) -> str:
        await asyncio.sleep(0.001)
        return loader(url)

    debugged.set_module_loader(slow)
    assert debugged.eval_module("d") == {"n": 1}
    assert asyncio.run(debugged.eval_module_async("e")) == {"n": 1}


def test_debuggers_are_told_of_a_module_that_fails(debugged, client):
    debugged.add_static_module("bad", "\nthrow new Error('of the module')")
    with pytest.raises(JavaScriptError):
        debugged.eval_module("bad")
    thrown = client.event("Runtime.exceptionThrown")["exceptionDetails"]
    assert thrown["exception"]["description"].startswith("Error: of the module")
    assert thrown["stackTrace"]["callFrames"][0]["url"] == "jsrun://static/bad"


def test_break_on_start_in_a_module():
    config = inspected(break_on_next_statement=True)
    with Runtime(config) as runtime:
        runtime.add_static_module("m", "\nexport const n = 1")
        future = in_thread(lambda: runtime.eval_module("m"))
        with attach(runtime, "Debugger") as client:
            client.send("Runtime.runIfWaitingForDebugger")
            paused = client.paused()
            assert client.url_of(paused["callFrames"][0]) == "jsrun://static/m"
            client.send("Debugger.resume")
            assert result(future) == {"n": 1}
