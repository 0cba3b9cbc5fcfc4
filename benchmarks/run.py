"""Compares this project with V8 itself and with other JavaScript engines for Python.

    python benchmarks/run.py                     this project and raw V8
    python benchmarks/run.py --peers             and all peers, installed into build/bench-venv
    python benchmarks/run.py --peers quickjs -- eval call

Each participant runs in a process of its own, in turn: row by row, round by round. A time alone
says little, least of all on a machine with other users. So each time is also given as a multiple of
the time of raw V8 (benchmarks/raw_v8) in the same round. Prints a table in Markdown, and writes all
figures into a JSON file.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import platform
import select
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS_VENV = ROOT / "build" / "bench-venv"
PEERS_PYTHON = PEERS_VENV / "bin" / "python"
BASELINE = "raw V8"
PROJECT = "this project"
# A participant that takes longer counts as one that hangs. It is not asked for that row again.
ANSWER_SECONDS = 60

TIME, MEMORY, COUNT, FACTOR = "time", "memory", "count", "factor"


@dataclass
class Row:
    name: str
    title: str
    kind: str = TIME
    # The row of raw V8 that this row is compared with; None: there is none.
    baseline: str | None = "the same"


ROWS = [
    Row("eval", '`eval("2+2")`'),
    Row("eval_new", "eval of a new text each time"),
    Row("call", "call `(a, b) => a + b`"),
    Row("call_beside", "the same, beside another Python thread", baseline="call"),
    Row("callback", "JavaScript → host function → JavaScript"),
    Row("callback_factor", "the same, over a Python call of the function", FACTOR, baseline=None),
    Row("shared_eval", '`eval("2+2")`, used by two threads'),
    Row("shared_call", "call, used by two threads"),
    Row("async_one", '`await eval_async("1")`, one at a time', baseline=None),
    Row("async_many", "the same, 1,000 at a time", baseline=None),
    Row("create", "create, eval, close"),
    Row("pool", "the same, from a pool", baseline="create"),
    Row("ints_out", "100,000 ints, from JavaScript"),
    Row("ints_out_json", "the same, through JSON text", baseline="ints_out"),
    Row("ints_in", "100,000 ints, to JavaScript"),
    Row("ints_in_json", "the same, through JSON text", baseline="ints_in"),
    Row("dicts_out", "10,000 dicts of 8, from JavaScript"),
    Row("dicts_out_json", "the same, through JSON text", baseline="dicts_out"),
    Row("dicts_in", "10,000 dicts of 8, to JavaScript"),
    Row("dicts_in_json", "the same, through JSON text", baseline="dicts_in"),
    Row("latin1_out", "1 MB text, Latin-1, from JavaScript"),
    Row("latin1_in", "1 MB text, Latin-1, to JavaScript"),
    Row("ucs2_out", "1 MB text, UCS-2, from JavaScript"),
    Row("ucs2_in", "1 MB text, UCS-2, to JavaScript"),
    Row("astral_out", "1 MB text, astral, from JavaScript"),
    Row("astral_in", "1 MB text, astral, to JavaScript"),
    Row("bytes_out", "10 MB bytes, from JavaScript"),
    Row("bytes_in", "10 MB bytes, to JavaScript"),
    Row("memory", "memory of an idle runtime", MEMORY),
    Row("two_threads", "two threads, a runtime each, over one", FACTOR, baseline=None),
    Row("eval_switches", "waits in 10,000 evals", COUNT),
    Row("call_switches", "waits in 10,000 calls", COUNT),
]

EXPLANATIONS = """\
- Medians over the rounds. In brackets: the multiple of raw V8 in the same round. "–": it cannot.
- "Used by two threads": raw V8 under a `v8::Locker` that is taken each time, the others after a
  second thread has used the runtime as well.
- "From JavaScript" is a call of a JavaScript function that returns the data, "to JavaScript" a
  call with the data as its argument.
- "Through JSON text" is what a program can do instead: `JSON.stringify` and `json.loads`, or
  `json.dumps` and `JSON.parse`, with this project.
- "Waits" are voluntary context switches of all threads of the process (`ru_nvcsw`): about none
  where JavaScript runs on the caller's thread, one or more a call where it is handed to another.
- "From a pool": what the user of a pool waits for while it has some ready, against V8 making one.
- Memory is what the resident set grows by for each of 100 runtimes that have evaluated something.\
"""


class NoAnswer(Exception):
    """The process crashed or hangs."""


@dataclass
class Participant:
    """A process that is measured: it answers the name of a row with a figure."""

    name: str
    command: list[str]
    environment: dict[str, str]
    hello: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.hello = self._answer(self.process)

    def ask(self, row: str) -> dict[str, Any]:
        try:
            if self.process is None:
                self.start()
            assert self.process is not None and self.process.stdin is not None
            self.process.stdin.write(f"{row}\n")
            self.process.stdin.flush()
            return self._answer(self.process)
        except (NoAnswer, BrokenPipeError) as error:
            process = self.process
            self.stop()
            status = process.returncode if process else None
            return {"error": f"{error or 'the process ended'} (exit status {status})"}

    def stop(self) -> None:
        if self.process is None:
            return
        # Most processes end when their input ends. One that still runs hangs.
        try:
            self.process.communicate(timeout=5)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self.process.kill()
            self.process.communicate()
        self.process = None

    def v8_library(self) -> str | None:
        """The file that V8 was loaded from."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/maps").read_text().splitlines():
            name = os.path.basename(line)
            if name.startswith(("libv8.so", "libnode.so")):
                return line.split(maxsplit=5)[5]
        return None

    @staticmethod
    def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None
        # Each line is answered with one line, so Python's own buffer is empty here.
        readable, _, _ = select.select([process.stdout], [], [], ANSWER_SECONDS)
        if not readable:
            process.kill()
            raise NoAnswer(f"no answer in {ANSWER_SECONDS} seconds")
        line = process.stdout.readline()
        if not line:
            raise NoAnswer("the process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def main() -> int:
    arguments = parse_arguments()
    rows = [row for row in ROWS if not arguments.rows or row.name in arguments.rows]
    participants = find_participants(arguments)
    for participant in list(participants):
        try:
            participant.start()
        except (NoAnswer, OSError) as error:
            if participant.name in (BASELINE, PROJECT):
                return fail(f"{participant.name} does not start: {error}")
            say(f"{participant.name} is left out, it does not start: {error}")
            participants.remove(participant)
    warn_of_different_libraries(participants)

    figures = measure(participants, rows, arguments.rounds)
    print_table(participants, rows, figures)
    if arguments.plot:
        plot(arguments.plot, participants, rows, figures)
    write_json(arguments.json, participants, rows, figures, arguments.rounds)
    broken = [
        f"{row.title}: {participant.name}: {figures[row.name][participant.name].error}"
        for row in rows
        for participant in participants
        if participant.name in (BASELINE, PROJECT) and figures[row.name][participant.name].error
    ]
    return fail("\n".join(broken)) if broken else 0


@dataclass
class Figure:
    """The figures of one participant for one row."""

    values: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    unsupported: str | None = None
    error: str | None = None


Figures = dict[str, dict[str, Figure]]


def measure(participants: list[Participant], rows: list[Row], rounds: int) -> Figures:
    figures: Figures = defaultdict(lambda: defaultdict(Figure))

    def measure_row(row: Row) -> None:
        baseline: float | None = None
        for participant in participants:
            figure = figures[row.name][participant.name]
            if figure.error or figure.unsupported:
                continue
            name = row.name
            if participant.name == BASELINE and row.baseline != "the same":
                if row.baseline is None:
                    figure.unsupported = "not a row of raw V8"
                    continue
                name = row.baseline
            answer = participant.ask(name)
            figure.unsupported = answer.get("unsupported")
            figure.error = answer.get("error")
            if "value" not in answer:
                continue
            figure.values.append(answer["value"])
            if participant.name == BASELINE:
                baseline = answer["value"]
            elif baseline and row.kind != COUNT:
                figure.ratios.append(answer["value"] / baseline)

    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for row in rows:
            # New processes each time, so that an accident of one process's memory layout counts
            # only once.
            if row.kind != MEMORY:
                measure_row(row)
        for participant in participants:
            participant.stop()
    # Once, in new processes: others would use the memory again that earlier rows have left.
    for row in rows:
        if row.kind == MEMORY:
            say(row.title)
            measure_row(row)
    for participant in participants:
        participant.stop()
    return figures


# Who takes part ---------------------------------------------------------------------------------


def find_participants(arguments: argparse.Namespace) -> list[Participant]:
    specification = importlib.util.find_spec("jsrun")
    baseline = arguments.baseline or find_baseline(specification)
    if baseline is None:
        sys.exit(
            "run.py: raw_v8 was not found beside jsrun. Build it with\n"
            "    cmake -S benchmarks -B build/raw-v8 -DV8_ROOT=... && cmake --build build/raw-v8\n"
            "and say --baseline build/raw-v8/raw_v8"
        )
    environment = dict(os.environ)
    participants = [Participant(BASELINE, [str(baseline), "--serve"], environment)]
    if specification is None:
        say("jsrun cannot be imported, so it is not measured. Is PYTHONPATH set?")
    else:
        command = [sys.executable, str(HERE / "worker.py"), "project"]
        participants.append(Participant(PROJECT, command, environment))
    if arguments.peers is not None:
        # With PYTHONPATH the peer that is also called jsrun would import this project.
        environment = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
        for peer in install_peers(arguments.peers):
            command = [str(PEERS_PYTHON), str(HERE / "worker.py"), peer.replace("-", "_")]
            participants.append(Participant(peer, command, environment))
    return participants


def find_baseline(specification: Any) -> Path | None:
    """raw_v8 of the build that jsrun is imported from: the same V8, the same compiler."""
    if specification is not None and specification.origin:
        # <build>/python/jsrun/__init__.py
        candidate = Path(specification.origin).parents[2] / "benchmarks" / "raw_v8"
        if candidate.exists():
            return candidate
    candidate = ROOT / "build" / "raw-v8" / "raw_v8"
    return candidate if candidate.exists() else None


def install_peers(wanted: list[str]) -> list[str]:
    """Install the peers that are missing, and return those that are installed."""
    lines = (HERE / "peers" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line and not line.startswith("#")]
    unknown = set(wanted) - set(known)
    if unknown:
        sys.exit(
            f"run.py: no such peer: {', '.join(sorted(unknown))}. There are {', '.join(known)}"
        )
    if not PEERS_PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS_VENV)], check=True)
    installed = []
    for peer in known:
        if wanted and peer not in wanted:
            continue
        pip = [str(PEERS_PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        if subprocess.run([*pip, "show", peer], capture_output=True, check=False).returncode:
            say(f"installing {peer}")
            if subprocess.run([*pip, "install", peer], check=False).returncode:
                say(f"{peer} is left out, it does not install here")
                continue
        installed.append(peer)
    return installed


def warn_of_different_libraries(participants: list[Participant]) -> None:
    libraries = {
        participant.name: participant.v8_library()
        for participant in participants
        if participant.name in (BASELINE, PROJECT)
    }
    if len(set(libraries.values())) > 1:
        say(f"Beware, not the same V8: {libraries}")


# What is shown ----------------------------------------------------------------------------------


def print_table(participants: list[Participant], rows: list[Row], figures: Figures) -> None:
    notes: list[str] = []

    def mark(note: str | None) -> str:
        if not note:
            return ""
        if note not in notes:
            notes.append(note)
        return f" [{notes.index(note) + 1}]"

    table = [["", *(title(participant) for participant in participants)]]
    for row in rows:
        cells = [row.title]
        for participant in participants:
            figure = figures[row.name][participant.name]
            if figure.error:
                cells.append("fails" + mark(figure.error))
            elif figure.unsupported or not figure.values:
                cells.append(
                    "–" + mark(figure.unsupported if participant.name != BASELINE else None)
                )
            else:
                text = with_unit(statistics.median(figure.values), row.kind)
                if figure.ratios:
                    text += f" ({multiple(statistics.median(figure.ratios))})"
                cells.append(text + mark(participant.hello.get("notes", {}).get(row.name)))
        table.append(cells)

    widths = [max(map(len, column)) for column in zip(*table)]
    print()
    for number, cells in enumerate(table):
        first, *others = zip(cells, widths)
        texts = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        print(f"| {' | '.join(texts)} |")
        if number == 0:
            rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
            print(f"| {' | '.join(rules)} |")
    print(f"\n{EXPLANATIONS}")
    for number, note in enumerate(notes):
        print(f"- [{number + 1}] {note}")


def plot(path: Path, participants: list[Participant], rows: list[Row], figures: Figures) -> None:
    """A picture: each participant's multiple of raw V8 for each row, on a logarithmic scale."""
    colors = ["#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#525252"]
    shown = [row for row in rows if any(figure.ratios for figure in figures[row.name].values())]
    others = [participant for participant in participants if participant.name != BASELINE]
    left, width, height, low, high = 300, 600, 24, 0.01, 1000.0

    def x(ratio: float) -> float:
        part = math.log10(min(max(ratio, low), high) / low) / math.log10(high / low)
        return left + part * width

    bottom = 50 + height * len(shown)
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'width="{left + width + 40}" height="{bottom + 40}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, participant in enumerate(others):
        at = 10 + number * 130
        lines.append(f'<circle cx="{at}" cy="14" r="5" fill="{colors[number % len(colors)]}"/>')
        lines.append(f'<text x="{at + 9}" y="18">{title(participant)}</text>')
    for power in range(-2, 4):
        at = x(10.0**power)
        stroke = "#000" if power == 0 else "#ddd"
        lines.append(f'<path d="M{at:.1f} 34V{bottom}" stroke="{stroke}"/>')
        name = "raw V8" if power == 0 else f"{10.0**power:g}×"
        lines.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{name}</text>')
    for number, row in enumerate(shown):
        y = 50 + number * height
        label = row.title.replace("`", "").replace("&", "&amp;").replace(">", "&gt;")
        lines.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{label}</text>')
        for place, participant in enumerate(others):
            ratios = figures[row.name][participant.name].ratios
            if ratios:
                at, color = x(statistics.median(ratios)), colors[place % len(colors)]
                lines.append(f'<circle cx="{at:.1f}" cy="{y}" r="5" fill="{color}"/>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "</svg>"]) + "\n", encoding="utf-8")
    say(f"The plot: {path}")


def title(participant: Participant) -> str:
    if participant.name == BASELINE:
        return str(participant.hello["engine"]).replace("V8", BASELINE)
    return f"{participant.name} {participant.hello['version']}".rstrip()


def with_unit(value: float, kind: str) -> str:
    if kind == COUNT:
        return f"{value:,.0f}"
    if kind == FACTOR:
        return f"{value:.2f}×"
    units = ["KB", "MB"] if kind == MEMORY else ["ns", "µs", "ms", "s"]
    value /= 1000 if kind == MEMORY else 1
    unit = 0
    while value >= 1000 and unit + 1 < len(units):
        value /= 1000
        unit += 1
    return f"{three_digits(value)} {units[unit]}"


def multiple(ratio: float) -> str:
    return f"{three_digits(ratio)}×" if ratio >= 0.005 else "<0.01×"


def three_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write_json(
    path: Path, participants: list[Participant], rows: list[Row], figures: Figures, rounds: int
) -> None:
    content = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "rounds": rounds,
        "participants": {participant.name: participant.hello for participant in participants},
        "units": {TIME: "ns", MEMORY: "bytes", COUNT: "count", FACTOR: "times"},
        "rows": {
            row.name: {
                "title": row.title,
                "kind": row.kind,
                "figures": {
                    name: {
                        "median": statistics.median(figure.values) if figure.values else None,
                        "ratio": statistics.median(figure.ratios) if figure.ratios else None,
                        "values": figure.values,
                        "unsupported": figure.unsupported,
                        "error": figure.error,
                    }
                    for name, figure in figures[row.name].items()
                },
            }
            for row in rows
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    say(f"\nAll figures: {path}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Compare this project with raw V8 and other JavaScript engines for Python."
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these rows (see the JSON)")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured")
    parser.add_argument(
        "--peers", nargs="*", metavar="PEER", help="with these peers, or all if none is named"
    )
    parser.add_argument("--baseline", type=Path, metavar="PATH", help="the raw_v8 to compare with")
    parser.add_argument(
        "--json", type=Path, metavar="PATH", default=ROOT / "build" / "benchmarks.json"
    )
    parser.add_argument("--plot", type=Path, metavar="PATH", help="write a plot, as SVG")
    arguments = parser.parse_args()
    unknown = set(arguments.rows) - {row.name for row in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if arguments.rounds < 1:
        parser.error("--rounds has to be at least 1")
    return arguments


def say(text: str) -> None:
    """Print progress to stderr: stdout has the table, which may go into a file."""
    print(text, file=sys.stderr, flush=True)


def fail(text: str) -> int:
    say(f"run.py: {text}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
