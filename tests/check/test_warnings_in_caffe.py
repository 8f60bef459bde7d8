"""What warnings show is what Caffe takes: each example and each case loads in real Caffe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from forked_caffe import judge
from rule_cases import DATA, example, files_of

from netgen.check.loading import every_rule

# Layers that want files or modules of their own: what Caffe says then is about those.
_NEED_FILES = ("Python", "HDF5Data", "HDF5Output", "Data", "ImageData", "WindowData")


def nets() -> Iterator[tuple[str, str]]:
    for rule in every_rule():
        if rule.code.startswith(("W2", "W3", "W4")):
            for name, text in files_of(example(rule, "Fails")):
                yield f"{rule.code} {name}", text
            for path in sorted((DATA / rule.code).glob("fail_*.prototxt")):
                yield f"{rule.code} {path.name}", path.read_text(encoding="utf-8")


@pytest.mark.caffe
def test_caffe_takes_what_is_only_warned_of() -> None:
    refused = []
    for name, text in nets():
        if not any(f'type: "{kind}"' in text for kind in _NEED_FILES) and "type: DATA" not in text:
            phase = "TEST" if "deploy" in name else "TRAIN"
            verdict = judge(text, phase)
            if not verdict:
                refused.append((name, verdict.refused))
    assert refused == []
