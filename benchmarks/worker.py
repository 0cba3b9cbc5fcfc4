"""Measures one JavaScript engine in a process of its own: `python worker.py PEER`.

The protocol is that of `raw_v8 --serve`: stdin has the names of rows, one a line. Each is answered
with a line of JSON: {"value": ns, bytes or a count}, {"unsupported": why} or {"error": what}. The
rows are those of raw_v8/main.cc, as a Python program would write them.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from itertools import repeat
from time import perf_counter_ns
from typing import Any

from peers.base import Engine

INTS = 100_000
OBJECTS = 10_000
TEXT_BYTES = 1_000_000
BYTES = 10_000_000
ENGINES = 100
SWITCH_CALLS = 10_000
IN_FLIGHT = 1000
POOLED = 20
SPIN = "(() => { let n = 0; for (let i = 0; i < 5e7; i++) n = (n + i) % 1000; return 7 })()"

# Batches are short, so that even on a busy machine most of them are not interrupted.
BATCH_NS = 1_000_000
BATCHES = 25
SAMPLES_NS = 60_000_000
MIN_SAMPLES = 5

MAKE_RECORDS = """
globalThis.records = Array.from({length: 10000}, (_, i) => ({
    id: i, name: "name " + i, email: "user" + i + "@example.org", score: i + 0.5,
    active: i % 2 == 0, parent: null, country: "DE", visits: i * 3,
})); 0"""

LOOP = """
globalThis.loop = (n) => { let s = 0; for (let i = 0; i < n; i++) s = host(s, 1); return s }; 0"""

# The same size for each in UTF-16. CPython keeps them with 1, 2 and 4 bytes a character.
TEXTS = {
    "latin1": "\xe9" * TEXT_BYTES,
    "ucs2": "\u20ac" * (TEXT_BYTES // 2),
    "astral": "\U0001f600" * (TEXT_BYTES // 4),
}


class WrongResult(Exception):
    """Raise if a result is wrong: a row must not be fast because it is wrong."""


def check(right: bool, what: str) -> None:
    if not right:
        raise WrongResult(f"wrong result: {what}")


def lower_quartile(samples: list[float]) -> float:
    """The figure of one measurement. Other work of the machine only makes samples longer, so the
    upper half says little. The very lowest would leave out the engine's own housekeeping."""
    return sorted(samples)[len(samples) // 4]


def measure_batches(batch: Callable[[int], int]) -> float:
    """The ns of one operation of many: `batch` does it as often as it is told and returns the
    ns."""
    count = 1
    while batch(count) < BATCH_NS:
        count *= 2
    return lower_quartile([batch(count) / count for _ in range(BATCHES)])


def measure_samples(sample: Callable[[], int]) -> float:
    """The ns of a long operation: `sample` does it once and returns the ns."""
    sample()  # warms up
    samples: list[float] = []
    end = perf_counter_ns() + SAMPLES_NS
    while perf_counter_ns() < end or len(samples) < MIN_SAMPLES:
        samples.append(sample())
    return lower_quartile(samples)


# Small operations, in a list comprehension, which takes about 20 ns a turn ----------------------


def eval_same(engine: Engine) -> float:
    evaluate = engine.eval

    def batch(count: int) -> int:
        begin = perf_counter_ns()
        results = [evaluate("2+2") for _ in repeat(None, count)]
        elapsed = perf_counter_ns() - begin
        check(results.count(4) == count, "eval 2+2")
        return elapsed

    return measure_batches(batch)


def eval_new(engine: Engine) -> float:
    evaluate = engine.eval
    number = 0

    def batch(count: int) -> int:
        nonlocal number
        numbers = range(number, number + count)
        number += count
        texts = [f"2+{value}" for value in numbers]
        begin = perf_counter_ns()
        results = [evaluate(text) for text in texts]
        elapsed = perf_counter_ns() - begin
        check(results == [value + 2 for value in numbers], "eval of a new text")
        return elapsed

    return measure_batches(batch)


def call(engine: Engine) -> float:
    return measure_call(engine.function("(a, b) => a + b"))


def call_beside(engine: Engine) -> float:
    """While Python has another thread, which sleeps."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        return call(engine)
    finally:
        done.set()
        thread.join()


def measure_call(add: Callable[..., Any]) -> float:
    def batch(count: int) -> int:
        begin = perf_counter_ns()
        results = [add(1, 2) for _ in repeat(None, count)]
        elapsed = perf_counter_ns() - begin
        check(results.count(3) == count, "call")
        return elapsed

    return measure_batches(batch)


def add_in_python(first: int, second: int) -> int:
    return first + second


def callback(engine: Engine) -> float:
    engine.bind("host", add_in_python)
    evaluate = engine.eval
    evaluate(LOOP)

    def batch(count: int) -> int:
        begin = perf_counter_ns()
        result = evaluate(f"loop({count})")
        elapsed = perf_counter_ns() - begin
        check(result == count, "callback")
        return elapsed

    return measure_batches(batch)


def callback_factor(engine: Engine) -> float:
    return callback(engine) / measure_call(add_in_python)


def use_from_another_thread(engine: Engine, add: Callable[..., Any]) -> None:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.extend((engine.eval("2+2"), add(1, 2))))
    thread.start()
    thread.join()
    check(results == [4, 3], "use from another thread")


def shared_eval(engine: Engine) -> float:
    use_from_another_thread(engine, engine.function("(a, b) => a + b"))
    return eval_same(engine)


def shared_call(engine: Engine) -> float:
    add = engine.function("(a, b) => a + b")
    use_from_another_thread(engine, add)
    return measure_call(add)


def voluntary_switches() -> int:
    """How often the threads of the process have waited, for another thread for example."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw


def call_switches(engine: Engine) -> float:
    add = engine.function("(a, b) => a + b")
    before = voluntary_switches()
    for first in range(SWITCH_CALLS):
        check(add(first, 2) == first + 2, "call")
    return voluntary_switches() - before


def eval_switches(engine: Engine) -> float:
    evaluate = engine.eval
    before = voluntary_switches()
    for _ in repeat(None, SWITCH_CALLS):
        check(evaluate("2+2") == 4, "eval 2+2")
    return voluntary_switches() - before


# asyncio ------------------------------------------------------------------------------------------


def async_one(engine: Engine) -> float:
    """One after the other; each is awaited."""

    async def run(count: int) -> int:
        evaluate = engine.eval_async
        begin = perf_counter_ns()
        for _ in repeat(None, count):
            check(await evaluate("1") == 1, "await eval_async")
        return perf_counter_ns() - begin

    return measure_batches(lambda count: asyncio.run(run(count)))


def async_many(engine: Engine) -> float:
    """1,000 at a time."""

    async def run() -> int:
        evaluate = engine.eval_async
        begin = perf_counter_ns()
        results = await asyncio.gather(*[evaluate("1") for _ in range(IN_FLIGHT)])
        elapsed = perf_counter_ns() - begin
        check(results == [1] * IN_FLIGHT, "gather")
        return elapsed

    return measure_samples(lambda: asyncio.run(run())) / IN_FLIGHT


# Data: a JavaScript function that returns it, or that takes it, is timed --------------------------


def measure_out(get: Callable[[], Any], expected: Any, what: str) -> float:
    def sample() -> int:
        begin = perf_counter_ns()
        result = get()
        elapsed = perf_counter_ns() - begin
        check(result == expected, what)
        return elapsed

    return measure_samples(sample)


def measure_in(take: Callable[[Any], Any], data: Any, expected: Any, what: str) -> float:
    return measure_out(lambda: take(data), expected, what)


# How the data is passed: by an engine's data_function() or json_function().
MakeFunction = Callable[[str], Callable[..., Any]]


def ints_out(engine: Engine, function: MakeFunction) -> float:
    engine.eval(f"globalThis.ints = Array.from({{length: {INTS}}}, (_, i) => i); 0")
    return measure_out(function("() => ints"), list(range(INTS)), "ints out")


def ints_in(engine: Engine, function: MakeFunction) -> float:
    take = function("(a) => a.length + a[a.length - 1]")
    return measure_in(take, list(range(INTS)), 2 * INTS - 1, "ints in")


def make_records() -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "name": f"name {number}",
            "email": f"user{number}@example.org",
            "score": number + 0.5,
            "active": number % 2 == 0,
            "parent": None,
            "country": "DE",
            "visits": number * 3,
        }
        for number in range(OBJECTS)
    ]


def dicts_out(engine: Engine, function: MakeFunction) -> float:
    engine.eval(MAKE_RECORDS)
    return measure_out(function("() => records"), make_records(), "dicts out")


def dicts_in(engine: Engine, function: MakeFunction) -> float:
    take = function("(a) => a.length + a[a.length - 1].visits")
    return measure_in(take, make_records(), OBJECTS + 3 * (OBJECTS - 1), "dicts in")


def text_out(engine: Engine, kind: str) -> float:
    # Made in Python: made in JavaScript, it would be a tree of pieces at first.
    engine.function("(s) => { globalThis.text = s; return 0 }")(TEXTS[kind])
    return measure_out(engine.function("() => text"), TEXTS[kind], f"{kind} text out")


def text_in(engine: Engine, kind: str) -> float:
    take = engine.function("(s) => s.length")
    units = len(TEXTS[kind].encode("utf-16-le")) // 2
    return measure_in(take, TEXTS[kind], units, f"{kind} text in")


def bytes_out(engine: Engine) -> float:
    engine.eval(f"globalThis.data = new Uint8Array({BYTES}).fill(7); 0")
    get, to_bytes = engine.function("() => data"), engine.to_bytes
    return measure_out(lambda: to_bytes(get()), b"\x07" * BYTES, "bytes out")


def bytes_in(engine: Engine) -> float:
    take = engine.function("(b) => b.length + b[b.length - 1]")
    return measure_in(take, b"\x07" * BYTES, BYTES + 7, "bytes in")


# Life and memory ----------------------------------------------------------------------------------


def create(make_engine: Callable[[], Engine]) -> float:
    def sample() -> int:
        begin = perf_counter_ns()
        engine = make_engine()
        result = engine.eval("2+2")
        engine.close()
        elapsed = perf_counter_ns() - begin
        check(result == 4, "first eval")
        return elapsed

    return measure_samples(sample)


def pool(peer_engine: type[Engine]) -> float:
    """How long it takes to take a runtime out of a pool that has some, and to give it back."""
    samples: list[float] = []
    with peer_engine.make_pool(POOLED) as (take, is_full):
        for _ in range(2):
            while not is_full():
                time.sleep(0.01)
            for _ in range(POOLED // 2):
                begin = perf_counter_ns()
                with take() as evaluate:
                    result = evaluate("2+2")
                samples.append(perf_counter_ns() - begin)
                check(result == 4, "eval in a pooled runtime")
    return lower_quartile(samples)


def two_threads(make_engine: Callable[[], Engine]) -> float:
    """How many times the work of one thread two threads do, with a runtime each."""
    engines = [make_engine(), make_engine()]

    def work(engine: Engine) -> None:
        check(engine.eval(SPIN) == 7, "spin")

    def elapsed(busy: list[Engine]) -> int:
        threads = [threading.Thread(target=work, args=(engine,)) for engine in busy]
        begin = perf_counter_ns()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return perf_counter_ns() - begin

    for engine in engines:
        work(engine)
    # The best of each: in a ratio of two single times, one may have been interrupted.
    times = [(elapsed(engines[:1]), elapsed(engines)) for _ in range(5)]
    for engine in engines:
        engine.close()
    return 2 * min(alone for alone, _ in times) / min(both for _, both in times)


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def memory(make_engine: Callable[[], Engine]) -> float:
    first = make_engine()  # costs of the first one only do not count
    check(first.eval("2+2") == 4, "first eval")
    gc.collect()
    before = resident_bytes()
    engines = [make_engine() for _ in range(ENGINES)]
    for engine in engines:
        check(engine.eval("2+2") == 4, "first eval")
    return (resident_bytes() - before) / ENGINES


DATA_ROWS: dict[str, Callable[[Engine, MakeFunction], float]] = {
    "ints_out": ints_out,
    "ints_in": ints_in,
    "dicts_out": dicts_out,
    "dicts_in": dicts_in,
}

ROWS: dict[str, Callable[[Engine], float]] = {
    "eval": eval_same,
    "eval_new": eval_new,
    "call": call,
    "callback": callback,
    "callback_factor": callback_factor,
    "shared_eval": shared_eval,
    "shared_call": shared_call,
    "call_beside": call_beside,
    "latin1_out": lambda engine: text_out(engine, "latin1"),
    "latin1_in": lambda engine: text_in(engine, "latin1"),
    "ucs2_out": lambda engine: text_out(engine, "ucs2"),
    "ucs2_in": lambda engine: text_in(engine, "ucs2"),
    "astral_out": lambda engine: text_out(engine, "astral"),
    "astral_in": lambda engine: text_in(engine, "astral"),
    "bytes_out": bytes_out,
    "bytes_in": bytes_in,
    "async_one": async_one,
    "async_many": async_many,
    "call_switches": call_switches,
    "eval_switches": eval_switches,
}


def measure_row(engine: Engine, row: str) -> float:
    if row in DATA_ROWS:
        return DATA_ROWS[row](engine, engine.data_function)
    if row.endswith("_json"):
        return DATA_ROWS[row.removesuffix("_json")](engine, engine.json_function)
    return ROWS[row](engine)


def measure(peer_engine: type[Engine], row: str) -> dict[str, Any]:
    if row in ("async_one", "async_many") and not hasattr(peer_engine, "eval_async"):
        return {"unsupported": "has no evaluation for asyncio"}
    if row == "pool" and not hasattr(peer_engine, "make_pool"):
        return {"unsupported": "has no pool"}
    if row.endswith("_json") and not peer_engine.compares_json:
        return {"unsupported": "measured with this project only"}
    # A row that it cannot do it cannot do in a variant, either.
    for unsupported in (row, row.partition("_factor")[0]):
        if unsupported in peer_engine.unsupported:
            return {"unsupported": peer_engine.unsupported[unsupported]}
    try:
        if row == "create":
            return {"value": create(peer_engine)}
        if row == "pool":
            return {"value": pool(peer_engine)}
        if row == "two_threads":
            return {"value": two_threads(peer_engine)}
        if row == "memory":
            return {"value": memory(peer_engine)}
        engine = peer_engine()
        try:
            return {"value": measure_row(engine, row)}
        finally:
            engine.close()
    except WrongResult as error:
        return {"error": str(error)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    # Output that a peer prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    peer_engine: type[Engine] = importlib.import_module(f"peers.{sys.argv[1]}").PeerEngine
    answers.write(json.dumps({"version": peer_engine.version(), "notes": peer_engine.notes}) + "\n")
    for line in sys.stdin:
        answers.write(json.dumps(measure(peer_engine, line.strip())) + "\n")


if __name__ == "__main__":
    main()
