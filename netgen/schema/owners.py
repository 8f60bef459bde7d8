"""Which Caffes know a field or a layer type, told without loading any of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Optional

from netgen.schema.registry import BVLC, fork
from netgen.schema.selection import FORKS, GATHERERS, select

__all__ = ["candidates", "guess", "owners_of_field", "owners_of_type", "titles"]

Groups = list[list[int]]


@cache
def _index() -> dict[str, Any]:
    return fork("index")


def _field_groups(message: str, field: str) -> Groups:
    found: Groups = _index()["fields"].get(message[message.startswith("caffe.") and 6 :], {}).get(field, [])
    return found


def _without(message: str, field: str) -> list[int]:
    """Return the forks that do not have a field or value of BVLC's."""
    name = message[message.startswith("caffe.") and 6 :]
    found: list[int] = _index()["without"].get(name, {}).get(field, [])
    return found


def _type_groups(layer_type: str) -> Groups:
    found: Groups = _index()["types"].get(layer_type, [])
    return found


def _names(groups: Groups) -> tuple[str, ...]:
    return tuple(FORKS[number] for number in sorted(number for group in groups for number in group))


def owners_of_field(message: str, field: str) -> tuple[str, ...]:
    """Return the names of the forks that know a field, its maker first; of BVLC's own fields ``("bvlc",)``.

    Parameters
    ----------
    message : str
        Such as ``LayerParameter`` or ``caffe.LayerParameter``; for a value of an enum the enum's name, such
        as ``PoolingParameter.PoolMethod``.
    field : str
        Such as ``upsample_param``.

    Examples
    --------
    >>> from netgen import schema
    >>> schema.owners_of_field("LayerParameter", "bn_param")[:3]
    ('segnet', 'enet', 'pspnet')
    """
    groups = _field_groups(message, field)
    return _names(groups) if groups or not _is_bvlcs(message, field) else ("bvlc",)


def _is_bvlcs(message: str, field: str) -> bool:
    messages = select("bvlc").messages.DESCRIPTOR.message_types_by_name
    name = message[message.startswith("caffe.") and 6 :]
    return name in messages and field in messages[name].fields_by_name


def owners_of_type(layer_type: str) -> tuple[str, ...]:
    """Return the names of the forks that have a layer type, its maker first; of BVLC's own ``("bvlc",)``."""
    return ("bvlc",) if layer_type in BVLC else _names(_type_groups(layer_type))


def titles(names: Iterable[str]) -> tuple[str, ...]:
    """Return what messages call the schemas: ``SegNet's Caffe``."""
    known = _index()["titles"]
    return tuple("BVLC Caffe" if name == "bvlc" else known[name] for name in names)


def candidates(unknown_fields: Iterable[tuple[str, str]], types: Collection[str] = ()) -> tuple[str, ...]:
    """Return the forks that know all of a file's fields and layer types, the makers first.

    Parameters
    ----------
    unknown_fields : iterable of (str, str)
        Message and field of each field that BVLC does not know, or enum and value. Others may be among them:
        forks that are too old to have such a field are left out.
    types : collection of str
        The file's layer types, BVLC's too: some forks lack some of them.

    Returns
    -------
    tuple of str
        Names for ``select``; empty where BVLC knows everything, or no one fork does.
    """
    fields = list(dict.fromkeys(unknown_fields))
    lacked = {number for field in fields for number in _without(*field)}
    needed = [_field_groups(*field) for field in fields if not _without(*field)]
    needed += [_type_groups(kind) for kind in dict.fromkeys(types) if kind not in BVLC]
    if not needed:
        return ()
    lacking = _index()["lacking"]
    numbers = set.intersection(*({number for group in groups for number in group} for groups in needed))
    numbers -= lacked
    return tuple(FORKS[number] for number in sorted(numbers) if not set(types) & set(lacking[FORKS[number]]))


def guess(unknown_fields: Iterable[tuple[str, str]], types: Collection[str] = ()) -> Optional[str]:
    """Return the fork that a file is written for, None where its fields don't point to one alone.

    A fork that only took the layers over from another, or was made from it, does not make the choice
    doubtful; one that means something else by the same name does.

    Parameters
    ----------
    unknown_fields, types
        As for ``candidates``.

    Examples
    --------
    >>> from netgen import schema
    >>> schema.guess([("LayerParameter", "prior_box_param")], ["PriorBox", "Convolution"])
    'ssd'
    >>> schema.guess([("LayerParameter", "upsample_param")], ["Upsample"]) is None
    True
    """
    fields = list(dict.fromkeys(unknown_fields))
    found = candidates(fields, types)
    if not found:
        return None
    first, *others = found
    places = [_field_groups(*field) for field in fields if not _without(*field)]
    places += [_type_groups(kind) for kind in dict.fromkeys(types) if kind not in BVLC]
    for other in others:
        if other in GATHERERS or first in _ancestors(other):
            continue
        pair = {FORKS.index(first), FORKS.index(other)}
        if not all(any(pair <= set(group) for group in groups) for groups in places):
            return None
    return first


def _ancestors(name: str) -> list[str]:
    """Return the forks that a fork was made from."""
    line = []
    base = fork(name).get("base")
    while base is not None:
        line.append(base)
        base = fork(base).get("base")
    return line
