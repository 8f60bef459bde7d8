"""A script that imports Caffe is run unchanged where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import caffe
import caffe.net_spec
from caffe import layers as L, params as P, NetSpec, to_proto
from caffe.proto import caffe_pb2
import caffe.proto.caffe_pb2 as messages

assert messages is caffe_pb2 and caffe.net_spec.NetSpec is NetSpec and caffe.TEST == 1

n = caffe.NetSpec()
n.data = L.DummyData(shape=dict(dim=[1, 3, 8, 8]))
n.pool = L.Pooling(n.data, pool=P.Pooling.AVE, kernel_size=2)

def asks_for_more():
    return caffe.Net("deploy.prototxt", caffe.TEST)
"""


def emit(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    # A process of its own: this one may have Caffe's interface already.
    code = (
        "import sys; from netgen.cli.main import run; code = run(sys.argv[1:]); "
        "assert not any(n.split('.')[0] == 'caffe' for n in sys.modules), 'left behind'; sys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "emit", str(folder / target), "--stdout"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "NETGEN_INTERFACE": "netgen", "PYTHONIOENCODING": "utf-8"},
    )


def test_it_is_emitted(tmp_path: Path) -> None:
    done = emit(tmp_path, "script.py:n")
    assert done.returncode == 0, done.stderr
    assert "pool: AVE" in done.stdout


def test_what_only_caffe_can_do_is_refused(tmp_path: Path) -> None:
    done = emit(tmp_path, "script.py:asks_for_more")
    assert done.returncode == 2
    assert "script.py:15: there is no Caffe here, and caffe.Net is no part of writing nets" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.caffe
def test_caffe_itself_is_left_alone_where_it_is_used() -> None:
    import caffe

    from netgen.interface.as_caffe import caffe_for_scripts

    with caffe_for_scripts():
        assert sys.modules["caffe"] is caffe
        assert caffe.Net.__name__ == "Net"
