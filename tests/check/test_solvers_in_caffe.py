"""What the rules say of solvers, against what Caffe does with them: the rules' own examples, and more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rule_cases import DATA, example
from solver_cases import SolverCase, variants

from netgen.check import check
from netgen.check.loading import rules_of

pytestmark = [
    pytest.mark.caffe,
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork"),
]

# Makes each solver and trains it to the end, in a process of its own that costs no import; prints the signals.
JUDGE = """
import json, os, sys
import caffe
ends = []
for folder, name in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.chdir(folder)
        caffe.get_solver(name).solve()
        os._exit(0)
    ends.append(os.waitpid(child, 0)[1])
print(json.dumps(ends))
"""


def _examples() -> list[SolverCase]:
    cases = []
    for rule in rules_of("solver"):
        beside = DATA / rule.code / "beside"
        for section in ("Fails", "Passes"):
            # A warning's example is one that Caffe takes.
            dies = section == "Fails" and rule.severity == "error"
            cases.append(SolverCase(f"{rule.code} {section}", example(rule, section), beside, dies))
    return cases


def test_caffe_ends_where_the_rules_see_an_error_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = _examples() + variants()
    order = []
    said = []
    for index, case in enumerate(cases):
        folder = tmp_path / str(index)
        if case.beside.is_dir():
            shutil.copytree(case.beside, folder)
        else:
            folder.mkdir()
        (folder / "solver.prototxt").write_text(case.text, encoding="utf-8")
        order.append((str(folder), "solver.prototxt"))
        monkeypatch.chdir(folder)
        found = check("solver.prototxt", kind="solver")
        said.append([str(one) for one in found if one.severity == "error"])
        # Fewer steps end alike.
        short = case.text.replace("max_iter: 1000", "max_iter: 20")
        (folder / "solver.prototxt").write_text(short, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    ends = [bool(end) for end in json.loads(done.stdout)]
    wrong = [
        (case.name, f"Caffe {'dies' if end else 'takes it'}", errors)
        for case, end, errors in zip(cases, ends, said)
        if end != bool(errors)
    ]
    assert wrong == []
    assert [case.name for case, end in zip(cases, ends) if end != case.dies] == []
