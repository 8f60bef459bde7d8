"""Setting up LSTM, RNN and LSTMUnit.

LSTM and RNN build a net of their own that is unrolled over all timesteps (``RecurrentLayer::LayerSetUp`` and
each ``FillUnrolledNet``). Its layers are few in kind, so their checks are made here one by one, in that net's
order, and not once a timestep: every step is like the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from netgen.graph.setup.blobs import check_size, count, empty, int32
from netgen.graph.setup.dense import check_matrix
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, shown

__all__ = ["TYPES"]

_PARAM = "recurrent_param"
_WEIGHTS = (_PARAM, "weight_filler")
_BIAS = (_PARAM, "bias_filler")


class _Kind(NamedTuple):
    """What sets LSTM and RNN apart."""

    name: str
    gates: int
    """How many values are computed for each hidden one."""
    states: tuple[str, ...]
    """What goes from one timestep to the next."""
    output: bool
    """An InnerProduct makes the output of the hidden state, which else is the output."""


_LSTM = _Kind("LSTM", 4, ("h_0", "c_0"), output=False)
_RNN = _Kind("RNN", 1, ("h_0",), output=True)


def _lstm(setup: Setup) -> Made:
    """Caffe's ``LSTMLayer``."""
    return _recurrent(setup, _LSTM)


def _rnn(setup: Setup) -> Made:
    """Caffe's ``RNNLayer``."""
    return _recurrent(setup, _RNN)


def _recurrent(setup: Setup, kind: _Kind) -> Made:
    """Caffe's ``RecurrentLayer``: T timesteps of N streams, T x N x ..., and T x N that tell what goes on."""
    param = setup.layer.recurrent_param
    exposed = len(kind.states) if param.expose_hidden else 0
    _check_counts(setup, kind, exposed)
    sequence, going_on = setup.bottoms[:2]
    has_static = len(setup.bottoms) > 2 + exposed
    static = setup.bottoms[2] if has_static else None
    _check_sequences(sequence, going_on)
    if has_static and static is not None:
        _check_static(static, sequence)
    outputs = int32(param.num_output)
    if outputs <= 0:
        given = param.HasField("num_output")
        raise Refusal(
            f"num_output is above 0, came {param.num_output}" if given else "num_output is missing",
            "value" if given else "missing",
            (_PARAM, "num_output") if given else (_PARAM,),
            mend="write num_output: N, the number of hidden values",
        )
    gates = int32(kind.gates * outputs)
    if gates <= 0:
        raise Refusal(
            f"num_output {outputs} is too large: {kind.gates} times as much is more than Caffe can count",
            "size",
            (_PARAM, "num_output"),
        )
    inputs = None
    if sequence is not None:
        _check_steps(sequence, outputs, gates)
        inputs = count(sequence, 2)
    params: list[MaybeShape] = [
        check_matrix(gates, inputs, param.weight_filler, _WEIGHTS),
        _bias(param, gates),
    ]
    if sequence is not None and not sequence[1]:
        raise empty(sequence, "there are no streams for the bias to be added to")
    if has_static:
        static_inputs = None if static is None else count(static, 1)
        params.append(check_matrix(gates, static_inputs, param.weight_filler, _WEIGHTS))
    params.append(check_matrix(gates, outputs, param.weight_filler, _WEIGHTS))
    if kind.output:
        params += [check_matrix(outputs, outputs, param.weight_filler, _WEIGHTS), _bias(param, outputs)]
    if sequence is None:
        return Made((None,) * setup.ntop, params)
    state = (1, sequence[1], outputs)
    _check_states(setup.bottoms[len(setup.bottoms) - exposed :], state, kind, 2 + has_static)
    return Made(((*sequence[:2], outputs), *[state] * exposed), params)


def _check_counts(setup: Setup, kind: _Kind, exposed: int) -> None:
    """Check the numbers of bottoms and tops, which ``expose_hidden`` changes."""
    least, came = 2 + exposed, len(setup.bottoms)
    taken = f"{kind.name} {'with' if exposed else 'without'} expose_hidden"
    if not least <= came <= least + 1:
        names = ["the sequence", "where it goes on", *kind.states[:exposed]]
        raise Refusal(
            f"{taken} takes {least} bottoms ({', '.join(names)}), or {least + 1} with a static input behind "
            f"the second, came {came}",
            "count",
            ("bottom",),
        )
    if setup.ntop != 1 + exposed:
        raise Refusal(
            f"{taken} makes {1 + exposed} {'tops' if exposed else 'top'}, came {setup.ntop}",
            "count",
            ("top",),
        )


def _check_sequences(sequence: MaybeShape, going_on: MaybeShape) -> None:
    if sequence is not None and len(sequence) < 2:
        raise Refusal(
            f"a sequence is T x N x ... (timesteps, streams), came {shown(sequence)}", "axis", ("bottom", 0)
        )
    if going_on is not None and len(going_on) != 2:
        raise Refusal(
            f"what tells where a sequence goes on is T x N (timesteps, streams), came {shown(going_on)}",
            "axis",
            ("bottom", 1),
        )
    if sequence is not None and going_on is not None and sequence[:2] != going_on:
        raise Refusal(
            f"a sequence of {shown(sequence)} takes {shown(sequence[:2])} that tell where it goes on, came "
            f"{shown(going_on)}",
            "shape",
            ("bottom", 1),
        )


def _check_static(static: Shape, sequence: MaybeShape) -> None:
    if not static:
        raise Refusal("a static input is N x ..., came a scalar", "axis", ("bottom", 2))
    if sequence is not None and static[0] != sequence[1]:
        raise Refusal(
            f"a static input of {shown(static)} is for {static[0]} streams, and {shown(sequence)} has "
            f"{sequence[1]}",
            "shape",
            ("bottom", 2),
        )
    if len(static) < 2:
        raise Refusal(
            f"the InnerProduct on a static input joins its axes from 1 on, came {shown(static)}",
            "axis",
            ("bottom", 2),
            mend="make it N x C with a Reshape layer",
        )


def _check_steps(sequence: Shape, outputs: int, gates: int) -> None:
    """Check what all timesteps ask of the sequence, beside the weights."""
    steps, streams = sequence[:2]
    check_size((1, streams, outputs), "the hidden state", (_PARAM, "num_output"))
    if not steps:
        raise Refusal("a sequence has at least one timestep, came 0", "size", ("bottom", 0))
    if len(sequence) < 3:
        raise Refusal(
            f"the InnerProduct on a sequence joins its axes from 2 on, came {shown(sequence)}",
            "axis",
            ("bottom", 0),
            mend="make it T x N x C with a Reshape layer",
        )
    check_size((steps, streams, gates), "the blob of gates of all timesteps", (_PARAM, "num_output"))


def _bias(param: Any, size: int) -> Shape:
    check_filler(param.bias_filler, (size,), "bias values", _BIAS)
    return (size,)


def _check_states(states: Sequence[MaybeShape], wanted: Shape, kind: _Kind, first: int) -> None:
    """Check the hidden states that come as bottoms where there are any."""
    for index, shape in enumerate(states):
        if shape is not None and shape != wanted:
            raise Refusal(
                f"bottom {first + index}, {kind.states[index]}, is {shown(wanted)}, came {shown(shape)}",
                "shape",
                ("bottom", first + index),
            )


def _lstm_unit(setup: Setup) -> Made:
    """Caffe's ``LSTMUnitLayer``: a timestep of cells, 1 x N x C, gates, 1 x N x 4C, and what goes on."""
    cells, gates, going_on = setup.bottoms
    first = cells
    if cells is not None and len(cells) < 2:
        raise Refusal(f"cells are 1 x N x C, came {shown(cells)}", "axis", ("bottom", 0))
    for index, (shape, wanted) in enumerate(
        ((cells, "1 x N x C"), (gates, "1 x N x 4C"), (going_on, "1 x N"))
    ):
        if shape is None:
            continue
        if len(shape) != (2 if index == 2 else 3) or shape[0] != 1:
            raise Refusal(
                f"bottom {index} of LSTMUnit is {wanted}, came {shown(shape)}",
                "axis" if len(shape) != (2 if index == 2 else 3) else "shape",
                ("bottom", index),
            )
        if first is not None and shape[1] != first[1]:
            raise Refusal(
                f"bottom {index}, {shown(shape)}, is of {shape[1]} streams, and {shown(first)} of {first[1]}",
                "shape",
                ("bottom", index),
            )
    if cells is not None and gates is not None and gates[2] != int32(4 * cells[2]):
        raise Refusal(
            f"cells of {shown(cells)} take gates of 1 x {cells[1]} x {4 * cells[2]}, came {shown(gates)}",
            "shape",
            ("bottom", 1),
        )
    return Made((cells, cells))


TYPES = {
    "LSTM": LayerType(_lstm, no_force_backward=(1,)),
    "LSTMUnit": LayerType(_lstm_unit, exact_bottoms=3, exact_tops=2, no_force_backward=(2,)),
    "RNN": LayerType(_rnn, no_force_backward=(1,)),
}
