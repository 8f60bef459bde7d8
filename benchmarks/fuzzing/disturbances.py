"""What may be wrong with a net, or only look as if it were."""

from __future__ import annotations

import random
from typing import Any, Callable, NamedTuple

from fuzzing.values import change_a_field, fill

__all__ = ["disturb"]

_ODD_TYPES = ("", "Clip", "convolution", "CONVOLUTION", "Convolution ", "Upsample", "Interp", "ROIPooling")


class Scene(NamedTuple):
    """What is to be disturbed."""

    draw: random.Random
    net: Any
    index: int
    """Of the layer that it is about."""
    sources: dict[str, Any]
    """Blobs whose shape stands in the net, and there it can be changed."""
    schema: Any

    @property
    def layer(self) -> Any:
        return self.net.layer[self.index]


def disturb(draw: random.Random, net: Any, index: int, sources: dict[str, Any], schema: Any) -> None:
    """Change one thing about a net: most often about its layer at ``index``."""
    if not net.layer:
        return
    if draw.random() < 0.08:
        index = draw.randrange(len(net.layer))
    what = draw.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    what(Scene(draw, net, index, sources, schema))


def _own_field(at: Scene) -> None:
    """A field of the layer's own parameters."""
    layer = at.layer
    fields = list(at.schema.used_fields(layer.type)) if layer.type in at.schema.layer_types else []
    if not fields:
        _counts(at)
        return
    param = getattr(layer, at.draw.choice(fields))
    param.SetInParent()
    change_a_field(at.draw, param)


def _shape(at: Scene) -> None:
    """The shape of a bottom, where its source can be found."""
    known = [name for name in at.layer.bottom if name in at.sources]
    if not known:
        _own_field(at)
        return
    dim = at.sources[at.draw.choice(known)].dim
    action = at.draw.random()
    if action < 0.2:
        dim.append(at.draw.choice((1, 1, 2, 3)))
    elif dim and action < 0.4:
        del dim[at.draw.randrange(len(dim))]
    elif action < 0.5:
        dim.insert(0, at.draw.choice((1, 1, 2, 3)))
    elif dim and action < 0.6:
        dim[at.draw.randrange(len(dim))] = at.draw.choice((0, 0, -1, 2**31 - 1, 2**32 + 1, 40000))
    elif dim:
        position = at.draw.randrange(len(dim))
        dim[position] = max(0, dim[position] + at.draw.choice((-2, -1, 1, 2, 3)))
    else:
        dim.append(2)


def _counts(at: Scene) -> None:
    """The number of bottoms or tops."""
    layer = at.layer
    which = at.draw.choice(("bottom", "top"))
    names = getattr(layer, which)
    if names and at.draw.random() < 0.5:
        del names[at.draw.randrange(len(names))]
    elif which == "top" or not at.sources:
        names.append(f"more{len(names)}")
    else:
        names.append(at.draw.choice(sorted(at.sources)))


def _in_place(at: Scene) -> None:
    layer = at.layer
    if layer.bottom and layer.top:
        layer.top[at.draw.randrange(len(layer.top))] = at.draw.choice(layer.bottom)


def _loss_weights(at: Scene) -> None:
    layer = at.layer
    layer.loss_weight.extend(at.draw.choice((0.0, 1.0, -1.0, 0.1)) for _ in range(at.draw.randint(1, 3)))


def _params(at: Scene) -> None:
    layer = at.layer
    for _ in range(at.draw.randint(1, 3)):
        spec = layer.param.add()
        if at.draw.random() < 0.5:
            spec.name = at.draw.choice(("w", "v", "u"))
        if at.draw.random() < 0.3:
            spec.share_mode = at.draw.randint(0, 1)
        if at.draw.random() < 0.5:
            spec.lr_mult = at.draw.choice((0.0, 1.0, 2.0))
        if at.draw.random() < 0.3:
            spec.decay_mult = at.draw.choice((0.0, 1.0))


def _shared(at: Scene) -> None:
    """A copy of the layer that shares its parameters, perhaps a changed one."""
    layer = at.layer
    copy = at.net.layer.add()
    copy.CopyFrom(layer)
    copy.name = f"{layer.name}_copy"
    for position in range(len(copy.top)):
        copy.top[position] = f"{copy.top[position]}_copy"
    for one in (layer, copy):
        del one.param[:]
        for name in ("w", "v", "u")[: at.draw.randint(1, 3)]:
            fill(one, {"param": [{"name": name}]})
            if at.draw.random() < 0.4:
                one.param[-1].share_mode = at.draw.randint(0, 1)
            if at.draw.random() < 0.4:
                one.param[-1].lr_mult = at.draw.choice((0.0, 1.0, 2.0))
    if at.draw.random() < 0.6:
        _own_field(at._replace(index=len(at.net.layer) - 1))


def _propagate(at: Scene) -> None:
    at.layer.propagate_down.extend(at.draw.random() < 0.5 for _ in range(at.draw.randint(1, 3)))


def _weights(at: Scene) -> None:
    """Weights written in the file itself."""
    layer = at.layer
    for _ in range(at.draw.randint(1, 3)):
        blob = layer.blobs.add()
        dims = [at.draw.randint(0, 3) for _ in range(at.draw.randint(0, 4))]
        if at.draw.random() < 0.3:
            for name in ("num", "channels", "height", "width"):
                setattr(blob, name, at.draw.randint(1, 2))
        elif at.draw.random() < 0.9:
            blob.shape.SetInParent()
            blob.shape.dim.extend(dims)
        count = 1
        for dim in dims:
            count *= dim
        blob.data.extend([0.5] * (count if at.draw.random() < 0.7 else at.draw.randint(0, 5)))


def _phase(at: Scene) -> None:
    at.layer.phase = at.draw.randint(0, 1)


def _rules(at: Scene) -> None:
    layer = at.layer
    for _ in range(at.draw.choice((1, 1, 2))):
        rule = at.draw.choice((layer.include, layer.include, layer.exclude)).add()
        for name in ("phase", "min_level", "max_level", "stage", "not_stage"):
            if at.draw.random() < 0.35:
                if name == "phase":
                    rule.phase = at.draw.randint(0, 1)
                elif name.endswith("level"):
                    setattr(rule, name, at.draw.choice((-1, 0, 1, 2)))
                else:
                    getattr(rule, name).append(at.draw.choice(("s", "t")))


def _wiring(at: Scene) -> None:
    """A bottom that nothing makes, or a top that something else makes too."""
    layer = at.layer
    names = at.draw.choice((layer.bottom, layer.top))
    if not names:
        return
    known = [top for other in at.net.layer for top in other.top]
    names[at.draw.randrange(len(names))] = at.draw.choice(("nowhere", "", *known[:4]))


def _names(at: Scene) -> None:
    layer = at.layer
    action = at.draw.random()
    if action < 0.4:
        layer.name = at.draw.choice(at.net.layer).name
    elif action < 0.7:
        layer.ClearField("name")
    else:
        layer.name = at.draw.choice(("", "a b", "x/y", "é", "data_data_0_split"))


def _type(at: Scene) -> None:
    layer = at.layer
    if at.draw.random() < 0.25:
        layer.type = at.draw.choice(_ODD_TYPES)
    elif at.draw.random() < 0.2:
        layer.ClearField("type")
    else:
        layer.type = at.draw.choice(sorted(at.schema.layer_types))


def _order(at: Scene) -> None:
    """A layer less, twice, or elsewhere."""
    layers = [type(layer).FromString(layer.SerializeToString()) for layer in at.net.layer]
    action = at.draw.random()
    if action < 0.4:
        del layers[at.draw.randrange(len(layers))]
    elif action < 0.6:
        layers.insert(at.index, layers[at.index])
    else:
        layers.insert(at.draw.randrange(len(layers)), layers.pop(at.index))
    del at.net.layer[:]
    at.net.layer.extend(layers)


def _net(at: Scene) -> None:
    """Fields of the net itself."""
    action = at.draw.random()
    if action < 0.3:
        at.net.force_backward = True
    elif action < 0.5:
        fill(
            at.net,
            {"state": {"phase": at.draw.randint(0, 1), "level": at.draw.choice((0, 1)), "stage": ["t"]}},
        )
    elif action < 0.9:
        # The old way to say what comes in.
        at.net.input.append("in")
        form = at.draw.random()
        if form < 0.5:
            fill(
                at.net,
                {"input_shape": [{"dim": [at.draw.randint(1, 3) for _ in range(at.draw.randint(1, 4))]}]},
            )
        elif form < 0.9:
            # Never less than four: Caffe would read past the last one.
            at.net.input_dim.extend(at.draw.randint(1, 3) for _ in range(at.draw.choice((4, 4, 4, 5, 8))))
        if at.layer.bottom and at.draw.random() < 0.5:
            at.layer.bottom[0] = "in"
    else:
        at.net.debug_info = True


def _other_field(at: Scene) -> None:
    """Any field of the LayerParameter, another type's parameters included."""
    change_a_field(at.draw, at.layer)


_KINDS: dict[Callable[[Scene], None], float] = {
    _own_field: 8,
    _shape: 4,
    _counts: 3,
    _in_place: 1,
    _loss_weights: 0.8,
    _params: 1,
    _shared: 0.8,
    _propagate: 0.5,
    _weights: 0.7,
    _phase: 0.3,
    _rules: 0.8,
    _wiring: 0.7,
    _names: 0.4,
    _type: 0.7,
    _order: 0.6,
    _net: 0.7,
    _other_field: 0.6,
}
