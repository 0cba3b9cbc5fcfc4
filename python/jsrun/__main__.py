"""``python -m jsrun program.js``: run JavaScript from the command line."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

from . import (
    InspectorConfig,
    JavaScriptError,
    JsrunError,
    Probe,
    ProbeHit,
    Runtime,
    RuntimeConfig,
    _console,
)


class _AddProbe(argparse.Action):
    """``--probe LOCATION``, and the ``--expr EXPRESSION`` that follows it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        value: Any,
        option: str | None = None,
    ) -> None:
        probes: list[tuple[str, list[str]]] = namespace.probes
        if option == "--probe":
            probes.append((value, []))
        elif probes:
            probes[-1][1].append(value)
        else:
            parser.error("--expr has to follow the --probe that it belongs to")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m jsrun",
        description="Run a JavaScript program.",
        usage="%(prog)s [options] (program.js | - | --eval CODE | --print CODE) [argument ...]",
    )
    parser.set_defaults(probes=[])
    parser.add_argument("program", nargs="?", help="the file to run; - reads standard input")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="the program finds them in script.args"
    )
    code = parser.add_mutually_exclusive_group()
    code.add_argument("-e", "--eval", metavar="CODE", help="run this instead of a file")
    code.add_argument("-p", "--print", metavar="CODE", help="run this and print its value")
    parser.add_argument(
        "--probe",
        metavar="FILE:LINE",
        action=_AddProbe,
        help="print a line of output each time this line is reached, without stopping; "
        "may be repeated",
    )
    parser.add_argument(
        "--expr",
        metavar="EXPRESSION",
        action=_AddProbe,
        help="also print the value of this expression there; follows its --probe; may be repeated",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print probes as JSON, one object a line; the program's own output goes to stderr",
    )
    for option, text in [
        ("--inspect", "let a debugger attach"),
        ("--inspect-wait", "let a debugger attach, and wait until one has"),
        ("--inspect-brk", "wait likewise, and pause on the first statement"),
    ]:
        parser.add_argument(option, metavar="[HOST:]PORT", nargs="?", const="9229", help=text)
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="how long JavaScript may run"
    )
    return parser


def _inspector(options: argparse.Namespace) -> InspectorConfig | None:
    place = options.inspect_brk or options.inspect_wait or options.inspect
    if place is None:
        return None
    host, _, port = place.rpartition(":")
    if not port.isdigit():
        raise ValueError(f"--inspect takes a port, or a host and a port, not {place!r}")
    return InspectorConfig(
        host=host.strip("[]") or "127.0.0.1",
        port=int(port),
        wait_for_connection=options.inspect_wait is not None,
        break_on_next_statement=options.inspect_brk is not None,
        display_name=options.program or "jsrun",
    )


def _read(options: argparse.Namespace) -> tuple[str, str]:
    """The code of the program and the name that it runs under."""
    if options.eval is not None or options.print is not None:
        if options.program is not None:
            options.arguments.insert(0, options.program)
        return (options.eval if options.eval is not None else options.print), "[eval]"
    if options.program is None:
        raise ValueError("there is nothing to run: give a file, -, --eval or --print")
    if options.program == "-":
        return sys.stdin.read(), "[stdin]"
    with open(options.program, encoding="utf-8") as file:
        return file.read(), options.program


class _Program:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failed = False
        self.code, self.name = _read(options)
        if options.json and not options.probes:
            raise ValueError("--json needs a --probe: it prints what probes report")
        try:
            self.config = RuntimeConfig(inspector=_inspector(options), timeout=options.timeout)
        except ValueError as error:
            name = "--timeout" if str(error).startswith("Timeout") else "--inspect"
            raise ValueError(f"{name}: {error}") from None
        self.config.enable_console = True
        self.config.uncaught_handler = self.uncaught

    def uncaught(self, error: JavaScriptError) -> None:
        self.failed = True
        _report(error)

    def probe(self, runtime: Runtime) -> list[Probe]:
        stdout = sys.stdout

        def print_json(hit: ProbeHit) -> None:
            _console.print_line(hit.json(), stdout, flush=True)

        show = print_json if self.options.json else None
        return [
            runtime.probe(location, *expressions, handler=show)
            for location, expressions in self.options.probes
        ]

    def run(self, runtime: Runtime) -> int:
        # No script of ours does this: the program's own has to be the first that runs.
        runtime.bind_object("script", {"name": self.name, "args": self.options.arguments})
        endpoints = runtime.inspector_endpoints()
        if endpoints is not None:
            print(f"Debugger: {endpoints.devtools_frontend_url}", file=sys.stderr, flush=True)
        probes = self.probe(runtime)
        output = sys.stderr if self.options.json else sys.stdout
        try:
            with contextlib.redirect_stdout(output):
                value = runtime.eval(self.code, filename=self.name)
                if self.options.print is not None:
                    _console.print_line(repr(value), sys.stdout, flush=True)
                _await_idle(runtime)
        except JsrunError as error:
            _report(error)
            self.failed = True
        finally:
            for probe in probes:
                probe.close()
        return 1 if self.failed else 0


def _await_idle(runtime: Runtime) -> None:
    """Wait until no timer of the program is left and the last one has run."""
    while not runtime.is_closed():
        if _is_idle(runtime):
            # A timer stops counting when its function starts. This waits until that has returned.
            runtime.eval("")
            if _is_idle(runtime):
                return
        time.sleep(0.005)


def _is_idle(runtime: Runtime) -> bool:
    stats = runtime.get_stats()
    return not (stats.active_timers or stats.active_intervals or stats.active_async_ops)


def _report(error: BaseException) -> None:
    """Print the error without the Python part of its traceback, which is about this file."""
    lines = traceback.format_exception(type(error), error, None)
    sys.stderr.write("".join(lines))
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0, 1 if the program failed, 2 if it was not started."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        program = _Program(options)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    try:
        with Runtime(program.config) as runtime:
            return program.run(runtime)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
