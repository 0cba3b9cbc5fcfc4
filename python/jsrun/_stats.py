"""The resources that a runtime uses, and counts of what it has done."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RuntimeStats"]


@dataclass(frozen=True)
class RuntimeStats:
    """A runtime's figures at one moment, from ``Runtime.get_stats()``. Sizes are in bytes, times in
    milliseconds."""

    heap_total_bytes: int
    """Reserved for JavaScript objects."""
    heap_used_bytes: int
    """The part of it that objects take, including those that wait to be collected."""
    external_memory_bytes: int
    """Memory outside the heap that objects keep alive: ArrayBuffers and the like."""
    physical_total_bytes: int
    """The part of the heap that is backed by memory."""
    total_execution_time_ms: float
    """Time spent in JavaScript, including timers, the handlers that it called, and what runs
    now."""
    last_execution_time_ms: float
    """The time of the execution that ended last; 0.0 if there was none."""
    last_execution_kind: str | None
    """The kind of that execution, named as the counters below; None if there was none."""
    eval_sync_count: int
    """How many calls of ``eval()`` have ended, successfully or not. A call that waits for a Promise
    has not ended. The following counters work alike."""
    eval_async_count: int
    eval_module_sync_count: int
    eval_module_async_count: int
    call_function_sync_count: int
    call_function_async_count: int
    active_async_ops: int
    """Calls of async handlers by JavaScript that have not ended."""
    open_resources: int
    """The JsFunctions and streams of the runtime that Python holds and has not closed."""
    active_timers: int
    """Timers of ``setTimeout()`` that have not run."""
    active_intervals: int
    """Timers of ``setInterval()`` that have not been cleared."""
    active_js_streams: int
    active_py_streams: int
    total_js_streams: int
    total_py_streams: int
    bytes_streamed_js_to_py: int
    bytes_streamed_py_to_js: int


RuntimeStats.__module__ = "jsrun"
