"""A few convolutions with the custom loss: netgen emit examples/tiny.py -o tiny."""

import netgen as ng
from netgen import blocks, losses
from netgen import layers as L


@ng.network
def tiny(net, size: int = 64, width: int = 16):
    """A few convolutions with a pixel-wise loss.

    Parameters
    ----------
    size : int
        Pixels in, height and width.
    width : int
        Channels.
    """
    if net.deploying:
        net.data = L.Input(shape=dict(dim=[1, 1, size, size]))
    else:
        net.data, net.label = L.HDF5Data(source=f"data/{net.phase.lower()}.txt", batch_size=4, ntop=2)
    x = blocks.conv_relu(net, "conv1", net.data, width, pad=1)
    x = blocks.conv_relu(net, "conv2", x, width, pad=1)
    net.score = L.Convolution(x, num_output=1, kernel_size=1, weight_filler=dict(type="msra"))
    if net.deploying:
        net.prob = L.Sigmoid(net.score)
    elif net.training:
        net.loss_opt = losses.sigmoid_cross_entropy(net.score, net.label)
