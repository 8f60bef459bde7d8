"""A Deconvolution that is meant to interpolate, and does not.

Bilinear interpolation by a factor f is a Deconvolution with ``kernel_size`` 2 f - f mod 2, ``stride`` f,
``pad`` (f - 1) / 2 rounded up (or no pad and a Crop), as many groups as channels, and the filler
``bilinear``. With one group the filler puts its weights between every two channels, so that each output is
the sum of all channels, interpolated. With the weights frozen and no filler at all they are 0, and so is
everything the layer gives.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "up" type: "Deconvolution" bottom: "data" top: "up" param { lr_mult: 0 }
      convolution_param {
        num_output: 3 kernel_size: 4 stride: 2 pad: 1 bias_term: false weight_filler { type: "bilinear" }
      }
    }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
    layer {
      name: "up" type: "Deconvolution" bottom: "data" top: "up" param { lr_mult: 0 }
      convolution_param {
        num_output: 3 group: 3 kernel_size: 4 stride: 2 pad: 1 bias_term: false
        weight_filler { type: "bilinear" }
      }
    }

Source
------
``BilinearFiller`` in Caffe's ``filler.hpp``, which fills each output and input channel's kernel alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netgen.check.facts import is_training, specs
from netgen.check.report import Report
from netgen.check.subjects import NetSubject
from netgen.graph.parts import Layer

CODE = "W405"
NAME = "bilinear-deconvolution"
SEVERITY = "warning"
SCOPE = "net"
TYPES = ("Deconvolution",)
AFTER_FAULTS = "layer"


def check(subject: NetSubject) -> Iterator[Report]:
    """Report Deconvolutions with the bilinear filler, or frozen, that do not interpolate."""
    for layer in subject.graph.by_type("Deconvolution"):
        param = layer.message.convolution_param
        path = ("layer", layer.source, "convolution_param")
        if param.weight_filler.type == "bilinear":
            for field, message, mend in _faults(layer, param):
                yield Report(message, (*path, field), mend, layer=layer.name)
        elif _frozen_bare(layer) and is_training(subject):
            yield Report(
                "the weights are frozen with lr_mult: 0 and have no filler: unless they are loaded, all that"
                " the layer gives is 0",
                path,
                'give it weight_filler { type: "bilinear" }, and as many groups as channels',
                layer=layer.name,
            )


def _cropped(layer: Layer) -> bool:
    return any(reader.type == "Crop" for top in layer.tops for reader in top.readers())


def _frozen_bare(layer: Layer) -> bool:
    bare = not layer.message.convolution_param.HasField("weight_filler")
    return bool(bare and layer.params and not specs(layer)[0])


def _faults(layer: Layer, param: Any) -> Iterator[tuple[str, str, str]]:
    bottom = layer.bottom_shapes[0] if layer.bottom_shapes else None
    channels = bottom[1] if bottom is not None and len(bottom) > 1 else None
    if channels is not None and channels > 1 and param.group == 1:
        field = "group" if param.HasField("group") else "weight_filler"
        yield (
            field,
            f"with one group the bilinear filler makes each output the sum of all {channels} channels",
            f"give it group: {channels} and num_output: {channels}"
            if param.num_output == channels
            else "interpolate first, with as many groups as channels, and mix the channels in a Convolution",
        )
    if len(param.kernel_size) != 1 or len(param.stride) > 1:
        return
    kernel, factor = param.kernel_size[0], param.stride[0] if param.stride else 1
    right = 2 * factor - factor % 2
    if factor > 1 and kernel != right:
        yield (
            "kernel_size",
            f"a bilinear kernel for stride {factor} has the size {right} (2 f - f mod 2), came {kernel}",
            f"write kernel_size: {right}, with pad: {factor // 2} or a Crop after it",
        )
    elif factor > 1 and len(param.pad) == 1 and param.pad[0] not in (0, factor // 2) and not _cropped(layer):
        yield (
            "pad",
            f"the pad for stride {factor} is {factor // 2}, or any with a Crop behind, came {param.pad[0]}:"
            " what comes out is shifted",
            f"write pad: {factor // 2}",
        )
    elif factor == 1 and kernel > 1:
        meant = (kernel + 1) // 2
        yield (
            "stride" if param.stride else "kernel_size",
            f"without a stride nothing is enlarged: a kernel of {kernel} is for a stride of {meant}",
            f"write stride: {meant}",
        )
