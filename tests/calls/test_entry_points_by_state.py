"""Every entry point in every state of a runtime: each answers with what is documented, and at once.

test_every_entry_point_is_listed() fails for a new method or function that has no row in
ENTRY_POINTS.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import io
import itertools
import json
import os
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import jsrun
import pytest
from cdp import Client
from engine import V8_MAJOR
from inspected import inspected
from jsrun import InspectorConfig, Runtime, RuntimeConfig
from waiting import until

# --- the entry points -----------------------------------------------------------------------------


@dataclasses.dataclass
class Subject:
    """A runtime in some state, and objects that were made from it before."""

    runtime: Runtime
    function: jsrun.JsFunction
    buffer: jsrun.JsBuffer
    op: int
    read: jsrun.JsStream
    closed: jsrun.JsStream
    source: jsrun.PyStreamSource

    @classmethod
    def of(cls, runtime: Runtime) -> Subject:
        op = runtime.register_op("before", lambda: None)
        runtime.add_static_module("before", "export const x = 1")
        streams = [runtime.eval("ReadableStream.from(['chunk'])") for _ in range(2)]
        source = runtime.stream_from_async_iterable(async_generator())
        function = runtime.eval("() => 'called'")
        return cls(runtime, function, runtime.create_buffer(2), op, *streams, source)


def in_a_loop(call: Callable[[], Any]) -> Any:
    async def main() -> Any:
        return await call()

    return asyncio.run(main())


async def async_handler() -> None:
    pass


async def async_generator() -> AsyncIterator[None]:
    yield


@dataclasses.dataclass
class Row:
    call: Callable[[Subject], Any]
    kind: str
    """What it does; EXPECTED has its answers by this."""
    value: Any
    """What it returns if it can; a function decides whether a value is right."""


def is_text(start: str) -> Callable[[Any], bool]:
    return lambda value: value.startswith(start)


def is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def aiter_of(events: Any) -> Any:
    return events.__aiter__()


def in_session(call: Callable[[jsrun.InspectorSession], Any]) -> Callable[[Subject], Any]:
    """What the call returns with a session of the runtime's inspector."""

    def with_session(subject: Subject) -> Any:
        with subject.runtime.inspector_session(timeout=20) as session:
            session.send("Runtime.enable")
            return call(session)

    return with_session


def profiled(call: Callable[[jsrun.CpuProfile], Any]) -> Callable[[Subject], Any]:
    def record(subject: Subject) -> Any:
        with subject.runtime.cpu_profile() as profile:
            pass
        return call(profile)

    return record


def covered(call: Callable[[jsrun.Coverage], Any]) -> Callable[[Subject], Any]:
    def record(subject: Subject) -> Any:
        with subject.runtime.coverage() as coverage:
            pass
        return call(coverage)

    return record


def probed(call: Callable[[jsrun.Probe], Any]) -> Callable[[Subject], Any]:
    def probe(subject: Subject) -> Any:
        with subject.runtime.probe("nowhere.js:1", "1") as it:
            return call(it)

    return probe


def snapshot_size(subject: Subject) -> int:
    file = io.StringIO()
    subject.runtime.heap_snapshot(file)
    return len(file.getvalue())


def is_list(value: Any) -> bool:
    return isinstance(value, list)


ISOLATE = "Runtime.getIsolateId"
CONTEXT = "Runtime.executionContextCreated"


def eval_from_a_snapshot() -> Any:
    with jsrun.SnapshotBuilder(bootstrap="var base = 40") as builder:
        builder.execute_script("a.js", "base += 2")
        snapshot = builder.build()
    with Runtime(RuntimeConfig(snapshot=snapshot)) as runtime:
        return runtime.eval("base")


def eval_in_a_pool() -> Any:
    with jsrun.RuntimePool(size=1) as pool, pool.runtime() as runtime:
        return runtime.eval("1 + 1")


ENTRY_POINTS: dict[str, Row] = {
    # Jobs: they run JavaScript, and wait for their turn.
    "Runtime.eval": Row(lambda s: s.runtime.eval("1 + 1"), "job", 2),
    "Runtime.eval_async": Row(lambda s: in_a_loop(lambda: s.runtime.eval_async("3")), "job", 3),
    "JsFunction.__call__": Row(lambda s: s.function(), "job", "called"),
    "JsFunction.call_async": Row(lambda s: in_a_loop(s.function.call_async), "job", "called"),
    "Runtime.eval_module": Row(lambda s: s.runtime.eval_module("before"), "job", {"x": 1}),
    "Runtime.eval_module_async": Row(
        lambda s: in_a_loop(lambda: s.runtime.eval_module_async("before")), "job", {"x": 1}
    ),
    "JsStream.__anext__": Row(lambda s: in_a_loop(s.read.__anext__), "job", "chunk"),
    # Ends of streams: they wait for their turn.
    "JsStream.close": Row(lambda s: in_a_loop(s.closed.close), "stream's end", None),
    "JsStream.aclose": Row(lambda s: in_a_loop(s.closed.aclose), "stream's end", None),
    "JsStream.__aexit__": Row(
        lambda s: in_a_loop(lambda: s.closed.__aexit__(None, None, None)), "stream's end", None
    ),
    # Bindings: they do not wait.
    "Runtime.add_static_module": Row(
        lambda s: s.runtime.add_static_module("m", "0"), "binding", None
    ),
    "Runtime.set_module_resolver": Row(
        lambda s: s.runtime.set_module_resolver(None), "binding", None
    ),
    "Runtime.set_module_loader": Row(lambda s: s.runtime.set_module_loader(None), "binding", None),
    "Runtime.bind": Row(lambda s: s.runtime.bind(len), "binding", len),
    "Runtime.bind_function": Row(lambda s: s.runtime.bind_function("f", len), "binding", None),
    "Runtime.bind_object": Row(lambda s: s.runtime.bind_object("o", {"f": len}), "binding", None),
    "Runtime.register_op": Row(
        lambda s: s.runtime.register_op("op", async_handler, "async"), "binding", lambda id: id > 0
    ),
    "Runtime.revoke_op": Row(lambda s: s.runtime.revoke_op(s.op), "binding", None),
    "Runtime.stream_from_async_iterable": Row(
        lambda s: s.runtime.stream_from_async_iterable(async_generator()),
        "binding",
        lambda value: isinstance(value, jsrun.PyStreamSource),
    ),
    "Runtime.create_buffer": Row(
        lambda s: s.runtime.create_buffer(3), "job", lambda value: bytes(value) == bytes(3)
    ),
    "Runtime.get_stats": Row(
        lambda s: s.runtime.get_stats(), "binding", lambda stats: stats.heap_used_bytes > 0
    ),
    "Runtime.__enter__": Row(
        lambda s: s.runtime.__enter__(), "binding", lambda value: isinstance(value, Runtime)
    ),
    # Questions: they always answer.
    "Runtime.is_closed": Row(lambda s: s.runtime.is_closed(), "is_closed", None),
    "Runtime.inspector_endpoints": Row(
        lambda s: s.runtime.inspector_endpoints(), "endpoints", None
    ),
    "Runtime.__repr__": Row(lambda s: repr(s.runtime), "look", is_text("<jsrun.Runtime ")),
    "JsFunction.__name__": Row(lambda s: s.function.__name__, "look", ""),
    "JsFunction.__repr__": Row(lambda s: repr(s.function), "look", is_text("<JsFunction ")),
    "JsBuffer.__repr__": Row(lambda s: repr(s.buffer), "look", is_text("<JsBuffer of 2 bytes")),
    "JsStream.__aiter__": Row(lambda s: s.read.__aiter__() is s.read, "look", True),
    "JsStream.__aenter__": Row(lambda s: in_a_loop(s.read.__aenter__) is s.read, "look", True),
    "JsStream.__repr__": Row(lambda s: repr(s.read), "look", is_text("<JsStream")),
    "PyStreamSource.__repr__": Row(
        lambda s: repr(s.source), "look", is_text("<PyStreamSource of <async_generator ")
    ),
    # Debuggers.
    "Runtime.open_inspector": Row(
        lambda s: s.runtime.open_inspector(InspectorConfig(port=0)),
        "opening",
        lambda endpoints: isinstance(endpoints, jsrun.InspectorEndpoints),
    ),
    "Runtime.close_inspector": Row(lambda s: s.runtime.close_inspector(), "look", None),
    "Runtime.is_paused": Row(lambda s: s.runtime.is_paused, "look", is_bool),
    "Runtime.debugger_attached": Row(lambda s: s.runtime.debugger_attached, "look", is_bool),
    "Runtime.wait_for_debugger": Row(
        lambda s: s.runtime.wait_for_debugger(0.001), "binding", False
    ),
    "Runtime.pause": Row(lambda s: s.runtime.pause(), "binding", is_bool),
    "Runtime.inspector_session": Row(in_session(lambda it: it.closed), "session", False),
    "InspectorSession.closed": Row(in_session(lambda it: it.closed), "session", False),
    "InspectorSession.send": Row(in_session(lambda it: len(it.send(ISOLATE))), "session", 1),
    "InspectorSession.send_async": Row(
        in_session(lambda it: in_a_loop(lambda: it.send_async(ISOLATE))), "session", is_dict
    ),
    "InspectorSession.post": Row(
        in_session(lambda it: it.post(ISOLATE).result(20)), "session", is_dict
    ),
    "InspectorSession.on": Row(
        in_session(lambda it: it.on("Debugger.paused", print)()), "session", None
    ),
    "InspectorSession.wait_for": Row(
        in_session(lambda it: it.wait_for(CONTEXT)), "session", is_dict
    ),
    "InspectorSession.wait_for_async": Row(
        in_session(lambda it: in_a_loop(lambda: it.wait_for_async(CONTEXT))), "session", is_dict
    ),
    "InspectorSession.events": Row(
        in_session(lambda it: next(it.events(CONTEXT)).method), "session", CONTEXT
    ),
    "InspectorEvents.__aiter__": Row(
        in_session(lambda it: in_a_loop(aiter_of(it.events()).__anext__).method), "session", CONTEXT
    ),
    "InspectorEvents.__anext__": Row(
        in_session(lambda it: in_a_loop(it.events(CONTEXT).__anext__).method), "session", CONTEXT
    ),
    "InspectorSession.__enter__": Row(in_session(lambda it: it.__enter__() is it), "session", True),
    "InspectorSession.__exit__": Row(
        in_session(lambda it: it.__exit__(None, None, None)), "session", None
    ),
    "InspectorSession.close": Row(in_session(lambda it: it.close()), "session", None),
    "Runtime.break_on_host_calls": Row(
        lambda s: s.runtime.break_on_host_calls("no such function"), "look", None
    ),
    "Runtime.probe": Row(probed(lambda it: it.hits), "session", 0),
    "Probe.__enter__": Row(probed(lambda it: it.hits), "session", 0),
    "Probe.__exit__": Row(probed(lambda it: it.hits), "session", 0),
    "Probe.close": Row(probed(lambda it: it.close()), "session", None),
    "Runtime.cpu_profile": Row(profiled(lambda it: it.profile), "session", is_dict),
    "CpuProfile.profile": Row(profiled(lambda it: it.profile), "session", is_dict),
    "CpuProfile.self_times": Row(profiled(lambda it: it.self_times()), "session", is_list),
    "CpuProfile.save": Row(profiled(lambda it: it.save(io.StringIO())), "session", None),
    "CpuProfile.__enter__": Row(profiled(lambda it: None), "session", None),
    "CpuProfile.__exit__": Row(profiled(lambda it: None), "session", None),
    "Runtime.coverage": Row(covered(lambda it: it.result), "session", is_list),
    "Coverage.result": Row(covered(lambda it: it.result), "session", is_list),
    "Coverage.save": Row(covered(lambda it: it.save(io.StringIO())), "session", None),
    "Coverage.lcov": Row(covered(lambda it: it.lcov()), "session", ""),
    "Coverage.__enter__": Row(covered(lambda it: None), "session", None),
    "Coverage.__exit__": Row(covered(lambda it: None), "session", None),
    "Runtime.heap_snapshot": Row(snapshot_size, "snapshot", lambda size: size > 10_000),
    # Ends: always allowed.
    "Runtime.terminate": Row(lambda s: s.runtime.terminate(), "look", None),
    "Runtime.__exit__": Row(lambda s: s.runtime.__exit__(None, None, None), "look", None),
    "Runtime.close": Row(lambda s: s.runtime.close(), "look", None),
    "JsFunction.close": Row(lambda s: in_a_loop(s.function.close), "look", None),
    # The default runtime: an ended one is replaced.
    "eval": Row(lambda s: jsrun.eval("1 + 1"), "default job", 2),
    "eval_async": Row(lambda s: in_a_loop(lambda: jsrun.eval_async("3")), "task's", 3),
    "bind_function": Row(lambda s: jsrun.bind_function("f", len), "default", None),
    "bind_object": Row(lambda s: jsrun.bind_object("o", {}), "default", None),
    "get_default_runtime": Row(
        lambda s: jsrun.get_default_runtime(), "default", lambda it: not it.is_closed()
    ),
    "close_default_runtime": Row(lambda s: jsrun.close_default_runtime(), "look", None),
    "Runtime": Row(lambda s: Runtime().close(), "constructor", None),
    # A pool makes runtimes of its own; its other methods depend on no runtime's state.
    "RuntimePool.runtime": Row(lambda s: eval_in_a_pool(), "constructor", 2),
    # Nor do those of a builder.
    "SnapshotBuilder.build": Row(lambda s: eval_from_a_snapshot(), "constructor", 42),
}


def public_entry_points() -> Iterator[str]:
    for name in [*jsrun.__all__, "eval"]:
        value = getattr(jsrun, name)
        if inspect.isclass(value):
            if issubclass(value, BaseException) or dataclasses.is_dataclass(value):
                continue  # plain data
            if value in (jsrun.JsUndefined, jsrun.PooledRuntime):
                continue
            if value is jsrun.SnapshotBuilder:
                yield "SnapshotBuilder.build"
                continue
            if value is jsrun.RuntimePool:
                yield "RuntimePool.runtime"
                continue
            methods = [method for method in vars(value) if not method.startswith("_")]
            special = {"__call__", "__enter__", "__exit__", "__repr__", "__name__"}
            special |= {"__aiter__", "__anext__", "__aenter__", "__aexit__", "__await__"}
            for method in methods + sorted(special & set(vars(value))):
                yield f"{name}.{method}"
        elif callable(value):
            yield name


def test_every_entry_point_is_listed():
    missing = set(public_entry_points()) - set(ENTRY_POINTS)
    assert not missing, f"rows for ENTRY_POINTS of this file are missing: {sorted(missing)}"


# --- the expected answers -------------------------------------------------------------------------


class Waits:
    """It answers with the value as soon as the runtime is free again."""


VALUE: Any = object()
CLOSED = jsrun.RuntimeClosedError, "runtime is closed"
TERMINATED = jsrun.RuntimeTerminated, "terminated by host request"
NO_HEAP = jsrun.RuntimeTerminated, "Heap limit exceeded"
FORKED = jsrun.ForkedRuntimeError, "fork"
EXITING = RuntimeError, "the interpreter is exiting"


STATES = ["fresh", "running", "paused", "timed out", "no heap", "terminated", "closed"]
# These two need a process of their own.
STATES_OF_A_PROCESS = ["forked", "exiting"]

_ENDS = {"no heap": NO_HEAP, "terminated": TERMINATED, "closed": CLOSED, "forked": FORKED}

EXPECTED: dict[str, dict[str, Any]] = {
    "job": {"running": Waits, "paused": Waits, **_ENDS, "exiting": CLOSED},
    "binding": {**_ENDS, "exiting": CLOSED},
    "stream's end": {"running": Waits, "paused": Waits},
    "look": {},
    # An ended runtime still answers questions, until it is closed.
    "session": {"no heap": NO_HEAP, "closed": CLOSED, "forked": FORKED, "exiting": CLOSED},
    "snapshot": {
        "running": Waits if V8_MAJOR >= 13 else VALUE,
        **{"no heap": NO_HEAP, "closed": CLOSED, "forked": FORKED, "exiting": CLOSED},
    },
    "is_closed": {
        **dict.fromkeys(["fresh", "running", "paused", "timed out"], False),
        **dict.fromkeys(["no heap", "terminated", "closed", "forked", "exiting"], True),
    },
    "endpoints": {"paused": lambda value: value.websocket_url.startswith("ws://127.0.0.1:")},
    "opening": {"paused": (RuntimeError, "already"), **_ENDS, "exiting": CLOSED},
    "default": {"forked": FORKED, "exiting": EXITING},
    "default job": {"running": Waits, "forked": FORKED, "exiting": EXITING},
    "task's": {"forked": FORKED, "exiting": EXITING},  # each task has a runtime of its own
    "constructor": {"forked": FORKED, "exiting": EXITING},
}


def expected(row: Row, state: str) -> Any:
    return EXPECTED[row.kind].get(state, VALUE)


def check(row: Row, state: str, answer: Callable[[], Any]) -> None:
    should = expected(row, state)
    if isinstance(should, tuple):
        with pytest.raises(should[0], match=should[1]):
            answer()
        return
    value = answer()
    if should is VALUE or should is Waits:
        should = row.value
    assert should(value) if inspect.isfunction(should) else value == should


# --- the states -----------------------------------------------------------------------------------


def uses_default(row: Row) -> bool:
    return row.kind in ("default", "default job")


@contextlib.contextmanager
def new_subject(row: Row, config: RuntimeConfig | None = None) -> Iterator[Subject]:
    runtime = jsrun.get_default_runtime() if uses_default(row) else Runtime(config)
    try:
        yield Subject.of(runtime)
    finally:
        runtime.close()


@contextlib.contextmanager
def running(subject: Subject) -> Iterator[Callable[[], None]]:
    """JavaScript runs in another thread until the test ends it."""
    started, end = threading.Event(), threading.Event()
    subject.runtime.bind_function("started", started.set)
    subject.runtime.bind_function("ended", end.is_set)

    def run() -> None:
        with contextlib.suppress(RuntimeError):
            subject.runtime.eval("started(); while (!ended());")

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(60)
    yield end.set
    end.set()
    thread.join()


@contextlib.contextmanager
def paused(subject: Subject) -> Iterator[Callable[[], None]]:
    """JavaScript is paused in a debugger, which resumes it in the end."""

    def run() -> None:
        with contextlib.suppress(RuntimeError):
            subject.runtime.eval("debugger")

    endpoints = subject.runtime.inspector_endpoints()
    assert endpoints is not None
    with Client(endpoints.websocket_url) as client:
        client.send("Debugger.enable")
        thread = threading.Thread(target=run)
        thread.start()
        client.paused()
        yield lambda: client.send("Debugger.resume") and None
    thread.join()


def answer_of(row: Row, state: str, subject: Subject, release: Callable[[], None]) -> Any:
    """What the call returns or raises; fails if it does not answer when it should."""
    outcome: dict[str, Any] = {}

    def call() -> None:
        try:
            outcome["value"] = row.call(subject)
        except BaseException as error:
            outcome["error"] = error

    if uses_default(row):  # which belongs to this thread
        timer = threading.Timer(0.05, release)
        timer.start()
        call()
        timer.join()
    else:
        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        if expected(row, state) is Waits:
            thread.join(0.02)
            assert thread.is_alive(), "did not wait for its turn"
            release()
        thread.join(30)
        assert not thread.is_alive(), "does not answer"
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


@pytest.mark.parametrize("name", ENTRY_POINTS)
@pytest.mark.parametrize("state", ["fresh", "timed out"])
def test_entry_points_while_the_runtime_is_usable(name, state):
    row = ENTRY_POINTS[name]
    with new_subject(row) as subject:
        if state == "timed out":
            with pytest.raises(TimeoutError):
                subject.runtime.eval("while (true);", timeout=0.005)
        check(row, state, lambda: answer_of(row, state, subject, lambda: None))


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_entry_points_while_another_thread_runs_javascript(name):
    row = ENTRY_POINTS[name]
    with new_subject(row) as subject, running(subject) as release:
        check(row, "running", lambda: answer_of(row, "running", subject, release))


@pytest.mark.parametrize("name", [name for name in ENTRY_POINTS if name[0].isupper()])
def test_entry_points_while_paused(name):
    row = ENTRY_POINTS[name]
    config = inspected()
    with new_subject(row, config) as subject, paused(subject) as release:
        check(row, "paused", lambda: answer_of(row, "paused", subject, release))


def exhaust_heap(runtime: Runtime) -> None:
    with pytest.raises(jsrun.RuntimeTerminated):
        runtime.eval("const kept = []; for (;;) kept.push({a: 1, b: [1, 2, 3]})")


ENDS: dict[str, Callable[[Runtime], None]] = {
    "no heap": exhaust_heap,
    "terminated": lambda runtime: runtime.terminate(),
    "closed": lambda runtime: runtime.close(),
}


@pytest.mark.parametrize("state", ENDS)
def test_entry_points_after_the_end(state):
    """All of them on one runtime, since an ended runtime does not change."""
    config = RuntimeConfig(max_heap_size=16 * 2**20)
    with Runtime(config) as runtime:
        subject = Subject.of(runtime)
        ENDS[state](runtime)
        for name, row in ENTRY_POINTS.items():
            if name in ("Runtime.close", "Runtime.__exit__"):
                continue
            if uses_default(row):
                ENDS["terminated" if state == "no heap" else state](jsrun.get_default_runtime())
            check(row, state, lambda row=row: answer_of(row, state, subject, lambda: None))
        for name in ("Runtime.close", "Runtime.__exit__"):
            check(ENTRY_POINTS[name], state, lambda name=name: ENTRY_POINTS[name].call(subject))
    jsrun.close_default_runtime()


# --- all at once ----------------------------------------------------------------------------------


def use_as_a_client(client: Client) -> None:
    """Attaches and evaluates. Another thread's pause() may stop the evaluation."""
    client.send("Debugger.enable")
    request = client.post("Runtime.evaluate", expression="1 + 1")
    for message in iter(client.message, None):
        if message.get("id") == request:
            return
        if message.get("method") == "Debugger.paused":
            client.post("Debugger.resume")


@pytest.mark.parametrize("end", ["close", "terminate"])
@pytest.mark.parametrize("debugged", [False, True])
def test_threads_use_all_entry_points_until_the_runtime_ends(end, debugged):
    """Each thread calls everything in an order of its own, until the runtime ends."""
    names = [
        name
        for name, row in ENTRY_POINTS.items()
        if row.kind in ("job", "binding", "look", "is_closed", "endpoints")
        and name != "JsFunction.close"
        if name not in ("Runtime.close", "Runtime.__exit__", "Runtime.terminate")
    ]
    wrong: list[str] = []
    calls = itertools.count()

    def use(subject: Subject, seed: int) -> None:
        chance = random.Random(seed)
        while not subject.runtime.is_closed():
            name = chance.choice(names)
            next(calls)
            try:
                ENTRY_POINTS[name].call(subject)
            except (jsrun.JsrunError, StopAsyncIteration):  # or another thread has read the stream
                pass  # the end, and ops that are registered or revoked before
            except BaseException as error:
                wrong.append(f"{name}: {error!r}")

    config = inspected() if debugged else None
    with Runtime(config) as runtime:
        subject = Subject.of(runtime)
        threads = [threading.Thread(target=use, args=(subject, seed)) for seed in range(4)]
        for thread in threads:
            thread.start()
        if debugged:
            endpoints = runtime.inspector_endpoints()
            if endpoints is not None:  # a thread may have closed it
                with contextlib.suppress(Exception), Client(endpoints.websocket_url) as client:
                    use_as_a_client(client)
        until(lambda: next(calls) > 2000)
        getattr(runtime, end)()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
    assert not wrong


# --- in a process of its own ----------------------------------------------------------------------


def answers_of_all(state: str, subject: Subject) -> dict[str, str]:
    """The names of the entry points with a wrong answer, and the answers."""
    wrong = {}
    last = ("Runtime.__exit__", "Runtime.close", "JsFunction.close")
    for name in sorted(ENTRY_POINTS, key=lambda name: name in last):
        row = ENTRY_POINTS[name]
        try:
            check(row, state, lambda row=row: row.call(subject))
        except BaseException as error:
            wrong[name] = f"{type(error).__name__}: {error}"
    return wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_entry_points_in_a_forked_child(run_python):
    done = run_python(
        f"""
        import json, os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        sys.path[:0] = {[str(Path(__file__).parents[0]), str(Path(__file__).parents[1])]!r}
        import jsrun, test_entry_points_by_state
        subject = test_entry_points_by_state.Subject.of(jsrun.Runtime())
        jsrun.get_default_runtime()
        child = os.fork()
        if child == 0:
            try:
                text = json.dumps(test_entry_points_by_state.answers_of_all("forked", subject))
            except BaseException as error:
                text = json.dumps(repr(error))
            os.write(1, text.encode())
            os._exit(0)
        os.waitpid(child, 0)
        subject.runtime.close()
        """,
        find_leaks=False,
    )
    assert (json.loads(done.stdout or '"nothing"'), done.returncode) == ({}, 0), done.stderr


def test_entry_points_after_the_exit_has_started(run_python):
    done = run_python(
        f"""
        import atexit, json, sys
        sys.path[:0] = {[str(Path(__file__).parents[0]), str(Path(__file__).parents[1])]!r}

        @atexit.register  # before jsrun registers its own: runs after that
        def look():
            print(json.dumps(test_entry_points_by_state.answers_of_all("exiting", subject)))

        import jsrun, test_entry_points_by_state
        subject = test_entry_points_by_state.Subject.of(jsrun.Runtime())
        jsrun.get_default_runtime()
        """,
    )
    assert (json.loads(done.stdout or '"nothing"'), done.returncode) == ({}, 0), done.stderr
