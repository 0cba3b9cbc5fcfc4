"""Measures how long a runtime with a library takes to start: from a snapshot, or as its bootstrap.

    PYTHONPATH=build/default/python .venv/bin/python benchmarks/snapshot.py

Fetches the libraries with npm into build/bench-npm.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from pathlib import Path

from jsrun import Runtime, RuntimeConfig, SnapshotBuilder

FOLDER = Path(__file__).parent.parent / "build" / "bench-npm"
# Each library with its file, and an expression that uses it.
LIBRARIES = {
    "lodash": ("4.17.21", "lodash.js", "_.chunk([1, 2, 3], 2).length === 2"),
    "handlebars": (
        "4.7.8",
        "dist/handlebars.js",
        "Handlebars.compile('<b>{{name}}</b>')({ name: 'you' }) === '<b>you</b>'",
    ),
    "typescript": ("5.4.5", "lib/typescript.js", "ts.transpile('let x: number = 1').length > 0"),
}
ROUNDS = 30


def fetch() -> None:
    versions = {name: version for name, (version, _, _) in LIBRARIES.items()}
    manifest = json.dumps({"private": True, "dependencies": versions})
    if (FOLDER / "package.json").exists() and (FOLDER / "package.json").read_text() == manifest:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    subprocess.run(
        ["npm", "install", *options, *(f"{n}@{v}" for n, v in versions.items())],
        cwd=FOLDER,
        check=True,
    )
    (FOLDER / "package.json").write_text(manifest)


def milliseconds_to_start(config: RuntimeConfig, use: str | None = None) -> float:
    started = time.perf_counter()
    with Runtime(config) as runtime:
        if use:
            assert runtime.eval(use) is True
    return (time.perf_counter() - started) * 1000


def main() -> None:
    fetch()
    print(
        "| library | source | snapshot | to start, bootstrap | snapshot | ratio | "
        "and first use, bootstrap | snapshot | ratio |"
    )
    print("| --- " * 9 + "|")
    for name, (_, file, use) in LIBRARIES.items():
        source = (FOLDER / "node_modules" / name / file).read_text()
        with SnapshotBuilder() as builder:
            builder.execute_script(f"{name}.js", source)
            snapshot = builder.build()
        configs = [RuntimeConfig(bootstrap=source), RuntimeConfig(snapshot=snapshot)]
        cells = [name, f"{len(source) >> 10} KiB", f"{len(snapshot) >> 10} KiB"]
        for code in (None, use):
            # In turn, so that other work of the machine affects both.
            times: list[list[float]] = [[], []]
            for _ in range(ROUNDS):
                for figures, config in zip(times, configs, strict=True):
                    figures.append(milliseconds_to_start(config, code))
            bootstrap, snapshotted = map(statistics.median, times)
            cells += [
                f"{bootstrap:.2f} ms",
                f"{snapshotted:.2f} ms",
                f"{bootstrap / snapshotted:.1f}",
            ]
        print("| " + " | ".join(cells) + " |", flush=True)
    empty = statistics.median(milliseconds_to_start(RuntimeConfig()) for _ in range(ROUNDS))
    print(f"\nA runtime with nothing: {empty:.2f} ms.")


main()
