"""A net as Caffe builds it from a NetParameter, without Caffe: ``Net::Init``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Optional

from netgen.graph import refusals
from netgen.graph.parts import Blob, Layer, Problem
from netgen.graph.phases import State, keeps
from netgen.graph.setup.files import FileRefusal
from netgen.graph.setup.kinds import LayerType, Made, MaybeShape, Setup
from netgen.graph.setup.registry import check_loss_weights, layer_types, set_up
from netgen.graph.setup.weights import written_shape
from netgen.graph.shape import UNSHAPED, Refusal, Shape
from netgen.graph.sharing import Parameters
from netgen.graph.splits import Entry, insert_splits
from netgen.schema import registry

__all__ = ["NetGraph", "Remembered", "load"]

_FLOAT = 4  # bytes


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


class NetGraph:
    """A net in one state.

    Parameters
    ----------
    message : NetParameter
        The net, upgraded.
    state : State
        The state that it is built for.
    """

    __slots__ = (
        "_by_name",
        "_by_type",
        "blobs",
        "layers",
        "memory",
        "message",
        "outputs",
        "parameter_count",
        "problems",
        "state",
    )

    def __init__(self, message: Any, state: State) -> None:
        self.message = message
        self.state = state
        self.layers: list[Layer] = []
        """In Caffe's order, Splits included."""
        self.blobs: list[Blob] = []
        """In Caffe's order."""
        self.problems: list[Problem] = []
        """In the order in which Caffe would find them: it would go no further than the first."""
        self.memory: Optional[int] = 0
        """Caffe's "Memory required for data", bytes; None where a shape is unknown."""
        self.outputs: list[str] = []
        """The blobs that no layer reads, sorted as Caffe sorts them."""
        self.parameter_count = 0
        """Of all parameter blobs whose shape is known, shared ones counted once."""
        self._by_name: dict[str, Blob] = {}
        self._by_type: dict[str, list[Layer]] = {}

    def blob(self, name: str) -> Optional[Blob]:
        """Return the blob of a name, None where there is none."""
        return self._by_name.get(name)

    def by_type(self, *types: str) -> list[Layer]:
        """Return the layers of some types, Splits that Caffe puts in left out."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        found = [layer for name in types for layer in self._by_type.get(name, ())]
        found.sort(key=lambda layer: layer.index)
        return found

    def own_layers(self) -> Iterator[Layer]:
        """Yield the layers of the file, without the Splits that Caffe puts in."""
        return (layer for layer in self.layers if not layer.is_split)

    def unsplit(self, layer: Layer, bottom: int) -> Blob:
        """Return the blob of the file that a layer reads, whether through a Split or not."""
        return layer.bottoms[bottom].origin


def load(
    message: Any,
    state: State,
    schema: Any = None,
    *,
    files: Any = None,
    remembered: Optional[Remembered] = None,
    declared: Optional[Mapping[tuple[int, int], Shape]] = None,
    types: Optional[Mapping[str, LayerType]] = None,
) -> NetGraph:
    """Build a net as Caffe would.

    Parameters
    ----------
    message : NetParameter
        The net, upgraded (``netgen.graph.upgrade``).
    state : State
        The phase, the level, and stages beside those that the net's own ``state`` has.
    schema : netgen.schema.Schema, optional
        Whose layer types there are; without it every type that netgen has a rule for.
    files : optional
        How data layers look at files; without it they don't.
    remembered : Remembered, optional
        What was learnt of equal layers before.
    declared : mapping, optional
        Shapes of tops that cannot be inferred, by the layer's index in the message and the top's.
    types : mapping, optional
        Rules for layer types of one's own, or in place of netgen's.

    Returns
    -------
    NetGraph
        Always: what is wrong is in its ``problems``, and what cannot be known is None.

    Notes
    -----
    The order of things is that of ``Net::Init``: filtering, Splits (all bottoms looked up), then layer for
    layer its type, bottoms, tops, set-up and parameters; at last which layers need backward.
    """
    builder = _Builder(message, state, schema, files, remembered or Remembered.new())
    builder.declared = declared or {}
    if types:
        builder.types = {**builder.types, **types}
        builder.own_types = frozenset(types)
    return builder.build()


class _Builder:
    """The making of one NetGraph."""

    def __init__(self, message: Any, state: State, schema: Any, files: Any, remembered: Remembered) -> None:
        own_stages = tuple(message.state.stage) if message.HasField("state") else ()
        if own_stages:
            state = State(state.phase, (*own_stages, *state.stages), state.level)
        self.net = NetGraph(message, state)
        self.phase = state.phase
        self.schema = schema
        self.types: dict[str, LayerType] = layer_types("netgen" if schema is None else schema.name)
        self.registered: Any = None if schema is None or schema.open_types else schema.layer_types
        self.files = files
        self.remembered = remembered
        self.declared: Mapping[tuple[int, int], Shape] = {}
        self.own_types: frozenset[str] = frozenset()
        # Caffe's two maps: the blobs that a bottom can name, and those that no layer has read yet.
        self.by_name: dict[str, Blob] = self.net._by_name
        self.available: set[str] = set()
        self.parameters = Parameters()

    def build(self) -> NetGraph:
        net = self.net
        kept = list(self._filter())
        split_message = type(kept[0][1])(type="Split") if kept else None
        entries, unknown = insert_splits(kept, split_message, self.phase)
        net.problems += unknown
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
        net, message = self.net, entry.message
        phase = self.phase
        if not entry.is_split and message.HasField("phase"):
            phase = "TEST" if message.phase == 1 else "TRAIN"
        layer = Layer(len(net.layers), entry.source, message, entry.name, entry.type, phase, entry.is_split)
        layer.bottom_names, layer.top_names = entry.bottoms, entry.tops
        net.layers.append(layer)
        down: list[bool] = []
        if not entry.is_split:
            net._by_type.setdefault(entry.type, []).append(layer)
            if message.propagate_down:
                down = list(message.propagate_down)
                if len(down) != len(entry.bottoms):
                    self._problem(layer, refusals.propagation(len(down), len(entry.bottoms)))
                    down = []
        kind = self.types.get(entry.type)
        if (
            self.registered is not None
            and entry.type not in self.registered
            and entry.type not in self.own_types
        ):
            self._problem(layer, refusals.unregistered(entry.type, self.schema))
            kind = None

        need_backward = self._connect_bottoms(layer, down)
        self._connect_tops(layer, kind)
        params = [] if entry.is_split or not message.param else list(message.param)
        if layer.problem is None and kind is not None:
            self._set_up(layer, kind, entry.loss_weights, params)
        else:
            layer.params = None
            self._shape(layer, (None,) * len(layer.tops))
            self._weigh(layer, kind, entry.loss_weights)
            net.memory = layer.memory = None
        if layer.params is None:
            # Unknown in number: what is written is all there is to go by.
            need_backward = need_backward or any(spec.lr_mult != 0 for spec in params)
        elif len(layer.params) > len(params):
            need_backward = True  # lr_mult is 1 where it is not given
        else:
            need_backward = need_backward or any(spec.lr_mult != 0 for spec in params[: len(layer.params)])
        layer.need_backward = need_backward
        if need_backward:
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
                    layer.problem = self._known_problem(layer, index)
            layer.bottoms.append(blob)
            need_backward = need_backward or blob.need_backward
            layer.bottom_need_backward.append(down[index] if down else blob.need_backward)
        layer.bottom_shapes = tuple([blob.shape for blob in layer.bottoms])
        return need_backward

    def _known_problem(self, layer: Layer, bottom: int) -> Optional[Problem]:
        for problem in self.net.problems:
            if problem.source == layer.source and problem.field == ("bottom", bottom):
                return problem
        return None

    def _connect_tops(self, layer: Layer, kind: Optional[LayerType]) -> None:
        """Give a layer its tops (``Net::AppendTop``), those included that Caffe makes by itself."""
        blobs, by_name = self.net.blobs, self.by_name
        bottom_names = layer.bottom_names
        for index, name in enumerate(layer.top_names):
            if index < len(bottom_names) and bottom_names[index] == name and name in by_name:
                blob = by_name[name]
                blob.writers.append(layer)
            else:
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
            needed = max(kind.min_tops or -1, kind.exact_tops or -1)
            for _ in range(len(layer.tops), needed):
                blob = Blob("(automatic)", len(blobs), layer)
                blobs.append(blob)
                layer.tops.append(blob)

    def _set_up(self, layer: Layer, kind: LayerType, weights: list[float], specs: list[Any]) -> None:
        """Set a layer up, weigh its tops and take its parameters in."""
        net = self.net
        tops = layer.tops
        try:
            made = self._made(layer, kind, tuple(weights), tuple([spec.lr_mult for spec in specs]))
        except Refusal as refusal:
            self._problem(layer, refusal)
            made = Made((None,) * len(tops), None)
            if isinstance(refusal, FileRefusal) and refusal.made is not None:
                made = refusal.made
        self._shape(layer, tuple(made.tops))
        layer.params = None if made.params is None else list(made.params)
        try:
            if layer.problem is None:
                given = weights or ([1.0] if kind.loss else [])
                check_loss_weights(given, layer.top_shapes)
        except Refusal as refusal:
            self._problem(layer, refusal)
        self._weigh(layer, kind, weights)
        if net.memory is not None:
            if None in layer.top_shapes:
                net.memory = None
            else:
                net.memory += _FLOAT * sum(
                    [
                        math.prod(shape)
                        for shape in layer.top_shapes
                        if shape is not None and shape is not UNSHAPED
                    ]
                )
        layer.memory = net.memory
        if layer.problem is not None or layer.params is None:
            return
        if len(specs) > len(layer.params):
            self._problem(layer, refusals.too_many_params(len(specs), len(layer.params)))
            return
        if layer.params:
            try:
                self.parameters.append(layer, specs)
            except Refusal as refusal:
                self._problem(layer, refusal)

    def _made(
        self, layer: Layer, kind: LayerType, weights: tuple[float, ...], rates: tuple[float, ...]
    ) -> Made:
        """Set a layer up, or remember what came of an equal one."""
        bottoms, tops, message = layer.bottoms, layer.tops, layer.message
        in_place = tuple(
            [
                i if i < len(bottoms) and blob is bottoms[i] else _same(blob, bottoms)
                for i, blob in enumerate(tops)
            ]
        )
        blobs: tuple[Shape, ...] = ()
        if message.blobs:
            blobs = tuple([written_shape(blob, ("blobs", i)) for i, blob in enumerate(message.blobs)])
        setup = Setup(
            message,
            layer.bottom_shapes,
            len(tops),
            layer.phase,
            in_place,
            blobs,
            self.files,
            weights,
            rates,
        )
        fields = None if layer.type in self.own_types else self._fields(layer.type)
        if fields is None or kind.reads_files or () in layer.bottom_shapes:
            # Scalars are few, and equal to blobs without a shape, of which other things are true.
            return set_up(setup, kind)
        key = (
            layer.type,
            layer.bottom_shapes,
            len(tops),
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
                known = set_up(setup, kind)
            except Refusal as refusal:
                known = refusal
            self.remembered.made[key] = known
        if isinstance(known, Refusal):
            raise known
        made: Made = known
        return made

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

    def _weigh(self, layer: Layer, kind: Optional[LayerType], weights: list[float]) -> None:
        """Set the loss weights of a layer's tops (``Layer::SetLossWeights``)."""
        if not weights and kind is not None and kind.loss:
            weights = [1.0]
        count = len(layer.tops)
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


def _same(blob: Blob, bottoms: list[Blob]) -> int:
    for index, bottom in enumerate(bottoms):
        if bottom is blob:
            return index
    return -1
