"""The stand-in makes the nets that Caffe's own NetSpec makes: of every script, on every Python."""

import os
import subprocess
import sys

import pytest
from google.protobuf import text_format
from record import DATA, recorded
from scripts import SCRIPTS

from netgen.interface import standin
from netgen.schema import caffe_pb2

# What Caffe itself would not load, whoever wrote it.
NOT_FOR_LOADING = {
    "lenet": "its data is not there",
    "unet": "its Python layer is not there",
    "strings_of_all_kinds": "its Python layer is not there",
    "parameters_of_layers_that_caffe_does_not_know": "its layers are no layers of Caffe",
}

LOAD = """
import sys, caffe
for path in sys.argv[1:]:
    for phase in (caffe.TRAIN, caffe.TEST):
        caffe.Net(path, phase)
    print(path, flush=True)
"""


def by_standin(function):
    return function(standin.NetSpec, standin.layers, standin.params).to_proto()


@pytest.mark.caffe
@pytest.mark.parametrize("name", SCRIPTS)
def test_both_make_the_same_net(name):
    from caffe import net_spec

    theirs = SCRIPTS[name](net_spec.NetSpec, net_spec.layers, net_spec.params).to_proto()
    ours = by_standin(SCRIPTS[name])
    assert text_format.MessageToString(ours) == text_format.MessageToString(theirs)
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_standin_makes_the_net_on_record(name):
    text = (DATA / f"{name}.prototxt").read_text(encoding="utf-8")
    assert by_standin(SCRIPTS[name]) == text_format.Parse(text, caffe_pb2.NetParameter())


@pytest.mark.caffe
@pytest.mark.parametrize("name", SCRIPTS)
def test_the_record_is_what_caffe_makes(name):
    assert (DATA / f"{name}.prototxt").read_text(encoding="utf-8") == recorded(SCRIPTS[name]), (
        "run tests/interface/record.py"
    )


def test_the_record_holds_no_more_than_the_scripts():
    assert {path.stem for path in DATA.glob("*.prototxt")} == set(SCRIPTS)


@pytest.mark.caffe
def test_caffe_loads_what_is_on_record():
    paths = [str(DATA / f"{name}.prototxt") for name in SCRIPTS if name not in NOT_FOR_LOADING]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *paths],
        env={**os.environ, "GLOG_minloglevel": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split("\n")[:-1] == paths, done.stderr
