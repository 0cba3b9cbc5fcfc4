"""A shared runtime for which several threads keep a lock of V8."""

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


class Worker:
    """A thread that lives on, so it can keep something in a runtime between its calls."""

    def __init__(self):
        self.threads = ThreadPoolExecutor(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.threads.shutdown()

    def __call__(self, function, *args):
        return self.threads.submit(function, *args).result()


def make_known(runtime, *workers):
    """Makes this thread and the workers keep their locks, which starts with the second call."""
    for run in [lambda function, *args: function(*args), *workers] * 2:
        for _ in range(2):
            assert run(runtime.eval, "1") == 1


def test_threads_that_keep_locks_take_turns(runtime):
    """Any thread may collect the garbage of any other."""
    runtime.eval("var n = 0, kept = []")
    work = runtime.eval("""
        (rounds) => {
            for (let i = 0; i < rounds; i++) kept[i % 50] = {text: 'x'.repeat(1000), list: [i,
                {n: ++n}]};
            return n
        }""")
    choice = random.Random(1)
    with Worker() as first, Worker() as second, Worker() as third:
        make_known(runtime, first, second, third)
        done = 0
        for _ in range(300):
            rounds = choice.randrange(300)
            done += rounds
            assert (
                choice.choice([first, second, third, lambda f, *args: f(*args)])(work, rounds)
                == done
            )


def test_each_thread_has_its_own_stack_limit(runtime):
    """Whichever thread was in the isolate before."""
    deep = runtime.eval("""
        () => { let depth = 0; const f = () => { depth++; f() }; try { f() } catch (e) {
            return [e.name, depth] } }
    """)
    before = threading.stack_size(512 * 1024)
    try:
        small = Worker()
        small(int)  # starts the thread
    finally:
        threading.stack_size(before)
    with small, Worker() as large:
        make_known(runtime, small, large)
        for _ in range(5):
            name, depth = small(deep)
            assert name == "RangeError"
            for thread in (large, lambda function: function()):
                assert thread(deep)[0] == "RangeError"
                assert thread(deep)[1] > depth


@pytest.mark.parametrize("comes", ["between", "never"])
def test_a_stop_request_reaches_the_right_job(comes):
    """It never hits the next job and is never lost, whichever thread was inside meanwhile."""
    with Runtime() as runtime, Worker() as worker, Worker() as other:
        make_known(runtime, worker, other)
        for _ in range(20):
            for thread in (worker, other, lambda function, *args: function(*args)):
                with pytest.raises(TimeoutError):
                    thread(lambda: runtime.eval("for (;;);", timeout=0.005))
                if comes == "between":
                    assert (other if thread is worker else worker)(runtime.eval, "2") == 2
                assert thread(runtime.eval, "[3].map(n => n)[0]") == 3


def test_terminating_threads_that_keep_locks():
    for _ in range(20):
        with Runtime() as runtime, Worker() as worker, Worker() as other:
            entered = threading.Event()
            runtime.bind_function("enter", entered.set)
            make_known(runtime, worker, other)
            looping = worker.threads.submit(runtime.eval, "enter(); for (;;);")
            entered.wait(20)
            runtime.terminate()
            with pytest.raises(RuntimeTerminated):
                looping.result()
            with pytest.raises(RuntimeTerminated):
                other(runtime.eval, "1")


def test_debugger_requests_between_calls_of_threads():
    """V8 keeps requests with the thread that was inside last."""
    for comes_next in range(3):
        with Runtime(inspected()) as runtime:
            with Worker() as first, Worker() as second:
                make_known(runtime, first, second)
                threads = [lambda function, *args: function(*args), first, second]
                with attach(runtime) as client:
                    client.send("Debugger.enable")
                    assert threads[comes_next](runtime.eval, "1 + 1") == 2
                    client.send("Debugger.pause")
                    waiting = first.threads.submit(runtime.eval, "3 + 4")
                    client.paused()
                    client.send("Debugger.resume")
                    assert waiting.result() == 7
                for thread in threads:
                    assert thread(runtime.eval, "5") == 5


def test_stepping_from_one_threads_job_into_anothers():
    """V8 keeps the target of a step in data of the thread, which other threads replace."""
    with Runtime(inspected()) as runtime:
        with Worker() as first, Worker() as second:
            for _ in range(3):
                make_known(runtime, first, second)
                with attach(runtime) as client:
                    client.send("Debugger.enable")
                    for how in ("stepOver", "stepInto"):
                        waiting = first.threads.submit(runtime.eval, "debugger; 1")
                        client.paused()
                        client.post(f"Debugger.{how}")
                        client.paused()
                        # No frame is left then: V8 steps on to the start of the next script.
                        client.post("Debugger.stepOut")
                        assert waiting.result(20) == 1
                for thread in (second, first, second):
                    assert thread(runtime.eval, "(() => 2)()") == 2
            assert runtime.eval("3") == 3


def test_attaching_during_a_call_of_a_thread_that_keeps_a_lock():
    """The debugger pauses it, steps and leaves. Then other threads come."""
    with Runtime(inspected()) as runtime:
        with Worker() as first, Worker() as second:
            entered, leave = threading.Event(), threading.Event()
            runtime.bind_function("wait", lambda: entered.set() or leave.wait(20))
            for _ in range(3):
                make_known(runtime, first, second)
                entered.clear()
                leave.clear()
                code = "wait(); while (!done()); debugger; let a = 1; a + 1"
                done = threading.Event()
                runtime.bind_function("done", done.is_set)
                waiting = first.threads.submit(runtime.eval, "{" + code + "}")
                entered.wait(20)
                with attach(runtime) as client:
                    leave.set()
                    client.send("Debugger.enable")
                    done.set()
                    client.paused()
                    client.send("Debugger.stepOver")
                    client.paused()
                    client.post("Debugger.stepOver")
                    client.paused()
                    client.post("Debugger.stepOut")
                    assert waiting.result(20) == 2
                    assert second(runtime.eval, "(() => 2)()") == 2
                for thread in (second, first, second):
                    assert thread(runtime.eval, "(() => 2)()") == 2


@measures_memory
def test_memory_of_runtimes_closed_while_a_thread_keeps_locks():
    """The thread keeps one runtime at most, and that without its heap."""
    with Worker() as worker:

        def rounds(count):
            for _ in range(count):
                runtime = Runtime()
                for _ in range(3):
                    worker(runtime.eval, "globalThis.big = new Array(1e6).fill(1); 1")
                runtime.close()

        rounds(10)
        before = resident_bytes() / MIB
        rounds(30)
        assert resident_bytes() / MIB - before < 60  # 30 heaps of 8 MB would be 240
        runtime = Runtime()
        for _ in range(3):
            worker(runtime.eval, "globalThis.big = new Array(5e5).fill(1).map((_, i) => [i]); 1")
        large = resident_bytes() / MIB
        runtime.close()
        assert resident_bytes() / MIB < large - 50


@measures_memory
def test_memory_of_threads_that_have_ended(runtime):
    def use():
        for _ in range(3):
            runtime.eval("1")

    def rounds(count):
        for _ in range(count):
            threads = [threading.Thread(target=use) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    rounds(50)
    before = resident_bytes() / MIB
    rounds(500)
    assert resident_bytes() / MIB - before < 8  # 2,000 times what V8 has for a thread would be 18


def make_nesting_runtime():
    runtime = Runtime()
    runtime.bind_function("again", lambda number: runtime.eval(f"{number} + 1"))
    return runtime


def use_at_random(runtimes, choice):
    """One thread's random use. All have the same runtimes, so no handler enters one that another
    thread may be in."""
    usual = choice.randrange(len(runtimes))
    for _ in range(choice.randrange(5, 60)):
        place = usual if choice.random() < 0.8 else choice.randrange(len(runtimes))
        runtime = runtimes[place]
        try:
            what = choice.random()
            if what < 0.03:
                runtimes[place] = make_nesting_runtime()
                runtime.close()
            elif what < 0.08:
                with pytest.raises(TimeoutError):
                    runtime.eval("for (;;);", timeout=0.001)
            elif what < 0.4:
                assert runtime.eval("again(6)") == 7
            else:
                assert runtime.eval("[40, 2].reduce((a, b) => a + b)") == 42
        except (RuntimeClosedError, RuntimeTerminated):
            pass
        except JavaScriptError as error:
            assert "closed" in str(error)


@pytest.mark.parametrize("seed", range(8))
def test_random_schedules_of_threads_that_keep_locks(seed):
    """They use some runtimes again and again, change to others, close them, end, are replaced."""
    runtimes = [make_nesting_runtime() for _ in range(3)]

    def work(number):
        use_at_random(runtimes, random.Random(number))

    for generation in range(4):
        first = 100 * seed + 10 * generation
        with ThreadPoolExecutor(4) as threads:
            futures = [threads.submit(work, first + number) for number in range(4)]
            work(first + 9)
            for future in futures:
                future.result()
    for runtime in runtimes:
        runtime.close()


async def test_the_runtime_thread_and_a_caller_take_turns(runtime):
    runtime.eval("var n = 0; function add(x) { return n += x }")
    add = runtime.eval("add")
    for i in range(200):
        assert add(1) == 3 * i + 1
        assert await runtime.eval_async("add(1)") == 3 * i + 2
        assert await asyncio.to_thread(add, 1) == 3 * i + 3


def test_fork_and_exit_while_threads_keep_locks(run_python):
    result = run_python(
        """
        import os, threading, warnings
        import jsrun
        warnings.simplefilter("ignore")
        runtime = jsrun.Runtime()
        ready = threading.Barrier(3)

        def use():
            for _ in range(3):
                assert runtime.eval("1") == 1

        def stay():
            use()
            ready.wait()
            threading.Event().wait()

        for _ in range(2):
            threading.Thread(target=stay, daemon=True).start()
        ready.wait()
        use()
        child = os.fork()
        if child == 0:
            thread = threading.Thread(target=lambda: None)
            thread.start()
            thread.join()
            try:
                runtime.eval("1")
            except jsrun.ForkedRuntimeError:
                raise SystemExit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        use()
        print("still here")
        """,
        find_leaks=False,  # memory that a child inherits and leaves alone looks like a leak
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "still here\n", "")


def test_exit_after_others_closed_runtimes_with_kept_locks(run_python):
    """The runtimes are freed all the same: the leak sanitizer checks that."""
    result = run_python("""
        import threading
        import jsrun
        runtime = jsrun.Runtime()

        def use():
            for _ in range(3):
                runtime.eval("1")

        def run(function):
            thread = threading.Thread(target=function)
            thread.start()
            thread.join()

        run(use)
        use()
        run(runtime.close)
        """)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
