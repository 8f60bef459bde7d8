"""For each layer type, how to write one that Caffe takes: bottoms that suit, and parameters."""

from __future__ import annotations

from fuzzing.recipes import data, losses, neurons, parameters, shapes, windows
from fuzzing.recipes.kit import RECIPES, Recipe

__all__ = ["RECIPES", "Recipe", "data", "losses", "neurons", "parameters", "shapes", "windows"]
