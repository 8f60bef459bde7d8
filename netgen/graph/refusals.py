"""What is said where Caffe's ``Net::Init`` itself, not one of its layers, goes no further."""

from __future__ import annotations

from typing import Any

from netgen.errors import nearest
from netgen.graph.parts import Blob, FieldPath, Layer, Problem
from netgen.graph.shape import Refusal

__all__ = ["both_rules", "doubled", "propagation", "taken", "too_many_params", "unregistered"]


def both_rules(index: int, layer: Any, phase: str) -> Problem:
    """Say that a layer has both kinds of rules (``Net::FilterNet``)."""
    return Problem(
        "rules",
        "include and exclude rules are both given",
        "keep the one kind: a layer with include rules is left out wherever none of them is met",
        index,
        ("exclude", 0),
        layer.name,
        None,
        phase,
    )


def propagation(came: int, bottoms: int) -> Refusal:
    """Say that ``propagate_down`` is not given once for each bottom."""
    field: FieldPath = ("propagate_down",)
    return Refusal(
        f"{came} propagate_down for {bottoms} {'bottom' if bottoms == 1 else 'bottoms'}",
        "propagate-down",
        field,
        mend="give propagate_down once for each bottom, or not at all",
    )


def unregistered(name: str, schema: Any) -> Refusal:
    """Say that Caffe has no such layer type (``LayerRegistry::CreateLayer``)."""
    title = getattr(schema, "title", schema.name)
    if not name:
        return Refusal("the layer has no type", "type", mend='write type: "..."')
    near = nearest(name, schema.layer_types)
    return Refusal(
        f"{title} has no layer type {name!r}",
        "type",
        ("type",),
        mend=f"did you mean {near}?" if near else None,
    )


def taken(name: str) -> Refusal:
    """Say that a name that Caffe makes up is in the file too (``Net::AppendBottom``)."""
    return Refusal(
        f"the bottom {name!r} has been read before: it is a name that Caffe makes up for a copy",
        "bottom",
        ("bottom",),
        mend="give the blob another name",
    )


def doubled(layer: Layer, top: int, blob: Blob) -> Refusal:
    """Say that a blob is made twice (``Net::AppendTop``), and why Caffe thinks so."""
    producer = blob.producer
    name = blob.name
    field: FieldPath = ("top", top)
    own = layer.message.bottom if not layer.is_split else ()
    if top < len(own) and own[top] == name:
        return Refusal(
            f"it works in place on {name!r}, which other layers read before it or a loss weight is on: "
            f"Caffe gives each reader a copy, so {name!r} would be made twice",
            "top",
            field,
            mend="give its top a name of its own",
        )
    if name in own:
        return Refusal(
            f"it makes {name!r}, which layer {producer.name if producer else ''!r} made before; it works in "
            "place only where bottom and top have the same index",
            "top",
            field,
            mend="give its top a name of its own",
        )
    maker = "it" if producer is layer else f"layer {producer.name if producer else ''!r}"
    return Refusal(
        f"the top {name!r} is made twice: {maker} has made it before",
        "top",
        field,
        mend="give its top a name of its own, or keep the two layers apart by include rules",
    )


def too_many_params(came: int, blobs: int) -> Refusal:
    """Say that there is more ``param`` than parameter blobs."""
    has = "no parameter blob" if not blobs else f"{blobs} parameter blob{'s' if blobs > 1 else ''}"
    return Refusal(
        f"{came} param for a layer that has {has}",
        "params",
        ("param", blobs),
        mend="give at most one param for each blob (a layer with bias_term: false has no bias)"
        if blobs
        else "leave param out",
    )
