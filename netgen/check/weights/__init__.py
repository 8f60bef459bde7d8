"""What a weights file holds, without reading its numbers, and what a net takes of it."""

from __future__ import annotations

from netgen.check.weights.match import Match, Misfit, fits, match
from netgen.check.weights.stored import StoredBlob, StoredLayer, WeightsFile, read

__all__ = ["Match", "Misfit", "StoredBlob", "StoredLayer", "WeightsFile", "fits", "match", "read"]
