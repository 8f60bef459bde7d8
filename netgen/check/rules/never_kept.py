"""A layer with rules that no state meets.

A layer with ``include`` rules stands in a net where one of them is met, one with ``exclude`` rules where
none is. A rule that wants a stage and its absence, or a level above its largest, is never met; an empty
``exclude`` always is. Caffe drops the layer in silence.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "relu" type: "ReLU" bottom: "data" top: "relu"
      include { stage: "deploy" not_stage: "deploy" }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "relu" type: "ReLU" bottom: "data" top: "relu"
      include { stage: "deploy" }
    }

Source
------
``Net::FilterNet`` and ``Net::StateMeetsRule``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W416"
NAME = "never-kept"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("phases",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report layers that are left out in every state."""
    for index, layer in enumerate(subject.upgraded.message.layer):
        if layer.include:
            never = all(_impossible(rule) for rule in layer.include)
            field = "include"
        elif layer.exclude:
            plain = [rule for rule in layer.exclude if not rule.stage and not rule.not_stage]
            plain = [r for r in plain if not r.HasField("min_level") and not r.HasField("max_level")]
            phases = {rule.phase for rule in plain if rule.HasField("phase")}
            never = len(phases) > 1 or any(not rule.HasField("phase") for rule in plain)
            field = "exclude"
        else:
            continue
        if never:
            yield Report(
                f"its {field} rules leave it out in every state",
                ("layer", index, field, 0),
                "mend the rules, or take the layer out",
                layer=layer.name,
            )


def _impossible(rule: Any) -> bool:
    levels = rule.HasField("min_level") and rule.HasField("max_level") and rule.min_level > rule.max_level
    return bool(levels or not set(rule.stage).isdisjoint(rule.not_stage))
