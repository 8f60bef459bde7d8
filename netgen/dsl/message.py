"""From a NetSpec to its NetParameter: of Caffe's own or the stand-in, a Net or a plain one, of any depth."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from netgen import interface
from netgen.dsl.evaluation import LayerNote
from netgen.dsl.layers import check_function
from netgen.dsl.origin import functions_of, origin_of
from netgen.dsl.values import mark_present, split_parameters
from netgen.errors import LayerError, NetworkError

__all__ = ["net_message"]


def net_message(spec: Any) -> tuple[Any, list[LayerNote]]:
    """Write a NetSpec's NetParameter.

    Parameters
    ----------
    spec : NetSpec
        A ``Net``, or any plain NetSpec; its layers are checked if ``netgen.layers`` has not done so.

    Returns
    -------
    message : NetParameter
        What ``spec.to_proto()`` gives. Empty dicts that were given to ``netgen.layers``, which NetSpec passes
        over, are present sub-messages.
    notes : list of LayerNote
        One for each layer, in order.

    Raises
    ------
    LayerError
        For a layer that fails the checks, and for what is no layer.
    NetworkError
        Where two layers or blobs come out with one name.

    Notes
    -----
    Functions are written one after the other, inputs first, so that NetSpec's own recursion is never more
    than one call deep (it would reach Python's limit at about 490 unnamed layers).
    """
    roots = [_function(name, value) for name, value in spec.tops.items()]
    names = {value: name for name, value in spec.tops.items()}
    given = set(names)  # NetSpec adds the names that it makes up
    autonames: Any = Counter()
    layers: Any = OrderedDict()
    functions = functions_of(roots)
    for function in functions:
        if origin_of(function).checked:
            function._to_proto(layers, names, autonames)
            _mark_empty(layers[function], function.type_name, function.params)
        else:
            function.params = check_function(function, _shown_name(function, names))
            function._to_proto(layers, names, autonames)
    message = interface.caffe_pb2.NetParameter()
    message.layer.extend(layers[function] for function in functions)
    _check_names(message, functions)
    return message, [_note(function, given) for function in functions]


def _note(function: Any, given: set[Any]) -> LayerNote:
    origin = origin_of(function)
    named = "name" in function.params or (function.tops[0] if function.tops else function) in given
    declared = origin.owner.declared(function) if origin.owner is not None else {}
    return LayerNote(origin.site, origin.section, made_up=not named, declared=declared)


def _function(name: str, value: Any) -> Any:
    if isinstance(value, interface.Top):
        return value.fn
    if isinstance(value, interface.Function):
        return value
    if isinstance(value, tuple) and value and all(isinstance(top, interface.Top) for top in value):
        raise LayerError(
            f"{name!r} of the net is a tuple of {len(value)} Tops",
            mend=f"give each top a name: n.{name}, n.another = ...",
        )
    raise LayerError(
        f"{name!r} of the net is not a Top but {value!r} ({type(value).__name__})",
        mend="keep values that are not layers in plain variables",
    )


def _mark_empty(layer: Any, type_name: str, plain: dict[str, Any]) -> None:
    """Make empty sub-messages present wherever the layer's parameters hold them."""
    mark_present(
        layer, {k: v for k, v in split_parameters(type_name, plain).items() if isinstance(v, (dict, list))}
    )


def _shown_name(function: Any, names: dict[Any, str]) -> str:
    explicit = function.params.get("name")
    if isinstance(explicit, str):
        return explicit
    return str(names.get(function.tops[0] if function.tops else function, function.type_name))


def _check_names(message: Any, functions: list[Any]) -> None:
    by_layer: dict[str, Any] = {}
    by_blob: dict[str, Any] = {}
    for layer, function in zip(message.layer, functions):
        origin = origin_of(function)
        phase = origin.owner.phase_shown if origin.owner is not None else None
        if layer.include or layer.exclude:
            continue  # one name may stand in several phases
        if by_layer.setdefault(layer.name, function) is not function:
            raise LayerError(
                f"two layers are named {layer.name!r}: "
                f"a {by_layer[layer.name].type_name} and a {function.type_name}",
                site=origin.site,
                phase=phase,
                mend="Caffe finds weights by the layer's name: give each its own with name='...'",
            )
        for index, top in enumerate(layer.top):
            if index < len(layer.bottom) and layer.bottom[index] == top:
                continue  # in place
            if by_blob.setdefault(top, function) is not function:
                raise NetworkError(
                    f"two layers make a blob named {top!r}: "
                    f"a {by_blob[top].type_name} and a {function.type_name}",
                    site=origin.site,
                    layer=layer.name,
                    phase=phase,
                    mend="name the blob by assigning it to the net",
                )
