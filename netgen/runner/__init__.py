"""Real Caffe in a process of its own: load, forward, backward, train, predict."""

from netgen.runner.client import Backward, Caffe, LayerInfo, LoadedNet
from netgen.runner.faults import KINDS, CaffeFault
from netgen.runner.find import ENVIRONMENT, Interpreter, find_caffe

__all__ = [
    "ENVIRONMENT",
    "KINDS",
    "Backward",
    "Caffe",
    "CaffeFault",
    "Interpreter",
    "LayerInfo",
    "LoadedNet",
    "find_caffe",
]
