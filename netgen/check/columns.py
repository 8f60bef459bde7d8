"""Columns as C++ protobuf counts them, and as characters.

The parser counts bytes from 1, and a tab as far as the next multiple of eight.
"""

from __future__ import annotations

__all__ = ["character_column", "parser_column"]

_TAB = 8


def parser_column(before: str) -> int:
    """Return the parser's column of what stands behind a text that begins its line."""
    reached = 0
    for character in before:
        reached = _behind(reached, character)
    return reached + 1


def character_column(line: str, column: int) -> int:
    """Return the column in characters, from 1, of a parser's column in a line."""
    reached = 0
    for position, character in enumerate(line):
        if reached >= column - 1:
            return position + 1
        reached = _behind(reached, character)
    return len(line) + 1 + max(column - 1 - reached, 0)


def _behind(reached: int, character: str) -> int:
    if character == "\t":
        return reached + _TAB - reached % _TAB
    return reached + len(character.encode("utf-8", "surrogatepass"))
