"""A net's own inputs to an Input layer: Caffe's ``UpgradeNetInput``."""

from __future__ import annotations

from typing import Any

from netgen.graph.upgrade.records import UpgradeProblem, UpgradeWarning

__all__ = ["upgrade"]

# input_dim speaks of four axes for each input, and of no other number.
_AXES = 4


def upgrade(message: Any, warnings: list[UpgradeWarning], problems: list[UpgradeProblem]) -> bool:
    """Turn ``input`` with ``input_shape`` or ``input_dim`` into an Input layer before all others.

    Inputs without either are taken out: a net like that is one that Caffe itself has saved with its weights.

    Parameters
    ----------
    message : NetParameter
        Changed in place; it has layers in the newest form alone.
    warnings, problems : list
        Get what Caffe goes on without, and what it dies of.

    Returns
    -------
    bool
        Whether there is an Input layer now.
    """
    names, shapes, dims = list(message.input), list(message.input_shape), list(message.input_dim)
    made = bool(shapes or dims)
    if made:
        # A layer of the net's own class, whatever pool that is of.
        holder = type(message)()
        layer = holder.layer.add()
        layer.name = "input"
        layer.type = "Input"
        layer.top.extend(names)
        if shapes:
            layer.input_param.shape.extend(shapes[: len(names)])
            _check_shapes(names, len(shapes), warnings, problems)
            if dims:
                text = "input_shape is given too, so Caffe takes no notice of input_dim"
                warnings.append(UpgradeWarning(text, ("input_dim", 0), "dropped", "give input_shape alone"))
        else:
            for first in range(0, _AXES * len(names), _AXES):
                layer.input_param.shape.add().dim.extend(dims[first : first + _AXES])
            _check_dims(names, len(dims), warnings, problems)
        message.layer.insert(0, layer)
    else:
        text = f"input {names[0]!r} has no input_shape and no input_dim: Caffe takes the input out of the net"
        warnings.append(UpgradeWarning(text, ("input", 0), "dropped", "give each input its input_shape"))
    for name in ("input", "input_shape", "input_dim"):
        message.ClearField(name)
    return made


def _check_shapes(
    names: list[str], count: int, warnings: list[UpgradeWarning], problems: list[UpgradeProblem]
) -> None:
    if count < len(names):
        # Caffe copies what lies behind the last shape, and that has no address.
        problems.append(
            UpgradeProblem(
                f"{_counted(len(names))} and {count} of input_shape; Caffe reads past the last and crashes",
                "undefined",
                ("input", count),
                mend="give one input_shape for each input",
                blob=names[count],
            )
        )
    elif count > len(names):
        text = f"{count} of input_shape for {_counted(len(names))}: Caffe takes no notice of the rest"
        warnings.append(UpgradeWarning(text, ("input_shape", len(names)), "dropped"))


def _check_dims(
    names: list[str], count: int, warnings: list[UpgradeWarning], problems: list[UpgradeProblem]
) -> None:
    wanted = _AXES * len(names)
    if count < wanted:
        # What lies behind the last number becomes a dimension: a 0 or anything else.
        problems.append(
            UpgradeProblem(
                f"{_counted(len(names))} and {count} of input_dim, where each takes four; Caffe reads past"
                " the last one",
                "undefined",
                ("input_dim", count - 1),
                mend="give four of input_dim for each input, or input_shape { dim: ... } with any number",
                blob=names[count // _AXES],
            )
        )
    elif count > wanted:
        text = (
            f"{count} of input_dim for {_counted(len(names))} of four each: Caffe takes no notice of the rest"
        )
        mend = "write input_shape { dim: ... } for an input that has not four axes"
        warnings.append(UpgradeWarning(text, ("input_dim", wanted), "dropped", mend))


def _counted(count: int) -> str:
    return f"{count} input{'' if count == 1 else 's'}"
