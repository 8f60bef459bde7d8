"""The net has no name.

Caffe prints the name when it loads the net, and writes it into every caffemodel: it is how a file of
weights says what it is for.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }

Passes
------
    name: "my net"
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 } } }

Source
------
``Net::ToProto``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject

CODE = "W320"
NAME = "unnamed-net"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("unnamed",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report a net without a name."""
    message = subject.message
    if not message.name and len(message.layer) + len(message.layers):
        yield Report("the net has no name", mend='write one at the top of the file: name: "..."')
