"""What must hold between the forms of a network before any of them is emitted.

Caffe gives a layer of TEST, and of the deploy net, the weights that TRAIN's layer of the same name has
learned; it loads a net only where every layer takes its bottoms' shapes; a deploy net is for inference alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from netgen.dsl.evaluation import Evaluation, LayerNote
from netgen.errors import LayerError, NetworkError
from netgen.graph import State
from netgen.graph.net import load

__all__ = ["check_deploy", "check_shapes", "check_weights"]

_OWN_MESSAGE = {
    "Convolution": "convolution_param",
    "Deconvolution": "convolution_param",
    "Embed": "embed_param",
    "InnerProduct": "inner_product_param",
    "PReLU": "prelu_param",
}
# What of a layer's parameters its weights' shapes follow from.
_SHAPING = (
    "num_output", "kernel_size", "kernel_h", "kernel_w", "group", "bias_term", "axis", "input_dim",
    "transpose", "channel_shared",
)  # fmt: skip
_WEIGHTED = {*_OWN_MESSAGE, "BatchNorm", "Bias", "LSTM", "Parameter", "RNN", "Scale"}
_DATA = ("Data", "HDF5Data", "ImageData", "MemoryData", "WindowData")


def _shown(evaluation: Evaluation) -> str:
    return "deploy" if evaluation.deploying else str(evaluation.state)


def _shaping(layer: Any) -> list[tuple[str, Any]]:
    if layer.type not in _OWN_MESSAGE:
        return []
    param = getattr(layer, _OWN_MESSAGE[layer.type])
    known = [name for name in _SHAPING if name in param.DESCRIPTOR.fields_by_name]
    values = [(name, getattr(param, name)) for name in known]
    return [(name, list(value) if hasattr(value, "append") else value) for name, value in values]


def check_weights(evaluations: Sequence[Evaluation]) -> None:
    """Refuse layers that Caffe would give another layer's weights, or weights of another shape.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Every form of one network: each state of the train net, and the deploy net.

    Raises
    ------
    NetworkError
        A name that was made up is not the same layer in every form, or layers of one name have weights of
        different shapes.
    """
    first: dict[str, tuple[Evaluation, Any, LayerNote]] = {}
    for evaluation in evaluations:
        for layer, note in zip(evaluation.message.layer, evaluation.notes):
            if layer.type not in _WEIGHTED:
                continue
            before, other, other_note = first.setdefault(layer.name, (evaluation, layer, note))
            if before is evaluation:
                continue
            if (note.made_up or other_note.made_up) and note.site != other_note.site:
                raise NetworkError(
                    f"the name was made up by NetSpec, and in {_shown(before)} it is another layer's"
                    + (f" (made at {other_note.site})" if other_note.site else "")
                    + ": Caffe would give one the other's weights",
                    site=note.site,
                    layer=layer.name,
                    phase=_shown(evaluation),
                    mend="name layers that have weights: net.some_name = ...",
                )
            here, there = _shaping(layer), _shaping(other)
            if layer.type != other.type or here != there:
                differing = [f"{n} {v} and {w}" for (n, v), (_, w) in zip(here, there) if v != w]
                what = ", ".join(differing) if layer.type == other.type else f"{layer.type} and {other.type}"
                raise NetworkError(
                    f"its weights have not the shape that they have in {_shown(before)} ({what}), "
                    "and Caffe shares weights by the layer's name",
                    site=note.site,
                    layer=layer.name,
                    phase=_shown(evaluation),
                    mend="write it the same in every phase, or give it another name",
                )


def check_shapes(evaluation: Evaluation, state: Optional[State] = None) -> None:
    """Refuse a net that Caffe would refuse, as far as that can be known.

    Parameters
    ----------
    evaluation : Evaluation
        A net.
    state : State, optional
        The state in which its own rules are to be read, where it has any.

    Raises
    ------
    LayerError
        At the line where the layer was written.
    """
    declared = {
        (index, top): shape
        for index, note in enumerate(evaluation.notes)
        for top, shape in note.declared.items()
    }
    graph = load(evaluation.message, state or evaluation.state, declared=declared)
    for problem in graph.problems:
        layer = None if problem.source is None else evaluation.message.layer[problem.source]
        raise LayerError(
            problem.message if layer is None else f"{layer.type}: {problem.message}",
            site=None if problem.source is None else evaluation.notes[problem.source].site,
            layer=problem.layer_name,
            phase="deploy" if evaluation.deploying else str(state or evaluation.state),
            mend=problem.mend,
        )


def check_deploy(evaluation: Evaluation) -> None:
    """Refuse a deploy net that is not for inference alone.

    Raises
    ------
    NetworkError
        For a data layer, a loss, an accuracy or an include or exclude rule in it.
    """
    for layer, note in zip(evaluation.message.layer, evaluation.notes):
        if layer.type in _DATA:
            what, instead = f"a data layer ({layer.type})", "the deploy net's data come from an Input layer"
        elif layer.type.endswith("Loss") or layer.type == "Accuracy" or any(layer.loss_weight):
            what, instead = (
                f"a {layer.type} layer, for which there are no labels",
                "write it for phases alone",
            )
        elif layer.include or layer.exclude:
            what, instead = "a layer with a rule", "toolchains read deploy nets whole, without phases"
        else:
            continue
        raise NetworkError(
            f"the deploy net has {what}",
            site=note.site,
            layer=layer.name,
            phase="deploy",
            mend=f"{instead}: `if net.deploying:` and `if net.training:` tell them apart; "
            "@netgen.network(deploy=False) is for a network without a deploy net",
        )
