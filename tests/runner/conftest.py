from __future__ import annotations

import time
from pathlib import Path

import pytest
import tiny

from netgen.runner import Caffe


@pytest.fixture(scope="session")
def caffe():
    """One worker for all tests that do not need their own; after a crash it starts anew by itself."""
    with Caffe(time_limit=60) as running:
        yield running


@pytest.fixture
def gone():
    """Wait until processes are gone, and fail if they stay."""

    def check(*pids: int) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if not any(tiny.alive(pid) for pid in pids):
                return
            time.sleep(0.02)
        raise AssertionError(f"still running: {[pid for pid in pids if tiny.alive(pid)]}")

    return check


@pytest.fixture
def pid_of():
    """Read a process id that a layer writes, once it has."""

    def read(path: Path) -> int:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            text = path.read_text() if path.exists() else ""
            if text:
                return int(text)
            time.sleep(0.02)
        raise AssertionError(f"{path} was not written")

    return read
