"""Wrong uses of the Python layers, each with the whole message that reaches the user through real Caffe.

The cases lie in ``data/wrong_use.txt``: a title after ``===``, what the net holds, ``---``, what is said.
``NETGEN_UPDATE=1`` writes what is said into the file, for a person to read and to commit.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = HERE / "data" / "wrong_use.txt"


def read() -> list[dict[str, str]]:
    cases = []
    for block in re.split(r"^=== ", DATA.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, said = block.partition("\n---\n")
        title, *lines = head.splitlines()
        case = dict(line.split(": ", 1) for line in lines)
        cases.append({**case, "title": title, "said": said.strip()})
    return cases


CASES = read()


@pytest.fixture(scope="module")
def answers(layers_environment: dict[str, str]) -> dict[str, str]:
    run = subprocess.run(
        [sys.executable, str(HERE / "wrong_use_driver.py")],
        input=json.dumps(CASES),
        env=layers_environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = {}
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        said[answer["title"]] = answer["said"]
    if len(said) < len(CASES):
        # The process ended in the case after the last that answered.
        said[CASES[len(said)]["title"]] = f"the process ended with {run.returncode}: {run.stderr}"
    if os.environ.get("NETGEN_UPDATE") == "1":
        blocks = []
        for case in CASES:
            lines = [f"{key}: {value}" for key, value in case.items() if key not in ("title", "said")]
            blocks.append("\n".join([f"=== {case['title']}", *lines, "---", said[case["title"]]]))
        DATA.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return said


@pytest.mark.caffe
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_message(case: dict[str, str], answers: dict[str, str]) -> None:
    assert answers[case["title"]] == case["said"]


def test_titles_differ() -> None:
    assert len({case["title"] for case in CASES}) == len(CASES)
