"""The type stubs say what the extension does."""

from __future__ import annotations

import subprocess
import sys


def test_the_stubs_fit_the_module():
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "jsrun"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
