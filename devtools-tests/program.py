"""Python programs to debug, each in a process of its own."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

TIMEOUT = 30.0
"""Limit of each wait, in seconds. Far more than needed, even on a busy machine."""

PRELUDE = '''
import threading

from jsrun import InspectorConfig, JavaScriptError, Runtime, RuntimeConfig


def debuggable_runtime(bootstrap=None, **inspector):
    """Create a runtime with a debugger on a free port and print the debugger's address."""
    config = RuntimeConfig(bootstrap=bootstrap, inspector=InspectorConfig(port=0, **inspector))
    return announce(Runtime(config))


def announce(runtime):
    print("debugger:", runtime.inspector_endpoints().websocket_url)
    return runtime


SHOP = """\\
function price(quantity, unit) {
  const base = quantity * unit;
  debugger;
  const taxed = addTax(base, 0.25);
  return taxed;
}

function addTax(amount, rate) {
  const tax = amount * rate;
  return amount + tax;
}

price
"""
'''
"""The first lines of each program."""


class Program:
    """A running Python program, with the interpreter and environment of the tests."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        """The lines that the program has printed so far."""
        self.error_lines: list[str] = []
        self._unread: queue.Queue[str | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_output, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(self.process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def wait_line(self, prefix: str, timeout: float = TIMEOUT) -> str:
        """Wait for the next line that starts with the prefix and return the rest of it."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._unread.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"waited {timeout:.0f} s for a line that begins with {prefix!r}; "
                    f"the program printed {self.lines}"
                ) from None
            if line is None:
                raise AssertionError(
                    f"the program ended (exit code {self.process.wait()}) without a line that "
                    f"begins with {prefix!r}; it printed {self.lines}"
                )
            if line.startswith(prefix):
                return line.removeprefix(prefix).strip()

    def write_line(self, text: str = "") -> None:
        """Send a line to the program's standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait_exit(self, timeout: float = TIMEOUT) -> int:
        """Wait until the program has ended and return its exit code."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"the program still runs after {timeout:.0f} s; it printed {self.lines}"
            ) from None
        for reader in self._readers:
            reader.join(timeout)
        return code

    def ends_with(self, prefix: str, text: str) -> None:
        """Wait for the line that starts with the prefix, and for the end of the program."""
        assert self.wait_line(prefix) == text
        assert self.wait_exit() == 0

    def finish(self) -> None:
        """Send a line, and wait until the program has ended with status 0."""
        self.write_line()
        assert self.wait_exit() == 0

    def kill(self) -> None:
        """End the program at once."""
        self.process.kill()
        self.wait_exit()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def _read_output(self, stream: IO[str]) -> None:
        for line in stream:
            self.lines.append(line.rstrip("\n"))
            self._unread.put(self.lines[-1])
        self._unread.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        for line in stream:
            self.error_lines.append(line.rstrip("\n"))


StartProgram = Callable[[str], Program]
"""Starts a program, given what comes after the prelude."""


class Debug(Protocol):
    """Starts a program, given what comes after the prelude, and attaches DevTools to it.

    The program prints the address of its debugger. Then it waits for a line, which is sent if
    ``go_on``.
    """

    def __call__(self, text: str, go_on: bool = True) -> Program: ...
