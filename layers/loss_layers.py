r"""Caffe Python layers for binary segmentation: a sigmoid cross-entropy loss and the IoU that goes with it.

The file needs NumPy, Caffe's Python interface and Python 3.6 or later, and nothing else: copy it into any
folder on ``PYTHONPATH``.

Attaching
---------
The loss, in the phase that trains::

    layer {
      name: "loss"
      type: "Python"
      bottom: "score"
      bottom: "label"
      top: "loss_opt"
      python_param {
        module: "loss_layers"
        layer: "CustomSigmoidCrossEntropyLossLayer"
        param_str: "{\"normalization\": \"VALID\", \"ignore_label\": 255, \"pos_weight\": 2.0}"
      }
      include { phase: TRAIN }
      loss_weight: 1
    }

``param_str`` may be left out. ``loss_weight`` may not: Caffe gives its own losses the weight 1, but a Python
layer the weight 0, and then nothing is trained. A third bottom, where there is one, is a weight map.

The IoU, where a net is tested::

    layer {
      name: "iou"
      type: "Python"
      bottom: "score"
      bottom: "label"
      top: "iou"
      python_param { module: "loss_layers" layer: "BinaryIoULayer" }
      include { phase: TEST }
    }

What ``param_str`` may hold is said by each class and, for programs, by the literal ``LAYERS``.

The loss
--------
With a score x and a label t, p = sigmoid(x) = 1 / (1 + e^-x) is the probability that the net gives to the
foreground. The cross-entropy of one element is

    l(x, t) = -t ln p - (1 - t) ln(1 - p)

and, as -ln sigmoid(x) = ln(1 + e^-x) = softplus(-x),

    l(x, t) = t softplus(-x) + (1 - t) softplus(x)

e^x overflows a float32 for x > 88. With softplus(x) = max(x, 0) + ln(1 + e^-|x|), where no exponent is
positive, nothing does:

    l(x, t) = max(x, 0) - x t + ln(1 + e^-|x|)

The derivative of softplus is the sigmoid, so that

    d l / d x = (1 - t) sigmoid(x) - t sigmoid(-x) = sigmoid(x) - t

which points up the loss, as Caffe's solvers want it: they subtract it. With ``pos_weight`` P the term of the
foreground counts P times:

    l(x, t)   = P t softplus(-x) + (1 - t) softplus(x)
    d l / d x = (1 - t) sigmoid(x) - P t sigmoid(-x)

The loss is the sum of w l(x, t) over the elements that count, w being the weight map or 1, divided by a
normaliser. Its gradient is w (d l / d x) / normaliser, times the top's diff, by which Caffe hands down
``loss_weight``.

How it is computed
------------------
The gradient comes out of the forward pass, which has the exponential at hand. Where every label is 0 or 1,
flipping the sign of x where t = 1 gives one z with l = softplus(z) and |d l / d x| = sigmoid(z). A sum of
softplus needs no logarithm for each element:

    sum ln(1 + e^z) = ln prod (1 + e^z)

Sixteen factors fit into a float64 while their z average less than 44. Weights keep z but take each logarithm;
soft labels and larger scores are computed by the formulas above. Sums are float64 throughout.
"""

import difflib
import json
import math

import caffe
import numpy as np

__all__ = ["LAYERS", "BinaryIoULayer", "CustomSigmoidCrossEntropyLossLayer"]

# What each layer takes: a literal, so that a program can read it without importing this file (and so Caffe).
LAYERS = {
    "CustomSigmoidCrossEntropyLossLayer": {
        "bottoms": ["score", "label", "weight"],
        "bottoms_needed": 2,
        "tops": ["loss"],
        "parameters": {
            "normalization": {
                "kind": "choice",
                "choices": ["FULL", "VALID", "BATCH_SIZE", "NONE"],
                "default": "VALID",
            },
            "ignore_label": {"kind": "number", "nullable": True, "default": None},
            "pos_weight": {"kind": "number", "positive": True, "default": 1.0},
        },
        "shapes": ["scalar"],
    },
    "BinaryIoULayer": {
        "bottoms": ["score", "label"],
        "bottoms_needed": 2,
        "tops": ["iou"],
        "parameters": {
            "threshold": {"kind": "number", "default": 0.0},
            "ignore_label": {"kind": "number", "nullable": True, "default": None},
        },
        "shapes": ["scalar"],
    },
}

# Elements a chunk, at most: enough for the 388 x 388 of the published U-Net, so that the cost of some twenty
# NumPy calls is spread over many; the scratch of 2 MB still stays in the processor's cache.
_CHUNK = 150 * 1024
# Elements a piece of a chunk where arrays come and go: memory this small is not handed back each time.
_PIECE = 16 * 1024

# Factors multiplied before a logarithm is taken: 2 in float32, then 8 of those in float64.
_PAIR = 2
_ROWS = 8
_GROUP = _PAIR * _ROWS
# Below this sum of a chunk, a product's distance from 1 holds too few digits.
_TINY_SUM = 1e-4

# The bits of 1.0 as float32, and the shift that moves the lowest of them that is set to the sign's place.
_ONE_BITS = 0x3F800000
_ONE_TO_SIGN = np.uint32(8)
_LAST_BIT = np.uint32(1)
_ONE = np.float32(1)


class CustomSigmoidCrossEntropyLossLayer(caffe.Layer):
    """Sigmoid cross-entropy of scores against labels, averaged over the elements that count.

    Bottoms are the scores (any shape, usually N x C x H x W), the labels (the same shape, each between 0 and
    1, soft ones too) and, where there is one, the weight map (the same shape, or N x 1 x H x W and then the
    same for every channel; none negative). The top is the loss, a single number.

    ``param_str`` is empty or a JSON object with any of these keys:

    normalization : {"FULL", "VALID", "BATCH_SIZE", "NONE"}, default "VALID"
        What the sum is divided by: the count of all elements, the count of those not ignored, N, or 1; never
        less than 1. The names and their meaning are Caffe's, but Caffe's own loss takes BATCH_SIZE when it is
        told nothing. A weight map scales the terms and leaves the divisor alone.
    ignore_label : number or null, default null
        Elements with exactly this label do not count: no loss and no gradient, whatever their score and
        weight are. (Caffe's own loss cuts off a label's fraction before it compares.)
    pos_weight : positive number, default 1
        How many times the foreground's term counts; the divisor does not change.

    Raises
    ------
    ValueError
        From ``setup`` for wrong bottoms, tops or ``param_str``; from ``reshape`` for shapes that do not
        match; from ``forward`` for labels that are neither ignored nor between 0 and 1, and for negative
        weights; from ``backward`` when asked for a gradient for labels or weights: there is none.
    FloatingPointError
        From ``forward``, for a loss that is not finite: shapes, worst score, and counts of NaN and infinity.

    Notes
    -----
    In phase TRAIN the forward pass leaves the gradient, not yet scaled, in a buffer as large as the scores.
    In phase TEST it does not, and a backward pass, where there is one, computes it first.
    """

    rule = LAYERS["CustomSigmoidCrossEntropyLossLayer"]

    def setup(self, bottom, top):
        """Check bottoms and tops, and read ``param_str``."""
        _check_blobs(self, bottom, top)
        options = _options(self)
        self._normalization = options["normalization"]
        self._ignored = None if options["ignore_label"] is None else np.float32(options["ignore_label"])
        self._positive = np.float32(options["pos_weight"])
        self._shapes = None

    def reshape(self, bottom, top):
        """Check that the shapes agree; make room for the gradient."""
        # Caffe reshapes before every forward pass, and a blob's own ``shape`` takes 20 times as long to read.
        shapes = _shapes(bottom)
        if shapes == self._shapes:
            return
        _check_shapes(self, shapes)
        top[0].reshape()
        self._shapes = shapes
        self._gradient = _aligned(bottom[0].count, np.float32)
        self._chunks = _chunks(self._gradient)
        self._has_gradient = False

    def forward(self, bottom, top):
        """Compute the loss and, in phase TRAIN, its gradient before scaling."""
        # To enter errstate costs the backward pass a fifth of its time on a small blob. Scaling down can only
        # underflow, and NumPy lets that pass unless it is told otherwise.
        self._underflow_passes = np.geterr()["under"] == "ignore"
        with np.errstate(all="ignore"):
            loss = self._evaluate(bottom, self.phase == caffe.TRAIN) / self._normalizer
            if not np.isfinite(np.float32(loss)):
                raise _not_finite(self, loss, bottom, self._ignored)
        top[0].data[...] = loss

    def backward(self, top, propagate_down, bottom):
        """Scale the gradient by the top's diff over the normaliser."""
        for index in range(1, len(bottom)):
            if propagate_down[index]:
                raise _no_gradient(
                    self,
                    index,
                    f"write propagate_down: true{' propagate_down: false' * (len(bottom) - 1)} in the layer;"
                    " if the net has force_backward: true, which overrules that, take it out",
                )
        if not propagate_down[0]:
            return
        if self._has_gradient and self._underflow_passes and abs(top[0].diff.item()) <= 1:
            self._scale(top, bottom)
            return
        with np.errstate(all="ignore"):
            if not self._has_gradient:
                self._evaluate(bottom, True)
            self._scale(top, bottom)

    def _scale(self, top, bottom):
        """Write the gradient, scaled, into the diff of the scores."""
        scale = np.float32(top[0].diff.item() / self._normalizer)
        np.multiply(self._gradient, scale, bottom[0].diff.reshape(-1))

    def _evaluate(self, bottom, want_gradient):
        """Return the sum of the loss's terms; set the normaliser and, if wanted, the gradient."""
        self._has_gradient = False
        score = bottom[0].data.reshape(-1)
        label = bottom[1].data.reshape(-1)
        weight = None
        if len(bottom) == 3:
            weight = np.broadcast_to(bottom[2].data, self._shapes[0]).reshape(-1)
        total = 0.0
        counted = 0
        for chunk in self._chunks:
            place = chunk.place
            w = None if weight is None else weight[place]
            terms, count = self._terms(chunk, score[place], label[place], w, want_gradient, bottom)
            total += terms
            counted += count
        if self._normalization == "FULL":
            divisor = score.size
        elif self._normalization == "VALID":
            divisor = counted
        elif self._normalization == "BATCH_SIZE":
            divisor = self._shapes[0][0] if self._shapes[0] else 1
        else:
            divisor = 1
        self._normalizer = max(1, divisor)
        self._has_gradient = want_gradient
        return total

    def _terms(self, chunk, x, t, w, want_gradient, bottom):
        """Return the sum of a chunk's terms, and how many of its elements count."""
        count = x.size
        if self._ignored is not None:
            keep = np.not_equal(t, self._ignored)
            count = int(np.count_nonzero(keep))
            if count < x.size:
                # What is ignored may hold anything, NaN too: it becomes a zero with the weight zero.
                mask = np.negative(keep.astype(np.uint32))
                x = _masked(x, mask)
                t = _masked(t, mask)
                w = keep.astype(np.float32) if w is None else _masked(w, mask)
        terms = chunk.binary(x, t, w, self._positive, want_gradient)
        if math.isfinite(terms):
            return terms, count
        if not (np.minimum.reduce(t) >= 0 and np.maximum.reduce(t) <= 1):
            raise _bad_labels(self, bottom, self._ignored)
        if w is not None and np.minimum.reduce(w) < 0:
            raise _bad_weights(self, bottom, self._ignored)
        return _elementwise(x, t, w, self._positive, chunk.gradient if want_gradient else None), count


class BinaryIoULayer(caffe.Layer):
    """Intersection over union of predicted and true foreground, to watch a net by; it has no gradient.

    Bottoms are the scores (before any sigmoid; usually N x C x H x W) and the labels (the same shape, each
    between 0 and 1). Predicted foreground is where the score is above the threshold, true foreground where
    the label is above 0.5. The top is a single number for the whole batch, and 1 where there is no foreground
    at all.

    ``param_str`` is empty or a JSON object with any of these keys:

    threshold : number, default 0
        On the scores: 0 is a probability of one half, ln(p / (1 - p)) a probability of p.
    ignore_label : number or null, default null
        Elements with exactly this label do not count.

    Raises
    ------
    ValueError
        From ``setup`` for wrong bottoms, tops or ``param_str``; from ``reshape`` for shapes that do not
        match; from ``forward`` for labels that are neither ignored nor between 0 and 1; from ``backward``
        when asked for a gradient.
    FloatingPointError
        From ``forward``, for scores that are NaN.
    """

    rule = LAYERS["BinaryIoULayer"]

    def setup(self, bottom, top):
        """Check bottoms and tops, and read ``param_str``."""
        _check_blobs(self, bottom, top)
        options = _options(self)
        self._threshold = np.float32(options["threshold"])
        self._ignored = None if options["ignore_label"] is None else np.float32(options["ignore_label"])

    def reshape(self, bottom, top):
        """Check that the shapes agree."""
        _check_shapes(self, _shapes(bottom))
        top[0].reshape()

    def forward(self, bottom, top):
        """Compute the IoU."""
        with np.errstate(all="ignore"):
            score = bottom[0].data
            label = bottom[1].data
            keep = _counted(label, self._ignored)
            if np.any(np.isnan(score) & keep):
                raise _not_finite(self, math.nan, bottom, self._ignored)
            if not np.all(((label >= 0) & (label <= 1)) | ~keep):
                raise _bad_labels(self, bottom, self._ignored)
            predicted = (score > self._threshold) & keep
            true = (label > 0.5) & keep
        union = np.count_nonzero(predicted | true)
        top[0].data[...] = np.count_nonzero(predicted & true) / union if union else 1.0

    def backward(self, top, propagate_down, bottom):  # noqa: ARG002
        """Refuse, if a gradient is asked for."""
        for index in range(len(bottom)):
            if propagate_down[index]:
                raise _no_gradient(
                    self, index, "give the layer no loss_weight, and the net no force_backward"
                )


class _Chunk:
    """A part of the blobs, room for its intermediate results, and the fast way through it.

    Parameters
    ----------
    start : int
        Where the chunk starts in the flattened blobs.
    gradient : array
        Where its gradient goes; as long as the chunk.
    room : tuple of arrays
        Two of float32 and one of half their length, shared by all chunks.
    """

    def __init__(self, start, gradient, room):
        size = gradient.size
        whole = -(-size // _GROUP) * _GROUP
        half = whole // _PAIR
        odds, above_one, pairs = room
        self.place = slice(start, start + size)
        self.gradient = gradient
        self._gradient_bits = gradient.view(np.uint32)
        self._odds = odds[:size]
        self._odds_bits = self._odds.view(np.uint32)
        self._above_one = above_one[:size]
        self._above_one_bits = self._above_one.view(np.uint32)
        self._padding = odds[size:whole], above_one[size:whole]
        self._first_odds = odds[:half]
        self._second_odds = odds[half:whole]
        self._second_above_one = above_one[half:whole]
        self._pairs = pairs[:half]
        # The odds are done with when the factors come.
        self._factors = odds[:whole].view(np.float64)
        self._rows = self._factors.reshape(_ROWS, -1)

    def binary(self, x, t, w, positive, want_gradient):
        """Return the sum of the terms; where this way does not serve, NaN or infinity.

        It serves labels 0 and 1. With z = x where t = 0 and z = -x where t = 1, a term is softplus(z) times
        its weight.
        """
        # The signs to flip stand where the gradient will.
        odds, above_one, flip = self._odds, self._above_one, self._gradient_bits
        label_bits = t.view(np.uint32)
        # 0 wraps to the largest number, so the least of the others must be the one below the bits of 1.0.
        np.subtract(label_bits, _LAST_BIT, flip)
        if np.minimum.reduce(flip) < _ONE_BITS - 1 or np.maximum.reduce(label_bits) > _ONE_BITS:
            return math.nan
        np.left_shift(label_bits, _ONE_TO_SIGN, flip)
        np.bitwise_xor(x.view(np.uint32), flip, self._odds_bits)
        # Here alone an infinite score could pass: it is wrong even where the loss has a limit.
        if np.minimum.reduce(odds) == -np.inf:
            return math.nan
        np.exp(odds, odds)
        np.add(odds, _ONE, above_one)
        plain = w is None and positive == _ONE
        if plain:
            self._multiply_pairs()
        if want_gradient:
            np.divide(odds, above_one, above_one)
        if plain:
            terms = self._log_of_product()
        else:
            if w is not None and not np.minimum.reduce(w) >= 0:
                return math.nan
            if positive != _ONE:
                bend = _bend(t, positive)
                w = bend if w is None else np.multiply(bend, w, bend)
            np.log1p(odds, odds)
            np.multiply(odds, w, odds)
            terms = float(np.add.reduce(odds, dtype=np.float64))
            if want_gradient:
                np.multiply(above_one, w, above_one)
        if want_gradient:
            np.bitwise_xor(self._above_one_bits, flip, flip)
        return terms

    def _multiply_pairs(self):
        """Multiply each 1 + odds of the first half with one of the second half."""
        for padding, neutral in zip(self._padding, (0, 1)):
            padding.fill(neutral)
        # (1 + a)(1 + b) - 1 = a (1 + b) + b: a small a and b keep all their digits, as 1 + a would not.
        np.multiply(self._first_odds, self._second_above_one, self._pairs)
        np.add(self._pairs, self._second_odds, self._pairs)

    def _log_of_product(self):
        """Return ln prod (1 + odds); overwrites the odds."""
        np.add(self._pairs, 1.0, self._factors, dtype=np.float64)
        total = float(np.add.reduce(np.log(np.multiply.reduce(self._rows, axis=0))))
        if total < _TINY_SUM:
            # ln(1 + a) = a - a^2 / 2 to more digits than a float32 has.
            pairs = self._pairs
            total = float(np.add.reduce(pairs - 0.5 * pairs * pairs, dtype=np.float64))
        return total


def _chunks(gradient):
    """Return the chunks of blobs as large as this buffer: of one size, as far as that goes."""
    count = gradient.size
    parts = max(1, -(-count // _CHUNK))
    size = -(-count // (parts * _GROUP)) * _GROUP
    room = tuple(_aligned(length, np.float32) for length in (size, size, size // _PAIR))
    return [_Chunk(start, gradient[start : start + size], room) for start in range(0, count, size or 1)]


def _elementwise(x, t, w, positive, gradient):
    """Return the sum of a chunk's terms; write their derivatives into ``gradient``, if there is one."""
    total = 0.0
    for start in range(0, x.size, _PIECE):
        place = slice(start, start + _PIECE)
        values = [x[place], t[place]] if w is None else [x[place], t[place], w[place]]
        out = None if gradient is None else gradient[place]
        terms = _formula(positive, out, *values)
        if not math.isfinite(terms):
            # Finite terms can be too large for float32 where their average is not.
            terms = _formula(positive, out, *(value.astype(np.float64) for value in values))
        total += terms
    return total


def _formula(positive, gradient, x, t, w=None):
    """Return the sum of the terms of any scores, labels and weights, by the formulas of this file's head."""
    below = np.signbit(x)
    decay = np.exp(-np.abs(x))
    bend = _bend(t, positive)
    # What is left of the derivative far from zero: 1 - t above, -P t below.
    far = (1 - t) * ~below
    far -= (positive * t) * below
    terms = x * far
    terms += bend * np.log1p(decay)
    if w is not None:
        terms *= w
    if gradient is not None:
        tail = decay / (1 + decay)
        tail *= bend
        far -= np.copysign(tail, x)
        if w is not None:
            far *= w
        gradient[...] = far
    return float(np.add.reduce(terms, dtype=np.float64))


def _bend(t, positive):
    """Return the second derivative's factor, 1 - t + P t."""
    return (1 - t) + positive * t


def _masked(values, mask):
    """Return float32 values with zeros where the mask's bits are zero."""
    return np.bitwise_and(values.view(np.uint32), mask).view(np.float32)


def _aligned(count, dtype):
    """Return an uninitialised array that starts on a cache line, where vector loads are cheapest."""
    size = count * np.dtype(dtype).itemsize
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size].view(dtype)


def _options(layer):
    """Return the layer's options, read from its ``param_str``, with defaults filled in."""
    table = layer.rule["parameters"]
    options = {key: rule["default"] for key, rule in table.items()}
    for key, value in _json_object(layer).items():
        if key not in table:
            raise _error(
                layer,
                f"param_str has the unknown key {key!r}",
                f"{_meant(key, table)}the keys are {', '.join(table)}",
            )
        options[key] = _value(layer, key, value, table[key])
    return options


def _json_object(layer):
    """Return the object that ``param_str`` holds; an empty string holds none."""
    text = layer.param_str
    if not text.strip():
        return {}
    mend = "write an object with its keys and strings in double quotes, such as " + json.dumps(
        {key: rule["default"] for key, rule in layer.rule["parameters"].items()}
    )

    def constant(name):
        raise _error(layer, f"param_str holds {name}, which is no JSON number", "give a finite number")

    def pairs(items):
        seen = {}
        for key, value in items:
            if key in seen:
                raise _error(layer, f"param_str has the key {key!r} twice", "keep one of them")
            seen[key] = value
        return seen

    try:
        value = json.loads(text, parse_constant=constant, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise _error(
            layer,
            f"param_str is not JSON: {reason} at line {error.lineno}, column {error.colno} of {text!r}",
            mend,
        ) from None
    if not isinstance(value, dict):
        raise _error(layer, f"param_str must be a JSON object, came {json.dumps(value)}", mend)
    return value


def _value(layer, key, value, rule):
    """Return one option's value, checked against its rule in ``LAYERS``."""
    came = json.dumps(value)
    came = came if len(came) <= 60 else came[:57] + "..."
    if rule["kind"] == "choice":
        if value in rule["choices"]:
            return value
        choices = ", ".join(rule["choices"])
        raise _error(
            layer, f"{key} cannot be {came}", f"{_meant(value, rule['choices'])}the choices are {choices}"
        )
    if value is None and rule.get("nullable"):
        return None
    wanted = "a positive number" if rule.get("positive") else "a number"
    wanted += " or null" if rule.get("nullable") else ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        bare = ", without quotes" if isinstance(value, str) else ""
        raise _error(layer, f"{key} must be {wanted}, came {came}", f"write {wanted}{bare}")
    # Blobs are float32: what overflows there, or vanishes, is no value of theirs.
    with np.errstate(all="ignore"):
        single = np.float32(value if abs(value) < 1e300 else math.inf)
    if not np.isfinite(single) or (rule.get("positive") and not single > 0):
        least = "1.5e-45" if rule.get("positive") else "-3.4e38"
        raise _error(layer, f"{key} must be {wanted}, came {came}", f"give a value from {least} to 3.4e38")
    return float(single)


def _check_blobs(layer, bottom, top):
    """Raise where the layer has too many or too few bottoms or tops."""
    names, needed, tops = layer.rule["bottoms"], layer.rule["bottoms_needed"], layer.rule["tops"]
    if not needed <= len(bottom) <= len(names):
        count = f"{needed} or {len(names)}" if needed < len(names) else f"{needed}"
        spare = "".join(f" and, where there is one, {name}" for name in names[needed:])
        raise _error(
            layer,
            f"it takes {count} bottoms, came {len(bottom)}",
            f"give it the bottoms {' and '.join(names[:needed])}{spare}",
        )
    if len(top) != len(tops):
        raise _error(layer, f"it has {len(tops)} top, came {len(top)}", f"give it one top, the {tops[0]}")


def _check_shapes(layer, shapes):
    """Raise where labels or weights do not fit the scores."""
    score, label = shapes[0], shapes[1]
    if label != score:
        if _count(label) == _count(score):
            mend = f"both hold {_count(score)} values: give the label the score's axes with a Reshape layer"
        elif len(label) == len(score) and label[:2] == score[:2]:
            mend = "crop the label to the score's height and width: convolutions without padding shrink it"
        else:
            mend = "give every element of the score a label: as many items, channels, rows and columns"
        raise _error(layer, f"score is {_dims(score)}, label is {_dims(label)}: they must be equal", mend)
    if len(shapes) == 3 and shapes[2] not in (score, _one_channel(score)):
        accepted = " or ".join(dict.fromkeys([_dims(score), _dims(_one_channel(score))]))
        raise _error(
            layer,
            f"score is {_dims(score)}, weight is {_dims(shapes[2])}: the weight must be {accepted}",
            "give every element of the score a weight, or every pixel one for all its channels",
        )


def _shapes(blobs):
    """Return the blobs' shapes (Caffe's vector of blobs can be indexed, but not iterated over)."""
    return [blobs[index].data.shape for index in range(len(blobs))]


def _count(shape):
    """Return how many elements a blob of this shape has."""
    return int(np.prod(shape, dtype=np.int64))


def _one_channel(shape):
    """Return the shape with one channel in place of all."""
    return shape[:1] + (1,) + shape[2:] if len(shape) > 1 else shape


def _counted(label, ignored):
    """Return where the label is not the ignored one."""
    return np.ones(label.shape, bool) if ignored is None else label != ignored


def _bad_labels(layer, bottom, ignored):
    """Return the error for labels outside 0 to 1."""
    label = bottom[1].data
    counted = _counted(label, ignored)
    if not np.all(np.isfinite(label[counted])):
        return _not_finite(layer, math.nan, bottom, ignored)
    bad = counted & ~((label >= 0) & (label <= 1))
    place = _place(bad)
    value = float(label[place])
    if value == 255:
        mend = 'scale masks by 1/255, or let 255 not count with "ignore_label": 255'
    elif value < 0:
        mend = f'make the background 0, or let {value:g} not count with "ignore_label": {value:g}'
    else:
        mend = "make labels 0 and 1; class numbers want a SoftmaxWithLoss layer"
    return _error(
        layer,
        f"labels must lie between 0 and 1, came {value:g} at {list(place)} of {_dims(label.shape)};"
        f" {np.count_nonzero(bad)} of {label.size} labels are outside",
        mend,
    )


def _bad_weights(layer, bottom, ignored):
    """Return the error for negative weights."""
    weight = np.broadcast_to(bottom[2].data, bottom[1].data.shape)
    bad = (weight < 0) & _counted(bottom[1].data, ignored)
    place = _place(bad)
    return _error(
        layer,
        f"weights must not be negative, came {weight[place]:g} at {list(place)} of {_dims(weight.shape)};"
        f" {np.count_nonzero(bad)} of {weight.size} weights are",
        "use 0 for an element without loss: a negative weight would train away from the label",
    )


def _not_finite(layer, value, bottom, ignored):
    """Return the error for a result that is not finite, or not finite as a float32."""
    counted = _counted(bottom[1].data, ignored)
    score = np.where(counted, bottom[0].data, np.float32(0))
    place = _place(np.where(np.isnan(score), np.inf, np.abs(score)))
    held = []
    bad = []
    for index, shape in enumerate(_shapes(bottom)):
        name = layer.rule["bottoms"][index]
        data = np.broadcast_to(bottom[index].data, score.shape)[counted]
        nans, infinities = np.count_nonzero(np.isnan(data)), np.count_nonzero(np.isinf(data))
        held.append(f"{name} {_dims(shape)} holds {nans} NaN and {infinities} infinite")
        if nans or infinities:
            bad.append(name)
    if bad and "score" not in bad:
        mend = f"look for NaN and infinity in the data: what gives the {' and the '.join(bad)}"
    else:
        mend = "where training diverged, lower base_lr or set clip_gradients in the solver; where the first"
        mend += " iteration says this, look at the data and the weights"
    result = f"too large for float32: {value:g}" if math.isfinite(value) else f"not finite: {value:g}"
    return _error(
        layer,
        f"the {layer.rule['tops'][0]} is {result}; {', '.join(held)};"
        f" worst score {score[place]:g} at {list(place)}",
        mend,
        FloatingPointError,
    )


def _place(values):
    """Return the index of the first of the largest values."""
    return tuple(int(axis) for axis in np.unravel_index(int(np.argmax(values)), values.shape))


def _no_gradient(layer, index, mend):
    """Return the error for a gradient that does not exist."""
    return _error(layer, f"there is no gradient for bottom {index}, the {layer.rule['bottoms'][index]}", mend)


def _meant(name, candidates):
    """Return the question that offers the candidate nearest to ``name``; empty where none is near."""
    if not isinstance(name, str):
        return ""
    folded = {candidate.lower().replace("_", ""): candidate for candidate in candidates}
    matches = difflib.get_close_matches(name.lower().replace("_", ""), folded, n=1)
    return f"did you mean {folded[matches[0]]}? " if matches else ""


def _dims(shape):
    """Return a shape as text, like 8 x 1 x 388 x 388."""
    return " x ".join(str(dim) for dim in shape) or "a single number"


def _error(layer, message, mend, kind=ValueError):
    """Return an error that names the layer's class: a Python layer does not know its name in the net."""
    return kind(f"{type(layer).__name__}: {message}\n  mend: {mend}")
