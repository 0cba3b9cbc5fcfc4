"""ES modules by resolvers and loaders of the program."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from datetime import timedelta
from typing import Any

import pytest
from engine import WITH
from jsrun import (
    JavaScriptError,
    ModuleError,
    PendingPromiseError,
    Runtime,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
)
from module_sources import add

# --- resolvers and loaders ------------------------------------------------------------------------


def test_a_resolver_names_the_module(runtime):
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


def test_an_exception_of_a_loader_or_resolver_is_the_cause(runtime):
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


def test_a_loader_that_evaluates_the_module_it_loads(runtime):
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
        f"export const same = (await import('data', {{ {WITH}: {{ "
        f"type: 'json' }} }})).default === data",
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


# --- being stopped --------------------------------------------------------------------------------


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
