"""What all tests share: which of them need real Caffe."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# Caffe's log goes to standard error before Python can stop it.
os.environ.setdefault("GLOG_minloglevel", "2")

# A loaded machine makes slow examples, not wrong ones. In CI the examples are the same in each run, so that a change is
# judged by what it changes; at a desk they are new ones each time, so that they go on finding things.
settings.register_profile(
    "netgen",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("netgen")

HAS_CAFFE = importlib.util.find_spec("caffe") is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if HAS_CAFFE:
        return
    if sys.version_info[:2] == (3, 9):
        raise pytest.UsageError(
            "this is CPython 3.9 and there is no Caffe: set the environment up with `./run test`"
        )
    skip = pytest.mark.skip(
        reason="real Caffe has no wheel for this Python; the reference environment runs it"
    )
    for item in items:
        if item.get_closest_marker("caffe"):
            item.add_marker(skip)
