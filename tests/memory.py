"""How much memory the process has, for tests."""

from __future__ import annotations

import os

import pytest

MIB = 2**20

measures_memory = pytest.mark.skipif(
    "ASAN_OPTIONS" in os.environ, reason="the sanitizer keeps freed memory for a while"
)


def resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
