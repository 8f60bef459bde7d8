"""Large nets for benchmarks: bottleneck ResNets of any depth."""

from __future__ import annotations

__all__ = ["RESNET_152", "resnet", "resnet_of"]

RESNET_152 = (3, 8, 36, 3)
_STEM, _BLOCK, _TAIL = 6, 13, 3


def resnet(stages: tuple[int, ...] = RESNET_152, *, fillers: bool = False, size: int = 224) -> str:
    """Return the prototxt of a ResNet with so many bottleneck blocks in each stage.

    Parameters
    ----------
    stages : tuple of int
        The blocks of each stage; the first has 64 channels inside, and each other twice as many.
    fillers : bool
        Whether weights have a filler: Caffe takes most of its time for them.
    size : int
        The picture's height and width; the batch is one picture.
    """
    parts = [
        f'name: "ResNet"\nlayer {{\n  name: "data"\n  type: "Input"\n  top: "data"\n'
        f"  input_param {{\n    shape {{ dim: 1 dim: 3 dim: {size} dim: {size} }}\n  }}\n}}\n"
    ]
    filler = '\n    weight_filler {\n      type: "msra"\n    }' if fillers else ""

    def layer(name: str, layer_type: str, bottoms: tuple[str, ...], top: str, rest: str = "") -> str:
        wires = "".join(f'  bottom: "{bottom}"\n' for bottom in bottoms)
        parts.append(f'layer {{\n  name: "{name}"\n  type: "{layer_type}"\n{wires}  top: "{top}"\n{rest}}}\n')
        return top

    def convolution(name: str, bottom: str, outputs: int, kernel: int, stride: int, relu: bool) -> str:
        layer(
            name,
            "Convolution",
            (bottom,),
            name,
            f"  convolution_param {{\n    num_output: {outputs}\n    kernel_size: {kernel}\n"
            f"    pad: {kernel // 2}\n    stride: {stride}\n    bias_term: false{filler}\n  }}\n",
        )
        layer(
            f"bn_{name}",
            "BatchNorm",
            (name,),
            name,
            "  batch_norm_param {\n    use_global_stats: true\n  }\n",
        )
        layer(f"scale_{name}", "Scale", (name,), name, "  scale_param {\n    bias_term: true\n  }\n")
        if relu:
            layer(f"{name}_relu", "ReLU", (name,), name)
        return name

    top = convolution("conv1", "data", 64, 7, 2, True)
    pool = "  pooling_param {\n    kernel_size: 3\n    stride: 2\n    pool: MAX\n  }\n"
    top = layer("pool1", "Pooling", (top,), "pool1", pool)
    for number, blocks in enumerate(stages):
        width = 64 << number
        for block in range(blocks):
            name = f"res{number + 2}_{block}"
            stride = 2 if number and not block else 1
            shortcut = top
            if not block:
                shortcut = convolution(f"{name}_branch1", top, 4 * width, 1, stride, False)
            inner = convolution(f"{name}_branch2a", top, width, 1, stride, True)
            inner = convolution(f"{name}_branch2b", inner, width, 3, 1, True)
            inner = convolution(f"{name}_branch2c", inner, 4 * width, 1, 1, False)
            top = layer(name, "Eltwise", (shortcut, inner), name)
            layer(f"{name}_relu", "ReLU", (top,), top)
    average = "  pooling_param {\n    pool: AVE\n    global_pooling: true\n  }\n"
    top = layer("pool5", "Pooling", (top,), "pool5", average)
    top = layer(
        "fc1000",
        "InnerProduct",
        (top,),
        "fc1000",
        f"  inner_product_param {{\n    num_output: 1000{filler}\n  }}\n",
    )
    layer("prob", "Softmax", (top,), "prob")
    return "".join(parts)


def resnet_of(layers: int) -> str:
    """Return the prototxt of a ResNet of about so many layers: ResNet-152 has 671."""
    blocks = max(4, (layers - _STEM - _TAIL - 12) // _BLOCK)
    few = blocks // 4
    return resnet((few, few, blocks - 3 * few, few))
