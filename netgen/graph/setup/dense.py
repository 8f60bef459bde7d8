"""Setting up the layers that multiply by one matrix: InnerProduct and Embed."""

from __future__ import annotations

from typing import Optional

from netgen.graph.setup.blobs import FieldPath, check_size, count, empty, int32
from netgen.graph.setup.fillers import check_filler
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.shape import Refusal, Shape, canonical

__all__ = ["TYPES", "check_matrix"]


def check_matrix(
    rows: Optional[int], columns: Optional[int], filler: object, field: FieldPath, what: str = "weights"
) -> MaybeShape:
    """Return the shape of a matrix of weights, checked as Caffe makes and fills it.

    Parameters
    ----------
    rows, columns : int or None
        Its size; None where unknown, and then the shape is too.
    filler : FillerParameter
        What fills it.
    field : tuple of str and int
        Where the filler stands, from the LayerParameter down.
    what : str
        What it holds, in the plural.

    Raises
    ------
    Refusal
        Where Caffe would not make it or not fill it.
    """
    if rows is None or columns is None:
        check_filler(filler, None, what, field)
        return None
    shape = (rows, columns)
    check_size(shape, f"the blob of {what}", field[:1])
    check_filler(filler, shape, what, field)
    return shape


def _check_rows(bottom: Shape, axes: Shape) -> None:
    """Check the vector of ones that spreads the bias over all rows: it has to have memory."""
    rows = count(axes) if axes is bottom else count(axes, 0)
    check_size((rows,), "the bias's vector of ones")
    if not rows:
        raise empty(bottom, "there are no rows for the bias to be added to")


def _inner_product(setup: Setup) -> Made:
    """Caffe's ``InnerProductLayer``: the axes from ``axis`` on become one of ``num_output``."""
    param = setup.layer.inner_product_param
    bottom = setup.bottoms[0]
    outputs = int32(param.num_output)
    inputs = None
    axis = 0
    if bottom is not None:
        axis = canonical(param.axis, bottom, "axis", ("inner_product_param", "axis"))
        inputs = count(bottom, axis)
    params: tuple[MaybeShape, ...] = setup.blobs
    if not params:
        if not outputs:
            raise Refusal(
                "num_output is 0" if param.HasField("num_output") else "num_output is missing",
                "value" if param.HasField("num_output") else "missing",
                ("inner_product_param", "num_output")
                if param.HasField("num_output")
                else ("inner_product_param",),
                mend="write num_output: N, the number of values that come out for each sample",
            )
        check_size((outputs,), "num_output's axis", ("inner_product_param", "num_output"))
        rows, columns = (inputs, outputs) if param.transpose else (outputs, inputs)
        params = (check_matrix(rows, columns, param.weight_filler, ("inner_product_param", "weight_filler")),)
        if param.bias_term:
            check_filler(param.bias_filler, (outputs,), "bias values", ("inner_product_param", "bias_filler"))
            params = (*params, (outputs,))
    if bottom is None:
        return Made((None,), params)
    top = (*bottom[:axis], outputs)
    check_size(top, "the top", ("inner_product_param", "num_output"))
    if param.bias_term:
        _check_rows(bottom, bottom[:axis])
    return Made((top,), params)


def _embed(setup: Setup) -> Made:
    """Caffe's ``EmbedLayer``: each number of the bottom becomes a row of ``num_output`` values."""
    param = setup.layer.embed_param
    bottom = setup.bottoms[0]
    sizes = []
    for name, meaning in (("num_output", "the length of each vector"), ("input_dim", "the number of words")):
        given = int32(getattr(param, name))
        if given <= 0:
            missing = not param.HasField(name)
            raise Refusal(
                f"{name} is missing" if missing else f"{name} is above 0, came {getattr(param, name)}",
                "missing" if missing else "value",
                ("embed_param",) if missing else ("embed_param", name),
                mend=f"write {name}: N, {meaning}",
            )
        sizes.append(given)
    outputs, inputs = sizes
    params: tuple[MaybeShape, ...] = setup.blobs
    if not params:
        params = (check_matrix(inputs, outputs, param.weight_filler, ("embed_param", "weight_filler")),)
        if param.bias_term:
            check_filler(param.bias_filler, (outputs,), "bias values", ("embed_param", "bias_filler"))
            params = (*params, (outputs,))
    if bottom is None:
        return Made((None,), params)
    top = (*bottom, outputs)
    check_size(top, "the top", ("embed_param", "num_output"))
    if param.bias_term:
        _check_rows(bottom, bottom)
    return Made((top,), params)


TYPES = {
    "Embed": LayerType(_embed, exact_bottoms=1, exact_tops=1),
    "InnerProduct": LayerType(_inner_product, exact_bottoms=1, exact_tops=1),
}
