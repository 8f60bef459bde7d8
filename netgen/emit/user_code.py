"""Running a user's file: with what lies beside it, without leaving traces, and with its errors placed."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Optional

from netgen.errors import NetgenError, NetworkError, OptionError, Site
from netgen.interface.as_caffe import caffe_for_scripts

__all__ = ["UserCode"]

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep


class UserCode:
    """The code of one file, or of no file that is known.

    Parameters
    ----------
    path : Path, optional
        The file.

    Notes
    -----
    The file runs as ``python FILE`` would run it: modules beside it come first. What it imports from there,
    and what it does to ``sys.path``, is put aside afterwards and is there again when its functions are
    called, so that two files of two folders may each have a ``helpers.py``.
    """

    def __init__(self, path: Optional[Path] = None) -> None:
        self._path = path
        self._sys_path: Optional[list[str]] = None
        self._modules: dict[str, ModuleType] = {}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run the user's code: its prints go to standard error, its exceptions become errors with a place.

        Raises
        ------
        NetgenError
            What the code raised.
        """
        try:
            with contextlib.redirect_stdout(sys.stderr), caffe_for_scripts(), self._surroundings():
                yield
        except NetgenError:
            raise
        except SyntaxError as error:
            site = Site(error.filename or str(self._path), error.lineno or 1, error.offset)
            raise NetworkError(f"this is not Python: {error.msg}", site=site) from error
        except (Exception, SystemExit) as error:
            raise self._placed(error) from error

    def load(self) -> ModuleType:
        """Run the file and return it as a module, which is not ``__main__``.

        Raises
        ------
        OptionError
            There is no such file, or it is not one of Python.
        NetworkError
            Its code fails.
        """
        path = self._path
        if path is None or not path.is_file():
            what = "is a folder" if path is not None and path.is_dir() else "does not exist"
            raise OptionError(
                f"{path} {what}", mend="name a Python file: netgen emit FILE.py[:network] -o DIR"
            )
        name = f"_netgen_source_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise OptionError(f"{path} is not a Python file", mend="name a file that ends in .py")
        module = importlib.util.module_from_spec(spec)
        self._modules[name] = module  # dataclasses and type hints look their module up
        with self.running():
            spec.loader.exec_module(module)
        return module

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        if self._path is None:
            yield
            return
        path, modules, bytecode = list(sys.path), set(sys.modules), sys.dont_write_bytecode
        sys.path[:] = self._sys_path or [str(self._path.parent), *path]
        sys.modules.update(self._modules)
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            self._sys_path = list(sys.path)
            sys.path[:] = path
            sys.dont_write_bytecode = bytecode
            new = set(sys.modules) - modules
            own = [name for name in new if name in self._modules or self._is_beside(name, modules)]
            self._modules.update({name: sys.modules.pop(name) for name in own})

    def _is_beside(self, name: str, before: set[str]) -> bool:
        """Tell whether a module that was imported just now belongs to the file's folder.

        What lies deeper in it does not: an environment with its libraries, say, which cannot be imported
        twice.
        """
        assert self._path is not None
        top = name.partition(".")[0]
        if top in before:
            return False
        module = sys.modules.get(top)
        places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        beside = (self._path.parent / top, self._path.parent / f"{top}.py")
        return any(
            Path(place) in beside or Path(place).parent == beside[0] for place in places if place is not None
        )

    def _placed(self, error: BaseException) -> NetworkError:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if not frame.filename.startswith((_PACKAGE, "<frozen"))
        ]
        own = [frame for frame in frames if self._path is not None and Path(frame.filename) == self._path]
        wanted = own or frames
        site = Site(wanted[-1].filename, wanted[-1].lineno or 1) if wanted else None
        if isinstance(error, SystemExit):
            return NetworkError(f"the file ended the program (exit code {error.code})", site=site)
        said = f": {error}" if str(error) else ""
        return NetworkError(f"{type(error).__name__}{said}", site=site)
