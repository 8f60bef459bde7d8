"""Layers that change axes or pick along them: Reshape, Flatten, Tile, Permute, Reduction, ArgMax ..."""

from __future__ import annotations

from netgen.graph.setup.blobs import check_memory, check_size, count, int32, quotient
from netgen.graph.setup.kinds import LayerType, Made, Setup
from netgen.graph.shape import UNSHAPED, Refusal, Shape, canonical, shown

__all__ = ["TYPES"]

_SUMS = (1, 4)  # SUM and MEAN


def _refuse_in_place(setup: Setup, name: str) -> None:
    if setup.in_place[0] == 0:
        raise Refusal(
            f"{name} does not work in place", "in-place", ("top", 0), mend="give its top a name of its own"
        )


# ---- Reshape ----


def _new_dims(setup: Setup) -> list[int]:
    """Return the dims that are given, as C++ ints, checked as far as they go by themselves."""
    dims = [int32(dim) for dim in setup.layer.reshape_param.shape.dim]
    for index, dim in enumerate(dims):
        where = ("reshape_param", "shape", "dim", index)
        if dim == -1 and -1 in dims[:index]:
            raise Refusal(
                "only one dim may be -1: what is left can be inferred once",
                "value",
                where,
                mend="give the other one, or 0 to copy the bottom's",
            )
        if dim < -1:
            raise Refusal(
                f"a dim is a size, 0 to copy the bottom's or -1 to infer it, came {dim}", "value", where
            )
    return dims


def _replaced(setup: Setup, axes: int) -> tuple[int, int]:
    """Return the first and the one behind the last of the axes that Reshape replaces."""
    param = setup.layer.reshape_param
    start = param.axis if param.axis >= 0 else axes + param.axis + 1
    if not 0 <= start <= axes:
        raise Refusal(
            f"axis {param.axis} is outside the {axes} axes of the bottom, and behind its last",
            "axis",
            ("reshape_param", "axis"),
        )
    end = axes if param.num_axes == -1 else start + param.num_axes
    if end > axes:
        raise Refusal(
            f"num_axes {param.num_axes} from axis {start} reaches past the bottom's {axes}",
            "axis",
            ("reshape_param", "num_axes"),
        )
    return start, end


def _inferred(first: Shape, shape: list[int], start: int, end: int, dims: list[int]) -> int:
    """Return what a dim of -1 stands for."""
    explicit = 1
    for index, dim in enumerate(dims):
        if dim != -1:
            explicit = int32(explicit * shape[start + index])
    explicit = int32(int32(explicit * count(first, 0, start)) * count(first, end))
    where = ("reshape_param", "shape", "dim", dims.index(-1))
    if not explicit:
        raise Refusal(
            f"what -1 stands for cannot be inferred from {shown(first)}: Caffe divides by 0 and crashes",
            "crash",
            where,
        )
    elements = count(first)
    if elements % explicit:
        raise Refusal(
            f"the {elements} elements of {shown(first)} cannot be divided by the {explicit} of the others",
            "shape",
            where,
        )
    return quotient(elements, explicit)


def _reshape(setup: Setup) -> Made:
    """``ReshapeLayer``."""
    _refuse_in_place(setup, "Reshape")
    param = setup.layer.reshape_param
    dims = _new_dims(setup)
    if param.num_axes < -1:
        raise Refusal(
            f"num_axes is at least 0, or -1 for all, came {param.num_axes}",
            "value",
            ("reshape_param", "num_axes"),
        )
    (first,) = setup.bottoms
    if first is None:
        told = not param.axis and param.num_axes == -1 and min(dims, default=1) > 0
        return Made((tuple(dims) if told else None,))
    start, end = _replaced(setup, len(first))
    shape = [*first[:start], *dims, *first[end:]]
    for index, dim in enumerate(dims):
        if dim:
            continue
        if start + index >= len(first):
            raise Refusal(
                f"dim {index} is 0, to copy axis {start + index}, and {shown(first)} has no such axis",
                "shape",
                ("reshape_param", "shape", "dim", index),
            )
        shape[start + index] = first[start + index]
    if -1 in dims:
        shape[start + dims.index(-1)] = _inferred(first, shape, start, end, dims)
    top = tuple(shape)
    check_size(top, "a top", ("reshape_param",))
    if count(top) != count(first):
        raise Refusal(
            f"{shown(first)} has {count(first)} elements and {shown(top)} has {count(top)}",
            "shape",
            ("reshape_param", "shape") if dims else (),
            mend="give -1 for one dim, and it is inferred"
            if dims
            else "give reshape_param { shape { dim: ... } }",
        )
    check_memory(first, "its bottom", ("bottom", 0))
    return Made((top,))


def _flatten(setup: Setup) -> Made:
    """``FlattenLayer``."""
    _refuse_in_place(setup, "Flatten")
    param = setup.layer.flatten_param
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    start = canonical(param.axis, first, "axis", ("flatten_param", "axis"))
    end = canonical(param.end_axis, first, "end_axis", ("flatten_param", "end_axis"))
    if start > end + 1:
        raise Refusal(
            f"axis {start} lies behind end_axis {end}, of {shown(first)}", "axis", ("flatten_param", "axis")
        )
    return Made(((*first[:start], count(first, start, end + 1), *first[end + 1 :]),))


# ---- others of one bottom ----


def _tile(setup: Setup) -> Made:
    """``TileLayer``: it holds tiles without a sign, and a negative one is refused for the size it makes."""
    param = setup.layer.tile_param
    if not param.tiles:
        given = param.HasField("tiles")
        raise Refusal(
            "tiles is at least 1, came 0" if given else "tiles is missing",
            "value" if given else "missing",
            ("tile_param", "tiles") if given else ("tile_param",),
            mend="give tiles, the number of copies",
        )
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    axis = canonical(param.axis, first, "axis", ("tile_param", "axis"))
    size = int32(first[axis] * param.tiles)
    if size < 0:
        raise Refusal(
            f"{param.tiles} copies of the {first[axis]} on axis {axis} are no size that a blob can have",
            "size",
            ("tile_param", "tiles"),
        )
    return Made(((*first[:axis], size, *first[axis + 1 :]),))


def _reduction(setup: Setup) -> Made:
    """``ReductionLayer``: all axes from one on become none."""
    param = setup.layer.reduction_param
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    axis = canonical(param.axis, first, "axis", ("reduction_param", "axis"))
    # In place, its bottom has lost those axes by the time that they are counted.
    if param.operation in _SUMS and setup.in_place[0] != 0 and count(first, axis) <= 0:
        raise Refusal(
            f"what is summed up of {shown(first)} has no elements, or too many", "size", ("bottom", 0)
        )
    return Made((first[:axis],))


def _argmax(setup: Setup) -> Made:
    """``ArgMaxLayer``."""
    param = setup.layer.argmax_param
    top_k = param.top_k
    if top_k < 1:
        raise Refusal("top_k is at least 1, came 0", "value", ("argmax_param", "top_k"))
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    if param.HasField("axis"):
        axis = canonical(param.axis, first, "axis", ("argmax_param", "axis"))
        among, top = first[axis], (*first[:axis], top_k, *first[axis + 1 :])
    else:
        if not first:
            raise Refusal("ArgMax takes N x ..., came a scalar", "axis", ("bottom", 0))
        # Compared as a number without sign, as C++ does where one of the two has none.
        among = count(first, 1) % 2**64
        rest = max(len(first), 3) - 3
        top = (first[0], 2 if param.out_max_val else 1, top_k, *[1] * rest)
    if top_k > among:
        raise Refusal(
            f"top_k {top_k} is more than the {among} that there are to choose from in {shown(first)}",
            "shape",
            ("argmax_param", "top_k"),
        )
    return Made((top,))


def _permute(setup: Setup) -> Made:
    """``PermuteLayer``, of SSD and others: it shapes its top twice, which can be seen in place."""
    order = list(setup.layer.permute_param.order)
    for index, axis in enumerate(order):
        if axis in order[:index]:
            raise Refusal(
                f"axis {axis} comes twice in the order {order}", "value", ("permute_param", "order", index)
            )
    (first,) = setup.bottoms
    if first is None:
        return Made((None,))
    for index, axis in enumerate(order):
        if axis >= len(first):
            raise Refusal(
                f"order {axis} is outside the {len(first)} axes of {shown(first)}",
                "axis",
                ("permute_param", "order", index),
            )
    order += [axis for axis in range(len(first)) if axis not in order]
    top = tuple([first[axis] for axis in order])
    if setup.in_place[0] == 0:
        top = tuple([top[axis] for axis in order])
    return Made((top,))


def _reverse(setup: Setup) -> Made:
    """``ReverseLayer``, of kendryte-caffe; other forks have one of their own, which keeps the shape too."""
    (first,) = setup.bottoms
    axis = getattr(getattr(setup.layer, "reverse_param", None), "axis", None)
    if not isinstance(axis, int):
        return Made((first,))
    _refuse_in_place(setup, "Reverse")
    if first is not None and axis >= len(first):
        raise Refusal(
            f"axis {axis} is outside the {len(first)} axes of {shown(first)}",
            "axis",
            ("reverse_param", "axis"),
        )
    return Made((first,))


# ---- copies and choices ----


def _split(setup: Setup) -> Made:
    """``SplitLayer``."""
    _refuse_in_place(setup, "Split")
    (first,) = setup.bottoms
    if first is UNSHAPED:
        raise Refusal("a blob that was never given a shape cannot be copied", "shape", ("bottom", 0))
    return Made((first,) * setup.ntop)


def _silence(setup: Setup) -> Made:
    """``SilenceLayer``."""
    del setup
    return Made(())


def _batch_reindex(setup: Setup) -> Made:
    """``BatchReindexLayer``: as many as there are indices."""
    first, indices = setup.bottoms
    if indices is not None and len(indices) != 1:
        raise Refusal(
            f"the indices of BatchReindex are a list, came {shown(indices)}",
            "shape",
            ("bottom", 1),
            mend="flatten them, with axis: 0",
        )
    if first is None or indices is None:
        return Made((None,))
    return Made(((indices[0], *first[1:]),))


def _filter(setup: Setup) -> Made:
    """``FilterLayer``: it keeps what its last bottom chooses; while the net is loaded, everything."""
    *bottoms, selector = setup.bottoms
    if len(bottoms) != setup.ntop:
        raise Refusal(
            "Filter makes one top for each bottom but the last, which chooses: came "
            f"{len(setup.bottoms)} bottoms and {setup.ntop} tops",
            "count",
            ("top",),
        )
    if selector is not None:
        if not selector or any(dim != 1 for dim in selector[1:]):
            raise Refusal(
                f"the last bottom of Filter is N, or N x 1 x ..., came {shown(selector)}",
                "shape",
                ("bottom", len(bottoms)),
            )
        check_memory(selector, "the last bottom of Filter", ("bottom", len(bottoms)))
    known = [selector, *bottoms]
    first = next((shape for shape in known if shape), None)
    for index, shape in enumerate(bottoms):
        if shape is not None and (not shape or first is None or shape[0] != first[0]):
            raise Refusal(
                f"bottom {index} of Filter is {shown(shape)}, and all begin with the same N",
                "shape",
                ("bottom", index),
            )
    return Made(tuple(bottoms))


TYPES: dict[str, LayerType] = {
    "ArgMax": LayerType(_argmax, exact_bottoms=1, exact_tops=1),
    "BatchReindex": LayerType(_batch_reindex, exact_bottoms=2, exact_tops=1),
    "Filter": LayerType(_filter, min_bottoms=2, min_tops=1),
    "Flatten": LayerType(_flatten, exact_bottoms=1, exact_tops=1),
    "Permute": LayerType(_permute, exact_bottoms=1, exact_tops=1),
    "Reduction": LayerType(_reduction, exact_bottoms=1, exact_tops=1),
    "Reshape": LayerType(_reshape, exact_bottoms=1, exact_tops=1),
    "Reverse": LayerType(_reverse, exact_bottoms=1, exact_tops=1),
    "Silence": LayerType(_silence, min_bottoms=1, exact_tops=0),
    "Split": LayerType(_split, exact_bottoms=1, min_tops=1),
    "Tile": LayerType(_tile, exact_bottoms=1, exact_tops=1),
}
