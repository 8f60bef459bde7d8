"""What the interpreter with Caffe is told to run: ``python start.py CONFIG``."""

import importlib
import importlib.util
import os
import sys
import types


def _package() -> "types.ModuleType":
    """Register this folder as a package of a name of its own, whether or not netgen is installed."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    # Run by path, the interpreter puts this folder first: a user's `training` must not find ours.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]  # noqa: PTH100
    spec = importlib.util.spec_from_file_location(
        "netgen_worker",
        os.path.join(folder, "__init__.py"),  # noqa: PTH118
        submodule_search_locations=[folder],
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} cannot be imported")
    package = importlib.util.module_from_spec(spec)
    sys.modules["netgen_worker"] = package
    spec.loader.exec_module(package)
    return package


if __name__ == "__main__":
    _package()
    importlib.import_module("netgen_worker.service").main(sys.argv[1])
