"""The panels of DevTools that measure: Memory, Performance and Coverage."""

from __future__ import annotations

from devtools import DevTools
from program import Debug

TEA = """
TEA = '''\\
class Teapot {
  constructor() {
    this.leaves = new Array(1000).fill(0.5);
  }
}
globalThis.pots = [];

function brew(count) {
  for (let i = 0; i < count; i++) pots.push(new Teapot());
  return count;
}

function spill() {
  pots.length = 0;
  return "a sentence so long that one sees how much of the script has never been run";
}

brew
'''
with debuggable_runtime() as runtime:
    brew = runtime.eval(TEA, filename="tea.js")
    while count := input():
        print("brewed:", brew(int(count)))
"""


def test_heap_snapshot(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        """
with debuggable_runtime() as runtime:
    runtime.eval("class Teapot {}; globalThis.pots = [new Teapot, new Teapot, new Teapot]")
    input()
""",
        go_on=False,
    )
    devtools.take_heap_snapshot()
    assert devtools.count_in_snapshot("Teapot") == 3
    running.finish()


def test_allocations_on_timeline(devtools: DevTools, debug: Debug) -> None:
    running = debug(TEA, go_on=False)
    devtools.start_heap_profile("Allocations on timeline")
    running.write_line("500")
    assert running.wait_line("brewed:") == "500"
    devtools.stop_heap_profile("Allocations on timeline")
    assert devtools.count_in_snapshot("Teapot") == 500
    running.finish()


def test_allocation_sampling(devtools: DevTools, debug: Debug) -> None:
    running = debug(TEA, go_on=False)
    devtools.start_heap_profile("Allocation sampling")
    running.write_line("2000")
    assert running.wait_line("brewed:") == "2000"
    devtools.stop_heap_profile("Allocation sampling")
    functions = devtools.sampled_functions()
    assert functions[0] in ("Teapot", "brew")  # V8 may have put the one into the other
    assert "brew" in functions
    running.finish()


def test_cpu_profile(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        '''
BREW = """\
function brew(milliseconds) {
  const start = Date.now();
  let turns = 0;
  while (Date.now() - start < milliseconds) turns++;
  return turns > 0;
}
brew
"""
with debuggable_runtime() as runtime:
    brew = runtime.eval(BREW, filename="brew.js")
    input()
    print("value:", brew(300))
    input()
''',
        go_on=False,
    )
    devtools.start_recording()
    running.write_line()
    assert running.wait_line("value:") == "True"
    profile = devtools.stop_recording()
    assert profile["brew"] > 150
    running.finish()


def test_coverage(devtools: DevTools, debug: Debug) -> None:
    running = debug(TEA, go_on=False)
    devtools.start_coverage()
    running.write_line("10")
    assert running.wait_line("brewed:") == "10"
    devtools.stop_coverage()
    total, unused = devtools.coverage_of("tea.js")
    assert 0 < unused < total
    running.finish()
