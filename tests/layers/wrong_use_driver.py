"""Runs wrong uses of the layers in real Caffe, in a process of their own: cases come in as JSON, answers go out.

An answer is a line of JSON: the case's title, how far the net came, and the exception that reached the caller.
"""

import json
import sys

import numpy as np
from loss_nets import LOSS, SCORE, input_layer, load, python_layer

cases = json.load(sys.stdin)
for case in cases:
    text = case.get("net", "")
    for name in ("data", "label", "weight"):
        if name in case:
            text += input_layer(name, [int(dim) for dim in case[name].split(" x ")])
    text += SCORE
    text += python_layer(
        case.get("layer", LOSS),
        bottoms=case.get("bottoms", "score label").split(),
        tops=case.get("tops", "loss").split(),
        param_str=case.get("param_str", ""),
        rest=case.get("rest", "loss_weight: 1"),
    )
    stage = "load"
    answer = {"title": case["title"], "said": "nothing: it ran"}
    try:
        net = load(text)
        for name in ("data", "label", "weight"):
            if f"{name}s" in case:
                values = np.float32(case[f"{name}s"].split())
                net.blobs[name].data.flat[: values.size] = values
        stage = "forward"
        net.forward()
        stage = "backward"
        net.backward()
    except BaseException as error:
        answer["said"] = f"at {stage}, {type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
