"""What changes in a text that is brought into today's form, each thing where it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional

from netgen.graph.upgrade import v1
from netgen.graph.upgrade.fresh import Notes, layer_lines, message_lines
from netgen.graph.upgrade.source import Source, siblings
from netgen.graph.upgrade.upgraded import Upgraded
from netgen.prototxt import Comment, Node, format_scalar

__all__ = ["edit_net", "edit_solver"]

_INPUTS = ("input", "input_shape", "input_dim")
_SPECS = ("param", "blob_share_mode", "blobs_lr", "weight_decay")
# What a V0 net says of itself and Caffe takes no notice of.
_LOST_IN_V0 = ("input_shape", "state", "debug_info", "layer")
_AXES = 4
_NONE = Notes()


def edit_solver(source: Source, upgraded: Upgraded) -> None:
    """Write ``type`` for ``solver_type``."""
    for node in source.document.root.named("solver_type"):
        source.rename(node, "type")
        source.set_value(node, f'"{upgraded.message.type}"')


def edit_net(source: Source, upgraded: Upgraded) -> None:
    """Write a net's layers, inputs and BatchNorm's params as they are today."""
    root = source.document.root
    layers = list(upgraded.message.layer)
    if upgraded.original.input:
        _inputs(source, upgraded, layers.pop(0) if upgraded.has_input_layer else None)
    if upgraded.version == 0:
        _take_out(source, (node for node in root.children if node.name in _LOST_IN_V0))
        _v0_layers(source, upgraded)
    elif upgraded.version == 1:
        for node, old, layer in zip(root.named("layers"), upgraded.original.layers, layers):
            _v1_layer(source, node, old, layer)
    else:
        for node, layer in zip(root.named("layer"), layers):
            if layer.type == "BatchNorm" and len(layer.param) == 3:
                _freeze(source, node, layer)


def _take_out(source: Source, nodes: Iterable[Node]) -> None:
    for node in nodes:
        source.take_out(node)


# ---- a net's own inputs ----


def _inputs(source: Source, upgraded: Upgraded, layer: Optional[Any]) -> None:
    """Put the Input layer where the first input was declared, or before the first layer."""
    root = source.document.root
    nodes = [node for node in root.children if node.name in _INPUTS]
    if layer is None:
        _take_out(source, nodes)
        return
    first_layer = next((node for node in root.children if node.name in ("layer", "layers")), None)
    start = nodes[0].name_span.start
    before = first_layer is not None and first_layer.name_span.start < start
    # What stands above the first of them stays where it is: it may be about the whole file.
    free = dict.fromkeys(
        comment
        for node in nodes
        for comment in _comments_of(source, node)
        if before or comment not in source.comments_above(start)
    )
    notes: dict[tuple[Any, ...], Notes] = {}
    for node in nodes:
        path = _path_in_input_layer(node, upgraded, layer)
        notes[path] = _notes(source, node, free, notes.get(path, _NONE))
        for number, dim in enumerate(node.children):
            if path:
                notes[(*path, "dim", number)] = _notes(source, dim, free)
    nowhere = notes.pop((), _NONE)
    inside = [*nowhere.above, *nowhere.behind, *(comment.text for comment in free)]
    lines = layer_lines(layer, lambda path: notes.get(path, _NONE), inside)
    if before and first_layer is not None:
        start = first_layer.name_span.start
        _take_out(source, nodes)
        indent = source.newline + source.indent(start)
        source.replace(start, start, indent.join([*lines, ""]))
        return
    _take_out(source, nodes[1:])
    end = source.whole(nodes[0])[1]
    comment = source.comment_behind(end)
    indent = source.newline + source.indent(start)
    head = ""
    if not source.begins_line(start):
        head = indent
        start = len(source.text[:start].rstrip(" \t"))
    source.replace(start, end if comment is None else comment.end, head + indent.join(lines))


def _comments_of(source: Source, node: Node) -> list[Comment]:
    """Return the comments above a field, inside it and behind it."""
    start, end = source.whole(node)
    above = source.comments_above(start)
    behind = source.comment_behind(end)
    return [*above, *source.comments_in(start, end), *([] if behind is None else [behind])]


def _notes(source: Source, node: Node, free: dict[Comment, None], more: Notes = _NONE) -> Notes:
    """Take the comments of a field from those that are free, and out of the text."""
    if node.listed:
        start, last = node.span.start, source.comment_behind(node.span.end, ",;]")
    else:
        start, end = source.whole(node)
        last = source.comment_behind(end)
    above = [one for one in source.comments_above(start) if one in free]
    behind = [last] if last is not None and last in free else []
    for one in (*above, *behind):
        del free[one]
        source.take_comment_out(one)
    return Notes([*more.above, *(one.text for one in above)], [*more.behind, *(one.text for one in behind)])


def _path_in_input_layer(node: Node, upgraded: Upgraded, layer: Any) -> tuple[Any, ...]:
    """Return where in the Input layer stands what a field of the net says; () for what is lost."""
    index = siblings(node).index(node)
    if node.name == "input":
        return ("top", index)
    count = len(layer.input_param.shape)
    if node.name == "input_shape":
        return ("input_param", "shape", index) if index < count and upgraded.version else ()
    if (upgraded.original.input_shape and upgraded.version) or index >= _AXES * count:
        return ()
    return ("input_param", "shape", index // _AXES, "dim", index % _AXES)


# ---- BatchNorm ----


def _freeze(source: Source, node: Node, layer: Any) -> None:
    """Write the rates of 0 that Caffe gives a BatchNorm layer's params."""
    for spec, frozen in zip(node.named("param"), layer.param):
        missing = []
        for name in ("lr_mult", "decay_mult"):
            there = spec.named(name)
            if there:
                source.set_value(there[-1], format_scalar(_field(frozen, name), 0.0))
            else:
                missing.append(f"{name}: 0")
        source.put_in(spec, missing)


def _field(message: Any, name: str) -> Any:
    return message.DESCRIPTOR.fields_by_name[name]


# ---- V1 ----


def _v1_layer(source: Source, node: Node, old: Any, layer: Any) -> None:
    """Change a V1 layer where it is another one in V2."""
    source.rename(node, "layer")
    kept = {field.name for field, _ in layer.ListFields()}
    for child in node.children:
        if child.name == "type":
            source.set_value(child, f'"{layer.type}"')
        elif child.name not in _SPECS and child.name not in kept:
            source.take_out(child)
    specs = [child for child in node.children if child.name in _SPECS]
    if specs:
        _param_specs(source, specs, layer)
    reader = v1.reader_of(old)
    if reader:
        _transform(source, node, reader, old, layer)


def _param_specs(source: Source, nodes: Sequence[Node], layer: Any) -> None:
    """Put a layer's ``param`` blocks in the place of the lists that they are made of."""
    behind: dict[int, list[str]] = {}
    seen: set[Comment] = set()
    for node in nodes:
        comment = source.comment_behind(source.whole(node)[1])
        if comment is not None and comment not in seen:
            seen.add(comment)
            behind.setdefault(siblings(node).index(node), []).append(comment.text)
    lines = []
    for index, spec in enumerate(layer.param):
        words = " ".join(["param {", *message_lines(spec, 0, lambda _: _NONE), "}"])
        lines.append("  ".join([words, *behind.get(index, ())]))
    start, end = source.whole(nodes[0])
    comment = source.comment_behind(end)
    ends_line = comment is not None and bool(behind)
    between = source.newline + source.indent(start) if source.begins_line(start) or behind else " "
    source.replace(start, comment.end if comment is not None and ends_line else end, between.join(lines))
    for node in nodes[1:]:
        if source.whole(node)[0] != start:
            source.take_out(node)


def _transform(source: Source, node: Node, reader: str, old: Any, layer: Any) -> None:
    """Move what a reader's own message says of the preparation of pictures to ``transform_param``."""
    moved = [name for name in v1.MOVED if getattr(old, reader).HasField(name)]
    if not moved:
        return
    target = layer.transform_param
    values = {name: format_scalar(_field(target, name), getattr(target, name)) for name in moved}
    blocks = node.named(reader)
    for block in blocks:
        for name in moved:
            _take_out(source, block.named(name))
    there = node.named("transform_param")
    if there:
        new = []
        for name, value in values.items():
            same = there[-1].named(name)
            if same:
                source.set_value(same[-1], value)
            else:
                new.append(f"{name}: {value}")
        source.put_in(there[-1], new)
        return
    words = [f"{name}: {value}" for name, value in values.items()]
    last = blocks[-1]
    if "\n" in source.text[last.span.start : last.span.end]:
        source.put_behind(last, ["transform_param {", *(f"  {word}" for word in words), "}"])
    else:
        end = source.whole(last)[1]
        source.replace(end, end, f" transform_param {{ {' '.join(words)} }}")


# ---- V0 ----


def _v0_layers(source: Source, upgraded: Upgraded) -> None:
    """Write V0 layers anew: their fields stand elsewhere in a V2 layer. Padding layers are gone."""
    layers = upgraded.message.layer
    first = 1 if upgraded.has_input_layer else 0
    made = {upgraded.origin(("layer", index))[1]: index for index in range(first, len(layers))}
    for number, node in enumerate(source.document.root.named("layers")):
        if number not in made:
            source.take_out(node)
            continue
        start, end = source.whole(node)
        indent = source.newline + source.indent(start)
        source.replace(start, end, indent.join(_anew(source, upgraded, node, made[number])))


def _anew(source: Source, upgraded: Upgraded, node: Node, index: int) -> list[str]:
    """Return a V0 layer's lines in V2, with the comments inside it at the fields that they stood at."""
    layer = upgraded.message.layer[index]
    floor, end = node.value_span.start, node.span.end
    free: dict[Comment, None] = dict.fromkeys(source.comments_in(floor, end))

    def notes_of(path: tuple[Any, ...]) -> Notes:
        origin = upgraded.origin(("layer", index, *path))
        found = source.document.find(origin) if free and len(origin) > 2 else None
        # What V0 has no counterpart for comes from the whole layer.
        if found is None or not floor < found.name_span.start < end or origin[2:] == ("layer",):
            return _NONE
        return _notes(source, found, free)

    lines = layer_lines(layer, notes_of)
    return [lines[0], *(f"  {comment.text}" for comment in free), *lines[1:]]
