"""The Python data layer in real Caffe.

Wrong uses lie in ``wrong_data_layer.txt``: a title after ``===``, the ``param_str``, ``---``, what the user sees.
``NETGEN_UPDATE=1`` writes what is seen into the file, for a person to read and to commit.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netgen.data import Options, prepare
from netgen.data.tiling import geometry

pytestmark = pytest.mark.caffe

WRONG = Path(__file__).with_name("wrong_data_layer.txt")
UPDATE = os.environ.get("NETGEN_UPDATE") == "1"


def pixels(height, width, seed=0, channels=1):
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.RandomState(seed).randint(0, 256, shape).astype(np.uint8)


def mask(height, width, seed=0):
    return ((pixels(height, width, seed + 100) > 180) * 255).astype(np.uint8)


def save(name, values):
    Image.fromarray(values).save(name)
    return name


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(sizes, name="list.txt"):
    """Write images and masks of some sizes, and their list."""
    with Path(name).open("w") as lines:
        for number, (height, width) in enumerate(sizes):
            image = save(f"i{number}.png", pixels(height, width, number))
            lines.write(f"{image}\t{save(f'm{number}.png', mask(height, width, number))}\n")
    return name


def load(phase="TEST", tops=("data", "label"), bottoms=(), **options):
    """Return a net of the layer alone; mistakes come as the layer's own errors, in this process."""
    import caffe

    text = options.pop("text", None)
    param = json.dumps(options) if text is None else text
    names = "".join(f' top: "{top}"' for top in tops) + "".join(f' bottom: "{bottom}"' for bottom in bottoms)
    inputs = "".join(
        f'layer {{ name: "{bottom}" type: "Input" top: "{bottom}" input_param {{ shape {{ dim: 1 }} }} }} '
        for bottom in bottoms
    )
    Path("net.prototxt").write_text(
        f'{inputs}layer {{ name: "d" type: "Python"{names} python_param {{ module: "data_layers" '
        f'layer: "SegmentationDataLayer" param_str: {json.dumps(param)} }} }}'
    )
    return caffe.Net("net.prototxt", getattr(caffe, phase))


def batches(net, count):
    found = []
    for _ in range(count):
        net.forward()
        found.append((net.blobs["data"].data.copy(), net.blobs["label"].data.copy()))
    return found


def rows(net, count):
    """Return the samples of some batches."""
    found = batches(net, count)
    return np.concatenate([data for data, _ in found]), np.concatenate([label for _, label in found])


SIZES = [(60, 50), (33, 70), (10, 12)]


def test_testing_goes_through_the_tiles_that_prepare_makes(here):
    h5py = pytest.importorskip("h5py")
    source = listed(SIZES)
    Path("images.txt").write_text("".join(f"i{n}.png\n" for n in range(3)))
    Path("masks.txt").write_text("".join(f"m{n}.png\n" for n in range(3)))
    options = Options(geometry=geometry((48, 40), (28, 20)), share=0)
    outcome = prepare("images.txt", "masks.txt", here / "data", options)
    with h5py.File(outcome.folder / "test_00000.h5") as file:
        expected = {name: file[name][...] for name in file}
    net = load(source=source, input_size=[48, 40], output_size=[28, 20], batch_size=2)
    count = len(expected["data"])
    data, label = rows(net, count)
    assert data.shape == (2 * count, 1, 48, 40)
    # Twice round: the layer begins again where the list ends.
    np.testing.assert_allclose(data, np.concatenate([expected["data"]] * 2), rtol=1e-6)
    assert np.array_equal(label, np.concatenate([expected["label"]] * 2))


def test_prepare_lists_what_the_layer_reads(here):
    listed(SIZES)
    Path("images.txt").write_text("".join(f"i{n}.png\n" for n in range(3)))
    Path("masks.txt").write_text("".join(f"m{n}.png\n" for n in range(3)))
    options = Options(format="python", geometry=geometry((28, 20), (28, 20)), share=0, relative_to=here)
    outcome = prepare("images.txt", "masks.txt", here / "data", options)
    data, _ = rows(load(source="data/test.txt", input_size=[28, 20]), outcome.data.phases["test"].samples)
    assert np.array_equal(data[0, 0], pixels(60, 50)[:28, :20].astype(np.float32) * np.float32(1 / 255))
    assert np.array_equal(data[-1, 0, :10, :12], pixels(10, 12, 2).astype(np.float32) * np.float32(1 / 255))


def place(window, image):
    """Return where a window lies in an image."""
    height, width = window.shape
    found = [
        (row, column)
        for row in range(image.shape[0] - height + 1)
        for column in range(image.shape[1] - width + 1)
        if np.array_equal(image[row : row + height, column : column + width], window)
    ]
    assert len(found) == 1
    return found[0]


def test_training_cuts_windows_at_random_whose_labels_lie_in_their_middle(here):
    source = listed([(30, 26)])
    net = load("TRAIN", source=source, input_size=12, output_size=8, batch_size=20, scale=1)
    data, label = rows(net, 4)
    labels, image = mask(30, 26) / 255, pixels(30, 26)
    places = set()
    for one, its in zip(data[:, 0], label[:, 0]):
        # The middle is never mirrored, so that it lies in the image.
        row, column = place(one[2:10, 2:10], image)
        assert np.array_equal(its, labels[row : row + 8, column : column + 8])
        places.add((row, column))
    assert len(places) > 60
    assert {min(row for row, _ in places), max(row for row, _ in places)} == {0, 22}
    assert {min(column for _, column in places), max(column for _, column in places)} == {0, 18}


def test_windows_are_mirrored_where_they_reach_outside(here):
    source = listed([(9, 9)])
    net = load("TRAIN", source=source, input_size=15, output_size=9, scale=1)
    data, _ = rows(net, 1)
    assert np.array_equal(data[0, 0], np.pad(pixels(9, 9), 3, mode="reflect"))


def test_training_takes_every_image_once_each_time_round(here):
    source = listed([(8, 8)] * 6)
    images = [pixels(8, 8, n) for n in range(6)]
    data, _ = rows(load("TRAIN", source=source, input_size=8, scale=1), 24)
    order = [next(n for n in range(6) if np.array_equal(images[n], one[0])) for one in data]
    rounds = [order[at : at + 6] for at in range(0, 24, 6)]
    assert all(sorted(each) == list(range(6)) for each in rounds)
    assert len({tuple(each) for each in rounds}) > 1
    data, _ = rows(load("TRAIN", source=source, input_size=8, scale=1, shuffle=False), 6)
    assert all(np.array_equal(one[0], image) for one, image in zip(data, images))


def test_a_seed_repeats_everything(here):
    source = listed([(30, 26)] * 3)
    options = {"source": source, "input_size": 12, "output_size": 8, "augment": True, "jitter": 0.2}
    first = rows(load("TRAIN", seed=5, **options), 10)
    again = rows(load("TRAIN", seed=5, **options), 10)
    other = rows(load("TRAIN", seed=6, **options), 10)
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(("size", "kinds"), [((8, 8), 8), ((8, 6), 4)])
def test_augmenting_flips_and_turns_data_and_labels_alike(here, size, kinds):
    source = listed([size])
    data, label = rows(load("TRAIN", source=source, input_size=list(size), scale=1, augment=True), 80)

    def variants(plane):
        turned = [np.rot90(plane, k) for k in (range(4) if kinds == 8 else (0, 2))]
        return turned + [t[:, ::-1] for t in turned]

    images, labels = variants(pixels(*size)), variants(mask(*size) / 255)
    seen = set()
    for one, its in zip(data[:, 0], label[:, 0]):
        (which,) = [n for n in range(kinds) if np.array_equal(images[n], one)]
        assert np.array_equal(labels[which], its)
        seen.add(which)
    assert len(seen) == kinds


def test_jitter_changes_contrast_and_brightness_within_the_range(here):
    ramp = np.arange(64, dtype=np.uint8).reshape(8, 8) + 96
    save("i.png", ramp)
    save("m.png", mask(8, 8))
    Path("list.txt").write_text("i.png m.png\n")
    data, label = rows(load("TRAIN", source="list.txt", input_size=8, jitter=0.2), 20)
    assert (label == mask(8, 8) / 255).all()
    fits = [np.polyfit(ramp.ravel() / 255, one.ravel(), 1) for one in data]
    assert all(abs(gain - 1) <= 0.2 and abs(offset) <= 0.2 for gain, offset in fits)
    assert np.ptp([gain for gain, _ in fits]) > 0.2
    assert np.ptp([offset for _, offset in fits]) > 0.2
    data, _ = rows(load("TRAIN", source="list.txt", input_size=8, jitter=0.9), 20)
    assert data.min() == 0
    assert data.max() == 1


def test_colours_and_their_order(here):
    save("i.png", pixels(8, 8, channels=3))
    save("m.png", mask(8, 8))
    Path("list.txt").write_text("i.png m.png\n")
    shared = {"source": "list.txt", "input_size": 8, "scale": 1}
    expected = pixels(8, 8, channels=3).transpose(2, 0, 1)
    assert np.array_equal(rows(load(channels=3, **shared), 1)[0][0], expected[::-1])
    assert np.array_equal(rows(load(channels=3, colour="rgb", **shared), 1)[0][0], expected)
    luminance = np.tensordot([0.299, 0.587, 0.114], expected, 1)
    assert np.abs(rows(load(**shared), 1)[0][0, 0] - luminance).max() <= 1


def test_sixteen_bits_keep_their_values(here):
    deep = pixels(8, 8).astype(np.uint16) * 257
    save("i.png", deep)
    save("m.png", mask(8, 8))
    Path("list.txt").write_text("i.png m.png\n")
    assert np.array_equal(rows(load(source="list.txt", input_size=8, scale=1), 1)[0][0, 0], deep)


@pytest.mark.parametrize(
    ("values", "options", "expected"),
    [
        ([0, 1, 1, 0], {}, [0, 1, 1, 0]),
        ([0, 255, 255, 0], {}, [0, 1, 1, 0]),
        ([0, 100, 101, 255], {"threshold": 100}, [0, 0, 1, 1]),
        ([0, 1, 255, 1], {"ignore_label": 255}, [0, 1, 255, 1]),
        ([0, 2, 1, 255], {"classes": 3, "ignore_label": 255}, [0, 2, 1, 255]),
    ],
)
def test_what_mask_values_mean(here, values, options, expected):
    save("i.png", pixels(1, 4))
    save("m.png", np.array([values], np.uint8))
    Path("list.txt").write_text("i.png m.png\n")
    _, label = rows(load(source="list.txt", input_size=[1, 4], **options), 1)
    assert label[0, 0, 0].tolist() == expected


def test_one_channel_a_class(here):
    save("i.png", pixels(1, 4))
    save("m.png", np.array([[0, 1, 2, 255]], np.uint8))
    Path("list.txt").write_text("i.png m.png\n")
    shared = {"source": "list.txt", "input_size": [1, 4], "classes": 3, "ignore_label": 255}
    _, label = rows(load(one_hot=True, batch_size=2, **shared), 1)
    assert label.shape == (2, 3, 1, 4)
    assert label[0, :, 0].tolist() == [[1, 0, 0, 255], [0, 1, 0, 255], [0, 0, 1, 255]]


def test_labels_outside_a_small_image_are_ignored_on_request(here):
    source = listed([(5, 6)])
    for phase in ("TRAIN", "TEST"):
        _, label = rows(load(phase, source=source, input_size=8, ignore_label=-1), 1)
        assert np.array_equal(label[0, 0, :5, :6], mask(5, 6) / 255)
        assert (label[0, 0, 5:] == -1).all()
        assert (label[0, 0, :, 6:] == -1).all()


def test_names_with_blanks_stand_beside_a_tab(here):
    save("my image.png", pixels(8, 8))
    save("my mask.png", mask(8, 8))
    Path("list.txt").write_text("\nmy image.png\tmy mask.png\n\n")
    data, _ = rows(load(source="list.txt", input_size=8, scale=1), 1)
    assert np.array_equal(data[0, 0], pixels(8, 8))


@pytest.mark.parametrize("megabytes", [0, 0.001, 100])
def test_the_cache_changes_nothing_but_what_is_read(here, megabytes):
    source = listed([(8, 8)] * 3)
    net = load(source=source, input_size=8, scale=1, cache=megabytes)
    first, _ = rows(net, 3)
    for number in range(3):
        save(f"i{number}.png", pixels(8, 8, 50 + number))
    again, _ = rows(net, 3)
    # A picture and its mask take 320 bytes: three of them fit into 1 KB.
    assert np.array_equal(first, again) == (megabytes > 0)


def test_training_works_on_it(here):
    """Data, gradient and solver go together: a net of one weight learns the mask that is its image."""
    import caffe

    save("i.png", mask(16, 16))
    save("m.png", mask(16, 16))
    Path("list.txt").write_text("i.png m.png\n")
    param = json.dumps(json.dumps({"source": "list.txt", "input_size": 8, "augment": True, "batch_size": 4}))
    Path("net.prototxt").write_text(
        f'layer {{ name: "d" type: "Python" top: "data" top: "label" python_param {{ module: "data_layers" '
        f'layer: "SegmentationDataLayer" param_str: {param} }} }}'
        'layer { name: "c" type: "Convolution" bottom: "data" top: "score" convolution_param { num_output: 1 kernel_size: 1 } }'
        'layer { name: "l" type: "SigmoidCrossEntropyLoss" bottom: "score" bottom: "label" top: "loss" '
        "loss_param { normalization: FULL } }"
    )
    Path("solver.prototxt").write_text(
        'train_net: "net.prototxt" base_lr: 1 lr_policy: "fixed" momentum: 0.9 snapshot_after_train: false'
    )
    solver = caffe.get_solver("solver.prototxt")
    losses = []
    for _ in range(60):
        solver.step(1)
        losses.append(float(solver.net.blobs["loss"].data))
    assert losses[0] > 0.5
    assert losses[-1] < 0.1


# Wrong use ------------------------------------------------------------------------------------------------------------


def cases():
    found = {}
    for block in re.split(r"^=== ", WRONG.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, said = block.partition("\n---\n")
        title, _, text = head.partition("\n")
        assert title not in found, f"{WRONG.name} has the title {title!r} twice"
        found[title] = (text, said.strip())
    return found


def wrong_files():
    """Write the lists that the wrong uses name."""
    good, its = save("i.png", pixels(20, 20)), save("m.png", mask(20, 20))
    save("other.png", mask(20, 21))
    save("glass.png", pixels(20, 20, channels=4))
    save("coloured.png", pixels(20, 20, channels=3))
    save("soft.png", np.arange(400, dtype=np.uint16).reshape(20, 20).astype(np.uint8) % 5)
    Path("text.png").write_text("no picture")
    first = Image.fromarray(pixels(20, 20))
    first.save("stack.tif", save_all=True, append_images=[first])
    Image.fromarray(pixels(20, 20)).resize((200, 200)).save("long.png")
    save("long_mask.png", mask(200, 200))
    Path("short.png").write_bytes(Path("long.png").read_bytes()[:9000])
    for name, line in {
        "list": f"{good} {its}",
        "empty": "",
        "images": good,
        "gone": f"gone.png {its}",
        "text": f"text.png {its}",
        "sizes": f"{good} other.png",
        "stack": f"stack.tif {its}",
        "glass": f"glass.png {its}",
        "soft": f"{good} soft.png",
        "coloured": f"{good} coloured.png",
        "short": "short.png long_mask.png",
    }.items():
        Path(f"{name}.txt").write_text(f"{line}\n")


@pytest.mark.parametrize("title", list(cases()))
def test_wrong_use(here, title):
    text, expected = cases()[title]
    wrong_files()
    with pytest.raises(ValueError) as error:
        load(text=text).forward()
    said = str(error.value).replace(str(here), "HERE")
    if UPDATE:
        every = cases()
        every[title] = (text, said)
        content = "\n\n".join(f"=== {name}\n{param}\n---\n{words}" for name, (param, words) in every.items())
        WRONG.write_text(content + "\n", encoding="utf-8")
    else:
        assert said == expected


@pytest.mark.parametrize(
    ("blobs", "words"),
    [
        ({"tops": ("data",)}, "it has 2 tops, came 1"),
        ({"tops": ("data", "label", "weight")}, "weight maps come from HDF5 files"),
        ({"bottoms": ("image",)}, "it takes no bottoms, came 1"),
    ],
)
def test_wrong_tops_and_bottoms(here, blobs, words):
    with pytest.raises(ValueError, match=words):
        load(source=listed([(8, 8)]), input_size=8, **blobs)


def test_the_layer_takes_what_its_table_says():
    import data_layers

    names = data_layers.LAYERS["SegmentationDataLayer"]["parameters"]
    described = re.findall(r"^    (\w+) : ", data_layers.SegmentationDataLayer.__doc__, re.MULTILINE)
    assert sorted(described) == sorted(names)
