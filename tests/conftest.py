"""Fixtures of the tests of the Python API."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator

import jsrun
import pytest


@pytest.fixture
def runtime() -> Iterator[jsrun.Runtime]:
    with jsrun.Runtime() as runtime:
        yield runtime


@pytest.fixture
def echo(runtime: jsrun.Runtime) -> jsrun.JsFunction:
    """Takes a value to JavaScript and back."""
    return runtime.eval("value => value")


@pytest.fixture
def run_python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program in a Python of its own."""

    def run(
        program: str, *options: str, find_leaks: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ)
        if not find_leaks:
            environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        return subprocess.run(
            [sys.executable, *options, "-c", textwrap.dedent(program)],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )

    return run
