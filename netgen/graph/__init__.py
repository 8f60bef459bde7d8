"""A net as Caffe sees it: which layers a state keeps, and the shapes of blobs."""

from netgen.graph.phases import State, filter_net, keeps, phase_of
from netgen.graph.shape import Refusal, Shape
from netgen.graph.shapes import infer

__all__ = ["Refusal", "Shape", "State", "filter_net", "infer", "keeps", "phase_of"]
