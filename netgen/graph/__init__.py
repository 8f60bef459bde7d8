"""A net as Caffe sees it: which layers a state keeps, and the shapes of blobs."""

from netgen.graph.phases import State, filter_net, keeps, phase_of
from netgen.graph.shape import Shape, ShapeError
from netgen.graph.shapes import infer

__all__ = ["Shape", "ShapeError", "State", "filter_net", "infer", "keeps", "phase_of"]
