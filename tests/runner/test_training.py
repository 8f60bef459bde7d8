from __future__ import annotations

import csv
import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tiny

from netgen.errors import BundleError, DataError, OptionError
from netgen.runner import ENVIRONMENT, Caffe, CaffeFault
from netgen.runner.locks import Lock
from netgen.runner.training import snapshots_of

pytest.importorskip("h5py")
caffe_mark = pytest.mark.caffe

ROOT = Path(__file__).parents[2]
DROPOUT = 'layer { name: "drop" type: "Dropout" bottom: "ip" top: "ip" }'
BATCH_NORM = 'layer { name: "bn" type: "BatchNorm" bottom: "ip" top: "bn" %s }'


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "training" / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def losses(folder: Path) -> dict[int, str]:
    return {int(row["iteration"]): row["loss"] for row in rows(folder) if row["loss"]}


def weights_at(folder: Path, iteration: int) -> list[bytes]:
    """Return the parameters of a snapshot, bit for bit."""
    from netgen.schema import caffe_pb2

    path = next((folder / "training").glob(f"*_iter_{iteration}.caffemodel"))
    net = caffe_pb2.NetParameter.FromString(path.read_bytes())
    return [np.array(blob.data, np.float32).tobytes() for layer in net.layer for blob in layer.blobs]


@caffe_mark
def test_training_leaves_weights_a_log_and_a_picture(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    seen = []
    result = caffe.train(bundle, on_progress=seen.append)
    assert (result.iteration, result.start, result.fell) == (30, 0, True)
    assert result.last_loss < result.first_loss
    assert result.snapshot.iteration == 30
    assert result.snapshot.model.is_file()
    assert result.plot.read_bytes().startswith(b"\x89PNG")
    assert "Snapshotting" in result.caffe_log.read_text()
    logged = rows(bundle)
    assert [int(row["iteration"]) for row in logged] == list(range(31))
    assert logged[0]["loss"] == ""
    assert all(math.isfinite(float(row["loss"])) for row in logged[1:])
    assert [int(row["iteration"]) for row in logged if row["test_loss"]] == [0, 10, 20, 30]
    assert [float(logged[i]["lr"]) for i in (1, 15, 16, 30)] == [0.02, 0.02, 0.01, 0.01]
    assert result.tests == {"test_loss": float(logged[30]["test_loss"])}
    kinds = [progress.kind for progress in seen]
    assert kinds.count("iteration") == 31
    assert kinds.count("snapshot") == 3
    last = [progress for progress in seen if progress.kind == "iteration"][-1]
    assert (last.iteration, last.iterations, last.left) == (30, 30, 0)
    assert last.speed > 0
    np.testing.assert_allclose(last.smoothed, np.mean([float(row["loss"]) for row in logged[-20:]]))
    # Only the one folder is new: no byte code, no scratch files.
    assert sorted(path.name for path in bundle.iterdir()) == [
        "data.h5",
        "list.txt",
        "solver.prototxt",
        "train.prototxt",
        "training",
    ]


@caffe_mark
def test_the_updates_are_those_of_caffes_own_solver(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", test=False)
    caffe.train(bundle, plot=False)
    script = "import caffe; s = caffe.get_solver('solver.prototxt'); s.step(30); s.net.save('own.caffemodel')"
    python = caffe.interpreter.python
    subprocess.run(
        [python, "-c", script], cwd=bundle, check=True, env={**os.environ, "GLOG_minloglevel": "2"}
    )
    net = (bundle / "train.prototxt").read_text()
    nets = []
    for weights in (bundle / "own.caffemodel", snapshots_of(bundle).last.model):
        nets.append(caffe.load(net, "TRAIN", folder=bundle))
        nets[-1].load_weights(weights)
    for own, ours in zip(*(net.get_params()["ip"] for net in nets)):
        assert (own == ours).all()


@caffe_mark
def test_the_logged_loss_is_the_weighted_total_over_all_passes(caffe, tmp_path):
    extra = 'layer { name: "reg" type: "Reduction" bottom: "ip" top: "reg" reduction_param { operation: SUMSQ } loss_weight: 0.01 }'
    # Nothing moves, so that the second run sees the same net in every pass.
    still = "base_lr: 0 "
    one = tiny.write_bundle(tmp_path / "one", extra=extra, rows=8, test=False, solver=still)
    two = tiny.write_bundle(tmp_path / "two", extra=extra, rows=8, test=False, solver=still + "iter_size: 2")
    for bundle in (one, two):
        caffe.train(bundle, iterations=4, plot=False)
    single = {i: float(v) for i, v in losses(one).items()}
    np.testing.assert_allclose(float(losses(two)[1]), (single[1] + single[2]) / 2, rtol=1e-6)
    net = caffe.load(one / "train.prototxt", "TRAIN", weights=snapshots_of(one).last.model)
    out = net.forward()
    np.testing.assert_allclose(single[1], out["loss"] + 0.01 * out["reg"], rtol=1e-6)
    np.testing.assert_allclose(single[1], net.loss, rtol=1e-6)


@caffe_mark
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_resumed_run_equals_a_straight_one_bit_for_bit(caffe, tmp_path, shuffle):
    # 22 rows in batches of 4: the position in the data matters, and where an epoch ends does too.
    straight = tiny.write_bundle(tmp_path / "straight", shuffle=shuffle)
    caffe.train(straight, plot=False)
    parts = tiny.write_bundle(tmp_path / "parts", shuffle=shuffle)
    caffe.train(parts, iterations=7, snapshot_every=3, plot=False)
    result = caffe.train(parts, resume=True, plot=False)
    assert (result.start, result.iteration) == (7, 30)
    assert losses(parts) == losses(straight)
    assert [row["test_loss"] for row in rows(parts)][8:] == [row["test_loss"] for row in rows(straight)][8:]
    assert weights_at(parts, 30) == weights_at(straight, 30)
    other = tiny.write_bundle(tmp_path / "other", shuffle=shuffle)
    caffe.train(other, iterations=7, plot=False)
    caffe.train(other, resume=True, replay=False, plot=False)
    assert losses(other) != losses(straight)


def lmdb_layer(folder: Path) -> str:
    lmdb = pytest.importorskip("lmdb")
    from netgen.schema import caffe_pb2

    random = np.random.RandomState(0)
    with lmdb.open(str(folder / "lmdb"), map_size=2**20) as store, store.begin(write=True) as transaction:
        for index in range(7):
            pixels = random.randint(0, 256, (1, 8, 8)).astype(np.uint8)
            datum = caffe_pb2.Datum(channels=1, height=8, width=8, data=pixels.tobytes(), label=index % 2)
            transaction.put(b"%03d" % index, datum.SerializeToString())
    return """layer { name: "data" type: "Data" top: "data" top: "label"
        data_param { source: "lmdb" backend: LMDB batch_size: 4 } transform_param { crop_size: 6 mirror: true scale: 0.01 } }"""


def image_layer(folder: Path) -> str:
    image = pytest.importorskip("PIL.Image")
    random = np.random.RandomState(0)
    for index in range(7):
        image.fromarray(random.randint(0, 256, (8, 8)).astype(np.uint8)).save(folder / f"{index}.png")
    (folder / "images.txt").write_text("".join(f"{index}.png {index % 2}\n" for index in range(7)))
    return """layer { name: "data" type: "ImageData" top: "data" top: "label"
        image_data_param { source: "images.txt" batch_size: 4 is_color: false shuffle: true }
        transform_param { crop_size: 6 mirror: true scale: 0.01 } }"""


def python_layer(folder: Path) -> str:
    (folder / "random_layer.py").write_text(
        "import caffe, random\nimport numpy as np\nclass Data(caffe.Layer):\n"
        "    def setup(self, b, t): t[0].reshape(4, 1, 6, 6); t[1].reshape(4)\n"
        "    def reshape(self, b, t): pass\n"
        "    def forward(self, b, t):\n"
        "        t[0].data[...] = np.random.randn(4, 1, 6, 6) + random.random()\n"
        "        t[1].data[...] = np.random.randint(0, 2, 4)\n"
        "    def backward(self, t, p, b): pass\n"
    )
    return """layer { name: "data" type: "Python" top: "data" top: "label"
        python_param { module: "random_layer" layer: "Data" } }"""


@caffe_mark
@pytest.mark.parametrize("source", [lmdb_layer, image_layer, python_layer])
def test_every_kind_of_data_goes_on_where_it_was_its_random_changes_too(caffe, tmp_path, source):
    for name, pieces in (("straight", [12]), ("parts", [5, 6, 12])):
        bundle = tiny.write_bundle(tmp_path / name, test=False)
        text = (bundle / "train.prototxt").read_text()
        text = source(bundle) + text[text.index('layer { name: "ip"') :]
        (bundle / "train.prototxt").write_text(text.replace("EuclideanLoss", "SoftmaxWithLoss"))
        for iterations in pieces:
            caffe.train(bundle, iterations=iterations, resume=True, plot=False)
    assert losses(tmp_path / "parts") == losses(tmp_path / "straight")
    assert weights_at(tmp_path / "parts", 12) == weights_at(tmp_path / "straight", 12)


@caffe_mark
def test_a_bundle_may_lie_in_a_folder_of_any_name(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "Größe & {weird} 'name'")
    assert caffe.train(bundle, iterations=3).snapshot.model.is_file()
    assert caffe.train(bundle, iterations=5, resume=True, plot=False).start == 3


@caffe_mark
def test_a_solver_that_wants_a_gpu_is_told_that_it_has_none(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    solver = (bundle / "solver.prototxt").read_text()
    (bundle / "solver.prototxt").write_text(solver.replace("solver_mode: CPU", "solver_mode: GPU"))
    notices = caffe.train(bundle, iterations=1, plot=False).notices
    assert "the solver says GPU, but training runs on the CPU" in notices[0]


@caffe_mark
def test_a_resumed_run_with_dropout_does_not_repeat_its_masks(caffe, tmp_path):
    still = "base_lr: 0 "
    bundle = tiny.write_bundle(tmp_path / "b", between=DROPOUT, rows=4, test=False, solver=still)
    caffe.train(bundle, iterations=6, plot=False)
    caffe.train(bundle, iterations=12, resume=True, plot=False)
    logged = losses(bundle)
    # Same weights and same batch throughout: only the masks differ.
    assert len({logged[i] for i in range(1, 13)}) == 12


KILLED = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from netgen.runner import Caffe
with Caffe() as caffe:
    caffe.train({bundle!r}, plot=False, on_progress=lambda p: print(caffe.worker.pid, p.kind, p.iteration, flush=True))
"""


@caffe_mark
@pytest.mark.parametrize("victim", ["worker", "parent"])
def test_a_killed_training_goes_on(caffe, tmp_path, gone, victim):
    straight = tiny.write_bundle(tmp_path / "straight")
    caffe.train(straight, plot=False)
    killed = tiny.write_bundle(tmp_path / "killed")
    # Slow enough to be hit in the middle.
    slow = 'layer { name: "acts" type: "Python" bottom: "ip" top: "acts" python_param { module: "slow_layer" layer: "Slow" } }'
    for bundle in (straight, killed):
        text = (bundle / "train.prototxt").read_text()
        (bundle / "train.prototxt").write_text(text + slow)
        (bundle / "slow_layer.py").write_text(
            "import time, caffe\nclass Slow(caffe.Layer):\n"
            "    def setup(self, b, t): pass\n"
            "    def reshape(self, b, t): t[0].reshape(1)\n"
            "    def forward(self, b, t): time.sleep(0.01)\n"
            "    def backward(self, t, p, b): b[0].diff[...] = 0\n"
        )
    script = KILLED.format(root=str(ROOT), tests=str(Path(__file__).parent), bundle=str(killed))
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with process:
        for line in process.stdout:
            pid, kind, iteration = line.split()
            if (kind, iteration) == ("iteration", "16"):
                os.kill(int(pid) if victim == "worker" else process.pid, signal.SIGKILL)
                break
        process.wait(timeout=20)
    gone(int(pid), process.pid)
    assert snapshots_of(killed).last.iteration == 10
    assert max(losses(killed)) >= 16
    with pytest.raises(OptionError, match="trained to iteration 10 already"):
        caffe.train(killed)
    result = caffe.train(killed, resume=True, plot=False)
    assert result.start == 10
    assert [int(row["iteration"]) for row in rows(killed)] == list(range(31))
    assert losses(killed) == losses(straight)
    assert weights_at(killed, 30) == weights_at(straight, 30)


@caffe_mark
def test_half_a_snapshot_is_passed_over(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    caffe.train(bundle, iterations=20, plot=False)
    path = next((bundle / "training").glob("*_20.solverstate"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert snapshots_of(bundle).last.iteration == 10
    path.write_bytes(whole)
    assert snapshots_of(bundle).last.iteration == 20
    next((bundle / "training").glob("*_20.caffemodel")).unlink()
    assert caffe.train(bundle, resume=True, plot=False).start == 10
    assert [int(row["iteration"]) for row in rows(bundle)] == list(range(31))


@caffe_mark
def test_a_record_or_a_log_that_was_cut_is_survived(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    caffe.train(bundle, iterations=10, plot=False)
    log = bundle / "training" / "log.csv"
    log.write_text(log.read_text() + "11,0.12")
    caffe.train(bundle, resume=True, plot=False)
    assert [int(row["iteration"]) for row in rows(bundle)] == list(range(31))
    (bundle / "training" / "snapshots.json").write_text('{"snapshots": [')
    assert snapshots_of(bundle).last is None


@caffe_mark
def test_a_finished_training_has_nothing_to_resume_but_can_be_prolonged_or_begun_anew(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    first = caffe.train(bundle, plot=False)
    again = caffe.train(bundle, resume=True, plot=False)
    assert "nothing to do" in again.notices[0]
    assert (again.iteration, again.snapshot) == (30, first.snapshot)
    assert caffe.train(bundle, resume=True, iterations=33, plot=False).iteration == 33
    anew = caffe.train(bundle, fresh=True, iterations=12, plot=False)
    assert (anew.start, anew.iteration, anew.snapshot.iteration) == (0, 12, 12)
    assert len(rows(bundle)) == 13


@caffe_mark
def test_resuming_where_nothing_was_saved_begins(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    result = caffe.train(bundle, resume=True, iterations=2, plot=False)
    assert (result.start, result.iteration) == (0, 2)
    assert "no whole snapshot to resume from" in result.notices[0]


@caffe_mark
def test_a_seed_repeats_a_run_and_another_does_not(caffe, tmp_path):
    found = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        bundle = tiny.write_bundle(tmp_path / name, shuffle=True, between=DROPOUT)
        caffe.train(bundle, seed=seed, iterations=8, plot=False)
        found.append(losses(bundle))
    assert found[0] == found[1] != found[2]


@caffe_mark
def test_weights_to_start_from(caffe, tmp_path):
    first = tiny.write_bundle(tmp_path / "first")
    weights = caffe.train(first, plot=False).snapshot.model
    second = tiny.write_bundle(tmp_path / "second", test=False, solver="base_lr: 0 ")
    result = caffe.train(second, weights=weights, iterations=1, plot=False)
    assert (result.missed, result.notices) == ((), ())
    renamed = tiny.write_bundle(tmp_path / "renamed", test=False)
    text = (renamed / "train.prototxt").read_text()
    (renamed / "train.prototxt").write_text(text.replace('name: "ip"', 'name: "ip2"'))
    result = caffe.train(renamed, weights=weights, iterations=1, plot=False)
    assert result.missed == ("ip2",)
    assert "had nothing for ip2" in result.notices[0]


@caffe_mark
def test_snapshots_go_where_the_solver_says_and_in_its_format(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", solver='snapshot_prefix: "deep/er/net" snapshot_format: HDF5')
    caffe.train(bundle, iterations=5, plot=False)
    assert (bundle / "deep/er/net_iter_5.caffemodel.h5").is_file()
    assert caffe.train(bundle, resume=True, iterations=8, plot=False).start == 5


@caffe_mark
def test_several_test_nets_and_wide_outputs(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", test=False)
    for name, output in (("one", "ip"), ("two", "data")):
        text = (bundle / "train.prototxt").read_text()
        (bundle / f"{name}.prototxt").write_text(
            text + f'layer {{ name: "s" type: "Power" bottom: "{output}" top: "s" }}'
        )
    solver = (
        (bundle / "solver.prototxt")
        .read_text()
        .replace('net: "train.prototxt"', 'train_net: "train.prototxt"')
    )
    (bundle / "solver.prototxt").write_text(
        solver
        + 'test_net: "one.prototxt" test_net: "two.prototxt" test_iter: 1 test_iter: 2 test_interval: 10'
    )
    result = caffe.train(bundle, iterations=3, plot=False)
    # An output as large as an image is no measure.
    assert set(result.tests) == {"test0_loss", "test1_loss", *(f"test0_s[{i}]" for i in range(8))}


@caffe_mark
def test_the_folder_one_stands_in_does_not_matter(caffe, tmp_path, monkeypatch):
    bundle = tiny.write_bundle(tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    caffe.train("b", iterations=2, plot=False)
    monkeypatch.chdir(bundle)
    assert caffe.train("solver.prototxt", resume=True, iterations=3, plot=False).start == 2


@caffe_mark
def test_a_loss_that_explodes_stops_with_its_iteration(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", solver="base_lr: 1e20 ")
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, plot=False)
    fault = caught.value
    assert fault.kind == "diverged"
    assert re.search(r"the loss became (nan|inf) at iteration \d+", str(fault))
    assert "lower base_lr (it is 1e+20)" in fault.mend
    assert not math.isfinite(float(rows(bundle)[-1]["loss"]))
    assert fault.iteration == int(rows(bundle)[-1]["iteration"])
    # What exploded is not kept as something to resume from.
    assert snapshots_of(bundle).last is None


@caffe_mark
def test_a_loss_that_does_not_fall_is_reported(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", rows=4, solver="base_lr: 0 ")
    result = caffe.train(bundle, plot=False)
    assert not result.fell
    assert "the loss did not fall" in result.notices[-1]


@caffe_mark
def test_a_time_limit_saves_before_it_stops(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, iterations=100_000_000, time_limit=0.3, plot=False)
    fault = caught.value
    assert fault.kind == "timeout"
    assert "and saved: the time limit of 0.3 s is over" in str(fault)
    assert snapshots_of(bundle).last.iteration == fault.iteration > 0


@caffe_mark
def test_a_training_that_hangs_is_ended_after_the_limit(caffe, tmp_path, gone):
    bundle = tiny.write_acting(tmp_path / "b", "forward3 sleep")
    pid = caffe.worker.pid
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, time_limit=0.2, grace=1, plot=False)
    fault = caught.value
    assert (fault.kind, fault.layer, fault.iteration) == ("timeout", "acts", 3)
    gone(pid)


@caffe_mark
@pytest.mark.parametrize(
    ("what", "kind"), [("raise", "python-layer"), ("segfault", "crash"), ("killed", "memory")]
)
def test_a_fault_in_training_names_the_iteration_and_how_to_go_on(caffe, tmp_path, what, kind):
    bundle = tiny.write_acting(tmp_path / "b", f"forward12 {what}")
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, plot=False)
    fault = caught.value
    assert (fault.kind, fault.layer, fault.iteration) == (kind, "acts", 12)
    assert "in forward at iteration 12" in str(fault)
    if kind != "memory":
        assert fault.mend == "after mending it, --resume goes on from iteration 10"
    assert max(losses(bundle)) == 11


@caffe_mark
def test_batch_norm_is_refused_where_it_does_not_work(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", between=BATCH_NORM % "", last="bn")
    if caffe.normalises():
        pytest.skip("this Caffe trains BatchNorm")
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, plot=False)
    fault = caught.value
    assert (fault.kind, fault.layer, fault.phase) == ("unsupported", "bn", "TRAIN")
    assert "did not normalise in TRAIN" in str(fault)
    assert "--force" in fault.mend
    # Before anything began.
    assert not (bundle / "training" / "log.csv").exists()
    fixed = tiny.write_bundle(
        tmp_path / "fixed", between=BATCH_NORM % "batch_norm_param { use_global_stats: true }"
    )
    assert caffe.train(fixed, iterations=1, plot=False).iteration == 1
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle, force=True, plot=False)
    assert caught.value.kind == "diverged"


@caffe_mark
@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (
            lambda text: 'layer { name: "mem" type: "MemoryData" top: "data" top: "label" memory_data_param {'
            " batch_size: 4 channels: 2 height: 1 width: 1 } }" + text[text.index('layer { name: "ip"') :].replace(
                "EuclideanLoss", "SoftmaxWithLoss"
            ),
            "unsupported",
            "phase TRAIN: layer 'mem': a layer of type MemoryData gets its data from a Python program",
        ),
        (
            lambda text: text.replace("HDF5Data", "Input").replace(
                'hdf5_data_param { source: "list.txt" batch_size: 4 shuffle: false }',
                "input_param { shape { dim: 4 dim: 6 } shape { dim: 4 dim: 2 } }",
            ),
            "unsupported",
            "layer 'data': a layer of type Input gets its data",
        ),
        (
            lambda text: text[: text.index('layer { name: "loss"')],
            "refused",
            "phase TRAIN: the net has no loss",
        ),
        (
            lambda text: text.replace("list.txt", "lost.txt"),
            "check",
            "phase TRAIN: layer 'data': Caffe aborted: hdf5_data_layer.cpp:",
        ),
    ],
    ids=["memory", "input", "no-loss", "no-file"],
)  # fmt: skip
def test_what_cannot_be_trained_is_said_before_it_begins(caffe, tmp_path, change, kind, message):
    bundle = tiny.write_bundle(tmp_path / "b", test=False)
    path = bundle / "train.prototxt"
    path.write_text(change(re.sub(r"\{\s+source", "{ source", path.read_text())))
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle)
    assert caught.value.kind == kind
    assert message in str(caught.value)
    assert caught.value.mend
    assert not (bundle / "training" / "log.csv").exists()


@caffe_mark
def test_a_solver_that_caffe_cannot_read(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b", solver="\nmomentun: 0.9")
    with pytest.raises(CaffeFault) as caught:
        caffe.train(bundle)
    assert str(caught.value).startswith(f"{bundle / 'solver.prototxt'}:")
    assert "momentun" in str(caught.value)
    bundle = tiny.write_bundle(tmp_path / "c")
    (bundle / "solver.prototxt").write_text('net: "train.prototxt" base_lr: 1 lr_policy: "fixed"')
    with pytest.raises(CaffeFault, match="says no max_iter"):
        caffe.train(bundle)


@caffe_mark
def test_options_that_exclude_each_other_and_files_that_are_not_there(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    with pytest.raises(OptionError, match="exclude each other"):
        caffe.train(bundle, resume=True, fresh=True)
    with pytest.raises(OptionError, match="has its weights from the snapshot"):
        caffe.train(bundle, resume=True, weights="x")
    with pytest.raises(DataError, match="no weights file x"):
        caffe.train(bundle, weights="x")
    with pytest.raises(BundleError, match="there is no bundle"):
        caffe.train(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"has no solver\.prototxt"):
        caffe.train(tmp_path)


@caffe_mark
def test_a_net_named_instead_of_a_solver(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    caffe.train(bundle, iterations=1, plot=False)
    with pytest.raises(BundleError) as caught:
        caffe.train(bundle / "train.prototxt")
    assert str(caught.value) == (
        f"{bundle / 'train.prototxt'} is a net, not a solver\n"
        "  mend: name the bundle's folder, or its solver.prototxt"
    )


@caffe_mark
def test_a_bundle_that_cannot_be_written_to(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    (bundle / "training").write_text("in the way")
    with pytest.raises(BundleError) as caught:
        caffe.train(bundle)
    assert f"training writes to {bundle / 'training'}, which is not possible: File exists" in str(
        caught.value
    )
    assert "make it a folder that can be written to" in caught.value.mend


@caffe_mark
def test_two_trainings_of_one_bundle_exclude_each_other(caffe, tmp_path):
    bundle = tiny.write_bundle(tmp_path / "b")
    refused = []

    def again(progress):
        if progress.kind == "iteration" and progress.iteration == 3:
            for options in ({}, {"resume": True}, {"fresh": True}):
                with pytest.raises(BundleError) as caught:
                    caffe.train(bundle, plot=False, **options)
                refused.append(str(caught.value))

    caffe.train(bundle, plot=False, on_progress=again)
    assert (
        refused
        == [
            f"{bundle} is being trained already, by process {os.getpid()}\n"
            "  mend: wait until it has ended, or train a copy of the bundle"
        ]
        * 3
    )
    # The refused ones spoilt nothing.
    assert sorted(losses(bundle)) == list(range(1, 31))
    assert caffe.train(bundle, fresh=True, iterations=1, plot=False).iteration == 1


LOCKED = (
    "import sys; sys.path.insert(0, {root!r})\n"
    + """
from pathlib import Path
from netgen.runner.locks import Lock
lock = Lock(Path({path!r}))
print(lock.take(), flush=True)
sys.stdin.read()
"""
)


def test_a_lock_dies_with_its_process(tmp_path):
    path = tmp_path / "lock"
    script = LOCKED.format(root=str(ROOT), path=str(path))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "True\n"
        ours = Lock(path)
        assert not ours.take()
        assert ours.holder == process.pid
        process.kill()
        process.wait()
    assert ours.take()
    assert ours.holder == os.getpid()
    assert not Lock(path).take()
    ours.release()
    assert Lock(path).take()


@caffe_mark
def test_without_matplotlib_training_works_and_says_so(caffe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = caffe.train(tiny.write_bundle(tmp_path / "b"), iterations=2)
    assert result.plot is None
    assert "the loss was not drawn" in result.notices[0]
    assert "caffe-netgen[plot]" in result.notices[0]


@pytest.mark.skipif(not os.environ.get(ENVIRONMENT), reason="NETGEN_CAFFE_PYTHON names no interpreter")
def test_any_python_can_train(tmp_path):
    """Run this on a Python without Caffe, with the variable set."""
    with Caffe(os.environ[ENVIRONMENT]) as caffe:
        result = caffe.train(tiny.write_bundle(tmp_path / "b"), plot=False)
    assert result.fell
    assert (
        json.loads((tmp_path / "b/training/snapshots.json").read_text())["snapshots"][-1]["iteration"] == 30
    )
