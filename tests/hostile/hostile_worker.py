"""Runs hostile scripts, one at a time, as test_hostile.py asks for them on standard input.

Each request and each answer is a line of JSON. The process is the host that has to survive.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import jsrun
from jsrun import Runtime, RuntimeConfig

SMALL_STACK = 256 * 1024
HEAP = 64 * 2**20


def in_process(runtime: Runtime, source: str, timeout: float) -> Any:
    return runtime.eval(source, timeout=timeout)


def with_a_session(runtime: Runtime, source: str, timeout: float) -> Any:
    with runtime.inspector_session(timeout=30) as session:
        session.send("Runtime.enable")
        session.send("Debugger.enable")
        return runtime.eval(source, timeout=timeout)


def asynchronous(runtime: Runtime, source: str, timeout: float) -> Any:
    async def evaluate() -> Any:
        return await runtime.eval_async(source, timeout=timeout)

    return asyncio.run(evaluate())


def on_a_small_stack(runtime: Runtime, source: str, timeout: float) -> Any:
    outcome: list[Any] = []

    def evaluate() -> None:
        try:
            outcome.append(runtime.eval(source, timeout=timeout))
        except BaseException as error:
            outcome.append(error)

    threading.stack_size(SMALL_STACK)
    try:
        thread = threading.Thread(target=evaluate)
        thread.start()
    finally:
        threading.stack_size(0)
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


WAYS: dict[str, Callable[[Runtime, str, float], Any]] = {
    "in process": in_process,
    "with a session": with_a_session,
    "asynchronous": asynchronous,
    "on a small stack": on_a_small_stack,
}


def end_of(way: str, runtime: Runtime, source: str, timeout: float) -> str:
    """How the script has ended: see hostile_scripts.py."""
    try:
        WAYS[way](runtime, source, timeout)
    except jsrun.RuntimeTimeout:
        return "timeout"
    except jsrun.RuntimeTerminated as error:
        return "heap" if "Heap limit" in str(error) else f"RuntimeTerminated: {error}"
    except jsrun.ConversionLimitError:
        return "limit"
    except jsrun.ConversionError:
        return "conversion"
    except jsrun.PendingPromiseError:
        return "pending"
    except jsrun.JavaScriptError as error:
        return error.name or "Error"
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "value"


def status(field: str) -> int:
    """Of /proc/self/status, in bytes."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


def host_is_fine(runtime: Runtime) -> str:
    """Empty, or what is wrong with the host after the script."""
    with Runtime() as other:
        if other.eval("1 + 1", timeout=10) != 2:
            return "another runtime has a wrong result"
    if runtime.is_closed():
        return ""
    try:
        # Whatever the script has replaced, this needs none of it.
        if runtime.eval("1 + 1", timeout=10) != 2:
            return "the runtime has a wrong result"
    except jsrun.RuntimeTerminated:
        return ""
    except jsrun.JsrunError as error:
        return f"the next call of the runtime raised {error!r}"
    return ""


def run(way: str, source: str, timeout: float) -> dict[str, Any]:
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # VmHWM starts again
    before = status("VmRSS")
    start, busy = time.monotonic(), time.process_time()
    # Its output goes nowhere, but is made.
    runtime = Runtime(
        RuntimeConfig(
            max_heap_size=HEAP,
            enable_console=True,
            console_handler=lambda *_: None,
            uncaught_handler=lambda *_: None,
        )
    )
    end = end_of(way, runtime, source, timeout)
    seconds = time.monotonic() - start
    wrong = host_is_fine(runtime)
    closing = time.monotonic()
    runtime.close()
    return {
        "end": end,
        "wrong": wrong,
        "seconds": seconds,
        "close": time.monotonic() - closing,
        "busy": time.process_time() - busy,
        "growth": status("VmHWM") - before,
    }


def main() -> None:
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
