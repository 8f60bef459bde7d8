"""Measures the custom loss layer against Caffe's own SigmoidCrossEntropyLoss, in one process, turn by turn.

Run it with a Python that has Caffe: ``python benchmarks/loss.py [--format json] [--options]``. Both layers
stand in one net, on the same scores and labels. Each round times Caffe's forward, Caffe's backward, the
custom forward and the custom backward, layer by layer, and a size's figure is the median of its rounds.

The goal, at each size: forward and backward together at least 10 times faster than Caffe's, neither of them
slower by itself, and a loss within 1e-6 of the float64 loss. The exit status is 0 where it is met, 1 where it
is missed, and 2 where nothing could be measured.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("GLOG_minloglevel", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "layers"))

FASTER = 10.0
ERROR = 1e-6
SIZES = "1x1x388x388,8x1x388x388,4x8x388x388"
# Elements to go through for each median, so that small sizes have more rounds.
ELEMENTS = 40_000_000

# What the custom layer is asked for; the goal is about the first, which Caffe's own layer can do.
PLAIN = "as it is"
VARIANTS = {
    PLAIN: {},
    "ignore_label": {"param_str": {"ignore_label": 255}, "ignored": 0.1},
    "pos_weight": {"param_str": {"pos_weight": 2.0}},
    "weight map": {"weights": True},
    "soft labels": {"soft": True},
}


def net_text(shape, variant):
    shape_text = "shape { " + " ".join(f"dim: {dim}" for dim in shape) + " }"
    inputs = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ {shape_text} }} }}\n'
        for name in ("data", "label", "weight")
    )
    ignore = "ignore_label: 255" if "ignored" in variant else ""
    weight = 'bottom: "weight"' if "weights" in variant else ""
    param_str = json.dumps(json.dumps(variant.get("param_str", {})))
    # The layer below has a parameter, or Caffe would not run the losses backward.
    return f"""{inputs}
    layer {{ name: "score" type: "Scale" bottom: "data" top: "score"
      scale_param {{ axis: 0 num_axes: 0 }} }}
    layer {{ name: "caffe" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" top: "caffe"
      loss_param {{ normalization: VALID {ignore} }} }}
    layer {{ name: "custom" type: "Python" bottom: "score" bottom: "label" {weight} top: "custom"
      loss_weight: 1 python_param {{ module: "loss_layers" layer: "CustomSigmoidCrossEntropyLossLayer"
        param_str: {param_str} }} }}
    """


def wanted_loss(scores, labels, variant, weights):
    """Return the float64 loss."""
    x, t = scores.astype(np.float64), labels.astype(np.float64)
    keep = t != 255
    t = np.where(keep, t, 0)
    positive = variant.get("param_str", {}).get("pos_weight", 1)
    terms = positive * t * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)
    return float((terms * keep * weights).sum() / keep.sum())


def measure(shape, title, rounds):
    """Return one row: times in milliseconds, ratios, errors."""
    import caffe

    variant = VARIANTS[title]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "net.prototxt")
        path.write_text(net_text(shape, variant))
        net = caffe.Net(str(path), caffe.TRAIN)
    random = np.random.default_rng(0)
    scores = (random.standard_normal(shape) * 3).astype(np.float32)
    labels = random.random(shape) if "soft" in variant else random.random(shape) < 0.5
    labels = labels.astype(np.float32)
    labels[random.random(shape) < variant.get("ignored", 0)] = 255
    weights = random.random(shape).astype(np.float32) if "weights" in variant else np.float32(1)
    for name, values in (("data", scores), ("label", labels), ("weight", weights)):
        net.blobs[name].data[...] = values
    net.forward()
    net.backward()
    wanted = wanted_loss(scores, labels, variant, weights.astype(np.float64))

    names = list(net._layer_names)
    passes = [
        (names.index(layer), run) for layer in ("caffe", "custom") for run in (net._forward, net._backward)
    ]
    times = np.empty((rounds, len(passes)))
    for row in times:
        for column, (layer, run) in enumerate(passes):
            start = time.perf_counter()
            run(layer, layer)
            row[column] = time.perf_counter() - start
    caffe_forward, caffe_backward, forward, backward = (
        1000 * statistics.median(column) for column in times.T.tolist()
    )
    row = {
        "size": "x".join(map(str, shape)),
        "options": title,
        "rounds": rounds,
        "caffe_forward_ms": caffe_forward,
        "caffe_backward_ms": caffe_backward,
        "custom_forward_ms": forward,
        "custom_backward_ms": backward,
        "forward_ratio": caffe_forward / forward,
        "backward_ratio": caffe_backward / backward,
        "together_ratio": (caffe_forward + caffe_backward) / (forward + backward),
        "custom_error": abs(float(net.blobs["custom"].data) - wanted) / wanted,
    }
    if title == PLAIN:
        row["caffe_error"] = abs(float(net.blobs["caffe"].data) - wanted) / wanted
        row["missed"] = [
            what
            for what, good in (
                (f"together less than {FASTER:g} times faster", row["together_ratio"] >= FASTER),
                ("forward slower", row["forward_ratio"] >= 1),
                ("backward slower", row["backward_ratio"] >= 1),
                (f"error above {ERROR:g}", row["custom_error"] <= ERROR),
            )
            if not good
        ]
    return row


def machine():
    """Return what the figures depend on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = models[0].split(":", 1)[1].strip() if models else processor
    try:
        caffe_version = "kendryte-caffe " + importlib.metadata.version("kendryte-caffe")
    except importlib.metadata.PackageNotFoundError:
        import caffe

        caffe_version = f"Caffe {getattr(caffe, '__version__', 'of an unknown version')}"
    return {
        "caffe": caffe_version,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.platform(),
        "processor": processor,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def table(facts, rows):
    """Return the figures as text."""
    lines = [
        f"{facts['caffe']}, Python {facts['python']}, NumPy {facts['numpy']}",
        f"{facts['system']}, {facts['processor']}, {facts['cores']} cores, load {facts['load']}",
    ]
    if facts["load"] is not None and facts["load"] > facts["cores"] / 2:
        lines.append("the machine is busy, and what is busy shares processor and caches: measure again")
    lines += [
        "median milliseconds of one layer: Caffe's SigmoidCrossEntropyLoss / the custom layer",
        "",
        f"{'size':<15}{'options':<14}{'forward':>17}{'backward':>17}"
        f"{'ratios: forward':>17}{'backward':>10}{'together':>10}  error of the loss",
    ]
    for row in rows:
        error = f"{row['custom_error']:.1e}"
        if "caffe_error" in row:
            error += f" (Caffe {row['caffe_error']:.1e})"
        lines.append(
            f"{row['size']:<15}{row['options']:<14}"
            f"{row['caffe_forward_ms']:>9.2f} / {row['custom_forward_ms']:.2f}"
            f"{row['caffe_backward_ms']:>9.3f} / {row['custom_backward_ms']:.3f}"
            f"{row['forward_ratio']:>15.1f}{row['backward_ratio']:>10.1f}{row['together_ratio']:>10.1f}"
            f"  {error}"
        )
    lines += ["", f"goal: together {FASTER:g}, forward 1, backward 1, error {ERROR:g}"]
    for row in rows:
        if "missed" in row:
            verdict = f"missed: {', '.join(row['missed'])}" if row["missed"] else "met"
            lines.append(f"  {row['size']}: {verdict}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--sizes", default=SIZES, help="as N x C x H x W, with commas between (%(default)s)")
    parser.add_argument("--rounds", type=int, help="rounds for each size (by default, many for small ones)")
    parser.add_argument(
        "--options", action="store_true", help="measure the layer's options too, without a goal"
    )
    arguments = parser.parse_args()
    if importlib.util.find_spec("caffe") is None:
        mend = "run this with the reference environment's Python"
        print(f"error: {sys.executable} has no Caffe\n  mend: {mend}", file=sys.stderr)
        return 2
    try:
        shapes = [tuple(int(dim) for dim in size.split("x")) for size in arguments.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes must be like {SIZES}, came {arguments.sizes}")
    facts = machine()
    rows = []
    for title in VARIANTS if arguments.options else [PLAIN]:
        for shape in shapes:
            rounds = arguments.rounds or max(11, ELEMENTS // int(np.prod(shape)))
            rows.append(measure(shape, title, rounds))
    met = not any(row.get("missed") for row in rows)
    if arguments.format == "json":
        goal = {"together": FASTER, "forward": 1, "backward": 1, "error": ERROR}
        print(json.dumps({"machine": facts, "goal": goal, "rows": rows, "met": met}, indent=1))
    else:
        print(table(facts, rows))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
