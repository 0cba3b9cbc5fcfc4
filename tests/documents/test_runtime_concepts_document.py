"""The document "Runtime" of the concepts: its examples and its statements, in its order.

Modules, snapshots and type conversion have tests elsewhere. Where this library allows more than the
document does (any thread may use a runtime), the test tells what it allows.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

import jsrun
import pytest
from jsrun import JavaScriptError, Runtime, RuntimeConfig

# --- What is a Runtime? ---------------------------------------------------------------------------


def test_isolation():
    with Runtime() as one, Runtime() as other:
        one.eval("globalThis.secret = 1; Array.prototype.mine = () => 1")
        assert other.eval("typeof secret") == "undefined"
        assert other.eval("typeof [].mine") == "undefined"


def test_state_persistence():
    with Runtime() as runtime:
        runtime.eval("let variable = 1; function increase() { return ++variable }")
        assert [runtime.eval("increase()"), runtime.eval("increase()")] == [2, 3]


def test_parallel_execution():
    """Each of two runtimes runs a loop that ends only if the other one makes progress."""
    with Runtime() as one, Runtime() as other:
        turns = [0, 0]

        def exchange(me):
            turns[me] += 1
            return min(turns)

        for me, runtime in enumerate((one, other)):
            runtime.bind_function("exchange", lambda me=me: exchange(me))
        threads = [
            threading.Thread(target=runtime.eval, args=("while (exchange() < 5);",))
            for runtime in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert min(turns) >= 5


def test_safety_the_environment_is_controlled():
    with Runtime() as runtime:
        for name in ("require", "process", "fs", "Deno", "importScripts"):
            assert runtime.eval(f"typeof {name}") == "undefined"
        with pytest.raises(JavaScriptError):
            runtime.eval("import('fs')")


def test_one_platform_is_shared(run_python):
    """V8 starts its threads once, not once for each runtime."""
    done = run_python(
        """
        import os, jsrun
        first = jsrun.Runtime()
        first.eval("1")
        threads = len(os.listdir("/proc/self/task"))
        more = [jsrun.Runtime() for _ in range(10)]
        for runtime in more:
            runtime.eval("1")
        print(len(os.listdir("/proc/self/task")) - threads)
        for runtime in [first, *more]:
            runtime.close()
        """
    )
    assert done.stdout == "0\n", done.stderr


# --- Creating and Using Runtime -------------------------------------------------------------------


def test_basic_usage(capsys):
    from jsrun import Runtime

    # Create a runtime
    runtime = Runtime()

    # Run JavaScript code
    result = runtime.eval("2 + 2")
    print(result)  # 4

    # Close when done to release resource
    runtime.close()

    assert capsys.readouterr().out == "4\n"


def test_recommended_pattern_context_manager(capsys):
    with Runtime() as runtime:
        result = runtime.eval("Math.sqrt(16)")
        print(result)  # 4.0
    # Runtime is automatically closed here

    # (Here a number without a fraction is an int, in all examples with integers; 4 == 4.0.)
    assert result == 4.0 and capsys.readouterr().out in ("4\n", "4.0\n")
    assert runtime.is_closed()


def test_custom_configuration(capsys):
    from jsrun import Runtime, RuntimeConfig

    config = RuntimeConfig(
        max_heap_size=10 * 1024 * 1024,  # Limit heap to 10MB
        bootstrap="const VERSION = '1.0.0';",  # Run code at startup
    )

    with Runtime(config) as runtime:
        result = runtime.eval("VERSION")
        print(result)  # 1.0.0

    assert capsys.readouterr().out == "1.0.0\n"


def test_exceeding_the_heap_limit():
    with Runtime(RuntimeConfig(max_heap_size=10 * 1024 * 1024)) as runtime:
        with pytest.raises(RuntimeError, match="Heap limit exceeded"):
            runtime.eval("const kept = []; for (;;) kept.push({a: 1, b: [1, 2, 3]})")


@pytest.mark.parametrize("size", [1, 4096, 2**20])
def test_a_heap_limit_that_is_too_low_harms_nobody_else(run_python, size):
    done = run_python(
        f"""
        import jsrun
        try:
            with jsrun.Runtime(jsrun.RuntimeConfig(max_heap_size={size})) as runtime:
                runtime.eval("1 + 1")
        except RuntimeError as error:
            assert isinstance(error, jsrun.JsrunError), error
        with jsrun.Runtime() as runtime:
            print(runtime.eval("1 + 1"))
        """
    )
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr


def test_memory_footprint(run_python):
    done = run_python(
        """
        import os, jsrun
        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        jsrun.Runtime().close()
        before = resident()
        runtimes = [jsrun.Runtime() for _ in range(16)]
        for runtime in runtimes:
            runtime.eval("1 + 1")
        print(resident() - before)
        for runtime in runtimes:
            runtime.close()
        """
    )
    assert float(done.stdout) < 42  # megabytes, for 16 of them


# --- Running JavaScript Code ----------------------------------------------------------------------


def test_synchronous_execution(capsys):
    with Runtime() as runtime:
        result = runtime.eval("Math.sqrt(16)")
        print(result)  # 4.0

        # Call JavaScript functions
        greeting = runtime.eval("'Hello, ' + 'World!'")
        print(greeting)  # Hello, World!

    assert result == 4.0 and capsys.readouterr().out.splitlines()[1] == "Hello, World!"


def test_asynchronous_execution(capsys):
    import asyncio

    async def main():
        with Runtime() as runtime:
            # Await JavaScript promises
            result = await runtime.eval_async("Promise.resolve(42)")
            print(result)  # 42

            # Works with async/await in JavaScript
            result = await runtime.eval_async("""
                (async () => {
                    await Promise.resolve();
                    return 'done';
                })()
            """)
            print(result)  # done

    asyncio.run(main())

    assert capsys.readouterr().out == "42\ndone\n"


async def test_eval_async_does_not_block_the_event_loop():
    with Runtime() as runtime:
        go_on = threading.Event()
        runtime.bind_function("go_on", go_on.is_set)
        evaluation = asyncio.ensure_future(runtime.eval_async("while (!go_on()); 'done'"))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not evaluation.done()
        go_on.set()
        assert await evaluation == "done"


def test_stateful_execution(capsys):
    with Runtime() as runtime:
        # Define variables
        runtime.eval("let counter = 0")

        # Modify state
        runtime.eval("counter++")
        runtime.eval("counter++")

        # Read current value
        print(runtime.eval("counter"))  # 2

    assert capsys.readouterr().out == "2\n"


# --- Runtime vs jsrun Module ----------------------------------------------------------------------


def test_quick_and_simple(capsys):
    import jsrun

    # Just run JavaScript and get the result
    result = jsrun.eval("Math.random()")
    print(result)
    # No setup or cleanup needed

    assert 0 <= float(capsys.readouterr().out) < 1
    jsrun.close_default_runtime()


def test_no_cleanup_is_needed(run_python):
    done = run_python("import jsrun; print(jsrun.eval('1 + 1'))", "-W", "error")
    assert (done.stdout, done.stderr, done.returncode) == ("2\n", "", 0)


def test_jsrun_manages_the_runtime():
    jsrun.eval("var kept = 5")
    assert jsrun.get_default_runtime().eval("kept") == 5
    jsrun.close_default_runtime()
    assert jsrun.eval("typeof kept") == "undefined"
    jsrun.close_default_runtime()


def test_full_control():
    from jsrun import Runtime, RuntimeConfig

    config = RuntimeConfig(max_heap_size=50_000_000)
    with Runtime(config) as runtime:
        # Your code here
        pass

    assert runtime.is_closed()


# --- Thread Safety and Limitations ----------------------------------------------------------------


def test_using_a_runtime_from_another_thread_works(capsys):
    """The document's example of code that fails. Here it works, as the README says."""
    import threading

    from jsrun import Runtime

    runtime = Runtime()

    def worker():
        # This will cause issues - runtime used from different thread
        result = runtime.eval("2 + 2")
        print(result)

    thread = threading.Thread(target=worker)
    thread.start()
    thread.join()
    runtime.close()

    assert capsys.readouterr().out == "4\n"


async def test_a_runtime_as_a_dependency_in_an_async_framework():
    @dataclass
    class AppState:
        runtime: Runtime  # Risk: runtime may be accessed from different threads

    with Runtime() as runtime:
        state = AppState(runtime)
        results = await asyncio.gather(
            *(asyncio.to_thread(state.runtime.eval, f"{number} * 2") for number in range(20))
        )
        assert results == [number * 2 for number in range(20)]


def test_calls_of_several_threads_are_serialised():
    with Runtime() as runtime:
        runtime.bind_function("pause", lambda: time.sleep(0.0001))
        runtime.eval("var inside = 0, most = 0")
        script = "most = Math.max(most, ++inside); pause(); inside--; most"
        threads = [threading.Thread(target=runtime.eval, args=(script,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert runtime.eval("most") == 1


def test_a_runtime_for_each_worker_thread(capsys):
    def worker():
        # Create runtime in the worker thread
        with Runtime() as runtime:
            result = runtime.eval("2 + 2")
            print(result)

    thread = threading.Thread(target=worker)
    thread.start()
    thread.join()

    assert capsys.readouterr().out == "4\n"


async def test_a_runtime_for_each_request():
    async def handle_request():
        # Create a new runtime for each request/task
        with Runtime() as runtime:
            result = await runtime.eval_async("Math.random()")
            return result

    results = await asyncio.gather(*(handle_request() for _ in range(5)))
    assert all(0 <= result < 1 for result in results)


async def test_context_local_runtimes():
    async def handle_request(number):
        await jsrun.eval_async(f"var mine = {number}")
        await asyncio.sleep(0)
        return await jsrun.eval_async("mine")

    numbers = range(5)
    assert await asyncio.gather(*(handle_request(number) for number in numbers)) == list(numbers)


# --- Best Practices -------------------------------------------------------------------------------


def test_large_scripts_are_loaded_once_via_the_config():
    library = "var loads = 0; loads++; " + "".join(
        f"function f{number}() {{ return {number} }} " for number in range(2000)
    )
    with Runtime(RuntimeConfig(bootstrap=library)) as runtime:
        assert [runtime.eval(f"f{number}()") for number in (0, 1, 1999)] == [0, 1, 1999]
        assert runtime.eval("loads") == 1


# --- JavaScript Environment -----------------------------------------------------------------------


def test_globals_that_are_available():
    with Runtime() as runtime:
        assert runtime.eval("[Math.max(1, 2), Array.of(1), JSON.stringify({a: [1]})]") == [
            2,
            [1],
            '{"a":[1]}',
        ]
        assert runtime.eval("Promise.resolve(1).then(value => value + 1)") == 2
        assert runtime.eval("new Date(0).toISOString()") == "1970-01-01T00:00:00.000Z"
        modern = "class A { #x = 1; static { A.made = new A() } get x() { return this.#x ?? 0 } }"
        assert runtime.eval(f"{modern}; A.made?.x ** 2 + [...'ab', 1n].length") == 4


@pytest.mark.parametrize(
    "name", ["fs", "http", "process", "Buffer", "require", "fetch", "localStorage", "document"]
)
def test_globals_that_are_not_available(name):
    with Runtime() as runtime:
        with pytest.raises(JavaScriptError, match=f"ReferenceError: {name} is not defined"):
            runtime.eval(name)


def test_the_console_is_disabled_by_default(capsys):
    with Runtime() as runtime:
        runtime.eval("console.log('nothing')")
    assert capsys.readouterr().out == ""
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:
        runtime.eval("console.log('something')")
    assert capsys.readouterr().out == "something\n"


def test_you_can_implement_them_yourself():
    with Runtime() as runtime:
        runtime.bind_object("localStorage", {"getItem": {"color": "blue"}.get})
        assert runtime.eval("localStorage.getItem('color')") == "blue"
