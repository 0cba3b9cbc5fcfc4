"""Probes: report the values of expressions each time a line is reached, without a pause."""

from __future__ import annotations

import json
import math
import re
import secrets
import sys
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _console, _remote
from ._jsrun import undefined
from ._session import InspectorEvent, InspectorSession

if TYPE_CHECKING:
    from ._jsrun import Runtime

__all__ = ["Probe", "ProbeHit"]

# Runs in the runtime. Writes what the probes see as JSON; an array that starts with a letter stands
# for a value that JSON does not have. It reads no getters, and calls no method that a script could
# have replaced.
_REPORTER = r"""
((name) => {
  const send = globalThis[name];
  const quote = JSON.stringify;  // of strings: it looks for no toJSON() there
  const {getOwnPropertyDescriptor, keys, defineProperty} = Object;
  const {isArray} = Array;
  const {apply} = Reflect;
  const text = String;
  const types = {__proto__: null, Error, Date, Map, Set};
  const mapEach = Map.prototype.forEach, setEach = Set.prototype.forEach;
  const {toISOString} = Date.prototype;
  const MOST = 100, DEEPEST = 5;

  const tagged = (tag, inside) => `["${tag}",${inside}]`;
  const shown = (value) => tagged('x', quote(text(value)));
  const is = (value, type) => {
    try { return value instanceof types[type]; } catch { return false; }
  };

  // Items of a list. Only the first MOST are shown.
  class Items {
    out = ''; count = 0;
    get full() { return this.count >= MOST; }
    add(item) {
      if (this.count++ < MOST) this.out += (this.out && ',') + item;
    }
    end(tag, total = this.count) {
      if (total > MOST) this.out += ',' + (tag === 'a' ? shown(`… ${total - MOST} more`)
                                                      : `["…",${shown(total - MOST + ' more')}]`);
      return tagged(tag, `[${this.out}]`);
    }
  }

  const property = (object, key, outer) => {
    const found = getOwnPropertyDescriptor(object, key);
    if (!found) return tagged('u', 0);
    return 'value' in found ? write(found.value, outer) : shown('[Getter]');
  };
  const writeNumber = (value) => {
    if (value === 0 && 1 / value < 0) return tagged('f', '"-0"');
    return value - value === 0 ? text(value) : tagged('f', quote(text(value)));
  };
  const writeArray = (value, outer) => {
    const items = new Items;
    const {length} = value;
    for (let i = 0; i < length && !items.full; i++) items.add(property(value, i, outer));
    return items.end('a', length);
  };
  const writeMembers = (value, outer) => {
    const items = new Items, names = keys(value);
    for (let i = 0; i < names.length && !items.full; i++)
      items.add(`[${quote(names[i])},${property(value, names[i], outer)}]`);
    return items.end('o', names.length);
  };
  const writeMap = (map, outer) => {
    const items = new Items;
    const add = (value, key) =>
      items.add(items.full ? '' : `[${write(key, outer)},${write(value, outer)}]`);
    apply(mapEach, map, [add]);
    return items.end('m');
  };
  const writeSet = (set, outer) => {
    const items = new Items;
    apply(setEach, set, [(value) => items.add(items.full ? '' : write(value, outer))]);
    return items.end('a');
  };
  const writeError = (error) => {
    const {stack} = error;
    return shown(typeof stack === 'string' ? stack : 'Error');
  };
  const writeDate = (date) => {
    try { return shown(apply(toISOString, date, [])); } catch { return shown('Invalid Date'); }
  };
  const writeObject = (value, outer) => {
    if (is(value, 'Error')) return writeError(value);
    if (is(value, 'Date')) return writeDate(value);
    for (let at = outer; at; at = at.outer) if (at.value === value) return shown('[Circular]');
    if (outer && outer.depth >= DEEPEST) return shown(isArray(value) ? '[Array]' : '[Object]');
    const level = {__proto__: null, value, outer, depth: outer ? outer.depth + 1 : 1};
    if (isArray(value)) return writeArray(value, level);
    if (is(value, 'Map')) return writeMap(value, level);
    if (is(value, 'Set')) return writeSet(value, level);
    return writeMembers(value, level);
  };
  const write = (value, outer) => {
    switch (typeof value) {
      case 'undefined': return tagged('u', 0);
      case 'boolean': return value ? 'true' : 'false';
      case 'string': return quote(value);
      case 'bigint': return tagged('n', `"${text(value)}"`);
      case 'number': return writeNumber(value);
      case 'symbol': return shown(value);
      case 'function': {
        const name = getOwnPropertyDescriptor(value, 'name');
        return shown(`[Function: ${name && typeof name.value === 'string' ? name.value : ''}]`);
      }
      default: return value === null ? 'null' : writeObject(value, outer);
    }
  };
  const read = (reader) => {
    try {
      return `[true,${write(reader(), null)}]`;
    } catch (error) {
      let message = 'it threw';
      try { message = text(error); } catch {}
      return `[false,${quote(message)}]`;
    }
  };
  const report = (number, readers) => {
    let results = '';
    for (let i = 0; i < readers.length; i++) results += (i ? ',' : '') + read(readers[i]);
    send(`[${number},[${results}]]`);
    return false;
  };
  delete globalThis[name];
  defineProperty(globalThis, name, {__proto__: null, value: report});
})
"""


def _decode(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kind = value[0]
    if kind == "u":
        return undefined
    if kind == "n":
        return int(value[1])
    if kind == "f":
        return float(value[1].replace("Infinity", "inf"))
    if kind == "a":
        return [_decode(item) for item in value[1]]
    if kind == "o":
        return {key: _decode(item) for key, item in value[1]}
    if kind == "m":
        return [(_decode(key), _decode(item)) for key, item in value[1]]
    return value[1]


@dataclass(frozen=True)
class ProbeHit:
    """A line with a probe was reached."""

    location: str
    """The location that the probe was given."""
    values: dict[str, Any]
    """The values by expression. Text stands for what has no counterpart in Python (functions,
    errors, cycles)."""
    errors: dict[str, str]
    """What the expressions without a value have thrown, as text."""

    def __str__(self) -> str:
        parts = [f"{name} = {_show(value)}" for name, value in self.values.items()]
        parts += [f"{name} threw {error}" for name, error in self.errors.items()]
        return f"{self.location}  {', '.join(parts)}" if parts else self.location

    def json(self) -> str:
        """One line of JSON: an object with ``location``, ``values`` and, if there are any,
        ``errors``."""
        data: dict[str, Any] = {"location": self.location, "values": _jsonable(self.values)}
        if self.errors:
            data["errors"] = self.errors
        return json.dumps(data, ensure_ascii=False)


def _show(value: Any) -> str:
    if value is undefined:
        return "undefined"
    return json.dumps(_jsonable(value), ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    """The value without undefined, NaN and infinities, which JSON does not have."""
    if value is undefined:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    return value


_LOCATION = re.compile(r"(?P<file>.+?):(?P<line>[1-9]\d*)(?::(?P<column>[1-9]\d*))?", re.DOTALL)


class _Probes:
    """All probes of a runtime: they share a session, so that their hits come in order."""

    def __init__(self, runtime: Runtime) -> None:
        self.name = f"__jsrun_probe_{secrets.token_hex(8)}"
        self.active: dict[int, Probe] = {}
        self.last_number = 0
        self.session: InspectorSession = runtime.inspector_session()
        session = self.session
        session.on("Runtime.bindingCalled", self.hit)
        session.on("*", lambda event: None)  # the other events are not needed
        # Nothing but another debugger is to stop the program.
        session.on("Debugger.paused", lambda event: session.post("Debugger.resume"))
        session.send("Debugger.enable")
        session.send("Debugger.setSkipAllPauses", skip=True)
        session.send("Runtime.enable")
        session.send("Runtime.addBinding", name=self.name)
        reporter = f"({_REPORTER})({json.dumps(self.name)})"
        _remote.outcome(session, session.send("Runtime.evaluate", expression=reporter))

    def hit(self, event: InspectorEvent) -> None:
        if event.params["name"] != self.name:
            return
        try:
            number, results = json.loads(event.params["payload"])
            probe = self.active.get(number)
        except (ValueError, TypeError):
            return  # a script has found the function and called it
        if probe is not None:
            probe._hit(results)


_lock = threading.Lock()
_of_runtime: weakref.WeakKeyDictionary[Runtime, _Probes] = weakref.WeakKeyDictionary()


class Probe:
    """What ``Runtime.probe()`` returns. It ends with ``close()`` or a with statement."""

    location: str
    expressions: tuple[str, ...]
    hits: int
    """How often the line has been reached so far."""

    def __init__(
        self,
        runtime: Runtime,
        location: str,
        *expressions: str,
        condition: str | None = None,
        handler: Callable[[ProbeHit], object] | None = None,
    ) -> None:
        match = _LOCATION.fullmatch(location) if isinstance(location, str) else None
        if match is None:
            raise ValueError(
                f"location must be 'file:line' or 'file:line:column', not {location!r}"
            )
        self.location = location
        self.expressions = expressions
        self.hits = 0
        self._handler = handler or _print
        with _lock:
            self._probes = _of_runtime.get(runtime) or _Probes(runtime)
            _of_runtime[runtime] = self._probes
            self._probes.last_number += 1
            self._number = self._probes.last_number
            self._probes.active[self._number] = self
        try:
            self._set(match, condition)
        except BaseException:
            self.close()
            raise

    def _set(self, match: re.Match[str], condition: str | None) -> None:
        session = self._probes.session
        for expression in (*self.expressions, *([condition] if condition else [])):
            _check_expression(session, expression)
        readers = ", ".join(f"() => ({expression}\n)" for expression in self.expressions)
        report = f"{self._probes.name}({self._number}, [{readers}])"
        options: dict[str, Any] = {}
        if match["column"]:
            options["columnNumber"] = int(match["column"]) - 1
        # V8 takes two breakpoints with the same pattern and line for one. The number makes the
        # patterns differ.
        pattern = f"(?:){{{self._number}}}{_remote.file_pattern(match['file'])}"
        answer = session.send(
            "Debugger.setBreakpointByUrl",
            urlRegex=pattern,
            lineNumber=int(match["line"]) - 1,
            condition=f"(({condition}\n) ? {report} : false)" if condition else report,
            **options,
        )
        self._breakpoint = answer["breakpointId"]

    def _hit(self, results: list[list[Any]]) -> None:
        self.hits += 1
        pairs = list(zip(self.expressions, results))
        values = {name: _decode(value) for name, (good, value) in pairs if good}
        errors = {name: error for name, (good, error) in pairs if not good}
        self._handler(ProbeHit(self.location, values, errors))

    def close(self) -> None:
        """End the probe. Hits before this call are handled first. May be repeated."""
        with _lock:
            if self._number not in self._probes.active:
                return
        session = self._probes.session
        if not session.closed and hasattr(self, "_breakpoint"):
            try:
                session.send("Debugger.removeBreakpoint", breakpointId=self._breakpoint)
            except RuntimeError:
                pass  # the runtime has closed
        with _lock:
            self._probes.active.pop(self._number, None)
            last = not self._probes.active
            if last:
                for runtime, probes in list(_of_runtime.items()):
                    if probes is self._probes:
                        del _of_runtime[runtime]
        if last:
            session.close()

    def __enter__(self) -> Probe:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _check_expression(session: InspectorSession, expression: str) -> None:
    if not isinstance(expression, str):
        raise TypeError(f"an expression must be a str, not {type(expression).__name__}")
    answer = session.send(
        "Runtime.compileScript", expression=f"(({expression}\n))", sourceURL="", persistScript=False
    )
    if "exceptionDetails" in answer:
        error = answer["exceptionDetails"].get("exception", {}).get("description", "")
        raise ValueError(
            f"{expression!r} is not a JavaScript expression: {error.partition(chr(10))[0]}"
        )


def _print(hit: ProbeHit) -> None:
    _console.print_line(str(hit), sys.stdout, flush=True)


Probe.__module__ = "jsrun"
ProbeHit.__module__ = "jsrun"
