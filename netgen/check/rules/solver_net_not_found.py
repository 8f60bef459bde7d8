"""A net or weights that a solver names and that are not there.

Caffe looks for the files that a solver names from the folder that it is started in, not from the solver's
own. netgen looks from the current folder, then from the solver's, and then from each folder above it up to
the top of the repository, and takes the first that has the file: solvers are mostly written to be started
from one of these.

A name that none of them has ends Caffe at once. With ``--run-from`` netgen looks from that folder alone.

Fails
-----
    net: "trian.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"

Passes
------
    net: "train.prototxt"
    base_lr: 0.01
    lr_policy: "fixed"
    max_iter: 1000
    display: 100
    snapshot: 500
    snapshot_prefix: "net"

Source
------
Caffe's ``ReadNetParamsFromTextFileOrDie`` and ``LoadNetWeights``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Optional

from netgen.check.report import Path, Report
from netgen.check.solver import places
from netgen.check.subjects import SolverSubject
from netgen.errors import nearest

CODE = "V102"
NAME = "solver-net-not-found"
SEVERITY = "error"
SCOPE = "solver"


def check(subject: SolverSubject) -> Iterator[Report]:
    for net in subject.nets:
        if net.found is None:
            yield _missing("net", net.name, net.field, net.looked)
    for index, names in enumerate(getattr(subject.message, "weights", ())):
        for name in (one.strip() for one in names.split(",")):
            looked = [folder for folder, _ in places(subject.folder, subject.options.run_from)]
            if not any(os.path.isfile(os.path.join(folder, name)) for folder in looked):
                yield _missing("file of weights", name, ("weights", index), looked)


def _missing(what: str, name: str, path: Path, looked: Sequence[str]) -> Report:
    message = f"there is no {what} {name!r}"
    if os.path.isabs(name):
        return Report(message, path, "write it as seen from the folder that Caffe is run in")
    # Far up there may be files of that name that have nothing to do with the solver.
    for folder in looked[:2]:
        near = _nearest_in(folder, name)
        if near is not None:
            return Report(message, path, f"did you mean {near}?")
    where = "that" if len(looked) == 1 else "none of the current one, the solver's and those above"
    return Report(
        message, path, f"Caffe looks from the folder that it is started in; {where} has no such file"
    )


def _nearest_in(folder: str, name: str) -> Optional[str]:
    """Return a file's name that is much like the one that is not there, from the same folder."""
    head, tail = os.path.split(name)
    try:
        there = os.listdir(os.path.join(folder, head) or ".")
    except OSError:
        return None
    # Without their ending, which makes all names alike.
    stem, ending = os.path.splitext(tail)
    near = nearest(stem, [os.path.splitext(one)[0] for one in there if os.path.splitext(one)[1] == ending])
    return None if near is None else os.path.join(head, near + ending)
