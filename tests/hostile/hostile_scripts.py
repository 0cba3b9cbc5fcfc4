"""Hostile scripts by kind, each with the ends that it may have.

An end is the name of a JavaScript error, or one of

* ``value``: the script has a result;
* ``timeout``, ``heap``: its timeout, or the heap limit, has stopped it;
* ``limit``, ``conversion``, ``pending``: its result is too large, has no counterpart in Python, or
  is a Promise that nothing can settle.

Several ends are given where V8's versions, or the ways to run a script, differ.
"""

from __future__ import annotations

from typing import NamedTuple


class Script(NamedTuple):
    kind: str
    name: str
    source: str
    ends: frozenset[str]


def _scripts(kind: str, ends: str, **sources: str) -> list[Script]:
    return [
        Script(kind, name.replace("_", " "), source, frozenset(ends.split()))
        for name, source in sources.items()
    ]


ENDLESS = [
    *_scripts(
        "loops",
        "timeout",
        for_ever="for (;;);",
        while_true="while (true) {}",
        do_while="do {} while (true)",
        labels="outer: for (;;) { for (;;) continue outer }",
        switch="for (let i = 0;; i++) switch (i & 1) { case 0: continue; default: break }",
        catch_swallows="for (;;) try { throw 1 } catch {}",
        finally_continues="for (;;) try { for (;;) {} } finally { continue }",
        finally_returns="(function f() { for (;;) try { return 1 } finally { continue } })()",
        catches_its_end="function f() { try { for (;;); } catch { f() } finally { f() } } f()",
        nested_functions="const f = n => n > 0 && f(n - 1); for (;;) f(100)",
        direct_eval="for (;;) eval('1 + 1')",
        function_constructor="for (let i = 0;; i++) new Function('return ' + i)()",
        with_statement="with ({a: 1}) for (;;) a++",
        for_in="for (;;) for (const k in {a: 1, b: 2});",
        growing_map="const m = new Map([[0, 0]]);"
        "for (const [k] of m) { m.delete(k); m.set(k + 1) }",
        growing_set="const s = new Set([0]); s.forEach(x => { s.delete(x); s.add(x + 1) })",
        static_block="class A { static { for (;;); } }",
        field="new (class { x = (() => { for (;;); })() })()",
        default_parameter="((a = (() => { for (;;); })()) => a)()",
        computed_key="({[(() => { for (;;); })()]: 1})",
        tagged_template="((s, f) => f())`${() => { for (;;); }}`",
        optional_chain="const a = {f() { for (;;); }}; a?.f?.()",
        date_loop="for (const end = Date.now() + 1e9; Date.now() < end;);",
    ),
    *_scripts(
        "generators",
        "timeout",
        endless_for_of="for (const x of (function* () { for (;;) yield 1 })());",
        endless_without_yield="(function* () { for (;;); })().next()",
        return_in_finally="const g = (function* () { try { yield } finally { for (;;); } })();"
        "g.next(); g.return()",
        delegation="function* f() { for (;;) yield* [1] } for (const x of f());",
        find_of_keys="const g = (function* () { for (;;) yield 1 })(); while (!g.next().done);",
        endless_iterator="const it = {[Symbol.iterator]() { return this }, next: () => ({})};"
        "for (const x of it);",
        iterator_close="const it = {[Symbol.iterator]() { return this }, next: () => ({}),"
        "return() { for (;;); }}; for (const x of it) break",
        destructuring="const it = {[Symbol.iterator]() { return this }, next() { for (;;); }};"
        "const [a] = it",
        set_from_iterator="new Set({[Symbol.iterator]() { return this },next: () => ({value: 1})})",
    ),
    *_scripts(
        "asynchronous loops",
        "timeout",
        await_loop="(async () => { for (;;) await 1 })()",
        then_loop="(function f() { return Promise.resolve().then(f) })()",
        microtasks="(function f() { queueMicrotask(f) })(); new Promise(() => {})",
        thenable="const t = {then(f) { f(t) }}; Promise.resolve(t)",
        endless_then="Promise.resolve({then() { for (;;); }})",
        endless_executor="new Promise(() => { for (;;); })",
        endless_reaction="Promise.resolve().then(() => { for (;;); })",
        async_generator="(async () => { async function* g() { for (;;) yield 1 }"
        "for await (const x of g()); })()",
        all_of_endless="Promise.all({[Symbol.iterator]() { return this }, next() { for (;;); }})",
        async_iterator_from_sync="(async () => { for await (const x of"
        "(function* () { for (;;) yield 1 })()); })()",
        rejection_loop="(async () => { for (;;) try { await Promise.reject(1) } catch {} })()",
        finally_loop="(function f() { return Promise.resolve().finally(f) })()",
    ),
    *_scripts(
        "traps",
        "timeout",
        getter="({get a() { for (;;); }}).a",
        setter="({set a(x) { for (;;); }}).a = 1",
        proxy_get="new Proxy({}, {get() { for (;;); }}).a",
        proxy_has="'a' in new Proxy({}, {has() { for (;;); }})",
        proxy_own_keys="Object.keys(new Proxy({}, {ownKeys() { for (;;); }}))",
        proxy_apply="new Proxy(() => 0, {apply() { for (;;); }})()",
        proxy_construct="new (new Proxy(class {}, {construct() { for (;;); }}))()",
        proxy_prototype="new Proxy({}, {getPrototypeOf() { for (;;); }}) instanceof Object",
        has_instance="1 instanceof {[Symbol.hasInstance]() { for (;;); }}",
        to_string="`${{toString() { for (;;); }}}`",
        value_of="+{valueOf() { for (;;); }}",
        to_primitive="1 + {[Symbol.toPrimitive]() { for (;;); }}",
        to_string_tag="Object.prototype.toString.call({get [Symbol.toStringTag]() { for (;;); }})",
        to_json="JSON.stringify({toJSON() { for (;;); }})",
        reviver="JSON.parse('[1]', () => { for (;;); })",
        replacer="JSON.stringify({a: 1}, () => { for (;;); })",
        comparator="[2, 1].sort(() => { for (;;); })",
        array_callback="[1].map(() => { for (;;); })",
        reduce="[1, 2].reduce(() => { for (;;); })",
        replace_callback="'aa'.replace(/a/g, () => { for (;;); })",
        symbol_replace="'a'.replace({[Symbol.replace]() { for (;;); }}, 'b')",
        symbol_split="'a'.split({[Symbol.split]() { for (;;); }})",
        symbol_match="'a'.match({[Symbol.match]() { for (;;); }})",
        exec_override="const r = /a/g; r.exec = () => ['']; r.lastIndex = 0; 'a'.replace(r, '')",
        species="class A extends Array { static get [Symbol.species]() { for (;;); } }"
        "new A(1).map(x => x)",
        concat_spreadable="[].concat({get [Symbol.isConcatSpreadable]() { for (;;); }})",
        array_from="Array.from({get length() { for (;;); }})",
        array_from_endless="Array.from({[Symbol.iterator]() { return this },next() { for (;;); }})",
        object_assign="Object.assign({}, {get a() { for (;;); }})",
        spread="({...{get a() { for (;;); }}})",
        from_entries="Object.fromEntries({[Symbol.iterator]() { for (;;); }})",
        group_of_callbacks="new Map([[1, 1]]).forEach(() => { for (;;); })",
        typed_array="new Uint8Array({length: 1, get 0() { for (;;); }})",
        typed_array_sort="new Uint8Array(4).sort(() => { for (;;); })",
        array_buffer_length="new ArrayBuffer({valueOf() { for (;;); }})",
        date_argument="new Date({[Symbol.toPrimitive]() { for (;;); }})",
        number_argument="Number({valueOf() { for (;;); }})",
        bigint_argument="BigInt({valueOf() { for (;;); }})",
        symbol_description="Symbol({toString() { for (;;); }})",
        regex_flags="RegExp({get [Symbol.match]() { for (;;); }})",
        clone_getter="structuredClone({get a() { for (;;); }})",
        bind_name="(() => 0).bind.call(Object.defineProperty(() => 0, 'name',"
        "{get() { for (;;); }}))",
        reflect_construct="Reflect.construct(Object, {get length() { for (;;); }})",
        define_property="Object.defineProperty({}, 'a', {get value() { for (;;); }})",
        timer_delay="setTimeout(() => 0, {valueOf() { for (;;); }})",
        own_species_of_promise="class P extends Promise {"
        "static get [Symbol.species]() { for (;;); } } new P(() => 0).then(() => 0)",
    ),
    *_scripts(
        "results",
        "timeout",
        getter_of_the_result="({get a() { for (;;); }})",
        getter_of_an_element="[1, {get a() { for (;;); }}]",
        proxy_as_result="new Proxy({a: 1}, {get() { for (;;); }})",
        own_keys_of_the_result="new Proxy({}, {ownKeys() { for (;;); }})",
        descriptor_of_the_result="new Proxy({a: 1}, {getOwnPropertyDescriptor() { for (;;); }})",
        thenable_as_result="({get then() { for (;;); }})",
    ),
    *_scripts(
        "errors that loop",
        "timeout",
        to_string_of_thrown="throw {toString() { for (;;); }}",
        name_getter="const e = new Error(); Object.defineProperty(e, 'name',"
        "{get() { for (;;); }}); throw e",
        message_getter="const e = new Error(); Object.defineProperty(e, 'message',"
        "{get() { for (;;); }}); throw e",
        cause_getter="const e = new Error(); Object.defineProperty(e, 'cause',"
        "{get() { for (;;); }}); throw e",
        own_getter="throw Object.defineProperty(new Error(), 'code',"
        "{get() { for (;;); }, enumerable: true})",
        prepare_stack_trace="Error.prepareStackTrace = () => { for (;;); }; new Error().stack",
        prepare_on_throw="Error.prepareStackTrace = () => { for (;;); }; throw new Error()",
        capture="Error.prepareStackTrace = () => { for (;;); }; const o = {};"
        "Error.captureStackTrace(o); o.stack",
        aggregate="throw new AggregateError({[Symbol.iterator]() { for (;;); }})",
    ),
    *_scripts(
        "errors that loop",
        "timeout Error",
        proxy_thrown="throw new Proxy(new Error(), {get() { for (;;); }})",
        proxy_prototype_thrown="throw new Proxy(new Error(), {getPrototypeOf() { for (;;); }})",
        stack_limit_getter="Object.defineProperty(Error, 'stackTraceLimit',"
        "{get() { for (;;); }}); throw new Error()",
        rejected_with_a_trap="Promise.reject({toString() { for (;;); }})",
    ),
    *_scripts(
        "regular expressions",
        "timeout",
        nested_quantifiers="/^(a+)+$/.test('a'.repeat(40) + 'b')",
        alternation="/^(a|a)*$/.test('a'.repeat(40) + 'b')",
        backreference="/^(a*)*\\1b$/.test('a'.repeat(40) + 'c')",
        lookahead="/^(?=(a+)+$)/.test('a'.repeat(40) + 'b')",
        three_stars="/^.*.*.*.*.*=.*$/s.test('x'.repeat(3000))",
        sticky_replace="'a'.repeat(40).replace(/^((a+)+)b/y, 'x')",
        unicode="/^(\\p{L}+)+$/u.test('\\u00e9'.repeat(40) + '1')",
        split="'a'.repeat(40).split(/((a+)+)+b/)",
        match_all="[...'a'.repeat(40).matchAll(/((a+)+)+b/g)]",
    ),
    *_scripts(
        "arithmetic",
        "timeout",
        bigint_powers="let n = 3n; for (;;) n = n * n % (2n ** 4000n + 1n)",
        bigint_text="const n = 7n ** 4000n; for (;;) n.toString()",
        number_formats="for (;;) (Math.random() * 1e300).toString(7)",
        dates="for (;;) new Date('2020-01-01').toISOString()",
        random="for (;;) Math.random()",
        string_comparisons="const s = 'a'.repeat(1e5); for (;;) s.localeCompare(s + 'b')",
        intl="const f = new Intl.NumberFormat('de'); for (;;) f.format(1234.5)",
        normalize="const s = '\\u0041\\u030a'.repeat(1e3); for (;;) s.normalize('NFC')",
        uri="const s = '%41'.repeat(1e3); for (;;) decodeURIComponent(s)",
        sorts="const a = Array.from({length: 1e3}, Math.random); for (;;) [...a].sort()",
        typed_arrays="const a = new Float64Array(1e4); for (;;) a.fill(1).reverse().sort()",
        json="const o = {a: [1, {b: 'c'}]}; for (;;) JSON.parse(JSON.stringify(o))",
        clones="const o = {a: [1, {b: new Map([[1, 2]])}]}; for (;;) structuredClone(o)",
        collects="for (;;) new Array(1e4)",
        weak_references="for (;;) new WeakRef({})",
        symbols="for (;;) Symbol('a')",
        bound_functions="for (;;) (() => 0).bind(null)",
        proxies="for (;;) new Proxy({}, {})",
        classes="for (;;) (class { #a = 1; static b = 2 })",
        prints="for (;;) console.log('a', {b: 1})",
        timers_set_and_cleared="for (;;) clearTimeout(setTimeout(() => 0, 1e6))",
    ),
    *_scripts(
        "waits",
        "timeout pending",
        never="new Promise(() => {})",
        far_timer="new Promise(go => setTimeout(go, 1e8))",
        interval="new Promise(() => setInterval(() => 0, 0))",
        timer_chain="new Promise(() => (function f() { setTimeout(f, 0) })())",
        stream="new ReadableStream({pull() { return new Promise(() => {}) }}).getReader().read()",
        endless_stream="(async () => { const r = new ReadableStream({pull(c) { c.enqueue(1) }})"
        ".getReader(); for (;;) await r.read() })()",
    ),
]

_MODULE = "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, "

WEBASSEMBLY = [
    *_scripts(
        "webassembly",
        "timeout",
        # (func (export "f") (loop (br 0)))
        loop=f"new WebAssembly.Instance({_MODULE}1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102,"
        "0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]))).exports.f()",
        # (start (loop (br 0)))
        start=f"new WebAssembly.Instance({_MODULE}1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0,"
        "10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11])))",
        # (import "m" "f" (func)) (start 0)
        import_loops=f"new WebAssembly.Instance({_MODULE}1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1,"
        "102, 0, 0, 8, 1, 0])), {m: {f() { for (;;); }}})",
        import_getter=f"new WebAssembly.Instance({_MODULE}1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1,"
        "102, 0, 0, 8, 1, 0])), {get m() { for (;;); }})",
    ),
    *_scripts(
        "webassembly",
        "RangeError",
        # (func (export "f") (call 0))
        recursion=f"new WebAssembly.Instance({_MODULE}1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1,"
        "102, 0, 0, 10, 6, 1, 4, 0, 16, 0, 11]))).exports.f()",
        memory="new WebAssembly.Memory({initial: 65536})",
        growth="const m = new WebAssembly.Memory({initial: 1}); for (;;) m.grow(64)",
        table="new WebAssembly.Table({initial: 4e9, element: 'anyfunc'})",
    ),
    *_scripts(
        "webassembly",
        "CompileError",
        garbage="new WebAssembly.Module(new Uint8Array(1000).fill(7))",
        truncated=f"{_MODULE}1, 127]))",
        many_locals=f"{_MODULE}1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 12, 1, 10, 1,"
        "255, 255, 255, 255, 15, 127, 0, 11]))",
    ),
]

RECURSION = [
    *_scripts(
        "recursion",
        "RangeError",
        plain="(function f() { f() })()",
        with_arguments="(function f(...a) { f(...a, 1) })()",
        mutual="const f = () => g(), g = () => f(); f()",
        getter="const o = {get a() { return o.a }}; o.a",
        setter="const o = {set a(x) { o.a = x }}; o.a = 1",
        proxy="const p = new Proxy({}, {get() { return p.a }}); p.a",
        proxy_chain="let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.a",
        proxy_prototype="const p = new Proxy({}, {getPrototypeOf: () => Object.getPrototypeOf(p)});"
        "Object.getPrototypeOf(p)",
        to_string="const o = {toString() { return `${o}` }}; `${o}`",
        value_of="const o = {valueOf() { return +o }}; +o",
        constructor="class A { constructor() { new A() } } new A()",
        generator="function* f() { yield* f() } [...f()]",
        replace="(function f() { 'a'.replace(/a/, f) })()",
        sort="(function f() { [2, 1].sort(f); return 0 })()",
        map="(function f() { [1].map(f) })()",
        json="const o = {toJSON() { return JSON.stringify(o) }}; JSON.stringify(o)",
        reviver="(function f() { return JSON.parse('1', f) })()",
        eval="(function f() { eval('f()') })()",
        flat="const a = []; a.push(a); a.flat(Infinity)",
        spread_of_itself="class A extends Array { constructor(n) { super(n); new A(n) } } new A(1)",
        species="class A extends Array {"
        "static get [Symbol.species]() { return A.from([1]).map(x => x) } } new A(1).map(x => x)",
        apply_of_many="Math.max.apply(null, new Array(1e7))",
        spread_of_many="Math.max(...new Array(1e7))",
        instance_of="class A { static [Symbol.hasInstance](x) { return x instanceof A } }"
        "1 instanceof A",
    ),
    *_scripts(
        "recursion",
        "RangeError SyntaxError value",  # newer parsers take it step by step
        conditions="eval('1?1:'.repeat(1e5) + '1')",
    ),
    *_scripts(
        "recursion",
        "RangeError SyntaxError",
        deep_parse="JSON.parse('['.repeat(1e6))",
        parentheses="eval('('.repeat(1e6))",
        brackets="eval('['.repeat(1e5) + ']'.repeat(1e5))",
        arrows="eval('a=>'.repeat(1e5) + '1')",
        blocks="eval('{'.repeat(1e5))",
        templates="eval('`${'.repeat(1e5))",
        negations="eval('-'.repeat(1e6) + '1')",
        functions="eval('(function(){'.repeat(1e5))",
        classes="eval('class A extends '.repeat(1e5))",
        groups="new RegExp('('.repeat(1e6))",
        closed_groups="new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).exec('')",
        unsafe_json="JSON.parse('{\"a\":'.repeat(1e6))",
    ),
    *_scripts(
        "recursion",
        "value RangeError",
        bind_chain="let f = () => 0; for (let i = 0; i < 1e5; i++) f = f.bind(null); f()",
        additions="eval('1' + '+1'.repeat(3e5))",
        caught="let n = 0; (function f() { n++; try { f() } catch {} })(); n > 10",
        caught_often="function f() { try { f() } catch { return 1 } return 2 } f()",
        deep_prototype="let o = {}; for (let i = 0; i < 1e5; i++) o = Object.create(o); o.a",
        promise_chain="let p = Promise.resolve();"
        "for (let i = 0; i < 2e4; i++) p = p.then(() => 1); 1",
        nested_promise="let p = Promise.resolve(1);"
        "for (let i = 0; i < 2e4; i++) { const q = p; p = (async () => q)() } p",
        deep_cause="let e; for (let i = 0; i < 1e4; i++) e = new Error('x', {cause: e}); 1",
        deep_stringify="let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; JSON.stringify(o); 1",
        deep_compare="let a = []; for (let i = 0; i < 1e5; i++) a = [a]; String(a)",
        deep_clone="let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; structuredClone(o); 1",
        rope="let s = ''; for (let i = 0; i < 1e5; i++) s = 'a' + s; s.length",
        deep_rope="let s = ''; for (let i = 0; i < 1e5; i++) s = s + 'a'; s.charCodeAt(7)",
    ),
    *_scripts(
        "recursion",
        "limit",
        deep_result="let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; o",
        deep_array="let a = []; for (let i = 0; i < 1e4; i++) a = [a]; a",
    ),
    *_scripts(
        "recursion",
        "limit conversion RangeError",
        cycle="const o = {}; o.o = o; o",
        endless_getter="const make = () => ({get a() { return make() }}); make()",
        endless_proxy="const get = (t, k) => k === 'length' ? 1 : make();"
        "const make = () => new Proxy([0], {get}); make()",
    ),
]

MEMORY = [
    *_scripts(
        "memory",
        "heap timeout RangeError",
        arrays="const a = []; for (;;) a.push([])",
        strings="let s = 'ab'; const k = []; for (;;) { s += s + k.length; k.push(s.slice(1)); "
        "if (s.length > 1e6) s = 'ab' }",
        maps="const m = new Map(); for (let i = 0;; i++) m.set(i, {})",
        sets="const s = new Set(); for (let i = 0;; i++) s.add('x' + i)",
        weak_maps="const w = new WeakMap(), k = [];"
        "for (;;) { const o = {}; k.push(o); w.set(o, []) }",
        closures="let f = () => 1; for (;;) { const g = f; f = () => g }",
        pending_promises="const k = []; for (;;) k.push(new Promise(() => {}))",
        generators="const k = []; for (;;) {"
        "const g = (function* () { yield 1 })(); g.next(); k.push(g) }",
        symbols="const k = []; for (;;) k.push(Symbol('a'))",
        registered_symbols="for (let i = 0;; i++) Symbol.for('x' + i)",
        bigints="const k = []; for (let n = 1n;; n <<= 64n) k.push(n)",
        expressions="const k = []; for (let i = 0;; i++) k.push(new RegExp('a' + i))",
        functions="const k = []; for (let i = 0;; i++) k.push(new Function('return ' + i))",
        keys="const o = {}; for (let i = 0;; i++) o['k' + i] = i",
        sparse="const a = []; for (let i = 0;; i += 1000) a[i] = {}",
        many_large="const k = []; for (;;) k.push(new Array(1e5).fill(k.length))",
        concat="let a = [1]; for (;;) a = a.concat(a)",
        stringify="const a = new Array(1e6).fill('abcdefghij'.repeat(9)); JSON.stringify(a)",
        errors="const k = []; for (;;) k.push(new Error('x'.repeat(100)))",
        stacks="const k = []; for (;;) k.push(new Error().stack)",
        microtasks="for (;;) Promise.resolve().then(() => 0)",
        bound="let f = () => 0; const k = []; for (;;) k.push(f = f.bind(f))",
        proxies="let p = {}; const k = []; for (;;) k.push(p = new Proxy(p, {}))",
        dates="const k = []; for (;;) k.push(new Date())",
        spread="let a = [1, 2]; for (;;) a = [...a, ...a]",
        deep_objects="let o = {}; for (;;) o = {o, a: [o]}",
        prototypes="const k = []; for (;;) k.push(Object.create(Object.create({})))",
        replace_all="let s = 'a'; for (;;) s = s.replaceAll('a', 'aa')",
        iterators="const k = []; for (;;) k.push([1][Symbol.iterator]())",
        weak_references="const k = []; for (;;) k.push(new WeakRef({a: k.length}))",
        descriptors="const o = {}; for (let i = 0;; i++)"
        "Object.defineProperty(o, 'k' + i, {get() { return i }})",
        matches="const s = 'ab'.repeat(1e5), k = []; for (;;) k.push([...s.matchAll(/a/g)])",
        results_of_a_getter="({get a() { const k = []; for (;;) k.push({}) }})",
        thrown="throw {toString() { const k = []; for (;;) k.push({}) }}",
    ),
    *_scripts(
        "memory",
        "RangeError",
        buffers="const k = []; for (;;) k.push(new ArrayBuffer(2 ** 20))",
        typed_arrays="const k = []; for (;;) k.push(new Float64Array(2 ** 17))",
        shared_buffers="const k = []; for (;;) k.push(new SharedArrayBuffer(2 ** 20))",
        one_buffer="new ArrayBuffer(2 ** 40)",
        long_repeat="'x'.repeat(2 ** 30)",
        long_pad="''.padStart(2 ** 31)",
        large_power="2n ** (2n ** 40n)",
        large_shift="1n << (1n << 40n)",
        negative_length="new Array(-1)",
        too_long="new Array(2 ** 32)",
        typed_length="new Uint8Array(2 ** 53)",
    ),
    *_scripts(
        "memory",
        "RangeError heap timeout",
        doubled_string="let s = 'abcd'; for (;;) s += s",
        joined="'x'.repeat(2 ** 20).split('').join('y'.repeat(2 ** 12))",
    ),
    *_scripts(
        "memory",
        "limit heap RangeError",
        array_from="Array.from({length: 2e7})",
        split="'x'.repeat(2 ** 25).split('')",
        large_array="new Array(2e7).fill(0)",
        join="new Array(3e5).fill('x'.repeat(900)).join()",
        large_result="new Array(1e7).fill(1.5)",
        sparse_result="const a = []; a[2 ** 31] = 1; a",
        long_string_result="'x'.repeat(2 ** 27)",
        shared_parts="let o = ['x'.repeat(1000)]; for (let i = 0; i < 30; i++) o = [o, o]; o",
        claimed_length="new Proxy([], {get: (t, k) => k === 'length' ? 2 ** 32 - 1 : 1})",
        large_map="new Map(Array.from({length: 1e6}, (_, i) => [i, i]))",
    ),
]

PROTOTYPES = [
    *_scripts(
        "prototypes",
        "value",
        object_setter="Object.defineProperty(Object.prototype, 'a', {set() { throw 1 }});"
        "({a: [1]})",
        object_getter="Object.defineProperty(Object.prototype, 'value', {get() { throw 1 }}); [{}]",
        array_index="Object.defineProperty(Array.prototype, '0', {set() { throw 1 }}); [{a: 1}]",
        array_iterator="Array.prototype[Symbol.iterator] = null; [[1]]",
        array_push="Array.prototype.push = Array.prototype.map = () => { for (;;); };[1, {a: [2]}]",
        function_call="Function.prototype.call = Function.prototype.apply = null; (() => 1)()",
        promise_then="Promise.prototype.then = () => { for (;;); }; 1",
        promise_resolve="Promise.resolve = null; Promise = null; 1",
        object_functions="Object.keys = Object.defineProperty = Reflect.ownKeys = null; ({a: 1})",
        json="JSON = null; ({a: [1]})",
        symbol="Symbol = null; ({a: [1]})",
        map_prototype="Map.prototype.get = Map.prototype.entries = null; new Map([[1, 2]])",
        map_iterator="Object.getPrototypeOf(new Map().entries()).next = null; new Map([[1, 2]])",
        set_iterator="Set.prototype[Symbol.iterator] = Set.prototype.forEach = null; new Set([1])",
        date_value="Date.prototype.valueOf = Date.prototype.getTime = null; new Date(0)",
        number_value="Number.prototype.valueOf = () => { for (;;); }; new Number(1)",
        string_iterator="String.prototype[Symbol.iterator] = null; ['abc']",
        typed_array="Object.getPrototypeOf(Uint8Array).prototype.subarray = null;new Uint8Array(3)",
        frozen_global="Object.freeze(globalThis); 1",
        deleted_globals="for (const k of Object.getOwnPropertyNames(globalThis))"
        "{ try { delete globalThis[k] } catch {} } 1",
        replaced_globals="for (const k of Object.getOwnPropertyNames(globalThis))"
        "{ try { globalThis[k] = null } catch {} } 1",
        global_prototype="Object.setPrototypeOf(globalThis, new Proxy({}, {has: () => false})); 1",
        array_prototype="Object.setPrototypeOf(Array.prototype, null); [1]",
        no_prototype="Object.setPrototypeOf(Object.prototype.constructor, null); ({a: 1})",
        function_name="Object.defineProperty(Function.prototype, 'name', {get() { for (;;); }}); 1",
        constructor_name="({constructor: {get name() { for (;;); }}}).a; 1",
        species_null="Object.defineProperty(Array, Symbol.species, {value: null}); [1].map(x => x)",
        clear_timeout="clearTimeout({}); clearTimeout(NaN); clearInterval(-1); 1",
        proto_key="({['__proto__']: 1, a: 2})",
        object_then="Object.prototype.then = function (f) { f && f(1) }; 1",
        error_replaced="Error = TypeError = RangeError = null; 1",
        console_replaced="console.log = console; console = null; 1",
        eval_replaced="globalThis.eval = null; 1",
        undefined_shadowed="(function (undefined) { return undefined })(1)",
    ),
    *_scripts(
        "prototypes",
        "TypeError",
        prototype_cycle="const a = {}, b = Object.create(a); Object.setPrototypeOf(a, b)",
        frozen="'use strict'; Object.freeze(Object.prototype); Object.prototype.a = 1",
        invariant="Object.keys(new Proxy(Object.freeze({a: 1}), {ownKeys: () => []}))",
        revoked="const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); proxy.a",
        not_iterable="const [a] = {}",
        no_primitive="`${{[Symbol.toPrimitive]: () => ({})}}`",
        species_of_null="class A extends Array {} Object.defineProperty(A, Symbol.species,"
        "{get() { return 1 }}); new A(1).map(x => x)",
        bigint_mix="1n + 1",
        error_without_error="TypeError = null; null.a",
        private_brand="class A { #a; static f(o) { return o.#a } } A.f({})",
    ),
    *_scripts(
        "prototypes",
        "value TypeError conversion",
        revoked_result="const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); proxy",
        iterator_result="[1][Symbol.iterator]()",
        throwing_proxy="new Proxy({}, {ownKeys() { throw new TypeError('no') }})",
        lying_descriptor="new Proxy({a: 1}, {getOwnPropertyDescriptor: () => undefined})",
        lying_keys="new Proxy({}, {ownKeys: () => ['a', 'b']})",
        duplicate_keys="new Proxy({}, {ownKeys: () => ['a', 'a']})",
        global_result="globalThis",
    ),
]

MIXED = [
    *_scripts(
        "mixed",
        "SyntaxError",
        nonsense="}{",
        unterminated="'abc",
        bad_regex="/(/",
        late_const="const a",
        illegal_return="return 1",
        long_line="@" * 100_000,
        bad_escape="'\\u{110000}'",
        repeated_quantifier="/a**/",
        huge_quantifier="new RegExp('a{2,1}')",
    ),
    *_scripts(
        "mixed",
        "TypeError",
        endless_wait="Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
        short_wait="Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)",
        detached="const u = new Uint8Array(8);"
        "structuredClone(u.buffer, {transfer: [u.buffer]}); u.fill(1)",
    ),
    *_scripts(
        "mixed",
        "Error",
        throws="throw new Error('x')",
        long_message="throw new Error('x'.repeat(1e6))",
        null_in_message="throw new Error('a\\0b')",
        surrogate_message="throw new Error('\\ud800')",
        name_that_lies="const e = new Error('x'); e.name = 'Error'; e.stack = {}; throw e",
        async_throw="(async () => { await null; throw new Error('x') })()",
        many_causes="let e; for (let i = 0; i < 1e4; i++) e = new Error('x', {cause: e}); throw e",
        cause_of_itself="const e = new Error('x'); e.cause = e; throw e",
    ),
    *_scripts(
        "mixed",
        "value DataCloneError SyntaxError",
        many_groups="new RegExp('(?:a{1000}){1000}').test('a')",
        clone_of_clone="let o = {a: 1}; for (let i = 0; i < 1000; i++) o = structuredClone(o); o",
        clone_cycle="const o = {}; o.o = o; structuredClone(o); 1",
        clone_function="structuredClone(() => 0)",
        clone_proxy="structuredClone(new Proxy({}, {}))",
        clone_shared="structuredClone({a: new SharedArrayBuffer(8)}); 1",
        clone_transfer="const b = new ArrayBuffer(8);"
        "structuredClone(b, {transfer: [b]}).byteLength",
    ),
    *_scripts(
        "mixed",
        "value",
        bom="'\\ufeff'; 1",
        surrogates="'\\ud800' + '\\udc00'",
        lone_surrogate="['\\ud800', '\\udfff']",
        nul="'a\\0b'",
        largest_bigint="2n ** 1000n",
        not_a_number="[NaN, -0, Infinity]",
        odd_keys="({'': 1, '\\0': 2, '\\ud800': 3, '__proto__': 4, 4294967295: 5})",
        console_formats="console.log('%s%d%i%f%j%o%O%c%%', 1); console.log('%'); 1",
        console_proxy="console.log(new Proxy({}, {get() { throw 1 }, ownKeys() { throw 2 }})); 1",
        console_getters="console.log({get a() { throw 1 },"
        "get [Symbol.toStringTag]() { throw 2 }}); 1",
        console_cycle="const o = {}; o.o = o; console.log(o, [o]); console.table([o]); 1",
        console_long="console.log('x'.repeat(1e6), new Array(1e5).fill({a: 1})); 1",
        console_groups="for (let i = 0; i < 1e4; i++) console.group('a'); console.log(1); 1",
        console_counts="for (let i = 0; i < 1e4; i++) console.count('x' + i); 1",
        many_timers="for (let i = 0; i < 1e4; i++) setTimeout(() => 0, 1e6); 1",
        timer_order="for (const d of [NaN, -1, 2 ** 40, '5', null, {}]) setTimeout(() => 0, d); 1",
        timer_throws="setTimeout(() => { throw new Error('x') }); 1",
        many_rejections="for (let i = 0; i < 100; i++) Promise.reject(new Error('x' + i)); 1",
        rejected_proxy="Promise.reject(new Proxy({}, {get() { throw 1 }})); 1",
        prepare_throws="Error.prepareStackTrace = () => { throw 1 }; try { null.a } catch {} 1",
        prepare_lies="Error.prepareStackTrace = () => ({}); try { null.a } catch {} 1",
        negative_stack_limit="Error.stackTraceLimit = -1; try { null.a } catch {} 1",
        huge_stack_limit="Error.stackTraceLimit = 1e9; try { (function f() { f() })() } catch {} 1",
        weak_refs="new FinalizationRegistry(() => 0).register({}, 1); 1",
        atomics="const a = new Int32Array(new SharedArrayBuffer(4)); Atomics.notify(a, 0); 1",
        resize="const b = new ArrayBuffer(8, {maxByteLength: 64}); b.resize?.(0);b.byteLength",
        sort_that_changes="const a = [3, 1, 2]; a.sort(() => { a.length = 0; return 0 });a.length",
        sort_inconsistent="[...Array(1e4).keys()].sort(() => Math.random() - 0.5).length",
        splice_in_map="const a = [1, 2, 3]; a.map(() => a.splice(0)); a.length",
        date_range="[new Date(8.64e15).getTime(), String(new Date(8.65e15))]",
        intl="new Intl.DateTimeFormat('xx-invalid'.slice(0, 2)).format(0).length > 0",
        locales="Intl.getCanonicalLocales('de-DE')",
        collator="['\\u00e9', 'z'].sort(new Intl.Collator('fr').compare)",
        segments="typeof Intl.Segmenter === 'undefined' ||"
        "[...new Intl.Segmenter('en').segment('ab')].length",
        arguments_object="(function () { return arguments.length })(...new Array(1000))",
        getter_that_grows="const o = {get a() { o['x' + Object.keys(o).length] = 1; return 1 }}; o",
        getter_that_deletes="({a: 1, get b() { delete this.c; return 1 }, c: 2})",
        array_that_shrinks="const a = [1, {get x() { a.length = 0; return 1 }}, 3]; a",
    ),
]

BACKGROUND = [
    # What goes on when the script itself has ended must not get in the way of the next call.
    *_scripts(
        "background",
        "value timeout",
        timer_loops="setTimeout(() => { for (;;); }, 0); 1",
        interval_loops="setInterval(() => { for (;;); }, 0); 1",
        many_timers_loop="for (let i = 0; i < 5; i++) setTimeout(() => { for (;;); }, i); 1",
        timer_chain="(function f() { setTimeout(f, 0); setTimeout(f, 0) })(); 1",
        intervals="for (let i = 0; i < 1000; i++) setInterval(() => 0, 0); 1",
        timer_starts_microtasks="setTimeout(function f() { Promise.resolve().then(f) }, 0); 1",
        timer_recursion="setTimeout(function f() { f() }, 0); 1",
        timer_throws_a_loop="setTimeout(() => { throw {toString() { for (;;); }} }, 0); 1",
        rejection_loops="Promise.reject({toString() { for (;;); }}); 1",
        rejected_error_loops="Promise.reject(Object.defineProperty(new Error(), 'message',"
        "{get() { for (;;); }})); 1",
        console_in_a_timer="setTimeout(() => { for (;;) console.log(1) }, 0); 1",
        generator_in_a_timer="setTimeout(() => [...(function* () { for (;;) yield 1 })()], 0); 1",
        regex_in_a_timer="setTimeout(() => /^(a+)+$/.test('a'.repeat(40) + 'b'), 0); 1",
        stream_pulls="new ReadableStream({pull() { for (;;); }}); 1",
        stream_loops="const r = new ReadableStream({pull(c) { c.enqueue(1) }}).getReader();"
        "(async () => { for (;;) await r.read() })(); 1",
    ),
    *_scripts(
        "background",
        "value timeout",
        microtasks="(function f() { Promise.resolve().then(f) })(); 1",
        reaction_loops="Promise.resolve().then(() => { for (;;); }); 1",
        async_loops="(async () => { await 1; for (;;); })(); 1",
        wait_async="const a = new Int32Array(new SharedArrayBuffer(4)), w = Atomics.waitAsync;"
        "w && w(a, 0, 0, 1).value.then(() => { for (;;); }); 1",
        finalizer="const r = new FinalizationRegistry(() => { for (;;); });"
        "for (let i = 0; i < 1e5; i++) r.register({}, i); 1",
        webassembly_start=f"WebAssembly.instantiate({_MODULE[len('new WebAssembly.Module(') :]}"
        "1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11])); 1",
    ),
]

SCRIPTS = [*BACKGROUND, *ENDLESS, *WEBASSEMBLY, *RECURSION, *MEMORY, *PROTOTYPES, *MIXED]

OPEN: dict[tuple[str, str | None, str | None], str] = {
    ("background", None, None): "JavaScript that goes on in the background has no timeout",
    **{
        ("errors that loop", name, "with a session"): "V8's inspector calls the getter unstoppably"
        for name in ("name getter", "message getter", "prepare on throw")
    },
}
"""Scripts that do not end as they must, by kind, name and way (None: all), and the reason."""


def why_open(script: Script, way: str) -> str | None:
    """The reason why this script does not end as it must, if it is known to."""
    for name in (script.name, None):
        for where in (way, None):
            if reason := OPEN.get((script.kind, name, where)):
                return reason
    return None
