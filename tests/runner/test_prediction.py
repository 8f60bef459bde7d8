from __future__ import annotations

import numpy as np
import pytest
import tiny

from netgen.errors import BundleError, DataError, OptionError
from netgen.runner import CaffeFault
from netgen.runner.prediction import Predictor, Tiling

pytestmark = pytest.mark.caffe


@pytest.fixture
def trained(caffe, tmp_path):
    """Write a deploy net and weights for it; return the folder and the weights."""

    def make(text: str):
        (tmp_path / "deploy.prototxt").write_text(text)
        net = caffe.load(text)
        # Weights of no special value, the same in every run.
        random = np.random.RandomState(3)
        net.set_params(
            {name: [random.randn(*s) * 0.3 for s in shapes] for name, shapes in net.params.items()}
        )
        net.save(tmp_path / "w.caffemodel")
        return tmp_path, tmp_path / "w.caffemodel"

    return make


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


@pytest.mark.parametrize(
    ("size", "batch", "height", "width", "tiles"),
    [(46, 1, 101, 77, 12), (46, 3, 101, 77, 12), (50, 1, 36, 37, 2), (46, 1, 20, 9, 1), (46, 1, 33, 32, 2)],
)
def test_tiles_put_together_are_what_one_large_net_gives(caffe, trained, size, batch, height, width, tiles):
    folder, weights = trained(tiny.unet(size, batch=batch))
    predictor = Predictor(caffe, folder, weights)
    assert (predictor.rows.margin, predictor.rows.step) == (7, size - 14)
    image = np.random.RandomState(0).rand(2, height, width).astype(np.float32)
    seen = []
    prediction = predictor.predict(image, lambda done, of: seen.append((done, of)))
    assert prediction.tiles == tiles
    assert seen[-1] == (tiles, tiles)

    large = 46 + 4 * max(0, -(-(max(height, width) - 32) // 4))
    padding = [(0, 0)] + [(7, large - 7 - length) for length in (height, width)]
    whole = caffe.load(tiny.unet(large), weights=weights)
    scores = whole.forward({"data": np.pad(image, padding, mode="reflect")[None]})["score"][0]
    assert prediction.probabilities.shape == (1, height, width)
    np.testing.assert_allclose(
        prediction.probabilities, sigmoid(scores[:, :height, :width]), atol=1e-6, rtol=0
    )
    assert prediction.probabilities.std() > 0.01


LAST = 'layer { name: "last" type: "Convolution" bottom: "score" top: "last" convolution_param { num_output: 1 kernel_size: 3 } }'


def test_tiles_step_by_the_pooling_grid_and_nothing_else_would_do(caffe, trained):
    # 46 to 30, as the published net's 572 to 388: the output is no multiple of the grid.
    folder, weights = trained(tiny.unet(46, classes=2, end=LAST))
    predictor = Predictor(caffe, folder, weights)
    assert predictor.rows == predictor.columns == Tiling(46, 30, 8, 28)
    image = np.random.RandomState(0).rand(2, 70, 70).astype(np.float32)
    whole = caffe.load(tiny.unet(86, classes=2, end=LAST), weights=weights)
    scores = whole.forward({"data": np.pad(image, [(0, 0), (8, 8), (8, 8)], mode="reflect")[None]})["last"][0]
    found = predictor.predict(image)
    assert found.tiles == 9
    np.testing.assert_allclose(found.probabilities, sigmoid(scores), atol=1e-6, rtol=0)
    predictor.rows = predictor.columns = Tiling(46, 30, 8, 30)
    assert abs(predictor.predict(image).probabilities - sigmoid(scores)).max() > 1e-3


def test_where_tiles_lie():
    tiling = Tiling(572, 388, 92, 384)
    assert tiling.starts(1000) == [0, 384, 768]
    assert tiling.padding(1000) == (92, 92 + 768 + 388 - 1000)
    assert tiling.count(388) == 1
    assert tiling.count(389) == 2


SAME = (
    'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 32 dim: 24 } } }'
    'layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 1 kernel_size: 5 pad: 2 } }'
)


def test_a_net_that_pads_keeps_the_middle_of_its_tiles(caffe, trained):
    folder, weights = trained(SAME)
    predictor = Predictor(caffe, folder, weights)
    assert (predictor.rows.margin, predictor.rows.core, predictor.columns.margin) == (4, 24, 3)
    image = np.random.RandomState(0).rand(1, 61, 50).astype(np.float32)
    found = predictor.predict(image).probabilities
    whole = caffe.load(SAME.replace("dim: 32 dim: 24", "dim: 65 dim: 54"), weights=weights)
    scores = whole.forward({"data": np.pad(image, [(0, 0), (2, 2), (2, 2)], mode="reflect")[None]})["c"][0]
    # The kernel reaches 2 pixels far, less than the margin: padding never shows inside, and the border is mirrored.
    np.testing.assert_allclose(found, sigmoid(scores[:, 2:-2, 2:-2]), atol=1e-6, rtol=0)


def test_an_image_that_fits_a_padding_net_is_one_tile_as_in_training(caffe, trained):
    folder, weights = trained(SAME)
    image = np.random.RandomState(0).rand(1, 32, 24).astype(np.float32)
    prediction = Predictor(caffe, folder, weights).predict(image)
    scores = caffe.load(SAME, weights=weights).forward({"data": image[None]})["c"][0]
    assert prediction.tiles == 1
    np.testing.assert_allclose(prediction.probabilities, sigmoid(scores), atol=1e-6, rtol=0)
    with_margin = Predictor(caffe, folder, weights, margin=4)
    assert with_margin.predict(image).tiles == 4
    with pytest.raises(OptionError, match="a margin of 12 leaves nothing of the 24 columns"):
        Predictor(caffe, folder, weights, margin=12)


@pytest.mark.parametrize(
    ("classes", "end", "activation"),
    [
        (1, "", "sigmoid"),
        (3, "", "softmax"),
        (1, 'layer { name: "prob" type: "Sigmoid" bottom: "score" top: "prob" }', None),
        (3, 'layer { name: "prob" type: "Softmax" bottom: "score" top: "prob" }', None),
        (1, 'layer { name: "prob" type: "Sigmoid" bottom: "score" top: "score" }', None),
    ],
)
def test_probabilities_come_out_however_the_net_ends(caffe, trained, classes, end, activation):
    folder, weights = trained(tiny.unet(46, classes=classes))
    image = np.random.RandomState(0).rand(2, 32, 32).astype(np.float32)
    scores = Predictor(caffe, folder, weights).predict(image).probabilities
    (folder / "deploy.prototxt").write_text(tiny.unet(46, classes=classes, end=end))
    predictor = Predictor(caffe, folder, weights)
    assert predictor.activation == activation
    found = predictor.predict(image).probabilities
    np.testing.assert_allclose(found, scores, atol=1e-6)
    if classes > 1:
        np.testing.assert_allclose(found.sum(0), 1, atol=1e-5)


def test_masks():
    from netgen.runner.prediction import Prediction

    two = np.stack([[[0.4, 0.6]], [[0.6, 0.4]]]).astype(np.float32)
    assert Prediction(two, 1).mask().tolist() == [[255, 0]]
    assert Prediction(two[:1], 1).mask().tolist() == [[0, 255]]
    assert Prediction(two[:1], 1).mask(0.3).tolist() == [[255, 255]]
    three = np.array([[[0.2]], [[0.3]], [[0.5]]], np.float32)
    assert Prediction(three, 1).mask().tolist() == [[2]]
    assert Prediction(three, 1).mask().dtype == np.uint8


def test_of_several_certain_classes_the_larger_score_wins():
    from netgen.runner.prediction import Prediction, _activate

    scores = np.array([[[-50.0]], [[30.0]], [[40.0]]], np.float32)
    probabilities = _activate(scores, "sigmoid")
    assert probabilities[1] == probabilities[2] == 1
    assert Prediction(probabilities, 1, scores).mask().tolist() == [[2]]


def test_an_activation_that_does_not_exist(caffe, trained):
    folder, weights = trained(tiny.unet(46))
    with pytest.raises(OptionError, match="no activation 'tanh'; there are sigmoid, softmax, none"):
        Predictor(caffe, folder, weights, activation="tanh")


def test_extreme_scores_give_certainty_without_a_warning():
    from netgen.runner.prediction import _activate

    with np.errstate(all="raise", under="ignore"):
        assert _activate(np.array([[[-1e30, 0, 1e30]]], np.float32), "sigmoid").tolist() == [[[0, 0.5, 1]]]
        assert _activate(np.array([[[1e30]], [[-1e30]]], np.float32), "softmax").tolist() == [[[1]], [[0]]]


def test_the_last_whole_snapshot_is_the_default(caffe, tmp_path):
    pytest.importorskip("h5py")
    bundle = tiny.write_bundle(tmp_path / "b")
    (bundle / "deploy.prototxt").write_text(SAME.replace('name: "c"', 'name: "ip"'))
    with pytest.raises(BundleError, match="has no snapshot to take weights from"):
        Predictor(caffe, bundle)
    last = caffe.train(bundle, iterations=3, plot=False).snapshot
    # It is the right file, although these weights are for another net.
    with pytest.raises(CaffeFault, match="layer 'ip'") as caught:
        Predictor(caffe, bundle)
    assert "source 2 36 (72)" in str(caught.value)
    assert last.model.name in " ".join(caffe.log.lines) or last.model.is_file()


def test_weights_that_lack_a_layer_are_refused_with_the_name_it_may_have_had(caffe, trained):
    folder, weights = trained(tiny.unet(46))
    (folder / "deploy.prototxt").write_text(tiny.unet(46, name="scores"))
    with pytest.raises(DataError) as caught:
        Predictor(caffe, folder, weights)
    assert "has nothing for scores of deploy.prototxt" in str(caught.value)
    assert "has a layer 'score' that the net lacks: is it renamed?" in caught.value.mend
    assert Predictor(caffe, folder, weights, partial=True).missed == ("scores",)


POOLED = (
    'layer { name: "p" type: "Pooling" bottom: "score" top: "p" pooling_param { kernel_size: 2 stride: 2 } }'
)


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        (tiny.unet(46, end=POOLED), {}, BundleError, "one value for 2 x 2 pixels; a mask needs one for each"),
        (
            tiny.unet(46, end='layer { name: "f" type: "Flatten" bottom: "score" top: "f" }'),
            {},
            OptionError,
            "blob 'f' is 1 x 1024; a mask needs",
        ),
        (
            tiny.unet(46, end='layer { name: "g" type: "ReLU" bottom: "c1" top: "g" }'),
            {},
            OptionError,
            "has 2 outputs: g, score\n  mend: say which one to take with --blob",
        ),
        (tiny.unet(46), {"blob": "scor"}, OptionError, "no blob 'scor'\n  mend: did you mean 'score'"),
        (
            tiny.unet(46, end='layer { name: "a" type: "ArgMax" bottom: "score" top: "a" argmax_param { axis: 1 } }'),
            {},
            OptionError,
            "class indexes, not probabilities",
        ),
        (tiny.unet(46), {"margin": 16}, OptionError, "a margin of 16 leaves nothing of the 32"),
        (
            SAME.replace("kernel_size: 5 pad: 2", "kernel_size: 2"),
            {},
            BundleError,
            "makes 31 rows of 32, so it is not known which pixels",
        ),
        (
            SAME + 'layer { name: "more" type: "Input" top: "more" input_param { shape { dim: 1 } } }',
            {},
            BundleError,
            "must have one input to predict images with; it has data, more",
        ),
        (
            'layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }',
            {},
            BundleError,
            "it has none",
        ),
    ],
    ids=["coarse", "flat", "outputs", "blob", "argmax", "margin", "odd", "inputs", "no-input"],
)  # fmt: skip
def test_a_net_that_gives_no_mask_is_refused(caffe, trained, text, options, error, message):
    folder, weights = trained(text)
    with pytest.raises(error) as caught:
        Predictor(caffe, folder, weights, **options)
    assert message in str(caught.value)


def test_an_image_of_other_channels_and_files_that_are_not_there(caffe, trained, tmp_path):
    folder, weights = trained(tiny.unet(46))
    with pytest.raises(DataError, match="wants an image of 2 x height x width, this one is 3 x 9 x 9"):
        Predictor(caffe, folder, weights).predict(np.zeros((3, 9, 9)))
    with pytest.raises(DataError, match="no weights file"):
        Predictor(caffe, folder, folder / "none.caffemodel")
    with pytest.raises(BundleError, match="there is no bundle"):
        Predictor(caffe, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match=r"has no deploy\.prototxt"):
        Predictor(caffe, tmp_path / "empty")
