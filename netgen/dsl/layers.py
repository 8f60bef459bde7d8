"""Checked layer functions: Caffe's ``layers``, with mistakes raised where they are made."""

from __future__ import annotations

from typing import Any, Callable, Optional

from netgen import interface, schema
from netgen.dsl.origin import Origin, current_net, origin_of, remember
from netgen.dsl.values import checked_parameters
from netgen.errors import LayerError, NetgenError, Site, calling_site, listed, nearest

__all__ = ["allow_layer_type", "check_function", "known_types", "layer_function"]

_allowed: set[str] = set()
_caffe_types: list[str] = []


def allow_layer_type(name: str) -> None:
    """Let ``netgen.layers`` make layers of a type that neither BVLC Caffe nor the installed Caffe has.

    Parameters
    ----------
    name : str
        The type, as the toolchain that reads the prototxt knows it. Its parameters still have to stand in the
        schema: ``L.MyType(bottom, some_param=dict(...))``.
    """
    _allowed.add(name)


def known_types() -> set[str]:
    """Return the layer types of BVLC Caffe, of the installed Caffe if there is one, and the allowed ones."""
    if interface.source == "caffe" and not _caffe_types:
        import caffe

        _caffe_types.extend(caffe.layer_type_list())
    return {*schema.layer_types(), *_caffe_types, *_allowed}


def _named(function: Any) -> str:
    name = function.params.get("name")
    return f"{function.type_name} {name!r}" if name else str(function.type_name)


def _check_type(name: str) -> None:
    types = known_types()
    if name not in types:
        guess = nearest(name, types)
        raise LayerError(
            f"there is no layer type {name!r}",
            mend=(f"did you mean {guess}?" if guess else f"the types are {listed(sorted(types), 80)}")
            + ("" if guess else "; a type of a fork is allowed with netgen.allow_layer_type(name)"),
        )


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, interface.Function):
        return f"a {value.type_name} layer"
    return f"{value!r} ({type(value).__name__})"


def _check_bottoms(name: str, bottoms: tuple[Any, ...], net: Any) -> None:
    for index, bottom in enumerate(bottoms):
        if not isinstance(bottom, interface.Top):
            if isinstance(bottom, (list, tuple)):
                mend = f"write {name}(*tops, ...)"
            elif isinstance(bottom, str):
                mend = (
                    f"write net[{bottom!r}] or net.{bottom}"
                    if bottom.isidentifier()
                    else f"write net[{bottom!r}]"
                )
            elif hasattr(bottom, "tops"):
                mend = "this layer has no tops (ntop=0), so nothing can be computed from it"
            else:
                mend = "parameters are given by keyword"
            raise LayerError(f"{name}: bottom {index} is not a Top but {_shown(bottom)}", mend=mend)
        owner = origin_of(bottom.fn).owner
        if net is not None and owner is not None and owner is not net:
            made = origin_of(bottom.fn).site
            raise LayerError(
                f"{name}: bottom {index} ({_named(bottom.fn)}) belongs to {owner.described()}"
                + (f" (made at {made})" if made else "")
                + f", and {net.described()} is being written",
                mend="make the layer anew inside the network function: each state is written from scratch",
            )


def layer_function(name: str) -> Callable[..., Any]:
    """Return the function that makes layers of one type.

    Parameters
    ----------
    name : str
        The layer type, ``"Convolution"``.

    Raises
    ------
    LayerError
        At the caller's file and line, for an unknown type, and when called for what is wrong with the call.
    """

    def make(*bottoms: Any, **parameters: Any) -> Any:
        site = calling_site()
        net = current_net.get()
        try:
            _check_type(name)
            _check_bottoms(name, bottoms, net)
            plain = checked_parameters(name, parameters, has_bottoms=bool(bottoms))
        except LayerError as error:
            raise _placed(error, site, net, parameters.get("name")) from None
        made = getattr(interface.layers, name)(*bottoms, **plain)
        function = made[0].fn if isinstance(made, tuple) else getattr(made, "fn", made)
        section = net.current_section if net is not None else ""
        remember(function, Origin(site=site, owner=net, section=section, checked=True))
        if net is not None:
            net.adopt(function)
        return made

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"Make a {name} layer of {name}'s parameters, checked against Caffe's schema."
    return make


def _placed(error: LayerError, site: Optional[Site], net: Any, layer: Any) -> NetgenError:
    return type(error)(
        error.message,
        site=error.site or site,
        layer=error.layer or (layer if isinstance(layer, str) else None),
        phase=error.phase or (net.phase_shown if net is not None else None),
        mend=error.mend,
    )


def check_function(function: Any, layer_name: str) -> dict[str, Any]:
    """Check a Function that plain ``caffe.layers`` made, when it is emitted.

    Returns
    -------
    dict
        Its parameters in plain values.

    Raises
    ------
    LayerError
        As ``netgen.layers`` would have raised, with the layer's name in place of the line.
    """
    try:
        # Scripts may say type, tops and bottoms as parameters: NetSpec writes them over, or behind, its own.
        _check_type(str(function.params.get("type", function.type_name)))
        plain = checked_parameters(function.type_name, function.params, ntop=function.ntop)
    except LayerError as error:
        raise _placed(error, None, None, layer_name) from None
    del plain["ntop"]
    return plain
