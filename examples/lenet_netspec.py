"""A plain NetSpec script, as Caffe's own examples have them: netgen emits and checks it unchanged.

netgen emit examples/lenet_netspec.py:lenet --set phase=TEST --stdout

Where there is no Caffe, `import caffe` finds netgen's stand-in while the script runs.
"""

from caffe import NetSpec
from caffe import layers as L
from caffe import params as P


def lenet(phase: str = "TRAIN", batch_size: int = 64):
    """LeNet on MNIST in LMDB.

    Parameters
    ----------
    phase : str
        TRAIN or TEST: names the database.
    batch_size : int
        Images in a batch.
    """
    n = NetSpec()
    n.data, n.label = L.Data(
        source=f"mnist_{phase.lower()}_lmdb",
        backend=P.Data.LMDB,
        batch_size=batch_size,
        ntop=2,
        transform_param=dict(scale=1 / 255),
    )
    n.conv1 = L.Convolution(n.data, kernel_size=5, num_output=20, weight_filler=dict(type="xavier"))
    n.pool1 = L.Pooling(n.conv1, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    n.conv2 = L.Convolution(n.pool1, kernel_size=5, num_output=50, weight_filler=dict(type="xavier"))
    n.pool2 = L.Pooling(n.conv2, kernel_size=2, stride=2, pool=P.Pooling.MAX)
    n.ip1 = L.InnerProduct(n.pool2, num_output=500, weight_filler=dict(type="xavier"))
    n.relu1 = L.ReLU(n.ip1, in_place=True)
    n.ip2 = L.InnerProduct(n.relu1, num_output=10, weight_filler=dict(type="xavier"))
    n.loss = L.SoftmaxWithLoss(n.ip2, n.label)
    return n
