"""ES modules by asynchronous loaders, and the asynchronous evaluation of modules."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from jsrun import (
    ModuleError,
    Runtime,
    RuntimeTimeout,
)


async def test_an_async_loader(runtime):
    parts: list[str] = []
    all_asked_for = asyncio.Event()

    async def loader(url: str) -> str:
        await asyncio.sleep(0.002)
        if url == "main":
            return "\n".join(f"import 'part{i}'" for i in range(8)) + "\nexport const n = 1"
        if url.startswith("part"):
            parts.append(url)
            if len(parts) == 8:
                all_asked_for.set()
            await (
                all_asked_for.wait()
            )  # so if they were loaded one after the other, they would never come
        return "import 'common'"

    runtime.set_module_loader(loader)
    assert await runtime.eval_module_async("main") == {"n": 1}
    assert sorted(parts) == [f"part{i}" for i in range(8)]
    assert await runtime.eval_async("import('main').then(m => m.n)") == 1
    assert await runtime.eval_async("import('another').then(m => Object.keys(m))") == []
    assert (
        await asyncio.gather(*(runtime.eval_module_async("main") for _ in range(3)))
        == [{"n": 1}] * 3
    )


async def test_imports_that_wait_for_the_same_source(runtime):
    count = 0
    gate = asyncio.Event()

    async def loader(url: str) -> str:
        nonlocal count
        count += 1
        await gate.wait()
        return "export const n = 1" if url == "a" else "export { n } from 'a'"

    runtime.set_module_loader(loader)
    evaluations = [asyncio.ensure_future(runtime.eval_module_async(name)) for name in "abab"]
    while count < 2:
        await asyncio.sleep(0.001)
    gate.set()
    assert await asyncio.gather(*evaluations) == [{"n": 1}] * 4
    assert count == 2


async def test_an_async_loader_that_fails(runtime):
    async def loader(url: str) -> Any:
        await asyncio.sleep(0)
        if url == "number":
            return 5
        if url == "cancelled":
            raise asyncio.CancelledError
        raise LookupError(url)

    runtime.set_module_loader(loader)
    runtime.add_static_module("main", "import 'gone'")
    for _ in range(2):
        with pytest.raises(ModuleError, match='"gone" .imported by.*LookupError: gone') as error:
            await runtime.eval_module_async("main")
        assert isinstance(error.value.__cause__, LookupError)
    with pytest.raises(ModuleError, match="LookupError") as error:
        await runtime.eval_async("import('gone')")
    assert isinstance(error.value.__cause__, LookupError)
    with pytest.raises(ModuleError, match="loader must return"):
        await runtime.eval_module_async("number")
    with pytest.raises(ModuleError, match="cancelled"):
        await runtime.eval_module_async("cancelled")
    runtime.set_module_loader(lambda _: "export const x = 1")
    assert await runtime.eval_module_async("main") == {}


async def test_a_loader_that_never_finishes(runtime):
    gate = asyncio.Event()

    async def loader(url: str) -> str:
        await gate.wait()
        return "export const n = 1"

    runtime.set_module_loader(loader)
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_module_async("x", timeout=0.02)
    evaluation = asyncio.ensure_future(runtime.eval_module_async("x"))
    await asyncio.sleep(0)
    evaluation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await evaluation
    gate.set()
    assert await runtime.eval_module_async("x") == {"n": 1}


async def test_a_function_that_returns_an_awaitable(runtime):
    async def source(url: str) -> str:
        await asyncio.sleep(0)
        return f"export const url = {url!r}"

    runtime.set_module_loader(lambda url: source(url))
    assert await runtime.eval_module_async("a") == {"url": "a"}


async def test_loaders_run_in_the_callers_loop_and_context(runtime):
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    seen: list[Any] = []

    async def loader(url: str) -> str:
        seen.append((variable.get(), asyncio.get_running_loop()))
        return "export const n = 1"

    runtime.set_module_loader(loader)
    variable.set("mine")
    await runtime.eval_module_async("a")
    await runtime.eval_async("Promise.resolve().then(() => import('b'))")
    assert seen == [("mine", asyncio.get_running_loop())] * 2


async def test_a_synchronous_evaluation_does_not_wait_for_the_loop_that_it_blocks(runtime):
    async def loader(url: str) -> str:
        return ""

    runtime.set_module_loader(loader)
    with pytest.raises(ModuleError, match="async module loader.*eval_module_async"):
        runtime.eval_module("x")
    with pytest.raises(ModuleError, match="async module loader.*eval_module_async"):
        runtime.eval("import('x')")
    assert await runtime.eval_module_async("x") == {}


def test_an_async_loader_in_a_synchronous_evaluation(runtime):
    async def loader(url: str) -> str:
        await asyncio.sleep(0.001)
        if url == "bad":
            raise LookupError(url)
        return "import 'dependency'; export const n = 1" if url == "main" else ""

    runtime.set_module_loader(loader)
    assert runtime.eval_module("main") == {"n": 1}
    assert runtime.eval("import('other').then(() => 5)") == 5
    with pytest.raises(ModuleError, match="LookupError") as error:
        runtime.eval_module("bad")
    assert isinstance(error.value.__cause__, LookupError)

    async def forever(url: str) -> str:
        await asyncio.sleep(3600)
        return ""

    runtime.set_module_loader(forever)
    with pytest.raises(RuntimeTimeout):
        runtime.eval_module("late", timeout=0.05)

    async def interrupted(url: str) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(3600)
        return ""

    runtime.set_module_loader(interrupted)
    with pytest.raises(KeyboardInterrupt):
        runtime.eval_module("late")
    runtime.set_module_loader(loader)
    assert runtime.eval_module("late") == {}


async def test_top_level_await_of_python(runtime):
    async def fetch(n: int) -> int:
        await asyncio.sleep(0.001)
        return n * 2

    runtime.bind_function("fetchIt", fetch)
    runtime.add_static_module("m", "export const n = await fetchIt(21)")
    assert await runtime.eval_module_async("m", timeout=10) == {"n": 42}
    runtime.add_static_module("loop", "while (true) {}")
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_module_async("loop", timeout=0.1)
    assert await runtime.eval_async("1") == 1


def test_eval_module_async_before_a_loop_runs(runtime):
    runtime.add_static_module("m", "export const x = 1")
    assert asyncio.run(runtime.eval_module_async("m")) == {"x": 1}


def test_closing_while_a_loader_runs():
    async def main() -> None:
        runtime = Runtime()
        started = asyncio.Event()

        async def loader(url: str) -> str:
            started.set()
            await asyncio.sleep(3600)
            return ""

        runtime.set_module_loader(loader)
        evaluation = asyncio.ensure_future(runtime.eval_module_async("x"))
        await started.wait()
        runtime.close()
        with pytest.raises(RuntimeError, match="closed"):
            await evaluation

    asyncio.run(main())
