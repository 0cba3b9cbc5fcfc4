"""Debug JavaScript that runs inside a Python program.

    python docs/examples/demo.py          waits for Chrome DevTools, VS Code, or another CDP client
    python docs/examples/demo.py --auto   attaches a small debugger of its own, and ends by itself

The JavaScript (demo_bootstrap.js) turns an order into an invoice. This program gives it the order
as plain Python data and a Python function to look up articles with, and prints what it returns.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import signal
import sys
import textwrap
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsrun import JsFunction, Runtime

BOOTSTRAP = Path(__file__).resolve().with_name("demo_bootstrap.js")
HOST = "127.0.0.1"
USUAL_PORT = 9229
# The demo with its own debugger takes about a second: after this many something is wrong.
WATCHDOG_SECONDS = 30
EXIT_INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended

CATALOGUE: dict[str, dict[str, Any]] = {
    "COF-1": {"name": "Coffee beans, 1 kg", "price": 1890, "category": "reduced"},
    "CUP-6": {"name": "Espresso cups, set of 6", "price": 2450, "category": "standard"},
    "GRI-9": {"name": "Grinder, 64 mm burrs", "price": 123900, "category": "standard"},
}

ORDER: dict[str, Any] = {
    "number": "2031-0042",
    "date": datetime(2031, 3, 14, 9, 30, tzinfo=timezone.utc),
    "customer": {"name": "Café Lumière", "country": "DE", "orders": 17, "vatId": None},
    "items": [
        {"sku": "COF-1", "quantity": 12},
        {"sku": "CUP-6", "quantity": 2},
        {"sku": "GRI-9", "quantity": 1},
    ],
}


def main() -> int:
    arguments = parse_arguments()
    # Before anything else, so that something is seen while V8 loads.
    say("jsrun demo: JavaScript in this Python process renders an invoice and can be debugged.")
    if arguments.auto:
        start_watchdog()
    try:
        import jsrun
    except ImportError as error:
        return fail(
            f"jsrun cannot be imported ({error}). In a source tree, `make demo` builds it first."
        )

    try:
        runtime = start_runtime(jsrun)
    except RuntimeError as error:
        return fail(f"The runtime cannot be started: {error}")
    try:
        # Needs no JavaScript to run, so it does not wait for the debugger.
        runtime.bind_function("lookupArticle", lambda sku: CATALOGUE[sku])
        if arguments.auto:
            return run_with_own_debugger(runtime)
        return run_with_a_person(runtime)
    except (RuntimeError, jsrun.JavaScriptError) as error:
        return fail(f"{type(error).__name__}: {error}")
    finally:
        runtime.close()


def start_runtime(jsrun: Any) -> Runtime:
    """A runtime that waits for a debugger, on the usual port or, if it is taken, a free one."""
    # By the sourceURL comment debuggers show the script under its file name, and VS Code opens
    # that file and sets breakpoints in it.
    source = f"{BOOTSTRAP.read_text(encoding='utf-8')}\n//# sourceURL={BOOTSTRAP.as_uri()}\n"

    def create(port: int) -> Runtime:
        inspector = jsrun.InspectorConfig(
            host=HOST,
            port=port,
            wait_for_connection=True,
            break_on_next_statement=True,
            display_name="jsrun demo",
        )
        runtime: Runtime = jsrun.Runtime(jsrun.RuntimeConfig(bootstrap=source, inspector=inspector))
        return runtime

    try:
        return create(USUAL_PORT)
    except RuntimeError as error:
        say(f"\nPort {USUAL_PORT} cannot be used, so another one is taken. ({error})")
        return create(0)


def run_with_a_person(runtime: Runtime) -> int:
    print_ways_to_attach(runtime)
    render = get_function(runtime)  # waits here until a debugger has attached
    while True:
        say(f"\n{render(ORDER)}")
        say("Set a breakpoint, in renderInvoice for example, and press Enter to render it again.")
        say("Ctrl-C ends the program.")
        if not sys.stdin.readline():  # Ctrl-D
            return 0


def run_with_own_debugger(runtime: Runtime) -> int:
    from demo_debugger import DemoDebugger

    say("\nNo person debugs it this time: a small debugger of the demo's own does, through the")
    say("same WebSocket that Chrome DevTools would use.\n")
    endpoints = runtime.inspector_endpoints()
    assert endpoints is not None  # an inspector was asked for
    debugger = DemoDebugger(endpoints.websocket_url, on_failure=runtime.terminate)
    debugger.start()
    try:
        text = get_function(runtime)(ORDER)
    except RuntimeError:
        if debugger.error is None:
            raise
        # The debugger has ended the runtime: its error is reported below.
        text = ""
    debugger.join()
    if debugger.error is not None:
        return fail(f"The demo's own debugger failed: {debugger.error}")
    say(f"\nWhat the JavaScript returned to Python:\n\n{text}")
    return 0


def get_function(runtime: Runtime) -> JsFunction:
    function: JsFunction = runtime.eval("renderInvoice")
    return function


def print_ways_to_attach(runtime: Runtime) -> None:
    endpoints = runtime.inspector_endpoints()
    assert endpoints is not None  # an inspector was asked for
    port = endpoints.websocket_url.split("/")[2].rpartition(":")[2]
    say(
        f"""
It waits for a debugger before its first JavaScript statement.

  Chrome    Paste this into the address bar:

            {endpoints.devtools_frontend_url}

            Or open chrome://inspect, press "Configure...", add {HOST}:{port},
            and press "inspect" below the target "{endpoints.title}".

  VS Code   Put this into .vscode/launch.json of the folder that is open, and press F5:
"""
    )
    say(textwrap.indent(launch_configuration(port), " " * 12))
    say("\nThen step through the script, or let it run (F8 in Chrome, F5 in VS Code).")
    say("Ctrl-C ends the program.")


def launch_configuration(port: str) -> str:
    return f"""\
{{
    "version": "0.2.0",
    "configurations": [
        {{
            "name": "Attach to jsrun",
            "type": "node",
            "request": "attach",
            "address": "{HOST}",
            "port": {port}
        }}
    ]
}}"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Debug JavaScript inside a Python program.")
    parser.add_argument(
        "--auto",
        action="store_true",
        # Without a terminal nobody can answer, and the demo would wait forever.
        default=not (sys.stdin and sys.stdin.isatty()),
        help="attach a small debugger of the demo's own (the default where stdin is no terminal)",
    )
    return parser.parse_args()


def start_watchdog() -> None:
    """Ends the program with a clear message if it hangs."""

    def give_up() -> None:
        fail(f"The demo has hung for {WATCHDOG_SECONDS} seconds. Where its threads are:")
        faulthandler.dump_traceback()
        os._exit(1)

    timer = threading.Timer(WATCHDOG_SECONDS, give_up)
    timer.daemon = True
    timer.start()
    # The timer needs the GIL. This one does not, should something hang while it holds the GIL.
    faulthandler.dump_traceback_later(WATCHDOG_SECONDS + 5, exit=True)


def say(text: str) -> None:
    print(text, flush=True)


def fail(message: str) -> int:
    print(f"\ndemo: {message}", file=sys.stderr, flush=True)
    return 1


def run() -> int:
    if sys.stdout and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # for terminals that cannot show an accent
    try:
        return main()
    except KeyboardInterrupt:
        say("\nInterrupted.")
        return EXIT_INTERRUPTED
    finally:
        # Only cleaning up is left: a second Ctrl-C must not interrupt it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(run())
