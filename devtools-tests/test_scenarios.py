"""What a person does with DevTools and a Python program that runs JavaScript, step by step.

Each test starts a Python program that creates a runtime, prints the address of its debugger and
then usually waits for a line on its standard input, so that DevTools can attach first.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from devtools import DevTools
from program import Debug, StartProgram

CALL_PRICE = """
with debuggable_runtime() as runtime:
    price = runtime.eval(SHOP, filename="shop.js")
    input()
    print("value:", price(3, 20))
"""


def test_debugger_statement_in_a_function_called_from_python(
    devtools: DevTools, debug: Debug
) -> None:
    running = debug(CALL_PRICE)
    assert devtools.paused_line() == ("shop.js", 3, "  debugger;")
    assert devtools.call_stack() == [("price", "shop.js:3")]
    local = devtools.scope()
    assert (local["quantity"], local["unit"], local["base"]) == ("3", "20", "60")

    devtools.step_over()
    assert devtools.paused_line() == ("shop.js", 4, "  const taxed = addTax(base, 0.25);")

    devtools.step_into()
    assert devtools.paused_line() == ("shop.js", 9, "  const tax = amount * rate;")
    assert devtools.call_stack() == [("addTax", "shop.js:9"), ("price", "shop.js:4")]
    local = devtools.scope()
    assert (local["amount"], local["rate"]) == ("60", "0.25")

    devtools.step_over()
    assert devtools.paused_line() == ("shop.js", 10, "  return amount + tax;")
    assert devtools.scope()["tax"] == "15"

    devtools.step_out()
    assert devtools.paused_line() == ("shop.js", 5, "  return taxed;")
    assert devtools.call_stack() == [("price", "shop.js:5")]
    assert devtools.scope()["taxed"] == "75"

    devtools.resume()
    running.ends_with("value:", "75")


def test_bootstrap_is_stepped_through_from_its_first_statement(
    devtools: DevTools, debug: Debug
) -> None:
    running = debug(
        '''
BOOTSTRAP = """\\
globalThis.rates = {};
rates.low = percent(10);
rates.high = percent(25);

function percent(number) {
  return number / 100;
}
"""
with debuggable_runtime(
    BOOTSTRAP, wait_for_connection=True, break_on_next_statement=True
) as runtime:
    print("value:", runtime.eval("rates.high"))
''',
        go_on=False,
    )
    file, line, text = devtools.paused_line()
    assert (line, text) == (1, "globalThis.rates = {};")
    assert "bootstrap" in file

    devtools.step_over()
    assert devtools.paused_line() == (file, 2, "rates.low = percent(10);")
    devtools.step_into()
    assert devtools.paused_line() == (file, 6, "  return number / 100;")
    assert devtools.call_stack()[0] == ("percent", f"{file}:6")
    assert devtools.scope()["number"] == "10"
    devtools.step_out()
    assert devtools.paused_line() == (file, 3, "rates.high = percent(25);")
    assert devtools.console_evaluate("rates.low") == "0.1"
    devtools.step_over()
    assert devtools.console_evaluate("rates.high") == "0.25"
    assert not any(line.startswith("value:") for line in running.lines)

    devtools.resume()
    running.ends_with("value:", "0.25")


def test_program_waits_for_devtools_without_pausing(
    devtools: DevTools, program: StartProgram
) -> None:
    running = program(
        """
with debuggable_runtime("var greeting = 'hello';", wait_for_connection=True) as runtime:
    threading.Timer(0.3, print, ["still waiting"]).start()
    print("value:", runtime.eval("greeting"))
    input()
"""
    )
    url = running.wait_line("debugger:")
    running.wait_line("still waiting")
    assert not any(line.startswith("value:") for line in running.lines)

    devtools.open(url)
    assert running.wait_line("value:") == "hello"
    devtools.wait_running()
    running.finish()


def test_breakpoint_set_by_clicking_a_line_number(devtools: DevTools, debug: Debug) -> None:
    running = debug("""
with debuggable_runtime() as runtime:
    price = runtime.eval(SHOP.replace("debugger;", ""), filename="shop.js")
    for quantity in (1, 2, 3):
        input()
        print("value:", price(quantity, 20))
""")
    assert running.wait_line("value:") == "25"
    devtools.open_file("shop.js")
    devtools.set_breakpoint(9)

    running.write_line()
    assert devtools.paused_line() == ("shop.js", 9, "  const tax = amount * rate;")
    assert devtools.pause_status() == "Paused on breakpoint"
    assert devtools.call_stack() == [("addTax", "shop.js:9"), ("price", "shop.js:4")]
    assert devtools.scope()["amount"] == "40"
    devtools.resume()
    assert running.wait_line("value:") == "50"
    devtools.wait_running()

    running.write_line()
    assert devtools.scope()["amount"] == "60"
    devtools.resume()
    running.ends_with("value:", "75")


def test_console_evaluates_in_the_paused_frame(devtools: DevTools, debug: Debug) -> None:
    running = debug(CALL_PRICE)
    devtools.wait_paused()

    assert devtools.console_evaluate("base + quantity") == "63"
    assert devtools.console_evaluate("`${unit} each`") == "'20 each'"
    assert devtools.console_evaluate("[quantity, {unit}]") == "(2) [3, {…}]"
    assert "ReferenceError: missing is not defined" in devtools.console_evaluate("missing")
    assert devtools.console_evaluate("quantity = 4, addTax(1, 1)") == "2"

    assert devtools.scope()["base"] == "60"
    devtools.resume()
    running.ends_with("value:", "75")


def test_function_called_from_the_console_pauses(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        """
with debuggable_runtime() as runtime:
    runtime.eval(SHOP, filename="shop.js")
    input()
    print("value:", runtime.eval("addTax(1, 1)"))
""",
        go_on=False,
    )
    devtools.console_enter("price(3, 20)")
    assert devtools.paused_line() == ("shop.js", 3, "  debugger;")
    assert devtools.call_stack()[0] == ("price", "shop.js:3")
    devtools.step_over()
    assert devtools.paused_line().number == 4
    devtools.resume()
    assert devtools.console_result() == "75"

    running.write_line()
    running.ends_with("value:", "2")


def test_console_evaluates_slow_code(devtools: DevTools, debug: Debug) -> None:
    """While a person types, DevTools evaluates for a preview. Enter must not disturb that."""
    running = debug(
        '''
BUSY = """\
function busy(milliseconds) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
  return "rested";
}
"""
with debuggable_runtime() as runtime:
    runtime.eval(BUSY, filename="busy.js")
    input()
''',
        go_on=False,
    )
    assert devtools.console_evaluate("busy(200)") == "'rested'"
    assert devtools.console_evaluate("busy.name") == "'busy'"
    running.finish()


def test_reload_devtools_while_paused(devtools: DevTools, debug: Debug) -> None:
    """The pause ends with its last client; the reloaded DevTools debugs what comes next."""
    running = debug("""
with debuggable_runtime() as runtime:
    price = runtime.eval(SHOP, filename="shop.js")
    input()
    print("value:", price(3, 20))
    input()
    print("again:", price(1, 20))
""")
    assert devtools.paused_line() == ("shop.js", 3, "  debugger;")

    devtools.reload()
    assert running.wait_line("value:") == "75"

    running.write_line()
    assert devtools.paused_line() == ("shop.js", 3, "  debugger;")
    assert devtools.call_stack() == [("price", "shop.js:3")]
    assert devtools.scope()["base"] == "20"
    devtools.resume()
    running.ends_with("again:", "25")


def test_close_devtools_while_paused(devtools: DevTools, debug: Debug) -> None:
    running = debug(CALL_PRICE)
    devtools.wait_paused()

    devtools.close()
    running.ends_with("value:", "75")


def test_program_closes_its_runtime_while_paused(devtools: DevTools, debug: Debug) -> None:
    running = debug("""
runtime = debuggable_runtime()


def close_on_request():
    input()
    runtime.close()


price = runtime.eval(SHOP, filename="shop.js")
input()
closer = threading.Thread(target=close_on_request)
closer.start()
try:
    print("value:", price(3, 20))
except RuntimeError as error:
    print("stopped:", error)
closer.join()
print("closed:", runtime.is_closed())
""")
    devtools.wait_paused()

    running.write_line()
    running.wait_line("stopped:")
    devtools.wait_disconnected()
    running.ends_with("closed:", "True")


def test_console_shows_what_the_program_logs(devtools: DevTools, debug: Debug) -> None:
    running = debug("""
with debuggable_runtime() as runtime:
    runtime.eval("console.log('before DevTools')", filename="log.js")
    input()
    runtime.eval("console.log('tea', 3, {fresh: true})", filename="log.js")
    runtime.eval("console.error('no milk')", filename="log.js")
    input()
""")
    devtools.wait_console_messages(["before DevTools", "tea 3 {fresh: true}", "no milk"])
    running.finish()


def test_two_devtools_attached_to_one_runtime(
    open_devtools: Callable[[], DevTools], program: StartProgram
) -> None:
    running = program(CALL_PRICE)
    first, second = open_devtools(), open_devtools()
    url = running.wait_line("debugger:")
    first.open(url)
    second.open(url)
    running.write_line()

    assert first.paused_line() == second.paused_line() == ("shop.js", 3, "  debugger;")
    first.step_over()
    assert first.paused_line().number == 4
    second.wait_paused_at(4)
    first.reload()
    assert first.paused_line().number == 4
    second.step_into()
    assert second.scope()["amount"] == "60"
    first.wait_paused_at(9)

    second.close()
    assert first.console_evaluate("amount + rate") == "60.25"
    assert not any(line.startswith("value:") for line in running.lines)
    first.resume()
    running.ends_with("value:", "75")


def test_call_stack_goes_through_python(devtools: DevTools, debug: Debug) -> None:
    running = debug('''
MENU = """\
function order(dish) {
  const answer = ask(dish);
  return answer + "!";
}

function cook(dish) {
  const state = "hot";
  debugger;
  return `${state} ${dish}`;
}
"""
with debuggable_runtime() as runtime:
    runtime.eval(MENU, filename="menu.js")
    cook = runtime.eval("cook")
    runtime.bind_function("ask", lambda dish: cook(dish.upper()))
    order = runtime.eval("order")
    input()
    print("value:", order("soup"))
''')
    assert devtools.paused_line() == ("menu.js", 8, "  debugger;")
    assert devtools.call_stack() == [("cook", "menu.js:8"), ("order", "menu.js:2")]
    assert devtools.scope()["dish"] == '"SOUP"'

    devtools.step_out()
    assert devtools.paused_line() == ("menu.js", 3, '  return answer + "!";')
    assert devtools.call_stack() == [("order", "menu.js:3")]
    assert devtools.scope()["answer"] == '"hot SOUP"'
    devtools.resume()
    running.ends_with("value:", "hot SOUP!")


def test_interrupt_while_paused(devtools: DevTools, debug: Debug) -> None:
    running = debug("""
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
with debuggable_runtime() as runtime:
    price = runtime.eval(SHOP, filename="shop.js")
    input()
    try:
        print("value:", price(3, 20))
    except KeyboardInterrupt:
        print("interrupted")
    input()
    print("still alive:", runtime.eval("addTax(1, 1)"))
""")
    devtools.wait_paused()

    running.process.send_signal(signal.SIGINT)
    running.wait_line("interrupted")
    devtools.wait_running()
    assert devtools.console_evaluate("addTax(2, 1)") == "4"
    running.write_line()
    running.ends_with("still alive:", "2")


def test_one_runtime_runs_while_another_is_paused(
    open_devtools: Callable[[], DevTools], program: StartProgram
) -> None:
    running = program(
        """
with debuggable_runtime() as shop, debuggable_runtime() as kitchen:
    price = shop.eval(SHOP, filename="shop.js")
    kitchen.eval("var cook = (dish) => { debugger; return `hot ${dish}`; }", filename="kitchen.js")
    input()
    caller = threading.Thread(target=lambda: print("value:", price(3, 20)))
    caller.start()
    input()
    print("kitchen:", kitchen.eval("cook('soup')"))
    caller.join()
"""
    )
    shop, kitchen = open_devtools(), open_devtools()
    shop.open(running.wait_line("debugger:"))
    kitchen.open(running.wait_line("debugger:"))
    running.write_line()
    assert shop.paused_line().file == "shop.js"
    kitchen.wait_running()

    running.write_line()
    assert kitchen.paused_line().file == "kitchen.js"
    assert kitchen.scope()["dish"] == '"soup"'
    kitchen.resume()
    assert running.wait_line("kitchen:") == "hot soup"

    assert shop.scope()["base"] == "60"
    shop.resume()
    running.ends_with("value:", "75")


def test_pause_in_an_endless_loop(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        '''
SPIN = """\\
function spin() {
  let turns = 0;
  while (!globalThis.enough) {
    turns++;
  }
  return 'stopped';
}
spin()
"""
with debuggable_runtime() as runtime:
    print("value:", runtime.eval(SPIN, filename="spin.js"))
''',
        go_on=False,
    )
    devtools.pause()
    file, line, _ = devtools.paused_line()
    assert file == "spin.js"
    assert line in (3, 4)
    assert devtools.call_stack()[0].function == "spin"
    assert int(devtools.scope()["turns"]) > 0

    assert devtools.console_evaluate("globalThis.enough = true") == "true"
    devtools.resume()
    running.ends_with("value:", "stopped")


def test_pause_on_an_exception_that_reaches_python(devtools: DevTools, debug: Debug) -> None:
    running = debug(
        '''
ORDER = """\\
function order(item) {
  try {
    check(item);
  } catch (error) {
    // Caught here: not what the debugger is to stop for.
  }
  return check(item);
}

function check(item) {
  throw new Error(`no ${item}`);
}

order
"""
with debuggable_runtime() as runtime:
    order = runtime.eval(ORDER, filename="order.js")
    input()
    try:
        order("milk")
    except JavaScriptError as error:
        print("raised:", error)
    input()
''',
        go_on=False,
    )
    devtools.pause_on_uncaught_exceptions()
    running.write_line()

    assert devtools.paused_line().number == 11
    assert devtools.pause_status().startswith("Paused on")
    assert devtools.call_stack() == [("check", "order.js:11"), ("order", "order.js:7")]
    assert devtools.scope()["item"] == '"milk"'
    devtools.resume()
    assert "no milk" in running.wait_line("raised:")
    devtools.wait_console_messages(["Uncaught Error: no milk"])
    running.finish()


def test_frontend_url_opens_devtools(devtools: DevTools, program: StartProgram) -> None:
    running = program(
        """
with debuggable_runtime() as runtime:
    print("front end:", runtime.inspector_endpoints().devtools_frontend_url)
    runtime.eval("globalThis.answer = 42")
    input()
"""
    )
    devtools.open(running.wait_line("front end:"))
    assert devtools.console_evaluate("answer") == "42"
    running.finish()
    devtools.wait_disconnected()


@pytest.mark.parametrize("where", ["console", "program"])
def test_stop_where_javascript_calls_python(devtools: DevTools, debug: Debug, where: str) -> None:
    running = debug(
        '''
ORDER = """\\
function order(dish) {
  const price = ask(dish);
  return price + 1;
}
order
"""
with debuggable_runtime() as runtime:
    runtime.bind_function("ask", lambda dish: print("asked for", dish) or 4)
    order = runtime.eval(ORDER, filename="order.js")
    if input() == "break":
        runtime.break_on_host_calls("ask")
    print("value:", order("soup"))
''',
        go_on=False,
    )
    if where == "console":
        assert devtools.console_evaluate("debug(ask)") == "undefined"
    running.write_line("break" if where == "program" else "")

    assert devtools.paused_line() == ("order.js", 2, "  const price = ask(dish);")
    assert devtools.scope()["dish"] == '"soup"'
    assert "asked for soup" not in running.lines
    devtools.step_over()
    assert devtools.paused_line() == ("order.js", 3, "  return price + 1;")
    assert devtools.scope()["price"] == "4"
    devtools.resume()
    running.ends_with("value:", "5")


def test_attach_while_a_python_function_has_the_thread(
    devtools: DevTools, program: StartProgram
) -> None:
    """DevTools waits for its answers, which come when the function returns."""
    running = program("""
def ask():
    print("asked")
    return input()


with debuggable_runtime() as runtime:
    runtime.bind_function("ask", ask)
    code = "let dish = ask();\\nwhile (!globalThis.hot) {}\\n`hot ${dish}`"
    print("value:", runtime.eval(code, filename="ask.js"))
""")
    url = running.wait_line("debugger:")
    running.wait_line("asked")
    devtools.connect(url)
    running.write_line("soup")
    devtools.wait_attached()
    devtools.pause()
    assert devtools.paused_line() == ("ask.js", 2, "while (!globalThis.hot) {}")
    assert devtools.console_evaluate("globalThis.hot = true") == "true"
    devtools.resume()
    running.ends_with("value:", "hot soup")
