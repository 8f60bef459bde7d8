"""A network with stages: the TEST phase is tested on two sets, and each has its own data layer.

netgen emit examples/two_heads.py -o two_heads
"""

import netgen as ng
from netgen import blocks, losses
from netgen import layers as L


@ng.network(states=["TRAIN", "TEST:easy", "TEST:hard"])
def two_heads(net, size: int = 64, width: int = 16):
    """Two convolutions, one trunk for a mask and an edge.

    Parameters
    ----------
    size : int
        Pixels in, height and width.
    width : int
        Channels of the trunk.
    """
    if net.deploying:
        net.data = L.Input(shape=dict(dim=[1, 3, size, size]))
    else:
        name = net.stages[0] if net.stages else "train"
        net.data, net.mask, net.edge = L.HDF5Data(source=f"data/{name}.txt", batch_size=4, ntop=3)
    with net.section("trunk"):
        x = blocks.conv_relu(net, "conv1", net.data, width, pad=1)
        x = blocks.conv_relu(net, "conv2", x, width, pad=1)
    with net.section("heads"):
        net.mask_score = L.Convolution(x, num_output=1, kernel_size=1, weight_filler=dict(type="msra"))
        net.edge_score = L.Convolution(x, num_output=1, kernel_size=1, weight_filler=dict(type="msra"))
    if net.deploying:
        net.mask_prob = L.Sigmoid(net.mask_score)
        net.edge_prob = L.Sigmoid(net.edge_score)
    else:
        # In TEST too: a loss to be watched on both sets.
        net.mask_loss = losses.sigmoid_cross_entropy(net.mask_score, net.mask, name="mask_loss")
        net.edge_loss = losses.sigmoid_cross_entropy(
            net.edge_score, net.edge, name="edge_loss", loss_weight=0.5, pos_weight=4.0
        )
