"""RuntimePool."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from jsrun import JavaScriptError, Runtime, RuntimeClosedError, RuntimeConfig, RuntimePool
from waiting import until


@pytest.fixture
def pool():
    with RuntimePool(RuntimeConfig(bootstrap="var users = 0"), size=2) as pool:
        yield pool


def test_runtimes_become_ready_and_are_replaced(pool):
    for _ in range(3):
        until(lambda: pool.ready == pool.size == 2)
        with pool.runtime() as runtime:
            assert runtime.eval("++users") == 1
            assert pool.ready <= 2
    with pytest.raises(RuntimeClosedError):
        until(lambda: runtime.eval("1") == 2)  # the pool closes it


def test_more_users_than_are_ready(pool):
    uses = [pool.runtime() for _ in range(5)]
    runtimes = [use.__enter__() for use in uses]
    assert len(set(map(id, runtimes))) == 5
    assert [runtime.eval("++users") for runtime in runtimes] == [1] * 5
    for use in uses:
        use.__exit__(None, None, None)


def test_a_use_is_a_context_manager(pool):
    use = pool.runtime()
    with use as first:
        with pytest.raises(RuntimeError, match="in use"):
            with use:
                pass
        assert first.eval("++users") == 1
    with use as second:
        assert second is not first
        assert second.eval("++users") == 1


def test_many_threads(pool):
    def work(number):
        with pool.runtime() as runtime:
            runtime.eval(f"globalThis.mine = {number}")
            return runtime.eval("[++users, mine]")

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(40))) == [[1, number] for number in range(40)]


async def test_asyncio(pool):
    async def work(number):
        async with pool.runtime() as runtime:
            await runtime.eval_async(f"globalThis.mine = {number}")
            await asyncio.sleep(0)
            return await runtime.eval_async("[++users, mine]")

    results = await asyncio.gather(*(work(number) for number in range(20)))
    assert results == [[1, number] for number in range(20)]


async def test_a_wait_is_cancelled_while_a_runtime_is_made():
    with RuntimePool(RuntimeConfig(bootstrap="for (let i = 0; i < 1e7; i++);"), size=1) as pool:

        async def use():
            async with pool.runtime() as runtime:
                runtime.eval("1")
                await asyncio.sleep(60)

        tasks = [asyncio.ensure_future(use()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError)


def test_a_closed_pool(pool):
    with pool.runtime() as runtime:
        pool.close()
        pool.close()
        assert runtime.eval("++users") == 1
        assert pool.ready == 0
        assert repr(pool) == "<RuntimePool closed>"
    with pytest.raises(RuntimeClosedError):
        runtime.eval("1")
    with pytest.raises(RuntimeClosedError, match="Pool is closed"):
        with pool.runtime():
            pass


def test_a_bootstrap_that_fails():
    with RuntimePool(RuntimeConfig(bootstrap="throw new Error('not today')"), size=2) as pool:
        for _ in range(3):
            with pytest.raises(JavaScriptError, match="not today"):
                with pool.runtime():
                    pass
        assert pool.ready == 0


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((None, 0), ValueError),
        ((None, 1.5), TypeError),
        ((None, True), TypeError),
        ((3,), TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error):
        RuntimePool(*arguments)


def test_a_forgotten_pool_ends():
    pool = RuntimePool(size=1)
    stock = weakref.ref(pool._stock)
    thread = pool._stock.thread
    del pool
    gc.collect()
    thread.join(30)
    assert not thread.is_alive()
    gc.collect()
    assert stock() is None


def test_a_pool_that_nobody_closes_lets_the_program_end(run_python):
    result = run_python(
        """
        import jsrun
        pool = jsrun.RuntimePool(size=3)
        with pool.runtime() as runtime:
            print(runtime.eval("6 * 7"))
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "42\n", "")


def test_a_forked_child_is_told(run_python):
    result = run_python(
        """
        import os, warnings
        import jsrun
        warnings.simplefilter("ignore")
        pool = jsrun.RuntimePool(size=2)
        with pool.runtime() as runtime:
            runtime.eval("1")
        child = os.fork()
        if child == 0:
            try:
                with pool.runtime():
                    os._exit(1)
            except jsrun.ForkedRuntimeError:
                pool.close()
                os._exit(0)
        print(os.waitpid(child, 0)[1])
        """,
        find_leaks=False,  # memory that a child inherits and leaves alone looks like a leak
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "0\n", "")


@pytest.mark.parametrize("end", ["close", "terminate"])
def test_a_user_may_end_the_runtime_itself(pool, end):
    for _ in range(2):
        with pool.runtime() as runtime:
            assert [runtime.eval("++users") for _ in range(3)] == [1, 2, 3]
            getattr(runtime, end)()
            with pytest.raises(RuntimeError):
                runtime.eval("1")


def test_a_runtime_is_returned_while_another_thread_is_inside(pool):
    """The user's thread removes what it keeps in the runtime, if it can at that moment."""

    def use():
        with pool.runtime() as runtime:
            return sum(runtime.eval("++users") for _ in range(3))

    with Runtime() as outer, ThreadPoolExecutor(1) as threads:
        outer.bind_function("use", use)
        for _ in range(3):
            assert outer.eval("use() + use()") == 12
            assert threads.submit(outer.eval, "use()").result() == 6
        lent = pool.runtime()
        runtime = lent.__enter__()
        entered, leave = threading.Event(), threading.Event()
        runtime.bind_function("wait", lambda: entered.set() or leave.wait(20))
        assert [runtime.eval("++users") for _ in range(3)] == [1, 2, 3]
        waiting = threads.submit(runtime.eval, "wait()")
        entered.wait(20)
        lent.__exit__(None, None, None)
        leave.set()
        assert isinstance(waiting.exception(), (RuntimeError, type(None)))
    assert use() == 6
