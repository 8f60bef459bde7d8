"""NetSpec, layers and params for where no Caffe is installed.

A script written for ``caffe.NetSpec`` gives the same NetParameter here, name for name. Nothing recurses, so a
chain of unnamed layers may be of any length, and what is wrong is said in terms of the script: the real one's
``KeyError``, ``IndexError`` and protobuf errors come as a LayerError that names layer and parameter. What the
real one refuses is refused here too, since a script should not stop working where Caffe is installed.
"""

from __future__ import annotations

import operator
import reprlib
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Callable

from netgen.errors import LayerError, NetgenError, nearest
from netgen.schema import caffe_pb2, layer_types, spec_field

__all__ = [
    "Function",
    "Layers",
    "NetSpec",
    "Parameters",
    "Top",
    "assign_proto",
    "layers",
    "params",
    "to_proto",
]

_SUFFIX = "Parameter"


class _MissingTopError(NetgenError, AttributeError, KeyError):
    """A net has no top of that name: an AttributeError for ``hasattr``, the KeyError that Caffe's raises."""


class _MissingConstantError(NetgenError, AttributeError):
    """Caffe's schema has no message or constant of that name."""


class Top:
    """One output blob of a layer.

    Parameters
    ----------
    fn : Function
        The layer.
    n : int
        Which of its tops, from 0.
    """

    def __init__(self, fn: Function, n: int) -> None:
        self.fn = fn
        self.n = n

    def to_proto(self) -> Any:
        """Return the NetParameter of every layer that this top needs, with names made up for all."""
        return to_proto(self)

    def _to_proto(self, layers: dict[Function, Any], names: dict[Any, str], autonames: Counter[str]) -> None:
        self.fn._to_proto(layers, names, autonames)


class Function:
    """A layer: its type, its inputs and what was said about it.

    Parameters
    ----------
    type_name : str
        Such as ``Convolution``.
    inputs : sequence of Top
        The bottoms.
    params : dict
        The keywords. ``ntop`` and ``in_place`` are taken out of it; the rest is written to the layer when the
        net is.

    Raises
    ------
    LayerError
        An input is not a Top, or ``ntop`` is not a whole number.
    """

    def __init__(self, type_name: str, inputs: Any, params: dict[str, Any]) -> None:
        for index, given in enumerate(inputs):
            if not isinstance(given, Top):
                raise LayerError(
                    f"input {index} of {type_name} is not a Top but {_described(given)}",
                    mend=_mend_for_input(given),
                )
        self.type_name = type_name
        self.inputs = inputs
        self.params = params
        self.ntop = params.pop("ntop", 1)
        self.in_place = params.pop("in_place", False)
        try:
            count = operator.index(self.ntop)
        except TypeError:
            raise LayerError(f"ntop of {type_name} is {self.ntop!r}, expected a whole number") from None
        self.tops = tuple(Top(self, n) for n in range(count))

    def _to_proto(self, layers: dict[Function, Any], names: dict[Any, str], autonames: Counter[str]) -> None:
        for fn in _missing(self, layers):
            layers[fn] = fn._layer(layers, names, autonames)

    def _layer(self, layers: Mapping[Function, Any], names: dict[Any, str], autonames: Counter[str]) -> Any:
        layer = caffe_pb2.LayerParameter(type=self.type_name)
        layer.bottom.extend(_bottom(top, layers, self.type_name) for top in self.inputs)
        if self.in_place:
            layer.top.extend(layer.bottom)
        else:
            layer.top.extend(_named(top, self.type_name, names, autonames) for top in self.tops)
        if self not in names:
            first = self.tops[0] if self.tops else self
            names[self] = _named(first, self.type_name, names, autonames)
        layer.name = names[self]
        for key, value in self.params.items():
            self._write(layer, key, value)
        return layer

    def _write(self, layer: Any, key: str, value: Any) -> None:
        own = spec_field(self.type_name)
        try:
            if own is None or key.endswith("param"):
                assign_proto(layer, key, value)
                return
            try:
                assign_proto(getattr(layer, own), key, value)
            except (AttributeError, KeyError):
                if key not in layer.DESCRIPTOR.fields_by_name:
                    raise
                assign_proto(layer, key, value)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise _unwritable(layer, own, key, value, error) from error


class NetSpec:
    """The named tops of a net, held as attributes or items.

    Attributes
    ----------
    tops : OrderedDict
        Name to Top (or to Function, for a layer without tops), in the order of assignment.
    """

    tops: OrderedDict[str, Any]

    def __init__(self) -> None:
        super().__setattr__("tops", OrderedDict())

    def __setattr__(self, name: str, value: Any) -> None:
        self.tops[name] = value

    def __getattr__(self, name: str) -> Any:
        if name == "tops":  # not yet there: copy and pickle make an object before they fill it
            raise AttributeError(name)
        try:
            return self.tops[name]
        except KeyError:
            raise _no_such_top(name, self.tops) from None

    def __setitem__(self, key: str, value: Any) -> None:
        self.__setattr__(key, value)

    def __getitem__(self, item: str) -> Any:
        return self.__getattr__(item)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name in self.tops if isinstance(name, str))})

    def to_proto(self) -> Any:
        """Return the NetParameter of every layer that the assigned tops need, under the assigned names.

        Raises
        ------
        LayerError
            Something other than a Top or a Function was assigned, or a parameter cannot be written.
        """
        names: dict[Any, str] = {}
        for name, top in self.tops.items():
            if not isinstance(top, (Top, Function)):
                raise LayerError(
                    f"{name} of the net is not a Top but {_described(top)}", mend=_mend_for_top(top)
                )
            names[top] = name
        layers: dict[Function, Any] = {}
        autonames: Counter[str] = Counter()
        for top in self.tops.values():
            top._to_proto(layers, names, autonames)
        return caffe_pb2.NetParameter(layer=layers.values())


class Layers:
    """A function for every type of layer: ``Layers().Convolution(bottom, num_output=8)`` is its Top.

    A layer with several tops gives a tuple of them, one with ``ntop=0`` its Function.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):  # what Python asks of every object is no layer
            raise AttributeError(name)

        def layer(*inputs: Any, **params: Any) -> Any:
            fn = Function(name, inputs, params)
            if fn.ntop == 0:
                return fn
            return fn.tops[0] if fn.ntop == 1 else fn.tops

        layer.__name__ = layer.__qualname__ = name
        return layer

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *layer_types()]


class Parameters:
    """The constants of Caffe's messages: ``Parameters().Pooling.MAX``."""

    def __getattr__(self, name: str) -> _Constants:
        message = getattr(caffe_pb2, f"{name}{_SUFFIX}", None)
        if message is None:
            raise _MissingConstantError(f"Caffe has no parameters {name!r}{_did_you_mean(name, dir(self))}")
        return _Constants(name, message)

    def __dir__(self) -> list[str]:
        found = (name for name in caffe_pb2.__all__ if name.endswith(_SUFFIX))
        return [name[: -len(_SUFFIX)] for name in found]


class _Constants:
    def __init__(self, name: str, message: Any) -> None:
        self._name = name
        self._message = message

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._message, name)
        except AttributeError:
            meant = _did_you_mean(name, dir(self))
            raise _MissingConstantError(f"{self._name} has no constant {name!r}{meant}") from None

    def __dir__(self) -> list[str]:
        return list(self._message.DESCRIPTOR.enum_values_by_name)


def to_proto(*tops: Top) -> Any:
    """Return the NetParameter of every layer that the tops need, with names made up for all.

    Parameters
    ----------
    *tops : Top
        In the order in which their layers should come.

    Raises
    ------
    LayerError
        Something other than a Top came, or a parameter cannot be written.
    """
    layers: dict[Function, Any] = {}
    autonames: Counter[str] = Counter()
    for top in tops:
        if not isinstance(top, Top):
            raise LayerError(f"to_proto takes tops, not {_described(top)}")
        # Names are made anew for each top, as Caffe does; the numbers in them run on.
        top._to_proto(layers, {}, autonames)
    return caffe_pb2.NetParameter(layer=layers.values())


def assign_proto(proto: Any, name: str, val: Any) -> None:
    """Set a field of a message from plain Python.

    A dict fills a message, a list of dicts a repeated message, a list a repeated field; a bare value or dict
    given to a repeated field is its only element. Enums go by number.

    Parameters
    ----------
    proto : Message
        The message that has the field.
    name : str
        The field's name.
    val : object
        Its value.

    Raises
    ------
    AttributeError
        There is no such field, or a list or message came for a field that takes neither.
    TypeError, ValueError
        The value is not one that the field can hold, or is an empty list.
    """
    known = proto.DESCRIPTOR.fields_by_name
    if name not in known:
        raise AttributeError(f"{proto.DESCRIPTOR.name} has no field {name!r}{_did_you_mean(name, known)}")
    held = getattr(proto, name)
    if hasattr(held, "extend"):
        values = val if isinstance(val, list) else [val]
        if not values:
            raise ValueError("an empty list")
        if not isinstance(values[0], dict):
            held.extend(values)
            return
        for value in values:
            element = held.add()
            for key, item in value.items():
                assign_proto(element, key, item)
    elif isinstance(val, dict):
        for key, item in val.items():
            assign_proto(held, key, item)
    elif isinstance(val, list):
        raise AttributeError(f"{name} takes one value, not a list")
    else:
        setattr(proto, name, val)


def _missing(last: Function, done: Mapping[Function, Any]) -> Iterator[Function]:
    """Yield what ``last`` needs and is not done, inputs before users and first inputs first, then itself.

    The caller adds each to ``done`` before it asks for the next.
    """
    if last in done:
        return
    path = [(last, iter(last.inputs))]
    on_path = {last}
    while path:
        fn, inputs = path[-1]
        for top in inputs:
            if top.fn in on_path:
                raise LayerError(f"an input of {top.fn.type_name} depends on its own output")
            if top.fn not in done:
                path.append((top.fn, iter(top.fn.inputs)))
                on_path.add(top.fn)
                break
        else:
            path.pop()
            on_path.remove(fn)
            yield fn


def _named(thing: Any, type_name: str, names: dict[Any, str], autonames: Counter[str]) -> str:
    if thing not in names:
        autonames[type_name] += 1
        names[thing] = f"{type_name}{autonames[type_name]}"
    return names[thing]


def _bottom(top: Top, layers: Mapping[Function, Any], user: str) -> str:
    blobs = layers[top.fn].top
    try:
        return str(blobs[top.n])
    except IndexError:
        raise LayerError(
            f"an input of {user} is top {top.n} of a {top.fn.type_name} that has only {len(blobs)}",
            mend="a layer that is in place has as many tops as bottoms" if top.fn.in_place else None,
        ) from None


def _unwritable(layer: Any, own: Any, key: str, value: Any, error: Exception) -> LayerError:
    """Return the error for a parameter that does not go into its layer's message."""
    known = set(layer.DESCRIPTOR.fields_by_name)
    if own is not None:
        known |= set(layer.DESCRIPTOR.fields_by_name[own].message_type.fields_by_name)
    if key not in known:
        meant = _did_you_mean(key, known)
        return LayerError(f"{layer.type} has no parameter {key!r}{meant}", layer=layer.name)
    mend = None
    if isinstance(value, list) and not value:
        mend = "leave the parameter out where it is empty"
    elif isinstance(value, tuple):
        mend = "NetSpec takes a list, not a tuple"
    return LayerError(
        f"{layer.type} cannot take {key}={reprlib.repr(value)}: {error}", layer=layer.name, mend=mend
    )


def _no_such_top(name: str, tops: Mapping[str, Any]) -> _MissingTopError:
    return _MissingTopError(f"the net has no top {name!r}{_did_you_mean(str(name), map(str, tops))}")


def _did_you_mean(name: str, known: Any) -> str:
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def _described(value: Any) -> str:
    if isinstance(value, tuple) and value and all(isinstance(item, Top) for item in value):
        return f"a tuple of {len(value)} Tops"
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _mend_for_input(value: Any) -> Any:
    if isinstance(value, tuple):
        return "a layer with several tops gives a tuple: pass one of them, or all with *"
    if isinstance(value, Function):
        return "a layer with ntop=0 has no top to pass on"
    if type(value).__module__ == "caffe.net_spec":
        return "write the whole net with Caffe's layers or with netgen's, not with both"
    return None


def _mend_for_top(value: Any) -> Any:
    if isinstance(value, tuple):
        return "name each top: net.data, net.label = ..."
    if type(value).__module__ == "caffe.net_spec":
        return "write the whole net with Caffe's layers or with netgen's, not with both"
    return None


layers = Layers()
params = Parameters()
