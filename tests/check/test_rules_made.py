"""The index and the page of the rules are what the rules' files give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_index_and_the_page_are_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_rules.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0
