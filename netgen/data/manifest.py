"""``data.json``: what a data set holds and how it was made, for people and for the other commands."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from netgen.errors import DataError, listed

__all__ = ["MANIFEST", "DataSet", "Phase"]

MANIFEST = "data.json"


@dataclass(frozen=True)
class Phase:
    """The samples of one phase.

    Parameters
    ----------
    samples : int
        How many there are.
    images : list of str
        The images they were made from, as the user named them.
    sources : dict of str to str
        From each blob's name to what a data layer names as its ``source``, relative to the data set.
    pixels : dict of str to int
        How many pixels of the labels each class has, by class index; ignored ones under ``"ignored"``.
    """

    samples: int
    images: list[str]
    sources: dict[str, str]
    pixels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSet:
    """A data set as its ``data.json`` tells it.

    Parameters
    ----------
    format : str
        hdf5, lmdb, image or python.
    input_size, output_size : list of int
        Height and width of the data and of the labels.
    channels : int
        Of the data.
    colour : str
        gray, rgb or bgr: the order of the channels.
    scale : float
        What pixel values are multiplied with before the net sees them, by whichever side.
    layer_scale : float
        The part of it that the net's data layer has to do (``transform_param``): 1 where the files hold
        scaled values.
    label_scale : float
        Likewise what the layer of the labels has to do.
    classes : int
        1 for foreground and background, else the number of class indexes.
    ignore_label : int, optional
        The label that the loss must leave out.
    weights : dict, optional
        ``border`` and ``sigma`` of the weight map, where there is one.
    augment, jitter, seed
        As the command had them.
    phases : dict of str to Phase
        By ``"train"`` and ``"test"``.
    files : list of str
        The folder's entries.
    """

    format: str
    input_size: list[int]
    output_size: list[int]
    channels: int
    colour: str
    scale: float
    layer_scale: float
    label_scale: float
    classes: int
    ignore_label: Optional[int]
    weights: Optional[dict[str, float]]
    augment: int
    jitter: float
    seed: int
    phases: dict[str, Phase]
    files: list[str]

    def write(self, folder: Path) -> None:
        """Write ``data.json`` into a folder."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> DataSet:
        """Return the data set in a folder.

        Raises
        ------
        DataError
            Where there is none, or its ``data.json`` is not as `netgen prepare` writes it.
        """
        path = folder / MANIFEST
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError(
                f"{folder} is no data set: it has no {MANIFEST}", mend="make one with netgen prepare"
            ) from None
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read: {error}") from error
        names = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(content, dict) or set(content) != names:
            differing = listed(sorted(names ^ set(content))) if isinstance(content, dict) else "not an object"
            raise DataError(
                f"{path} is not as netgen prepare writes it ({differing})", mend="make the data set again"
            )
        try:
            phases = {name: Phase(**phase) for name, phase in content.pop("phases").items()}
        except (AttributeError, TypeError) as error:
            raise DataError(f"{path}: the phases are not as netgen prepare writes them: {error}") from error
        return cls(**content, phases=phases)
