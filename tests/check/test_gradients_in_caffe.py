"""W209 and W211 against real Caffe: gradients of nets with layers in place, and of the same nets without."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import pytest

from netgen.check import check

KINDS = {
    "BatchNorm": 'type: "BatchNorm" batch_norm_param { use_global_stats: true }',
    "Bias": 'type: "Bias" bias_param { filler { type: "gaussian" } }',
    "BNLL": 'type: "BNLL"',
    "Dropout": 'type: "Dropout"',
    "ELU": 'type: "ELU"',
    "Eltwise": 'type: "Eltwise" bottom: "other" eltwise_param { operation: PROD }',
    "Exp": 'type: "Exp"',
    "LRN": 'type: "LRN" lrn_param { alpha: 1 }',
    "LRN within": 'type: "LRN" lrn_param { alpha: 1 norm_region: WITHIN_CHANNEL local_size: 3 }',
    "Log": 'type: "Log" log_param { shift: 20 }',
    "MVN": 'type: "MVN"',
    "PReLU": 'type: "PReLU"',
    "Power half": 'type: "Power" power_param { scale: 0.5 }',
    "Power minus": 'type: "Power" power_param { scale: -1 }',
    "Power square": 'type: "Power" power_param { power: 2 shift: 1 }',
    "ReLU": 'type: "ReLU"',
    "ReLU leaky": 'type: "ReLU" relu_param { negative_slope: 0.3 }',
    "Scale": 'type: "Scale" scale_param { bias_term: true filler { type: "gaussian" } }',
    "Sigmoid": 'type: "Sigmoid"',
    "Softmax": 'type: "Softmax"',
    "TanH": 'type: "TanH"',
}
HEAD = """
name: "gradients"
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 5 dim: 5 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 dim: 4 dim: 5 dim: 5 } } }
layer {
  name: "other" type: "Convolution" bottom: "data" top: "other"
  convolution_param { num_output: 4 kernel_size: 1 weight_filler { type: "gaussian" } }
}
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 1 weight_filler { type: "gaussian" } }
}
"""

# Reads pairs of nets from standard input, and says of each whether the gradients are the same.
JUDGE = """
import json, sys, tempfile
import caffe
import numpy as np

def gradients(text):
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(text)
        file.flush()
        caffe.set_random_seed(3)
        net = caffe.Net(file.name, caffe.TRAIN)
    random = np.random.RandomState(0)
    for name in ("data", "label"):
        net.blobs[name].data[...] = random.randn(*net.blobs[name].data.shape)
    for name, blobs in net.params.items():
        if net.layer_dict[name].type == "BatchNorm":
            blobs[0].data[...], blobs[1].data[...], blobs[2].data[...] = 0.7, 2, 1
    caffe.set_random_seed(5)
    net.forward()
    net.backward()
    return [blob.diff.copy() for name in net.params for blob in net.params[name]]

answers = []
for one, other in json.load(sys.stdin):
    pairs = list(zip(gradients(one), gradients(other)))
    finite = all(np.isfinite(b).all() for _, b in pairs)
    answers.append(all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in pairs) if finite else None)
json.dump(answers, sys.stdout)
"""


def net(chain: list[tuple[str, bool]]) -> str:
    text, blob = HEAD, "conv"
    for number, (kind, in_place) in enumerate(chain):
        top = blob if in_place else f"blob{number}"
        text += f'layer {{ name: "layer{number}" bottom: "{blob}" top: "{top}" {KINDS[kind]} }}\n'
        blob = top
    loss = f'name: "loss" type: "EuclideanLoss" bottom: "{blob}" bottom: "label" top: "loss"'
    return text + f"layer {{ {loss} include {{ phase: TRAIN }} }}"


@pytest.mark.caffe
def test_a_gradient_is_wrong_where_the_rule_says_so_and_nowhere_else() -> None:
    chains = [[(kind, True)] for kind in KINDS]
    chains += [[(a, place), (b, True)] for a, place, b in itertools.product(KINDS, (False, True), KINDS)]
    order = [(net(chain), net([(kind, False) for kind, _ in chain])) for chain in chains]
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        input=json.dumps(order),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        text=True,
        check=True,
    )
    same = json.loads(done.stdout)
    assert same.count(None) < 20
    wrong = []
    for chain, (text, _), alike in zip(chains, order, same):
        said = any(one.code in ("W209", "W211") for one in check(text=text))
        if alike is not None and said == alike:
            wrong.append((chain, "right in Caffe" if alike else "wrong in Caffe"))
    assert wrong == []
