"""Makes layers/ importable, by tests and by Caffe, as it is in a checkout."""

import os
import sys
from pathlib import Path

import pytest

LAYERS = Path(__file__).resolve().parents[2] / "layers"

if str(LAYERS) not in sys.path:
    sys.path.insert(0, str(LAYERS))


@pytest.fixture(scope="session")
def layers_environment():
    """Return an environment in which another Python finds the layers and these tests' helpers."""
    path = os.pathsep.join([str(LAYERS), str(Path(__file__).parent)])
    return {**os.environ, "PYTHONPATH": path, "GLOG_minloglevel": "2"}
