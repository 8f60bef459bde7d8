"""Bundles: which files, what stands at their top, and that the same source gives the same bytes."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import messages
import pytest

import netgen
from netgen import resources
from netgen.emit import Header, NetDocument, assemble, default_solver, write_bundle
from netgen.emit.bundle import digest, read_manifest
from netgen.emit.templating import TEMPLATES
from netgen.errors import BundleError, EmissionError
from netgen.graph import State

CHECKOUT = Path(netgen.__file__).resolve().parent.parent
HEADER = Header(
    "nets/tiny.py:tiny", {"size": "8", "loss": "a|b `c`"}, "netgen emit tiny.py:tiny -o . --set size=8"
)
LOSS = b"import numpy\n"


def make(header=HEADER, templates=None, modules=None, **solver):
    return assemble(
        "tiny",
        NetDocument("train", messages.net(), messages.SECTIONS, header),
        NetDocument("deploy", messages.net(messages.DEPLOY), (), header),
        default_solver(test_states=[State("TEST")], **solver),
        {"loss_layers": LOSS} if modules is None else modules,
        header,
        templates,
    )


def test_the_files_of_a_bundle():
    bundle = make()
    assert list(bundle.files) == [
        "train.prototxt",
        "deploy.prototxt",
        "solver.prototxt",
        "loss_layers.py",
        "README.md",
        "netgen.json",
    ]
    assert bundle.notes == ()


def test_every_file_says_what_made_it():
    for name, content in make().files.items():
        text = content.decode("utf-8")
        assert "nets/tiny.py:tiny" in text, name
        assert "netgen emit tiny.py:tiny -o . --set size=8" in text, name
        assert "size=8" in text, name


def test_a_bundle_of_one_net():
    files = assemble("tiny", deploy=NetDocument("deploy", messages.net(messages.DEPLOY))).files
    assert list(files) == ["deploy.prototxt", "README.md", "netgen.json"]
    readme = files["README.md"].decode()
    assert "Training" not in readme
    assert "weights_iter_N" not in readme
    assert "solver" not in readme


def test_the_manifest_gives_every_other_file():
    files = dict(make().files)
    manifest = files.pop("netgen.json")
    assert read_manifest(manifest, Path("x")) == {name: digest(content) for name, content in files.items()}
    assert json.loads(manifest)["options"] == HEADER.options


def test_the_same_source_gives_the_same_bytes_in_another_process():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import hashlib, test_bundle\n"
        "print(hashlib.sha256(repr(sorted(test_bundle.make().files.items())).encode()).hexdigest())"
    )
    hashes = set()
    for seed, interface in (("1", "netgen"), ("2", "")):
        env = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONHASHSEED": seed,
            "NETGEN_INTERFACE": interface,
        }
        command = [sys.executable, "-c", script, str(Path(__file__).parent)]
        run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode == 0, run.stderr
        hashes.add(run.stdout)
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("source", "first"),
    [
        (b"import numpy\n", b"# Copied by netgen"),
        (b"#!/usr/bin/env python\nimport numpy\n", b"#!/usr/bin/env python\n# Copied by netgen"),
        (
            b"#!/x\n# -*- coding: latin-1 -*-\n'\xe9'\n",
            b"#!/x\n# -*- coding: latin-1 -*-\n# Copied by netgen",
        ),
        (b"\xef\xbb\xbf# x\nimport numpy\n", b"# x\n# Copied by netgen"),
        (b"", b"# Copied by netgen"),
        (b"# only this", b"# only this\n# Copied by netgen"),
    ],
)
def test_a_modules_header_stands_behind_what_must_be_first(source, first):
    content = make(modules={"m": source}).files["m.py"]
    assert content.startswith(first)
    assert ast.dump(ast.parse(content)) == ast.dump(ast.parse(source))


def test_a_module_with_a_name_that_its_encoding_lacks():
    header = Header("netze/é日.py:x", {}, "netgen")
    content = make(header, modules={"m": b"# -*- coding: latin-1 -*-\n"}).files["m.py"]
    assert "netze/é\\u65e5.py:x" in content.decode("latin-1")


def test_line_ends_are_those_of_unix():
    content = make(modules={"m": b"a = 1\r\nb = '''x\r\ny'''\r\n"}).files["m.py"]
    assert b"\r" not in content


def test_a_module_without_header_is_itself():
    assert make(None).files["loss_layers.py"] == LOSS


def test_a_module_in_a_package():
    assert "mine/losses.py" in make(modules={"mine.losses": LOSS}).files


@pytest.mark.parametrize("module", ["", "a/b", "../x", "a..b", "a b"])
def test_a_module_has_a_modules_name(module):
    with pytest.raises(BundleError, match="is not the name of a Python module"):
        make(modules={module: LOSS})


def test_a_module_in_an_unknown_encoding_is_named():
    with pytest.raises(EmissionError, match="module m is not Python that can be read: .*klingon"):
        make(modules={"m": b"# coding: klingon\n"})


def test_a_bundle_whose_template_fails_is_none(tmp_path):
    (tmp_path / "README.md.j2").write_text("{{ nothing }}")
    with pytest.raises(EmissionError, match=r"README\.md\.j2:1: the template uses what is not there"):
        make(templates=tmp_path)


def test_the_readme_is_the_templates(tmp_path):
    (tmp_path / "README.md.j2").write_text("{{ name }}: {{ files | join(', ') }}")
    assert make(templates=tmp_path).files["README.md"] == (
        b"tiny: train.prototxt, deploy.prototxt, solver.prototxt, loss_layers.py, README.md, netgen.json"
    )


def test_the_readme_says_what_there_is_to_say():
    readme = make(snapshot_prefix="weights").files["README.md"].decode()
    assert "| loss | `a|b 'c'` |".replace("a|b", r"a\|b") in readme
    assert 'PYTHONPATH="$PWD:$PYTHONPATH" caffe train --solver=solver.prototxt' in readme
    assert "weights_iter_N.caffemodel" in readme
    assert "net.blobs['data'].data[...] = ...  # 1 x 1 x 8 x 8" in readme
    assert "net.forward()  # prob" in readme
    assert "not in this folder" not in readme


def test_the_readme_names_data_and_modules_that_are_elsewhere():
    text = """
    layer { name: "in" type: "HDF5Data" top: "x" include { phase: TRAIN } hdf5_data_param { source: "data/a b.txt" } }
    layer { name: "py" type: "Python" top: "y" python_param { module: "mine.deep" layer: "X" } }
    """
    bundle = assemble("x", NetDocument("train", messages.net(text)), solver=default_solver(solver_mode="GPU"))
    readme = bundle.files["README.md"].decode()
    assert "- `data/a b.txt` (source of layer `in`, TRAIN)" in readme
    assert "must be found on PYTHONPATH: mine.deep." in readme
    assert "set_mode_gpu" in readme


def test_the_readme_of_a_net_with_old_inputs():
    text = 'input: "data" input_dim: 1 layer { name: "p" type: "ReLU" bottom: "data" top: "out" }'
    readme = assemble("x", deploy=NetDocument("deploy", messages.net(text))).files["README.md"].decode()
    assert "net.blobs['data']" in readme
    assert "net.forward()  # out" in readme


def test_resources_are_where_the_package_is():
    assert {path.name for path in resources.templates_folder().iterdir()} == set(TEMPLATES)
    source = resources.layer_source("loss_layers")
    assert source is not None
    assert source == (resources.layers_folder() / "loss_layers.py").read_bytes()
    for name in ("none", "../netgen/version", "a.b", "", "loss_layers.py"):
        assert resources.layer_source(name) is None


def test_resources_of_an_installed_package(tmp_path, monkeypatch):
    (tmp_path / "netgen" / "_templates").mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "netgen")
    assert resources.templates_folder() == tmp_path / "netgen" / "_templates"
    assert resources.layers_folder() == tmp_path / "layers"


def test_python_modules_are_named_once_each():
    text = "".join(
        f'layer {{ type: "{kind}" python_param {{ module: "{module}" }} }}'
        for kind, module in [("Python", "b"), ("Python", "a"), ("Python", "b"), ("Python", ""), ("ReLU", "c")]
    )
    assert resources.python_modules(messages.net(text)) == ["b", "a"]


# In real Caffe.


@pytest.fixture
def written(tmp_path):
    source = resources.layer_source("loss_layers")
    bundle = make(
        modules={"loss_layers": source}, max_iter=4, display=1, snapshot=2, test_iter=1, test_interval=2
    )
    write_bundle(bundle, tmp_path / "tiny bundle")
    return tmp_path / "tiny bundle"


def run(code, cwd):
    env = {key: value for key, value in os.environ.items() if key not in ("GLOG_minloglevel", "PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.caffe
def test_the_readmes_commands_train_and_use_the_net_in_real_caffe(written, tmp_path):
    readme = (written / "README.md").read_text()
    train, use = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    ran = run(train.replace("path/to/this/folder", str(written)), tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "Optimization Done." in ran.stderr
    assert len(re.findall(r"Iteration \d+, Testing net", ran.stderr)) == 3
    assert "Train net output #0: loss_opt" in ran.stderr
    assert (written / "snapshot_iter_2.solverstate").exists()
    use = use.replace("_iter_N", "_iter_4").replace("= ...  #", "= 0.5  #")
    ran = run(f"{use}\nprint(outputs['prob'].shape)", written)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "(1, 1, 8, 8)\n"


@pytest.mark.caffe
def test_real_caffe_reads_what_is_hard_to_write(tmp_path):
    names = [
        "quote \" and '",
        "back \\ slash",
        "line\nend",
        "tab\t",
        "é日🎉",
        "\u2028\x7f\x01",
        "{# {{ x }} %}",
    ]
    net = messages.net('layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 1 } } }')
    for index, name in enumerate(names):
        bottom = names[index - 1] if index else "in"
        layer = net.layer.add(name=name, type="Power", bottom=[bottom], top=[name])
        layer.power_param.shift = [1e-45, 3.4028234663852886e38, -0.0, 0.1, 1e8, float("-inf"), float("nan")][
            index
        ]
    files = assemble("x", NetDocument("train", net, ("# \n",) * 8, HEADER)).files
    (tmp_path / "net.prototxt").write_bytes(files["train.prototxt"])
    code = (
        "import caffe, json\n"
        "net = caffe.Net('net.prototxt', caffe.TEST)\n"
        "print(json.dumps(list(net.blobs)))\n"
        "net.save('net.caffemodel')"
    )
    ran = run(code, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == ["in", *names]
    from caffe.proto import caffe_pb2

    saved = caffe_pb2.NetParameter.FromString((tmp_path / "net.caffemodel").read_bytes())
    floats = [repr(layer.power_param.shift) for layer in saved.layer]
    assert floats == [repr(layer.power_param.shift) for layer in net.layer]
