"""The forks' schemas: does each load, read its own nets, and stand in the index as it is?"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from netgen import schema
from netgen.errors import OptionError
from netgen.prototxt import read
from netgen.prototxt.limits import HIDDEN
from netgen.schema.registry import BVLC
from netgen.schema.selection import FORKS, GATHERERS

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FOLDER = CHECKOUT / "netgen" / "schema" / "forks"
NETS = Path(__file__).with_name("nets")

# What stands in these nets is in another fork too: one for which more nets are written, or one that means
# something else by some of it.
MEANT = {"rfcn": "rfcn-priv", "yolo9000": None}


def layer_fields(name):
    fields = schema.select(name).messages.LayerParameter.DESCRIPTOR.fields
    return {field.name for field in fields if field.number < HIDDEN}


def unknown(text, under="bvlc"):
    """What a text has that a schema does not know, as the checker tells it: fields, and all layer types."""
    chosen = schema.select(under)
    reading = read(text, chosen.messages.NetParameter)
    fields = [(fault.message_type, fault.field) for fault in reading.errors if fault.kind == "unknown-field"]
    return reading, fields, {layer.type for layer in reading.message.layer}


def test_every_fork_has_its_files():
    for ending in ("proto", "binpb", "json"):
        assert {path.stem for path in FOLDER.glob(f"*.{ending}")} - {"index"} == set(FORKS)
    assert {path.stem for path in NETS.iterdir()} == set(FORKS)
    assert schema.names() == ("bvlc", *FORKS)
    assert set(GATHERERS) < set(FORKS)


@pytest.mark.parametrize("name", FORKS)
def test_a_fork_loads(name):
    chosen = schema.select(name)
    assert schema.select(name) is chosen
    assert (chosen.name, chosen.open_types) == (name, False)
    for message in chosen.messages.DESCRIPTOR.message_types_by_name:
        assert getattr(chosen.messages, message)().DESCRIPTOR.full_name == f"caffe.{message}"
    assert chosen.messages.TEST == 1
    fields = layer_fields(name)
    for kind in chosen.layer_types:
        if kind not in BVLC:
            assert set(chosen.used_fields(kind)) <= fields


@pytest.mark.parametrize("name", FORKS)
def test_its_own_net_is_read_and_bvlc_does_not_know_it(name):
    text = (NETS / f"{name}.prototxt").read_text(encoding="utf-8")
    reading, fields, types = unknown(text, name)
    assert not reading.errors
    assert types <= schema.select(name).layer_types
    assert len(reading.message.layer) == text.count("layer {")
    _, fields, types = unknown(text)
    assert fields or types - schema.select("bvlc").layer_types
    assert name in schema.candidates(fields, types)


@pytest.mark.parametrize("name", FORKS)
def test_its_own_net_points_to_it(name):
    text = (NETS / f"{name}.prototxt").read_text(encoding="utf-8")
    _, fields, types = unknown(text)
    found = schema.guess(fields, types)
    if found is not None:  # what it does not know speaks for another
        found = schema.guess([*fields, *unknown(text, found)[1]], types)
    assert found == MEANT.get(name, name)


@pytest.mark.parametrize("name", FORKS)
def test_the_rules_find_every_field_of_bvlcs_messages(name):
    """Those that an old Caffe does not have are there for rules to read, and not for texts."""
    ours = schema.select("bvlc").messages.DESCRIPTOR.message_types_by_name
    theirs = schema.select(name).messages.DESCRIPTOR.message_types_by_name
    for message in set(ours) & set(theirs) - {"V1LayerParameter"}:
        missing = set(ours[message].fields_by_name) - set(theirs[message].fields_by_name)
        assert missing == ({"clip_param"} if (name, message) == ("kendryte", "LayerParameter") else set())
    ours, theirs = (
        schema.select(one).messages.ConvolutionParameter(kernel_size=[3, 5], dilation=[2])
        for one in ("bvlc", name)
    )
    assert list(ours.kernel_size) == list(theirs.kernel_size)


def test_what_an_old_caffe_lacks_is_refused_in_a_text():
    reading, fields, _ = unknown(
        "layer { type: 'Convolution' convolution_param { kernel_size: 3 kernel_size: 5 dilation: 2 } }",
        "segnet",
    )
    assert fields == [("caffe.ConvolutionParameter", "dilation")]
    (layer,) = reading.message.layer
    assert list(layer.convolution_param.dilation) == []
    assert list(layer.convolution_param.kernel_size) == [3, 5]


def test_numbers_are_the_forks_where_they_collide_with_bvlcs():
    bvlc = schema.select("bvlc").messages.LayerParameter.DESCRIPTOR.fields_by_number
    for name, number, field in [
        ("caffe-face", 147, "center_loss_param"),
        ("segnet", 137, "upsample_param"),
        ("pspnet", 143, "interp_param"),
        ("nvidia", 148, "backward_math"),
        ("ristretto", 149, "quantization_param"),
    ]:
        fields = schema.select(name).messages.LayerParameter.DESCRIPTOR.fields_by_number
        assert fields[number].name == field
        assert number not in bvlc or bvlc[number].name != field


def test_a_forks_fork_has_what_its_base_has():
    assert layer_fields("ssd") <= layer_fields("refinedet")
    assert schema.select("ssd").layer_types == schema.select("refinedet").layer_types
    assert {"PriorBox", "ReLU6"} <= schema.select("mobilenet-ssd").layer_types
    assert (
        "objectness_score"
        in schema.select("refinedet").messages.MultiBoxLossParameter.DESCRIPTOR.fields_by_name
    )
    assert (
        "objectness_score"
        not in schema.select("ssd").messages.MultiBoxLossParameter.DESCRIPTOR.fields_by_name
    )


def test_schemas_do_not_mix():
    one, other = (schema.select(name).messages.NetParameter for name in ("segnet", "enet"))
    assert one is not other
    with pytest.raises(TypeError):
        one().CopyFrom(other())


def test_what_a_layer_reads():
    ssd = schema.select("ssd")
    assert ssd.used_fields("MultiBoxLoss")[0] == "multibox_loss_param"
    assert ssd.used_fields("Convolution") == ("convolution_param",)
    assert ssd.used_fields("Upsample") == ()
    assert ssd.spec_field("PriorBox") == "prior_box_param"
    assert ssd.spec_field("Normalize") == "norm_param"
    assert schema.select("bvlc").spec_field("PriorBox") is None


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(OptionError, match="there is no schema 'segnte'") as caught:
        schema.select("segnte")
    assert caught.value.mend == "did you mean segnet?"
    with pytest.raises(
        AttributeError, match="the schema ssd has no message or enum 'NetParametr'; did you mean NetParameter"
    ):
        schema.select("ssd").messages.NetParametr


@pytest.mark.parametrize(
    ("message", "field", "owners"),
    [
        ("LayerParameter", "upsample_param", {"segnet", "enet", "mobilenet-yolo", "cambricon", "synopsys"}),
        ("caffe.LayerParameter", "lstm_param", {"lstm"}),
        ("LayerParameter", "convolution_param", {"bvlc"}),
        ("LayerParameter", "no_such_param", set()),
        ("NoSuchMessage", "no_such_param", set()),
        ("ConvolutionParameter.Engine", "MKL2017", {"intel"}),
        ("PoolingParameter", "ceil_mode", {"rfcn-priv", "yolo9000", "cambricon", "synopsys"}),
    ],
)
def test_whose_a_field_is(message, field, owners):
    assert set(schema.owners_of_field(message, field)) == owners


def test_whose_a_layer_type_is():
    assert schema.owners_of_type("ROIPooling")[:2] == ("faster-rcnn", "rfcn-priv")
    assert schema.owners_of_type("Convolution") == ("bvlc",)
    assert schema.owners_of_type("NoSuchLayer") == ()
    assert schema.titles(["bvlc", "segnet"]) == ("BVLC Caffe", "SegNet's Caffe")


@pytest.mark.parametrize("name", FORKS)
def test_the_index_says_what_the_schemas_hold(name):
    chosen = schema.select(name)
    assert {
        kind for kind in chosen.layer_types if name in schema.owners_of_type(kind)
    } == chosen.layer_types - set(BVLC)
    bvlc = schema.select("bvlc").messages.DESCRIPTOR.message_types_by_name
    for message, descriptor in chosen.messages.DESCRIPTOR.message_types_by_name.items():
        known = bvlc[message].fields_by_name if message in bvlc else {}
        for field in descriptor.fields:
            if field.number < HIDDEN:
                assert (name in schema.owners_of_field(message, field.name)) == (field.name not in known)


@pytest.mark.parametrize(
    ("fields", "types", "found"),
    [
        ([], ["Convolution"], None),
        ([], ["Axpy", "Convolution"], "senet"),
        ([("caffe.LayerParameter", "prior_box_param")], ["PriorBox"], "ssd"),
        # SegNet's unpools by a mask, MobileNet-YOLO's repeats pixels.
        ([("LayerParameter", "upsample_param")], ["Upsample"], None),
        (
            [("LayerParameter", "upsample_param"), ("LayerParameter", "yolov3_param")],
            ["Upsample", "Yolov3"],
            "mobilenet-yolo",
        ),
        # py-faster-rcnn's Caffe is older than BatchNorm.
        ([("LayerParameter", "roi_pooling_param")], ["ROIPooling"], "faster-rcnn"),
        ([("LayerParameter", "roi_pooling_param")], ["ROIPooling", "BatchNorm"], "rfcn-priv"),
        ([("LayerParameter", "roi_pooling_param"), ("LRNParameter", "engine")], ["ROIPooling"], "rfcn-priv"),
        # Nobody has both.
        ([("LayerParameter", "lstm_param"), ("LayerParameter", "prior_box_param")], [], None),
        ([("LayerParameter", "prior_box_param")], ["OnesOwn"], None),
    ],
)
def test_which_fork_a_file_points_to(fields, types, found):
    assert schema.guess(fields, types) == found


def test_a_check_under_bvlc_loads_no_other_schema():
    program = (
        "import sys, netgen.schema as s; s.select('bvlc').messages.NetParameter;"
        "print(sorted(m for m in sys.modules if m.startswith('netgen.schema.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        [f"netgen.schema.{name}" for name in ("pools", "registry", "schema", "selection")]
    )


NEEDS_PROTOC = pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None,
    reason="protoc is in grpcio-tools, which the environment for the newest Python has",
)

OWN = """
syntax = "proto2";
package mine;
enum Phase { TRAIN = 0; TEST = 1; }
message NetParameter { optional string name = 1; repeated LayerParameter layer = 100; }
message LayerParameter {
  optional string name = 1;
  optional string type = 2;
  optional ConvolutionParameter convolution_param = 106;
  optional FancyParameter fancy_param = 900;
}
message ConvolutionParameter { optional uint32 num_output = 1; optional uint32 kernel_size = 4; }
message FancyParameter { enum Mood { GOOD = 0; BAD = 1; } optional Mood mood = 1 [default = BAD]; }
message SolverParameter { optional string net = 24; }
"""


@NEEDS_PROTOC
def test_a_users_own_caffe_proto(tmp_path):
    path = tmp_path / "caffe.proto"
    path.write_text(OWN)
    own = schema.from_proto(path)
    assert schema.select(str(path)).name == own.name
    assert own.name == str(path)
    assert own.open_types
    assert {"Convolution", "Fancy"} <= own.layer_types
    assert own.used_fields("Fancy") == ("fancy_param",)
    text = "layer { type: 'Fancy' fancy_param { mood: GOOD } } layer { type: 'Other' convolution_param { dilation: 1 } }"
    reading = read(text, own.messages.NetParameter)
    assert [fault.field for fault in reading.errors] == ["dilation"]
    assert reading.message.layer[0].fancy_param.mood == own.messages.FancyParameter.GOOD
    assert list(reading.message.layer[1].convolution_param.dilation) == []
    assert reading.message.layer[1].pooling_param.kernel_size == 0


@NEEDS_PROTOC
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message NetParameter { optional int x = 1; }", '"int" is not defined'),
        ("syntax = 'proto2'; message A { }", "no message NetParameter or LayerParameter or SolverParameter"),
        (
            'syntax = "proto2"; import "google/protobuf/descriptor.proto";',
            "imports a file of another package",
        ),
    ],
)
def test_what_is_no_caffe_proto_is_refused(tmp_path, text, said):
    path = tmp_path / "caffe.proto"
    path.write_text(text)
    with pytest.raises(OptionError, match=said):
        schema.from_proto(path)


def test_without_protoc_the_mend_says_where_to_get_it(tmp_path, monkeypatch):
    path = tmp_path / "caffe.proto"
    path.write_text(OWN)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OptionError, match="compiled by protoc") as caught:
        schema.from_proto(path)
    assert "pip install grpcio-tools" in caught.value.mend
    with pytest.raises(OptionError, match="there is no file"):
        schema.from_proto(tmp_path / "none.proto")
