"""The files that profiles, heap snapshots and coverage are saved to."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading

import pytest
from jsrun import Runtime


def save_heap_snapshot(runtime, path):
    runtime.heap_snapshot(path)


def save_cpu_profile(runtime, path):
    with runtime.cpu_profile(path):
        runtime.eval("1")


def save_coverage(runtime, path):
    with runtime.coverage(path):
        runtime.eval("1", filename="one.js")


def save_lcov(runtime, path):
    with runtime.coverage() as coverage:
        runtime.eval("1", filename="one.js")
    coverage.lcov(path)


SAVERS = [save_heap_snapshot, save_cpu_profile, save_coverage, save_lcov]
all_savers = pytest.mark.parametrize("save", SAVERS)


@all_savers
def test_a_file_that_was_there_is_replaced(runtime, tmp_path, save):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    save(runtime, path)
    assert path.read_text().startswith("{" if save is not save_lcov else "TN:")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["file"]


@all_savers
def test_a_file_that_was_there_survives_a_full_disk(runtime, tmp_path, save):
    path = tmp_path / "file"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(OSError) as caught:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
        try:
            save(runtime, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_that_was_there_survives_a_closed_runtime(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    runtime = Runtime()
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.heap_snapshot(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@all_savers
def test_a_pipe_is_written_to(runtime, tmp_path, save):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    texts = []
    reader = threading.Thread(target=lambda: texts.append(path.read_text()))
    reader.start()
    save(runtime, path)
    reader.join()
    assert len(texts[0]) > 16
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_pipe_stays_when_saving_fails(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    runtime = Runtime()
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.heap_snapshot(path)
    os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


@all_savers
def test_of_a_symbolic_link_the_target_is_written(runtime, tmp_path, save):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to("folder/target")
    save(runtime, link)
    assert link.is_symlink()
    assert len((tmp_path / "folder" / "target").read_text()) > 16
    assert os.listdir(tmp_path / "folder") == ["target"]


@all_savers
def test_a_folder_and_a_missing_folder_are_named(runtime, tmp_path, save):
    with pytest.raises(IsADirectoryError, match="test_a_folder"):
        save(runtime, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"missing/file'$"):
        save(runtime, tmp_path / "missing" / "file")
    assert os.listdir(tmp_path) == []
