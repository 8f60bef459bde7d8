"""What ``FILE.py:name`` names, whatever a user's file does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

import netgen as ng
from netgen import interface
from netgen import layers as L
from netgen.emit.source import load_source, source_of
from netgen.errors import LayerError, NetgenError, NetworkError, OptionError
from netgen.graph import State

NETWORK = """
import netgen as ng
from netgen import layers as L

@ng.network
def tiny(net, size: int = 4):
    \"\"\"Make a tiny net.\"\"\"
    net.data = L.Input(shape=dict(dim=[1, size]))
    if net.training:
        net.relu = L.ReLU(net.data)
"""

NETSPEC = """
from netgen.interface import NetSpec, layers as L

n = NetSpec()
n.data = L.Input(shape=dict(dim=[1, 2]))
n.out = L.ReLU(n.data, in_place=True)
"""

ROOT = Path(__file__).resolve().parents[2]
Written = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Written:
    def written(text: str, name: str = "net.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return written


def names(evaluation: Any) -> list[str]:
    return [layer.name for layer in evaluation.message.layer]


# ---- what there can be in a file ----


def test_a_network(write: Written) -> None:
    path = write(NETWORK)
    for target in (str(path), f"{path}:tiny"):
        source = load_source(target)
        assert (source.name, source.title, source.path) == ("tiny", "net.py:tiny", path)
        assert source.help == "Make a tiny net."
        assert list(source.options) == ["size"]
        draft = source.draft({"size": 7})
        assert names(draft.train) == ["data", "relu"]
        assert draft.train.states == (State("TRAIN"), State("TEST"))
        assert draft.deploy is not None
        assert draft.deploy.message.layer[0].input_param.shape[0].dim[1] == 7
        assert (
            source.draft({"size": "8"}, from_text=True).train.message.layer[0].input_param.shape[0].dim[1]
            == 8
        )


def test_a_netspec_in_a_variable(write: Written) -> None:
    source = load_source(str(write(NETSPEC)))
    assert (source.name, source.title, dict(source.options)) == ("n", "net.py:n", {})
    draft = source.draft({})
    assert names(draft.train) == ["data", "out"]
    assert draft.deploy is None
    assert draft.train.states == (State("TRAIN"),)


def test_functions_that_return_one(write: Written) -> None:
    path = write(
        NETSPEC.replace("n = NetSpec()", "def make(size: int = 2, name=None):\n    n = NetSpec()")
        .replace("\nn.", "\n    n.")
        .replace("[1, 2]", "[1, size]")
        + """
            return n

        def made(size: int = 3):
            '''A message.'''
            return make(size).to_proto()

        def _helper():
            pass
        """.replace("\n        ", "\n").replace("    return n", "    return n")
    )
    source = load_source(f"{path}:make")
    assert list(source.options) == ["size", "name"]
    assert source.draft({"size": "5"}, from_text=True).train.message.layer[0].input_param.shape[0].dim[1] == 5
    source = load_source(f"{path}:made")
    assert source.help == "A message."
    assert source.draft({}).train.message.layer[0].input_param.shape[0].dim[1] == 3
    with pytest.raises(OptionError, match="net.py has no network; its functions are make, made") as e:
        load_source(str(path))
    assert "_helper" not in e.value.message


def test_one_function_needs_no_name(write: Written) -> None:
    path = write(
        """
        from netgen.interface import NetSpec, layers as L

        def _relu(x):
            return L.ReLU(x)

        def make():
            n = NetSpec()
            n.data = L.Input(shape=dict(dim=[1, 2]))
            n.relu = _relu(n.data)
            return n
        """
    )
    assert load_source(str(path)).name == "make"


def test_a_message_in_a_variable(write: Written) -> None:
    path = write(NETSPEC + "message = n.to_proto()\ndel n\n")
    source = load_source(str(path))
    assert source.name == "message"
    assert names(source.draft({}).train) == ["data", "out"]


def test_several_networks_and_those_of_others(write: Written) -> None:
    path = write(NETWORK + NETWORK.replace("tiny", "other") + "from netgen.networks import unet\n")
    with pytest.raises(OptionError, match="net.py has several networks: tiny, other") as e:
        load_source(str(path))
    assert e.value.mend == "say which: net.py:tiny"
    assert load_source(f"{path}:other").name == "other"
    assert load_source(f"{path}:unet").name == "unet"
    # One's own before what was imported.
    assert load_source(str(write("from netgen.networks import unet\n" + NETWORK, "own.py"))).name == "tiny"
    assert load_source(str(write("from netgen.networks import unet\n", "theirs.py"))).name == "unet"


@pytest.mark.parametrize(
    ("text", "target", "said", "mend"),
    [
        ("", "net.py", "net.py has no network", "mark a function with @netgen.network"),
        ("x = 3", "net.py:x", "x in net.py is 3, not a network, a NetSpec or a function", None),
        (NETWORK, "net.py:tinny", "net.py has no 'tinny'; it has tiny", "did you mean net.py:tiny?"),
        (NETWORK, "nowhere.py", "nowhere.py does not exist", "name a Python file"),
        (NETWORK, "", "is a folder", "name a Python file"),
        (NETWORK, "net.py.txt", "net.py.txt does not exist", None),
        ("def f(a, *more): pass", "net.py:f", "parameter '\\*more' of f cannot be an option", None),
    ],
)
def test_what_is_not_there(write: Written, text: str, target: str, said: str, mend: Optional[str]) -> None:
    path = write(text)
    with pytest.raises(OptionError, match=said) as e:
        load_source(str(path.parent / target))
    assert mend is None or mend in (e.value.mend or "")


def test_a_file_that_is_not_python(write: Written) -> None:
    with pytest.raises(OptionError, match="is not a Python file"):
        load_source(str(write("layer { }", "net.prototxt")))


def test_a_function_that_returns_something_else(write: Written) -> None:
    source = load_source(str(write("def make():\n    return 3\n")))
    with pytest.raises(NetworkError, match=r"make\(\) returned 3 \(int\), not a NetSpec") as e:
        source.draft({})
    assert e.value.site is not None
    assert e.value.site.line == 1


@pytest.mark.skipif(os.name == "nt", reason="there a colon is no part of a name")
def test_colons(write: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(NETWORK)
    assert load_source(f"{path}:").name == "tiny"
    folder = write(NETWORK, "a:b/net.py")
    assert load_source(f"{folder}").name == "tiny"
    # A drive's colon: the file is looked for under its whole name.
    monkeypatch.chdir(path.parent)
    write(NETWORK, "C:net.py")
    assert load_source("C:net.py").name == "tiny"
    assert load_source("C:net.py:tiny").name == "tiny"
    with pytest.raises(OptionError, match=r"D:\\nets\\net.py does not exist"):
        load_source("D:\\nets\\net.py:tiny")


# ---- what goes wrong in it ----


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("import netgen\nx = = 3\n", 2, "this is not Python: "),
        ("a = 1\nb = c\n", 2, "NameError: name 'c' is not defined"),
        ("import sys\nsys.exit(3)\n", 2, r"the file ended the program \(exit code 3\)"),
        ("exit()\n", 1, r"the file ended the program \(exit code None\)"),
        ("def f():\n    raise ValueError\nf()\n", 2, "ValueError"),
        ("import no_such_module_at_all\n", 1, "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("1/0", 1, "ZeroDivisionError: division by zero"),
        ("from netgen import layers as L\n\nL.Convolutoin()\n", 3, "there is no layer type 'Convolutoin'"),
        ("import netgen as ng\n@ng.network\ndef f(): pass\n", 2, "network f takes no net"),
    ],
)
def test_errors_are_placed(write: Written, text: str, line: int, said: str) -> None:
    path = write(text)
    with pytest.raises(NetgenError, match=said) as e:
        load_source(str(path))
    assert e.value.site is not None
    assert (e.value.site.path, e.value.site.line) == (str(path), line)


def test_errors_of_modules_beside_it_are_placed_where_the_file_asks_for_them(write: Written) -> None:
    write("\n\nx = = 1\n", "broken_beside.py")
    with pytest.raises(NetworkError, match="this is not Python") as e:
        load_source(str(write("import broken_beside\n")))
    assert e.value.site is not None
    assert (Path(e.value.site.path).name, e.value.site.line) == ("broken_beside.py", 3)
    write("def f():\n    raise KeyError('k')\n", "failing_beside.py")
    path = write("import failing_beside\n\nfailing_beside.f()\n")
    with pytest.raises(NetworkError, match="KeyError: 'k'") as e:
        load_source(str(path))
    assert e.value.site is not None
    assert (e.value.site.path, e.value.site.line) == (str(path), 3)


def test_errors_while_a_net_is_written_are_placed_too(write: Written) -> None:
    path = write(NETWORK.replace("net.relu = L.ReLU(net.data)", "net.relu = undefined"))
    source = load_source(str(path))
    with pytest.raises(NetworkError, match="NameError: name 'undefined' is not defined") as e:
        source.draft({})
    assert e.value.site is not None
    assert (e.value.site.path, e.value.site.line) == (str(path), 10)
    path = write(NETWORK.replace("L.ReLU(net.data)", "L.ReLU(net.data, slope=2)"))
    with pytest.raises(LayerError, match="ReLU has no parameter 'slope'") as e2:
        load_source(str(path)).draft({})
    assert e2.value.site is not None
    assert e2.value.site.path == str(path)


def test_ctrl_c_in_a_file_stays_ctrl_c(write: Written) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_source(str(write("raise KeyboardInterrupt\n")))


def test_a_script_that_imports_caffe_needs_none_to_be_written(write: Written) -> None:
    path = write(
        NETSPEC.replace("from netgen.interface import NetSpec", "import caffe\nfrom caffe import NetSpec")
    )
    environment = {**os.environ, "NETGEN_INTERFACE": "netgen", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "netgen", "emit", str(path), "--stdout"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'type: "ReLU"' in done.stdout
    path.write_text("import caffe\ncaffe.set_mode_cpu()\n")
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        f"error: {path}:2: there is no Caffe here, and caffe.set_mode_cpu is no part of writing nets"
        in done.stderr
    )


# ---- running it ----


def test_prints_go_to_standard_error(write: Written, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("print('loading')\n" + NETWORK.replace("    net.data", "    print('writing')\n    net.data"))
    load_source(str(path)).draft({})
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.split() == ["loading", "writing", "writing", "writing"]


def test_modules_beside_the_file(write: Written) -> None:
    path = write("from sizes_beside import SIZE\n" + NETWORK.replace("= 4", "= SIZE"), "one/net.py")
    write("SIZE = 11\n", "one/sizes_beside.py")
    assert load_source(str(path)).options["size"].default == 11
    # Another folder's module of the same name is not taken for it.
    other = write(path.read_text(), "two/net.py")
    write("SIZE = 22\n", "two/sizes_beside.py")
    assert load_source(str(other)).options["size"].default == 22
    assert load_source(str(path)).options["size"].default == 11


def test_modules_that_are_imported_while_the_net_is_written(write: Written) -> None:
    path = write(
        NETWORK.replace("    net.data", "    import late_beside\n    net.data").replace(
            "[1, size]", "[late_beside.N]"
        )
    )
    write("N = 9\n", "late_beside.py")
    draft = load_source(str(path)).draft({})
    assert draft.train.message.layer[0].input_param.shape[0].dim == [9]


def test_paths_of_its_own(write: Written) -> None:
    path = write(
        "import sys, pathlib\nsys.path.append(str(pathlib.Path(__file__).parent / 'more'))\nimport first_deeper\n"
        + NETWORK.replace("    net.data", "    import second_deeper\n    net.data")
    )
    write("", "more/first_deeper.py")
    write("", "more/second_deeper.py")
    before = list(sys.path)
    source = load_source(str(path))
    assert sys.path == before
    assert names(source.draft({}).train) == ["data", "relu"]
    assert sys.path == before


def test_packages_beside_the_file(write: Written) -> None:
    path = write("from parts.sizes import SIZE\n" + NETWORK.replace("= 4", "= SIZE"), "one/net.py")
    write("SIZE = 5\n", "one/parts/sizes.py")  # a namespace package
    other = write("from parts.sizes import SIZE\n" + NETWORK.replace("= 4", "= SIZE"), "two/net.py")
    write("", "two/parts/__init__.py")
    write("from parts.more import SIZE\n", "two/parts/sizes.py")
    write("SIZE = 6\n", "two/parts/more.py")
    assert [load_source(str(p)).options["size"].default for p in (path, other, path)] == [5, 6, 5]
    assert not {name for name in sys.modules if name.partition(".")[0] == "parts"}


def test_a_helper_that_was_edited_is_read_again(write: Written) -> None:
    path = write("from edited_beside import SIZE\n" + NETWORK.replace("= 4", "= SIZE"))
    write("SIZE = 1\n", "edited_beside.py")
    assert load_source(str(path)).options["size"].default == 1
    write("SIZE = 22\n", "edited_beside.py")
    assert load_source(str(path)).options["size"].default == 22


def test_libraries_that_are_imported_on_the_way_stay(write: Written) -> None:
    import colorsys  # any module that nothing else needs

    del sys.modules["colorsys"]
    load_source(str(write("import colorsys\n" + NETWORK)))
    assert "colorsys" in sys.modules
    assert sys.modules.pop("colorsys") is not colorsys


def test_nothing_is_left_behind(write: Written) -> None:
    path = write("import left_beside\n" + NETWORK)
    write("", "left_beside.py")
    before, flag = list(sys.path), sys.dont_write_bytecode
    load_source(str(path)).draft({})
    assert sys.path == before
    assert sys.dont_write_bytecode == flag
    assert sorted(p.name for p in path.parent.iterdir()) == ["left_beside.py", "net.py"]


def test_it_is_not_the_main_program(write: Written) -> None:
    path = write(NETWORK + "if __name__ == '__main__':\n    raise SystemExit\n")
    assert load_source(str(path)).name == "tiny"


def test_dataclasses_and_postponed_annotations_work_in_it(write: Written) -> None:
    path = write(
        """
        from __future__ import annotations
        import dataclasses
        import netgen as ng
        from netgen import layers as L

        @dataclasses.dataclass
        class Sizes:
            width: int = 3

        @ng.network
        def tiny(net, width: int | None = None, sizes: Sizes = Sizes()):
            net.data = L.Input(shape=dict(dim=[width or sizes.width]))
        """
    )
    source = load_source(str(path))
    assert source.draft({"width": "5"}, from_text=True).train.message.layer[0].input_param.shape[0].dim == [5]


def test_a_network_of_stages(write: Written) -> None:
    path = write(
        NETWORK.replace("@ng.network", "@ng.network(states=('TRAIN', 'TEST:val', 'TEST:test'), deploy=False)")
    )
    draft = load_source(str(path)).draft({})
    assert [str(state) for state in draft.train.states] == ["TRAIN", "TEST:val", "TEST:test"]
    assert draft.deploy is None


# ---- of what is no file ----


def test_sources_of_objects() -> None:
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1]})
    for value in (n, n.to_proto(), lambda: n):
        assert names(source_of(value).draft({}).train) == ["data"]
    assert source_of(n).name == "net"
    assert source_of(n, name="mine").title == "mine"
    with pytest.raises(OptionError, match="a network, a NetSpec, a NetParameter or a function"):
        source_of(3)


def test_a_net_of_netgens_is_a_netspec_too() -> None:
    net = ng.Net()
    net.data = L.Input(shape={"dim": [1]})
    assert names(source_of(net).draft({}).train) == ["data"]


def ruled(**rules: Any) -> Any:
    n = interface.NetSpec()
    n.data = interface.layers.Input(shape={"dim": [1, 2]})
    n.relu = interface.layers.ReLU(n.data, **rules)
    return source_of(n).draft({}).train.states


def test_the_states_of_a_plain_net_are_those_its_rules_speak_of() -> None:
    train, test = State("TRAIN"), State("TEST")
    assert ruled() == (train,)
    assert ruled(include={"phase": 1}) == (train, test)
    assert ruled(include={"phase": 0}) == (train, test)
    assert ruled(exclude={"phase": 0}) == (train, test)
    assert ruled(include={"phase": 1, "stage": "val"}) == (train, State("TEST", ("val",)))
