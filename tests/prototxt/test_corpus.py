"""Real nets, broken nets and solvers that Caffe has judged: the folder that ``NETGEN_CORPUS`` names, if there is one."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from netgen.prototxt import read
from netgen.schema import select

CORPUS = Path(os.environ.get("NETGEN_CORPUS", "corpus"))
PLACE = re.compile(r": (\d+):(\d+): ")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus: name one by NETGEN_CORPUS")


def judged(name):
    """Yield each text with what Caffe said of it, once for all phases."""
    lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = {row["file"]: row for row in map(json.loads, lines)}
    for file, row in sorted(rows.items()):
        yield file, (CORPUS / file).read_bytes(), row


@pytest.mark.parametrize("name", ["nets", "mutants"])
def test_nets_are_taken_and_refused_where_cpp_does(name):
    messages = select("kendryte").messages
    for file, data, row in judged(name):
        errors = read(data, messages.NetParameter, file).errors
        assert bool(errors) == bool(row.get("protobuf")), file
        if errors:
            place = PLACE.search(row["protobuf"][0])
            assert place is not None
            assert (errors[0].line, errors[0].column) == (int(place[1]), int(place[2])), file


def test_solvers_are_taken_and_refused_where_cpp_does():
    messages = select("kendryte").messages
    for file, data, row in judged("solvers"):
        assert row["parses"] == (not read(data, messages.SolverParameter, file).errors), file
