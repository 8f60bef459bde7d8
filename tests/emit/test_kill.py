"""Killed at any call, a write leaves the whole old bundle or the whole new one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import netgen
from netgen.emit import storage

CHECKOUT = Path(netgen.__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # spares the disk thousands of syncs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each try is a forked process")


@pytest.mark.parametrize("way", ["exchange", "journal", "new"])
def test_killed_at_any_call(way):
    if way == "exchange" and not storage.can_exchange():
        pytest.skip("this system cannot exchange two names")
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as root:
        run = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("kill_everywhere.py")), way, f"{root}/kills"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    name, tries, old, mixed, new = re.fullmatch(
        r"(\w+) (\d+) \{'old': (\d+), 'mixed': (\d+), 'new': (\d+)\}\n", run.stdout
    ).groups()
    assert name == way
    assert int(tries) > 50
    assert int(old) > 0
    assert int(new) > 0
    # Where folders cannot be exchanged, the folder is whole after recovery, and the script has checked that.
    assert (int(mixed) > 0) == (way == "journal")
