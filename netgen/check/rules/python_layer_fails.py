"""A Python layer that is sure to raise before the net is built.

Caffe imports the module, takes the class and calls its ``setup``. Whatever one of them raises ends Caffe,
and where it was seldom shows: often all that is said is ``returned NULL without setting an error``. What
``setup`` does with ``param_str`` can be followed without running it: text that ``json.loads`` or ``eval``
cannot read, a key that is not there, a word where a number is wanted. That a module or a class does not exist
is certain only where python paths are given: elsewhere it is a warning.

Fails
-----
    # with a file scaling.py beside it:
    #     class Scaling(caffe.Layer):
    #         def setup(self, bottom, top):
    #             self.factor = float(json.loads(self.param_str)["factor"])
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "scaled" type: "Python" bottom: "data" top: "scaled"
      python_param { module: "scaling" layer: "Scaling" param_str: "{'factor': 2}" }
    }

Passes
------
    # with the same file scaling.py beside it:
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 4 } } }
    layer {
      name: "scaled" type: "Python" bottom: "data" top: "scaled"
      python_param { module: "scaling" layer: "Scaling" param_str: '{"factor": 2}' }
    }

Source
------
``GetPythonLayer`` in Caffe's ``layer_factory.cpp``, and ``PythonLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from netgen.check.python.layers import look, mend_of_name, module_of
from netgen.check.python.module import Module
from netgen.check.python.raising import raised_by_setup
from netgen.check.python.search import Missing, is_installed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.errors import listed, nearest
from netgen.graph.parts import Layer

CODE = "L113"
NAME = "python-layer-fails"
SEVERITY = "error"
SCOPE = "net"
TYPES = ("Python",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report each Python layer that cannot be made."""
    for layer in subject.graph.by_type("Python"):
        param = layer.message.python_param
        if not param.module or not param.layer:
            continue
        module = module_of(subject.file, layer, near=False)
        if module is None:
            if subject.options.python_paths:
                yield from _no_module(subject, layer)
        elif module.fault is None:
            report = _class(subject, layer, module)
            if report is not None:
                yield report


def _no_module(subject: NetSubject, layer: Layer) -> Iterator[Report]:
    name = layer.message.python_param.module
    found = look(subject.file, name)
    if isinstance(found, Missing) and found.near is None and not is_installed(name):
        yield Report(
            f"there is no module {name!r} in the python paths that are given",
            ("layer", layer.source, "python_param", "module"),
            mend_of_name(name) or "put its folder into the python paths",
            layer=layer.name,
        )


def _class(subject: NetSubject, layer: Layer, module: Module) -> Optional[Report]:
    param = layer.message.python_param
    place = ("layer", layer.source, "python_param")
    source = module.find_class(param.layer)
    if source is None:
        if not subject.options.python_paths or module.open or param.layer in module.bound:
            return None
        meant = nearest(param.layer, module.class_names)
        return Report(
            f"{module.path} has no class {param.layer!r}",
            (*place, "layer"),
            f"did you mean {meant!r}?" if meant else f"the classes there are {listed(module.class_names)}",
            layer=layer.name,
        )
    raised = raised_by_setup(source, param.param_str)
    if raised is None:
        return None
    mend = None
    if raised.reads == "json.loads" and "'" in param.param_str:
        mend = "JSON has double quotes: write param_str: '{\"key\": 1}', with single quotes around it"
    wants = "" if param.param_str else "wants a param_str: it "
    return Report(
        f"setup of {param.layer} {wants}raises {raised.what} ({module.path}:{raised.line})",
        (*place, "param_str") if param.param_str else place,
        mend,
        layer=layer.name,
    )
