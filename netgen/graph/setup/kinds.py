"""What a rule for setting up a layer gets, what it gives, and what it says where Caffe would refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional

from netgen.graph.shape import Shape

__all__ = ["LayerType", "Made", "MaybeShape", "Rule", "Setup"]

MaybeShape = Optional[Shape]


class Setup(NamedTuple):
    """A layer that is being set up: what Caffe's ``LayerSetUp`` and ``Reshape`` have before them.

    A rule reads from ``layer`` only its own parameter messages (``schema.registry.used_fields``): what it
    gives is remembered by those, the shapes and the other fields here, and given again to the layer's equals.
    """

    layer: Any
    """LayerParameter."""

    bottoms: tuple[MaybeShape, ...]
    """The bottoms' shapes, N x C x H x W; None where unknown."""

    ntop: int
    """The number of tops, those included that Caffe makes by itself."""

    phase: str
    """TRAIN or TEST: the layer's own, which is the net's where it gives none."""

    in_place: tuple[int, ...]
    """For each top the index of the bottom that is the very same blob, -1 where it is a blob of its own."""

    blobs: tuple[Shape, ...] = ()
    """The shapes of weights written in the file itself (``blobs { ... }``), nearly always none."""

    files: Any = None
    """How data layers look at files (``graph.setup.files``), None where they must not."""

    loss_weights: tuple[float, ...] = ()
    """The layer's own loss weights, as they are once Splits are in."""

    lr_mults: tuple[float, ...] = ()
    """The ``lr_mult`` of each ``param`` of the layer."""

    cudnn: bool = True
    """Whether Caffe may be built with cuDNN."""


class Made(NamedTuple):
    """What setting a layer up gave."""

    tops: Sequence[MaybeShape]
    """The tops' shapes, one for each of ``ntop``; None where unknown."""

    params: Optional[Sequence[MaybeShape]] = ()
    """The shapes of the layer's parameter blobs; None where not even their number is known."""


Rule = Callable[[Setup], Made]


class LayerType(NamedTuple):
    """A layer type: how many bottoms and tops it takes (``Layer::CheckBlobCounts``), and its rule.

    ``None`` for a bound that Caffe does not check.
    """

    rule: Rule
    exact_bottoms: Optional[int] = None
    min_bottoms: Optional[int] = None
    max_bottoms: Optional[int] = None
    exact_tops: Optional[int] = None
    min_tops: Optional[int] = None
    max_tops: Optional[int] = None
    equal_counts: bool = False
    """As many tops as bottoms (``EqualNumBottomTopBlobs``)."""
    auto_tops: bool = False
    """Caffe makes the tops that are missing (``AutoTopBlobs``)."""
    loss: bool = False
    """A loss layer: its top weighs 1 unless ``loss_weight`` says otherwise (``LossLayer::LayerSetUp``)."""
    no_force_backward: tuple[int, ...] = ()
    """The bottoms that ``force_backward`` leaves alone (``AllowForceBackward``)."""
    reads_files: bool = False
    """What it gives depends on files, so it is not remembered for its equals."""

    @property
    def least_tops(self) -> int:
        """The tops that it has at least, Caffe's own among them where it makes what is missing."""
        return max(self.min_tops or 0, self.exact_tops or 0)
