"""The job of training: Caffe's own solver, one iteration at a time."""

import ctypes
import math
import os
import random
import time
from typing import TYPE_CHECKING, Any

import caffe
import numpy as np
from caffe.proto import caffe_pb2
from google.protobuf import text_format

from .report import Refused

if TYPE_CHECKING:
    from .jobs import Jobs

_NEVER = 2**31 - 1
_FED = {"Input", "MemoryData"}
_WIDEST_OUTPUT = 64


class Training:
    """One run of a solver.

    Testing, snapshots and the end are done here and not by Caffe's solver, so that each is known exactly:
    what a test gave, and that both files of a snapshot are whole. The updates are the solver's own.

    Parameters
    ----------
    jobs : Jobs
        Gives the channel, the position and the folder, and keeps the nets.
    request : dict
        ``folder`` (the bundle), ``solver`` (its file), ``python_path``, ``net`` (a number for the TRAIN net,
        those after it are for the test nets), ``iterations``, ``seed``, ``snapshot_every``, ``prefix`` (all
        or None), ``weights``, ``resume`` (a solver state and its iteration), ``replay``, ``force``,
        ``time_limit``.
    """

    def __init__(self, jobs: "Jobs", request: "dict[str, Any]") -> None:
        self.jobs = jobs
        self.request = request
        self.channel = jobs.channel
        self.position = jobs.position
        self.losses = []  # type: list[float]

    def run(self) -> "dict[str, Any]":
        """Train, and tell how it ended."""
        request = self.request
        began = time.monotonic()
        self.jobs.enter(request["folder"], request["python_path"])
        self.settings = self._settings()
        if self.settings.random_seed >= 0:
            seed_everything(self.settings.random_seed)
        self.solver = self._solver()
        self._hold()
        self._check()
        missed = []  # type: list[str]
        if request["resume"]:
            self.solver.restore(request["resume"]["state"])
        elif request["weights"]:
            from .jobs import load_weights

            missed = load_weights(self.solver.net, request["weights"])
        start = int(self.solver.iter)
        self.channel.send(
            event="started",
            iteration=start,
            iterations=self.iterations,
            missed=missed,
            notices=self._notices(),
            net=request["net"],
            layers=self._layer_names(),
            tests=self._columns(),
        )
        if start and request["replay"]:
            self._replay(start)
        stopped = self._loop(began)
        return {"iteration": int(self.solver.iter), "start": start, "stopped": stopped, "missed": missed}

    def _settings(self) -> "Any":
        """Read the solver's file, and note what is done here instead of in Caffe."""
        path = self.request["solver"]
        settings = caffe_pb2.SolverParameter()
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            try:
                text_format.Merge(file.read(), settings)
            except text_format.ParseError as error:
                place = [path, error.GetLine() or 1, error.GetColumn()]
                raise Refused(
                    "check", f"this is not a solver that Caffe can read: {error}", site=place
                ) from error
        if self.request["seed"] is not None:
            settings.random_seed = self.request["seed"]
        self.iterations = (
            settings.max_iter if self.request["iterations"] is None else self.request["iterations"]
        )
        if self.iterations < 1:
            raise Refused("refused", "the solver says no max_iter", mend="set max_iter, or give --iterations")
        every = self.request["snapshot_every"]
        self.snapshot_every = settings.snapshot if every is None else every
        if not settings.snapshot_prefix:
            settings.snapshot_prefix = self.request["prefix"]
        self.suffix = "" if settings.snapshot_format == caffe_pb2.SolverParameter.BINARYPROTO else ".h5"
        os.makedirs(os.path.dirname(settings.snapshot_prefix) or ".", exist_ok=True)  # noqa: PTH103, PTH120
        return settings

    def _solver(self) -> "Any":
        settings = caffe_pb2.SolverParameter()
        settings.CopyFrom(self.settings)
        settings.max_iter = self.iterations
        settings.snapshot = 0
        settings.snapshot_after_train = False
        settings.test_initialization = False
        settings.test_interval = _NEVER
        path = os.path.join(self.jobs.folder, "solver.prototxt")  # noqa: PTH118
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text_format.MessageToString(settings))
        return caffe.get_solver(path)

    def _hold(self) -> None:
        number = self.request["net"]
        for offset, net in enumerate([self.solver.net] + list(self.solver.test_nets)):
            self.jobs.hold(number + offset, net, self.request["folder"])
        net = self.solver.net
        if hasattr(net, "after_forward"):
            last = len(net.layers) - 1
            # A solver may run the net several times an iteration (iter_size): the loss is the mean over them.
            net.after_forward(lambda layer: self.losses.append(total_loss(net)) if layer == last else None)

    def _check(self) -> None:
        """Refuse what could only fail, or train nothing, later."""
        nets = [("TRAIN", self.solver.net)] + [("TEST", net) for net in self.solver.test_nets]
        for phase, net in nets:
            for name, layer in zip(net._layer_names, net.layers):
                if str(layer.type) in _FED:
                    raise Refused(
                        "unsupported",
                        f"a layer of type {layer.type} gets its data from a Python program,"
                        " and in training from files there is none",
                        layer=str(name),
                        phase=phase,
                        mend="use a layer that reads files (HDF5Data, Data, ImageData) or a Python layer",
                    )
        if not any(self.solver.net._blob_loss_weights):
            raise Refused(
                "refused",
                "the net has no loss, so there is nothing to learn from",
                phase="TRAIN",
                mend="add a loss layer, or give a loss_weight to the layer that is one",
            )
        if not self.request["force"]:
            self._check_batch_norm()

    def _check_batch_norm(self) -> None:
        """Refuse to train BatchNorm with a Caffe whose BatchNorm does not normalise in TRAIN."""
        fixed = self._fixed_statistics()
        net = self.solver.net
        found = [
            str(name)
            for name, layer in zip(net._layer_names, net.layers)
            if str(layer.type) == "BatchNorm" and str(name) not in fixed
        ]
        if found and not self.jobs.do_normalises({}):
            count = f" ({len(found)} layers)" if len(found) > 1 else ""
            raise Refused(
                "unsupported",
                f"this Caffe cannot train BatchNorm{count}: on a small net, it did not normalise in TRAIN",
                layer=found[0],
                phase="TRAIN",
                mend="train with another Caffe (--caffe-python), leave BatchNorm out,"
                " or go on all the same with --force",
            )

    def _fixed_statistics(self) -> "set[str]":
        """Return the BatchNorm layers that are told to use the statistics they have."""
        settings = self.settings
        described = caffe_pb2.NetParameter()
        for field in ("net_param", "train_net_param"):
            if settings.HasField(field):
                described = getattr(settings, field)
        for field in ("net", "train_net"):
            if settings.HasField(field):
                with open(getattr(settings, field), encoding="utf-8") as file:  # noqa: PTH123
                    text_format.Merge(file.read(), described)
        return {layer.name for layer in described.layer if layer.batch_norm_param.use_global_stats}

    def _notices(self) -> "list[str]":
        wants_gpu = self.settings.HasField("solver_mode") and self.settings.solver_mode == self.settings.GPU
        if wants_gpu and not self.jobs.on_gpu:
            return ["the solver says GPU, but training runs on the CPU unless a device is named (--gpu)"]
        return []

    def _layer_names(self) -> "list[list[str]]":
        nets = [self.solver.net] + list(self.solver.test_nets)
        return [[str(name) for name in net._layer_names] for net in nets]

    def _replay(self, iterations: int) -> None:
        """Bring the data to where it was: Caffe's snapshots do not say how far it had been read.

        Layers without bottoms are where data comes from. Run by themselves as often as they were, they stand
        where they stood, their random numbers included. Where other layers draw random numbers too, those
        begin a new series.
        """
        told = time.monotonic()
        train = [self.solver.net] * max(1, self.settings.iter_size)
        tests = [net for net, n in zip(self.solver.test_nets, self.settings.test_iter) for _ in range(n)]
        if self._tests() and self.settings.test_initialization:
            _run_sources(tests)
        # In the order in which they ran, for they may share one series of random numbers.
        for iteration in range(1, iterations + 1):
            _run_sources(train)
            if self._tests() and iteration % self.settings.test_interval == 0:
                _run_sources(tests)
            if self.channel.stopping.is_set():
                return
            if time.monotonic() - told > 0.5:
                told = time.monotonic()
                self.channel.send(event="replaying", done=iteration, of=iterations)
        types = {str(layer.type) for layer in self.solver.net.layers}
        if "Dropout" in types and self.settings.random_seed >= 0:
            caffe.set_random_seed((self.settings.random_seed + iterations) % 2**31)

    def _loop(self, began: float) -> "str | None":
        """Train to the end, or until told to stop, and tell which."""
        solver = self.solver
        if solver.iter == 0 and self.settings.test_initialization and self._tests():
            clock = time.monotonic()
            results = self._test()
            self.channel.send(
                event="iteration",
                iteration=0,
                loss=None,
                lr=None,
                tests=results,
                seconds=time.monotonic() - clock,
            )
        stopped = None
        while solver.iter < self.iterations and stopped is None:
            self._step()
            if self.channel.stopping.is_set():
                stopped = "interrupted"
            elif self.request["time_limit"] and time.monotonic() - began > self.request["time_limit"]:
                stopped = "timeout"
            iteration = int(solver.iter)
            due = self.snapshot_every and iteration % self.snapshot_every == 0
            if due or stopped or iteration >= self.iterations:
                self._snapshot(iteration)
        return stopped if solver.iter < self.iterations else None

    def _step(self) -> None:
        solver = self.solver
        clock = time.monotonic()
        rate = getattr(solver, "lr", None)
        self.position.iteration = int(solver.iter) + 1
        self.position.clear()
        del self.losses[:]
        solver.step(1)
        losses = self.losses or [total_loss(solver.net)]
        loss = sum(losses) / len(losses)
        iteration = int(solver.iter)
        results = None
        if math.isfinite(loss) and self._tests() and self._due(iteration):
            results = self._test()
        self.channel.send(
            event="iteration",
            iteration=iteration,
            # JSON has no NaN and no infinity; str and float agree about both.
            loss=str(loss),
            lr=None if rate is None else float(rate),
            tests=results,
            seconds=time.monotonic() - clock,
        )
        if not math.isfinite(loss):
            raise Refused(
                "diverged",
                f"the loss became {loss} at iteration {iteration}",
                phase="TRAIN",
                iteration=iteration,
                mend=f"lower base_lr (it is {self.settings.base_lr:g}),"
                " or look for values in the data that are not finite",
            )
        self.position.iteration = 0

    def _tests(self) -> bool:
        return bool(self.settings.test_interval) and len(self.solver.test_nets) > 0

    def _due(self, iteration: int) -> bool:
        return bool(iteration % self.settings.test_interval == 0 or iteration >= self.iterations)

    def _test(self) -> "dict[str, str]":
        """Run every test net for its test_iter batches and return the mean of each output."""
        results = {}
        for index, (net, count) in enumerate(zip(self.solver.test_nets, self.settings.test_iter)):
            net.share_with(self.solver.net)
            sums = {}  # type: dict[str, np.ndarray[Any, Any]]
            for _ in range(count):
                net._forward(0, len(net.layers) - 1)
                for name in net.outputs:
                    sums[name] = sums.get(name, 0) + net.blobs[name].data.astype(np.float64)
            for name, value in sums.items():
                for label, part in zip(self._labels(index, name, value.size), value.flat):
                    results[label] = str(float(part) / count)
        return results

    def _columns(self) -> "list[str]":
        if not self._tests():
            return []
        return [
            label
            for index, net in enumerate(self.solver.test_nets)
            for name in net.outputs
            for label in self._labels(index, str(name), net.blobs[name].data.size)
        ]

    def _labels(self, index: int, name: str, size: int) -> "list[str]":
        """Name the numbers of one output; one as large as an image is no measure."""
        several = str(index) if len(self.solver.test_nets) > 1 else ""
        if size == 1:
            return [f"test{several}_{name}"]
        return [f"test{several}_{name}[{i}]" for i in range(size)] if size <= _WIDEST_OUTPUT else []

    def _snapshot(self, iteration: int) -> None:
        """Have Caffe write its two files, and tell of them once they are on the disk."""
        self.solver.snapshot()
        stem = f"{self.settings.snapshot_prefix}_iter_{iteration}"
        sizes = {}
        for kind, ending in (("model", ".caffemodel"), ("state", ".solverstate")):
            path = stem + ending + self.suffix
            with open(path, "rb") as file:  # noqa: PTH123
                os.fsync(file.fileno())
            sizes[kind] = [path, os.path.getsize(path)]  # noqa: PTH202
        self.channel.send(event="snapshot", iteration=iteration, **sizes)


def seed_everything(seed: int) -> None:
    """Seed what Caffe's own ``random_seed`` does not reach.

    These are Python layers, and HDF5Data, which shuffles with C's ``rand``.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        ctypes.CDLL(None).srand(seed % 2**31)
    except (AttributeError, OSError, TypeError):
        # Windows has no such name for its C library; there the order of a shuffle is that of a new process.
        return


def _run_sources(nets: "list[Any]") -> None:
    """Run the layers that have no bottoms, which are those that data comes from."""
    for net in nets:
        for index in range(len(net.layers)):
            if not len(net._bottom_ids(index)):
                net._forward(index, index)


def total_loss(net: "Any") -> float:
    """Return the loss that the solver minimises: every blob times its loss weight, summed."""
    total = 0.0
    for blob, weight in zip(net._blobs, net._blob_loss_weights):
        if weight:
            total += weight * float(blob.data.sum(dtype=np.float64))
    return total
