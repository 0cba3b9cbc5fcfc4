"""How the outcomes of evaluations reach their event loops, of all kinds and at their end."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import random
import threading
import weakref

import pytest
from jsrun import JavaScriptError, Runtime, RuntimeTimeout

SLEEP = "const sleep = (ms, value) => new Promise(done => setTimeout(done, ms, value));"


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """A loop that watches no file descriptors for others."""

    def add_reader(self, *_):
        raise NotImplementedError


class SecretiveLoop(asyncio.SelectorEventLoop):
    """A loop that does not show what is ready to run."""

    def __getattribute__(self, name):
        # Only asyncio's own methods find it, not a getattr() of others.
        if name == "_ready" and not _called_by_asyncio():
            raise AttributeError(name)
        return super().__getattribute__(name)


def _called_by_asyncio():
    import sys

    return sys._getframe(2).f_code.co_filename.replace("\\", "/").find("/asyncio/") >= 0


LOOPS = [asyncio.new_event_loop, LoopWithoutReaders, SecretiveLoop]


def run_in(new_loop, coroutine):
    loop = new_loop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def use(runtime, number):
    """A little of everything."""
    text = f"text {number}"
    assert await runtime.eval_async(f"{number} + 1") == number + 1
    assert await runtime.eval_async(f"'{text}' + '\\u20ac\\ud83d\\ude00'") == text + "€😀"
    assert await runtime.eval_async("'x'.repeat(20000)") == "x" * 20000
    assert await runtime.eval_async("Promise.resolve([1.5, null, true])") == [1.5, None, True]
    assert await runtime.eval_async(f"sleep(1, {number})") == number
    with pytest.raises(JavaScriptError, match="no"):
        await runtime.eval_async("throw new Error('no')")
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_async("new Promise(() => {})", timeout=0.001)
    results = await asyncio.gather(*(runtime.eval_async(f"{number} * {i}") for i in range(50)))
    assert results == [number * i for i in range(50)]


@pytest.mark.parametrize("new_loop", LOOPS)
def test_all_kinds_of_loops(runtime, new_loop):
    runtime.eval(SLEEP)
    for number in range(3):
        run_in(new_loop, use(runtime, number))


@pytest.mark.parametrize("new_loop", LOOPS)
def test_several_loops_use_one_runtime(runtime, new_loop):
    runtime.eval(SLEEP)
    errors = []

    def thread(number):
        try:
            for _ in range(3):
                run_in(new_loop, use(runtime, number))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=thread, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    assert not errors and not any(each.is_alive() for each in threads)


@pytest.mark.parametrize("new_loop", LOOPS)
def test_loops_that_close_before_their_evaluations_end(new_loop):
    """Their evaluations end all the same, and nothing keeps the loops alive."""
    with Runtime() as runtime:
        runtime.eval(SLEEP)
        loops = []

        async def start(ran):
            loops.append(weakref.ref(asyncio.get_running_loop()))
            for i in range(20):
                runtime.eval_async(f"{i}")
                runtime.eval_async(f"sleep({i % 3}, 'text')")
                runtime.eval_async("throw 1", timeout=60)
            if ran:
                await runtime.eval_async("0")

        for ran in (False, True) * 10:
            run_in(new_loop, start(ran))
        assert run_in(new_loop, runtime.eval_async("sleep(5).then(() => 'end')")) == "end"

    gc.collect()
    assert [loop for loop in loops if loop() is not None] == []


def test_closed_loops_leave_no_descriptors(runtime):
    """Also without a garbage collection."""

    def count():
        return len(os.listdir("/proc/self/fd"))

    async def evaluate():
        return await asyncio.gather(*(runtime.eval_async("1") for _ in range(10)))

    gc.collect()
    asyncio.run(evaluate())
    before = count()
    gc.disable()
    try:
        for _ in range(50):
            asyncio.run(evaluate())
        assert count() <= before + 1
    finally:
        gc.enable()


async def test_evaluations_are_cancelled_at_random(runtime):
    runtime.eval(SLEEP)
    dice = random.Random(7)
    codes = ("1", "'text'", "sleep(0, 2)", "sleep(1, [3])", "throw new Error('no')", "({a: 4})")
    outcomes = {
        "1": 1,
        "'text'": "text",
        "sleep(0, 2)": 2,
        "sleep(1, [3])": [3],
        "({a: 4})": {"a": 4},
    }

    async def one():
        code = dice.choice(codes)
        evaluation = runtime.eval_async(code, timeout=dice.choice((None, 60)))
        task = dice.choice((lambda: evaluation, lambda: asyncio.create_task(evaluation)))()
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)
        cancelled = dice.random() < 0.5 and task.cancel()
        try:
            assert await task == outcomes[code]
        except JavaScriptError:
            assert code.startswith("throw")
        except asyncio.CancelledError:
            assert cancelled
        else:
            assert not cancelled or task is not evaluation

    for _ in range(20):
        await asyncio.gather(*(one() for _ in range(50)))
    assert await runtime.eval_async("'alive'") == "alive"


async def test_an_evaluation_is_cancelled_from_a_callback(runtime):
    """The evaluation that a task is about to be given at once is cancelled from a callback."""
    for i in range(300):
        evaluation = runtime.eval_async(f"{i}")
        loop = asyncio.get_running_loop()
        loop.call_soon(evaluation.cancel)
        try:
            assert await evaluation == i
        except asyncio.CancelledError:
            assert evaluation.cancelled()


async def test_the_loop_runs_between_awaited_evaluations(runtime):
    """Each ends at once, one after the other. The loop's own callbacks run meanwhile."""
    loop = asyncio.get_running_loop()
    turns = 0
    sent, received = os.pipe()[::-1]
    read = 0

    def turn():
        nonlocal turns
        turns += 1
        loop.call_later(0, turn)

    def readable():
        nonlocal read
        read += len(os.read(received, 1))
        os.write(sent, b"x")

    os.write(sent, b"x")
    loop.add_reader(received, readable)
    loop.call_soon(turn)
    done = 0
    while done < 2000:
        assert await runtime.eval_async("1") == 1
        done += 1
    loop.remove_reader(received)
    os.close(sent)
    os.close(received)
    # At least one turn for this many evaluations, however fast they came.
    assert turns >= 2000 // 64
    assert read >= 2000 // 64


async def test_the_loop_runs_while_thousands_of_evaluations_settle(runtime):
    loop = asyncio.get_running_loop()
    evaluations = [runtime.eval_async("1") for _ in range(5000)]
    settled = []

    def count():
        settled.append(sum(evaluation.done() for evaluation in evaluations))
        if settled[-1] < len(evaluations):
            loop.call_soon(count)

    loop.call_soon(count)
    await asyncio.gather(*evaluations)
    # Between two turns of the loop at most one batch is settled.
    steps = [after - before for before, after in zip([0, *settled], settled)]
    assert max(steps) <= 512


async def test_timeouts_of_evaluations_that_are_awaited_together(runtime):
    for _ in range(3):
        with pytest.raises(RuntimeTimeout):
            await runtime.eval_async("for (;;);", timeout=0.02)
        assert await runtime.eval_async("1", timeout=60) == 1
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(runtime.eval_async("for (;;);"), 0.02)
    for i in range(100):
        assert await asyncio.wait_for(runtime.eval_async(f"{i}"), 60) == i


async def test_a_settled_evaluation_is_a_future_like_others(runtime):
    variable = contextvars.ContextVar("variable", default="unset")
    evaluation = runtime.eval_async("7")
    seen = []
    variable.set("mine")
    evaluation.add_done_callback(lambda future: seen.append((future.result(), variable.get())))
    variable.set("changed")
    assert await evaluation == 7
    await asyncio.sleep(0)
    assert seen == [(7, "mine")]
    assert evaluation.done() and evaluation.result() == 7 and evaluation.exception() is None
    assert await evaluation == 7
    assert evaluation.get_loop() is asyncio.get_running_loop()
    assert not evaluation.cancel()
    task = asyncio.create_task(evaluation)
    assert await task == 7


async def test_a_failed_evaluation_that_nobody_awaits_is_reported(runtime):
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    evaluation = runtime.eval_async("throw new Error('nobody looks')")
    while not evaluation.done():
        await asyncio.sleep(0.001)
    del evaluation
    gc.collect()
    assert "nobody looks" in str(reported[0]["exception"])


async def test_an_error_named_stop_iteration(runtime):
    runtime.bind_function("stop", lambda: next(iter(())))
    with pytest.raises(JavaScriptError):
        await runtime.eval_async("stop()")
    assert await runtime.eval_async("1") == 1


async def test_a_second_thread_uses_the_runtime_meanwhile(runtime):
    stop = threading.Event()
    counts = []

    def evaluate():
        count = 0
        while not stop.is_set():
            assert runtime.eval("2 + 2") == 4
            count += 1
        counts.append(count)

    thread = threading.Thread(target=evaluate)
    thread.start()
    try:
        for i in range(200):
            assert await runtime.eval_async(f"{i}") == i
        results = await asyncio.gather(*(runtime.eval_async(f"{i}") for i in range(1000)))
        assert results == list(range(1000))
    finally:
        stop.set()
        await asyncio.to_thread(thread.join, 60) if hasattr(asyncio, "to_thread") else thread.join()
    assert counts[0] > 0


async def test_statistics_are_right_after_each_await(runtime):
    for i in range(1, 100):
        await runtime.eval_async("1")
        stats = runtime.get_stats()
        assert stats.eval_async_count == i
        assert stats.last_execution_kind == "eval_async"
    await asyncio.gather(*(runtime.eval_async("1") for _ in range(100)))
    assert runtime.get_stats().eval_async_count == 199


@pytest.mark.parametrize("waits", [False, True])
def test_fork_with_evaluations_in_flight(run_python, waits):
    result = run_python(
        f"""
        import asyncio, os, jsrun
        async def main():
            runtime = jsrun.Runtime()
            evaluations = [runtime.eval_async("1") for _ in range(200)]
            if {waits}:
                await evaluations[0]
            child = os.fork()
            if child == 0:
                try:
                    runtime.eval("1")
                except RuntimeError:
                    for evaluation in evaluations:
                        evaluation.cancel()
                    os._exit(7)
                os._exit(1)
            _, status = os.waitpid(child, 0)
            assert os.WEXITSTATUS(status) == 7, status
            assert await asyncio.gather(*evaluations) == [1] * 200
            runtime.close()
            print("end")
        asyncio.run(main())
        """
    )
    assert (result.returncode, result.stdout) == (0, "end\n"), result.stderr


def test_exit_before_outcomes_reach_the_loop(run_python):
    result = run_python(
        """
        import asyncio, jsrun
        runtimes = [jsrun.Runtime() for _ in range(3)]
        async def main():
            for runtime in runtimes:
                for i in range(300):
                    runtime.eval_async("'text'")
                    runtime.eval_async("new Promise(done => setTimeout(done, 1))")
            await runtimes[0].eval_async("0")
            print("end")
        asyncio.run(main())
        """
    )
    assert (result.returncode, result.stdout) == (0, "end\n"), result.stderr
