"""Real Caffe, as an object: load nets, run them, look at what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional, Union

import numpy as np

from netgen.runner.faults import CaffeFault
from netgen.runner.find import Interpreter, start_worker
from netgen.runner.process import Event, Log, WorkerProcess
from netgen.runner.training import TrainingResult, train

__all__ = ["Backward", "Caffe", "LayerInfo", "LoadedNet"]

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class LayerInfo:
    """A layer as Caffe made it, the Split layers that it inserts included.

    Parameters
    ----------
    name, type : str
        Its name and type.
    bottoms, tops : tuple of str
        Blob names, after splits were inserted.
    params : tuple of tuple of int
        The shape of each parameter.
    """

    name: str
    type: str
    bottoms: tuple[str, ...]
    tops: tuple[str, ...]
    params: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Backward:
    """What a backward pass gives.

    Parameters
    ----------
    blobs : dict
        The diff of each blob that was asked for.
    params : dict
        The diffs of the parameters of each layer.
    """

    blobs: dict[str, np.ndarray[Any, Any]]
    params: dict[str, list[np.ndarray[Any, Any]]]


class Caffe:
    """Real Caffe in a process of its own.

    Parameters
    ----------
    python : str, optional
        The interpreter that has Caffe; found by itself otherwise (see `netgen.runner.find_caffe`).
    time_limit : float, optional
        Seconds that any one request may take; training has a limit of its own.
    memory_limit : int, optional
        Bytes of address space that Caffe may use (not on Windows).
    gpu : int, optional
        The device to compute on; the CPU if None.

    Raises
    ------
    CaffeNotFoundError
        If no interpreter with Caffe is found.

    Notes
    -----
    A `netgen.runner.CaffeFault` that ends the process takes the nets in it along; the next `load` starts
    another one.

    Examples
    --------
    >>> with Caffe() as caffe:
    ...     net = caffe.load(Path("deploy.prototxt"), phase="TEST")
    ...     net.blobs["score"]
    (1, 1, 388, 388)
    """

    def __init__(
        self,
        python: Optional[str] = None,
        *,
        time_limit: Optional[float] = None,
        memory_limit: Optional[int] = None,
        gpu: Optional[int] = None,
    ) -> None:
        self._python = python
        self.time_limit = time_limit
        self._memory_limit = memory_limit
        self._gpu = gpu
        self._count = 0
        self._worker, self.interpreter = self._start()

    def _start(self) -> tuple[WorkerProcess, Interpreter]:
        return start_worker(self._python, memory_limit=self._memory_limit, gpu=self._gpu)

    def __enter__(self) -> Caffe:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    @property
    def worker(self) -> WorkerProcess:
        """The process; a new one if the last one died."""
        if not self._worker.alive:
            self._worker.close()
            # The interpreter that was found is the one to go on with.
            self._python = self.interpreter.python
            self._worker, self.interpreter = self._start()
        return self._worker

    @property
    def log(self) -> Log:
        """What Caffe wrote to standard error during the last request."""
        return self._worker.log

    def load(
        self,
        net: Union[str, Path, Any],
        phase: str = "TEST",
        *,
        stages: Sequence[str] = (),
        level: int = 0,
        weights: Optional[Path] = None,
        seed: Optional[int] = None,
        python_path: Sequence[Union[str, Path]] = (),
        folder: Optional[Path] = None,
    ) -> LoadedNet:
        """Load a net.

        Parameters
        ----------
        net : str, Path or message
            The text of a prototxt, the path of one, or a NetParameter.
        phase : {"TRAIN", "TEST"}
            The phase.
        stages, level
            The rest of the net's state.
        weights : Path, optional
            A caffemodel; see `LoadedNet.load_weights`.
        seed : int, optional
            For the fillers that draw the first weights.
        python_path : sequence of paths
            Folders to look for Python layers in, before the file's own folder.
        folder : Path, optional
            Where the net's relative paths start; the file's own folder, or else the current one.

        Raises
        ------
        CaffeFault
            If Caffe does not take the net.
        """
        worker = self.worker
        path, base = self._file(worker, net)
        folder = base if folder is None else folder.absolute()
        number = self.new_number()
        try:
            info = worker.request(
                "load",
                timeout=self.time_limit,
                net=number,
                path=str(path),
                phase=phase,
                stages=list(stages),
                level=level,
                seed=seed,
                folder=str(folder),
                python_path=list(
                    dict.fromkeys(str(Path(entry).absolute()) for entry in (*python_path, base))
                ),
            )
        except CaffeFault as fault:
            if fault.site is not None and fault.site.path == str(worker.folder / "net.prototxt"):
                fault.site = fault.site._replace(path="<prototxt>")
            raise
        worker.nets[number] = (phase, [layer["name"] for layer in info["layers"]])
        loaded = LoadedNet(self, number, phase, info)
        if weights is not None:
            loaded.load_weights(weights)
        return loaded

    def train(self, bundle: Union[str, Path], **options: Any) -> TrainingResult:
        """Train a bundle; see `netgen.runner.training.train` for the options."""
        return train(self, bundle, **options)

    def new_number(self, count: int = 1) -> int:
        """Set numbers for so many nets aside and return the first."""
        first = self._count + 1
        self._count += count
        return first

    def normalises(self) -> bool:
        """Tell whether this Caffe's BatchNorm normalises in TRAIN; in some builds that was cut out."""
        return bool(self.request("normalises"))

    def request(
        self,
        job: str,
        *,
        timeout: Optional[float] = None,
        on_event: Optional[Callable[[Event], None]] = None,
        **arguments: Any,
    ) -> Any:
        """Have the worker do one job; the methods of this class and of `LoadedNet` are the ways to use it."""
        limit = self.time_limit if timeout is None else timeout
        return self.worker.request(job, timeout=limit, on_event=on_event, **arguments)

    def send_array(self, array: Any, number: int) -> str:
        """Write an array where the worker can read it."""
        path = self._worker.folder / f"p{number}.npy"
        np.save(path, np.asarray(array, dtype=np.float32))
        return str(path)

    @staticmethod
    def _file(worker: WorkerProcess, net: Union[str, Path, Any]) -> tuple[Path, Path]:
        if isinstance(net, Path) or (isinstance(net, str) and "{" not in net and "\n" not in net):
            path = Path(net).absolute()
            return path, path.parent
        path = worker.folder / "net.prototxt"
        path.write_text(str(net), encoding="utf-8")
        return path, Path.cwd()


class LoadedNet:
    """A net in the worker.

    Parameters are what `Caffe.load` gives; make it with that.

    Attributes
    ----------
    phase : str
        The phase that it was loaded in.
    layers : tuple of LayerInfo
        Every layer, in order.
    blobs : dict
        The shape of each blob (a loss's is the empty tuple).
    params : dict
        The shapes of the parameters of each layer that has any.
    inputs, outputs : tuple of str
        The blobs that Caffe wants filled, and those that nothing consumes.
    loss_weights : dict
        The weight of each blob that counts towards the loss.
    """

    def __init__(self, caffe: Caffe, number: int, phase: str, info: dict[str, Any]) -> None:
        self._caffe = caffe
        self._worker = caffe.worker
        self._number = number
        self.phase = phase
        self.layers = tuple(
            LayerInfo(
                layer["name"],
                layer["type"],
                tuple(layer["bottoms"]),
                tuple(layer["tops"]),
                tuple(tuple(shape) for shape in layer["params"]),
            )
            for layer in info["layers"]
        )
        self.blobs: dict[str, tuple[int, ...]] = {name: tuple(shape) for name, shape in info["blobs"].items()}
        self.params = {layer.name: layer.params for layer in self.layers if layer.params}
        self.inputs: tuple[str, ...] = tuple(info["inputs"])
        self.outputs: tuple[str, ...] = tuple(info["outputs"])
        self.loss_weights: dict[str, float] = info["loss_weights"]
        self.loss: Optional[float] = None

    @property
    def memory(self) -> int:
        """Bytes of the blobs' data and the parameters; training takes as much again for their diffs."""
        numbers = sum(int(np.prod(shape)) for shape in self.blobs.values())
        return 4 * (numbers + self.parameter_count)

    @property
    def parameter_count(self) -> int:
        """How many numbers the net learns or was given, shared ones counted each time."""
        return sum(int(np.prod(shape)) for shapes in self.params.values() for shape in shapes)

    def forward(
        self,
        inputs: Optional[Arrays] = None,
        *,
        blobs: Optional[Sequence[str]] = None,
        start: Optional[str] = None,
        end: Optional[str] = None,
        reshape: bool = False,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Run the net.

        Parameters
        ----------
        inputs : mapping of str to array
            Blobs to set first, each of exactly the blob's shape.
        blobs : sequence of str, optional
            The blobs to return; the net's outputs by default.
        start, end : str, optional
            The first and the last layer to run.
        reshape : bool
            Let inputs of another shape reshape the net.

        Returns
        -------
        dict of str to array
            The weighted total loss is in ``loss`` of this object.

        Raises
        ------
        CaffeFault
            If Caffe or a Python layer fails, a name is unknown or a shape does not fit.
        """
        result = self._request(
            "forward",
            inputs=self._send(inputs),
            blobs=None if blobs is None else list(blobs),
            start=start,
            end=end,
            reshape=reshape,
        )
        self.loss = result["loss"]
        return _receive(result["blobs"])

    def backward(self, diffs: Optional[Arrays] = None, *, blobs: Optional[Sequence[str]] = None) -> Backward:
        """Run the net backwards, after `forward`.

        Parameters
        ----------
        diffs : mapping of str to array
            Diffs to set first; a loss's is set already.
        blobs : sequence of str, optional
            The blobs whose diffs to return; all by default.

        Raises
        ------
        CaffeFault
            As with `forward`.
        """
        names = None if blobs is None else list(blobs)
        result = self._request("backward", diffs=self._send(diffs), blobs=names)
        params = {name: [_take(path) for path in paths] for name, paths in result["params"].items()}
        return Backward(_receive(result["blobs"]), params)

    def get_params(self) -> dict[str, list[np.ndarray[Any, Any]]]:
        """Return a copy of the parameters of every layer."""
        result = self._request("params")
        return {name: [_take(path) for path in paths] for name, paths in result.items()}

    def set_params(self, params: Mapping[str, Sequence[Any]]) -> None:
        """Set all parameters of the layers named."""
        flat = {(name, index): array for name, arrays in params.items() for index, array in enumerate(arrays)}
        paths = self._send(flat)
        self._request(
            "set_params", params={n: [paths[n, i] for i in range(len(a))] for n, a in params.items()}
        )

    def load_weights(self, path: Union[str, Path]) -> tuple[str, ...]:
        """Load a caffemodel.

        Returns
        -------
        tuple of str
            The layers that have parameters but got none from it: Caffe matches by name and passes over the
            others in silence. They keep the parameters that they had.

        Raises
        ------
        CaffeFault
            If the file is missing or broken, or a shape does not fit.
        """
        return tuple(self._request("weights", path=str(Path(path).absolute())))

    def save(self, path: Union[str, Path]) -> None:
        """Write the parameters to a caffemodel."""
        self._request("save", path=str(Path(path).absolute()))

    def close(self) -> None:
        """Let go of the net, and of its memory."""
        self._request("unload")
        self._worker.nets.pop(self._number, None)

    def _send(self, arrays: Optional[Mapping[Any, Any]]) -> dict[Any, str]:
        items = (arrays or {}).items()
        return {name: self._caffe.send_array(array, index) for index, (name, array) in enumerate(items)}

    def _request(self, job: str, **arguments: Any) -> Any:
        # Not the client's newest worker: a net does not outlive the process that it was loaded in.
        return self._worker.request(
            job,
            timeout=self._caffe.time_limit,
            net=self._number,
            phase=self.phase,
            **arguments,
        )


def _receive(paths: Mapping[str, str]) -> dict[str, np.ndarray[Any, Any]]:
    return {name: _take(path) for name, path in paths.items()}


def _take(path: str) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = np.load(path)
    Path(path).unlink()
    return array
