"""Compiled scripts that are debugged in their source language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from devtools import DevTools
from program import Debug

TYPESCRIPT = """\
interface Item { name: string; price: number }

export function total(items: Item[], rate: number): number {
  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }
  const tax: number = sum * rate;
  return sum + tax;
}
"""
JAVASCRIPT = """\
export function total(items, rate) {
  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }
  const tax = sum * rate;
  return sum + tax;
}
//# sourceMappingURL=total.js.map
"""
SOURCE_MAP = {
    "version": 3,
    "sources": ["../src/total.ts"],
    "names": [],
    # Each line of the JavaScript is two lines further down in the TypeScript. As compilers do, the
    # map of the first line has the places of the function's name, its bracket and its parameters.
    "mappings": "AAEA,MAAM,UAAU,KAAK,CAAC,KAAa,EAAE,IAAY;AACjD;AACA;AACA;AACA;AACA;AACA;AACA",
}

CALL = """
    input()
    total = module["total"]
    print("value:", total([{"price": 3}, {"price": 5}], 0.25))
    input()
    print("again:", total([{"price": 1}], 1))
"""

FROM_FILES = """
config = RuntimeConfig(module_root=FOLDER, inspector=InspectorConfig(port=0))
with Runtime(config) as runtime:
    announce(runtime)
    module = runtime.eval_module("./dist/total.js")
"""

FROM_A_LOADER = """
from pathlib import Path

SITE = "https://shop.example/"


def load(url):
    print("asked for:", url)
    return (Path(FOLDER) / url.removeprefix(SITE)).read_text()


with debuggable_runtime() as runtime:
    runtime.set_module_loader(load)
    module = runtime.eval_module(SITE + "dist/total.js")
"""

STATIC = """
from pathlib import Path

with debuggable_runtime() as runtime:
    for name in ("dist/total.js", "dist/total.js.map", "src/total.ts"):
        runtime.add_static_module(name, (Path(FOLDER) / name).read_text())
    module = runtime.eval_module("dist/total.js")
"""

INLINE = """
import base64
import json
from pathlib import Path

with debuggable_runtime() as runtime:
    source_map = json.loads((Path(FOLDER) / "dist/total.js.map").read_text())
    source_map["sourcesContent"] = [(Path(FOLDER) / "src/total.ts").read_text()]
    encoded = base64.b64encode(json.dumps(source_map).encode()).decode()
    script = (Path(FOLDER) / "dist/total.js").read_text()
    script = script.replace("total.js.map", f"data:application/json;base64,{encoded}")
    runtime.add_static_module("dist/total.js", script)
    module = runtime.eval_module("dist/total.js")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a compiler has written."""
    for name, text in {
        "src/total.ts": TYPESCRIPT,
        "dist/total.js": JAVASCRIPT,
        "dist/total.js.map": json.dumps(SOURCE_MAP),
    }.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


@pytest.mark.parametrize(
    "origin",
    [FROM_FILES, FROM_A_LOADER, STATIC, INLINE],
    ids=["files", "loader", "static", "inline"],
)
def test_a_breakpoint_in_the_source(
    devtools: DevTools, debug: Debug, folder: Path, origin: str
) -> None:
    running = debug(f"FOLDER = {str(folder)!r}\n{origin}{CALL}", go_on=False)
    devtools.open_file("total.ts")
    devtools.set_breakpoint(8)
    running.write_line()

    assert devtools.paused_line() == ("total.ts", 8, "  const tax: number = sum * rate;")
    assert devtools.call_stack()[0].location == "total.ts:8"
    assert devtools.scope()["sum"] == "8"
    devtools.step_over()
    assert devtools.paused_line() == ("total.ts", 9, "  return sum + tax;")
    assert devtools.scope()["tax"] == "2"
    devtools.resume()
    assert running.wait_line("value:") == "10"

    running.write_line()
    assert devtools.paused_line().number == 8
    devtools.resume()
    running.ends_with("again:", "2")


def test_the_map_is_loaded_while_the_program_is_paused(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        """
FILES = {
    "start.js": "start(1);\\nfunction start(n) {\\n  return n;\\n}\\n"
    "//# sourceMappingURL=start.js.map",
    "start.js.map": '{"version": 3, "sources": ["start.ts"], "names": [],'
    ' "mappings": "AACA;AACA;AACA"}',
    "start.ts": "type Count = number;\\nstart(1);\\n"
    "function start(n: Count): Count {\\n  return n;\\n}\\n",
}
SITE = "https://shop.example/"
with debuggable_runtime(wait_for_connection=True, break_on_next_statement=True) as runtime:
    runtime.set_module_loader(lambda url: FILES[url.removeprefix(SITE)])
    runtime.eval(FILES["start.js"], filename=SITE + "start.js")
""",
        go_on=False,
    )
    assert devtools.paused_line() == ("start.ts", 2, "start(1);")
    devtools.step_into()
    assert devtools.paused_line() == ("start.ts", 4, "  return n;")
    devtools.resume()
    assert running.wait_exit() == 0
