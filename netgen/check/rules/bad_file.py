"""A file that a layer names and cannot use.

Data layers, and a few others, open files when they are set up. One that is not there, or is not what the
layer reads, ends Caffe. A net may be meant for another machine, where its data are, so this is said only
where the folder that Caffe is started in is known: ``--run-from DIR``, or ``run-from`` in ``[tool.netgen]``.
Relative paths start there.

Fails
-----
    # netgen check --run-from .
    layer {
      name: "data"
      type: "HDF5Data"
      top: "data"
      hdf5_data_param { source: "train.txt" batch_size: 1 }
    }

Passes
------
    # netgen check --run-from .
    layer {
      name: "data"
      type: "Input"
      top: "data"
      input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } }
    }

Source
------
The ``LayerSetUp`` and ``DataLayerSetUp`` of the layer in Caffe, such as ``HDF5DataLayer::LayerSetUp``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import NetSubject, problem_reports

CODE = "L111"
NAME = "bad-file"
SEVERITY = "error"
SCOPE = "net"
KINDS = ("file",)


def check(subject: NetSubject) -> Iterator[Report]:
    if subject.options.run_from is not None:
        yield from problem_reports(subject, *KINDS)
