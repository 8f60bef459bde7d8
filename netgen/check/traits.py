"""What rules ask of a whole file before they are imported: most files have few of these traits."""

from __future__ import annotations

from netgen.check.subjects import FileSubject
from netgen.graph.parts import Layer

__all__ = ["NAMES", "traits_of"]

NAMES = frozenset(
    {
        "deploy",  # a net that is used, in some state
        "empty-blob",  # a blob with an axis of 0
        "force-backward",
        "in-place",  # a blob that several layers write
        "old-format",  # layers or inputs that Caffe upgrades
        "own-state",  # a state that the file itself gives
        "phases",  # several graphs: some layer has rules, or a phase
        "repeated-name",  # two layers of one name
        "split-name",  # a name like those that Caffe makes
        "train",  # a net that is no deploy net
        "unnamed",  # the net, a layer or a blob has no name
        "weights",  # files of weights to load
    }
)
"""All traits; a rule says with ``TRAITS`` which of them a file must have for it to say anything."""


def traits_of(subject: FileSubject) -> frozenset[str]:
    """Return the traits that a file has."""
    message = subject.message
    if message is None:
        return frozenset()
    graphs = {id(graph): graph for graph in subject.graphs.values()}.values()
    layers = [layer for graph in graphs for layer in graph.layers]
    names = {layer.name for layer in layers if not layer.is_split}
    deploy = subject.role == "deploy"
    found = {
        "deploy": deploy or any("deploy" in state.stages for state in subject.graphs),
        "empty-blob": any(
            blob.shape is not None and 0 in blob.shape for graph in graphs for blob in graph.blobs
        ),
        "force-backward": message.force_backward,
        "in-place": any(len(blob.writers) > 1 for graph in graphs for blob in graph.blobs),
        "old-format": any(map(len, (message.layers, message.input, message.input_shape, message.input_dim))),
        "own-state": message.HasField("state"),
        "phases": len(graphs) > 1 or len(subject.graphs) == 1 or bool(subject.options.phases),
        "repeated-name": any(_repeated(graph.layers) for graph in graphs),
        "split-name": b"_split_" in subject.data or not subject.data,
        "train": not deploy,
        "unnamed": not message.name or "" in names or any(graph.blob("") is not None for graph in graphs),
        "weights": bool(subject.options.weights),
    }
    return frozenset(name for name, has in found.items() if has)


def _repeated(layers: list[Layer]) -> bool:
    return len({layer.name for layer in layers}) < len(layers)
