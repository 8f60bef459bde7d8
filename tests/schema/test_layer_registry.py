"""Which layers there are and what they read: against Caffe's own registry, NetSpec and layers."""

import os
import subprocess
import sys

import numpy
import pytest

from netgen.schema import caffe_pb2, layer_types, spec_field, used_fields

LAYER_FIELDS = caffe_pb2.LayerParameter.DESCRIPTOR.fields_by_name


@pytest.mark.caffe
def test_the_types_are_those_that_caffe_registers():
    import caffe

    registered = set(caffe.layer_type_list())
    assert set(layer_types()) - registered == {"Clip"}
    assert registered - set(layer_types()) == set()
    assert set(layer_types()) - set(layer_types(bvlc=True)) == {
        "ContinuationIndicator",
        "CtcLoss",
        "LabelsequenceAccuracy",
        "Permute",
        "Reverse",
    }


def test_the_types_come_sorted():
    assert list(layer_types()) == sorted(layer_types())
    assert len(layer_types(bvlc=True)) == 61


@pytest.mark.caffe
def test_bare_keywords_go_where_caffes_netspec_sends_them():
    from caffe import net_spec
    from caffe.proto import caffe_pb2 as installed

    theirs = {name: f"{field}_param" for name, field in net_spec._param_names.items()}
    ours = {name: spec_field(name) for name in theirs}
    assert ours == theirs
    assert {name for name in layer_types() if spec_field(name)} - set(theirs) == {"Clip"}
    descriptor = installed.LayerParameter.DESCRIPTOR
    assert {name: spec_field(name, descriptor) for name in theirs} == theirs
    assert spec_field("Clip", descriptor) is None


@pytest.mark.parametrize(
    ("type_name", "field"),
    [
        ("Pooling", "pooling_param"),
        ("HDF5Data", "hdf5_data_param"),
        ("ELU", "elu_param"),
        ("Clip", "clip_param"),
        ("Recurrent", "recurrent_param"),
        ("Deconvolution", None),
        ("LSTM", None),
        ("SoftmaxWithLoss", None),
        ("NoSuchLayer", None),
    ],
)
def test_bare_keywords_go_by_the_name_of_the_message(type_name, field):
    assert spec_field(type_name) == field


def test_what_is_read_exists_and_begins_with_the_layers_own():
    for type_name in layer_types():
        for field in used_fields(type_name):
            assert field in LAYER_FIELDS
        own = spec_field(type_name)
        assert own is None or used_fields(type_name)[0] == own


def test_every_parameter_of_layerparameter_is_read_by_some_layer():
    read = {field for type_name in layer_types() for field in used_fields(type_name)}
    assert read == {name for name in LAYER_FIELDS if name.endswith("_param")}


def test_of_an_unknown_layer_nothing_is_said():
    assert used_fields("NoSuchLayer") == ()


def given(name, *dim):
    """Layers that make a blob of that shape; the test fills ``x``."""
    shape = " ".join(f"dim: {size}" for size in dim)
    if name == "x":
        return f"layer {{ name: 'x' type: 'Input' top: 'x' input_param {{ shape {{ {shape} }} }} }}\n"
    return (
        f"layer {{ name: '{name}' type: 'DummyData' top: '{name}'"
        f" dummy_data_param {{ shape {{ {shape} }} data_filler {{ value: 1 }} }} }}\n"
    )


IMAGE, SEQUENCE = given("x", 2, 3, 4, 4), given("x", 5, 2, 3) + given("c", 5, 2)
LABELLED = IMAGE + given("t", 2, 4, 4)
NORMALIZED = ("normalization: NONE", "normalization: FULL")

# The fields that a layer reads beside the one that has its name: what comes before the layer, its bottoms, and
# two texts of the field between which its output must change.
READS = {
    ("Deconvolution", "convolution_param"): (
        IMAGE,
        "x",
        "num_output: 2 kernel_size: 2",
        "num_output: 4 kernel_size: 2",
    ),
    ("Im2col", "convolution_param"): (IMAGE, "x", "kernel_size: 2", "kernel_size: 3"),
    ("LSTM", "recurrent_param"): (SEQUENCE, "xc", "num_output: 2", "num_output: 4"),
    ("RNN", "recurrent_param"): (SEQUENCE, "xc", "num_output: 2", "num_output: 4"),
    ("SoftmaxWithLoss", "loss_param"): (LABELLED, "xt", *NORMALIZED),
    ("SoftmaxWithLoss", "softmax_param"): (
        given("x", 2, 3, 3) + given("t", 2, 3),
        "xt",
        "axis: 1",
        "axis: 2",
    ),
    ("SigmoidCrossEntropyLoss", "loss_param"): (IMAGE + given("t", 2, 3, 4, 4), "xt", *NORMALIZED),
    ("InfogainLoss", "loss_param"): (LABELLED + given("h", 1, 1, 3, 3), "xth", *NORMALIZED),
    ("ImageData", "transform_param"): ("", "", "crop_size: 3", "crop_size: 4"),
}


# A Caffe that does not take a net ends its process, so that the nets run in one of their own.
PROGRAM = """
import sys, pathlib, numpy, caffe
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.prototxt")):
    net = caffe.Net(str(path), caffe.TRAIN)
    if "x" in net.blobs:
        values = net.blobs["x"].data
        values[...] = numpy.random.RandomState(1).normal(size=values.shape)
    net.forward()
    numpy.save(path.with_suffix(".npy"), net.blobs["y"].data)
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The folder with the output of every net of READS: <type>-<field>-<0 or 1>.npy."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("nets")
    Image.new("RGB", (8, 8)).save(folder / "image.png")
    (folder / "list.txt").write_text("image.png 0\n")
    images = f"top: 'label' image_data_param {{ source: '{folder}/list.txt' root_folder: '{folder}/' }}"
    for (type_name, field), (before, bottoms, *texts) in READS.items():
        bottom = " ".join(f"bottom: '{name}'" for name in bottoms)
        own = images if type_name == "ImageData" else ""
        for number, text in enumerate(texts):
            layer = f"layer {{ name: 'y' type: '{type_name}' {bottom} top: 'y' {field} {{ {text} }} {own} }}"
            (folder / f"{type_name}-{field}-{number}.prototxt").write_text(before + layer)
    environment = {**os.environ, "GLOG_minloglevel": "2"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.caffe
@pytest.mark.parametrize(("type_name", "field"), READS)
def test_a_layer_reads_the_field_that_the_table_gives_it(type_name, field, outputs):
    assert field in used_fields(type_name)
    first, second = (numpy.load(outputs / f"{type_name}-{field}-{number}.npy") for number in (0, 1))
    assert first.shape != second.shape or not numpy.allclose(first, second)
