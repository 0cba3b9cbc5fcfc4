"""console: what it prints, where the output goes, and hostile scripts."""

from __future__ import annotations

import os
import textwrap

import jsrun
import pytest
from cdp import Client
from inspected import inspected
from jsrun import InspectorConfig, Runtime, RuntimeConfig


@pytest.fixture
def logs(capsys):
    """Runs a script; returns what it printed to stdout, or to (stdout, stderr)."""
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:

        def run(code: str, both: bool = False):
            runtime.eval(code, filename="app.js")
            printed = capsys.readouterr()
            if both:
                return printed.out, printed.err
            assert printed.err == ""
            return printed.out

        yield run


# --- where the output goes ------------------------------------------------------------------------


def test_the_console_is_silent_by_default(runtime, capsys):
    assert runtime.eval("[typeof console, console.log('x'), console.error('x')]")[0] == "object"
    assert capsys.readouterr() == ("", "")


def test_levels_go_to_stdout_and_stderr(logs):
    for method in ["log", "info", "debug", "dir", "dirxml", "table", "group", "count"]:
        assert logs(f"console.{method}('text')", both=True)[1] == ""
    logs("console.groupEnd()")
    for method in ["warn", "error", "trace"]:
        out, err = logs(f"console.{method}('text')", both=True)
        assert out == "" and "text\n" in err


def test_a_handler_gets_values():
    calls = []
    config = RuntimeConfig(console_handler=lambda level, args: calls.append((level, args)))
    with Runtime(config) as runtime:
        runtime.eval(
            """
            console.log('a %s', 1, {b: [2]}, null);
            console.warn(); console.error(new Error('x')); console.debug(1n); console.info(true);
            console.trace('t'); console.assert(false, 'no'); console.count('c');
            console.table([{a: 1}]); console.dir({a: 1}); console.group('g');
            console.log('in group')
            """
        )
        assert calls[0] == ("log", ["a %s", 1, {"b": [2]}, None])
        assert calls[1] == ("warn", [])
        assert calls[2][0] == "error" and isinstance(calls[2][1][0], jsrun.JavaScriptError)
        assert calls[3:] == [
            ("debug", [1]),
            ("info", [True]),
            ("trace", ["t"]),
            ("error", ["Assertion failed: no"]),
            ("log", ["c: 1"]),
            ("log", [[{"a": 1}]]),
            ("log", [{"a": 1}]),
            ("log", ["g"]),
            ("log", ["in group"]),
        ]


def test_a_handler_gets_text_for_values_without_counterpart():
    calls = []
    config = RuntimeConfig(console_handler=lambda level, args: calls.append(args))
    with Runtime(config) as runtime:
        runtime.eval("const o = {}; o.o = o; console.log(1, Symbol('s'), o, 'x')")
    assert calls == [[1, "Symbol(s)", "<ref *1> { o: [Circular *1] }", "x"]]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_handler_that_fails_fails_no_script():
    with Runtime(RuntimeConfig(console_handler=lambda level, args: 1 / 0)) as runtime:
        assert runtime.eval("console.log(1); 'went on'") == "went on"


def test_a_handler_may_interrupt():
    def handler(level, args):
        raise KeyboardInterrupt

    with Runtime(RuntimeConfig(console_handler=handler)) as runtime:
        with pytest.raises(KeyboardInterrupt):
            runtime.eval("try { console.log(1) } catch {} while (true);")
        assert runtime.eval("1") == 1


def test_settings_are_checked():
    with pytest.raises(TypeError, match="console_handler must be callable"):
        RuntimeConfig(console_handler=1)
    with pytest.raises(TypeError, match="enable_console must be a bool"):
        RuntimeConfig(enable_console=1)


def test_output_that_the_terminal_cannot_show(run_python, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run_python(
        """
        from jsrun import Runtime, RuntimeConfig
        with Runtime(RuntimeConfig(enable_console=True)) as runtime:
            runtime.eval("console.log('caf\\\\u00e9 \\\\ud83d')")
        """
    )
    assert (done.stdout, done.stderr) == ("caf\\xe9 \\ud83d\n", "")


# --- formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("", ""),
        ("'a', 'b'", "a b"),
        ("1, -0, 1.5, 10n, NaN", "1 -0 1.5 10n NaN"),
        ("true, null, undefined, Symbol('s')", "true null undefined Symbol(s)"),
        ("['a', `it's`, 'new\\nline', '\\x01']", "[ 'a', \"it's\", 'new\\nline', '\\x01' ]"),
        ("{a: 1, 'b c': 2, [Symbol('k')]: 3}", "{ a: 1, 'b c': 2, [Symbol(k)]: 3 }"),
        ("{}, [], [[]], {a: {}}", "{} [] [ [] ] { a: {} }"),
        ("{a: {b: {c: {d: 1}}}}", "{ a: { b: { c: [Object] } } }"),
        ("[[[[1]]]]", "[ [ [ [Array] ] ] ]"),
        ("[1,,3,,,]", "[ 1, <1 empty item>, 3, <2 empty items> ]"),
        ("Object.assign([1], {x: 2})", "[ 1, x: 2 ]"),
        ("new Map([['a', {b: 1}]])", "Map(1) { 'a' => { b: 1 } }"),
        ("new Set([1, 'x']), new Map()", "Set(2) { 1, 'x' } Map(0) {}"),
        ("new (class Foo { x = 1 }), new (class {})", "Foo { x: 1 } {}"),
        ("class A {}, class extends Map {}", "[class A] [class (anonymous) extends Map]"),
        ("function f() {}, () => 1", "[Function: f] [Function (anonymous)]"),
        ("async () => 1, function* g() {}", None),
        ("Object.create(null)", "[Object: null prototype] {}"),
        ("{get a() { throw 1 }, set b(v) {}}", "{ a: [Getter], b: [Setter] }"),
        ("new Date(0), new Date(NaN)", "1970-01-01T00:00:00.000Z Invalid Date"),
        ("/a[/]b/gi, [/x/]", "/a[/]b/gi [ /x/ ]"),
        ("Promise.resolve(4), new Promise(() => {})", "Promise { 4 } Promise { <pending> }"),
        ("new WeakMap()", "WeakMap { <items unknown> }"),
        ("new Uint8Array([1, 2]), new ArrayBuffer(8)", None),
        ("new Number(3), new String('ab')", "[Number: 3] [String: 'ab']"),
        ("new Proxy({a: 1}, {get() { throw 1 }, ownKeys() { throw 1 }})", "{ a: 1 }"),
        ("'%s %s', 'a', {b: {c: 1}}", "a { b: [Object] }"),
        ("'%d %i %f', '42', 42.9, '1.5'", "42 42 1.5"),
        ("'%j %O', {a: 1}, {b: 2}", '{"a":1} { b: 2 }'),
        ("'%o', {a: {b: {c: 1}}}", "{ a: { b: { c: 1 } } }"),
        ("'100%% %cstyled %x', 'css'", "100% styled %x"),
        ("'%s', 1, 2", "1 2"),
        ("'%s'", "%s"),
        ("'100%'", "100%"),
        ("5, '%s', 6", "5 %s 6"),
    ],
)
def test_formats(logs, arguments, text):
    printed = logs(f"console.log({arguments})")
    if text is not None:
        assert printed == text + "\n"
    else:
        assert "undefined" not in printed


def test_circular_objects(logs):
    assert logs("const c = {n: 1}; c.self = c; c.deep = {c}; console.log(c)") == (
        "<ref *1> { n: 1, self: [Circular *1], deep: { c: [Circular *1] } }\n"
    )


def test_long_objects_are_broken_into_lines(logs):
    printed = logs("console.log({a: 'x'.repeat(40), b: 'y'.repeat(40), c: [1]})")
    assert printed == f"{{\n  a: '{'x' * 40}',\n  b: '{'y' * 40}',\n  c: [ 1 ]\n}}\n"
    printed = logs("console.log(new Array(150).fill(7))")
    assert "... 50 more items" in printed and max(map(len, printed.splitlines())) <= 80


def test_errors_show_their_stack(logs):
    assert logs("console.log(new TypeError('boom'))") == ("TypeError: boom\n    at app.js:1:13\n")
    printed = logs("console.log({e: Object.assign(new Error('in'), {code: 5})})")
    assert "e: Error: in\n      at app.js" in printed and "code: 5" in printed
    assert "[cause]: Error: why" in logs("console.log(new Error('x', {cause: new Error('why')}))")


def test_groups(logs):
    out, err = logs(
        "console.group('G'); console.log('a\\nb'); console.group(); console.warn('c');"
        "console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('d')",
        both=True,
    )
    assert out == "G\n  a\n  b\nd\n" and err == "    c\n"


def test_counts_and_timers(logs):
    assert logs("console.count(); console.count(); console.count('x')") == (
        "default: 1\ndefault: 2\nx: 1\n"
    )
    assert logs("console.countReset(); console.count()") == "default: 1\n"
    out, err = logs(
        "console.time('t'); console.timeLog('t', {a: 1}); console.timeEnd('t');"
        "console.timeEnd('t'); console.countReset('none')",
        both=True,
    )
    first, second = out.splitlines()
    assert first.startswith("t: ") and first.endswith("ms { a: 1 }") and second.endswith("ms")
    assert "No such label 't'" in err and "'none' does not exist" in err


def test_assert(logs):
    assert logs("console.assert(1, 'no')") == ""
    out, err = logs("console.assert(0, 'is %s', 5); console.assert(false)", both=True)
    assert (out, err) == ("", "Assertion failed: is 5\nAssertion failed\n")


def test_trace(logs):
    _, err = logs("function f() { console.trace('at %s', 1) } f()", both=True)
    assert err == "Trace: at 1\n    at f (app.js:1:24)\n    at app.js:1:44\n"


def test_dir(logs):
    assert logs("console.dir({a: {b: 1}}, {depth: 0})") == "{ a: [Object] }\n"


def test_table(logs):
    assert logs("console.table([{a: 1, b: 'x'}, {a: 2}, 3])") == textwrap.dedent(
        """\
        ┌─────────┬───┬─────┬────────┐
        │ (index) │ a │ b   │ Values │
        ├─────────┼───┼─────┼────────┤
        │ 0       │ 1 │ 'x' │        │
        │ 1       │ 2 │     │        │
        │ 2       │   │     │ 3      │
        └─────────┴───┴─────┴────────┘
        """
    )
    assert logs("console.table(5)") == "5\n"
    assert "b" not in logs("console.table([{a: 1, b: 2}], ['a'])")


def test_a_text_beyond_the_limits_is_cut():
    lines = []
    config = RuntimeConfig(enable_console=True, max_serialization_bytes=50_000)
    with Runtime(config) as runtime:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", type("S", (), {"write": lambda self, t: lines.append(t)})())
            runtime.eval("console.log('x'.repeat(100000))")
    assert lines == ["x" * 10000 + "... (too long)\n"]


# --- hostile scripts ------------------------------------------------------------------------------

TAMPER = """
for (const type of [Object, Array, String, Number, Function, Map, Set, Date, RegExp, Error, Symbol,
                    Promise, BigInt, Boolean, Reflect, JSON]) {
    for (const owner of [type, type.prototype]) {
        if (!owner) continue;
        for (const key of Reflect.ownKeys(owner)) {
            if (key === 'prototype' || key === 'constructor') continue;
            try {
                Object.defineProperty(owner, key, {get() { throw 'tampered' },
                                                   set() { throw 'tampered' }, configurable: true});
            } catch {}
        }
    }
}
"""


def test_tampering_with_every_prototype(logs):
    expected = (
        "a 1 { a: 1, b: [ 1, 2 ] } Map(1) { 'k' => 'v' } Set(1) { 5 } "
        "1970-01-01T00:00:00.000Z /x/g [Function: f] 7n\n"
    )
    script = (
        "const values = [{a: 1, b: [1, 2]}, new Map([['k', 'v']]), new Set([5]), new Date(0), /x/g,"
        " function f() {}, 7n]; const [a, b, c, d, e, f, g] = values; const log = console.log;"
    )
    logs(script)
    show = "log('a %s', 1, a, b, c, d, e, f, g)"
    assert logs(show) == expected
    logs(TAMPER)
    assert logs(show) == expected
    assert logs("console.table([{a: 1}]); console.group('x'); log('y'); console.groupEnd()")


def test_setters_on_array_prototype_see_nothing(logs):
    logs(
        "globalThis.seen = [];"
        "for (let i = 0; i < 10; i++) Object.defineProperty(Array.prototype, i,"
        " {set(v) { seen.stolen = v }, configurable: true})"
    )
    assert logs("console.log('secret', {a: ['b']}, new Set(['c']))") == (
        "secret { a: [ 'b' ] } Set(1) { 'c' }\n"
    )
    assert logs("console.log(seen.stolen)") == "undefined\n"


def test_the_console_leaves_nothing_in_the_global_scope(logs):
    assert logs(
        "console.log(Object.getOwnPropertyNames(globalThis).filter(n => /jsrun/.test(n)))"
    ) == ("[]\n")


def test_logging_while_the_stack_is_full(logs):
    logs("let n = 0; function f() { n++; console.log; f() } try { f() } catch {}")
    logs(
        "function g() { try { g() } finally { console.log('deep', {a: [1]}) } } try { "
        "g() } catch {}"
    )
    assert logs("console.log('fine')") == "fine\n"


# --- debuggers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("enabled", [False, True])
def test_every_method_can_be_called(enabled):
    with Runtime(RuntimeConfig(enable_console=enabled)) as runtime:
        called = runtime.eval(
            "Object.keys(console).filter(key => typeof console[key] == 'function')"
            ".map(key => (console[key]('x'), key))"
        )
        assert "log" in called and "timeStamp" in called
        assert runtime.eval("console.context('x') === console")


def test_tasks_belong_to_the_inspector():
    run = "console.createTask ? console.createTask('x').run(() => 5) : 5"
    with Runtime() as runtime:
        assert runtime.eval("typeof console.createTask") == "undefined"
    with Runtime(inspected()) as runtime:
        assert runtime.eval(run) == 5
    with Runtime() as runtime:
        runtime.open_inspector(InspectorConfig(port=0))
        assert runtime.eval(run) == 5


@pytest.mark.parametrize("options", [{}, {"enable_console": True}])
def test_debuggers_see_messages_and_their_places(options, capsys):
    with Runtime(RuntimeConfig(inspector=InspectorConfig(port=0), **options)) as runtime:
        endpoints = runtime.inspector_endpoints()
        with Client(endpoints.websocket_url) as client:
            client.send("Debugger.enable")
            client.send("Runtime.enable")
            runtime.eval("function f() { console.warn('seen', {a: 1}) }\nf()", filename="app.js")
            call = client.event("Runtime.consoleAPICalled")
            assert call["type"] == "warning"
            assert call["args"][0]["value"] == "seen"
            top = call["stackTrace"]["callFrames"][0]
            assert (top["functionName"], top["lineNumber"]) == ("f", 0)
            assert set(client._urls.values()) == {"app.js"}
    assert capsys.readouterr().err == ("seen { a: 1 }\n" if options else "")


def test_reading_stdout_from_another_process(run_python):
    done = run_python(
        """
        from jsrun import Runtime, RuntimeConfig
        with Runtime(RuntimeConfig(enable_console=True)) as runtime:
            runtime.eval("console.log('out'); console.error('err')")
        """
    )
    assert (done.stdout, done.stderr) == (f"out{os.linesep}", f"err{os.linesep}")
