"""The version, read by the build as well as by ``netgen --version``."""

__version__ = "0.1.0"
