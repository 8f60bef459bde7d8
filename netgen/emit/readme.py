"""A bundle's README: what each file is, how to train and deploy with plain Caffe, what makes it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from netgen import resources
from netgen.emit import templating
from netgen.emit.render import Header
from netgen.graph import phase_of
from netgen.prototxt import format_scalar

__all__ = ["render_readme"]

_FILES = {
    "train.prototxt": "the net for training and testing",
    "deploy.prototxt": "the net for use",
    "solver.prototxt": "how Caffe trains the net",
    "README.md": "this",
    "netgen.json": "which of these files netgen wrote, and what they held then",
}

# The fields of layers' parameters that name files or folders.
_SOURCES = ("source", "mean_file", "root_folder", "file_name")


def render_readme(
    name: str,
    files: Sequence[str],
    *,
    train: Any = None,
    deploy: Any = None,
    solver: Any = None,
    header: Optional[Header] = None,
    templates: Optional[Path] = None,
) -> str:
    """Render a bundle's README.

    Parameters
    ----------
    name : str
        The bundle's name, which is the heading.
    files : sequence of str
        The names of the files in the bundle.
    train, deploy : NetParameter, optional
        The nets in it.
    solver : SolverParameter, optional
        The solver in it.
    header : Header, optional
        What made the bundle, and what makes it again.
    templates : Path, optional
        A folder with templates that take the place of netgen's own.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    EmissionError
        The template fails.
    """
    modules = resources.python_modules(train) if train is not None else []
    context = {
        "name": name,
        "files": {file: _FILES.get(file, "Python that the nets' layers run") for file in files},
        "header": header,
        "train": train is not None,
        "deploy": None if deploy is None else _deploy(deploy),
        "solver": None if solver is None else _solver(solver),
        "data": [] if train is None else _data(train),
        "modules": modules,
        "missing": [module for module in modules if f"{module.replace('.', '/')}.py" not in files],
    }
    return templating.run("README.md.j2", context, templates)


def _solver(solver: Any) -> Mapping[str, Any]:
    mode = format_scalar(solver.DESCRIPTOR.fields_by_name["solver_mode"], solver.solver_mode)
    return {
        "net": solver.net or solver.train_net,
        "mode": mode,
        "snapshot": solver.snapshot,
        "prefix": solver.snapshot_prefix,
    }


def _data(net: Any) -> list[Mapping[str, str]]:
    """Return the files that a net's layers read or write."""
    found: list[Mapping[str, str]] = []
    for layer in net.layer:
        phases = [phase for phase in map(phase_of, layer.include) if phase]
        for field, parameter in layer.ListFields():
            if (
                not field.name.endswith("_param")
                or field.message_type is None
                or not hasattr(parameter, "ListFields")
            ):
                continue
            for inner, value in parameter.ListFields():
                if inner.name in _SOURCES and value:
                    found.append(
                        {
                            "layer": layer.name,
                            "field": inner.name,
                            "value": value,
                            "phase": " and ".join(phases),
                        }
                    )
    return found


def _deploy(net: Any) -> Mapping[str, Any]:
    inputs = []
    for layer in net.layer:
        if layer.type == "Input":
            shapes = list(layer.input_param.shape)
            for place, top in enumerate(layer.top):
                shape = list(shapes[place if len(shapes) > 1 else 0].dim) if shapes else []
                inputs.append({"name": top, "shape": shape})
    inputs += [{"name": top, "shape": []} for top in net.input]
    used = {bottom for layer in net.layer for bottom in layer.bottom if bottom not in layer.top}
    outputs = dict.fromkeys(top for layer in net.layer for top in layer.top if top not in used)
    return {"inputs": inputs, "outputs": [top for top in outputs if top not in {i["name"] for i in inputs}]}
