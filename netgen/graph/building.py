"""The building of a net, layer by layer: what Caffe's ``Net::Init`` does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Optional

from netgen.graph import refusals
from netgen.graph.parts import Blob, FieldPath, Layer, NetGraph, Problem
from netgen.graph.phases import State, keeps, phase_of
from netgen.graph.setup.files import FileRefusal
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.setup.registry import check_loss_weights, layer_types, set_up
from netgen.graph.setup.weights import written_shape
from netgen.graph.shape import UNSHAPED, Refusal, Shape
from netgen.graph.sharing import Parameters
from netgen.graph.splits import Entry, insert_splits
from netgen.schema import registry

__all__ = ["Builder", "Remembered"]

_FLOAT = 4  # bytes
# The schemas of which there is one build, without cuDNN.
_WITHOUT_CUDNN = ("kendryte",)


class Remembered(NamedTuple):
    """What is remembered of layers that were set up before, for their equals in other nets and phases.

    Hand the same one to several ``load``s of one schema: nets are made of few kinds of layers.
    """

    made: dict[Any, Any]
    fields: dict[str, Optional[tuple[str, ...]]]

    @classmethod
    def new(cls) -> Remembered:
        """Return one that remembers nothing yet."""
        return cls({}, {})


class Builder:
    """The making of one NetGraph."""

    def __init__(self, message: Any, state: State, schema: Any, files: Any, remembered: Remembered) -> None:
        own_stages = tuple(message.state.stage) if message.HasField("state") else ()
        if own_stages:
            state = State(state.phase, (*own_stages, *state.stages), state.level)
        self.net = NetGraph(message, state)
        self.phase = state.phase
        self.schema = schema
        self.types: dict[str, LayerType] = layer_types("netgen" if schema is None else schema.name)
        # A Caffe too old for Input layers has inputs of a net, which the upgrade makes one of.
        known: Any = None if schema is None or schema.open_types else schema.layer_types | {"Input"}
        self.registered = known
        self.files = files
        self.cudnn = schema is None or schema.name not in _WITHOUT_CUDNN
        self.remembered = remembered
        self.declared: Mapping[tuple[int, int], Shape] = {}
        self.own_types: frozenset[str] = frozenset()
        # Caffe's two maps: the blobs that a bottom can name, and those that no layer has read yet.
        self.by_name: dict[str, Blob] = self.net._by_name
        self.available: set[str] = set()
        self.parameters = Parameters()
        self.unknown: dict[tuple[Optional[int], FieldPath], Problem] = {}

    def build(self) -> NetGraph:
        """Build the net."""
        net = self.net
        kept = list(self._filter())
        split_message = type(kept[0][1])(type="Split") if kept else None
        entries, unknown = insert_splits(kept, split_message, self.phase)
        net.problems += unknown
        self.unknown = {(problem.source, problem.field): problem for problem in reversed(unknown)}
        for entry in entries:
            self._layer(entry)
        net.parameter_count = self.parameters.count
        self._backward()
        net.outputs = sorted(self.available, key=lambda name: name.encode("utf-8", "surrogatepass"))
        return net

    def _problem(self, layer: Layer, refusal: Refusal, blob: Optional[str] = None) -> None:
        problem = Problem(
            refusal.kind,
            refusal.message,
            refusal.mend,
            layer.source,
            refusal.field,
            layer.name,
            blob,
            self.phase,
        )
        self.net.problems.append(problem)
        if layer.problem is None:
            layer.problem = problem

    def _filter(self) -> Iterator[tuple[int, Any]]:
        """Yield the layers that the state keeps (``Net::FilterNet``)."""
        state = self.net.state
        for index, layer in enumerate(self.net.message.layer):
            if layer.include:
                if layer.exclude:
                    self.net.problems.append(refusals.both_rules(index, layer, self.phase))
            elif not layer.exclude:
                yield index, layer
                continue
            if keeps(layer, state):
                yield index, layer

    # ---- one layer ----

    def _layer(self, entry: Entry) -> None:
        net = self.net
        source, message, name, layer_type, bottom_names, top_names, weights, is_split = entry
        phase = self.phase if is_split else phase_of(message) or self.phase
        layer = Layer(
            len(net.layers), source, message, name, layer_type, phase, bottom_names, top_names, is_split
        )
        net.layers.append(layer)
        down: list[bool] = []
        specs: list[Any] = []
        if not is_split:
            net._by_type.setdefault(layer_type, []).append(layer)
            if message.propagate_down:
                down = list(message.propagate_down)
                if len(down) != len(bottom_names):
                    self._problem(layer, refusals.propagation(len(down), len(bottom_names)))
                    down = []
            specs = list(message.param)
        kind = self.types.get(layer_type)
        if (
            self.registered is not None
            and layer_type not in self.registered
            and layer_type not in self.own_types
        ):
            self._problem(layer, refusals.unregistered(layer_type, self.schema))
            kind = None

        need_backward = self._connect_bottoms(layer, down)
        in_place = self._connect_tops(layer, kind)
        rates = [spec.lr_mult for spec in specs]
        # A layer whose bottom nothing makes may have other mistakes, which need no bottom to be seen.
        if kind is not None and (layer.problem is None or layer.problem.kind == "bottom"):
            self._set_up(layer, kind, in_place, weights, specs, rates)
        else:
            layer.params = None
            self._shape(layer, (None,) * len(layer.tops))
            self._weigh(layer, weights)
            net.memory = layer.memory = None
        # lr_mult is 1 where it is not given; where the number of blobs is unknown, what is written counts.
        params = layer.params
        if not need_backward and (rates if params is None else params):
            need_backward = (params is not None and len(params) > len(rates)) or any(
                rates if params is None else rates[: len(params)]
            )
        if need_backward:
            layer.need_backward = True
            for blob in layer.tops:
                blob.need_backward = True

    def _connect_bottoms(self, layer: Layer, down: list[bool]) -> bool:
        """Give a layer its bottoms (``Net::AppendBottom``); tell whether one of them needs backward."""
        need_backward = False
        for index, name in enumerate(layer.bottom_names):
            if name in self.available:
                self.available.discard(name)
                blob = self.by_name[name]
                blob.consumers.append(layer)
            elif name in self.by_name:
                # Each reader has a copy of its own, so this is a name that Caffe makes up, taken before.
                blob = self.by_name[name]
                blob.consumers.append(layer)
                self._problem(layer, refusals.taken(name), name)
            else:
                blob = Blob(name, -1, None)  # said when Splits were put in
                if layer.problem is None:
                    layer.problem = self.unknown.get((layer.source, ("bottom", index)))
            layer.bottoms.append(blob)
            need_backward = need_backward or blob.need_backward
            layer.bottom_need_backward.append(down[index] if down else blob.need_backward)
        layer.bottom_shapes = tuple([blob.shape for blob in layer.bottoms])
        return need_backward

    def _connect_tops(self, layer: Layer, kind: Optional[LayerType]) -> tuple[int, ...]:
        """Give a layer its tops (``Net::AppendTop``), those included that Caffe makes by itself.

        Returns the bottom that each top is, -1 where it is none.
        """
        blobs, by_name = self.net.blobs, self.by_name
        bottom_names = layer.bottom_names
        in_place = []
        for index, name in enumerate(layer.top_names):
            if index < len(bottom_names) and bottom_names[index] == name and name in by_name:
                blob = by_name[name]
                blob.writers.append(layer)
                in_place.append(index)
            else:
                in_place.append(-1)
                if name in by_name:
                    self._problem(layer, refusals.doubled(layer, index, by_name[name]), name)
                blob = Blob(name, len(blobs), layer)
                blobs.append(blob)
                by_name[name] = blob
                if layer.is_split:
                    blob.origin = layer.bottoms[0].origin
            layer.tops.append(blob)
            self.available.add(name)
        if kind is not None and kind.auto_tops:
            for _ in range(len(layer.tops), kind.least_tops):
                blob = Blob("(automatic)", len(blobs), layer)
                blobs.append(blob)
                layer.tops.append(blob)
                in_place.append(-1)
        return tuple(in_place)

    def _set_up(
        self,
        layer: Layer,
        kind: LayerType,
        in_place: tuple[int, ...],
        weights: list[float],
        specs: list[Any],
        rates: list[float],
    ) -> None:
        """Set a layer up, weigh its tops and take its parameters in."""
        net = self.net
        try:
            made = self._made(layer, kind, in_place, tuple(weights), tuple(rates))
        except Refusal as refusal:
            self._problem(layer, refusal)
            made = _kept(Made((None,) * len(layer.tops), None))
            if isinstance(refusal, FileRefusal) and refusal.made is not None:
                made = _kept(refusal.made)
        self._shape(layer, made.tops)
        layer.params = made.params
        if kind.loss and not weights:
            weights = [1.0]
        if weights and layer.problem is None:
            try:
                check_loss_weights(weights, layer.top_shapes)
            except Refusal as refusal:
                self._problem(layer, refusal)
        self._weigh(layer, weights)
        size = made.size if layer.top_shapes is made.tops else _size(layer.top_shapes)
        net.memory = layer.memory = None if net.memory is None or size is None else net.memory + size
        if layer.problem is not None or made.params is None:
            return
        if len(specs) > len(made.params):
            self._problem(layer, refusals.too_many_params(len(specs), len(made.params)))
        elif not specs:
            self.parameters.count += made.numbers
        else:
            try:
                self.parameters.append(layer, specs)
            except Refusal as refusal:
                self._problem(layer, refusal)

    def _made(
        self,
        layer: Layer,
        kind: LayerType,
        in_place: tuple[int, ...],
        weights: tuple[float, ...],
        rates: tuple[float, ...],
    ) -> _Kept:
        """Set a layer up, or remember what came of an equal one."""
        message, shapes = layer.message, layer.bottom_shapes
        blobs: tuple[Shape, ...] = ()
        if message.blobs:
            blobs = tuple([written_shape(blob, ("blobs", i)) for i, blob in enumerate(message.blobs)])
        fields = None if layer.type in self.own_types else self._fields(layer.type)
        if fields is None or kind.reads_files or () in shapes:
            # Scalars are few, and equal to blobs without a shape, of which other things are true.
            return self._made_anew(layer, kind, in_place, blobs, weights, rates)
        key: Any = (
            layer.type,
            shapes,
            layer.phase,
            in_place,
            blobs,
            weights,
            rates,
            *[
                getattr(message, field).SerializePartialToString() if message.HasField(field) else None
                for field in fields
            ],
        )
        known = self.remembered.made.get(key)
        if known is None:
            try:
                known = self._made_anew(layer, kind, in_place, blobs, weights, rates)
            except Refusal as refusal:
                known = refusal
            self.remembered.made[key] = known
        if isinstance(known, Refusal):
            # Raised anew, or what it has passed through each time would stay with it.
            raise known.with_traceback(None)
        return known

    def _made_anew(
        self,
        layer: Layer,
        kind: LayerType,
        in_place: tuple[int, ...],
        blobs: tuple[Shape, ...],
        weights: tuple[float, ...],
        rates: tuple[float, ...],
    ) -> _Kept:
        setup = Setup(
            layer.message,
            layer.bottom_shapes,
            len(layer.tops),
            layer.phase,
            in_place,
            blobs,
            self.files,
            weights,
            rates,
            self.cudnn,
        )
        return _kept(set_up(setup, kind))

    def _fields(self, layer_type: str) -> Optional[tuple[str, ...]]:
        """Return the fields that a type's rule reads, None where that is not known."""
        fields = self.remembered.fields
        if layer_type not in fields:
            if self.schema is None:
                found = registry.used_fields(layer_type) if layer_type in registry.layer_types() else None
            else:
                found = (
                    tuple(self.schema.used_fields(layer_type))
                    if layer_type in self.schema.layer_types
                    else None
                )
            fields[layer_type] = found
        return fields[layer_type]

    def _shape(self, layer: Layer, shapes: tuple[MaybeShape, ...]) -> None:
        """Give a layer's tops their shapes, those that are declared where they cannot be inferred."""
        if self.declared and None in shapes and not layer.is_split and layer.problem is None:
            declared = [self.declared.get((layer.source, top)) for top in range(len(shapes))]
            shapes = tuple([known if shape is None else shape for shape, known in zip(shapes, declared)])
        layer.top_shapes = shapes
        for blob, shape in zip(layer.tops, shapes):
            blob.shape = shape

    def _weigh(self, layer: Layer, weights: list[float]) -> None:
        """Set the loss weights of a layer's tops (``Layer::SetLossWeights``)."""
        count = len(layer.tops)
        if not weights:
            layer.loss_weights = [0.0] * count
            for blob in layer.tops:
                if blob.loss_weight:
                    blob.loss_weight = 0.0  # that of the layer whose top it works on in place
            return
        layer.loss_weights = (weights + [0.0] * (count - len(weights)))[:count]
        for blob, weight in zip(layer.tops, layer.loss_weights):
            blob.loss_weight = weight

    # ---- the whole net ----

    def _backward(self) -> None:
        """Find the layers that need backward: those between what learns and a loss (``Net::Init``)."""
        under_loss: set[str] = set()
        skipped: set[str] = set()
        for layer in reversed(self.net.layers):
            contributes = False
            skips = True
            for blob, weight in zip(layer.tops, layer.loss_weights):
                if weight or blob.name in under_loss:
                    contributes = True
                if blob.name not in skipped:
                    skips = False
                if contributes and not skips:
                    break
            if layer.need_backward and skips:
                layer.need_backward = False
                layer.bottom_need_backward = [False] * len(layer.bottoms)
            if not contributes:
                layer.need_backward = False
            for index, blob in enumerate(layer.bottoms):
                if contributes:
                    under_loss.add(blob.name)
                else:
                    layer.bottom_need_backward[index] = False
                if not layer.bottom_need_backward[index]:
                    skipped.add(blob.name)
        if self.net.message.force_backward:
            for layer in self.net.layers:
                layer.need_backward = True
                kind = self.types.get(layer.type)
                left_alone = kind.no_force_backward if kind is not None else ()
                for index, blob in enumerate(layer.bottoms):
                    if index not in left_alone:
                        layer.bottom_need_backward[index] = True
                    blob.need_backward = blob.need_backward or layer.bottom_need_backward[index]


class _Kept(NamedTuple):
    """What setting a layer up gave, with what follows from it."""

    tops: tuple[MaybeShape, ...]
    params: Optional[list[MaybeShape]]
    size: Optional[int]
    """Bytes of the tops; None where a shape is unknown."""
    numbers: int
    """Numbers in parameter blobs of known shape."""


def _kept(made: Made) -> _Kept:
    tops = tuple(made.tops)
    params = None if made.params is None else list(made.params)
    numbers = sum([math.prod(shape) for shape in params or () if shape is not None])
    return _Kept(tops, params, _size(tops), numbers)


def _size(shapes: tuple[MaybeShape, ...]) -> Optional[int]:
    if None in shapes:
        return None
    return _FLOAT * sum([math.prod(shape) for shape in shapes if shape is not None and shape is not UNSHAPED])
