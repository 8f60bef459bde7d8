from __future__ import annotations

import pytest

from netgen.errors import DataError
from netgen.runner import process
from netgen.runner.curve import CurveFile, read_curve, smooth
from netgen.runner.faults import fatal_line, loading_layer, loading_phase
from netgen.runner.mends import mend_for
from netgen.runner.process import Log
from netgen.runner.worker.channel import MARK


def test_the_log_file_begins_anew_before_it_fills_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_LOG_BYTES", 100)
    log = Log()
    log.write_to(tmp_path / "caffe.log")
    for index in range(12):
        log.add(b"line %02d ........\n" % index)
    log.write_to(None)
    log.add(b"not in the file\n")
    old, new = (tmp_path / name for name in ("caffe.log.1", "caffe.log"))
    assert old.stat().st_size <= 120
    assert (old.read_text() + new.read_text()).splitlines()[-1].startswith("line 11")
    assert log.lines[-1] == "not in the file"


def test_a_mark_in_the_log_is_no_line_of_it():
    log = Log()
    heard = []
    log.listener = heard.append
    log.add(b"one\n")
    log.add(MARK + b"1\n")
    # A layer printed something without ending the line.
    log.add(b"two" + MARK + b"2\n")
    log.wait_for(2)
    assert log.lines == heard == ["one", "two"]


@pytest.mark.parametrize("date", ["0123", "20230123"])
def test_a_fatal_line_is_found_whole(date):
    lines = [
        f"I{date} 12:00:00.000001  99 net.cpp:86] Creating Layer conv",
        f"F{date} 12:00:00.000002  99 blob.hpp:1] Check failed: a",
        "which goes on  ",
        "*** Check failure stack trace: ***",
        "    @     0x7f  something",
    ]
    assert fatal_line(lines) == ("blob.hpp:1", "Check failed: a which goes on")
    assert fatal_line(lines[:1]) is None


def test_the_layer_being_made_and_its_phase():
    lines = [
        "I1 1 1 solver.cpp:1] Creating training net from net file: x",
        "I1 1 1 layer_factory.hpp:77] Creating layer a b",
        "I1 1 1 net.cpp:257] Network initialization done.",
        "I1 1 1 solver.cpp:1] Creating test net (#0) specified by net file: x",
        "I1 1 1 net.cpp:86] Creating Layer c",
    ]
    assert [(loading_layer(lines[:n]), loading_phase(lines[:n])) for n in (1, 2, 3, 5)] == [
        (None, "TRAIN"),
        ("a b", "TRAIN"),
        (None, None),
        ("c", "TEST"),
    ]


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("Unknown layer type: Python (known types: A, B)", "built without Python layers"),
        ("Unknown layer type: Relu (known types: PReLU, ReLU)", "did you mean 'ReLU'?"),
        ("Top blob 'x' produced by multiple sources.", "another name"),
        ("Check failed: something nobody has seen", None),
    ],
)
def test_mends(message, mend):
    found = mend_for(message)
    assert found == mend if mend is None else mend in found


def test_a_curve_keeps_the_columns_of_earlier_runs(tmp_path):
    path = tmp_path / "log.csv"
    file = CurveFile(path, ["test_a"], -1)
    file.add(0, None, None, 0.5, {"test_a": 1.0})
    file.add(1, 2.5, 0.01, 1.0, None)
    file.add(2, 2.0, 0.01, 1.0, None)
    file.close()
    file = CurveFile(path, ["test_b"], 1)
    assert file.seconds == 1.5
    file.add(2, 1.5, 0.005, 1.0, {"test_b": 3.0})
    file.close()
    assert path.read_text().splitlines() == [
        "iteration,loss,lr,seconds,test_a,test_b",
        "0,,,0.5000,1.0,",
        "1,2.5,0.01,1.5000,,",
        "2,1.5,0.005,2.5000,,3.0",
    ]
    curve = read_curve(path)
    assert (curve.iterations, curve.losses, curve.seconds) == ([1, 2], [2.5, 1.5], 2.5)
    assert curve.tests == {"test_a": [(0, 1.0)], "test_b": [(2, 3.0)]}


def test_a_curve_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="there is no training log"):
        read_curve(tmp_path / "log.csv")


def test_smoothing():
    assert smooth([4, 2, 0, 6], 2) == [4, 3, 1, 3]
