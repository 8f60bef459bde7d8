"""A layer works in place on values that a gradient needs.

Working in place saves memory by writing the result over the input. Going backward, some layers need what
they gave, or what they got: Sigmoid, TanH, Softmax, ELU, Exp and LRN what they gave; ReLU the sign of what
they got, and BNLL, Log and Clip the value. Where another layer has written over it, or the layer itself,
the gradient is wrong, and Caffe says nothing. The diffs of a blob in place are one, too: Power, LRN, MVN
and Eltwise write over the top's diff before they have read it. (PReLU, Scale, BatchNorm and Dropout keep
what they need. A Dropout after a ReLU does no harm: the sign is kept.)

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
      inner_product_param { num_output: 4 }
    }
    layer { name: "sigmoid" type: "Sigmoid" bottom: "hidden" top: "hidden" }
    layer { name: "drop" type: "Dropout" bottom: "hidden" top: "hidden" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "hidden" bottom: "label" top: "loss" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "hidden" type: "InnerProduct" bottom: "data" top: "hidden"
      inner_product_param { num_output: 4 }
    }
    layer { name: "sigmoid" type: "Sigmoid" bottom: "hidden" top: "hidden" }
    layer { name: "drop" type: "Dropout" bottom: "hidden" top: "dropped" }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "dropped" bottom: "label" top: "loss" }

Source
------
The layers' ``Backward_cpu``: which of ``top[0]->cpu_data()`` and ``bottom[0]->cpu_data()`` they read.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.facts import is_training
from netgen.check.gradients import NEEDY, fails_in_place, needs_value, spoils
from netgen.check.report import Report
from netgen.check.subjects import NetSubject

CODE = "W209"
NAME = "spoiled-gradient"
SEVERITY = "warning"
SCOPE = "net"
TRAITS = ("in-place", "train")

# No net has more layers in place on a blob; one that was made to have must not take for ever.
_FAR = 16


def check(subject: NetSubject) -> Iterator[Report]:
    """Report layers that write over what a layer before them, or they themselves, need to go backward."""
    if not is_training(subject):
        return
    for blob in subject.graph.blobs:
        writers = blob.writers
        if len(writers) < 2:
            continue
        for place, writer in enumerate(writers):
            if writer.type not in NEEDY or not writer.need_backward or not any(writer.bottom_need_backward):
                continue
            if place and fails_in_place(writer):
                yield Report(
                    f"{writer.type} in place goes backward wrongly: it needs what it has written over",
                    ("layer", writer.source, "top", 0),
                    "give its top a name of its own",
                    layer=writer.name,
                    blob=blob.name,
                )
            need = needs_value(writer, in_place=place > 0)
            after = writers[place + 1 : place + 1 + _FAR] if need else ()
            later = next((other for other in after if spoils(need, writer, other)), None)
            if later is not None:
                yield Report(
                    f"{writer.type} layer {writer.name!r} needs {need} of {blob.name!r} to go backward, and"
                    f" {later.type} writes over it: the gradient is wrong",
                    ("layer", later.source, "top", 0),
                    "give its top a name of its own, and the layers after it that name as bottom",
                    layer=later.name,
                    blob=blob.name,
                )
