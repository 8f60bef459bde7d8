"""The engines that a layer type can run on, of which a Caffe built for CPUs alone has one."""

from __future__ import annotations

from typing import Any

from netgen.graph.shape import Refusal

__all__ = ["check_engine"]

_CUDNN = 2


def check_engine(param: Any, name: str) -> None:
    """Check the engine as the makers of layers in Caffe's ``layer_factory.cpp`` do.

    Parameters
    ----------
    param : message
        The parameter message that has the field ``engine``.
    name : str
        Its name in the LayerParameter.

    Raises
    ------
    Refusal
        For cuDNN, of the kind ``engine``: a Caffe that is built with it takes it.
    """
    if param.engine == _CUDNN:
        raise Refusal(
            "engine CUDNN is unknown to a Caffe built for CPUs alone",
            "engine",
            (name, "engine"),
            mend="leave engine out: Caffe then takes the best that it has",
        )
