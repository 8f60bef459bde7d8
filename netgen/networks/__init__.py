"""Networks that come with netgen."""

from netgen.networks.u_net import unet

__all__ = ["unet"]
