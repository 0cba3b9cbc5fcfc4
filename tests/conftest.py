"""Fixtures of the tests of the Python API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import jsrun
import pytest

# A shell without job control starts background jobs with Ctrl-C ignored, and Python leaves it so.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def runtime() -> Iterator[jsrun.Runtime]:
    with jsrun.Runtime() as runtime:
        yield runtime


@pytest.fixture
def echo(runtime: jsrun.Runtime) -> jsrun.JsFunction:
    """Takes a value to JavaScript and back."""
    return runtime.eval("value => value")


# Packages of ES modules from npm, each of another kind: see tests/modules/test_loaders.py.
NPM_PACKAGES = {"chalk": "5.6.2", "lodash-es": "4.18.1", "marked": "15.0.12"}


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """A folder with a node_modules folder in it; it is kept in build/."""
    folder = Path(__file__).parent.parent / "build" / "npm"
    manifest = json.dumps({"private": True, "dependencies": NPM_PACKAGES})
    done = folder / "installed.json"
    if not done.exists() or done.read_text() != manifest:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(manifest)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        # Without npm, or without its registry, the tests fail: cmake/setup.sh installs npm.
        # The sanitizer is not for the node that it runs.
        environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        subprocess.run(
            ["npm", "install", *options], cwd=folder, check=True, timeout=240, env=environment
        )
        done.write_text(manifest)
    return folder


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
            timeout=150,
            env=environment,
        )

    return run
