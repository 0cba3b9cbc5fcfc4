"""CPU profiles, heap snapshots and coverage, from Python."""

from __future__ import annotations

import io
import json
import threading

import pytest
from jsrun import JavaScriptError, RuntimeTerminated

BREW = """\
function brew(milliseconds) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}
brew
"""


# --- CPU profiles ---------------------------------------------------------------------------------


def test_a_cpu_profile(runtime, tmp_path):
    path = tmp_path / "brew.cpuprofile"
    brew = runtime.eval(BREW, filename="brew.js")
    with runtime.cpu_profile(path) as profile:
        brew(100)
    hottest = profile.self_times()[0]
    assert (hottest.function_name, hottest.file_name, hottest.line_number) == ("brew", "brew.js", 1)
    assert hottest.seconds > 0.02
    saved = json.loads(path.read_text())
    assert saved == profile.profile
    assert {"nodes", "startTime", "endTime", "samples", "timeDeltas"} <= set(saved)
    assert not runtime.debugger_attached


def test_a_shorter_interval_gives_more_samples(runtime):
    brew = runtime.eval(BREW)
    counts = []
    for interval in (0.02, 0.0005):
        with runtime.cpu_profile(interval=interval) as profile:
            brew(100)
        counts.append(len(profile.profile["samples"]))
    assert counts[1] > counts[0]


def test_a_profile_of_code_that_raises(runtime, tmp_path):
    path = tmp_path / "failed.cpuprofile"
    with pytest.raises(JavaScriptError, match="oops"):
        with runtime.cpu_profile(path) as profile:
            runtime.eval("throw new Error('oops')")
    assert profile.profile == json.loads(path.read_text())


def test_a_profile_of_a_runtime_that_closes(runtime):
    with pytest.raises(RuntimeError, match="closed"):
        with runtime.cpu_profile():
            runtime.close()
    with pytest.raises(RuntimeError, match="runtime is closed"):
        runtime.cpu_profile().__enter__()


def test_the_error_that_ended_the_runtime_is_not_hidden(runtime):
    with pytest.raises(ZeroDivisionError):
        with runtime.cpu_profile():
            runtime.close()
            raise ZeroDivisionError


def test_a_profile_is_recorded_once(runtime):
    with runtime.cpu_profile() as profile:
        with pytest.raises(RuntimeError, match="has not ended"):
            profile.self_times()
    with pytest.raises(RuntimeError, match="once"):
        profile.__enter__()


async def test_a_profile_of_asynchronous_work(runtime):
    await runtime.eval_async(BREW)
    with runtime.cpu_profile() as profile:
        await runtime.eval_async("Promise.resolve().then(() => brew(60))")
    assert "brew" in {row.function_name for row in profile.self_times()}


@pytest.mark.parametrize("wrong", [0, -1, "often", None, float("inf")])
def test_wrong_intervals(runtime, wrong):
    with pytest.raises(ValueError):
        runtime.cpu_profile(interval=wrong)


# --- heap snapshots -------------------------------------------------------------------------------


def class_count(snapshot: str, name: str) -> int:
    """How many objects of a class the snapshot has."""
    data = json.loads(snapshot)
    fields = data["snapshot"]["meta"]["node_fields"]
    types = data["snapshot"]["meta"]["node_types"][0]
    width, nodes, strings = len(fields), data["nodes"], data["strings"]
    return sum(
        strings[nodes[at + fields.index("name")]] == name
        and types[nodes[at + fields.index("type")]] == "object"
        for at in range(0, len(nodes), width)
    )


TEAPOTS = "class Teapot {}; globalThis.pots = [new Teapot, new Teapot, new Teapot]"


def test_a_heap_snapshot(runtime, tmp_path):
    runtime.eval(TEAPOTS)
    path = tmp_path / "pots.heapsnapshot"
    runtime.heap_snapshot(path)
    assert class_count(path.read_text(), "Teapot") == 3
    runtime.heap_snapshot(str(path))
    assert class_count(path.read_text(), "Teapot") == 3
    assert not runtime.debugger_attached


def test_a_heap_snapshot_to_files(runtime, tmp_path):
    runtime.eval(TEAPOTS)
    text, binary = io.StringIO(), io.BytesIO()
    runtime.heap_snapshot(text)
    runtime.heap_snapshot(binary)
    assert class_count(text.getvalue(), "Teapot") == 3
    assert class_count(binary.getvalue().decode(), "Teapot") == 3
    with open(tmp_path / "binary", "wb") as file:
        runtime.heap_snapshot(file)
    assert class_count((tmp_path / "binary").read_text(), "Teapot") == 3


def test_a_heap_snapshot_while_paused(runtime, tmp_path):
    path = tmp_path / "paused.heapsnapshot"
    with runtime.inspector_session(timeout=20) as session:
        session.send("Debugger.enable")
        thread = threading.Thread(target=runtime.eval, args=[f"{TEAPOTS}; debugger"])
        thread.start()
        session.wait_for("Debugger.paused")
        runtime.heap_snapshot(path)
        session.send("Debugger.resume")
        thread.join()
    assert class_count(path.read_text(), "Teapot") == 3


def test_a_file_that_cannot_be_written(runtime, tmp_path):
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        runtime.heap_snapshot(Full())
    with pytest.raises(FileNotFoundError):
        runtime.heap_snapshot(tmp_path / "missing" / "file")
    assert runtime.eval("1") == 1


def test_a_closed_runtime_leaves_no_file(runtime, tmp_path):
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.heap_snapshot(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_heap_is_written_piece_by_piece(runtime):
    """The whole text is never in memory at once."""

    class Pieces(io.StringIO):
        longest = 0
        size = 0

        def write(self, text: str) -> int:
            self.size += len(text)
            self.longest = max(self.longest, len(text))
            return len(text)

    runtime.eval("globalThis.kept = Array.from({length: 3e4}, (_, i) => ({a: i}))")
    pieces = Pieces()
    runtime.heap_snapshot(pieces)
    assert pieces.size > 4 * pieces.longest


# --- coverage -------------------------------------------------------------------------------------

CHOICE = """\
function choose(n) {
  if (n > 1) {
    return 'many';
  }
  // süß 😀
  return 'one'; }

function never() {
  return 0;
}
choose(1); choose(1);
"""


def lines_of(lcov: str) -> dict[int, int]:
    pairs = [line[3:].split(",") for line in lcov.splitlines() if line.startswith("DA:")]
    return {int(line): int(count) for line, count in pairs}


def test_coverage(runtime, tmp_path):
    path = tmp_path / "coverage.json"
    with runtime.coverage(path) as coverage:
        runtime.eval(CHOICE, filename="file:///srv/my%20app/choice.js")
        runtime.eval("1 + 1")
    assert [script["url"] for script in coverage.result] == ["file:///srv/my%20app/choice.js"]
    assert json.loads(path.read_text())["result"] == coverage.result
    lcov = coverage.lcov(tmp_path / "lcov.info")
    assert (tmp_path / "lcov.info").read_text() == lcov
    assert lcov.startswith("TN:\nSF:/srv/my app/choice.js\n")
    assert lcov.endswith("end_of_record\n")
    lines = lines_of(lcov)
    assert {n: lines[n] for n in (1, 3, 6, 8, 9, 11)} == {1: 2, 3: 0, 6: 2, 8: 0, 9: 0, 11: 1}
    assert 7 not in lines
    assert "FN:1,choose\n" in lcov and "FNDA:2,choose\n" in lcov and "FNDA:0,never\n" in lcov
    assert "FNF:2\nFNH:1\n" in lcov
    assert "BRDA:2,0,0,0\n" in lcov


def test_coverage_counts_from_its_beginning(runtime):
    choose = runtime.eval(CHOICE + "choose", filename="choice.js")
    with runtime.coverage() as coverage:
        choose(5)
    (script,) = coverage.result
    counts = {function["functionName"]: function for function in script["functions"]}
    assert counts["choose"]["ranges"][0]["count"] == 1
    assert "FNDA:1,choose\n" in coverage.lcov()
    assert "never" not in counts or counts["never"]["ranges"][0]["count"] == 0


def test_coverage_does_not_stop_for_debugger_statements(runtime):
    with runtime.coverage() as coverage:
        assert runtime.eval("debugger; 5", filename="stop.js", timeout=20) == 5
    assert coverage.result[0]["url"] == "stop.js"


def test_a_debugger_stops_all_the_same(runtime):
    with runtime.inspector_session(timeout=20) as session, runtime.coverage():
        session.send("Debugger.enable")
        session.on("Debugger.paused", lambda event: session.send("Debugger.resume"))
        stops = []
        session.on("Debugger.paused", stops.append)
        runtime.eval("debugger; debugger", filename="stop.js")
        session.send("Debugger.disable")
        assert len(stops) == 2


def test_coverage_of_a_runtime_that_is_terminated(runtime):
    with pytest.raises(RuntimeTerminated):
        with runtime.coverage() as coverage:
            runtime.eval("1", filename="one.js")
            runtime.terminate()
            runtime.eval("2")
    assert coverage.result is None or coverage.result


# --- the requests of DevTools' panels -------------------------------------------------------------


def test_the_allocation_timeline(runtime):
    """It grows while it is watched, and ends with a snapshot."""
    with runtime.inspector_session(timeout=20) as session:
        session.send("HeapProfiler.enable")
        session.send("HeapProfiler.startTrackingHeapObjects", trackAllocations=True)
        runtime.eval(
            "class Kettle {}; globalThis.kettles = Array.from({length: 500}, () => new Kettle)"
        )
        seen = session.wait_for(
            "HeapProfiler.heapStatsUpdate",
            accept=lambda params: sum(params["statsUpdate"][1::3]) > 500,
        )
        assert len(seen["statsUpdate"]) % 3 == 0
        session.wait_for("HeapProfiler.lastSeenObjectId")
        chunks: list[str] = []
        session.on(
            "HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event.params["chunk"])
        )
        session.send("HeapProfiler.stopTrackingHeapObjects", reportProgress=False)
        snapshot = "".join(chunks)
        assert class_count(snapshot, "Kettle") == 500
        assert json.loads(snapshot)["trace_function_infos"]


def test_the_timeline_ends_with_its_session(runtime):
    session = runtime.inspector_session(timeout=20)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.startTrackingHeapObjects")
    session.close()
    with runtime.inspector_session(timeout=20) as again:
        assert again.send("Runtime.evaluate", expression="1")["result"]["value"] == 1
    runtime.close()


def test_sampled_allocations(runtime):
    runtime.eval(
        (
            "function fill() { globalThis.big = Array.from({length: 20000}, (_, i) => ({i, "
            "text: 'x' + i})) }"
        ),
        filename="fill.js",
    )
    with runtime.inspector_session(timeout=20) as session:
        session.send("HeapProfiler.enable")
        session.send("HeapProfiler.startSampling", samplingInterval=1024)
        runtime.eval("fill()")
        profile = session.send("HeapProfiler.stopSampling")["profile"]
    names = set()
    left = [profile["head"]]
    while left:
        node = left.pop()
        names.add((node["callFrame"]["functionName"], node["callFrame"]["url"]))
        left += node["children"]
    assert ("fill", "fill.js") in names
