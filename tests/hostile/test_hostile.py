"""Hostile scripts: each ends as it must, within limits, in four ways, and does the host no harm.

The scripts are in hostile_scripts.py. hostile_worker.py runs them in a process of its own, so a
script that ends or blocks the process fails its own test only.

JSRUN_HOSTILE_TIMEOUT changes the timeout of endless scripts, and JSRUN_HOSTILE_OPEN=1 also runs
scripts that are known to fail.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_scripts import SCRIPTS, Script, why_open
from hostile_worker import HEAP, WAYS
from memory import MIB

TIMEOUT = float(os.environ.get("JSRUN_HOSTILE_TIMEOUT", "0.1"))
"""Seconds until an endless script is stopped. All of them take this time, so it is short."""

RUN_OPEN = bool(os.environ.get("JSRUN_HOSTILE_OPEN"))
"""Whether to run what is expected to fail, and may block until PATIENCE is over."""

PATIENCE = 60.0
"""Seconds beyond the timeout that a busy machine may take for a script and its runtime's end."""

ROOM = 256 * MIB
"""How much the process may grow beyond the heap limit while a script runs."""


class Worker:
    """A process that runs the scripts. A new one replaces it when it dies or blocks."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, way: str, script: Script) -> dict[str, Any]:
        # What must end by itself gets the time that a busy machine may take.
        timeout = TIMEOUT if "timeout" in script.ends else PATIENCE / 2
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("hostile_worker.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        request = {"way": way, "source": script.source, "timeout": timeout}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(TIMEOUT + PATIENCE):
                self.close()
                pytest.fail(f"no answer within {TIMEOUT + PATIENCE:g} s")
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            self.close()
            pytest.fail(f"the process has ended with {code}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def cases() -> Iterator[Any]:
    for script in SCRIPTS:
        for way in WAYS:
            reason = why_open(script, way)
            marks = [pytest.mark.xfail(reason=reason, run=RUN_OPEN)] if reason else []
            yield pytest.param(script, way, id=f"{script.kind}-{script.name}-{way}", marks=marks)


@pytest.mark.parametrize(("script", "way"), list(cases()))
def test_a_hostile_script(worker: Worker, script: Script, way: str) -> None:
    answer = worker.run(way, script)
    assert answer["end"] in script.ends
    assert answer["wrong"] == ""
    assert answer["seconds"] < TIMEOUT + PATIENCE
    assert answer["close"] < PATIENCE
    if "ASAN_OPTIONS" not in os.environ:
        assert answer["growth"] < HEAP + ROOM


def test_names_are_used_once() -> None:
    names = [(script.kind, script.name) for script in SCRIPTS]
    assert len(set(names)) == len(names)
