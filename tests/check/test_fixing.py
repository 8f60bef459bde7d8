"""Mending: certain, proved by checking again, and with the file's comments and layout kept."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from check_nets import DATA, GOOD
from rule_cases import Case, every_case, working_in

from netgen.check.checking import check_data
from netgen.check.edits import Fix, Insert, Remove, Rename, Replace
from netgen.check.fixing import diff, mend
from netgen.check.report import Report
from netgen.check.settings import Settings

ALONE = [case for case in every_case() if case.fails and (case.source is None or case.source.is_file())]


@pytest.mark.parametrize("case", ALONE, ids=[case.title for case in ALONE])
def test_each_rules_mend_makes_its_finding_go(case: Case, tmp_path: Path) -> None:
    with working_in(tmp_path):
        case._put(tmp_path)
        for path in sorted(Path().glob("*.prototxt")):
            settings = case._asked(tmp_path).over(Settings())
            data = path.read_bytes()
            checked = check_data(path.name, data, settings)[0]
            wished = {one.finding.code for one in checked.placed if one.report.fix is not None}
            mended = mend(path.name, data, settings)
            if case.rule.code in wished:
                assert mended is not None
                assert case.rule.code in {finding.code for finding in mended.fixed}
            elif not wished:
                assert mended is None


NET = """# a net
name: "n"  # its name
layer {
  name: "data"  # first
  type: "Input"
  top: "data"
  input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
}
layer {
  name: "relu"
  type: "ReLU"
  bottom: "data"; top: "relu",
  # the slope
  relu_param { negative_slope: 0.1 }  # why
}
"""


def edited(monkeypatch: pytest.MonkeyPatch, text: str, *edits: Any) -> Optional[str]:
    """Mend a text with the edits of a rule that is content once the text has changed."""
    module = importlib.import_module("netgen.check.rules.foreign_parameter")

    def once(subject: Any) -> Iterator[Report]:
        if subject.reading.text == text:
            yield Report("x", (), fix=Fix(edits))

    monkeypatch.setattr(module, "check", once)
    mended = mend("n.prototxt", text.encode(), Settings())
    return None if mended is None else mended.text


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (Replace(("layer", 1, "name"), '"r"'), 'name: "relu"', 'name: "r"'),
        (Replace(("layer", 0, "input_param", "shape", 0, "dim", 2), "9"), "dim: 3 dim: 8", "dim: 3 dim: 9"),
        (Remove(("name",)), 'name: "n"  # its name', "# its name"),
        (Remove(("layer", 1, "relu_param")), "relu_param { negative_slope: 0.1 }  # why", "# why"),
        (Remove(("layer", 1, "type")), '  type: "ReLU"\n', None),
        (Remove(("layer", 0, "input_param", "shape", 0, "dim", 1)), " dim: 3", ""),
        (
            Insert(("layer", 1), "loss_weight: 0"),
            "0.1 }  # why\n",
            "0.1 }  # why\n  loss_weight: 0\n",
        ),
        (Insert(("layer", 1, "relu_param"), "engine: CAFFE"), "0.1 }", "0.1 engine: CAFFE }"),
        (Insert((), "force_backward: false"), "# why\n}\n", "# why\n}\nforce_backward: false\n"),
        (Rename(("layer", 0, "top"), "top"), "# a net", "# a net"),
    ],
)
def test_edits(monkeypatch: pytest.MonkeyPatch, edit: Any, before: str, after: Optional[str]) -> None:
    text = NET
    if isinstance(edit, Rename):
        text, edit, before, after = "nam: 'x'", Rename(("nam",), "name"), "nam:", "nam:"
        assert edited(monkeypatch, text, edit) is None  # what is not in the message has no path
        return
    mended = edited(monkeypatch, text, edit)
    if after is None:
        assert mended is None  # a net without its type is an error more
    else:
        assert mended == text.replace(before, after, 1)


def test_a_field_that_is_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        GOOD
        + 'layer {\n  name: "c"\n  type: "Concat"\n  bottom: "data"\n  top: "c"\n  concat_param { concat_dim: 1 }\n}\n'
    )
    mended = edited(monkeypatch, text, Rename(("layer", 2, "concat_param", "concat_dim"), "axis"))
    assert mended == text.replace("concat_dim", "axis")


def test_several_edits_are_made_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Replace(("layer", 0, "name"), '"d"'), Replace(("layer", 1, "name"), '"r"')
    assert edited(monkeypatch, NET, *rename) == NET.replace('"data"  # first', '"d"  # first').replace(
        'name: "relu"', 'name: "r"'
    )
    missing = Replace(("layer", 7, "name"), '"r"')
    assert edited(monkeypatch, NET, rename[0], missing) is None
    twice = Remove(("layer", 0)), Replace(("layer", 0, "name"), '"d"')
    assert edited(monkeypatch, NET, *twice) is None


def test_a_mend_that_makes_an_error_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert edited(monkeypatch, NET, Replace(("layer", 1, "bottom", 0), '"dat"')) is None
    assert edited(monkeypatch, NET, Replace(("layer", 1, "bottom", 0), "data")) is None


def test_a_mend_that_mends_nothing_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("netgen.check.rules.foreign_parameter")

    def always(_subject: Any) -> Iterator[Report]:
        yield Report("x", (), fix=Fix([Replace(("name",), '"m"')]))

    monkeypatch.setattr(module, "check", always)
    assert mend("n.prototxt", NET.encode(), Settings()) is None


def test_line_ends_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    text = NET.replace("\n", "\r\n")
    mended = edited(monkeypatch, text, Insert(("layer", 0), "phase: TEST"))
    assert mended == text.replace("dim: 8 } }\r\n", "dim: 8 } }\r\n  phase: TEST\r\n")


def test_what_is_mended_in_several_places() -> None:
    text = GOOD + "".join(
        f'layer {{ name: "r{n}" type: "relu" bottom: "data" top: "r{n}" }}  # {n}\n' for n in range(3)
    )
    mended = mend("n.prototxt", text.encode(), Settings())
    assert mended is not None
    assert mended.text == text.replace('"relu" bottom: "data"', '"ReLU" bottom: "data"')
    assert [finding.code for finding in mended.fixed] == ["N103"] * 3


def test_a_text_that_is_not_utf_8_is_left_alone() -> None:
    data = GOOD.replace('"ReLU"', '"relu"').encode() + b"# \xe4\n"
    assert mend("n.prototxt", data, Settings()) is None


def test_how_a_difference_is_shown() -> None:
    assert diff("a/n.prototxt", f"{DATA}x: 1", f"{DATA}x: 2\n") == (
        '--- a/a/n.prototxt\n+++ b/a/n.prototxt\n@@ -4,4 +4,4 @@\n   top: "data"\n'
        "   input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }\n }\n-x: 1\n\\ No newline at end of file\n+x: 2\n"
    )
