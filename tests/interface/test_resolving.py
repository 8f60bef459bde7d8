"""Which side NetSpec comes from: Caffe's own where it works, the stand-in elsewhere, or as told.

Each case runs in a Python of its own, since a side is chosen once.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# What a module named caffe may be that is not a Caffe that works: its files, and whether a user should hear of it.
NO_CAFFE = {
    "placeholder module": ({"caffe.py": "__version__ = '0.0.1'"}, False),
    "placeholder package": ({"caffe/__init__.py": ""}, False),
    "crashing": ({"caffe/__init__.py": "1 / 0"}, True),
    "not built": ({"caffe/__init__.py": "from caffe._caffe import Net", "caffe/net_spec.py": ""}, True),
    "of another protobuf": (
        {"caffe/__init__.py": "raise TypeError('Descriptors cannot be created directly')"},
        True,
    ),
    "of another libstdc++": ({"caffe/__init__.py": "raise ImportError('libcaffe.so.1: cannot open')"}, True),
    "without its messages": (
        {"caffe/__init__.py": "", "caffe/net_spec.py": "from .proto import caffe_pb2"},
        True,
    ),
}


def run(program, folder=None, **environment):
    path = [str(folder)] if folder else []
    return subprocess.run(
        [sys.executable, "-c", program],
        env={
            **{name: value for name, value in os.environ.items() if name != "NETGEN_INTERFACE"},
            "PYTHONPATH": os.pathsep.join([*path, str(CHECKOUT)]),
            "GLOG_minloglevel": "2",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def printed(program, folder=None, **environment):
    done = run(program, folder, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# Python says so itself where nothing of that name is found.
WITHOUT_CAFFE = "import sys; sys.modules['caffe'] = None\n"
SOURCE = "import netgen.interface; print(netgen.interface.source)"


@pytest.mark.caffe
@pytest.mark.parametrize("choice", ["", "caffe"])
def test_caffes_own_is_taken_where_it_works(choice):
    program = (
        f"{SOURCE}\nimport caffe, caffe.net_spec as theirs, caffe.proto.caffe_pb2 as messages\n"
        "from netgen.interface import NetSpec, Top, Function, layers, params, caffe_pb2, to_proto, assign_proto\n"
        "print(NetSpec is caffe.NetSpec and Top is theirs.Top and Function is theirs.Function,\n"
        "      layers is caffe.layers and params is caffe.params and caffe_pb2 is messages,\n"
        "      to_proto is caffe.to_proto and assign_proto is theirs.assign_proto)"
    )
    assert printed(program, NETGEN_INTERFACE=choice) == "caffe\nTrue True True"


def test_the_standin_is_taken_where_there_is_no_caffe():
    program = (
        f"{WITHOUT_CAFFE}{SOURCE}\nimport netgen.interface.standin as ours, netgen.schema.caffe_pb2 as messages\n"
        "from netgen.interface import NetSpec, Top, Function, layers, params, caffe_pb2, to_proto, assign_proto\n"
        "print(NetSpec is ours.NetSpec and Top is ours.Top and Function is ours.Function,\n"
        "      layers is ours.layers and params is ours.params and caffe_pb2 is messages,\n"
        "      to_proto is ours.to_proto and assign_proto is ours.assign_proto)"
    )
    done = run(program)
    assert (done.stdout, done.stderr) == ("netgen\nTrue True True\n", "")


def test_the_standin_is_taken_where_it_is_asked_for_without_a_look_at_caffe():
    program = f"{SOURCE}; import sys; print('caffe' in sys.modules)"
    assert printed(program, NETGEN_INTERFACE="netgen") == "netgen\nFalse"


@pytest.mark.parametrize("case", NO_CAFFE)
def test_what_only_looks_like_caffe_is_passed_over(case, tmp_path):
    files, audible = NO_CAFFE[case]
    write(files, tmp_path)
    program = f"{SOURCE}\nfrom netgen.interface import NetSpec, layers\nNetSpec().to_proto()"
    done = run(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "netgen\n"
    assert (
        done.stderr.count("RuntimeWarning: netgen's own NetSpec takes the place of Caffe's: importing caffe")
        == audible
    )
    assert bool(done.stderr) == audible


@pytest.mark.parametrize("case", NO_CAFFE)
def test_asked_for_caffe_one_hears_why_it_is_not_there(case, tmp_path):
    files, audible = NO_CAFFE[case]
    write(files, tmp_path)
    done = run(SOURCE, tmp_path, NETGEN_INTERFACE="caffe")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-2:]
    assert last[0].startswith(
        "netgen.errors.CaffeNotFoundError: NETGEN_INTERFACE asks for Caffe's own interface, but "
    )
    assert ("failed with" if audible else "a placeholder of its name") in last[0]
    assert last[1] == "  mend: install Caffe for this Python, or unset NETGEN_INTERFACE"


def test_asked_for_caffe_where_there_is_none():
    done = run(WITHOUT_CAFFE + SOURCE, NETGEN_INTERFACE="caffe")
    assert done.returncode == 1
    assert "CaffeNotFoundError" in done.stderr
    assert "but no module caffe is installed" in done.stderr


def test_a_folder_named_caffe_is_no_caffe(tmp_path):
    """Python takes any folder for a package where it finds nothing better of that name."""
    program = f"import sys, types; sys.modules['caffe'] = caffe = types.ModuleType('caffe'); caffe.__path__ = ['{tmp_path}']\n"
    done = run(program + SOURCE)
    assert (done.stdout, done.stderr) == ("netgen\n", "")
    done = run(program + SOURCE, NETGEN_INTERFACE="caffe")
    assert (
        "the caffe that Python finds is not Caffe, only a placeholder of its name (a folder without code)"
        in done.stderr
    )


def test_another_choice_is_refused():
    done = run(SOURCE, NETGEN_INTERFACE="cafe")
    assert done.returncode == 1
    assert "OptionError: NETGEN_INTERFACE is 'cafe', expected caffe or netgen" in done.stderr


def test_nothing_is_imported_before_it_is_asked_for():
    program = (
        "import sys, netgen.interface\n"
        "dir(netgen.interface); hasattr(netgen.interface, 'Blob')\n"
        "print([name for name in ('caffe', 'google.protobuf', 'netgen.interface.standin') if name in sys.modules])"
    )
    assert printed(program) == "[]"


def test_the_module_tells_its_names():
    program = "import netgen.interface as i; print(set(i.__all__) <= set(dir(i)))\ni.netspec"
    done = run(program)
    assert done.stdout == "True\n"
    assert "AttributeError: module 'netgen.interface' has no attribute 'netspec'" in done.stderr


def write(files, folder):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
