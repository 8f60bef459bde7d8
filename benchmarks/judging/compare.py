"""Where netgen's opinion of a net differs from Caffe's verdict."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple, Optional

from judging.opinion import Opinion, Place

_PARSER_PLACE = re.compile(r"^ERROR: Error parsing text-format \S+: (\d+):(\d+): ")
_UNKNOWN_BOTTOM = re.compile(r"^Unknown bottom blob '(.*)' \(layer '(.*)', bottom index \d+\)$", re.DOTALL)
_DOUBLED_TOP = re.compile(r"^Top blob '(.*)' produced by multiple sources\.$", re.DOTALL)
# Layers whose tops' shapes depend on what is in the data, or on code.
DATA_DEPENDENT = frozenset({"Python", "Filter"})
# Layers that load a net of their own, whose layers Caffe may name.
_RECURRENT = ("LSTM", "RNN")


class Difference(NamedTuple):
    """One thing that netgen and Caffe say differently of."""

    kind: str
    """``verdict``, ``place``, ``blob``, ``params``, ``order``, ``memory``, ``loss weight``, ``backward``."""
    group: str
    """What differences of one cause have in common, as far as can be told."""
    detail: str
    where: str = ""


class Comparison(NamedTuple):
    """How netgen's opinion of one net in one state compares with Caffe's verdict."""

    left_out: str
    """Why nothing was compared, '' where it was."""
    caffe_ok: bool = False
    netgen_ok: bool = False
    place: Optional[bool] = None
    """Whether both died at the same place; None where one did not, or Caffe named none."""
    parse_error: bool = False
    shapes: int = 0
    equal_shapes: int = 0
    unknown: int = 0
    exempt: int = 0
    """Shapes that nobody need know: of Python layers, of data-dependent tops, and what follows from them."""
    differences: tuple[Difference, ...] = ()


def compare(
    verdict: dict[str, Any], opinion: Opinion, unknowable: Collection[str] = DATA_DEPENDENT
) -> Comparison:
    """Compare an opinion with a verdict, a line of ``nets.jsonl`` or what ``Judge`` says.

    Nobody need know the shapes that layers of the ``unknowable`` types make, and what follows from them.
    """
    for reason in ("environment", "ub"):
        if verdict.get(reason):
            return Comparison(reason)
    ok = bool(verdict["ok"])
    if ok != opinion.ok:
        return Comparison("", ok, opinion.ok, differences=(_wrong_verdict(verdict, opinion),))
    if not ok:
        assert opinion.first is not None
        parse_error = _is_parse_error(verdict)
        wanted, same = _same_place(verdict, opinion.first)
        differences = []
        if same is False:
            found = _shown(opinion.first)
            group = f"{_where(verdict)} / {opinion.first.stage} {opinion.first.kind}"
            differences.append(
                Difference("place", group, f"Caffe: {wanted}: {_words(verdict)}; netgen: {found}")
            )
        return Comparison("", False, False, same, parse_error, differences=tuple(differences))
    return _compare_graphs(verdict, opinion, unknowable)


# ---- verdict and place ----


def _where(verdict: dict[str, Any]) -> str:
    return str((verdict.get("fatal") or {}).get("where") or verdict.get("status") or "refused")


def _words(verdict: dict[str, Any]) -> str:
    """Caffe's last words."""
    if verdict.get("protobuf"):
        return str(verdict["protobuf"][0])
    fatal = verdict.get("fatal") or {}
    return str(fatal.get("msg") or verdict.get("exception") or verdict.get("status") or "").strip()


def _shown(place: Place) -> str:
    if place.stage == "parse":
        return f"{place.line}:{place.column}: {place.message} [{place.kind}]"
    layer = f"layer {place.layer!r} ({place.layer_type}): " if place.layer is not None else ""
    return f"{layer}{place.message} [{place.kind}]"


def _wrong_verdict(verdict: dict[str, Any], opinion: Opinion) -> Difference:
    if opinion.first is None:
        last = verdict.get("creating") or verdict.get("last_layer")
        layer = f"layer {last!r}: " if last is not None else ""
        return Difference("verdict", f"passed but refused: {_where(verdict)}", layer + _words(verdict))
    first = opinion.first
    group = f"refused but accepted: {first.stage} {first.kind} {first.layer_type}".rstrip()
    return Difference("verdict", group, _shown(first))


def _is_parse_error(verdict: dict[str, Any]) -> bool:
    return bool(verdict.get("protobuf")) or "Failed to parse NetParameter" in _words(verdict)


def _same_place(verdict: dict[str, Any], place: Place) -> tuple[str, Optional[bool]]:
    """Return the place where Caffe died, and whether netgen's is the same; None where Caffe names none."""
    if _is_parse_error(verdict):
        for line in verdict.get("protobuf") or ():
            if found := _PARSER_PLACE.match(line):
                wanted = (int(found[1]), int(found[2]))
                same = place.stage == "parse" and wanted == (place.line, place.column)
                return "{}:{}".format(*wanted), same
        return "a parse error", None if place.stage == "parse" else False
    words, where = _words(verdict), _where(verdict)
    last = verdict.get("last_layer")
    if found := _UNKNOWN_BOTTOM.match(words):
        same = place.kind == "bottom" and _plain(place.blob, place.layer) == _plain(found[1], found[2])
        return f"blob {found[1]!r} of layer {found[2]!r}", same
    if found := _DOUBLED_TOP.match(words):
        same = place.kind == "top" and _plain(place.blob, place.layer) == _plain(found[1], last)
        return f"blob {found[1]!r} of layer {last!r}", same
    if where.startswith("upgrade_proto.cpp"):
        return "the upgrade", place.stage == "upgrade"
    if "Specify either include rules or exclude rules" in words:
        return "the rules", place.kind == "rules"
    if verdict.get("creating") is not None:
        return f"layer {verdict['creating']!r}", place.layer == verdict["creating"]
    unmade = "propagate_down param must be specified" in words or where.startswith("layer_factory")
    if unmade or (place.kind == "params" and where.startswith("blob.cpp") and place.layer != last):
        # Caffe names a layer when it has made it, weights of its own included: these are said of the layer
        # after the last that it named.
        # But losses make a layer of their own inside, when they are made themselves.
        inside = place.kind == "engine" and place.layer == last
        return f"the layer after {last!r}", place.before == last or inside
    if last is None:
        return "nowhere", None
    if place.layer_type in _RECURRENT and place.before != last and place.layer != last:
        return f"layer {last!r} of a recurrent layer's own net", None
    return f"layer {last!r}", place.layer == last


def _plain(*names: Optional[str]) -> list[str]:
    """Return names in which what is not ASCII is like all else that is not: logs may spoil it."""
    return [re.sub(r"[^\x00-\x7f]+", "?", name or "") for name in names]


# ---- what both took ----


def _compare_graphs(
    verdict: dict[str, Any], opinion: Opinion, unknowable_types: Collection[str]
) -> Comparison:
    graph = opinion.graph
    assert graph is not None
    stubbed = bool(verdict.get("python_stubbed"))
    # A verdict may lack its layers, and its parameters are by name then.
    told = "layers" in verdict
    named = [{"name": n, "type": "?", "bottom": [], "top": []} for n in verdict.get("params") or ()]
    layers = verdict.get("layers") or named
    unknowable_blobs, unknowable_layers = _unknowable(layers, unknowable_types)
    differences: list[Difference] = []
    shapes = equal = unknown = exempt = 0

    def shape(kind: str, group: str, name: str, wanted: Any, got: Any, unknowable: bool) -> None:
        nonlocal shapes, equal, unknown, exempt
        if unknowable and (stubbed or got is None):
            exempt += 1
            return
        shapes += 1
        if got is not None and list(got) == list(wanted):
            equal += 1
            return
        unknown += got is None
        text = "unknown" if got is None else list(got)
        differences.append(Difference(kind, group, f"{name}: Caffe {list(wanted)}, netgen {text}"))

    mine = [
        (layer.name, layer.type, [b.name for b in layer.bottoms], [b.name for b in layer.tops])
        for layer in graph.layers
    ]
    theirs = [(e["name"], e["type"], e["bottom"], e["top"]) for e in layers]
    if told and mine != theirs:
        index = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        detail = f"at {index}: Caffe {theirs[index : index + 1]}, netgen {mine[index : index + 1]}"
        differences.append(Difference("order", "order of layers", detail))
    types = {top: e["type"] for e in layers for top in e["top"]}
    known = {blob.name: blob.shape for blob in graph.blobs}
    for name, wanted in (verdict.get("blobs") or {}).items():
        shape("blob", types.get(name, "?"), name, wanted, known.get(name), name in unknowable_blobs)
    by_name = {layer.name: layer for layer in graph.layers}
    for index, entry in enumerate(layers):
        wanted_params = (entry.get("params") if told else verdict["params"][entry["name"]]) or []
        layer = by_name.get(entry["name"]) if mine != theirs else graph.layers[index]
        got_params = layer.params if layer else None
        unknowable = index in unknowable_layers
        if got_params is not None and len(got_params) != len(wanted_params):
            detail = f"{entry['name']}: Caffe {wanted_params}, netgen {got_params}"
            differences.append(Difference("params", f"number, {entry['type']}", detail))
            got_params = None
        for number, wanted in enumerate(wanted_params):
            got = got_params[number] if got_params is not None else None
            shape("params", entry["type"], f"{entry['name']}[{number}]", wanted, got, unknowable)
    differences += _compare_figures(verdict, opinion, bool(unknowable_layers))
    return Comparison("", True, True, None, False, shapes, equal, unknown, exempt, tuple(differences))


def _compare_figures(verdict: dict[str, Any], opinion: Opinion, unknowable: bool) -> list[Difference]:
    """Compare memory, loss weights and who needs backward."""
    graph = opinion.graph
    assert graph is not None
    found = []
    memory = verdict.get("memory", graph.memory)
    exempt = unknowable and (graph.memory is None or verdict.get("python_stubbed"))
    if memory != graph.memory and not exempt:
        found.append(Difference("memory", "memory", f"Caffe {memory}, netgen {graph.memory}"))
    weights = {blob.name: blob.loss_weight for blob in graph.blobs if blob.loss_weight}
    wanted_weights = verdict.get("loss_weights") or {}
    close = weights.keys() == wanted_weights.keys() and all(
        str(weights[name]) == str(weight) or abs(weights[name] - weight) <= 1e-5 * abs(weight)
        for name, weight in wanted_weights.items()
    )
    if not close and ("layers" in verdict or wanted_weights):
        found.append(Difference("loss weight", "loss weights", f"Caffe {wanted_weights}, netgen {weights}"))
    if "layers" not in verdict:
        return found
    names = {entry["name"] for entry in verdict.get("layers") or ()}
    wanted_backward = sorted(name for name in verdict.get("need_backward") or () if name in names)
    backward = sorted(layer.name for layer in graph.layers if layer.need_backward)
    # Caffe's log tells it before force_backward is looked at.
    if backward != wanted_backward and not graph.message.force_backward:
        more = sorted(set(backward) - set(wanted_backward))
        less = sorted(set(wanted_backward) - set(backward))
        detail = f"netgen alone {more[:8]}, Caffe alone {less[:8]}"
        found.append(Difference("backward", "needs backward", detail))
    return found


def _unknowable(layers: list[dict[str, Any]], types: Collection[str]) -> tuple[set[str], set[int]]:
    """Return the blobs whose shape nobody need know, and the indices of the layers that read or make them."""
    blobs: set[str] = set()
    found: set[int] = set()
    for index, entry in enumerate(layers):
        if entry["type"] in types or not blobs.isdisjoint(entry["bottom"]):
            found.add(index)
            blobs.update(entry["top"])
        else:
            blobs.difference_update(entry["top"])
    return blobs, found
