"""The panels of DevTools that measure: Memory, Performance and Coverage."""

from __future__ import annotations

from devtools import DevTools
from program import Debug, Program

TEA = """
TEA = '''\\
class Teapot {
  constructor() {
    this.leaves = new Array(1000).fill(0.5);
  }
}
globalThis.pots = [];

function brew(count) {
  // Called by way of a bound function V8 does not put the constructor's code in here.
  const make = Reflect.construct.bind(Reflect, Teapot, []);
  for (let i = 0; i < count; i++) pots.push(make());
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


def brew_while_recording(devtools: DevTools, debug: Debug, kind: str, count: int) -> Program:
    running = debug(TEA, go_on=False)
    devtools.start_heap_profile(kind)
    running.write_line(str(count))
    assert running.wait_line("brewed:") == str(count)
    devtools.stop_heap_profile(kind)
    return running


def test_allocations_on_timeline(devtools: DevTools, debug: Debug) -> None:
    running = brew_while_recording(devtools, debug, "Allocations on timeline", 500)
    assert devtools.count_in_snapshot("Teapot") == 500
    running.finish()


def test_allocation_sampling(devtools: DevTools, debug: Debug) -> None:
    running = brew_while_recording(devtools, debug, "Allocation sampling", 2000)
    functions = devtools.sampled_functions()
    assert functions[0] == "Teapot"
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
