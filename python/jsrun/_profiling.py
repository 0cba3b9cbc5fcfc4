"""CPU profiles, heap snapshots and coverage, for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _lcov
from ._config import timeout_seconds
from ._errors import InspectorError, InspectorSessionClosed
from ._files import PathOrFile, save, writer
from ._session import InspectorEvent, InspectorSession

if TYPE_CHECKING:
    from ._jsrun import Runtime

__all__ = ["Coverage", "CpuProfile", "FunctionTime"]


# --- CPU profiles ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class FunctionTime:
    """How long a function ran, without the functions that it called."""

    function_name: str
    """``""`` for the top level of a script. V8's own work is in parentheses, such as ``"(garbage
    collector)"``."""
    file_name: str
    line_number: int
    """The line where the function starts, from 1; 0 for V8's own work."""
    seconds: float


class _Recording:
    """A session that records during a with statement, and what it has recorded."""

    def __init__(self, runtime: Runtime, path_or_file: PathOrFile | None) -> None:
        self._runtime = runtime
        self._path_or_file = path_or_file
        self._session: InspectorSession | None = None

    def _start(self, session: InspectorSession) -> None:
        raise NotImplementedError

    def _take(self, session: InspectorSession) -> None:
        raise NotImplementedError

    def _outcome(self) -> Any:
        """What was recorded; None before the recording has ended."""
        raise NotImplementedError

    def save(self, path_or_file: PathOrFile) -> None:
        raise NotImplementedError

    def _begin(self) -> None:
        if self._session is not None or self._outcome() is not None:
            raise RuntimeError(f"a {type(self).__name__} records only once: make another one")
        session = self._runtime.inspector_session()
        try:
            self._start(session)
        except BaseException:
            session.close()
            raise
        self._session = session

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        assert session is not None
        try:
            self._take(session)
        except (InspectorSessionClosed, RuntimeError):
            if exc_type is None:  # otherwise the with statement raises its own error
                raise
        finally:
            session.close()
        if self._outcome() is not None and self._path_or_file is not None:
            self.save(self._path_or_file)


class CpuProfile(_Recording):
    """Records where JavaScript spends its time: ``with runtime.cpu_profile() as profile:``."""

    profile: dict[str, Any] | None = None
    """The content of a .cpuprofile file, once the recording has ended."""

    def __init__(
        self,
        runtime: Runtime,
        path_or_file: PathOrFile | None = None,
        *,
        interval: float | timedelta = 0.001,
    ) -> None:
        seconds = timeout_seconds(interval)
        if seconds is None:
            raise ValueError("interval must be a number of seconds or a timedelta, not None")
        super().__init__(runtime, path_or_file)
        self._microseconds = max(1, round(seconds * 1e6))

    def __enter__(self) -> CpuProfile:
        self._begin()
        return self

    def _start(self, session: InspectorSession) -> None:
        session.send("Profiler.enable")
        session.send("Profiler.setSamplingInterval", interval=self._microseconds)
        session.send("Profiler.start")

    def _take(self, session: InspectorSession) -> None:
        self.profile = session.send("Profiler.stop")["profile"]

    def _outcome(self) -> dict[str, Any] | None:
        return self.profile

    def _recorded(self) -> dict[str, Any]:
        if self.profile is None:
            raise RuntimeError("the recording has not ended")
        return self.profile

    def save(self, path_or_file: PathOrFile) -> None:
        """Write a .cpuprofile file, for Chrome DevTools, VS Code and speedscope."""
        save(path_or_file, json.dumps(self._recorded()))

    def self_times(self) -> list[FunctionTime]:
        """How long each function ran without the functions that it called, the longest first."""
        profile = self._recorded()
        frames = {node["id"]: node["callFrame"] for node in profile["nodes"]}
        times: dict[tuple[str, str, int], float] = {}
        for node, microseconds in zip(profile["samples"], profile["timeDeltas"]):
            frame = frames[node]
            key = (frame["functionName"], frame["url"], frame["lineNumber"] + 1)
            times[key] = times.get(key, 0.0) + microseconds / 1e6
        rows = [FunctionTime(*key, seconds) for key, seconds in times.items()]
        return sorted(rows, key=lambda row: -row.seconds)


# --- heap snapshots -------------------------------------------------------------------------------


def heap_snapshot(runtime: Runtime, path_or_file: PathOrFile) -> None:
    """``Runtime.heap_snapshot()``."""
    with writer(path_or_file) as write:
        _write_snapshot(runtime, write)


def _write_snapshot(runtime: Runtime, write: Callable[[str], object]) -> None:
    failures: list[Exception] = []

    def write_chunk(event: InspectorEvent) -> None:
        # V8 cannot be told to stop, so the rest of the chunks is dropped.
        if not failures:
            try:
                write(event.params["chunk"])
            except Exception as error:
                failures.append(error)

    with runtime.inspector_session() as session:
        session.on("HeapProfiler.addHeapSnapshotChunk", write_chunk)
        session.send("HeapProfiler.takeHeapSnapshot", reportProgress=False)
    if failures:
        raise failures[0]


# --- coverage -------------------------------------------------------------------------------------


class Coverage(_Recording):
    """Counts what runs, and how often: ``with runtime.coverage() as coverage:``."""

    result: list[dict[str, Any]] | None = None
    """A ScriptCoverage of the DevTools protocol for each script that has a name, once the recording
    has ended."""

    def __init__(self, runtime: Runtime, path_or_file: PathOrFile | None = None) -> None:
        super().__init__(runtime, path_or_file)
        self._sources: dict[str, str] = {}

    def __enter__(self) -> Coverage:
        self._begin()
        return self

    def _start(self, session: InspectorSession) -> None:
        # The debugger is needed for the sources. It must not pause for anything.
        session.on("*", lambda event: None)  # the events are not needed
        session.on("Debugger.paused", lambda event: session.post("Debugger.resume"))
        session.send("Debugger.enable")
        session.send("Debugger.setSkipAllPauses", skip=True)
        session.send("Profiler.enable")
        session.send("Profiler.startPreciseCoverage", callCount=True, detailed=True)

    def _outcome(self) -> list[dict[str, Any]] | None:
        return self.result

    def _take(self, session: InspectorSession) -> None:
        taken = session.send("Profiler.takePreciseCoverage")["result"]
        session.send("Profiler.stopPreciseCoverage")
        for script in taken:
            try:
                answer = session.send("Debugger.getScriptSource", scriptId=script["scriptId"])
            except InspectorError:
                continue  # the script has been collected
            self._sources[script["scriptId"]] = answer["scriptSource"]
        self.result = [script for script in taken if script["url"]]

    def _recorded(self) -> list[dict[str, Any]]:
        if self.result is None:
            raise RuntimeError("the recording has not ended")
        return self.result

    def save(self, path_or_file: PathOrFile) -> None:
        """Write V8's own format, as Node.js does for NODE_V8_COVERAGE. c8 and other tools read
        it."""
        save(path_or_file, json.dumps({"result": self._recorded(), "timestamp": time.time()}))

    def lcov(self, path_or_file: PathOrFile | None = None) -> str:
        """LCOV, for genhtml, editors and services. It is also written to a file if one is given."""
        text = "".join(
            _lcov.record(script, self._sources[script["scriptId"]])
            for script in self._recorded()
            if script["scriptId"] in self._sources
        )
        if path_or_file is not None:
            save(path_or_file, text)
        return text


for _public in (Coverage, CpuProfile, FunctionTime):
    _public.__module__ = "jsrun"
