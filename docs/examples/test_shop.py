"""Debugging JavaScript in a test: run it with pytest."""

from __future__ import annotations

from jsrun import Runtime
from jsrun.testing import Attach

pytest_plugins = ["jsrun.testing"]  # in a larger project this belongs into conftest.py

SHOP = """\
function total(items) {
  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }
  return sum;
}
total([{price: 3}, {price: 4}])
"""


def test_the_sum_grows(jsrun_runtime: Runtime, jsrun_debugger: Attach) -> None:
    debugger = jsrun_debugger(jsrun_runtime)
    debugger.set_breakpoint("shop.js", 4)
    call = debugger.run(jsrun_runtime.eval, SHOP, filename="lib/shop.js")

    pause = debugger.wait_paused()
    assert pause.place == ("lib/shop.js", 4)
    assert pause.frame.function_name == "total"
    assert pause.frame.locals()["item"] == {"price": 3}

    pause = debugger.step_over()
    assert pause.frame.locals()["sum"] == 3
    assert pause.frame.evaluate("sum * 100") == 300

    debugger.resume()
    assert debugger.wait_paused().frame.evaluate("item.price") == 4
    debugger.resume()
    assert call.result(timeout=10) == 7
