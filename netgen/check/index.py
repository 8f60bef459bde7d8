"""The rules: code, name, severity, scope, module, kinds, layer types, what holds after faults.

Made by ``tools/make_rules.py`` from the files in ``netgen/check/rules``.
"""

from __future__ import annotations

__all__ = ["RULES"]

# fmt: off
RULES: tuple[tuple[str, str, str, str, str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("C101", "unused-ignore", "warning", "ignore", "unused_ignore", (), (), ""),
    ("C102", "failed-rule", "error", "failure", "failed_rule", (), (), "always"),
    ("C103", "odd-ignore", "warning", "ignore", "odd_ignore", (), (), ""),
    ("L101", "blob-count", "error", "net", "blob_count", ("count",), (), ""),
    ("L102", "missing-parameter", "error", "net", "missing_parameter", ("missing",), (), "layer"),
    ("L103", "bad-value", "error", "net", "bad_value", ("value",), (), "layer"),
    ("L104", "said-twice", "error", "net", "said_twice", ("contradiction",), (), "layer"),
    ("L105", "bad-axis", "error", "net", "bad_axis", ("axis",), (), ""),
    ("L106", "unfitting-shapes", "error", "net", "unfitting_shapes", ("shape",), (), ""),
    ("L107", "bad-filler", "error", "net", "bad_filler", ("filler",), (), "layer"),
    ("L108", "impossible-size", "error", "net", "impossible_size", ("size",), (), ""),
    ("L109", "crash", "error", "net", "crash", ("crash",), (), ""),
    ("L110", "param-count", "error", "net", "param_count", ("params",), (), ""),
    ("L111", "bad-file", "error", "net", "bad_file", ("file",), (), ""),
    ("L112", "missing-engine", "error", "net", "missing_engine", ("engine",), (), ""),
    ("L113", "bad-python-layer", "error", "net", "bad_python_layer", ("python",), (), ""),
    ("L114", "undefined", "error", "net", "undefined", ("undefined",), (), ""),
    ("L199", "refused", "error", "rest", "refused", (), (), ""),
    ("N101", "unknown-bottom", "error", "net", "unknown_bottom", ("bottom",), (), ""),
    ("N102", "duplicate-top", "error", "net", "duplicate_top", ("top",), (), ""),
    ("N103", "unknown-layer-type", "error", "net", "unknown_layer_type", ("type",), (), "layer"),
    ("N104", "include-and-exclude", "error", "net", "include_and_exclude", ("rules",), (), "layer"),
    ("N105", "propagate-down-count", "error", "net", "propagate_down_count", ("propagate-down",), (), ""),
    ("N106", "unlike-sharing", "error", "net", "unlike_sharing", ("sharing",), (), ""),
    ("N107", "cannot-upgrade", "error", "net", "cannot_upgrade", ("upgrade",), (), ""),
    ("N108", "loss-weight-count", "error", "net", "loss_weight_count", ("loss-weight",), (), ""),
    ("N109", "cannot-work-in-place", "error", "net", "cannot_work_in_place", ("in-place",), (), ""),
    ("S199", "unreadable", "error", "rest-of-faults", "unreadable", (), (), ""),
    ("W201", "no-loss", "warning", "net", "no_loss", (), (), ""),
    ("W202", "python-loss-without-weight", "warning", "net", "python_loss_without_weight", (), ("Python",), ""),
    ("W203", "zero-loss-weight", "warning", "net", "zero_loss_weight", (), (), "layer"),
    ("W204", "loss-trains-nothing", "warning", "net", "loss_trains_nothing", (), (), ""),
    ("W205", "ignored-loss-param", "warning", "net", "ignored_loss_param", (), ("Python",), "layer"),
    ("W206", "probabilities-into-loss", "warning", "net", "probabilities_into_loss", (), ("SoftmaxWithLoss", "InfogainLoss", "SigmoidCrossEntropyLoss", "MultinomialLogisticLoss", "Python"), "layer"),
    ("W207", "softmax-of-one", "warning", "net", "softmax_of_one", (), ("Softmax", "SoftmaxWithLoss"), "layer"),
    ("W208", "score-label-counts", "warning", "net", "score_label_counts", (), ("HingeLoss", "Python"), "layer"),
    ("W209", "spoiled-gradient", "warning", "net", "spoiled_gradient", (), (), ""),
    ("W210", "shared-memory", "warning", "net", "shared_memory", (), ("Flatten", "Reshape", "Split", "Concat", "Slice"), ""),
    ("W211", "impossible-in-place", "warning", "net", "impossible_in_place", (), ("ArgMax", "BatchReindex", "Concat", "Convolution", "Crop", "Deconvolution", "Eltwise", "Embed", "Filter", "Im2col", "InnerProduct", "LSTM", "Permute", "Pooling", "RNN", "Reduction", "Slice", "Tile"), "layer"),
    ("W212", "half-frozen", "warning", "net", "half_frozen", (), ("Convolution", "Deconvolution", "InnerProduct", "Embed", "Scale"), "layer"),
    ("W213", "untrained-layer", "warning", "net", "untrained_layer", (), (), ""),
    ("W501", "missing-module", "warning", "net", "missing_module", (), ("Python",), "layer"),
    ("W502", "module-syntax", "warning", "net", "module_syntax", (), ("Python",), "layer"),
    ("W503", "missing-class", "warning", "net", "missing_class", (), ("Python",), "layer"),
    ("W504", "missing-method", "warning", "net", "missing_method", (), ("Python",), "layer"),
    ("W505", "undefined-name", "warning", "net", "undefined_name", (), ("Python",), "layer"),
    ("W506", "loss-ignores-diff", "warning", "net", "loss_ignores_diff", (), ("Python",), "layer"),
    ("W507", "bad-param-str", "warning", "net", "bad_param_str", (), ("Python",), "layer"),
    ("W508", "python-blob-count", "warning", "net", "python_blob_count", (), ("Python",), "layer"),
)
