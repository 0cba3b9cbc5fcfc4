"""Runtime.eval() and jsrun.eval()."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import signal
import sys
import threading
import weakref

import jsrun
import pytest
from jsrun import Runtime, RuntimeConfig, undefined


def test_the_completion_value(runtime):
    assert runtime.eval("2 + 2") == 4
    assert runtime.eval("1; 2; 3") == 3
    assert runtime.eval("let x = 5") is undefined
    assert runtime.eval("if (true) { 'yes' } else { 'no' }") == "yes"


def test_state_is_kept(runtime):
    runtime.eval("let counter = 0; function next() { return ++counter }")
    assert [runtime.eval("next()") for _ in range(3)] == [1, 2, 3]
    runtime.eval("var made = {deep: [1]}")
    runtime.eval("made.deep.push(2)")
    assert runtime.eval("made") == {"deep": [1, 2]}


def test_runtimes_do_not_share_state(runtime):
    with Runtime() as other:
        runtime.eval("var x = 'one'; Object.prototype.leak = 1")
        other.eval("var x = 'two'")
        assert runtime.eval("x") == "one"
        assert other.eval("x") == "two"
        assert other.eval("({}).leak") is undefined


def test_source_of_every_kind_of_string(runtime):
    for text in ["plain", "\xe9", "\u20ac", "\U0001f600", "\ud83d"]:
        assert runtime.eval(f"'{text}'") == text
    assert runtime.eval("'a\0b'") == "a\0b"


def test_a_promise_gives_its_value(runtime):
    assert runtime.eval("Promise.resolve(42)") == 42
    assert runtime.eval("(async () => { await null; return 'done' })()") == "done"
    assert runtime.eval("Promise.resolve(1).then(x => Promise.resolve(x + 1))") == 2


def test_a_promise_that_stays_pending_is_an_error(runtime):
    with pytest.raises(RuntimeError, match="pending"):
        runtime.eval("new Promise(() => {})")


def test_promise_jobs_have_run_when_eval_returns(runtime):
    runtime.eval("var ran = 0; Promise.resolve().then(() => ran++); 0")
    assert runtime.eval("ran") == 1


def test_wrong_arguments(runtime):
    for call in [
        lambda: runtime.eval(),
        lambda: runtime.eval(1),
        lambda: runtime.eval(b"1"),
        lambda: runtime.eval("1", "name"),
        lambda: runtime.eval("1", filename=1),
        lambda: runtime.eval("1", wrong=1),
        lambda: runtime.eval("1", code="1"),
    ]:
        with pytest.raises(TypeError):
            call()
    assert runtime.eval(code="1", filename=None) == 1


def test_results_are_not_leaked(runtime):
    """Thousands of evals leave no more blocks than the first thousands, which fill caches."""

    def allocated() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    def work(count: int) -> None:
        for _ in range(count):
            runtime.eval("({a: [1, 2.5, 'text'], f() {}, e: new Error('x'), d: new Date(0)})")
            with pytest.raises(jsrun.JavaScriptError):
                runtime.eval("null.x")

    work(2000)
    before = allocated()
    work(2000)
    assert allocated() - before < 200


# --- threads and signals --------------------------------------------------------------------------


def test_any_thread_may_use_a_runtime(runtime):
    runtime.eval("var total = 0")
    results: list[object] = []

    def work() -> None:
        for _ in range(100):
            runtime.eval("total++")
        results.append(runtime.eval("typeof total"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["number"] * 4
    assert runtime.eval("total") == 400


def test_the_gil_is_free_while_javascript_runs(runtime):
    """The script waits for another thread, which can answer."""
    flag = threading.Event()
    answered = threading.Event()
    runtime.bind_function("started", flag.set)
    runtime.bind_function("is_answered", answered.is_set)

    def answer() -> None:
        flag.wait()
        answered.set()

    thread = threading.Thread(target=answer)
    thread.start()
    assert runtime.eval("started(); while (!is_answered()) {} 'went on'") == "went on"
    thread.join()


def test_ctrl_c_stops_an_endless_loop(runtime):
    timer = threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        runtime.eval("for (;;) {}")
    timer.join()
    assert runtime.eval("1 + 1") == 2


def test_a_signal_handler_that_raises_nothing_does_not_stop_javascript(runtime):
    called = threading.Event()
    before = signal.signal(signal.SIGUSR1, lambda *_: called.set())
    runtime.bind_function("called", called.is_set)
    try:
        timer = threading.Timer(0.05, lambda: signal.raise_signal(signal.SIGUSR1))
        timer.start()
        assert runtime.eval("while (!called()) {} 'done'") == "done"
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_the_exception_of_a_signal_handler_is_raised(runtime):
    class Alarm(Exception):
        pass

    def handler(*_: object) -> None:
        raise Alarm("time is up")

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        timer = threading.Timer(0.05, lambda: signal.raise_signal(signal.SIGUSR1))
        timer.start()
        with pytest.raises(Alarm, match="time is up"):
            runtime.eval("try { for (;;) {} } catch { 'caught' }")
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert runtime.eval("1") == 1


# --- the default runtime --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_default_runtime():
    jsrun.close_default_runtime()
    yield
    jsrun.close_default_runtime()


def test_module_eval_keeps_state():
    jsrun.eval("var here = 1")
    assert jsrun.eval("here") == 1
    assert jsrun.get_default_runtime() is jsrun.get_default_runtime()
    assert jsrun.get_default_runtime().eval("here") == 1


def test_module_eval_takes_a_name_and_a_timeout():
    with pytest.raises(jsrun.JavaScriptError) as caught:
        jsrun.eval("null.x", filename="module.js")
    assert caught.value.frames[0].file_name == "module.js"
    with pytest.raises(jsrun.RuntimeTimeout):
        jsrun.eval("while (true);", timeout=0.02)
    jsrun.close_default_runtime()


def test_the_default_runtime_can_be_closed():
    first = jsrun.get_default_runtime()
    jsrun.close_default_runtime()
    assert first.is_closed()
    jsrun.close_default_runtime()
    assert jsrun.eval("typeof here") == "undefined"


def test_a_default_runtime_that_was_closed_is_replaced():
    jsrun.get_default_runtime().close()
    assert jsrun.eval("1") == 1


def test_every_thread_has_a_default_runtime_of_its_own():
    mine = jsrun.get_default_runtime()
    theirs: list[Runtime] = []

    def work() -> None:
        theirs.append(jsrun.get_default_runtime())
        jsrun.eval("var x = 1")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert theirs[0] is not mine
    assert jsrun.eval("typeof x") == "undefined"


def test_the_default_runtime_closes_when_its_thread_ends():
    theirs: list[Runtime] = []
    thread = threading.Thread(target=lambda: theirs.append(jsrun.get_default_runtime()))
    thread.start()
    thread.join()
    gc.collect()
    assert theirs[0].is_closed()


def test_every_task_has_a_default_runtime_of_its_own():
    async def work(name: str) -> tuple[str, Runtime]:
        jsrun.eval(f"var name = '{name}'")
        await asyncio.sleep(0)
        return jsrun.eval("name"), jsrun.get_default_runtime()

    async def main() -> None:
        mine = jsrun.get_default_runtime()
        results = await asyncio.gather(work("a"), work("b"))
        assert [name for name, _ in results] == ["a", "b"]
        runtimes = {id(runtime) for _, runtime in results}
        assert len(runtimes) == 2 and id(mine) not in runtimes
        await asyncio.sleep(0)
        assert all(runtime.is_closed() for _, runtime in results)
        assert jsrun.get_default_runtime() is mine

    asyncio.run(main())


def test_a_copied_context_does_not_share_the_default_runtime():
    mine = jsrun.get_default_runtime()
    context = contextvars.copy_context()
    theirs: list[Runtime] = []
    thread = threading.Thread(
        target=context.run, args=(lambda: theirs.append(jsrun.get_default_runtime()),)
    )
    thread.start()
    thread.join()
    assert theirs[0] is not mine
    assert not mine.is_closed()


def test_a_runtime_can_be_weakly_referenced():
    runtime = Runtime()
    reference = weakref.ref(runtime)
    runtime.close()
    del runtime
    gc.collect()
    assert reference() is None


# --- the bootstrap --------------------------------------------------------------------------------


def test_the_bootstrap_runs_first():
    with Runtime(RuntimeConfig(bootstrap="const VERSION = '1.0.0'; globalThis.ready = true")) as r:
        assert r.eval("[VERSION, ready]") == ["1.0.0", True]


def test_a_bootstrap_may_be_a_promise():
    with Runtime(RuntimeConfig(bootstrap="Promise.resolve().then(() => { x = 1 })")) as runtime:
        assert runtime.eval("x") == 1


def test_the_value_of_a_bootstrap_does_not_matter():
    with Runtime(RuntimeConfig(bootstrap="Symbol()")) as runtime:
        assert runtime.eval("1") == 1


@pytest.mark.parametrize(
    "code", ["throw new RangeError('bad start')", "Promise.reject(new RangeError('bad start'))"]
)
def test_a_bootstrap_that_fails(code):
    with pytest.raises(jsrun.JavaScriptError, match="RangeError: bad start") as caught:
        Runtime(RuntimeConfig(bootstrap=f"\n\n{code}"))
    assert "bootstrap.js:3:" in (caught.value.stack or "")


def test_a_bootstrap_with_a_syntax_error():
    with pytest.raises(jsrun.JavaScriptError, match="SyntaxError") as caught:
        Runtime(RuntimeConfig(bootstrap="1 +\n* 2"))
    frame = caught.value.frames[0]
    assert (frame.file_name, frame.line_number) == ("bootstrap.js", 2)


def test_the_same_source_again_and_again(runtime):
    """From the second time on it is kept as a JavaScript string."""
    count, other = "globalThis.n = (globalThis.n ?? 0) + 1", "'other'"
    assert [runtime.eval(count) for _ in range(4)] == [1, 2, 3, 4]
    assert [runtime.eval(code) for code in (other, other, count, count, other)] == [
        "other",
        "other",
        5,
        6,
        "other",
    ]
    runtime.bind_function("again", lambda depth: runtime.eval(nested) if depth < 3 else depth)
    nested = "globalThis.depth = (globalThis.depth ?? 0) + 1; again(depth)"
    assert [runtime.eval(nested) for _ in range(3)] == [3, 4, 5]


def test_only_one_short_source_is_kept(runtime):
    texts = ["1 + 1 // " + "x" * 10_000, "".join(["1 + ", "1"]), "".join(["1 +", " 1"])]
    for text, kept in zip(texts, (0, 1, 1)):
        before = sys.getrefcount(text)
        assert [runtime.eval(text) for _ in range(3)] == [2, 2, 2]
        assert sys.getrefcount(text) - before == kept
    before = sys.getrefcount(text)
    runtime.eval("3")
    assert sys.getrefcount(text) == before - 1
