"""The file given with ``--weights`` is no file of weights.

A ``.caffemodel`` is a binary NetParameter; Caffe also takes the HDF5 files that it writes with
``snapshot_format: HDF5``. Anything else ends it: a pointer that Git LFS left, a web page, a download that
stopped half way.

Fails
-----
    # netgen check --weights missing.caffemodel
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }

Source
------
``ReadNetParamsFromBinaryFileOrDie``; ``Net::CopyTrainedLayersFromHDF5``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.check.weights.pairs import stored
from netgen.errors import DataError

CODE = "W316"
NAME = "unreadable-weights"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("weights",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the files given with --weights that cannot be read."""
    for path in subject.options.weights:
        file = stored(path)
        if isinstance(file, DataError):
            yield Report(file.message, (), file.mend)
