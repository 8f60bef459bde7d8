"""Layer types that only forks of Caffe have, set up as those forks do it; see ``fork_types``."""

from __future__ import annotations

from importlib import import_module

from netgen.graph.setup.forks.changed import changed_types
from netgen.graph.setup.kinds import LayerType
from netgen.schema import names, select

__all__ = ["fork_types"]

# For each schema the tables in the modules here that say what its layers do; what stands behind wins.
_TABLES: dict[str, tuple[str, ...]] = {
    "faster-rcnn": ("regions.FAST",),
    "rfcn": ("regions.FAST_POOLING", "regions.POSITION", "regions.RFCN"),
    "ssd": ("detection.SSD",),
    "refinedet": ("detection.SSD", "detection.REFINED"),
    "mobilenet-ssd": ("detection.SSD", "channels.RELU6"),
    "segnet": ("segmentation.SEGNET",),
    "enet": ("segmentation.SEGNET",),
    "deeplab": ("segmentation.DEEPLAB",),
    "pspnet": ("segmentation.DEEPLAB", "segmentation.PSPNET"),
    "senet": ("channels.AXPY",),
    "depthwise": ("channels.DEPTHWISE",),
    "shufflenet": ("channels.SHUFFLE", "channels.OWN_DEPTHWISE"),
    "rfcn-priv": (
        "pooling.CEIL_MODE",
        "regions.FAST",
        "regions.POSITION",
        "regions.HARD",
        "segmentation.DEEPLAB",
        "segmentation.SIZED",
        "channels.AXPY",
        "channels.DEPTHWISE",
        "channels.OWN_DEPTHWISE",
    ),
    "yolo9000": ("detection.SHARED", "pooling.CEIL_MODE", "yolo.REGION"),
    "mobilenet-yolo": (
        "detection.SSD",
        "channels.AXPY",
        "channels.DEPTHWISE",
        "channels.RELU6",
        "yolo.REORG",
        "yolo.YOLO",
    ),
    "caffe-face": ("losses.CENTER",),
    "lstm": ("losses.LSTM",),
    "mscnn": ("regions.FAST",),
    "tsn": ("regions.FAST_POOLING", "segmentation.TSN"),
    "greentea": ("segmentation.GREENTEA",),
    "nvidia": ("detection.SSD", "channels.AXPY", "losses.NVIDIA"),
    "intel": (
        "detection.SSD",
        "regions.POSITION",
        "regions.HARD",
        "regions.INTEL",
        "channels.AXPY",
        "yolo.REORG",
    ),
    "caffe-windows": ("regions.FAST_POOLING", "regions.POSITION", "channels.AXPY", "channels.RELU6"),
    "cambricon": ("segmentation.INTERP", "channels.AXPY"),
    "synopsys": (
        "synopsys.LAYERS",
        "regions.FAST_POOLING",
        "detection.NORMALIZE",
        "detection.PRIORS",
        "channels.SHUFFLE",
        "segmentation.INTERP",
        "segmentation.UPSAMPLE",
        "yolo.REORG",
    ),
}


def fork_types(schema_name: str) -> dict[str, LayerType]:
    """Return the rules for the layers that a fork has on top of Caffe's, or does otherwise than Caffe.

    Parameters
    ----------
    schema_name : str
        One of ``schema.names()``; for others, such as a user's own caffe.proto, there are no rules.

    Returns
    -------
    dict of str to LayerType
        By layer type, as the fork's own ``LayerSetUp`` and ``Reshape`` are. A type of the fork that is not
        there has tops of unknown shapes.
    """
    if schema_name not in names():
        return {}
    known: dict[str, LayerType] = {}
    for table in _TABLES.get(schema_name, ()):
        module, name = table.split(".")
        known.update(getattr(import_module(f"{__name__}.{module}"), name))
    known = changed_types(schema_name, known)
    types = select(schema_name).layer_types
    return {name: kind for name, kind in known.items() if name in types}
