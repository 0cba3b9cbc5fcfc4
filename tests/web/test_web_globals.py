"""RuntimeConfig(web_globals=True): globals of browsers and of Node.js, as these have them."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator

import pytest
from jsrun import (
    ConfigError,
    InspectorConfig,
    JavaScriptError,
    Runtime,
    RuntimeConfig,
)

NAMES = (
    "AbortController AbortSignal Blob Crypto CustomEvent DOMException Event EventTarget "
    "Performance "
    "TextDecoder TextEncoder URL URLSearchParams atob btoa crypto performance"
).split()


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(RuntimeConfig(web_globals=True)) as runtime:
        yield runtime


def test_web_globals_exist_when_configured(runtime):
    missing = "globalThis[name] === undefined"
    assert runtime.eval(f"{NAMES}.filter(name => {missing})") == []
    with Runtime() as plain:
        assert plain.eval(f"{NAMES}.filter(name => !({missing}))") == []
        leftovers = "Object.getOwnPropertyNames(globalThis).filter(name => /jsrun/.test(name))"
        assert plain.eval(leftovers) == []
    assert runtime.eval(leftovers) == []


def test_the_setting_is_checked():
    with pytest.raises((ConfigError, TypeError), match="web_globals"):
        RuntimeConfig(web_globals="yes")  # type: ignore[arg-type]


def test_scripts_can_replace_web_globals(runtime):
    runtime.eval("URL = 1; delete globalThis.atob; crypto = 2")
    assert runtime.eval("[URL, typeof atob, crypto]") == [1, "undefined", 2]


# --- the same as in Node.js -----------------------------------------------------------------------

# Each is a function's body that returns a JSON value; errors are given by their names.
ALIKE = [
    # URLs
    *(
        f"const u = new URL({json.dumps(url)}, {json.dumps(base)}); return [u.href, "
        f"u.origin, u.protocol, u.username, "
        "u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, [...u.searchParams]]"
        for url, base in [
            ("https://user:pass word@EXAMPLE.org:443/a/./b/../c?q=1&q=%20+#ä", "about:blank"),
            ("//other/path", "https://example.org/x/y"),
            ("../z?q", "https://example.org/x/y/w"),
            ("http://ex\u00e4mple.org/\U0001f600", "about:blank"),
            ("http://[::1]:8080/", "about:blank"),
            ("http://192.168.257/", "about:blank"),
            ("http://0x7f.1/", "about:blank"),
            ("file:///c:/a/../b", "about:blank"),
            ("data:text/plain,hello", "about:blank"),
            ("http://", "about:blank"),
            ("http://a b/", "about:blank"),
            ("http://x:99999/", "about:blank"),
            ("", "http://x/y?z#a"),
            ("relative", "mailto:x@y"),
            ("http://x/\ud800", "about:blank"),
        ]
    ),
    "return [URL.name, String(new URL('http://x')), JSON.stringify({u: new URL('http://x/a b')})]",
    "new URL()",
    "new URL('x')",
    "URL('http://x')",
    (
        "const u = new URL('http://x:80/a?b#c'); u.protocol = 'https'; u.port = '8443'; "
        "u.hash = ''; u.pathname = 'ü'; return u.href"
    ),
    (
        "const u = new URL('http://x/'); u.hostname = 'a b'; u.port = 'x'; u.host = 'y:1'; "
        "return u.href"
    ),
    "const u = new URL('http://x/'); u.href = 'nope'",
    "const u = new URL('http://x/?a=1'); const p = u.searchParams; p.append('b', 'c d'); "
    "p.delete('a'); const s = u.search; "
    "u.search = '?z=%zz'; return [s, [...p], p === u.searchParams, u.href]",
    "const u = new URL('http://x/?a'); u.searchParams.sort(); return u.href",
    "return [...new URLSearchParams('?a=1&a=2&=x&b&%F0%9F%98%80=%FF&c=+%2B')]",
    "return String(new URLSearchParams({a: 'b c', 'ä': '*-._~', x: '\\ud800'}))",
    "return String(new URLSearchParams([['a', 1], ['b', null]]))",
    "return String(new URLSearchParams(new Map([['a', 'b']])))",
    "new URLSearchParams([['a']])",
    "new URLSearchParams([1])",
    "const p = new URLSearchParams('b=1&a=2&b=3'); p.set('b', 9); p.sort(); "
    "return [[...p.keys()], [...p.values()], p.get('b'), "
    "p.getAll('b'), p.has('x'), p.get('x'), String(p)]",
    (
        "const p = new URLSearchParams('a=1'), seen = []; p.forEach(function (v, k, o) { "
        "seen.push([v, k, o === p, this.x]) }, {x: 1}); return seen"
    ),
    (
        "const p = new URLSearchParams('a=1&b=2'), seen = []; for (const [k] of p) { "
        "seen.push(k); p.delete('a') } return seen"
    ),
    # text and bytes
    "return [...new TextEncoder().encode('a\\u00fc\\u20ac\\u{1f600}\\ud800x')]",
    "return [new TextEncoder().encode().length, new TextEncoder().encoding]",
    (
        "const b = new Uint8Array(7); "
        "return [new TextEncoder().encodeInto('a\\u20ac\\u{1f600}', b), [...b]]"
    ),
    (
        "const b = new Uint8Array(9); "
        "return [new TextEncoder().encodeInto('a\\u20ac\\u{1f600}b', b), [...b]]"
    ),
    "return new TextEncoder().encodeInto('abc', new Uint8Array(0))",
    *(
        f"return new TextDecoder('{label}').decode(new Uint8Array({data}))"
        for label in ("utf-8", " UTF8\\n", "utf-16le", "utf-16be", "ucs-2")
        for data in (
            [0xEF, 0xBB, 0xBF, 0x61],
            [0x61, 0xE2, 0x82, 0xAC, 0xFF, 0xF0, 0x9F, 0x98],
            [0xE0, 0x80, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0xF4, 0x90, 0x80],
            [0xFF, 0xFE, 0x61, 0x00, 0x3D, 0xD8, 0x00, 0xDE, 0x3D, 0xD8],
            [0xFE, 0xFF, 0x00, 0x61, 0xD8, 0x3D, 0x00],
            [0x61, 0x00, 0x3D, 0xD8, 0x01],
            [],
        )
    ),
    (
        "return new TextDecoder('utf-8', {ignoreBOM: true}).decode(new Uint8Array([0xef, "
        "0xbb, 0xbf, 0x61])).length"
    ),
    "return new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([0xe2, 0x82]))",
    "return new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([0xef, 0xbf, 0xbd]))",
    "return new TextDecoder('utf-16le', {fatal: true}).decode(new Uint8Array([0x61, 0, 0, 0xd8]))",
    "return new TextDecoder('no such')",
    "return new TextDecoder().decode('text')",
    "return new TextDecoder().decode(new DataView(new Uint8Array([1, 97, 98, 2]).buffer, 1, 2))",
    *(
        # Byte by byte, and two or three at a time: the same as all at once.
        f"const d = new TextDecoder('{label}'), all = {data}; let s = ''; for (let i = 0; "
        f"i < all.length; i += {step}) "
        f"s += '|' + d.decode(new Uint8Array(all.slice(i, i + {step})), "
        f"{{stream: true}}); return s + '|' + d.decode()"
        for step in (1, 2, 3)
        for label, data in [
            (
                "utf-8",
                [0xEF, 0xBB, 0xBF, 0xF0, 0x9F, 0x98, 0x80, 0xE2, 0x82, 0x41, 0xF0, 0x9F, 0xC3],
            ),
            ("utf-16le", [0xFF, 0xFE, 0x3D, 0xD8, 0x00, 0xDE, 0x61, 0x00, 0x3D, 0xD8, 0x62]),
            ("utf-16be", [0xFE, 0xFF, 0xD8, 0x3D, 0xDE, 0x00, 0x00, 0x61, 0xDC, 0x00]),
        ]
    ),
    *(f"return btoa({json.dumps(text)})" for text in ("", "a", "ab", "abc", "\xff\x00", "€")),
    *(
        f"return atob({json.dumps(text)})"
        for text in (
            "",
            "YQ==",
            "YQ",
            " Y W I = ",
            "YWJj",
            "YQ=",
            "Y",
            "YQ===",
            "*",
            "/+8=",
            "=",
            "YR==",
        )
    ),
    "atob()",
    # blobs
    "const b = new Blob(['a\\r\\nb', new Uint8Array([99]), new Blob(['d']), "
    "new ArrayBuffer(2), 5], {type: 'Text/PLAIN'}); "
    "return [b.size, b.type, await b.text(), await b.slice(1, -2, 'x').text(), "
    "[...new Uint8Array(await b.slice(-2).arrayBuffer())]]",
    (
        "return [new Blob(['a'], {type: '\\u00e9'}).type, new Blob().size, "
        "await new Blob(['\\ufeffx']).text()]"
    ),
    (
        "const parts = []; for await (const chunk of new Blob(['x'.repeat(100000)]).stream()) "
        "parts.push(...chunk); return parts.length"
    ),
    "new Blob('text')",
    # events
    "const t = new EventTarget(), e = new CustomEvent('x', {detail: 5, "
    "cancelable: true}); t.addEventListener('x', e => e.preventDefault()); "
    "return [t.dispatchEvent(e), e.defaultPrevented, e.detail, new Event('y').cancelable]",
    "const t = new EventTarget(), seen = []; t.addEventListener('x', e => { seen.push(1); "
    "e.stopImmediatePropagation() }); "
    "t.addEventListener('x', () => seen.push(2)); t.dispatchEvent(new Event('x')); return seen",
    "const t = new EventTarget(); t.addEventListener('x', e => t.dispatchEvent(e)); "
    "let n; const e = new Event('x'); "
    "t.addEventListener('x', () => { try { t.dispatchEvent(e) } catch (error) { "
    "n = error.name } }); "
    "return typeof n",
    "const t = new EventTarget(), c = new AbortController(), seen = []; "
    "t.addEventListener('x', () => seen.push(1), {signal: c.signal}); "
    "t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); return seen",
    "new Event()",
    # aborting
    "const c = new AbortController(), seen = []; c.signal.onabort = e => seen.push('on', "
    "e.type); c.signal.addEventListener('abort', () => seen.push('listener')); "
    "c.abort(); c.abort(); return [seen, c.signal.aborted, c.signal.reason.name, "
    "c.signal.reason.code]",
    (
        "return [AbortSignal.abort('why').reason, AbortSignal.abort().aborted, "
        "new AbortController().signal.reason === undefined]"
    ),
    "AbortSignal.abort(new RangeError('r')).throwIfAborted()",
    (
        "const s = AbortSignal.timeout(5); "
        "await new Promise(done => s.addEventListener('abort', done)); return s.reason.name"
    ),
    "new AbortSignal()",
    # exceptions
    "const e = new DOMException('m', 'AbortError'); return [e.name, e.message, e.code, "
    "e instanceof Error, String(e), DOMException.ABORT_ERR, "
    "e.INVALID_CHARACTER_ERR, typeof e.stack, Object.prototype.toString.call(e)]",
    (
        "return [new DOMException().name, new DOMException().message, new DOMException('x', "
        "'Odd').code]"
    ),
    # random numbers and time
    "const a = crypto.getRandomValues(new Uint8Array(32)); return [a.length, a.some(x => x)]",
    "crypto.getRandomValues(new Float64Array(1))",
    "crypto.getRandomValues(new Uint8Array(65537))",
    "const uuid = /^[\\da-f]{8}-[\\da-f]{4}-4[\\da-f]{3}-[89ab][\\da-f]{3}-[\\da-f]{12}$/;"
    "return [crypto.getRandomValues(new BigUint64Array(2)).length, uuid.test(crypto.randomUUID())]",
    (
        "const a = performance.now(), b = performance.now(); return [a <= b, a >= 0, "
        "Math.abs(performance.timeOrigin + b - Date.now()) < 5000]"
    ),
    # the properties of the classes
    *(
        f"return [Object.prototype.toString.call({instance}), Object.keys({instance}).length, "
        f"'{member}' in {instance}, Object.getOwnPropertyDescriptor({name}, "
        f"'prototype').writable, {name}.length]"
        for name, instance, member in [
            ("URL", "new URL('http://x')", "href"),
            ("URLSearchParams", "new URLSearchParams()", "get"),
            ("TextEncoder", "new TextEncoder()", "encode"),
            ("TextDecoder", "new TextDecoder()", "fatal"),
            ("AbortController", "new AbortController()", "signal"),
            ("Blob", "new Blob()", "slice"),
        ]
    ),
]

WRAPPED = """
const outcome = async body => {
  try {
    const value = await body();
    return value === undefined ? 'undefined' : value;
  } catch (error) {
    return {thrown: error.name};
  }
};
const bodies = [BODIES];
"""


def wrapped(bodies: list[str]) -> str:
    functions = ",\n".join(f"async () => {{ {body} }}" for body in bodies)
    return WRAPPED.replace("BODIES", functions)


@pytest.fixture(scope="session")
def of_node() -> list[object]:
    """The values that the bodies return in Node.js."""
    if not shutil.which("node"):
        pytest.skip("needs node: see make setup")
    script = (
        "globalThis.crypto ??= require('crypto').webcrypto;\n"
        "globalThis.CustomEvent ??= class CustomEvent extends Event {\n"
        "  #detail; constructor(type, o) { super(type, o); this.#detail = o.detail }\n"
        "  get detail() { return this.#detail }\n};\n"
        + wrapped(ALIKE)
        + "Promise.all(bodies.map(outcome)).then(all => console.log(JSON.stringify(all)))"
    )
    done = subprocess.run(
        ["node", "--no-warnings", "-"],
        input=script.encode("utf-8", "surrogatepass"),
        capture_output=True,
        timeout=60,
        check=True,
    )
    outcomes: list[object] = json.loads(done.stdout)
    return outcomes


@pytest.mark.parametrize("index", range(len(ALIKE)))
def test_web_globals_behave_as_in_node(runtime, of_node, index):
    source = wrapped([ALIKE[index]]) + "outcome(bodies[0]).then(JSON.stringify)"
    assert (
        json.loads(
            runtime.eval(f"(() => {{ {source.replace('outcome(b', 'return outcome(b')} }})()")
        )
        == (of_node[index])
    ), ALIKE[index]


# --- members that older versions of Node.js lack --------------------------------------------------


def test_newer_members(runtime):
    assert runtime.eval(
        "[URL.canParse('http://x'), URL.canParse('x'), URL.canParse('x', 'http://y')]"
    ) == [
        True,
        False,
        True,
    ]
    assert runtime.eval("[URL.parse('http://x').href, URL.parse('x')]") == ["http://x/", None]
    assert runtime.eval("new URLSearchParams('a=1&b=2&a=3').size") == 3
    assert runtime.eval(
        "const p = new URLSearchParams('a=1&a=2'); [p.has('a', '2'), p.has('a', '3')]"
    ) == [
        True,
        False,
    ]
    assert runtime.eval("p.delete('a', '1'); p.toString()") == "a=2"
    assert runtime.eval("new Blob(['ab']).bytes()") == b"ab"


def test_abort_signals_of_signals(runtime):
    runtime.eval(
        """
        const a = new AbortController(), b = new AbortController(), told = [];
        const any = AbortSignal.any([a.signal, AbortSignal.any([b.signal])]);
        any.addEventListener('abort', () => told.push(any.reason, b.signal.aborted));
        b.abort('because');
        """
    )
    assert runtime.eval("told") == ["because", True]
    assert runtime.eval("AbortSignal.any([a.signal, b.signal]).reason") == "because"
    assert runtime.eval("a.signal.aborted") is False
    with pytest.raises(JavaScriptError, match="AbortSignal"):
        runtime.eval("AbortSignal.any([1])")


def test_events_behave_as_in_browsers(runtime):
    """Where Node.js differs: an object that listens once, and a passive listener."""
    source = """
        (() => {
            const target = new EventTarget(), seen = [];
            const listen = e => seen.push([e.target === target, e.currentTarget === target,
                e.eventPhase]);
            target.addEventListener('x', listen);
            target.addEventListener('x', listen);
            target.addEventListener('x', {handleEvent: listen}, {once: true});
            target.addEventListener('x', e => e.preventDefault(), {passive: true});
            const event = new Event('x', {cancelable: true});
            const results = [target.dispatchEvent(event), target.dispatchEvent(event),
                event.defaultPrevented];
            target.removeEventListener('x', listen);
            target.dispatchEvent(event);
            return [seen, results, event.target === target, event.currentTarget, event.eventPhase];
        })()
    """
    assert runtime.eval(source) == [[[True, True, 2]] * 3, [True, True, False], True, None, 0]


# --- in a runtime ---------------------------------------------------------------------------------


def test_a_listener_that_throws_disturbs_nobody():
    caught: list[JavaScriptError] = []
    config = RuntimeConfig(web_globals=True, uncaught_handler=caught.append)
    with Runtime(config) as runtime:
        runtime.eval(
            """
            const target = new EventTarget();
            target.addEventListener('x', () => { throw new TypeError('of a listener') });
            target.addEventListener('x', () => { globalThis.second = true });
            target.dispatchEvent(new Event('x'));
            """
        )
        assert runtime.eval("second") is True
    assert [error.message for error in caught] == ["of a listener"]


def test_streams_are_aborted_by_signals(runtime):
    source = """
        (async () => {
            const controller = new AbortController();
            const endless = new ReadableStream({pull(c) { c.enqueue(1) }});
            let count = 0;
            const sink = new WritableStream({write() { if (++count === 3) controller.abort() }});
            try {
                await endless.pipeTo(sink, {signal: controller.signal});
            } catch (error) {
                return [error.name, error === controller.signal.reason, count];
            }
        })()
    """
    assert runtime.eval(source) == ["AbortError", True, 3]
    signal = "new WritableStream({start(c) { globalThis.signal = c.signal }}).abort('why')"
    assert runtime.eval(f"{signal}.then(() => [signal instanceof AbortSignal, signal.reason])") == [
        True,
        "why",
    ]


def test_clocks_start_with_the_runtime(runtime):
    assert 0 <= runtime.eval("performance.now()") < 60_000
    assert runtime.eval("performance.toJSON().timeOrigin === performance.timeOrigin") is True
    assert runtime.eval("new Event('x').timeStamp <= performance.now()") is True


def test_random_ids_differ(runtime):
    ids = [uuid.UUID(runtime.eval("crypto.randomUUID()")) for _ in range(100)]
    assert len(set(ids)) == 100
    assert {id.version for id in ids} == {4}
    with Runtime(RuntimeConfig(web_globals=True)) as other:
        assert uuid.UUID(other.eval("crypto.randomUUID()")) not in ids


def test_errors_reach_python_by_their_names(runtime):
    with pytest.raises(JavaScriptError, match="^InvalidCharacterError: ") as error:
        runtime.eval("atob('*')")
    assert error.value.name == "InvalidCharacterError"
    assert "atob" not in (error.value.stack or "").split("\n", 1)[1]  # built-in frames do not show


def test_scripts_that_change_prototypes_harm_only_themselves(runtime):
    runtime.eval(
        "Array.prototype[Symbol.iterator] = null; String.prototype.replace = 1;"
        "Map.prototype.get = 2"
    )
    with pytest.raises(JavaScriptError):
        runtime.eval("new URLSearchParams('a=b').toString() + [...new Set()]; new TextDecoder(5)")
    assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize(
    "code",
    [
        "new TextDecoder('utf-16').decode(new Uint8Array(6e8))",
        "new TextDecoder().decode(new Uint8Array(6e8))",
        "new TextEncoder().encode('\\u20ac'.repeat(2 ** 25))",
        "new Blob(Array(20).fill(new Uint8Array(2 ** 23)))",
    ],
)
def test_too_large_requests_are_errors(code):
    config = RuntimeConfig(web_globals=True, max_buffer_bytes=2**26)
    with Runtime(config) as runtime:
        with pytest.raises(JavaScriptError, match="^RangeError: "):
            runtime.eval(code)
        assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16le"])
def test_a_text_that_is_too_long_for_a_string(encoding):
    with Runtime(RuntimeConfig(web_globals=True)) as runtime:
        with pytest.raises(JavaScriptError, match="^RangeError: "):
            runtime.eval(f"new TextDecoder('{encoding}').decode(new Uint8Array(2 ** 30 + 16))")
        assert runtime.eval("1 + 1") == 2


def test_web_globals_do_not_show_in_debuggers():
    config = RuntimeConfig(web_globals=True, inspector=InspectorConfig(port=0))
    with Runtime(config) as runtime, runtime.inspector_session() as session:
        urls: list[str] = []
        session.on("Debugger.scriptParsed", lambda event: urls.append(event.params["url"]))
        session.send("Debugger.enable")
        runtime.eval("new URL('http://x'); atob('YQ==')", filename="mine.js")
        session.send("Runtime.getIsolateId")
        assert urls == ["mine.js"]
