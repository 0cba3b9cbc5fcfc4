"""Clients that read slowly or not at all, and clients that are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from inspected import endpoints_of, inspected
from jsrun import Runtime
from memory import MIB, measures_memory

QUEUE = 16 * MIB
"""How many bytes may wait for a client: see docs/inspector.md."""

HOST = """
import re, socket, sys, threading
sys.path.insert(0, {tests!r})
import cdp, waiting
from cdp import RawClient
from waiting import until
from jsrun import InspectorConfig, Runtime, RuntimeConfig


def memory(kind="VmRSS"):
    with open("/proc/self/status") as status:
        return int(re.search(kind + ":\\\\s+(\\\\d+) kB", status.read())[1]) * 1024


class Peak:
    '''By how much the process has grown at most, in a with statement.'''

    def __enter__(self):
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # VmHWM begins again
        self.before = memory()
        return self

    def __exit__(self, *_):
        self.growth = memory("VmHWM") - self.before


cdp.TIMEOUT = waiting.TIMEOUT = 100.0  # a heap of 200 MB takes its time
runtime = Runtime(RuntimeConfig(inspector=InspectorConfig(port=0)))
endpoints = runtime.inspector_endpoints()
"""


def run(run_python: Callable[..., subprocess.CompletedProcess[str]], program: str) -> list[int]:
    """Runs HOST and this program; returns the numbers that it prints."""
    start = HOST.format(tests=str(Path(__file__).parents[1]))
    done = run_python(start + textwrap.dedent(program))
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()]


@measures_memory
def test_a_client_that_never_reads_costs_no_memory(run_python):
    """200 MB are logged. The program waits for the client until that leaves."""
    growth, unread, logged = run(
        run_python,
        """
        logged = []
        runtime.bind_function("count", logged.append)
        client = RawClient(endpoints.websocket_url)
        for number, domain in enumerate(["Runtime", "Debugger", "Profiler", "HeapProfiler"]):
            client.send('{"id": %d, "method": "%s.enable"}' % (number, domain))
        script = '''
            const text = "x".repeat(10000);
            for (let i = 1; i <= 20000; i++) {
              console.log(text, i);
              if (i % 100 === 0) count(i);
            }
            '''
        with Peak() as peak:
            thread = threading.Thread(target=runtime.eval, args=[script])
            thread.start()
            until(client.has_stopped)
            unread = logged[-1]
            client.vanish()
            thread.join()
        print(peak.growth, unread, logged[-1])
        runtime.close()
        """,
    )
    assert unread < 10_000
    assert logged == 20_000
    assert growth < 100 * MIB


@measures_memory
@pytest.mark.parametrize("process", [False, True], ids=["of a runtime", "of the process"])
@pytest.mark.parametrize(
    "request_text",
    [
        """{"id": 1, "method": "Runtime.evaluate", "params": {"expression": "'x'.repeat(1000)"}}""",
        '{"id": 1, "method": "Network.loadNetworkResource", "params": {"url": "%s"}}'
        % ("x" * 9000),
        '{"id": 1, "method": "No.such.method"}',
    ],
    ids=["evaluations", "files", "no methods"],
)
def test_endless_requests_of_a_client_that_reads_no_answer(run_python, process, request_text):
    """The server stops reading from the client, and serves others."""
    sent, growth = run(
        run_python,
        f"""
        request = {request_text!r}
        url = endpoints.process_websocket_url if {process} else endpoints.websocket_url
        client = RawClient(url)
        if {process}:
            client.send(
                '{{"id": 1, "method": "Target.attachToTarget",'
                '"params": {{"targetId": "%s", "flatten": true}}}}' % endpoints.id
            )
            session = re.search('"sessionId":"([^"]+)"', client.read_text())[1]
            request = request[:-1] + ', "sessionId": "%s"}}' % session
        client.socket.settimeout(0.5)
        sent = 0
        with Peak() as peak:
            try:
                while sent < 500_000_000:
                    client.send(request)
                    sent += len(request)
            except TimeoutError:
                pass
        client.vanish()
        assert runtime.eval("6 * 7") == 42
        print(sent, peak.growth)
        runtime.close()
        """,
    )
    assert sent < 500_000_000
    assert growth < 150 * MIB


@measures_memory
def test_a_heap_snapshot_of_200_mb_for_a_slow_client(run_python):
    """V8 needs memory of its own for it, but produces the text only as fast as it is read."""
    growth, length = run(
        run_python,
        """
        runtime.eval('''
            globalThis.arrays = Array.from({length: 23}, () => new Array(1e6).fill(0.5));
            globalThis.objects = Array.from({length: 4e5}, (_, i) => ({number: i + 0.5}));
            0''')
        client = RawClient(endpoints.websocket_url, buffer=4096)
        client.send('{"id": 1, "method": "HeapProfiler.takeHeapSnapshot"}')
        until(client.has_stopped)
        # V8 has got as far as the text, and waits.
        later = threading.Thread(target=runtime.eval, args=["1"])
        later.start()
        with Peak() as peak:
            length = len(client.read_text())
            assert later.is_alive()
            while not (text := client.read_text()).startswith('{"id":1,'):
                length += len(text)
        later.join()
        print(peak.growth, length)
        client.vanish()
        runtime.close()
        """,
    )
    assert length > 3 * QUEUE
    assert growth < 3 * QUEUE


KILLED = """
import os, sys
sys.path.insert(0, {tests!r})
from cdp import Client

client = Client(sys.argv[1])
client.send("Debugger.enable")
print("attached", flush=True)
client.paused()
print("paused", flush=True)
client.until_closed()
"""


def test_a_client_that_is_killed_while_paused_loses_its_pause():
    with Runtime(inspected()) as runtime:
        program = KILLED.format(tests=str(Path(__file__).parents[1]))
        for _ in range(3):
            command = [sys.executable, "-c", program, endpoints_of(runtime).websocket_url]
            client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            assert client.stdout is not None
            assert client.stdout.readline() == "attached\n"

            def kill(client: subprocess.Popen[str] = client) -> None:
                assert client.stdout is not None
                assert client.stdout.readline() == "paused\n"
                client.send_signal(signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            assert runtime.eval("debugger; 'went on'") == "went on"
            killer.join()
            assert client.wait() == -signal.SIGKILL
            client.stdout.close()
