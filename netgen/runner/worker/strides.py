"""How coarse the blobs of a convolutional net are."""

from typing import Any, Optional

from caffe.proto import caffe_pb2
from google.protobuf import text_format

# These move whole blobs or single numbers about, without regard to where in the image they come from.
_NOT_SPATIAL = {
    "InnerProduct",
    "Flatten",
    "Reshape",
    "Permute",
    "Reduction",
    "SPP",
    "Embed",
    "LSTM",
    "RNN",
    "Tile",
}


def strides(path: str, names: "set[str]") -> "Optional[dict[str, list[list[int]]]]":
    """Return how many input pixels lie between two neighbours of each blob, or None if that is not known.

    Parameters
    ----------
    path : str
        The prototxt.
    names : set of str
        The layers that are in the net, in its phase.

    Returns
    -------
    dict of str to [[int, int], [int, int]]
        Numerator and denominator, of rows and of columns. A blob that is no image any more is left out.
    """
    described = caffe_pb2.NetParameter()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        text_format.Merge(file.read(), described)
    if not described.layer:
        return None
    known = {name: [[1, 1], [1, 1]] for name in described.input}
    for layer in described.layer:
        if layer.name not in names:
            continue
        before = known.get(layer.bottom[0]) if layer.bottom else [[1, 1], [1, 1]]
        factors = _factors(layer)
        for top in layer.top:
            known.pop(top, None)
            if before is not None and factors is not None:
                known[top] = [[b[0] * f[0], b[1] * f[1]] for b, f in zip(before, factors)]
    return known


def _factors(layer: "Any") -> "Optional[list[list[int]]]":
    """Return by how much a layer coarsens rows and columns, or None if its top is no image."""
    if layer.type in _NOT_SPATIAL:
        return None
    if layer.type == "Pooling":
        settings = layer.pooling_param
        if settings.global_pooling:
            return None
        rows = settings.stride_h or settings.stride
        columns = settings.stride_w or settings.stride
        return [[rows, 1], [columns, 1]]
    if layer.type in ("Convolution", "Deconvolution", "Im2col"):
        settings = layer.convolution_param
        given = list(settings.stride) or [1]
        rows = settings.stride_h or given[0]
        columns = settings.stride_w or given[-1]
        if layer.type == "Deconvolution":
            return [[1, rows], [1, columns]]
        return [[rows, 1], [columns, 1]]
    return [[1, 1], [1, 1]]
