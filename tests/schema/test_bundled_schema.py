"""The bundled schema: is it BVLC's, is it the installed Caffe's, and does it load everywhere?"""

import hashlib
import importlib.util
import os
import pickle
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, text_format

import netgen.schema
from netgen import schema
from netgen.schema import caffe_pb2

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# What kendryte-caffe adds to BVLC, by message; None stands for all of it.
ADDED = {
    "ContinuationIndicatorParameter": None,
    "CtcLossParameter": None,
    "LabelsequenceAccuracyParameter": None,
    "PermuteParameter": None,
    "ReverseParameter": None,
    "LayerParameter": {
        "ctc_loss_param",
        "continuation_indicator_param",
        "permute_param",
        "labelsequence_accuracy_param",
        "reverse_param",
    },
    "V1LayerParameter": {"reverse_param", "LayerType.REVERSE"},
    "V0LayerParameter": {"axis"},
}


def default(field):
    """The default, floats by value: the backends write them with more digits or fewer."""
    if not field.HasField("default_value"):
        return None
    if field.type == field.TYPE_FLOAT:
        return struct.unpack("f", struct.pack("f", float(field.default_value)))[0]
    return field.default_value


def facts(file_descriptor):
    """Everything that decides what bytes and text mean, as {(message, member): facts}."""
    file = descriptor_pb2.FileDescriptorProto()
    file_descriptor.CopyToProto(file)
    assert file.package == "caffe"
    found = {}

    def add_enum(owner, prefix, enum):
        for place, value in enumerate(enum.value):
            found[owner, f"{prefix}{enum.name}.{value.name}"] = (place, value.number)

    for enum in file.enum_type:
        add_enum("", "", enum)
    for message in file.message_type:
        found[message.name, ""] = (
            len(message.nested_type),
            len(message.oneof_decl),
            len(message.extension_range),
        )
        for enum in message.enum_type:
            add_enum(message.name, "", enum)
        for field in message.field:
            found[message.name, field.name] = (
                field.number,
                field.type,
                field.label,
                field.type_name,
                default(field),
                field.options.packed,
            )
    return found


def added(message, member):
    members = ADDED.get(message, ())
    return members is None or member in members


def bvlc_facts():
    return {key: value for key, value in facts(caffe_pb2.DESCRIPTOR).items() if not added(*key)}


def selected_facts(name):
    return facts(schema.select(name).messages.DESCRIPTOR)


@pytest.mark.caffe
def test_everything_of_the_installed_caffe_is_equal():
    from caffe.proto import caffe_pb2 as installed

    theirs, ours = facts(installed.DESCRIPTOR), facts(caffe_pb2.DESCRIPTOR)
    assert {key: ours.get(key) for key in theirs} == theirs
    assert set(ours) - set(theirs) == {
        ("ClipParameter", ""),
        ("ClipParameter", "min"),
        ("ClipParameter", "max"),
        ("LayerParameter", "clip_param"),
    }


@pytest.mark.caffe
def test_kendrytes_schema_is_the_installed_caffes():
    from caffe.proto import caffe_pb2 as installed

    theirs, ours = facts(installed.DESCRIPTOR), selected_facts("kendryte")
    # The order of a message's fields and of an enum's values says nothing; all else is equal.
    assert {key: value[-1] if "." in key[1] else value for key, value in ours.items()} == {
        key: value[-1] if "." in key[1] else value for key, value in theirs.items()
    }


@pytest.mark.caffe
def test_kendrytes_layer_types_are_those_that_the_installed_caffe_registers():
    import caffe

    assert schema.select("kendryte").layer_types == set(caffe.layer_type_list())


def test_bvlcs_schema_is_bvlcs_alone():
    assert selected_facts("bvlc") == bvlc_facts()
    assert schema.select("bvlc").layer_types == set(schema.layer_types(bvlc=True))


def test_what_kendryte_adds_is_all_there():
    ours = facts(caffe_pb2.DESCRIPTOR)
    for message, members in ADDED.items():
        for member in members or [""]:
            assert (message, member) in ours


def test_without_the_additions_it_is_bvlc():
    """The hash was taken of the descriptors of BVLC's own caffe.proto at 9b89154."""
    lines = [f"{message}.{member} {value}" for (message, member), value in sorted(bvlc_facts().items())]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == (
        "31c601c79d81b788ae8e8ad9e30fa872f3102a97ffb1ceb76903bc8affdc3c35"
    )


def test_some_facts_of_bvlc_by_name():
    """What the hash says, where a reader can see it."""
    ours = bvlc_facts()
    assert sum(1 for message, member in ours if message and not member) == 63
    assert sum(1 for message, member in ours if message == "LayerParameter" and member) == 60
    assert ours["ClipParameter", "min"][:3] == (1, 2, 2)  # a required float
    assert ours["ClipParameter", "max"][:3] == (2, 2, 2)
    assert ours["LayerParameter", "clip_param"][0] == 148
    assert ours["BlobShape", "dim"] == (1, 3, 3, "", None, True)
    assert ours["PoolingParameter", "RoundMode.FLOOR"] == (1, 1)
    assert ours["SolverParameter", "delta"][4] == pytest.approx(1e-8)
    assert ours["SolverParameter", "rms_decay"][4] == pytest.approx(0.99)
    assert ours["DataParameter", "batch_size"][4] is None
    assert ours["WindowDataParameter", "crop_mode"][4] == "warp"
    assert ours["", "Phase.TEST"] == (1, 1)


@pytest.mark.skipif(
    importlib.util.find_spec("grpc_tools") is None,
    reason="protoc is in grpcio-tools, which the environment for the newest Python has",
)
def test_the_compiled_schema_is_that_of_its_source():
    tool = CHECKOUT / "tools" / "compile_schema.py"
    assert subprocess.run([sys.executable, str(tool), "--check"], check=False).returncode == 0


def test_the_fields_of_the_source_are_those_of_the_compiled_schema():
    """The part of the test above that needs no protoc."""
    folder = CHECKOUT / "netgen" / "schema"
    sources = [folder / "bvlc.proto", folder / "forks" / "kendryte.proto"]
    source = "".join(path.read_text(encoding="utf-8") for path in sources)
    written = re.findall(r"^  (?:optional|required|repeated) \S+ (\w+) = (\d+)", source, re.MULTILINE)
    held = [
        (field.name, str(field.number))
        for message in caffe_pb2.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    ]
    assert sorted(written) == sorted(held)


def test_classes_enums_and_constants_are_as_protoc_makes_them():
    net = caffe_pb2.NetParameter(name="net")
    layer = net.layer.add(name="pool", type="Pooling")
    assert type(layer) is caffe_pb2.LayerParameter
    layer.pooling_param.pool = caffe_pb2.PoolingParameter.AVE
    assert caffe_pb2.PoolingParameter.PoolMethod.Name(layer.pooling_param.pool) == "AVE"
    assert caffe_pb2.PoolingParameter.PoolMethod.Value("STOCHASTIC") == 2
    assert caffe_pb2.PoolingParameter.KERNEL_SIZE_FIELD_NUMBER == 2
    assert (caffe_pb2.TRAIN, caffe_pb2.TEST) == (0, 1)
    assert caffe_pb2.Phase.Name(caffe_pb2.TEST) == "TEST"
    assert caffe_pb2.V1LayerParameter.CONVOLUTION == 4
    assert caffe_pb2.DESCRIPTOR.pool is netgen.schema.pool
    assert caffe_pb2.LayerParameter.DESCRIPTOR.file.pool is netgen.schema.pool
    assert {"NetParameter", "Phase", "TRAIN", "DESCRIPTOR"} <= set(dir(caffe_pb2))


def test_every_message_class_is_there_under_its_name():
    for name, descriptor in caffe_pb2.DESCRIPTOR.message_types_by_name.items():
        message_class = getattr(caffe_pb2, name)
        assert message_class.__name__ == name
        assert message_class.DESCRIPTOR is descriptor
        assert name in caffe_pb2.__all__


def test_messages_can_be_pickled():
    net = caffe_pb2.NetParameter(name="net")
    net.layer.add(name="data", type="Input").input_param.shape.add(dim=[1, 2])
    assert pickle.loads(pickle.dumps(net)) == net
    assert pickle.loads(pickle.dumps(net.layer[0].input_param)) == net.layer[0].input_param


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("NetParametr", "NetParameter"), ("Poolingparameter", "PoolingParameter"), ("TRIAN", "TRAIN")],
)
def test_a_wrong_name_is_told_the_right_one(wrong, right):
    with pytest.raises(AttributeError, match=f"{wrong!r}; did you mean {right}?"):
        getattr(caffe_pb2, wrong)
    assert not hasattr(caffe_pb2, "Zzzzzzzzzzz")


@pytest.mark.caffe
def test_messages_of_the_installed_caffe_live_beside_the_bundled_ones():
    from caffe.proto import caffe_pb2 as installed

    ours = caffe_pb2.NetParameter(name="net")
    ours.layer.add(name="c", type="Convolution").convolution_param.kernel_size.extend([3, 5])
    theirs = installed.NetParameter.FromString(ours.SerializeToString())
    assert theirs.DESCRIPTOR.file.pool is not netgen.schema.pool
    assert text_format.MessageToString(theirs) == text_format.MessageToString(ours)
    assert type(theirs) is not type(ours)


BACKENDS = {
    "python": "google.protobuf.message",
    "cpp": "google.protobuf.pyext._message",
    "upb": "google._upb._message",
}


def found(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even its package
        return False


@pytest.mark.parametrize("backend", [name for name, module in BACKENDS.items() if found(module)])
def test_it_loads_with_every_backend_that_this_protobuf_has(backend):
    program = (
        "from google.protobuf.internal import api_implementation\n"
        "from google.protobuf import text_format\n"
        "from netgen.schema import caffe_pb2\n"
        'text = \'layer { name: "p" type: "Pooling" pooling_param { pool: AVE kernel_size: 3 } }\'\n'
        "net = text_format.Parse(text, caffe_pb2.NetParameter())\n"
        "assert net.layer[0].pooling_param.pool == caffe_pb2.PoolingParameter.AVE\n"
        "assert caffe_pb2.NetParameter.FromString(net.SerializeToString()) == net\n"
        "assert caffe_pb2.BlobShape(dim=[1, 2]).SerializeToString() == bytes([10, 2, 1, 2])\n"
        "print(api_implementation.Type())\n"
    )
    environment = {
        **os.environ,
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": backend,
        "PYTHONPATH": str(CHECKOUT),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == backend, done.stderr
