"""A thousand runtimes leave nothing behind."""

from __future__ import annotations

import os
import threading
from typing import NamedTuple

import jsrun
import pytest
from cdp import Client
from waiting import until


class Resources(NamedTuple):
    threads: int
    files: int
    megabytes: float

    @classmethod
    def now(cls) -> Resources:
        with open("/proc/self/statm") as statm:
            pages = int(statm.read().split()[1])
        return cls(
            len(os.listdir("/proc/self/task")),
            len(os.listdir("/proc/self/fd")),
            pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        )


def close_while_paused(runtime: jsrun.Runtime) -> None:
    endpoints = runtime.inspector_endpoints()
    assert endpoints is not None
    outcome: list[BaseException] = []

    def evaluate() -> None:
        try:
            runtime.eval("debugger; 1")
        except RuntimeError as error:
            outcome.append(error)

    with Client(endpoints.websocket_url) as client:
        client.send("Debugger.enable")
        thread = threading.Thread(target=evaluate)
        thread.start()
        client.event("Debugger.paused")
        runtime.close()
        thread.join()
    assert [str(error) for error in outcome] == ["runtime is closed"]


def one_life(number: int) -> None:
    inspector = jsrun.InspectorConfig(port=0) if number % 2 == 0 else None
    with jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector)) as runtime:
        assert runtime.eval("Array.from({length: 1000}, (_, i) => ({i})).length") == 1000
        if number % 10 == 0:
            close_while_paused(runtime)


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_a_thousand_runtimes():
    for number in range(200):  # caches fill, and permanent threads start
        one_life(number)
    before = Resources.now()
    for number in range(1000):
        one_life(number)
    # A thread that has been joined is listed a moment longer.
    until(lambda: Resources.now().threads <= before.threads)
    after = Resources.now()
    assert after.files <= before.files
    # An isolate takes a megabyte: one in fifty that stays would show.
    assert after.megabytes - before.megabytes < 20
