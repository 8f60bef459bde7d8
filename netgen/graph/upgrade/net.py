"""``UpgradeNetAsNeeded``: the steps in Caffe's order, each taken only where it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from netgen.graph.upgrade.records import UpgradeProblem, UpgradeWarning
from netgen.graph.upgrade.upgraded import Upgraded

__all__ = ["upgrade"]


def upgrade(message: Any) -> Upgraded:
    """Bring a net into Caffe's newest form, as Caffe does when it reads a file.

    Parameters
    ----------
    message : NetParameter
        Of any Caffe's schema. It is not changed.

    Returns
    -------
    Upgraded
        The new message with the warnings and problems met on the way. For a net in the newest form that is
        the message itself, and no more than a look at a few fields and at each layer's type was needed.

    Notes
    -----
    Caffe's ``UpgradeNetAsNeeded``. It is called for files only (``ReadNetParamsFromTextFileOrDie`` and its
    sister for binaries): a net written inside a solver (``net_param``) is taken as it stands.

    Examples
    --------
    >>> from netgen.prototxt import parse
    >>> from netgen.schema import caffe_pb2
    >>> old = parse('layers { name: "r" type: RELU bottom: "x" top: "x" }', caffe_pb2.NetParameter)
    >>> upgraded = upgrade(old)
    >>> upgraded.message.layer[0].type, upgraded.origin(("layer", 0, "type"))
    ('ReLU', ('layers', 0, 'type'))
    """
    warnings: list[UpgradeWarning] = []
    problems: list[UpgradeProblem] = []
    made, version = message, 2
    kept: Sequence[int] = ()
    pads: dict[int, int] = {}
    # Most nets are V2, need nothing of this, and wait for no module of it.
    layers = getattr(message, "layers", ())
    if layers:
        from netgen.graph.upgrade import v0, v1

        kept = range(len(layers))
        # One V0 layer makes the whole file V0 (``NetNeedsV0ToV1Upgrade``).
        version = 0 if any(layer.HasField("layer") for layer in layers) else 1
        if version == 0:
            made, kept, pads = v0.upgrade(message, warnings, problems)
        elif message.layer:
            problems.append(_mixed(message))
            # Which layer comes before which is not known: there is no net to look at.
            return Upgraded(message, type(message)(), warnings, problems, version=1)
        made = v1.upgrade(made, kept, warnings, problems)
        if version == 0:
            v0.name_unknown_types(message, kept, made)
    has_input_layer = False
    if made.input:
        from netgen.graph.upgrade import inputs

        if made is message:
            made = _copy(message)
        has_input_layer = inputs.upgrade(made, warnings, problems)
    elif made.input_shape or made.input_dim:
        warnings.append(_stray_dims(made))
    unfrozen = _unfrozen_batch_norms(made)
    if unfrozen and made is message:
        made = _copy(message)
    done = Upgraded(
        message,
        made,
        warnings,
        problems,
        version=version,
        has_input_layer=has_input_layer,
        kept=kept,
        pads=pads,
    )
    for index in unfrozen:
        _freeze(done, index)
    return done


def _copy(message: Any) -> Any:
    made = type(message)()
    made.CopyFrom(message)
    return made


def _mixed(message: Any) -> UpgradeProblem:
    return UpgradeProblem(
        f"the net has both layer ({len(message.layer)} times) and layers ({len(message.layers)} times);"
        " Caffe takes one of the two in a file",
        "upgrade",
        ("layers", 0),
        message.layers[0].name or None,
        mend='write every layer as layer { ... }, with its type in quotes: type: "Convolution"',
    )


def _stray_dims(message: Any) -> UpgradeWarning:
    name = "input_shape" if message.input_shape else "input_dim"
    return UpgradeWarning(
        f"{name} is given, and no input: Caffe takes no notice of it",
        (name, 0),
        "dropped",
        mend='name the blob: input: "data"',
    )


def _unfrozen_batch_norms(message: Any) -> list[int]:
    """Return the BatchNorm layers that list three of ``param`` and are not frozen yet."""
    return [
        index
        for index, layer in enumerate(message.layer)
        if layer.type == "BatchNorm"
        and len(layer.param) == 3
        and any(spec.lr_mult != 0 or spec.decay_mult != 0 for spec in layer.param)
    ]


def _freeze(done: Upgraded, index: int) -> None:
    """Let nothing learn a BatchNorm layer's blobs, which are counted (``UpgradeNetBatchNorm``)."""
    layer = done.message.layer[index]
    learning = next((number for number, spec in enumerate(layer.param) if spec.lr_mult != 0), None)
    for spec in layer.param:
        spec.lr_mult = 0
        spec.decay_mult = 0
    if learning is not None:
        done.warnings.append(
            UpgradeWarning(
                f"BatchNorm layer {layer.name!r} has three of param, and Caffe sets lr_mult and decay_mult"
                " of each to 0",
                ("layer", index, "param", learning),
                "deprecated",
                mend="leave param out of BatchNorm layers: Caffe freezes their blobs by itself",
            )
        )
