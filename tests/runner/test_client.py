from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import tiny

from netgen.runner import Caffe, CaffeFault

pytestmark = pytest.mark.caffe


def test_a_loaded_net_says_what_it_is_made_of(caffe):
    net = caffe.load(tiny.INPUT + 'layer { name: "a" type: "ReLU" bottom: "ip" top: "ip" }', "TRAIN")
    assert net.blobs == {"data": (2, 3, 4, 5), "ip": (2, 2)}
    assert net.params == {"ip": ((2, 60), (2,))}
    assert [(layer.name, layer.type) for layer in net.layers] == [
        ("data", "Input"),
        ("ip", "InnerProduct"),
        ("a", "ReLU"),
    ]
    assert net.layers[2].bottoms == net.layers[2].tops == ("ip",)
    assert (net.inputs, net.outputs, net.phase) == (("data",), ("ip",), "TRAIN")
    assert net.parameter_count == 122
    assert net.memory == 4 * (120 + 4 + 122)


def test_forward_computes_what_numpy_computes(caffe):
    net = caffe.load(tiny.INPUT)
    x = np.random.RandomState(0).randn(2, 3, 4, 5).astype(np.float32)
    out = net.forward({"data": x})
    weight, bias = net.get_params()["ip"]
    assert set(out) == {"ip"}
    np.testing.assert_allclose(out["ip"], x.reshape(2, -1) @ weight.T + bias, rtol=1e-5)


def test_backward_gives_the_diffs_of_blobs_and_parameters_once(caffe):
    net = caffe.load("force_backward: true " + tiny.INPUT)
    x = np.random.RandomState(0).randn(2, 3, 4, 5).astype(np.float32)
    net.forward({"data": x})
    top = np.array([[1, -2], [0.5, 3]], np.float32)
    net.backward({"ip": top})
    back = net.backward({"ip": top})
    weight, _ = net.get_params()["ip"]
    # Twice, and still the same: Caffe itself would have added the second to the first.
    np.testing.assert_allclose(back.params["ip"][0], top.T @ x.reshape(2, -1), rtol=1e-5)
    np.testing.assert_allclose(back.params["ip"][1], top.sum(0), rtol=1e-6)
    np.testing.assert_allclose(back.blobs["data"], (top @ weight).reshape(x.shape), rtol=1e-5)
    assert set(net.backward({"ip": top}, blobs=["ip"]).blobs) == {"ip"}


def test_the_loss_is_the_weighted_total(caffe):
    text = """
layer { name: "x" type: "DummyData" top: "x" top: "t" dummy_data_param { shape { dim: 1 dim: 2 }
        data_filler { type: "constant" value: 3 } data_filler { type: "constant" value: 1 } } }
layer { name: "l" type: "EuclideanLoss" bottom: "x" bottom: "t" top: "l" loss_weight: 2 }
layer { name: "m" type: "Reduction" bottom: "x" top: "m" loss_weight: 0.5 }
"""
    net = caffe.load(text, "TRAIN")
    out = net.forward()
    assert (float(out["l"]), float(out["m"])) == (4.0, 6.0)
    assert net.loss == 11.0
    assert net.loss_weights == {"l": 2.0, "m": 0.5}


def test_a_part_of_the_net_can_run(caffe):
    net = caffe.load(
        tiny.INPUT + 'layer { name: "n" type: "Power" bottom: "ip" top: "n" power_param { scale: -1 } }'
    )
    net.forward({"ip": np.full((2, 2), 5)}, start="n")
    assert (net.forward(start="n", end="n", blobs=["n"])["n"] == -5).all()


def test_phase_stage_and_level_choose_the_layers(caffe):
    text = tiny.INPUT + "".join(
        f'layer {{ name: "{name}" type: "ReLU" bottom: "ip" top: "{name}" include {{ {rule} }} }}'
        for name, rule in (("tr", "phase: TRAIN"), ("st", 'stage: "s"'), ("lv", "min_level: 2"))
    )
    assert caffe.load(text, "TRAIN").outputs == ("tr",)
    assert caffe.load(text, "TEST", stages=["s"]).outputs == ("st",)
    assert caffe.load(text, "TEST", level=2).outputs == ("lv",)


def test_a_net_may_be_a_text_a_path_or_a_message(caffe, tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text(tiny.INPUT)
    text_format = pytest.importorskip("google.protobuf.text_format")
    from netgen.schema import caffe_pb2

    message = text_format.Parse(tiny.INPUT, caffe_pb2.NetParameter())
    shapes = [caffe.load(net).blobs for net in (tiny.INPUT, path, str(path), message)]
    assert all(shape == shapes[0] for shape in shapes)


def test_inputs_of_another_shape_reshape_the_net_only_when_asked(caffe):
    net = caffe.load('layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 2 } } }')
    with pytest.raises(CaffeFault, match=r"blob 'd' is 1 x 2, the array for it is 3 x 2"):
        net.forward({"d": np.ones((3, 2))})
    assert net.forward({"d": np.ones((3, 2))}, reshape=True)["d"].shape == (3, 2)
    # NumPy would have broadcast this one without a word.
    with pytest.raises(CaffeFault, match="the array for it is a single number"):
        net.forward({"d": np.float32(1)})


def test_parameters_can_be_set(caffe):
    net = caffe.load(tiny.INPUT)
    net.set_params({"ip": [np.ones((2, 60)), np.array([1, 2])]})
    assert net.forward({"data": np.ones((2, 3, 4, 5))})["ip"].tolist() == [[61, 62], [61, 62]]
    with pytest.raises(CaffeFault, match="has 2 parameters, 1 were given"):
        net.set_params({"ip": [np.ones((2, 60))]})
    with pytest.raises(CaffeFault, match="no layer 'pi' with parameters"):
        net.set_params({"pi": []})


def test_weights_go_out_and_come_back_and_what_they_lack_is_named(caffe, tmp_path):
    net = caffe.load(tiny.INPUT)
    net.save(tmp_path / "w.caffemodel")
    other = caffe.load(tiny.INPUT.replace('"ip" type', '"renamed" type'))
    before = other.get_params()["renamed"]
    assert other.load_weights(tmp_path / "w.caffemodel") == ("renamed",)
    after = other.get_params()["renamed"]
    assert all((a == b).all() for a, b in zip(before, after))
    same = caffe.load(tiny.INPUT, weights=tmp_path / "w.caffemodel")
    assert all((a == b).all() for a, b in zip(net.get_params()["ip"], same.get_params()["ip"]))


@pytest.mark.parametrize(
    ("damage", "kind", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "check", "not a whole caffemodel"),
        (lambda path: path.unlink(), "refused", "there is no weights file"),
    ],
)
def test_weights_that_are_no_weights_are_refused(caffe, tmp_path, damage, kind, message):
    path = tmp_path / "w.caffemodel"
    net = caffe.load(tiny.INPUT)
    net.save(path)
    damage(path)
    with pytest.raises(CaffeFault, match=message) as caught:
        net.load_weights(path)
    assert caught.value.kind == kind


def test_weights_of_another_shape_name_the_layer_and_both_shapes(caffe, tmp_path):
    caffe.load(tiny.INPUT).save(tmp_path / "w.caffemodel")
    net = caffe.load(tiny.INPUT.replace("num_output: 2", "num_output: 3"))
    with pytest.raises(CaffeFault) as caught:
        net.load_weights(tmp_path / "w.caffemodel")
    assert caught.value.layer == "ip"
    assert "source 2 60 (120), net 3 60 (180)" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: net.forward({"dat": np.ones(1)}), "no blob 'dat'\n  mend: did you mean 'data'"),
        (lambda net: net.forward(blobs=["zzz"]), "no blob 'zzz'\n  mend: it has: data, ip"),
        (lambda net: net.forward(start="ipp"), "no layer 'ipp'\n  mend: did you mean 'ip'"),
    ],
)
def test_an_unknown_name_brings_the_nearest(caffe, call, message):
    with pytest.raises(CaffeFault, match=message) as caught:
        call(caffe.load(tiny.INPUT))
    assert caught.value.kind == "refused"
    # A request that was refused costs nobody the worker.
    assert caffe.worker.alive


def test_what_layers_print_and_read_stays_out_of_the_protocol(caffe, tmp_path):
    (tmp_path / "acting_layers.py").write_text(tiny.LAYERS)
    for what in ("print", "read"):
        net = caffe.load(tiny.acting(f"forward {what}"), "TRAIN", python_path=[tmp_path], folder=tmp_path)
        assert set(net.forward()) == {"loss"}
    assert not list(tmp_path.glob("**/__pycache__"))


def test_two_folders_may_each_have_a_module_of_the_same_name(caffe, tmp_path):
    for value in (1, 2):
        folder = tmp_path / str(value)
        folder.mkdir()
        (folder / "constant_layer.py").write_text(
            "import caffe\nclass C(caffe.Layer):\n"
            "    def setup(self, b, t): pass\n"
            "    def reshape(self, b, t): t[0].reshape(1)\n"
            f"    def forward(self, b, t): t[0].data[...] = {value}\n"
            "    def backward(self, t, p, b): pass\n"
        )
        (folder / "net.prototxt").write_text(
            'layer { name: "c" type: "Python" top: "c" python_param { module: "constant_layer" layer: "C" } }'
        )
    first, second = (caffe.load(tmp_path / name / "net.prototxt") for name in "12")
    # The older net keeps its class.
    assert [net.forward()["c"].item() for net in (first, second, first)] == [1, 2, 1]


def test_a_data_layer_finds_its_later_files_from_the_nets_own_folder(caffe, tmp_path):
    h5py = pytest.importorskip("h5py")
    for index in range(3):
        with h5py.File(str(tmp_path / f"{index}.h5"), "w") as file:
            file["x"] = np.full((1, 1), index, np.float32)
    (tmp_path / "list.txt").write_text("0.h5\n1.h5\n2.h5\n")
    (tmp_path / "net.prototxt").write_text(
        'layer { name: "x" type: "HDF5Data" top: "x" hdf5_data_param { source: "list.txt" batch_size: 1 } }'
    )
    net = caffe.load(tmp_path / "net.prototxt")
    seen = []
    for _ in range(4):
        caffe.load(tiny.INPUT)
        seen.append(net.forward()["x"].item())
    assert seen == [0, 1, 2, 0]


def test_a_crash_takes_the_nets_along_but_the_next_load_works(tmp_path):
    (tmp_path / "acting_layers.py").write_text(tiny.LAYERS)
    with Caffe() as caffe:
        other = caffe.load(tiny.INPUT)
        first = caffe.worker.pid
        net = caffe.load(tiny.acting("forward os-exit"), "TRAIN", python_path=[tmp_path], folder=tmp_path)
        with pytest.raises(CaffeFault):
            net.forward()
        with pytest.raises(CaffeFault, match="the worker has ended"):
            other.forward()
        assert caffe.load(tiny.INPUT).blobs["ip"] == (2, 2)
        assert caffe.worker.pid != first


def test_closing_leaves_neither_process_nor_files(gone):
    with Caffe() as caffe:
        net = caffe.load(tiny.INPUT)
        net.forward({"data": np.ones((2, 3, 4, 5))})
        net.close()
        with pytest.raises(CaffeFault):
            net.forward()
        pid, folder = caffe.worker.pid, caffe.worker.folder
        assert folder.is_dir()
    gone(pid)
    assert not folder.exists()


def test_a_thread_that_ends_does_not_take_the_worker_along():
    made: list[Caffe] = []
    thread = threading.Thread(target=lambda: made.append(Caffe()))
    thread.start()
    thread.join()
    with made[0] as caffe:
        assert caffe.load(tiny.INPUT).outputs == ("ip",)


def test_the_worker_needs_no_newer_python_than_the_oldest_wheel():
    import ast

    import netgen.runner.worker

    for path in Path(netgen.runner.worker.__file__).parent.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 6))
