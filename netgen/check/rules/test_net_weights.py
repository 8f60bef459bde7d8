"""A layer of phase TEST has weights, and phase TRAIN has no layer of its name, or another one.

A solver's test net takes its weights from the training net, by the layers' names. A layer that only TEST
has keeps what its filler made, at each test anew; one with blobs of other shapes ends Caffe.

Fails
-----
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
      include { phase: TRAIN }
    }
    layer {
      name: "score_test" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
      include { phase: TEST }
    }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss" }

Passes
------
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer {
      name: "score" type: "InnerProduct" bottom: "data" top: "score"
      inner_product_param { num_output: 4 }
    }
    layer {
      name: "loss" type: "SoftmaxWithLoss" bottom: "score" bottom: "label" top: "loss"
      include { phase: TRAIN }
    }

Source
------
``Solver::Test`` calls ``Net::ShareTrainedLayersWith``.
"""

from __future__ import annotations

from collections.abc import Iterator

from netgen.check.report import Report
from netgen.check.subjects import FileSubject
from netgen.graph.net import NetGraph

CODE = "W312"
NAME = "test-net-weights"
SEVERITY = "warning"
SCOPE = "file"
TRAITS = ("phases",)


def check(subject: FileSubject) -> Iterator[Report]:
    """Report the layers of a file's TEST nets that its TRAIN nets do not fill."""
    graphs = {id(graph): graph for graph in subject.graphs.values()}.values()
    trained = [graph for graph in graphs if graph.state.phase == "TRAIN"]
    if len(graphs) < 2 or not trained or subject.role == "deploy":
        return
    for graph in graphs:
        if graph.state.phase != "TEST" or any(_alike(source, graph) for source in trained):
            continue
        # Nets are alike nearly always: what compares them is imported where they are not.
        from netgen.check.weights.match import match, of_graph
        from netgen.check.weights.pairs import meant

        matches = [match(of_graph(source), graph.layers) for source in trained]
        best = min(matches, key=lambda one: len(one.without) + len(one.misfits))
        for layer in best.without:
            yield Report(
                f"phase TRAIN has no layer {layer.name!r}: in {graph.state} its weights stay as the filler"
                " makes them",
                ("layer", layer.source, "name"),
                meant(layer.name, best.ignored),
                layer=layer.name,
                phase=str(graph.state),
            )
        for misfit in best.misfits:
            yield Report(
                f"its weights in phase TRAIN are others than in {graph.state}: {misfit.reason}",
                ("layer", misfit.layer.source),
                "make the layers of the two phases alike, or give one of them another name",
                layer=misfit.layer.name,
                phase=str(graph.state),
            )


def _alike(source: NetGraph, graph: NetGraph) -> bool:
    """Whether each layer has its equal in the source, which nearly all have: the quick way to see it."""
    known = {layer.name: layer.params for layer in source.layers}
    if len(known) < len(source.layers):
        return False
    return all(not layer.params or known.get(layer.name) == layer.params for layer in graph.layers)
