"""A Caffe Python layer that reads images and masks as they are, and cuts training samples out of them.

The file needs NumPy, Pillow and Caffe's Python interface, Python 3.6 or later, and nothing else: copy it into
any folder on ``PYTHONPATH``.

Attaching
---------
In a phase that trains::

    layer {
      name: "data"
      type: "Python"
      top: "data"
      top: "label"
      python_param {
        module: "data_layers"
        layer: "SegmentationDataLayer"
        param_str: '{"source": "data/train.txt", "input_size": 572, "output_size": 388, "augment": true}'
      }
      include { phase: TRAIN }
    }

``source`` is a text file with an image and its mask a line, a tab or blanks between them. Like every path in
a prototxt, it and the paths in it start from the folder that Caffe runs in. What ``param_str`` may hold is
said by the class and, for programs, by the literal ``LAYERS``.
"""

import collections
import difflib
import json
import math
from pathlib import Path

import caffe
import numpy as np
from PIL import Image, ImageOps

__all__ = ["LAYERS", "SegmentationDataLayer"]

# What the layer takes: a literal, so that a program can read it without importing this file (and so Caffe).
LAYERS = {
    "SegmentationDataLayer": {
        "bottoms": [],
        "bottoms_needed": 0,
        "tops": ["data", "label"],
        "parameters": {
            "source": {"kind": "text", "required": True},
            "input_size": {"kind": "size", "required": True},
            "output_size": {"kind": "size", "nullable": True, "default": None},
            "batch_size": {"kind": "integer", "least": 1, "default": 1},
            "channels": {"kind": "choice", "choices": [1, 3], "default": 1},
            "colour": {"kind": "choice", "choices": ["bgr", "rgb"], "default": "bgr"},
            "scale": {"kind": "number", "default": 1 / 255},
            "shuffle": {"kind": "flag", "nullable": True, "default": None},
            "crop": {"kind": "choice", "choices": ["random", "tiles"], "nullable": True, "default": None},
            "augment": {"kind": "flag", "default": False},
            "jitter": {"kind": "number", "least": 0, "below": 1, "default": 0.0},
            "classes": {"kind": "integer", "least": 1, "default": 1},
            "one_hot": {"kind": "flag", "default": False},
            "threshold": {"kind": "number", "nullable": True, "default": None},
            "ignore_label": {"kind": "integer", "nullable": True, "default": None},
            "seed": {"kind": "integer", "least": 0, "below": 2**32, "default": 0},
            "cache": {"kind": "number", "least": 0, "default": 256},
        },
        "shapes": [
            ["batch_size", "channels", "input_size"],
            ["batch_size", "classes if one_hot else 1", "output_size or input_size"],
        ],
    }
}

_SIDEWAYS = (5, 6, 7, 8)
_ORIENTATION = 0x0112
# Values shown of a mask that holds too many.
_SHOWN = 12


class SegmentationDataLayer(caffe.Layer):
    """Batches of image windows and their labels, from pictures of any size.

    The tops are the data, N x C x H x W of ``input_size``, and the labels, N x 1 x H x W of ``output_size``
    (N x ``classes`` with ``one_hot``), which lie in the middle of the data. Windows are mirrored where they
    reach outside the image.

    ``param_str`` is a JSON object with the keys ``source`` and ``input_size`` and any of the others:

    source : string
        The list of images and masks.
    input_size : integer or [height, width]
        What the net reads.
    output_size : integer, [height, width] or null, default null
        What the net answers for; null is the input size.
    batch_size : integer, default 1
        N.
    channels : 1 or 3, default 1
        1 turns colours to gray; 3 wants coloured images.
    colour : {"bgr", "rgb"}, default "bgr"
        The order of three channels; Caffe's own layers have bgr.
    scale : number, default 1/255
        What pixel values are multiplied with.
    shuffle : true, false or null, default null
        Take the images in a new random order each time round; null does so in phase TRAIN.
    crop : {"random", "tiles"} or null, default null
        One window at random from each image, or all the tiles that cover it, in order; null is random in
        phase TRAIN and tiles in phase TEST.
    augment : true or false, default false
        Flip and turn windows at random (by half turns where they are not square).
    jitter : number from 0 to below 1, default 0
        Change the contrast and brightness of windows at random, by up to this share.
    classes : integer, default 1
        1: masks hold 0 and 1, or 0 and 255, and become 0 and 1. More: they hold class indexes below this
        number.
    one_hot : true or false, default false
        Labels have one channel a class, as a sigmoid loss over several classes takes them.
    threshold : number or null, default null
        With one class, mask values above it are foreground.
    ignore_label : integer or null, default null
        A mask value that passes through; labels outside an image smaller than the output get it too.
    seed : integer, default 0
        Of all that is random here; Caffe's own random_seed does not reach this layer.
    cache : number, default 256
        How many MB of decoded pictures are kept.

    Raises
    ------
    ValueError
        From ``setup`` for wrong bottoms, tops or ``param_str``, a list that cannot be read, and images and
        masks that are missing, no pictures or differ in size; from ``forward`` for pictures that are broken,
        gray where colours are wanted, or masks with other values than they may hold.
    """

    rule = LAYERS["SegmentationDataLayer"]

    def setup(self, bottom, top):
        """Check tops and ``param_str``, read the list, look at every picture's size."""
        _check_blobs(self, bottom, top)
        options = _options(self)
        options["output_size"] = options["output_size"] or options["input_size"]
        _check_options(self, options)
        self._options = options
        training = self.phase == caffe.TRAIN
        self._shuffle = training if options["shuffle"] is None else options["shuffle"]
        self._tiles = (options["crop"] or ("random" if training else "tiles")) == "tiles"
        self._random = np.random.RandomState(options["seed"])
        self._pairs = _pairs(self, options["source"])
        self._sizes = [_size(self, pair) for pair in self._pairs]
        self._cached = collections.OrderedDict()
        self._cached_bytes = 0
        self._windows = self._endless()
        # The shapes never change: Caffe calls reshape before each forward pass.
        shape = (options["batch_size"], options["channels"]) + options["input_size"]
        top[0].reshape(*shape)
        channels = options["classes"] if options["one_hot"] else 1
        top[1].reshape(options["batch_size"], channels, *options["output_size"])

    def reshape(self, bottom, top):
        """Leave the shapes as ``setup`` made them."""

    def forward(self, bottom, top):  # noqa: ARG002
        """Fill the tops with the next windows."""
        for item in range(self._options["batch_size"]):
            number, row, column = next(self._windows)
            data, label = self._sample(number, row, column)
            top[0].data[item] = data
            top[1].data[item] = self._by_class(label) if self._options["one_hot"] else label

    def backward(self, top, propagate_down, bottom):
        """Do nothing: there are no bottoms."""

    def _endless(self):
        """Yield an image's number and its window's first row and column, for ever."""
        height, width = self._options["output_size"]
        while True:
            order = np.arange(len(self._pairs))
            if self._shuffle:
                self._random.shuffle(order)
            for number in order:
                rows, columns = self._sizes[number]
                if self._tiles:
                    for row in _starts(rows, height):
                        for column in _starts(columns, width):
                            yield number, row, column
                else:
                    row = self._random.randint(max(0, rows - height) + 1)
                    yield number, row, self._random.randint(max(0, columns - width) + 1)

    def _sample(self, number, row, column):
        """Return one window's data, C x H x W, and labels, H x W."""
        options = self._options
        image, mask = self._read(number)
        margins = [(i - o) // 2 for i, o in zip(options["input_size"], options["output_size"])]
        data = _cut(image, row - margins[0], column - margins[1], options["input_size"]).astype(np.float32)
        label = _cut(mask, row, column, options["output_size"]).astype(np.float32)
        if options["ignore_label"] is not None:
            label[mask.shape[0] - row :] = options["ignore_label"]
            label[:, mask.shape[1] - column :] = options["ignore_label"]
        if options["augment"]:
            data, label = self._turned(data, label)
        if options["jitter"]:
            white = 65535.0 if image.dtype.itemsize > 1 else 255.0
            gain, offset = self._random.uniform(-options["jitter"], options["jitter"], 2)
            data = np.clip(data * (1 + gain) + offset * white, 0, white)
        return data * np.float32(options["scale"]), label

    def _by_class(self, label):
        """Return labels with one channel a class."""
        channels = (label == np.arange(self._options["classes"])[:, None, None]).astype(np.float32)
        if self._options["ignore_label"] is not None:
            channels[:, label == self._options["ignore_label"]] = self._options["ignore_label"]
        return channels

    def _turned(self, data, label):
        turns, flip = self._random.randint(4), self._random.randint(2)
        square = data.shape[1] == data.shape[2] and label.shape[0] == label.shape[1]
        # A quarter turn would give an oblong net the wrong shape.
        turns = turns if square else turns // 2 * 2
        data, label = np.rot90(data, turns, (1, 2)), np.rot90(label, turns)
        return (data[..., ::-1], label[..., ::-1]) if flip else (data, label)

    def _read(self, number):
        """Return an image, C x H x W, and its labels, H x W, from the cache or from disk."""
        if number in self._cached:
            self._cached.move_to_end(number)
            return self._cached[number]
        image, mask = self._pairs[number]
        read = _image(self, image), _mask(self, mask)
        self._cached[number] = read
        self._cached_bytes += read[0].nbytes + read[1].nbytes
        while self._cached and self._cached_bytes > self._options["cache"] * 1e6:
            _, dropped = self._cached.popitem(last=False)
            self._cached_bytes -= dropped[0].nbytes + dropped[1].nbytes
        return read


def _starts(length, tile):
    """Return where tiles begin that cover ``length`` pixels: evenly spread, none outside."""
    count = max(1, -(-length // tile))
    room = max(0, length - tile)
    return [0] if count == 1 else [round(room * index / (count - 1)) for index in range(count)]


def _cut(plane, row, column, size):
    """Return a window of a picture, mirrored where it reaches outside."""
    rows = _mirrored(row, size[0], plane.shape[-2])
    columns = _mirrored(column, size[1], plane.shape[-1])
    return plane[..., rows[:, None], columns]


def _mirrored(start, count, length):
    """Return the indexes of ``count`` pixels from ``start``, mirrored without repeating the ends."""
    if length == 1:
        return np.zeros(count, np.intp)
    period = 2 * (length - 1)
    place = np.abs(np.arange(start, start + count)) % period
    return np.minimum(place, period - place)


def _pairs(layer, source):
    """Return the paths of the images and masks that a list file names."""
    here = "" if Path(source).is_absolute() else f" (Caffe runs in {Path.cwd()})"
    try:
        with Path(source).open(encoding="utf-8") as lines:
            found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise _error(
            layer,
            f"the list {source!r} cannot be read{here}: {error}",
            "write an image and its mask a line into it, or make it with: netgen prepare --format python",
        ) from None
    if not found:
        raise _error(layer, f"the list {source!r} is empty", "write an image and its mask a line into it")
    pairs = []
    for number, line in found:
        names = [name.strip() for name in line.split("\t")] if "\t" in line else line.split()
        if len(names) != 2:
            raise _error(
                layer,
                f"{source}:{number}: an image and its mask were expected, came {len(names)} names: {line!r}",
                "write two paths, with a tab between them where they have blanks",
            )
        pairs.append(tuple(names))
    return pairs


def _size(layer, pair):
    """Return the height and width of an image and its mask."""
    sizes = []
    for path in pair:
        with _opened(layer, path) as picture:
            if getattr(picture, "n_frames", 1) != 1:
                raise _error(layer, f"{path} holds {picture.n_frames} pictures", "save them one a file")
            width, height = picture.size
            # A PNG's own getexif decodes the whole picture, for what may follow the pixels.
            sideways = Image.Image.getexif(picture).get(_ORIENTATION) in _SIDEWAYS
            sizes.append((width, height) if sideways else (height, width))
    if sizes[0] != sizes[1]:
        raise _error(
            layer,
            f"{pair[0]} is {_dims(sizes[0])} and its mask {pair[1]} is {_dims(sizes[1])} (height x width)",
            "give the image the mask that was made for it",
        )
    return sizes[0]


class _opened:  # noqa: N801
    """Open a picture; its errors name the layer and the file."""

    def __init__(self, layer, path):
        self._layer, self._path = layer, path

    def __enter__(self):
        try:
            self._picture = Image.open(self._path)
        except FileNotFoundError:
            here = "" if Path(self._path).is_absolute() else f" (Caffe runs in {Path.cwd()})"
            raise _error(
                self._layer,
                f"there is no file {self._path!r}{here}",
                "paths start from the folder that Caffe runs in",
            ) from None
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise self._broken(error) from None
        return self._picture

    def __exit__(self, kind, error, trace):
        self._picture.close()
        # Pillow's readers raise whatever a broken file leads them into.
        broken = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)
        own = str(error).startswith(type(self._layer).__name__)
        if isinstance(error, broken) and not own:
            raise self._broken(error) from None

    def _broken(self, error):
        return _error(self._layer, f"{self._path} cannot be read: {error}", "save it again as a PNG")


def _image(layer, path):
    """Return an image's pixels, C x H x W."""
    options = layer._options
    with _opened(layer, path) as opened:
        picture = ImageOps.exif_transpose(opened)
        if picture.mode == "PA" or "transparency" in picture.info:
            picture = picture.convert("RGBA")
        if picture.mode in ("LA", "RGBA"):
            if picture.getchannel("A").getextrema()[0] < 255:
                raise _error(layer, f"{path} is partly transparent", "put it on a background first")
            picture = picture.convert(picture.mode[:-1])
        gray = picture.mode in ("1", "L", "I") or picture.mode.startswith("I;16")
        if not gray and picture.mode not in ("RGB", "RGBX", "P", "CMYK", "YCbCr"):
            raise _error(layer, f"{path} has the pixel format {picture.mode}", "save it as a gray or RGB PNG")
        if gray and options["channels"] == 3:
            raise _error(layer, f"{path} is gray, and 3 channels were asked for", 'write "channels": 1')
        if picture.mode.startswith("I"):
            return np.asarray(picture).astype(np.uint16)[None]
        if options["channels"] == 1:
            return np.array(picture.convert("L"))[None]
        pixels = np.array(picture.convert("RGB")).transpose(2, 0, 1)
    return np.ascontiguousarray(pixels[::-1] if options["colour"] == "bgr" else pixels)


def _mask(layer, path):
    """Return a mask's labels, H x W."""
    options = layer._options
    with _opened(layer, path) as opened:
        values = np.asarray(ImageOps.exif_transpose(opened))
        mode = opened.mode
    if values.ndim == 3:
        colours = values[..., :-1] if mode in ("LA", "PA", "RGBA") else values
        if (colours != colours[..., :1]).any():
            raise _error(
                layer, f"{path} is a coloured mask ({mode})", "save it as gray or with a palette of classes"
            )
        if colours is not values and values[..., -1].min() < 255:
            raise _error(layer, f"{path} is a mask with transparency", "save it without alpha")
        values = colours[..., 0]
    values = values.astype(np.int32) if values.dtype.kind in "bui" else values
    ignored = np.zeros(values.shape, bool)
    if options["ignore_label"] is not None:
        ignored = values == options["ignore_label"]
    if options["threshold"] is not None:
        labels = (values > options["threshold"]).astype(np.int32)
    else:
        _check_values(layer, path, values[~ignored])
        labels = (values != 0).astype(np.int32) if options["classes"] == 1 else values.astype(np.int32)
    if options["ignore_label"] is not None:
        labels[ignored] = options["ignore_label"]
    return labels


def _check_values(layer, path, values):
    """Raise where a mask holds values that are no label."""
    classes = layer._options["classes"]
    present, counts = np.unique(values, return_counts=True)
    allowed = [(0, 1), (0, 255)] if classes == 1 else [range(classes)]
    if any(np.isin(present, list(known)).all() for known in allowed):
        return
    held = ", ".join(f"{value:g} ({count} px)" for value, count in zip(present[:_SHOWN], counts))
    more = f", and {len(present) - _SHOWN} values more" if len(present) > _SHOWN else ""
    wanted = "0 and 1, or 0 and 255, alone" if classes == 1 else f"class indexes from 0 to {classes - 1}"
    raise _error(
        layer,
        f"the mask {path} holds {held}{more}; expected {wanted}",
        'set "threshold", "classes" or "ignore_label" in param_str',
    )


def _check_options(layer, options):
    """Raise where options contradict each other."""
    for axis, i, o in zip(("height", "width"), options["input_size"], options["output_size"]):
        if o > i or (i - o) % 2:
            raise _error(
                layer,
                f"input_size has the {axis} {i} and output_size {o}; the output lies in its middle",
                "make their difference even and not negative",
            )
    if options["threshold"] is not None and options["classes"] > 1:
        raise _error(layer, "a threshold makes one class, but classes is more", "leave out one of the two")
    if options["one_hot"] and options["classes"] == 1:
        raise _error(layer, "one_hot labels need classes to tell apart", 'give "classes" too')
    ignored = options["ignore_label"]
    if ignored is not None and 0 <= ignored < max(2, options["classes"]):
        raise _error(layer, f"ignore_label {ignored} is itself a class", "take another value, such as 255")


def _check_blobs(layer, bottom, top):
    """Raise where the layer has bottoms, or not its two tops."""
    if len(bottom):
        raise _error(layer, f"it takes no bottoms, came {len(bottom)}", "take them away")
    if len(top) != 2:
        raise _error(
            layer,
            f"it has 2 tops, came {len(top)}",
            "give it the tops data and label; weight maps come from HDF5 files (netgen prepare --weight-map)",
        )


def _options(layer):
    """Return the layer's options, read from its ``param_str``, with defaults filled in."""
    table = layer.rule["parameters"]
    given = _json_object(layer)
    for key in given:
        if key not in table:
            raise _error(
                layer,
                f"param_str has the unknown key {key!r}",
                f"{_meant(key, table)}the keys are {', '.join(table)}",
            )
    missing = [key for key, rule in table.items() if rule.get("required") and key not in given]
    if missing:
        raise _error(layer, f"param_str lacks {' and '.join(missing)}", _example())
    return {
        key: _value(layer, key, given[key], rule) if key in given else rule["default"]
        for key, rule in table.items()
    }


def _example():
    return "write for instance " + json.dumps(
        {"source": "data/train.txt", "input_size": 572, "output_size": 388}
    )


def _json_object(layer):
    """Return the object that ``param_str`` holds."""

    def constant(name):
        raise _error(layer, f"param_str holds {name}, which is no JSON number", "give a finite number")

    def unique(items):
        seen = {}
        for key, value in items:
            if key in seen:
                raise _error(layer, f"param_str has the key {key!r} twice", "keep one of them")
            seen[key] = value
        return seen

    text = layer.param_str
    try:
        value = json.loads(text, parse_constant=constant, object_pairs_hook=unique) if text.strip() else {}
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise _error(
            layer,
            f"param_str is not JSON: {reason} at line {error.lineno}, column {error.colno} of {text!r}",
            _example(),
        ) from None
    if not isinstance(value, dict):
        raise _error(layer, f"param_str must be a JSON object, came {json.dumps(value)}", _example())
    return value


def _value(layer, key, value, rule):
    """Return one option's value, checked against its rule in ``LAYERS``."""
    if value is None and rule.get("nullable"):
        return None
    kind = rule["kind"]
    good, wanted = _KINDS[kind]
    if kind == "choice":
        if value in rule["choices"] and not isinstance(value, bool):
            return value
        choices = ", ".join(map(str, rule["choices"]))
        meant = _meant(value, [choice for choice in rule["choices"] if isinstance(choice, str)])
        raise _error(layer, f"{key} cannot be {json.dumps(value)}", f"{meant}the choices are {choices}")
    least, below = rule.get("least", -math.inf), rule.get("below", math.inf)
    if not good(value) or (kind in ("integer", "number") and not least <= value < below):
        limits = f" of at least {least}" if least > -math.inf else ""
        limits += f" and below {below}" if below < math.inf else ""
        null = " or null" if rule.get("nullable") else ""
        raise _error(
            layer, f"{key} must be {wanted}{limits}{null}, came {json.dumps(value)}", f"write {wanted}"
        )
    if kind == "size":
        return (value, value) if isinstance(value, int) else tuple(value)
    return value


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value):
    sides = value if isinstance(value, list) and len(value) == 2 else [value]
    return all(_is_integer(side) and side > 0 for side in sides)


# For each kind of option, what is good and how it is called.
_KINDS = {
    "text": (lambda value: isinstance(value, str) and value, "a path in double quotes"),
    "size": (_is_size, "a positive whole number or [height, width]"),
    "integer": (_is_integer, "a whole number"),
    "number": (
        lambda value: (
            isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        ),
        "a number",
    ),
    "flag": (lambda value: isinstance(value, bool), "true or false"),
    "choice": (None, "one of the choices"),
}


def _meant(name, candidates):
    """Return the question that offers the candidate nearest to ``name``; empty where none is near."""
    if not isinstance(name, str):
        return ""
    folded = {candidate.lower().replace("_", ""): candidate for candidate in candidates}
    matches = difflib.get_close_matches(name.lower().replace("_", ""), folded, n=1)
    return f"did you mean {folded[matches[0]]}? " if matches else ""


def _dims(size):
    return f"{size[0]} x {size[1]}"


def _error(layer, message, mend):
    """Return an error that names the layer's class: a Python layer does not know its name in the net."""
    return ValueError(f"{type(layer).__name__}: {message}\n  mend: {mend}")
