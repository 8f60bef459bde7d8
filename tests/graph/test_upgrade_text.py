"""Texts that are brought into today's form: what they mean, what stays as it stands, and their comments."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upgrade_cases import CASES

from netgen.graph.upgrade import rewrite as module
from netgen.graph.upgrade import upgrade, upgrade_solver
from netgen.graph.upgrade.rewrite import rewritten
from netgen.prototxt import Reading, read
from netgen.schema import caffe_pb2

_TAKEN = [case for case in CASES if not any("dies" in said for said in case.said)]
_KEPT = [
    case
    for case in _TAKEN
    if "padding" not in case.text and not any(said.startswith(("refused", "dropped")) for said in case.said)
]

DATA = Path(__file__).parent / "data" / "rewritten"
SAMPLES = sorted(path for path in DATA.glob("*.prototxt") if not path.stem.endswith("_now"))


def _read(text: str) -> Reading:
    reading = read(text, caffe_pb2.NetParameter)
    assert not reading.errors
    return reading


def _now(text: str) -> str:
    reading = _read(text)
    return rewritten(reading, upgrade(reading.message))


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing a whole net anew loses its comments: no text here should need that."""

    def called(*_: Any) -> Any:
        raise AssertionError("the edits did not give the upgraded net")

    monkeypatch.setattr(module, "message_lines", called)


def _bytes(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_a_sample(path: Path) -> None:
    now = _now(path.read_text(encoding="utf-8"))
    expected = path.with_name(f"{path.stem}_now.prototxt")
    if os.environ.get("NETGEN_UPDATE"):
        expected.write_text(now, encoding="utf-8")
    assert now == expected.read_text(encoding="utf-8")
    assert _now(now) == now


@pytest.mark.parametrize("case", _TAKEN, ids=[case.name for case in _TAKEN])
def test_the_text_gives_the_upgraded_net(case: Any) -> None:
    reading = _read(case.text)
    done = upgrade(reading.message)
    assert _bytes(_read(rewritten(reading, done)).message) == _bytes(done.message)


@pytest.mark.parametrize("case", _KEPT, ids=[case.name for case in _KEPT])
def test_every_comment_stays_with_what_stays(case: Any) -> None:
    """A comment behind each line, in nets of which Caffe takes notice of everything."""
    lines = [f"{line}  # {number}" for number, line in enumerate(case.text.splitlines())]
    now = _now("\n".join(lines))
    assert sorted(re.findall(r"# \d+", now)) == sorted(re.findall(r"# \d+", "\n".join(lines)))


@given(case=st.sampled_from(_TAKEN), data=st.data())
def test_layout_means_nothing(case: Any, data: Any) -> None:
    """The same net comes out wherever lines end, and whatever comments say."""
    words = re.findall(r'"[^"]*"|[^\s"]+', case.text)
    gaps = data.draw(
        st.lists(
            st.sampled_from([" ", "\n", "  # a { comment\n", "\n# another }\n\n", "\r\n", "\t"]),
            min_size=len(words),
            max_size=len(words),
        )
    )
    text = "".join(word + gap for word, gap in zip(words, gaps))
    reading = _read(text)
    done = upgrade(reading.message)
    now = _read(rewritten(reading, done))
    assert _bytes(now.message) == _bytes(done.message)


def test_a_net_in_todays_form_is_left_alone() -> None:
    text = "# odd   layout\r\nlayer{name:'a'type:'ReLU' bottom  :'x' top:'x'}"
    assert _now(text) == text


def test_line_ends_stay() -> None:
    now = _now(
        'input: "x"\r\ninput_shape { dim: 1 }\r\nlayers { type: RELU bottom: "x" top: "x" blobs_lr: 1 }\r\n'
    )
    assert now.count("\n") == now.count("\r\n") > 3


def test_bytes_that_are_no_text_stay() -> None:
    data = b'# caf\xe9\nlayers { type: RELU bottom: "x" top: "x" }  # \xff\n'
    reading = read(data, caffe_pb2.NetParameter)
    now = rewritten(reading, upgrade(reading.message)).encode("utf-8", "surrogateescape")
    assert now == b'# caf\xe9\nlayer { type: "ReLU" bottom: "x" top: "x" }  # \xff\n'


def test_a_solver() -> None:
    reading = read(
        'net: "x"  # its net\nsolver_type: NESTEROV  # how\nmomentum: 0.9\n', caffe_pb2.SolverParameter
    )
    done = upgrade_solver(reading.message)
    assert rewritten(reading, done) == 'net: "x"  # its net\ntype: "Nesterov"  # how\nmomentum: 0.9\n'
    assert done.message.type == "Nesterov"
    assert not done.message.HasField("solver_type")


def test_nets_inside_a_solver_stay_as_caffe_takes_them() -> None:
    text = "net_param { layers { type: RELU } } solver_type: SGD"
    reading = read(text, caffe_pb2.SolverParameter)
    now = rewritten(reading, upgrade_solver(reading.message))
    assert now == 'net_param { layers { type: RELU } } type: "SGD"'


def test_what_the_edits_do_not_give_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(module, "edit_net", lambda *_: None)
    now = _now('# A header.\n# Of two lines.\n\nlayers { name: "a" type: RELU }  # lost\n')
    assert now == '# A header.\n# Of two lines.\nlayer {\n  name: "a"\n  type: "ReLU"\n}\n'


@pytest.mark.skipif("NETGEN_CORPUS" not in os.environ, reason="NETGEN_CORPUS says where the corpus is")
def test_real_nets() -> None:
    count = 0
    for path in sorted((Path(os.environ["NETGEN_CORPUS"]) / "originals").glob("*.prototxt"))[::4]:
        reading = read(path.read_bytes(), caffe_pb2.NetParameter)
        done = upgrade(reading.message) if not reading.errors else None
        if done is not None and done.changed and not done.problems:
            count += 1
            again = read(rewritten(reading, done), caffe_pb2.NetParameter)
            assert not again.errors, path
            assert len(again.document.comments) == len(reading.document.comments), path
    assert count > 5
