"""The engines that a layer type can run on, of which a Caffe built without cuDNN has one."""

from __future__ import annotations

from typing import Any

from netgen.graph.shape import Refusal

__all__ = ["CUDNN", "check_engine"]

CUDNN = 2


def check_engine(param: Any, name: str, cudnn: bool) -> None:
    """Check the engine as the makers of layers in Caffe's ``layer_factory.cpp`` do.

    Parameters
    ----------
    param : message
        The parameter message that has the field ``engine``.
    name : str
        Its name in the LayerParameter.
    cudnn : bool
        Whether Caffe may be built with cuDNN.

    Raises
    ------
    Refusal
        For cuDNN, of the kind ``engine``, where Caffe is not built with it.
    """
    if param.engine == CUDNN and not cudnn:
        raise Refusal(
            "engine CUDNN is unknown to a Caffe built without cuDNN",
            "engine",
            (name, "engine"),
            mend="leave engine out: Caffe then takes the best that it has",
        )
