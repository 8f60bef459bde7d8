"""Random nets: a layer of one type is the subject, and there are sources, other layers, and mistakes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from fuzzing.disturbances import disturb
from fuzzing.old import as_v1, random_v0
from fuzzing.recipes import RECIPES, Recipe
from fuzzing.values import fill, filler, set_field

__all__ = ["NEED_FILES", "OLD", "Draft", "random_net"]

OLD = "V0 net"
NEED_FILES = ("Data", "ImageData", "WindowData", "HDF5Data", "HDF5Output", "Python")
# Layers that give what they get, of any shape.
SAME = ("ReLU", "ELU", "TanH", "Sigmoid", "Power", "Dropout", "AbsVal", "BNLL", "Threshold", "Split", "Swish")
IN_PLACE = ("ReLU", "ELU", "TanH", "Sigmoid", "Power", "Dropout", "BNLL", "Threshold")
MAY_BE_IN_PLACE = (
    *IN_PLACE,
    "Exp",
    "Log",
    "Scale",
    "Bias",
    "PReLU",
    "BatchNorm",
    "Softmax",
    "Eltwise",
    "Swish",
)


class Draft(NamedTuple):
    """A net that was made up, and how it is to be loaded."""

    message: Any
    subject: str
    phase: str
    stages: tuple[str, ...] = ()
    level: int = 0


class Sketch:
    """A net that is being made up."""

    def __init__(self, draw: random.Random, messages: Any) -> None:
        self.draw = draw
        self.message = messages.NetParameter()
        self.blobs: list[tuple[str, list[int]]] = []
        """Blobs whose shape is known here, the last writers included."""
        self.sources: dict[str, Any] = {}
        """For each of them the shape's message, where a source has one."""

    def layer(self, layer_type: str, bottoms: Sequence[str], tops: Sequence[str], **fields: Any) -> Any:
        made = self.message.layer.add()
        made.name = f"{layer_type.lower()}{len(self.message.layer)}"
        made.type = layer_type
        made.bottom.extend(bottoms)
        made.top.extend(tops)
        fill(made, fields)
        return made

    def source(self, shape: Sequence[int]) -> str:
        """Put in a blob of some shape; one that is there already may do."""
        draw = self.draw
        same = [name for name, known in self.blobs if known == list(shape)]
        if same and draw.random() < 0.3:
            return draw.choice(same)
        name = f"b{len(self.message.layer)}"
        kind = draw.random()
        if kind < 0.55:
            made = self.layer("Input", [], [name], input_param={"shape": [{"dim": shape}]})
            self.sources[name] = made.input_param.shape[0]
        elif kind < 0.65:
            made = self.layer("Parameter", [], [name], parameter_param={"shape": {"dim": shape}})
            self.sources[name] = made.parameter_param.shape
        else:
            made = self.layer("DummyData", [], [name], dummy_data_param={"shape": [{"dim": shape}]})
            if draw.random() < 0.5:
                # Caffe fills here, whatever the filler makes of the shape.
                made.dummy_data_param.data_filler.add()
                fill(made.dummy_data_param.data_filler[0], filler(draw, 1))
            self.sources[name] = made.dummy_data_param.shape[0]
        self.blobs.append((name, list(shape)))
        while draw.random() < 0.2:
            name = self.same(name, list(shape))
        return name

    def same(self, name: str, shape: list[int]) -> str:
        """Send a blob through a layer that does not change its shape; return what it is called then."""
        draw = self.draw
        if draw.random() < 0.5:
            layer_type, top = draw.choice(IN_PLACE), name
        else:
            layer_type, top = draw.choice(SAME), f"b{len(self.message.layer)}"
            self.blobs.append((top, shape))
        if name in self.sources:
            self.sources[top] = self.sources[name]
        params = RECIPES[layer_type](draw).params
        self.layer(layer_type, [name], [top], **params)
        return top

    def recipe(self, layer_type: str, recipe: Recipe) -> Any:
        """Put in what a recipe says, its bottoms' sources first."""
        draw = self.draw
        bottoms = [self.source(shape) for shape in recipe.bottoms]
        number = len(self.message.layer)
        tops = [f"t{number}_{index}" for index in range(recipe.tops)]
        if layer_type in MAY_BE_IN_PLACE and len(tops) == 1 and bottoms and draw.random() < 0.25:
            tops = [bottoms[0]]
        fields: dict[str, Any] = {**recipe.params, **recipe.extra}
        if "top" in fields:
            tops = list(fields.pop("top"))[: recipe.tops]
        if not draw.random() < 0.95:
            fields = {name: value for name, value in fields.items() if not name.endswith("_param")}
        return self.layer(layer_type, bottoms, tops, **fields)

    def follow(self, name: str, scalar: bool) -> None:
        """Let something read a blob of a shape that is not known here, but for whether it is a loss."""
        draw = self.draw
        kind = draw.random() * (0.5 if scalar and draw.random() < 0.9 else 1)
        if kind < 0.3:
            layer_type = draw.choice(SAME)
            top = name if layer_type in IN_PLACE and draw.random() < 0.4 else f"f{len(self.message.layer)}"
            self.layer(layer_type, [name], [top])
        elif kind < 0.5:
            self.layer("Silence", [name], [])
        elif kind < 0.8:
            top = f"f{len(self.message.layer)}"
            made = self.layer("Reduction", [name], [top])
            if draw.random() < 0.7:
                made.loss_weight.append(draw.choice((1.0, 0.5, 0.0, -1.0)))
        elif kind < 0.9:
            top = f"f{len(self.message.layer)}"
            self.layer("EuclideanLoss", [name, name], [top] if draw.random() < 0.8 else [])
        else:
            layer_type = draw.choice(("InnerProduct", "Flatten", "Eltwise", "Concat", "Scale", "Softmax"))
            recipe = RECIPES[layer_type](draw)
            bottoms = [name] * len(recipe.bottoms)
            self.layer(layer_type, bottoms, [f"f{len(self.message.layer)}"], **recipe.params)


def _weigh(draw: random.Random, layer: Any) -> None:
    """Give a layer what any layer may have: loss weights, parameters' names and rates, propagate_down."""
    if layer.top and draw.random() < 0.12:
        layer.loss_weight.extend(draw.choice((0.0, 1.0, 0.25, -2.0)) for _ in layer.top)
    if draw.random() < 0.12 and layer.type in (
        "Convolution",
        "InnerProduct",
        "Scale",
        "PReLU",
        "Bias",
        "Embed",
    ):
        for _ in range(draw.choice((1, 1, 2))):
            set_field(layer, "param", [{"lr_mult": draw.choice((0.0, 1.0)), "decay_mult": 1.0}])
            if draw.random() < 0.3:
                layer.param[-1].name = draw.choice(("w", "v"))
            if draw.random() < 0.1:
                layer.param[-1].share_mode = 1
    if layer.bottom and draw.random() < 0.08:
        layer.propagate_down.extend(draw.random() < 0.5 for _ in layer.bottom)
    if draw.random() < 0.04:
        layer.phase = draw.randint(0, 1)
    if draw.random() < 0.04:
        layer.include.add()


def random_net(
    draw: random.Random, schema: Any, layer_type: str, types: Optional[Sequence[str]] = None
) -> Draft:
    """Make up a net around a layer of one type; about half of them are as Caffe likes them.

    Parameters
    ----------
    draw : random.Random
        What chance is drawn from; equal ones give equal nets.
    schema : netgen.schema.Schema
        Whose messages and layer types.
    layer_type : str
        The subject's type, or ``OLD`` for a V0 net, which has none.
    types : sequence of str, optional
        The types that other layers may have.
    """
    if layer_type == OLD:
        return Draft(random_v0(draw, schema.messages), OLD, draw.choice(("TRAIN", "TEST")))
    sketch = Sketch(draw, schema.messages)
    others = [
        name for name in types or sorted(schema.layer_types) if name in RECIPES and name not in NEED_FILES
    ]
    while draw.random() < 0.25:
        other = draw.choice(others)
        sketch.recipe(other, RECIPES[other](draw))
    recipe = RECIPES[layer_type](draw)
    if draw.random() < 0.04 and recipe.bottoms:
        # A picture without pixels.
        shape = list(draw.choice(list(recipe.bottoms)))
        if shape:
            shape[draw.randrange(len(shape))] = 0
            recipe = recipe._replace(bottoms=[shape, *recipe.bottoms[1:]])
    subject = sketch.recipe(layer_type, recipe)
    _weigh(draw, subject)
    twin = draw.random() < 0.1 and layer_type not in NEED_FILES
    if twin:
        # Another one, perhaps with parameters in common.
        other_recipe = recipe if draw.random() < 0.7 else RECIPES[layer_type](draw)
        _weigh(draw, sketch.recipe(layer_type, other_recipe))
    for top in list(subject.top):
        while draw.random() < 0.4:
            sketch.follow(top, "Loss" in layer_type or layer_type == "Accuracy")
    if draw.random() < 0.1:
        sketch.message.force_backward = True
    if draw.random() < 0.05:
        sketch.message.name = "net"
    if draw.random() < 0.05:
        sketch.message.state.stage.append("s")
    phase = draw.choice(("TRAIN", "TEST"))
    stages = draw.choice(((), (), (), (), ("s",), ("s", "t")))
    level = draw.choice((0, 0, 0, 1, 2))
    if draw.random() < 0.68:
        index = next(
            i for i, layer in enumerate(sketch.message.layer) if layer is subject or layer == subject
        )
        for _ in range(draw.choice((1, 1, 1, 1, 2, 3))):
            disturb(draw, sketch.message, min(index, len(sketch.message.layer) - 1), sketch.sources, schema)
    if draw.random() < 0.03:
        as_v1(draw, sketch.message)
    return Draft(sketch.message, layer_type, phase, stages, level)
