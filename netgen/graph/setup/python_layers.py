"""Setting up Python layers: nothing of them is imported, and what they make is what they declare."""

from __future__ import annotations

from netgen.graph.setup.declared import declared_shapes
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import Refusal

__all__ = ["TYPES"]


def _python(setup: Setup) -> Made:
    """Caffe's ``PythonLayer``: it imports a module and makes an object of a class in it."""
    param = setup.layer.python_param
    for name, mend in (
        ("module", 'write module: "NAME", for a file NAME.py in a folder of PYTHONPATH'),
        ("layer", 'write layer: "NAME", the name of a class in the module'),
    ):
        if not getattr(param, name):
            given = param.HasField(name)
            raise Refusal(
                f"{name} is empty" if given else f"{name} is missing",
                "value" if given else "missing",
                ("python_param", name) if given else ("python_param",),
                mend=mend,
            )
    told = None if setup.files is None else setup.files.declaration(param.module, param.layer)
    if told is None:
        return Made((None,) * setup.ntop, None)
    return Made(declared_shapes(told, param.param_str, setup.bottoms, setup.ntop), None)


TYPES = {"Python": LayerType(_python, reads_files=True)}
