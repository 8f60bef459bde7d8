"""Data sets for Caffe's data layers, made from images and masks."""

from netgen.data.manifest import DataSet, Phase
from netgen.data.options import FORMATS, Options
from netgen.data.prepare import Outcome, prepare

__all__ = ["FORMATS", "DataSet", "Options", "Outcome", "Phase", "prepare"]
