"""``Net``: a ``caffe.NetSpec`` that knows for which state it is being written, and minds what is written."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional

from netgen import interface
from netgen.dsl.layers import check_function
from netgen.dsl.message import net_message
from netgen.dsl.origin import functions_of, origin_of
from netgen.dsl.values import fill, split_parameters
from netgen.errors import LayerError, NetworkError, UnknownBlobError, calling_site, listed, nearest
from netgen.graph.phases import State
from netgen.graph.shape import Refusal, Shape
from netgen.graph.shapes import infer

if TYPE_CHECKING:
    from netgen.interface.standin import NetSpec
else:
    NetSpec = interface.NetSpec

__all__ = ["Net"]


class _Section:
    """Ends a section where ``with net.section(title):`` ends."""

    def __init__(self, net: Net, before: str) -> None:
        self._net = net
        self._before = before

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._net.section(self._before)


class Net(NetSpec):
    """A net being written: a ``caffe.NetSpec`` with a state.

    Parameters
    ----------
    phase : str
        ``"TRAIN"`` or ``"TEST"``: what Caffe will load it in.
    stages : sequence of str
        The stages that are on.
    deploying : bool
        Whether it is the deploy net, which Caffe loads in phase TEST.

    Notes
    -----
    Assigning a Top names its blob, as with any NetSpec: ``net.conv1 = L.Convolution(net.data, ...)``. A name
    that is a property or method here is still free as a blob's name through ``net["phase"]``.
    """

    def __init__(self, phase: str = "TRAIN", stages: Sequence[str] = (), deploying: bool = False) -> None:
        super().__init__()
        self._keep(
            _state=State(phase, tuple(stages)),
            _deploying=bool(deploying),
            _section="",
            _made={},
            _blobs={},
            _layer_names={},
            _declared={},
            _shapes={},
            _inferred={},
            _deleted=[],
        )

    def _keep(self, **values: Any) -> None:
        # NetSpec's __setattr__ would take these for blobs.
        self.__dict__.update(values)

    # -- the state -----------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The state for which the net is being written."""
        state: State = self.__dict__["_state"]
        return state

    @property
    def phase(self) -> str:
        """``"TRAIN"`` or ``"TEST"``; a deploy net is in TEST, as Caffe loads it."""
        return self.state.phase

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that are on."""
        return self.state.stages

    @property
    def training(self) -> bool:
        """Whether the train net's TRAIN phase is being written."""
        return self.state.phase == "TRAIN" and not self.deploying

    @property
    def testing(self) -> bool:
        """Whether the train net's TEST phase is being written."""
        return self.state.phase == "TEST" and not self.deploying

    @property
    def deploying(self) -> bool:
        """Whether the deploy net is being written."""
        return bool(self.__dict__["_deploying"])

    @property
    def phase_shown(self) -> str:
        """The phase as messages call it."""
        return "deploy" if self.deploying else str(self.state)

    def described(self) -> str:
        """Return how messages call this net."""
        return f"the evaluation for {self.phase_shown}"

    # -- sections ------------------------------------------------------------------------------------------

    @property
    def current_section(self) -> str:
        """The title under which layers are being written."""
        return str(self.__dict__["_section"])

    def section(self, title: str) -> _Section:
        """Begin a section: the emitted file has its title as a comment before the layers that follow.

        As a context manager it ends where the block ends: ``with net.section("encoder level 1"): ...``.
        """
        ended = _Section(self, self.current_section)
        self._keep(_section=" ".join(str(title).split()))
        return ended

    # -- blobs ---------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name) or name in self.__dict__:
            raise self._wrong(
                f"{name!r} cannot be assigned: it is a part of Net itself",
                mend=f"for a blob of that name write net[{name!r}] = ...",
            )
        self[name] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        tops = self.__dict__.get("tops", {})
        if name in tops:
            return tops[name]
        raise self._no_blob(name)

    def __getitem__(self, name: str) -> Any:
        if name in self.tops:
            return self.tops[name]
        raise self._no_blob(name)

    def _no_blob(self, name: str) -> UnknownBlobError:
        tops = self.__dict__.get("tops", {})
        guess = nearest(name, tops)
        return UnknownBlobError(
            f"net has no blob {name!r}; it has {listed(list(tops)[-20:]) or 'none yet'}",
            site=calling_site(),
            phase=self.phase_shown,
            mend=f"did you mean {guess}?" if guess else None,
        )

    def __contains__(self, name: object) -> bool:
        return name in self.tops

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tops})

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name:
            raise self._wrong(f"a blob's name is a string that is not empty, came {name!r}")
        blobs = self.__dict__["_blobs"]
        if isinstance(value, tuple) and value and all(isinstance(top, interface.Top) for top in value):
            names = ", ".join(f"net.{name}{i}" for i in range(1, len(value) + 1))
            raise self._wrong(
                f"{name!r}: a layer of {len(value)} tops was assigned to one name",
                mend=f"give each top a name: {names} = ...",
            )
        if not isinstance(value, (interface.Top, interface.Function)):
            raise self._wrong(
                f"{name!r}: a net holds Tops, came {value!r} ({type(value).__name__})",
                mend="keep values that are not layers in plain variables",
            )
        if isinstance(value, interface.Function) and value.ntop > 0:
            raise self._wrong(f"{name!r}: assign the layer's top, not its Function")
        if name in self.tops:
            if self.tops[name] is value:
                return
            before = origin_of(self._function(self.tops[name])).site
            raise self._wrong(
                f"{name!r} is the name of a blob already" + (f", made at {before}" if before else ""),
                mend=f"give the new blob a name of its own, or write `del net.{name}` first",
            )
        if value in blobs:
            raise self._wrong(
                f"{name!r}: this Top is named {blobs[value]!r} already, and a blob has one name"
            )
        function = self._function(value)
        for each in functions_of([function], self.__dict__["_made"]):
            self.adopt(each)
        if not function.ntop or value is function.tops[0]:
            self._name_layer(function, function.params.get("name", name))
        blobs[value] = name
        self.tops[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self.tops:
            raise self._no_blob(name)
        value = self.tops.pop(name)
        self.__dict__["_blobs"].pop(value, None)
        self.__dict__["_deleted"].append(self._function(value))
        names = self.__dict__["_layer_names"]
        for held in [each for each, function in names.items() if function is self._function(value)]:
            del names[held]

    def __delitem__(self, name: str) -> None:
        self.__delattr__(name)

    @staticmethod
    def _function(value: Any) -> Any:
        return value.fn if isinstance(value, interface.Top) else value

    def _wrong(self, message: str, mend: Optional[str] = None) -> LayerError:
        return LayerError(message, site=calling_site(), phase=self.phase_shown, mend=mend)

    def adopt(self, function: Any) -> None:
        """Take a layer into this net. For netgen's own use: writing and assigning layers does it."""
        origin = origin_of(function)
        made: dict[Any, None] = self.__dict__["_made"]
        if function in made:
            return
        if origin.owner is not None and origin.owner is not self:
            raise self._wrong(
                f"a {function.type_name} layer of {origin.owner.described()}"
                + (f", made at {origin.site}," if origin.site else "")
                + f" cannot stand in {self.described()}",
                mend="make the layer anew for this net",
            )
        if origin.owner is None:
            origin.owner = self
            origin.section = self.current_section
        made[function] = None
        name = function.params.get("name")
        if name is not None:
            self._name_layer(function, name)

    def _name_layer(self, function: Any, name: str) -> None:
        names = self.__dict__["_layer_names"]
        holder = names.setdefault(name, function)
        if holder is not function:
            before = origin_of(holder).site
            raise self._wrong(
                f"two layers are named {name!r}: a {holder.type_name}"
                + (f" made at {before}" if before else "")
                + f" and a {function.type_name}",
                mend="Caffe finds weights by the layer's name: give each its own with name='...'",
            )

    # -- shapes --------------------------------------------------------------------------------------------

    def declare_shape(self, top: Any, shape: Sequence[int]) -> None:
        """Tell the shape of a blob that only its data knows, so that ``shape`` can go on from there.

        Parameters
        ----------
        top : Top or str
            A data layer's top, say, or a blob's name.
        shape : sequence of int
            N x C x H x W.

        Raises
        ------
        LayerError
            For what is no Top, or no shape.
        """
        try:
            dims = tuple(operator.index(dim) for dim in shape)
        except TypeError:
            raise self._wrong(f"a shape is some whole numbers, came {shape!r}") from None
        if any(dim < 0 for dim in dims):
            raise self._wrong(f"a shape is whole numbers from 0 on, came {shape!r}")
        self.__dict__["_declared"][self._top(top, "declare_shape")] = dims
        # What was not known before may be now.
        self._keep(_shapes={}, _inferred={})

    def declared(self, function: Any) -> dict[int, Shape]:
        """Return the shapes that were declared for a layer's tops, by the tops' places."""
        known: dict[Any, Shape] = self.__dict__["_declared"]
        return {index: known[top] for index, top in enumerate(function.tops) if top in known}

    def shape(self, top: Any) -> Optional[Shape]:
        """Return the shape of a blob, N x C x H x W, or None where it cannot be known from what is written.

        Parameters
        ----------
        top : Top or str
            A Top, or a blob's name.

        Raises
        ------
        LayerError
            Where Caffe would refuse the layer or one above it, at the line where that layer was written.
        """
        top = self._top(top, "shape")
        shapes: dict[Any, Optional[Shape]] = self.__dict__["_shapes"]
        known: dict[Any, None] = self.__dict__["_inferred"]
        for function in functions_of([top.fn], known):
            self._infer(function, shapes)
            known[function] = None
        return shapes.get(top)

    def _top(self, top: Any, asked: str) -> Any:
        if isinstance(top, str):
            top = self[top]
        if not isinstance(top, interface.Top):
            raise self._wrong(f"{asked}() wants a Top or a blob's name, came {top!r}")
        return top

    def _infer(self, function: Any, shapes: dict[Any, Optional[Shape]]) -> None:
        layer = interface.caffe_pb2.LayerParameter()
        layer.type = function.type_name
        plain = function.params
        if not origin_of(function).checked:
            plain = check_function(function, self._name_of(function) or function.type_name)
        fill(layer, split_parameters(function.type_name, plain))
        bottoms = [shapes.get(bottom) for bottom in function.inputs]
        try:
            tops = infer(layer, bottoms, function.ntop)
        except Refusal as error:
            raise LayerError(
                f"{function.type_name}: {error.message}",
                site=origin_of(function).site or calling_site(),
                layer=self._name_of(function),
                phase=self.phase_shown,
                mend=error.mend,
            ) from None
        declared = self.__dict__["_declared"]
        for top, shape in zip(function.tops, tops):
            shapes[top] = declared.get(top, shape)

    def _name_of(self, function: Any) -> Optional[str]:
        """Return the layer's name as it is known by now."""
        name: Optional[str] = function.params.get("name")
        return name or self.__dict__["_blobs"].get(function.tops[0] if function.tops else function)

    # -- the message ---------------------------------------------------------------------------------------

    def to_proto(self) -> Any:
        """Return the net as a NetParameter."""
        return net_message(self)[0]

    def check_used(self) -> None:
        """Refuse layers that were made and are not part of the net: NetSpec would drop them silently."""
        # What was deleted by name was not forgotten by mistake.
        kept = [self._function(value) for value in self.tops.values()]
        used = set(functions_of([*kept, *self.__dict__["_deleted"]]))
        for function in self.__dict__["_made"]:
            if function not in used:
                name = function.params.get("name")
                raise NetworkError(
                    f"this {function.type_name} layer is not part of the net: nothing that is assigned to "
                    "the net is computed from it",
                    site=origin_of(function).site,
                    layer=name,
                    phase=self.phase_shown,
                    mend="assign it (net.some_name = ...), or don't make it",
                )
