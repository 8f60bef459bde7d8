"""Write what real Caffe's NetSpec makes of every script to data/: ``python tests/interface/record.py``."""

from pathlib import Path

from google.protobuf import text_format
from scripts import SCRIPTS

DATA = Path(__file__).resolve().parent / "data"


def recorded(function):
    """The text of real Caffe's NetParameter for a script."""
    from caffe import net_spec

    net = function(net_spec.NetSpec, net_spec.layers, net_spec.params).to_proto()
    return text_format.MessageToString(net, as_utf8=True)


def main():
    for stale in DATA.glob("*.prototxt"):
        stale.unlink()
    for name, function in SCRIPTS.items():
        (DATA / f"{name}.prototxt").write_text(recorded(function), encoding="utf-8")


if __name__ == "__main__":
    main()
