"""The main job, step by step: picture, bundle, data, training, prediction, score."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional, Union

import numpy as np

from netgen.data import Options, prepare
from netgen.data.tiling import geometry
from netgen.demo.coins import METHOD, SOURCE, Coins, baselines, coins, iou
from netgen.demo.picture import draw
from netgen.emit import write_bundle
from netgen.emit.api import bundle_of
from netgen.emit.source import source_of
from netgen.networks import unet
from netgen.networks.geometry import plan
from netgen.runner import Caffe
from netgen.runner.prediction import Predictor
from netgen.runner.training import Progress, TrainingResult

__all__ = ["NETWORK", "SOLVER", "DemoResult", "run"]

# A U-Net that a laptop's CPU trains in two minutes, and that still sees a whole coin.
NETWORK: dict[str, Any] = {"size": 188, "depth": 3, "base": 8, "dropout": 0.0, "batch_size": 4}
# Adam needs no tuning here; the rate goes down to nothing, so that the end is a quiet one.
SOLVER: dict[str, Any] = {
    "type": "Adam",
    "base_lr": 0.002,
    "momentum": 0.9,
    "momentum2": 0.999,
    "lr_policy": "poly",
    "power": 1,
    "weight_decay": 0,
    "max_iter": 400,
    "test_iter": 2,
    "test_interval": 100,
    "snapshot": 200,
}
# Changed copies of each training tile, and by how much their contrast and brightness change at most: the
# held-out part is darker than what is trained with.
_AUGMENT = 15
_JITTER = 0.15


@dataclass(frozen=True)
class DemoResult:
    """What the job came to.

    Parameters
    ----------
    scores : dict of str to float
        IoU on the held-out part: of the trained net, the untrained net and the simple masks.
    training : TrainingResult
        How training went.
    picture : Path
        The PNG of image, truth and prediction.
    folder : Path
        Where everything lies.
    seconds : float
        How long it took.
    """

    scores: dict[str, float]
    training: TrainingResult
    picture: Path
    folder: Path
    seconds: float

    @property
    def won(self) -> bool:
        """Whether the trained net beats everything that it is compared with."""
        trained = self.scores["trained U-Net"]
        return all(trained > score for name, score in self.scores.items() if name != "trained U-Net")


class _Steps:
    """Tells what is being done, numbered, with the time that it took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._count = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self._count += 1
        self._say(f"[{self._count}/6] {title}")
        begun = time.monotonic()
        yield
        self._say(f"      {time.monotonic() - begun:.1f} s")

    def line(self, text: str) -> None:
        self._say(f"      {text}")


def run(
    folder: Union[str, Path],
    *,
    seed: int = 1,
    iterations: Optional[int] = None,
    caffe_python: Optional[str] = None,
    force: bool = False,
    say: Callable[[str], None] = print,
    on_progress: Optional[Callable[[Progress], None]] = None,
) -> DemoResult:
    """Train a U-Net on a real picture and score it on a part that it has not seen.

    Parameters
    ----------
    folder : str or Path
        Where bundle, data and picture go.
    seed : int
        Of everything random: the same seed gives the same weights and scores.
    iterations : int, optional
        Training iterations, in place of the demo's own number.
    caffe_python : str, optional
        The Python that has Caffe.
    force : bool
        Replace what an earlier run left, whatever it is.
    say : callable
        Told what is being done, a line at a time.
    on_progress : callable, optional
        Told how training goes.

    Raises
    ------
    NetgenError
        Where Caffe or a package is missing, or a step fails.
    """
    begun = time.monotonic()
    folder = Path(folder).resolve()
    bundle_folder = folder / "unet"
    steps = _Steps(say)
    # First of all, so that a missing Caffe is told of before anything is made.
    with Caffe(caffe_python) as caffe:
        with steps.step("a real picture, its truth, and a part of it held out"):
            data = coins()
            _write_pictures(data, folder)
            steps.line(SOURCE)
            steps.line(f"truth: {METHOD}")
            parts = " and ".join(
                f"{side.image.shape[0]} x {side.image.shape[1]} pixels to {use}"
                for side, use in ((data.train, "train with"), (data.held_out, "be scored on"))
            )
            steps.line(f"{parts}; nothing of one is ever read with the other")
        with steps.step("the U-Net, from a Python function to a bundle"):
            _emit(bundle_folder, seed, iterations, force, steps)
        with steps.step("data files for Caffe"):
            _prepare(folder, bundle_folder, seed, steps)
        with steps.step("training in real Caffe, with the custom loss"):
            training = caffe.train(bundle_folder, fresh=True, on_progress=on_progress)
            steps.line(
                f"loss {_number(training.first_loss)} -> {_number(training.last_loss)} "
                f"in {training.iteration} iterations"
            )
        with steps.step("predicting the held-out part with the deploy net"):
            prediction, scores = _score(caffe, bundle_folder, data, seed)
        with steps.step("a picture of it all"):
            picture = draw(
                data, prediction, scores, bundle_folder / "training" / "log.csv", folder / "demo.png"
            )
            steps.line(str(picture))
    return DemoResult(scores, training, picture, folder, time.monotonic() - begun)


def _number(value: Optional[float]) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _write_pictures(data: Coins, folder: Path) -> None:
    for name, side in (("train", data.train), ("held_out", data.held_out)):
        side.write(folder / "pictures" / name)


def _emit(folder: Path, seed: int, iterations: Optional[int], force: bool, steps: _Steps) -> None:
    solver = {**SOLVER, "random_seed": seed}
    if iterations is not None:
        solver["max_iter"] = iterations
    bundle, _ = bundle_of(
        source_of(unet, title="netgen.networks.unet"),
        NETWORK,
        folder=folder,
        solver=solver,
        command="netgen unet",
    )
    write_bundle(bundle, folder, force=force)
    for name in bundle.files:
        steps.line(f"{folder.name}/{name}")


def _prepare(folder: Path, bundle_folder: Path, seed: int, steps: _Steps) -> None:
    size = plan(NETWORK["size"], NETWORK["depth"], "valid")
    options = Options(
        geometry=geometry((size.size, size.size), (size.output, size.output)),
        augment=_AUGMENT,
        jitter=_JITTER,
        seed=seed,
        force=True,
    )
    pictures = folder / "pictures"
    made = prepare(
        str(pictures / "train" / "images"),
        str(pictures / "train" / "masks"),
        bundle_folder / "data",
        options,
        test=(str(pictures / "held_out" / "images"), str(pictures / "held_out" / "masks")),
    )
    for phase, part in made.data.phases.items():
        steps.line(
            f"{phase}: {part.samples} samples of {size.size} x {size.size}, "
            f"labels {size.output} x {size.output}"
        )


def _score(
    caffe: Caffe, bundle: Path, data: Coins, seed: int
) -> tuple[np.ndarray[Any, Any], dict[str, float]]:
    """Return the held-out part's probabilities, and the IoU of the trained net and of what it has to beat."""
    image = data.held_out.image[np.newaxis] / 255.0
    untrained = bundle / "training" / "untrained.caffemodel"
    caffe.load(bundle / "deploy.prototxt", "TEST", seed=seed).save(untrained)
    scores: dict[str, float] = {}
    predictions = {}
    for name, weights in (("trained U-Net", None), ("untrained U-Net", untrained)):
        prediction = Predictor(caffe, bundle, weights).predict(image)
        predictions[name] = prediction.foreground
        scores[name] = iou(prediction.mask(), data.held_out.mask)
    scores.update(baselines(data.held_out, data.train))
    return predictions["trained U-Net"], scores
