"""Blocks that nets are made of, written into a net under regular names.

Each function takes the net and a name first, names every blob and layer it makes after it, and returns the
top that the next layer goes on from::

    x = blocks.conv_relu(net, "conv1", net.data, 64, pad=1)
    x = blocks.max_pool(net, "pool1", x)
"""

from netgen.blocks.convolution import conv_bn_scale_relu, conv_relu, max_pool
from netgen.blocks.python_layers import python_layer
from netgen.blocks.resizing import concat, crop_like, upsample
from netgen.blocks.sharing import shared_params

__all__ = [
    "concat",
    "conv_bn_scale_relu",
    "conv_relu",
    "crop_like",
    "max_pool",
    "python_layer",
    "shared_params",
    "upsample",
]
