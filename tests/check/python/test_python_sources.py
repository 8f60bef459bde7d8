"""Modules of Python layers, read and never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netgen.check.python import Found, Missing, Module, find, module_at
from netgen.check.python.options import faults
from netgen.check.python.search import from_here
from netgen.graph.setup.literal import evaluate
from netgen.resources import layers_folder

LAYER = """
import caffe
class Layer(caffe.Layer):
    def forward(self, bottom, top):
        {line}
"""


def names(line: str, after: str = "") -> list[str]:
    text = LAYER.format(line=line) + after
    return [one.name for one in Module("m.py", text.encode()).undefined("Layer")]


@pytest.mark.parametrize(
    ("line", "after", "said"),
    [
        ("np.zeros(3)", "", ["np"]),
        ("return [i + j for i in bottom]", "", ["j"]),
        ("return lambda k: k + other", "", ["other"]),
        ("import numpy as np; return np.zeros(3)", "", []),
        ("return helper(top)", "def helper(top): return numpy.sum(top)", ["numpy"]),
        ("return self.x", "class Other(caffe.Layer):\n    def forward(self): return undefined", []),
        ("return later", "later = 1", []),
        ("return later", "if caffe.x:\n    later = 1\nelse:\n    later = 2", []),
        ("return value", "def setter():\n    global value\n    value = 1", []),
        ("return __file__, len(top), print, super().x", "", []),
        ("return np", "from numpy import *", []),
        ("return np", "exec('np = 1')", []),
        ("return np", "globals()['np'] = 1", []),
        ("return np", "try:\n    import numpy as np\nexcept ImportError:\n    np = None", []),
        ("return walrus", "if (walrus := 1):\n    pass", []),
        ("def inner():\n            return free\n        free = 1\n        return inner", "", []),
        ("return [xrange(3)]", "", ["xrange"]),
    ],
)
def test_names_that_nothing_binds(line: str, after: str, said: list[str]) -> None:
    assert names(line, after) == said


def test_a_name_says_its_line_and_place() -> None:
    (one,) = Module("m.py", LAYER.format(line="return scipy.special.expit(top)").encode()).undefined("Layer")
    assert (one.name, one.line, one.where, one.dotted) == ("scipy", 5, "Layer.forward", "scipy.special")


def test_modules_of_other_encodings_and_broken_ones() -> None:
    latin = "# -*- coding: latin-1 -*-\n# é\n" + LAYER.format(line="return np")
    module = Module("m.py", latin.encode("latin-1"))
    assert module.fault is None
    assert [one.name for one in module.undefined("Layer")] == ["np"]
    for bad in (b"class X(", b"\xff\xfe\x00", b"x = '\x00'", b"(" * 500):
        module = Module("m.py", bad)
        assert module.fault is not None
        assert module.class_names == []
        assert module.undefined("X") == []


def test_classes_and_their_bases() -> None:
    text = """
import caffe
from elsewhere import Mixin
class One(caffe.Layer):
    def setup(self, bottom, top): pass
    forward = setup
class Two(One):
    def reshape(self, bottom, top): pass
class Three(Two, Mixin): pass
class Four(One):
    def __getattr__(self, name): return None
class Loop(Loop2): pass
class Loop2(Loop): pass
"""
    module = Module("m.py", text.encode())
    two = module.find_class("Two")
    assert two is not None
    assert set(two.methods) == {"setup", "reshape"}
    assert two.assigned == {"forward"}
    assert two.whole
    for name in ("Three", "Four"):
        found = module.find_class(name)
        assert found is not None
        assert not found.whole
    alias = Module("m.py", b"import caffe as c\nclass Aliased(c.Layer): pass").find_class("Aliased")
    assert alias is not None
    assert alias.whole
    assert module.find_class("Loop") is not None
    assert module.find_class("Five") is None


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    assert module_at(str(path)) is None
    path.write_text("class A: pass")
    first = module_at(str(path))
    path.write_text("class Longer: pass")
    second = module_at(str(path))
    assert first is not None
    assert second is not None
    assert (first.class_names, second.class_names) == (["A"], ["Longer"])


def test_where_modules_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    nets = tmp_path / "project" / "nets"
    for folder in (nets, tmp_path / "project" / "lib" / "layers", tmp_path / "elsewhere" / "package"):
        folder.mkdir(parents=True)
    (tmp_path / "project" / ".git").mkdir()
    (tmp_path / "project" / "lib" / "layers" / "mine.py").write_text("")
    (tmp_path / "elsewhere" / "package" / "__init__.py").write_text("")
    assert find("mine", [], str(nets)) == Missing(
        str(tmp_path / "project" / "lib" / "layers"), str(tmp_path / "project" / "lib" / "layers" / "mine.py")
    )
    assert find("package", [], str(nets)) == Missing(None), "the search ends at the repository's root"
    assert find("mine", [], None) == Missing(None)
    assert find("not a name", [], str(nets)) == Missing(None)
    init = str(tmp_path / "elsewhere" / "package" / "__init__.py")
    assert find("package", [str(tmp_path / "elsewhere")], str(nets)) == Found(init)
    (tmp_path / "elsewhere" / "package.py").write_text("")
    assert find("package", [str(tmp_path / "elsewhere")], None) == Found(init), "Python takes the package"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    assert find("package", [], str(nets)) == Found(init)
    assert find("loss_layers", [], None) == Found(str(layers_folder() / "loss_layers.py"))
    monkeypatch.chdir(tmp_path)
    assert from_here(str(nets)) == str(Path("project") / "nets")
    assert from_here("/") == "/"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{'a': [1, -2, (3,)], 'b': {1}}", {"a": [1, -2, (3,)], "b": {1}}),
        ("1 / 4 + 2**3 * 2 - 1", 15.25),
        ("2 ** 1000000", None),
        ("1 / 0", None),
        ("__import__('os')", None),
        ("[x for x in y]", None),
        ("{**a}", None),
        ("'a' + 'b'", None),
    ],
)
def test_literals(text: str, value: Any) -> None:
    import ast

    assert evaluate(ast.parse(text, mode="eval").body) == value


def test_what_layers_declare_is_what_their_reader_takes() -> None:
    """The modules that come with netgen say in LAYERS what they check themselves."""
    for name in ("loss_layers", "data_layers"):
        module = module_at(str(layers_folder() / f"{name}.py"))
        assert module is not None
        declared = [module.declared(one) for one in module.class_names]
        assert any(declared)
        for rules in filter(None, declared):
            parameters = rules["parameters"]
            missing = [key for key, rule in parameters.items() if rule.get("required")]
            assert [fault.message for fault in faults("", parameters)] == (
                [f"param_str lacks {' and '.join(missing)}"] if missing else []
            )
            unknown = next(fault.message for fault in faults('{"nothing": 1}', parameters))
            assert unknown.startswith("param_str has the unknown key")


def test_what_lies_near_is_looked_for_anew_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("empty", "full"):
        (tmp_path / name / ".git").mkdir(parents=True)
    (tmp_path / "full" / "lib").mkdir()
    (tmp_path / "full" / "lib" / "mine.py").write_text("")
    monkeypatch.chdir(tmp_path / "empty")
    assert find("mine", [], ".") == Missing(None)
    monkeypatch.chdir(tmp_path / "full")
    assert find("mine", [], ".") == Missing(
        str(tmp_path / "full" / "lib"), str(tmp_path / "full" / "lib" / "mine.py")
    )


def test_one_class_that_declares_no_literal_does_not_spoil_the_others() -> None:
    text = b"LAYERS = {'A': {'tops': ['x']}, 'B': {'tops': TOPS}, 'C': 3}\nclass A: pass"
    module = Module("mine.py", text)
    assert [module.declared(name) for name in "ABCD"] == [{"tops": ["x"]}, None, None, None]


def test_an_undeclared_reader_takes_anything() -> None:
    assert list(faults("anything", None)) == []


def test_odd_declarations_are_no_reason_to_fail() -> None:
    rules = {"a": 3, "b": {"kind": "size", "positive": True}, "c": {"kind": "text", "positive": True}}
    assert list(faults('{"a": 1, "b": [1, 2], "c": "x"}', rules)) == []
