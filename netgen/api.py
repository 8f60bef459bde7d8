"""``ng.check``, ``ng.parse`` and ``ng.shapes``: the checker for programs, of files and of what they write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Optional, Union

from netgen import interface
from netgen.check.api import check as check_file
from netgen.check.finding import Finding
from netgen.dsl.evaluation import Evaluation, LayerNote
from netgen.dsl.message import net_message
from netgen.dsl.net import Net
from netgen.dsl.network import Network
from netgen.errors import OptionError
from netgen.graph.net import load
from netgen.graph.phases import State
from netgen.graph.setup.files import Files
from netgen.graph.setup.modules import python_path
from netgen.graph.shape import Shape
from netgen.graph.upgrade import upgrade
from netgen.prototxt import parse as parse_text
from netgen.schema import select

__all__ = ["check", "parse", "shapes"]

_States = Optional[Iterable[Union[State, str]]]


def check(
    source: Any = None,
    *,
    text: Union[str, bytes, None] = None,
    schema: Optional[str] = None,
    states: _States = None,
    python_paths: Sequence[Union[str, Path]] = (),
    weights: Sequence[Union[str, Path]] = (),
    **options: Any,
) -> list[Finding]:
    """Say everything that is wrong with a net or a solver, without Caffe.

    Parameters
    ----------
    source : path, NetParameter, NetSpec, Net or Network
        A file; a message; a net as it is being written; or a network, which is written for each of its states
        and for deployment.
    text : str or bytes, optional
        A prototxt, in place of a file.
    schema : str, optional
        Whose Caffe is meant: ``"bvlc"``, ``"kendryte"``, a fork's name, or the path of a ``caffe.proto``.
        Without it BVLC's, or the fork that the net's fields and layer types point to.
    states : iterable of State or str, optional
        Such as ``["TRAIN", "TEST:val"]``; without it all those that the net speaks of.
    python_paths : sequence of paths
        Folders in which the modules of Python layers are looked for. They are read, never imported.
    weights : sequence of paths
        The caffemodels that the net is to load.
    **options
        The network's options, where ``source`` is a network.

    Returns
    -------
    list of Finding
        Errors are what Caffe refuses, warnings what it takes and people regret. Of what was written in
        Python, a finding's place is the line where the layer was written.

    Raises
    ------
    OptionError
        Where a schema, a state or the source is not what it can be.
    LayerError, NetworkError
        Where a network cannot even be written.
    OSError
        Where a file cannot be read.

    Examples
    --------
    >>> import netgen as ng
    >>> [finding.name for finding in ng.check(text='name: "n" layer { name: "r" type: "Relu" top: "y" }')]
    ['unknown-layer-type']
    """
    if options and not isinstance(source, Network):
        raise OptionError(f"check() takes no option {next(iter(options))!r}: options are a network's")
    rest: dict[str, Any] = {"schema": schema, "python_paths": python_paths, "weights": weights}
    if isinstance(source, Network):
        forms = [*source.evaluations(**options)]
        if source.has_deploy:
            forms.append(source.deploy(**options))
        found = [finding for form in forms for finding in _of_evaluation(form, rest)]
        return list(dict.fromkeys(found))
    if isinstance(source, interface.NetSpec):
        message, notes = net_message(source)
        message.name = message.name or "net"  # a file's name of a net is emission's to give
        if states is None and isinstance(source, Net):
            states = [source.state]
        role = None
        if isinstance(source, Net):
            role = "deploy" if source.deploying else "train"
        return _placed(check_file(message, states=states, role=role, **rest), message, notes)
    if not (source is None or isinstance(source, (str, Path)) or hasattr(source, "ListFields")):
        raise OptionError(
            f"a path, a NetParameter, a net or a network is wanted, came {source!r}",
            mend="a module has its network in it: ng.networks.unet"
            if isinstance(source, ModuleType)
            else None,
        )
    return check_file(source, text=text, states=states, **rest)


def _of_evaluation(form: Evaluation, rest: dict[str, Any]) -> list[Finding]:
    role = "deploy" if form.deploying else "train"
    found = check_file(form.message, states=[form.state], role=role, **rest)
    phase = "deploy" if form.deploying else str(form.state)
    return [finding._replace(phase=phase) for finding in _placed(found, form.message, form.notes)]


def _placed(found: list[Finding], message: Any, notes: Sequence[LayerNote]) -> list[Finding]:
    """Return findings with the lines where their layers were written."""
    sites = {layer.name: note.site for layer, note in zip(message.layer, notes)}
    placed = []
    for finding in found:
        site = sites.get(finding.layer) if finding.layer else None
        if site is not None:
            finding = finding._replace(path=site.path, line=site.line, column=site.column)
        placed.append(finding)
    return placed


def parse(
    source: Union[str, Path, None] = None,
    *,
    text: Union[str, bytes, None] = None,
    solver: bool = False,
    schema: str = "bvlc",
) -> Any:
    """Read a prototxt as Caffe's own parser does.

    Parameters
    ----------
    source : path, optional
        The file. With ``text``, its name in errors.
    text : str or bytes, optional
        The prototxt itself, in place of a file.
    solver : bool
        Whether it is a solver, not a net.
    schema : str
        Whose Caffe is meant.

    Returns
    -------
    NetParameter or SolverParameter
        As it stands in the file: nothing is upgraded.

    Raises
    ------
    PrototxtError
        Where Caffe's parser would refuse the text, with the line and the column that it would name.
    OptionError
        Where there is no such schema, or nothing to parse.
    OSError
        Where the file cannot be read.

    Examples
    --------
    >>> import netgen as ng
    >>> ng.parse(text='layer { name: "data" type: "Input" }').layer[0].name
    'data'
    """
    if text is None:
        if source is None:
            raise OptionError("there is nothing to parse", mend="give a path, or text=")
        text = Path(source).read_bytes()
    messages = select(schema).messages
    message_class = messages.SolverParameter if solver else messages.NetParameter
    return parse_text(text, message_class, "<string>" if source is None else str(source))


def shapes(
    net: Any,
    phase: Union[State, str] = "TEST",
    *,
    schema: str = "bvlc",
    python_paths: Sequence[Union[str, Path]] = (),
    **options: Any,
) -> dict[str, Optional[Shape]]:
    """Return the shapes of a net's blobs, as Caffe would make them.

    Parameters
    ----------
    net : path, NetParameter, NetSpec, Net or Network
        What ``check`` takes.
    phase : State or str
        ``"TRAIN"``, ``"TEST"``, ``"TEST:stage"``; of a network also ``"deploy"``.
    schema : str
        Whose Caffe is meant.
    python_paths : sequence of paths
        Folders in which the modules of Python layers are looked for, for the shapes that they declare.
    **options
        The network's options, where ``net`` is a network.

    Returns
    -------
    dict of str to shape or None
        N x C x H x W for each blob of the file, by name; None where it cannot be known, as after a Python
        layer that declares none, or a data layer whose data is not there (from the current folder, as Caffe
        looks for it). What stands behind something that Caffe refuses is None too:
        ``check`` says why.

    Raises
    ------
    PrototxtError
        Where the text cannot be read.
    OptionError
        Where there is no such schema.
    LayerError, NetworkError
        Where a network cannot even be written.

    Examples
    --------
    >>> import netgen as ng
    >>> from netgen import layers as L
    >>> net = ng.Net()
    >>> net.data = L.Input(shape=dict(dim=[1, 3, 8, 8]))
    >>> net.score = L.Convolution(net.data, num_output=2, kernel_size=3)
    >>> ng.shapes(net)
    {'data': (1, 3, 8, 8), 'score': (1, 2, 6, 6)}
    """
    chosen = select(schema)
    declared: dict[tuple[int, int], Shape] = {}
    state = State("TEST") if phase == "deploy" else phase if isinstance(phase, State) else State.parse(phase)
    if isinstance(net, Network):
        form = net.deploy(**options) if phase == "deploy" else net.evaluate(state, **options)
        message, notes = form.message, form.notes
    elif isinstance(net, interface.NetSpec):
        message, written = net_message(net)
        notes = tuple(written)
    else:
        message = parse(net, schema=schema) if isinstance(net, (str, Path)) else net
        notes = ()
    for index, note in enumerate(notes):
        declared.update(((index, top), shape) for top, shape in note.declared.items())
    beside = str(Path(net).parent) if isinstance(net, (str, Path)) else None
    files = Files("", python_path([str(folder) for folder in python_paths], beside))
    graph = load(upgrade(message).message, state, chosen, files=files, declared=declared)
    return {blob.name: blob.shape for blob in graph.blobs if blob.origin is blob}
