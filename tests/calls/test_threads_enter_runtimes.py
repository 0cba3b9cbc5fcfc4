"""Threads that enter runtimes, which are confined to one thread until another one comes."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from inspected import attach, inspected
from jsrun import (
    JavaScriptError,
    Runtime,
    RuntimeClosedError,
    RuntimeTerminated,
)
from memory import MIB, measures_memory, resident_bytes


@pytest.fixture(autouse=True)
def threads_change_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def elsewhere(function, *args):
    """Runs the function on a thread of its own, and returns the result."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *args).result()


def test_two_threads_in_turn(runtime):
    runtime.eval("var n = 0")
    with ThreadPoolExecutor(1) as threads:
        for i in range(100):
            assert runtime.eval("++n") == 2 * i + 1
            assert threads.submit(runtime.eval, "++n").result() == 2 * i + 2


def test_two_threads_at_once(runtime):
    runtime.eval("var n = 0")
    add = runtime.eval("(x) => n += x")

    def work():
        for _ in range(500):
            add(1)

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(work) for _ in range(4)]:
            future.result()
    assert runtime.eval("n") == 2000


def come_in(runtime, how):
    """Makes another thread use the runtime."""
    if how == "thread":
        assert elsewhere(runtime.eval, "'in'") == "in"
    elif how == "runtime thread":
        assert elsewhere(asyncio.run, runtime.eval_async("'in'")) == "in"
    else:
        with attach(runtime) as client:
            client.send("Runtime.enable")


@pytest.mark.parametrize("how", ["thread", "runtime thread", "debugger"])
def test_another_thread_uses_the_runtime_between_calls(how):
    with Runtime(inspected()) as runtime:
        add = runtime.eval("var n = 0; (x) => n += x")
        assert add(1) == 1
        come_in(runtime, how)
        assert add(1) == 2
        come_in(runtime, how)
        assert runtime.eval("n") == 2


@pytest.mark.parametrize("how", ["thread", "runtime thread", "debugger"])
@pytest.mark.parametrize("stage", ["javascript", "handler", "handler in handler"])
def test_another_thread_wants_the_runtime_during_a_call(how, stage):
    """The other thread waits for the end of the call, and enters then."""
    with Runtime(inspected()) as runtime:
        entered, came = threading.Event(), threading.Event()

        def come():
            entered.wait(20)
            came.set()
            come_in(runtime, how)

        def handler(depth):
            if depth:
                return runtime.eval(f"handler({depth - 1})")
            entered.set()
            came.wait(20)
            return 7

        runtime.bind_function("handler", handler)
        runtime.bind_function("arrived", lambda: entered.set() or came.is_set())
        thread = threading.Thread(target=come)
        thread.start()
        if stage == "javascript":
            assert runtime.eval("while (!arrived()); for (let i = 0; i < 1e6; i++); 7") == 7
        else:
            assert runtime.eval(f"handler({2 if ' in ' in stage else 0})") == 7
        thread.join()
        assert runtime.eval("handler(1)") == 7


def test_the_creating_thread_ends():
    def make():
        runtime = Runtime()
        assert runtime.eval("globalThis.n = 1") == 1
        return runtime

    for _ in range(20):
        runtime = elsewhere(make)
        assert runtime.eval("++n") == 2
        assert elsewhere(runtime.eval, "++n") == 3
        runtime.close()


def test_another_thread_closes_the_runtime():
    """The thread that was inside goes on with another runtime, or ends."""

    def make_and_close():
        for _ in range(5):
            runtime = Runtime()
            runtime.eval("1")
            elsewhere(runtime.close)
            with pytest.raises(RuntimeClosedError):
                runtime.eval("1")
        with Runtime() as other:
            return other.eval("2")

    assert make_and_close() == 2
    assert elsewhere(make_and_close) == 2


@measures_memory
def test_memory_of_runtimes_that_another_thread_closed():
    def rounds(count):
        for _ in range(count):
            runtime = Runtime()
            runtime.eval("new Array(1e5).fill(1)")
            elsewhere(runtime.close)

    rounds(10)
    before = resident_bytes()
    rounds(30)
    assert resident_bytes() - before < 40 * MIB  # 30 runtimes of 2 MB would be 60 MB


@pytest.mark.parametrize("count", [2, 20])
def test_many_runtimes_on_one_thread(count):
    runtimes = [Runtime() for _ in range(count)]
    functions = [runtime.eval("var n = 0; () => ++n") for runtime in runtimes]
    for i in range(10):
        for function in functions:
            assert function() == i + 1
    choice = random.Random(count)
    for _ in range(200):
        choice.choice(functions)()
    assert sum(runtime.eval("n") for runtime in runtimes) == 10 * count + 200
    for runtime in choice.sample(runtimes, count):
        runtime.close()


@pytest.mark.parametrize("shared", [(), (0,), (1,), (0, 1), (0, 1, 2)])
def test_handlers_that_use_other_runtimes(shared):
    """Each calls the next one, in a circle. A thread is in all of them at once, in some twice."""
    runtimes = [Runtime() for _ in range(3)]
    for i, runtime in enumerate(runtimes):
        following = runtimes[(i + 1) % 3]

        def handler(depth, following=following):
            if depth == 0:
                raise ValueError("deep enough")
            return following.eval(f"[{depth}].concat(go({depth - 1}))")

        runtime.bind_function("go", handler)
    for i in shared:
        elsewhere(runtimes[i].eval, "1")
    for runtime in runtimes:
        with pytest.raises(JavaScriptError, match="deep enough"):
            runtime.eval("go(7)")
        code = "try { go(7) } catch (e) { [e.message, new Date(0), {a: [1]}].length }"
        assert runtime.eval(code) == 3
    for runtime in runtimes:
        runtime.close()


def test_a_handler_closes_the_runtime_that_its_thread_stays_in():
    first, second = Runtime(), Runtime()
    first.eval("1")
    second.bind_function("close", first.close)
    second.eval("close()")
    with pytest.raises(RuntimeClosedError):
        first.eval("1")
    assert second.eval("2") == 2
    second.close()


def test_a_thread_goes_to_another_runtime_while_others_are_inside():
    """The thread cannot leave its first runtime then, and must not confuse it with the second."""
    busy, other = Runtime(), Runtime()
    inside, leave = threading.Event(), threading.Event()
    busy.bind_function("wait", lambda: inside.set() or leave.wait(20))
    other.bind_function("ask", lambda: other.eval("3"))
    assert busy.eval("1") == 1
    thread = threading.Thread(target=busy.eval, args=("wait()",))
    thread.start()
    inside.wait(20)
    for _ in range(3):
        assert other.eval("ask()") == 3
    with Runtime() as third:
        assert third.eval("4") == 4
    leave.set()
    thread.join()
    assert busy.eval("5") == 5
    assert other.eval("ask()") == 3
    busy.close()
    assert other.eval("6") == 6
    other.close()


def make_runtime(group):
    runtime = Runtime()

    def go(depth, number):
        if depth == 0:
            return 1
        following = group[int(number * 1e6) % len(group)]
        return following.eval(f"go({depth - 1}, {number * 7 % 1})")

    runtime.bind_function("go", go)
    return runtime


def act_at_random(group, choice, *, nests):
    for _ in range(15):
        place = choice.randrange(len(group))
        runtime = group[place]
        what = choice.randrange(20)
        try:
            if what < 2:
                group[place] = make_runtime(group)
                if what == 0:
                    runtime.terminate()
                runtime.close()
            elif what < 10 and nests:
                assert runtime.eval(f"go({choice.randrange(4)}, {choice.random()})") == 1
            elif what < 13:
                assert runtime.eval("(() => ({a: [1, 'x']}))")() == {"a": [1, "x"]}
            else:
                assert runtime.eval("6 * 7") == 42
        except (RuntimeClosedError, RuntimeTerminated):
            pass
        except JavaScriptError as error:
            assert "closed" in str(error) or "terminated" in str(error)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("seed", range(5))
def test_random_schedules(seed, threads):
    """Threads use, close and replace runtimes, whose handlers use other runtimes.

    In each group one thread at a time does that: two threads whose handlers wait for each other
    would wait for ever.
    """
    groups = [[], []]
    locks = [threading.Lock(), threading.Lock()]

    def work(number):
        choice = random.Random(seed * 100 + number)
        for _ in range(8):
            mine = choice.randrange(2)
            with locks[mine]:
                act_at_random(groups[mine], choice, nests=True)
            act_at_random(groups[1 - mine], choice, nests=False)

    for group in groups:
        group.extend(make_runtime(group) for _ in range(2))
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(work, number) for number in range(threads)]:
            future.result()
    for runtime in [*groups[0], *groups[1]]:
        runtime.close()


def test_fork_while_threads_are_inside(run_python):
    result = run_python(
        """
        import os, threading, warnings
        import jsrun
        warnings.simplefilter("ignore")
        first, second = jsrun.Runtime(), jsrun.Runtime()
        first.eval("1")
        ready, go = threading.Event(), threading.Event()

        def fork():
            assert second.eval("2") == 2   # this thread stays in it
            child = os.fork()
            if child == 0:
                for runtime in (first, second):
                    try:
                        runtime.eval("1")
                    except jsrun.ForkedRuntimeError:
                        pass
                    else:
                        os._exit(1)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            assert second.eval("2") == 2

        thread = threading.Thread(target=fork)
        thread.start()
        thread.join()
        print(first.eval("1") + second.eval("2"))
        first.close()
        second.close()
        """,
        find_leaks=False,  # memory that a child inherits and leaves alone looks like a leak
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "3\n", "")


def test_exit_while_threads_are_inside(run_python):
    result = run_python(
        """
        import sys, threading
        import jsrun
        ready = threading.Barrier(4)

        def stay():
            runtime = jsrun.Runtime()
            sys.stdout.write(f"{runtime.eval('1')}\\n")
            ready.wait()
            kept.append(runtime)
            threading.Event().wait()

        kept = []
        for _ in range(3):
            threading.Thread(target=stay, daemon=True).start()
        ready.wait()
        kept.append(jsrun.Runtime())
        kept[-1].eval("1")
        """,
        find_leaks=False,  # a thread that never leaves keeps its runtime
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "1\n1\n1\n", "")


def test_exit_after_another_thread_closed_the_runtime(run_python):
    """The runtime is freed all the same: the leak sanitizer checks that."""
    result = run_python("""
        import threading
        import jsrun
        runtime = jsrun.Runtime()
        runtime.eval("1")
        thread = threading.Thread(target=runtime.close)
        thread.start()
        thread.join()
        """)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_runtime_is_closed_inside_another():
    """The thread stays in the first, and has entered the second from a handler."""
    for _ in range(20):
        outer, inner = Runtime(), Runtime()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(outer.eval, "1").result() == 1  # shared from now on
        assert inner.eval("2") == 2  # this thread stays in it
        outer.bind_function("close", inner.close)
        assert outer.eval("close(); close(); 3") == 3
        assert outer.eval("4") == 4
        with Runtime() as another:
            assert another.eval("5") == 5
        outer.close()
