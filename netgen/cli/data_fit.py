"""Whether the data set in a bundle is one that its net can be trained with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional, Union

from netgen.data.manifest import MANIFEST, DataSet
from netgen.data.tiling import spelt
from netgen.errors import DataError, NetgenError, PrototxtError, listed
from netgen.graph import Shape, State, filter_net, infer
from netgen.prototxt import parse
from netgen.runner.training import find_bundle
from netgen.schema import caffe_pb2

__all__ = ["check_data", "find_data_set"]

_FILES = {"HDF5Data": "hdf5_data_param", "Data": "data_param", "ImageData": "image_data_param"}


def find_data_set(folder: Path) -> Optional[tuple[Path, DataSet]]:
    """Return the data set that lies in a bundle, and its folder.

    Raises
    ------
    DataError
        If its ``data.json`` is not as netgen writes it.
    """
    for place in (folder, folder / "data"):
        if (place / MANIFEST).is_file():
            return place, DataSet.read(place)
    return None


def check_data(bundle: Union[str, Path]) -> None:
    """Compare the data set in a bundle with what the train net reads, before Caffe is started.

    What cannot be known without Caffe is passed over: Caffe has the last word.

    Raises
    ------
    DataError
        If the labels have not the size of the scores they are compared with, or a blob is not in the data.
    BundleError
        If there is no bundle.
    """
    folder, path = find_bundle(bundle)
    found = find_data_set(folder)
    solver = _read(path, caffe_pb2.SolverParameter)
    if found is None or solver is None:
        return
    net = _read(folder / (solver.net or solver.train_net), caffe_pb2.NetParameter)
    if net is None:
        return
    states = [State("TRAIN", tuple(solver.train_state.stage), solver.train_state.level)]
    if solver.net and solver.test_iter and not solver.test_net:
        states += [State("TEST", tuple(s.stage), s.level) for s in solver.test_state] or [State("TEST")]
    for state in states:
        _Fit(folder, *found, state).check(filter_net(net, state).layer)


def _read(path: Path, message_class: Any) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"), message_class, str(path))
    except (OSError, ValueError, PrototxtError):
        return None


class _Fit:
    """The data set and the net in one state."""

    def __init__(self, folder: Path, place: Path, data: DataSet, state: State) -> None:
        self._folder = folder
        self._place = place
        self._data = data
        self._state = state
        self._phase = data.phases.get(state.phase.lower())

    def check(self, layers: Sequence[Any]) -> None:
        """Raise an error where they do not fit."""
        if self._phase is None or self._data.format == "python":
            # The layer that reads pairs of files cuts them to the size that it is told itself.
            return
        read: dict[str, str] = {}
        for layer in layers:
            read.update(self._tops(layer))
        if "data" not in read.values():
            return
        image = (1, self._data.channels, *self._data.input_size)
        shapes = _shapes(layers, {top: image for top, blob in read.items() if blob == "data"})
        for layer in layers:
            if not _compares(layer):
                continue
            score = shapes.get(layer.bottom[0])
            others = [bottom for bottom in layer.bottom[1:] if read.get(bottom) in ("label", "weight")]
            if others and score and len(score) == 4 and list(score[2:]) != list(self._data.output_size):
                raise self._other_size(layer, score)

    def _tops(self, layer: Any) -> dict[str, str]:
        """Return the tops that a layer reads from the data set, and which of its blobs they are."""
        param = getattr(layer, _FILES[layer.type], None) if layer.type in _FILES else None
        if param is None or self._phase is None:
            return {}
        source = self._folder / param.source
        if source.resolve().parent != self._place.resolve():
            return {}
        sources = self._phase.sources
        if layer.type == "HDF5Data" and source.name in sources.values():
            for top in layer.top:
                if top not in sources:
                    raise self._lacks(layer, top)
            return {top: top for top in layer.top}
        blobs = [blob for blob, name in sources.items() if name == source.name]
        if not blobs and not source.exists():
            raise self._lacks(layer, layer.top[0] if layer.top else source.name)
        return dict(zip(layer.top[:1], blobs))

    def _lacks(self, layer: Any, blob: str) -> DataError:
        sources = {} if self._phase is None else self._phase.sources
        return DataError(
            f"{self._place} has no blob {blob!r} for this layer; it has {listed(sources)}",
            layer=layer.name,
            phase=self._state.phase,
            mend="make the data with netgen prepare --weight-map, or emit the net with weight_map=false"
            if blob == "weight"
            else "make the data again with netgen prepare, or give the layer those tops alone",
        )

    def _other_size(self, layer: Any, score: Shape) -> DataError:
        inside, outside = (spelt((s[0], s[1])) for s in (self._data.input_size, self._data.output_size))
        return DataError(
            f"{self._place} was prepared for images of {inside} and labels of {outside};"
            f" with such images the net's {layer.bottom[0]!r} is {spelt((score[2], score[3]))}",
            layer=layer.name,
            phase=self._state.phase,
            mend=f"netgen prepare --input-size {self._size(score)}, or emit the net for these sizes",
        )

    def _size(self, score: Shape) -> str:
        """Return the sizes to prepare for: the deploy net's, or else those that fit the images there are."""
        given: Sequence[int] = self._data.input_size
        deploy = _read(self._folder / "deploy.prototxt", caffe_pb2.NetParameter)
        inputs = [] if deploy is None else [layer for layer in deploy.layer if layer.type == "Input"]
        if len(inputs) == 1 and len(inputs[0].input_param.shape) == 1:
            image = tuple(int(d) for d in inputs[0].input_param.shape[0].dim)
            shapes = _shapes(deploy.layer, {inputs[0].top[0]: image})
            answer = next((shapes[t] for layer in reversed(deploy.layer) for t in layer.top), None)
            if len(image) == 4 and answer is not None and len(answer) == 4:
                given, score = image[2:], answer
        return f"{given[0]}x{given[1]} --output-size {score[2]}x{score[3]}"


def _compares(layer: Any) -> bool:
    """Tell whether a layer wants its bottoms to have the same height and width."""
    kind = layer.python_param.layer if layer.type == "Python" else layer.type
    return len(layer.bottom) > 1 and ("Loss" in kind or kind == "Accuracy")


def _shapes(layers: Sequence[Any], known: dict[str, Shape]) -> dict[str, Optional[Shape]]:
    """Return the shapes of blobs, as far as they follow from those that are known."""
    shapes: dict[str, Optional[Shape]] = dict(known)
    for layer in layers:
        if not layer.bottom:
            continue
        try:
            tops = infer(layer, [shapes.get(bottom) for bottom in layer.bottom], len(layer.top))
        except NetgenError:
            # Caffe will refuse this layer, in its own words.
            return shapes
        shapes.update(zip(layer.top, tops))
    return shapes
