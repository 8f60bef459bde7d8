"""Making a net smaller for as long as something about it stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

from fuzzing.values import is_repeated

__all__ = ["minimise"]


def minimise(message: Any, still: Callable[[Any], bool], tries: int = 400) -> Any:
    """Return the smallest net that was found by leaving out layers, then fields, one at a time.

    Parameters
    ----------
    message : NetParameter
        A net for which ``still`` holds.
    still : callable
        Tells of a net whether what matters about it is still so.
    tries : int
        How many nets may be asked about.
    """
    while True:
        for smaller in _smaller(message):
            tries -= 1
            if tries < 0:
                return message
            if still(smaller):
                message = smaller
                break
        else:
            return message


def _smaller(message: Any) -> Iterator[Any]:
    """Yield copies with a part less, larger parts first."""
    for path in sorted(_parts(message), key=len):
        copy = type(message)()
        copy.CopyFrom(message)
        _remove(copy, path)
        yield copy


def _parts(message: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all fields and items, the last first, so that readers go before their sources."""
    for field, value in reversed(message.ListFields()):
        path = (*above, field.name)
        if is_repeated(field):
            for index in reversed(range(len(value))):
                yield (*path, index)
                if field.message_type is not None:
                    yield from _parts(value[index], (*path, index))
        else:
            yield path
            if field.message_type is not None:
                yield from _parts(value, path)


def _remove(message: Any, path: tuple[Any, ...]) -> None:
    *way, last = path
    for step in way[:-1] if isinstance(last, int) else way:
        message = message[step] if isinstance(step, int) else getattr(message, step)
    if isinstance(last, int):
        del getattr(message, way[-1])[last]
    else:
        message.ClearField(last)
