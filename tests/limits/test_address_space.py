"""Limits of the address space: V8 reserves far more than it uses, and ends a process that
refuses."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(run_python):
    def run(program: str) -> str:
        done = run_python(program, find_leaks=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


LIMITED = """
    import resource, sys, jsrun

    def used():
        return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

    def limit(more):
        resource.setrlimit(resource.RLIMIT_AS, (used() + more, resource.RLIM_INFINITY))

    def attempt():
        try:
            with jsrun.Runtime() as runtime:
                return runtime.eval("kept = []; for (let i = 0; i < 1e5; i++) kept.push({i}); 1")
        except MemoryError as error:
            assert "RLIMIT_AS" in str(error) or not str(error)
            return None
"""


@pytest.mark.parametrize(
    "more", [0, 1, 16, 50, 100, 150, 200, 300, 400, 500, 700, 1000, 2000, 8000]
)
def test_a_limit_before_v8_starts(run, more):
    """It works, or it raises: the process lives."""
    out = run(LIMITED + f"    limit({more} << 20)\n    print(attempt())")
    assert out == ("1\n" if more >= 700 else out) and out in ("1\n", "None\n")


@pytest.mark.parametrize("more", [0, 1, 16, 50, 100, 200, 400, 700, 1000])
def test_a_limit_after_v8_has_started(run, more):
    out = run(
        LIMITED
        + f"""
    assert attempt() == 1
    kept = jsrun.Runtime()
    limit({more} << 20)
    first = attempt()
    assert kept.eval("1 + 1") == 2
    limit(2 << 30)
    print(first, attempt())
    """
    )
    assert out in ("1 1\n", "None 1\n")
    assert more < 700 or out == "1 1\n"


def test_a_runtime_can_be_made_once_the_limit_is_gone(run):
    out = run(
        LIMITED
        + "    limit(1 << 20)\n    print(attempt())\n    limit(2 << 30)\n    print(attempt())"
    )
    assert out == "None\n1\n"
