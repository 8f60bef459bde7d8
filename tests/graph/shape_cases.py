"""Layers of every type whose shapes netgen knows, as Hypothesis makes them: mostly such as Caffe takes, some not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from hypothesis import strategies as st

from netgen.schema import caffe_pb2

Shape = tuple[int, ...]


@dataclass
class Case:
    """A layer, the shapes of its bottoms, and the number of its tops."""

    layer: Any
    bottoms: list[Shape]
    ntop: int

    def __repr__(self) -> str:
        return f"Case({' '.join(str(self.layer).split())!r}, bottoms={self.bottoms}, ntop={self.ntop})"


def made(type_name: str, bottoms: list[Shape], ntop: int = 1, **fields: Any) -> Case:
    """Make a case; a field of a sub-message is written ``pooling_param={...}``, with None for what is not set."""
    layer = caffe_pb2.LayerParameter(type=type_name)
    for name, values in fields.items():
        target = getattr(layer, name)
        target.SetInParent()
        for key, value in values.items():
            if value is None:
                continue
            if isinstance(value, (list, tuple)):
                getattr(target, key).extend(value)
            else:
                setattr(target, key, value)
    return Case(layer, bottoms, ntop)


small = st.integers(1, 4)
sizes = st.integers(1, 12)


def shapes(least: int = 1, most: int = 5, size: st.SearchStrategy[int] = sizes) -> st.SearchStrategy[Shape]:
    return st.lists(size, min_size=least, max_size=most).map(tuple)


pictures = st.tuples(small, small, sizes, sizes)


def rarely(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Optional[Any]]:
    return st.one_of(st.none(), st.none(), strategy)


@st.composite
def per_axis(draw: Any, axes: int, values: st.SearchStrategy[int]) -> list[int]:
    """Give one value, one an axis, or (rarely) a wrong number of them."""
    count = draw(st.sampled_from([*[1] * 5, *[max(axes, 1)] * 5, axes + 1]))
    return draw(st.lists(values, min_size=count, max_size=count))


@st.composite
def convolutions(draw: Any) -> Case:
    bottom = draw(st.one_of(pictures, pictures, shapes(2, 5)))
    axis = draw(rarely(st.integers(-len(bottom), len(bottom) - 1)))
    axes = len(bottom) - 1 - (1 if axis is None else axis % len(bottom))
    param: dict[str, Any] = {"num_output": draw(st.integers(1, 6)), "axis": axis}
    if draw(st.booleans()):
        param["num_output"] = channels = 6
        param["group"] = draw(st.integers(1, 6))
        if draw(st.booleans()) and axis is None:
            bottom = (bottom[0], channels, *bottom[2:])
    for name, stem, values in (
        ("kernel_size", "kernel", st.integers(1, 4)),
        ("stride", "stride", st.integers(1, 3)),
        ("pad", "pad", st.integers(0, 3)),
    ):
        how = draw(
            st.sampled_from([*["list"] * 8, "h and w", "h", *["nothing" if stem != "kernel" else "list"] * 3])
        )
        if how == "list":
            param[name] = draw(per_axis(axes, values))
        elif how != "nothing":
            param[f"{stem}_h"] = draw(values)
            if how == "h and w":
                param[f"{stem}_w"] = draw(values)
    if draw(st.booleans()):
        param["dilation"] = draw(per_axis(axes, st.integers(1, 3)))
    count = draw(st.sampled_from([1, 1, 1, 2]))
    bottoms = [bottom] * count
    if count == 2 and draw(st.booleans()):
        bottoms[1] = draw(shapes(len(bottom), len(bottom)))
    kind = draw(st.sampled_from(["Convolution", "Deconvolution"]))
    return made(kind, bottoms, draw(st.sampled_from([count, count, count, 1])), convolution_param=param)


@st.composite
def poolings(draw: Any) -> Case:
    param: dict[str, Any] = {"pool": draw(rarely(st.integers(0, 2)))}
    if draw(st.integers(0, 5)) == 0:
        param["global_pooling"] = True
    for name, values in (
        ("kernel", st.integers(1, 5)),
        ("stride", st.integers(1, 4)),
        ("pad", st.integers(0, 3)),
    ):
        least = "plain" if name == "kernel" and "global_pooling" not in param else "nothing"
        how = draw(st.sampled_from([*["plain"] * 6, *["h and w"] * 6, "h", "both", *[least] * 6]))
        if how in ("plain", "both"):
            param["kernel_size" if name == "kernel" else name] = draw(values)
        if how in ("h and w", "h", "both"):
            param[f"{name}_h"] = draw(values)
            if how != "h":
                param[f"{name}_w"] = draw(values)
    param["round_mode"] = draw(rarely(st.integers(0, 1)))
    bottom = draw(st.one_of(pictures, pictures, pictures, shapes(1, 5)))
    return made("Pooling", [bottom], draw(st.sampled_from([1, 1, 1, 2])), pooling_param=param)


@st.composite
def crops(draw: Any) -> Case:
    blob = draw(st.one_of(pictures, shapes(1, 5)))
    like = list(blob)
    axis = draw(st.one_of(st.none(), st.integers(-len(blob), len(blob) - 1)))
    first = (2 if axis is None else axis) % max(len(blob), 1)
    for i in range(first, len(like)):
        like[i] = draw(st.integers(1, like[i] + (draw(st.integers(0, 6)) == 0)))
    if draw(st.integers(0, 4)) == 0:
        like = list(draw(shapes(1, 5)))
    count = draw(st.sampled_from([0, 1, len(blob) - first, len(blob) - first, 2]))
    offset = [draw(st.integers(0, 3)) for _ in range(count)]
    return made("Crop", [blob, tuple(like)], 1, crop_param={"axis": axis, "offset": offset})


@st.composite
def concats(draw: Any) -> Case:
    first = draw(st.one_of(pictures, shapes(1, 5)))
    axis = draw(st.one_of(st.none(), st.integers(-len(first), len(first) - 1)))
    where = (1 if axis is None else axis) % len(first)
    bottoms = [first]
    for _ in range(draw(st.integers(0, 3))):
        other = list(first)
        other[where] = draw(sizes)
        if draw(st.integers(0, 7)) == 0:
            other = list(draw(shapes(1, 5)))
        bottoms.append(tuple(other))
    param = {"axis": axis}
    if draw(st.integers(0, 4)) == 0:
        param = {"concat_dim": draw(st.integers(0, len(first)))}
    if draw(st.integers(0, 12)) == 0:
        param = {"axis": 0, "concat_dim": 0}
    return made("Concat", bottoms, 1, concat_param=param)


@st.composite
def slices(draw: Any) -> Case:
    blob = draw(st.one_of(pictures, shapes(1, 5)))
    axis = draw(st.one_of(st.none(), st.integers(-len(blob), len(blob) - 1)))
    param: dict[str, Any] = {"axis": axis}
    if draw(st.integers(0, 4)) == 0:
        param = {"slice_dim": draw(st.integers(0, len(blob)))}
    where = min(param.get("slice_dim", 1 if axis is None else axis % len(blob)), len(blob) - 1)
    ntop = draw(st.integers(1, 4))
    if draw(st.booleans()):
        points = draw(st.lists(st.integers(0, blob[where] + 1), min_size=ntop - 1, max_size=ntop - 1))
        param["slice_point"] = sorted(points) if draw(st.integers(0, 5)) else [*points, 1]
    return made("Slice", [blob], ntop, slice_param=param)


@st.composite
def eltwises(draw: Any) -> Case:
    bottoms = [draw(shapes())] * draw(st.integers(1, 4))
    if draw(st.integers(0, 4)) == 0:
        bottoms[-1] = draw(shapes())
    param: dict[str, Any] = {"operation": draw(rarely(st.integers(0, 2)))}
    if draw(st.integers(0, 2)) == 0:
        param["coeff"] = [1.0] * draw(st.sampled_from([len(bottoms), len(bottoms), 1]))
    return made("Eltwise", bottoms, 1, eltwise_param=param)


@st.composite
def inner_products(draw: Any) -> Case:
    bottom = draw(shapes())
    axis = draw(st.one_of(st.none(), st.integers(-len(bottom), len(bottom) - 1)))
    param = {"num_output": draw(small), "axis": axis, "transpose": draw(rarely(st.booleans()))}
    return made("InnerProduct", [bottom], 1, inner_product_param=param)


@st.composite
def inputs(draw: Any) -> Case:
    ntop = draw(st.integers(1, 3))
    case = made("Input", [], ntop, input_param={})
    for _ in range(draw(st.sampled_from([0, 1, 1, ntop, ntop, 2]))):
        case.layer.input_param.shape.add().dim.extend(draw(shapes(0, 5)))
    return case


@st.composite
def dummies(draw: Any) -> Case:
    ntop = draw(st.integers(1, 3))
    counts = st.sampled_from([1, ntop, ntop, 2])
    case = made("DummyData", [], ntop, dummy_data_param={})
    param = case.layer.dummy_data_param
    if draw(st.booleans()):
        for _ in range(draw(counts)):
            param.shape.add().dim.extend(draw(shapes(0, 5)))
    if not param.shape or draw(st.integers(0, 9)) == 0:
        for name in ("num", "channels", "height", "width"):
            getattr(param, name).extend(draw(st.lists(small, min_size=1, max_size=draw(counts))))
    return case


@st.composite
def memories(draw: Any) -> Case:
    names = ("batch_size", "channels", "height", "width")
    param = {name: draw(small) for name in names if draw(st.integers(0, 9))}
    return made("MemoryData", [], draw(st.sampled_from([1, 2, 2, 2, 3])), memory_data_param=param)


ONE_TO_ONE = (
    "AbsVal BNLL BatchNorm Bias Dropout ELU Exp Log LRN MVN PReLU Power ReLU Scale Sigmoid Softmax Swish TanH Threshold"
).split()


@st.composite
def same(draw: Any) -> Case:
    kind = draw(st.sampled_from(ONE_TO_ONE))
    bottom = draw(st.one_of(pictures, shapes(0, 5)))
    fields: dict[str, dict[str, Any]] = {}
    bottoms = [bottom]
    if kind in ("Scale", "Bias"):
        axis = draw(st.one_of(st.none(), st.integers(-len(bottom), max(len(bottom) - 1, 0))))
        param = {"axis": axis, "num_axes": draw(rarely(st.integers(-1, 2)))}
        fields[f"{kind.lower()}_param"] = param
        if draw(st.booleans()):
            start = 1 if axis is None else axis
            end = draw(st.integers(0, len(bottom)))
            bottoms.append(bottom[start:end] if draw(st.integers(0, 5)) else draw(shapes(0, 2)))
    elif kind == "Softmax":
        fields["softmax_param"] = {"axis": draw(rarely(st.integers(-len(bottom), max(len(bottom) - 1, 0))))}
    elif kind == "LRN":
        fields["lrn_param"] = {"local_size": draw(st.integers(1, 5)), "norm_region": draw(st.integers(0, 1))}
    elif kind == "PReLU":
        fields["prelu_param"] = {"channel_shared": draw(rarely(st.booleans()))}
    elif kind in ("Exp", "Log"):
        fields[f"{kind.lower()}_param"] = {"base": draw(st.sampled_from([None, -1.0, 2.0, 0.0, -2.0]))}
    return made(kind, bottoms, draw(st.sampled_from([1] * 8 + [2])), **fields)


@st.composite
def losses(draw: Any) -> Case:
    kind = draw(st.sampled_from(["EuclideanLoss", "HingeLoss", "SigmoidCrossEntropyLoss", "SoftmaxWithLoss"]))
    score = draw(shapes())
    label: Shape = score
    fields: dict[str, dict[str, Any]] = {}
    how = draw(st.integers(0, 6))
    if kind == "SoftmaxWithLoss":
        axis = draw(rarely(st.integers(-len(score), len(score) - 1)))
        fields["softmax_param"] = {"axis": axis}
        where = (1 if axis is None else axis) % len(score)
        label = (
            (*score[:where], 1, *score[where + 1 :])
            if draw(st.booleans())
            else score[:where] + score[where + 1 :]
        )
    elif how == 1:
        label = (score[0], draw(small), draw(small))
    if how == 0:
        label = draw(shapes(0, 4))
    bottoms = [score, label]
    if draw(st.integers(0, 9)) == 0:
        bottoms = bottoms[:1] if draw(st.booleans()) else [*bottoms, label]
    return made(kind, bottoms, draw(st.sampled_from([1] * 6 + [2, 3])), **fields)


@st.composite
def splits(draw: Any) -> Case:
    return made("Split", [draw(shapes(0, 5))] * draw(st.sampled_from([1, 1, 2])), draw(st.integers(1, 3)))


cases = st.one_of(
    convolutions(), convolutions(), poolings(), poolings(), crops(), concats(), slices(), eltwises(),
    inner_products(), inputs(), dummies(), memories(), same(), same(), losses(), splits(),
)  # fmt: skip


def net_of(several: list[Case]) -> Any:
    """Return a net that holds the cases side by side: layer ``case<i>``, tops ``top<i>_<j>``."""
    net = caffe_pb2.NetParameter(name="shapes")
    for i, case in enumerate(several):
        layer = caffe_pb2.LayerParameter()
        layer.CopyFrom(case.layer)
        layer.name = f"case{i}"
        for j, shape in enumerate(case.bottoms):
            source = net.layer.add(name=f"in{i}_{j}", type="Input", top=[f"bottom{i}_{j}"])
            source.input_param.shape.add().dim.extend(shape)
            layer.bottom.append(f"bottom{i}_{j}")
        layer.top.extend(f"top{i}_{j}" for j in range(case.ntop))
        net.layer.add().CopyFrom(layer)
    return net
