"""Runs the web platform's tests of streams: run.py FOLDER [PATTERN …]

FOLDER is a checkout of web-platform-tests, or a part of it with streams/, common/, interfaces/ and
resources/. The source of Node.js contains such a part (test/fixtures/wpt). fetch.sh gets it from
the distribution. Exits with 1 if a test fails that expected.json does not name. It names tests of
what is not implemented ("*": a whole file), and tests of older collections that follow the standard
from before the transformer's cancel().
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from jsrun import JavaScriptError, Runtime, RuntimeConfig

HERE = Path(__file__).parent

# The harness calls back when all is done.
REPORT = """
new Promise((resolve) => {
    add_completion_callback((tests, status) => resolve({
        status: status.status,
        message: String(status.message),
        tests: tests.map((test) => [test.name, test.status, String(test.message)]),
    }));
    %s
})
"""


def includes(path: Path, root: Path) -> list[Path]:
    """The scripts that a test's `// META: script=` lines name."""
    found = []
    for line in path.read_text().splitlines():
        if line.startswith("// META: script="):
            name = line.removeprefix("// META: script=").strip()
            name = {"/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js"}.get(
                name, name
            )
            found.append(root / name[1:] if name.startswith("/") else path.parent / name)
    return found


async def run_file(path: Path, root: Path) -> dict[str, str]:
    """The test's name → "" or what went wrong."""
    outcomes: dict[str, str] = {}
    with Runtime(RuntimeConfig(timeout=None)) as runtime:
        runtime.eval((HERE / "environment.js").read_text(), filename="environment.js")
        runtime.eval((root / "resources/testharness.js").read_text(), filename="testharness.js")
        scripts = [*includes(path, root), path]
        runtime.bind_object(
            "__test",
            {
                "load": lambda i: (
                    runtime.eval(scripts[i].read_text(), filename=scripts[i].name) and None
                )
            },
        )
        runtime.bind_function("__fetch", lambda url: (root / url[1:]).read_text())
        runtime.eval("setup({ explicit_done: true })")
        load = "".join(f"__test.load({i});" for i in range(len(scripts))) + "done();"
        try:
            result = await runtime.eval_async(REPORT % load, timeout=30)
        except (JavaScriptError, RuntimeError) as error:
            return {"(the file)": f"{error}"}
        if result["status"] != 0:
            outcomes["(the harness)"] = result["message"]
        for name, status, message in result["tests"]:
            outcomes[name] = "" if status == 0 else message
    return outcomes


def main() -> int:
    root = Path(sys.argv[1])
    patterns = sys.argv[2:] or [""]
    expected: dict[str, list[str]] = json.loads((HERE / "expected.json").read_text())
    passed = failed = known = 0
    for path in sorted((root / "streams").rglob("*.any.js")):
        name = path.relative_to(root / "streams").as_posix()
        if not any(pattern in name for pattern in patterns):
            continue
        expectations = expected.get(name, [])
        if expectations == ["*"]:
            continue
        for test, problem in asyncio.run(run_file(path, root)).items():
            if problem and test in expectations:
                known += 1
            elif problem:
                failed += 1
                print(f"{name}: {test}\n    {problem}")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed, {known} failed as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
