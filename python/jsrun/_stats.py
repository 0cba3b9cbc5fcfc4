"""What a runtime uses and has done."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RuntimeStats"]


@dataclass(frozen=True)
class RuntimeStats:
    """Numbers of one moment, from ``Runtime.get_stats()``. Sizes in bytes, times in
    milliseconds."""

    heap_total_bytes: int
    """Reserved for JavaScript objects."""
    heap_used_bytes: int
    """Of that, taken by objects, those that wait to be collected included."""
    external_memory_bytes: int
    """Outside of the heap and kept alive by it: ArrayBuffers and the like."""
    physical_total_bytes: int
    """Of the heap, what is backed by memory."""
    total_execution_time_ms: float
    """Spent in JavaScript, timers and the handlers that it called included; also in what runs
    now."""
    last_execution_time_ms: float
    """Spent in the execution that ended last; 0.0 if there was none."""
    last_execution_kind: str | None
    """Its kind, named as the counters below are; None if there was none."""
    eval_sync_count: int
    """How many calls of ``eval()`` have ended, in whatever way; one that waits for a Promise has
    not. The following count alike."""
    eval_async_count: int
    eval_module_sync_count: int
    eval_module_async_count: int
    call_function_sync_count: int
    call_function_async_count: int
    active_async_ops: int
    """Calls of async Python functions by JavaScript that have not come to their end."""
    open_resources: int
    """What Python holds of the runtime and has not closed: JsFunctions, and streams."""
    active_timers: int
    """Of ``setTimeout()``, those that have not run."""
    active_intervals: int
    """Of ``setInterval()``, those that have not been cleared."""
    active_js_streams: int
    active_py_streams: int
    total_js_streams: int
    total_py_streams: int
    bytes_streamed_js_to_py: int
    bytes_streamed_py_to_js: int


RuntimeStats.__module__ = "jsrun"
