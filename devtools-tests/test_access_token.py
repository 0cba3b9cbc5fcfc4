"""DevTools on an inspector that asks for an access token."""

from __future__ import annotations

from devtools import DevTools
from process_window import ProcessWindow
from program import StartProgram

PROGRAM = """
from jsrun import InspectorConfig, Runtime, RuntimeConfig

inspector = InspectorConfig("0.0.0.0", port=0, allow_remote=True, display_name="guarded")
with Runtime(RuntimeConfig(inspector=inspector)) as runtime:
    runtime.eval("var answer = 42")
    print("one:", runtime.inspector_endpoints().devtools_frontend_url)
    print("all:", runtime.inspector_endpoints().process_devtools_frontend_url)
    input()
"""


def test_the_printed_url_of_a_runtime_has_the_token(
    devtools: DevTools, program: StartProgram
) -> None:
    running = program(PROGRAM)
    devtools.open(running.wait_line("one:"))
    assert devtools.console_evaluate("answer") == "42"
    running.write_line()
    devtools.wait_disconnected()


def test_the_printed_url_of_the_process_has_the_token(
    devtools: DevTools, program: StartProgram
) -> None:
    running = program(PROGRAM)
    window = ProcessWindow(devtools, running.wait_line("all:"))
    window.wait_threads("Main", "guarded")
    running.write_line()
    devtools.wait_disconnected()
