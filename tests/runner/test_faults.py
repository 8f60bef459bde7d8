"""Each kind of fault, really caused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest
import tiny

from netgen.runner import KINDS, Caffe, CaffeFault
from netgen.runner.faults import Death, explain_death
from netgen.runner.process import sweep

pytestmark = pytest.mark.caffe

ROOT = Path(__file__).parents[2]
INPUT_1D = 'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 4 } } }\n'
IMAGE = 'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 4 dim: 4 dim: 4 } } }\n'


@pytest.fixture
def acting(caffe, tmp_path):
    """Load a net whose Python layer does something, and run it."""

    def run(param: str, running: Caffe = caffe, **names: str) -> CaffeFault:
        layers = tmp_path / "acting_layers.py"
        if not layers.exists():
            layers.write_text(tiny.LAYERS)
        # Whichever of the three it happens in.
        with pytest.raises(CaffeFault) as caught:
            through(running, tiny.acting(param, **names))
        return caught.value

    def through(running: Caffe, text: str) -> None:
        net = running.load(text, "TRAIN", python_path=[tmp_path], folder=tmp_path)
        net.forward()
        net.backward()

    return run


CHECKS = [
    # A check while a layer is set up.
    (
        INPUT_1D
        + 'layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param { num_output: 3 } }',
        "c",
        r"^blob\.hpp:\d+: Check failed: axis_index < num_axes\(\)",
        None,
    ),
    # The layer is named by the message, not by what was set up last.
    (
        INPUT_1D + 'layer { name: "r" type: "ReLU" bottom: "x" top: "y" }',
        "r",
        "Unknown bottom blob 'x'",
        "a layer before this one",
    ),
    (
        INPUT_1D + 'layer { name: "r" type: "Conv" bottom: "d" top: "y" }',
        "r",
        "Unknown layer type: Conv",
        "did you mean 'Convolution'",
    ),
    (
        INPUT_1D + 'layer { name: "r" type: "Zorkmid" bottom: "d" top: "y" }',
        "r",
        "Unknown layer type",
        "no such layer",
    ),
    (
        IMAGE
        + 'layer { name: "m" type: "Data" top: "m" data_param { source: "nowhere" backend: LMDB batch_size: 1 } }',
        "m",
        "mdb_status == 0",
        "LMDB folder",
    ),
    (
        'layer { name: "h" type: "HDF5Data" top: "h" hdf5_data_param { source: "nowhere" batch_size: 1 } }',
        "h",
        "Failed to open source file: nowhere",
        "relative to the folder",
    ),
    (
        'layer { name: "i" type: "Input" top: "i" input_param { shape { dim: 50000 dim: 50000 } } }',
        "i",
        "blob size exceeds INT_MAX",
        "no blob",
    ),
]


@pytest.mark.parametrize(("text", "layer", "line", "mend"), CHECKS, ids=[check[2] for check in CHECKS])
def test_a_check_that_fails_while_loading(caffe, text, layer, line, mend):
    with pytest.raises(CaffeFault) as caught:
        caffe.load(text, "TEST")
    fault = caught.value
    assert (fault.kind, fault.layer, fault.phase) == ("check", layer, "TEST")
    assert re.search(line, fault.caffe_line)
    assert "while loading the net" in str(fault)
    assert mend is None or mend in fault.mend
    # The list of every known type is Caffe's line, but no sentence for a person.
    assert len(fault.message) < 300


def test_a_check_that_fails_in_forward_names_the_layer_that_ran(caffe):
    text = (
        INPUT_1D + 'layer { name: "mem" type: "MemoryData" top: "x" top: "t" memory_data_param {'
        " batch_size: 1 channels: 1 height: 1 width: 1 } }"
    )
    net = caffe.load(text, "TEST")
    with pytest.raises(CaffeFault) as caught:
        net.forward()
    fault = caught.value
    assert (fault.kind, fault.layer) == ("check", "mem")
    assert "in forward" in str(fault)
    assert "needs to be initialized" in fault.caffe_line
    assert any("Check failed" in line for line in fault.log)


def test_a_text_that_caffe_cannot_read_names_file_line_and_column(caffe, tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('name: "x"\nlayer { name: "d"\n  typ: "Input" }\n')
    with pytest.raises(CaffeFault) as caught:
        caffe.load(path)
    assert str(caught.value).startswith(f"{path}:3:6: ")
    assert 'no field named "typ"' in str(caught.value)
    with pytest.raises(CaffeFault) as caught:
        caffe.load('layer {\n  naem: "d" }')
    assert str(caught.value).startswith("<prototxt>:2:7: ")


def test_a_file_that_is_not_there(caffe, tmp_path):
    with pytest.raises(CaffeFault, match=r"Could not open file .*nothing\.prototxt") as caught:
        caffe.load(tmp_path / "nothing.prototxt")
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("moment", ["setup", "reshape", "forward", "backward"])
def test_an_exception_in_a_python_layer(acting, tmp_path, moment):
    fault = acting(f"{moment} raise")
    line = next(i for i, text in enumerate(tiny.LAYERS.splitlines(), 1) if "boom" in text)
    assert str(fault) == (
        f"{tmp_path / 'acting_layers.py'}:{line}: phase TRAIN: layer 'acts': "
        f"Python layer Acts failed in {moment}: ValueError: boom"
    )
    assert (fault.kind, fault.caffe_line) == ("python-layer", "ValueError: boom")
    assert "in act\n" in fault.traceback


def test_an_exception_inside_a_library_is_placed_in_the_users_file(acting, tmp_path):
    fault = acting("forward numpy")
    assert fault.site.path == str(tmp_path / "acting_layers.py")
    assert "cannot reshape array" in str(fault)


def test_sys_exit_in_a_layer_is_an_exception_like_others(acting):
    fault = acting("forward exit")
    assert (fault.kind, fault.layer) == ("python-layer", "acts")
    assert "SystemExit: 3" in str(fault)


def test_a_class_that_the_module_lacks(acting):
    fault = acting("", layer="Act")
    assert (fault.kind, fault.layer, fault.mend) == ("python-layer", "acts", "did you mean 'Acts'?")
    assert "has no attribute 'Act'" in str(fault)


def test_a_module_that_does_not_parse(acting, tmp_path):
    (tmp_path / "broken_layers.py").write_text("x = 1\ndef f(:\n")
    fault = acting("", module="broken_layers")
    assert fault.kind == "python-layer"
    assert str(fault).startswith(f"{tmp_path / 'broken_layers.py'}:2: phase TRAIN: layer 'acts': ")
    assert "SyntaxError" in str(fault)


def test_a_module_that_is_not_found(acting):
    fault = acting("", module="nowhere.layers")
    assert (fault.kind, fault.layer, fault.phase) == ("missing-module", "acts", "TRAIN")
    assert "module 'nowhere' was not found" in str(fault)
    assert "PYTHONPATH" in fault.mend
    assert "nowhere.py" in fault.mend


def test_a_module_that_needs_another_one(acting, tmp_path):
    (tmp_path / "needy_layers.py").write_text("import os\nimport zorkmid\n")
    fault = acting("", module="needy_layers")
    assert fault.kind == "missing-module"
    assert str(fault).startswith(f"{tmp_path / 'needy_layers.py'}:2: ")
    assert "needs 'zorkmid'" in str(fault)


def test_a_bad_memory_access_names_layer_and_line(acting, tmp_path):
    fault = acting("forward segfault")
    line = next(i for i, text in enumerate(tiny.LAYERS.splitlines(), 1) if "string_at" in text)
    assert (fault.kind, fault.layer) == ("crash", "acts")
    assert "SIGSEGV" in str(fault)
    assert str(fault.site) == f"{tmp_path / 'acting_layers.py'}:{line}"


def test_a_division_by_zero_in_caffe(caffe):
    text = IMAGE + (
        'layer { name: "c" type: "Convolution" bottom: "d" top: "c"'
        " convolution_param { num_output: 3 group: 0 kernel_size: 1 } }"
    )
    with pytest.raises(CaffeFault, match="SIGFPE") as caught:
        caffe.load(text)
    assert (caught.value.kind, caught.value.layer, caught.value.site) == ("crash", "c", None)


def test_a_process_that_ends_by_itself(acting):
    fault = acting("backward os-exit")
    assert (fault.kind, fault.layer) == ("crash", "acts")
    assert "exit code 7 in backward" in str(fault)


def test_a_time_limit(acting, tmp_path, gone, pid_of):
    with Caffe(time_limit=1.5) as caffe:
        fault = acting("forward child", caffe)
        assert (fault.kind, fault.layer) == ("timeout", "acts")
        assert "time limit of 1.5 s in forward" in str(fault)
        # Its own child, which it never waited for, goes with it.
        gone(pid_of(tmp_path / "pid"), pid_of(tmp_path / "child"))


def test_memory_that_caffe_cannot_have():
    text = """
layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1000 dim: 1000 dim: 1000 } } }
layer { name: "r" type: "ReLU" bottom: "d" top: "r" }
"""
    with Caffe(memory_limit=3 * 2**30) as caffe:
        net = caffe.load(text)
        with pytest.raises(CaffeFault) as caught:
            net.forward()
    fault = caught.value
    assert (fault.kind, fault.layer) == ("memory", "r")
    assert "could not allocate 3.725 GiB in forward" in str(fault)
    assert "smaller" in fault.mend


def test_memory_that_python_cannot_have(acting):
    fault = acting("forward memory")
    assert (fault.kind, fault.layer) == ("memory", "acts")


def test_memory_that_the_system_takes_back(acting):
    fault = acting("forward killed")
    assert (fault.kind, fault.layer) == ("memory", "acts")
    assert "SIGKILL" in str(fault)


def test_memory_that_cpp_cannot_have():
    lines = [
        "I20261123 12:48:17.096582  7446 layer_factory.hpp:77] Creating layer big",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "  what():  std::bad_alloc",
    ]
    fault = explain_death(Death(-6, lines, None, None, None, 0), job="load", phase="TEST")
    assert (fault.kind, fault.layer) == ("memory", "big")


def test_a_gpu_that_is_not_there():
    with Caffe(gpu=0) as caffe, pytest.raises(CaffeFault) as caught:
        caffe.load(INPUT_1D)
    assert caught.value.kind == "check"
    assert "Cannot use GPU" in str(caught.value)


def test_every_kind_is_explained():
    found = set(re.findall(r'kind="([a-z-]+)"', (ROOT / "netgen/runner/faults.py").read_text()))
    worker = (ROOT / "netgen/runner/worker/train.py").read_text()
    found |= set(re.findall(r'Refused\(\s*"([a-z-]+)"', worker))
    assert found == set(KINDS)


SOLVER = 'net: "train.prototxt" base_lr: 0.1 max_iter: 5 test_iter: 1 test_interval: 1 '
TESTED = 'layer { name: "iou" type: "ReLU" bottom: "acts" top: "iou" include { phase: TEST } }'


@pytest.mark.parametrize(
    ("solver", "line", "mend"),
    [
        ('lr_policy: "foo"', "Unknown learning rate policy: foo", "give lr_policy one of fixed, step"),
        ('lr_policy: "multstep"', "Unknown learning rate policy", "did you mean 'multistep'?"),
        ('lr_policy: "fixed" type: "AdaGrad" momentum: 0.9', "Momentum cannot be used", "take momentum out"),
        ('lr_policy: "fixed" type: "adam"', "Unknown solver type: adam", "did you mean 'Adam'?"),
        ('lr_policy: "fixed" weight_decay: 1 regularization_type: "L3"', "Unknown regularization type", None),
    ],
)
def test_what_is_wrong_with_a_solver_is_no_layers_fault_and_of_no_phase(caffe, tmp_path, solver, line, mend):
    folder = tiny.write_acting(tmp_path / "b", "")
    (folder / "train.prototxt").write_text(tiny.acting("") + TESTED)
    (folder / "solver.prototxt").write_text(SOLVER + solver)
    with pytest.raises(CaffeFault) as caught:
        caffe.train(folder, plot=False)
    fault = caught.value
    assert (fault.kind, fault.layer, fault.phase) == ("check", None, None)
    assert line in fault.caffe_line
    assert "forward" not in str(fault)
    assert "backward" not in str(fault)
    assert mend is None or mend in fault.mend


def test_a_layer_that_fails_in_a_solvers_test_net_has_its_phase(caffe, tmp_path):
    folder = tiny.write_acting(tmp_path / "b", "")
    bad = TESTED.replace("ReLU", "Convolution")
    (folder / "train.prototxt").write_text(tiny.acting("") + bad)
    (folder / "solver.prototxt").write_text(SOLVER + 'lr_policy: "fixed"')
    with pytest.raises(CaffeFault) as caught:
        caffe.train(folder, plot=False)
    assert (caught.value.layer, caught.value.phase) == ("iou", "TEST")


DRIVER = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
import tiny
from netgen.runner import Caffe, CaffeFault
folder = Path({folder!r})
with Caffe() as caffe:
    net = caffe.load(tiny.acting("forward child"), "TRAIN", python_path=[folder], folder=folder)
    try:
        net.forward()
    except CaffeFault as fault:
        print(fault.kind, fault.layer, fault)
"""


@pytest.fixture
def driver(tmp_path):
    """Start another process that runs a net which never ends."""
    (tmp_path / "acting_layers.py").write_text(tiny.LAYERS)
    script = DRIVER.format(root=str(ROOT), tests=str(Path(__file__).parent), folder=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    yield process
    process.kill()
    process.wait()


def test_ctrl_c_stops_everything(driver, tmp_path, gone, pid_of):
    worker, child = pid_of(tmp_path / "pid"), pid_of(tmp_path / "child")
    driver.send_signal(signal.SIGINT)
    out, _ = driver.communicate(timeout=20)
    assert out.startswith("interrupted acts ")
    assert "stopped by the user in forward" in out
    gone(worker, child)


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process of its parent's death at once"
)
def test_the_worker_does_not_outlive_its_parent(driver, tmp_path, gone, pid_of):
    worker = pid_of(tmp_path / "pid")
    child = pid_of(tmp_path / "child")
    driver.kill()
    driver.wait()
    gone(worker)
    left = list(tmp_path.glob("netgen-*"))
    sweep(tmp_path)
    assert not list(tmp_path.glob("netgen-*")), left
    # What a layer itself started and left alone has nobody left to end it.
    os.kill(child, signal.SIGKILL)


def test_an_idle_worker_ends_when_its_pipe_closes_and_takes_its_files_along(gone):
    with Caffe() as caffe:
        pid, folder = caffe.worker.pid, caffe.worker.folder
        caffe.worker._process.stdin.close()
        gone(pid)
        assert not folder.exists()


def test_only_what_the_dead_left_is_swept_up(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = tmp_path / "netgen-dead"
    dead.mkdir()
    (dead / "owner").write_text("1\n")
    foreign = tmp_path / "netgen-foreign"
    foreign.mkdir()
    with Caffe() as first:
        assert not dead.exists()
        with Caffe() as second:
            assert first.load(tiny.INPUT).forward() and second.load(tiny.INPUT).forward()
            assert len(list(tmp_path.glob("netgen-*/owner"))) == 2
    assert list(tmp_path.iterdir()) == [foreign]


def test_a_handler_that_fails_stops_the_worker_too(caffe, gone, tmp_path):
    pid = caffe.worker.pid

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        caffe.train(tiny.write_acting(tmp_path, ""), on_progress=fail, plot=False)
    gone(pid)
    assert np.isfinite(caffe.load(tiny.INPUT).parameter_count)
