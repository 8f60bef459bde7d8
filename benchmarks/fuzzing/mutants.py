"""Mutants of given texts: mistakes of typing, and mistakes of meaning."""

from __future__ import annotations

import random
import re
from typing import Any, Optional

from google.protobuf import text_format

from fuzzing.disturbances import disturb
from fuzzing.values import change_a_field

__all__ = ["bend", "misspell"]

_TOKEN = re.compile(
    r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_]\w*|[-+]?[\d.][\w.+-]*|\s+|.", re.DOTALL
)
_WORDS = (
    *("{", "}", "<", ">", "[", "]", ":", ",", ";", '"', "'", "#", "-", "+", "/", "\\", "(", "$", "!", "="),
    *("0", "1", "-1", "- 1", "007", "08", "0x1F", "0x", "1f", "1.5", "1.", ".5", "1e3", "1e", "-0", "1.5F"),
    *("2147483647", "2147483648", "4294967295", "4294967296", "-2147483648", "-2147483649", "1e400"),
    *("9223372036854775807", "18446744073709551616", "99999999999999999999", "0777777777777", "1_000"),
    *("inf", "-inf", "nan", "Infinity", "true", "false", "True", "t", "f", "TRUE", "True1", "null"),
    *(
        '""',
        "''",
        '"a" "b"',
        '"\\n"',
        '"\\q"',
        '"\\x"',
        '"\\x41"',
        '"\\777"',
        '"\\u00e9"',
        '"é"',
        '"a\nb"',
        '"\\',
    ),
    *("layer", "layers", "name", "type", "bottom", "top", "MAX", "TEST", "[a.b]", "[type.x.y/a.B]", "a.b"),
    *("1, 2", "[1, 2]", "[]", "[1,]", "{}", "{ }", "< >", "x: 1", "name: 'x'", "unknown_field { a: 1 }"),
)
_CHARACTERS = ("\t", "\r", "\r\n", "\f", "\v", "\0", "\x7f", "\xa0", "é", "\u2028", "\ufeff", "“", "\n", " ")


def misspell(draw: random.Random, text: str) -> bytes:
    """Change a text as someone may who types, pastes or merges."""
    tokens = _TOKEN.findall(text)
    for _ in range(draw.choice((1, 1, 1, 2))):
        _change(draw, tokens)
    data = "".join(tokens).encode("utf-8", "replace")
    action = draw.random()
    if action < 0.03:
        data = data[: draw.randrange(len(data) + 1)]
    elif action < 0.05:
        data = "\ufeff".encode() + data
    elif action < 0.07:
        data = data.replace(b"\n", b"\r\n")
    elif action < 0.09:
        position = draw.randrange(len(data) + 1)
        data = data[:position] + bytes([draw.randrange(256)]) + data[position:]
    return data


def _change(draw: random.Random, tokens: list[str]) -> None:
    solid = [index for index, token in enumerate(tokens) if not token.isspace()]
    if not solid:
        tokens.append(draw.choice(_WORDS))
        return
    index = draw.choice(solid)
    token = tokens[index]
    action = draw.random()
    if action < 0.2:
        tokens[index] = ""
    elif action < 0.28:
        tokens[index] = f"{token} {token}"
    elif action < 0.36:
        other = draw.choice(solid)
        tokens[index], tokens[other] = tokens[other], tokens[index]
    elif action < 0.58:
        tokens[index] = draw.choice(_WORDS)
    elif action < 0.7:
        tokens[index] = f"{token}{draw.choice(('', ' '))}{draw.choice(_WORDS)}"
    elif action < 0.76:
        tokens[index] = token + draw.choice(_CHARACTERS)
    elif action < 0.9 and token:
        position = draw.randrange(len(token))
        replacement = draw.choice(("", draw.choice("abez_019.-\"'{}:"), token[position] * 2))
        tokens[index] = token[:position] + replacement + token[position + 1 :]
    elif token[:1].isdigit() or token[:1] in "-.":
        tokens[index] = draw.choice(
            (f"-{token}", f"+{token}", f"{token}f", f"{token}.0", f"0{token}", f'"{token}"')
        )
    elif token[:1] in "\"'":
        tokens[index] = draw.choice((token[1:-1], token[:-1], token[1:], token.swapcase(), token * 2))
    else:
        tokens[index] = draw.choice(
            (token.swapcase(), f'"{token}"', token.capitalize(), f"{token}:", f"{token} :")
        )


def bend(draw: random.Random, text: str, schema: Any) -> Optional[bytes]:
    """Change what a net says, as ``disturbances`` do; None where the text is no net."""
    message = schema.messages.NetParameter()
    try:
        text_format.Parse(text, message)
    except text_format.ParseError:
        return None
    if not message.layer and not message.layers:
        return None
    sources = {
        layer.top[0]: layer.input_param.shape[0]
        for layer in message.layer
        if layer.type == "Input" and layer.top and layer.input_param.shape
    }
    for _ in range(draw.choice((1, 1, 2))):
        if message.layer:
            disturb(draw, message, draw.randrange(len(message.layer)), sources, schema)
        elif message.layers and draw.random() < 0.9:
            change_a_field(draw, draw.choice(message.layers))
        else:
            change_a_field(draw, message)
    return str(text_format.MessageToString(message)).encode()
