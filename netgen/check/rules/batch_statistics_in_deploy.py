"""A BatchNorm of a deploy net takes its statistics from the batch.

In phase TEST a BatchNorm uses the mean and variance that training gathered, unless ``use_global_stats:
false`` is written. Then the answer for one picture depends on the others in its batch, and for a batch of
one on that picture alone. Said once for a net.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer {
      name: "norm" type: "BatchNorm" bottom: "score" top: "norm"
      batch_norm_param { use_global_stats: false }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "score" type: "Convolution" bottom: "data" top: "score"
      convolution_param { num_output: 2 kernel_size: 3 }
    }
    layer { name: "norm" type: "BatchNorm" bottom: "score" top: "norm" }

Source
------
``BatchNormLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.edits import Fix, Replace
from netgen.check.facts import again, is_deployed
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W307"
NAME = "batch-statistics-in-deploy"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("BatchNorm",)


def check(subject: NetSubject) -> Iterator[Report]:
    """Report use_global_stats: false where a net is tested: in deploy nets, and in test nets, once."""
    if "TEST" not in subject.phases:
        return
    # A training file without a TEST phase of its own is never tested.
    tested = is_deployed(subject) or ("TRAIN" not in subject.phases and subject.role == "train")
    if not tested:
        return
    wrong = []
    for layer in subject.graph.by_type("BatchNorm"):
        param = layer.message.batch_norm_param
        if param.HasField("use_global_stats") and not param.use_global_stats:
            wrong.append(layer)
    if wrong:
        paths = [("layer", layer.source, "batch_norm_param", "use_global_stats") for layer in wrong]
        more = again(len(wrong))
        yield Report(
            f"in phase TEST it takes mean and variance from the batch, not those gathered in training{more}",
            paths[0],
            "take use_global_stats out: Caffe sets it by the phase",
            layer=wrong[0].name,
            fix=Fix([Replace(path, "true") for path in paths]) if is_deployed(subject) else None,
        )
