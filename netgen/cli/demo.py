"""``netgen demo``: from a Python function to a trained U-Net, on a real picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

import click

__all__ = ["demo"]


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, metavar="DIR",
    help="Where bundle, data and picture go.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True,
    help="Of everything random: the same seed gives the same weights and scores.",
)  # fmt: skip
@click.option(
    "--iterations", type=click.IntRange(min=1), help="Training iterations, in place of the demo's number."
)
@click.option(
    "--caffe-python", metavar="PYTHON", help="The Python that has Caffe.  [env: NETGEN_CAFFE_PYTHON]"
)
@click.option("--force", is_flag=True, help="Replace bundle files that were edited by hand.")
@click.option(
    "--format", "layout", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How to tell the result on standard output.",
)  # fmt: skip
def demo(
    output: Path, seed: int, iterations: Optional[int], caffe_python: Optional[str], force: bool, layout: str
) -> int:
    """Train a U-Net on a real picture in real Caffe, and score it on a part that it has not seen.

    A U-Net written in Python becomes a bundle; a photograph of coins becomes data files; Caffe trains with
    the custom sigmoid cross-entropy; the deploy net predicts the held-out part; demo.png shows it. It takes
    about three minutes on two cores.

    Exit codes: 0 the trained net beats everything that it is compared with; 1 it does not; 2 could not run.
    """
    from netgen.cli.train import Display
    from netgen.demo.job import run

    with Display() as display:
        result = run(
            output,
            seed=seed,
            iterations=iterations,
            caffe_python=caffe_python,
            force=force,
            say=display.line,
            on_progress=display.show,
        )
    if layout == "json":
        told = {
            "iou": result.scores,
            "iterations": result.training.iteration,
            "first_loss": result.training.first_loss,
            "last_loss": result.training.last_loss,
            "seconds": round(result.seconds, 1),
            "bundle": str(result.folder / "unet"),
            "picture": str(result.picture),
        }
        click.echo(json.dumps(told, indent=2))
        return 0 if result.won else 1
    click.echo("IoU on the held-out part:")
    for name, score in sorted(result.scores.items(), key=lambda item: -item[1]):
        click.echo(f"  {score:.4f}  {name}")
    click.echo(f"picture: {result.picture}")
    click.echo(f"bundle:  {result.folder / 'unet'}")
    click.echo(f"done in {result.seconds:.0f} s")
    if not result.won:
        click.echo("the trained net does not beat everything that it is compared with", err=True)
        return 1
    return 0
