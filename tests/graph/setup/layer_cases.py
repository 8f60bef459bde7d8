"""Cases for the setting up of single layers, in the files of ``data``.

A case is a block that begins with a line of three or four parts::

    == its name | 2x3x4; 5; scalar; unshaped | 2x6; 5 | 6x12; 6
    type: "InnerProduct" ...

The bottoms' shapes (``scalar`` has no axes; ``unshaped`` is an Input without a shape), what comes out (the shapes of
the tops), and the parameters' shapes, if there are any. Where Caffe refuses the layer, the third part is ``!`` with
the kind of the refusal and the field that is at fault: ``!size inner_product_param.num_output``. The rest is the
layer itself, but for its bottoms, b0, b1 ..., and its tops, t0, t1 ..., which are put in where it names none. A line
``# no tops`` keeps them out.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple, Optional

DATA = Path(__file__).with_name("data")


class LayerCase(NamedTuple):
    name: str
    bottoms: list[Optional[tuple[int, ...]]]
    tops: list[tuple[int, ...]]
    params: list[tuple[int, ...]]
    kind: str
    field: tuple[str, ...]
    body: str

    @property
    def top_names(self) -> list[str]:
        written = re.findall(r'^top: "(\w+)"', self.body, re.MULTILINE)
        if "# no tops" in self.body:
            return []
        return written or [f"t{index}" for index in range(max(len(self.tops), self.kind != ""))]

    @property
    def text(self) -> str:
        """The whole net: an Input layer for each bottom, and the layer ``it``."""
        layers = []
        for index, shape in enumerate(self.bottoms):
            dims = "" if shape is None else "shape { " + "".join(f"dim: {dim} " for dim in shape) + "}"
            layers.append(
                f'layer {{ name: "in{index}" type: "Input" top: "b{index}" input_param {{ {dims} }} }}'
            )
        bottoms = "".join(f'bottom: "b{index}"\n' for index in range(len(self.bottoms)))
        written = re.search("^top: ", self.body, re.MULTILINE)
        tops = "" if written else "".join(f'top: "{name}"\n' for name in self.top_names)
        layers.append(f'layer {{\nname: "it"\n{bottoms}{tops}{self.body}}}')
        return "\n".join(layers) + "\n"


def layer_cases(family: str) -> list[LayerCase]:
    """Return the cases of a file."""
    found = []
    text = (DATA / f"{family}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^== ", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        name, bottoms, wanted, *params = (word.strip() for word in head.split("|"))
        kind = field = ""
        if wanted.startswith("!"):
            kind, _, field = wanted[1:].partition(" ")
        found.append(
            LayerCase(
                name,
                [None if word == "unshaped" else _shape(word) for word in _words(bottoms)],
                [] if kind else [_shape(word) for word in _words(wanted)],
                [_shape(word) for part in params for word in _words(part)],
                kind,
                tuple(field.split(".")) if field else (),
                body,
            )
        )
    return found


def families() -> list[str]:
    """Return the names of the files of cases."""
    return sorted(path.stem for path in DATA.glob("*.txt"))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";")] if text else []


def _shape(word: str) -> tuple[int, ...]:
    return () if word == "scalar" else tuple(int(dim) for dim in word.split("x"))
