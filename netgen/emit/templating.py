"""Running templates: netgen's own or a user's, in a sandbox, with errors at the template's line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Optional

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from netgen import resources
from netgen.emit.tree import Field, arranged, named
from netgen.errors import EmissionError, Site, listed, nearest
from netgen.prototxt.write import escape

__all__ = ["TEMPLATES", "run"]

# Every template that netgen renders from or includes, and that a user may put another in the place of.
TEMPLATES = (
    "README.md.j2",
    "_layout.j2",
    "deploy.prototxt.j2",
    "python_layer.prototxt.j2",
    "solver.prototxt.j2",
    "train.prototxt.j2",
)


def run(name: str, context: Mapping[str, Any], templates: Optional[Path] = None) -> str:
    r"""Render one template.

    Parameters
    ----------
    name : str
        One of ``TEMPLATES``.
    context : mapping
        What the template sees.
    templates : Path, optional
        A folder with templates that take the place of netgen's own of the same name; they reach netgen's own
        as ``netgen/NAME``.

    Returns
    -------
    str
        The text, with ``\\n`` at line ends.

    Raises
    ------
    EmissionError
        The folder holds no template that netgen uses, or a template fails; at its file and line.
    """
    found: tuple[str, ...] = ()
    if templates is not None:
        templates = templates.resolve()
        found = _check_folder(templates)
    environment = _environment(templates, found)
    try:
        return environment.get_template(name).render(context)
    except jinja2.TemplateSyntaxError as error:
        where = Site(error.filename or error.name or name, error.lineno)
        raise EmissionError(f"the template is not valid: {error.message}", site=where) from None
    except jinja2.TemplateNotFound as error:
        missing = nearest(str(error.name), environment.list_templates())
        raise EmissionError(
            f"there is no template {error.name!r}",
            site=_template_site(error.__traceback__),
            mend=f"did you mean {missing!r}?" if missing else None,
        ) from None
    except UnicodeDecodeError as error:
        raise EmissionError(f"template {name!r} or one that it includes is not UTF-8: {error}") from None
    except Exception as error:  # a template can raise whatever Python can
        kind = {
            jinja2.UndefinedError: "uses what is not there",
            SecurityError: "does what a template may not",
        }
        what = next(
            (text for cls, text in kind.items() if isinstance(error, cls)), f"fails ({type(error).__name__})"
        )
        site = _template_site(error.__traceback__)
        raise EmissionError(f"the template {what}: {error}", site=site) from None


_READABLE = frozenset(Field.__slots__)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, quicker at a field's attributes, of which a big net's template reads a million."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is Field and attribute in _READABLE:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


@lru_cache(maxsize=8)
def _environment(templates: Optional[Path], found: tuple[str, ...]) -> jinja2.Environment:
    """Return where templates are looked up; another one once other templates are found in the user's folder.

    Jinja reads a template again that was edited, but goes on with netgen's own where a user's comes later.
    """
    del found
    own = jinja2.FileSystemLoader(resources.templates_folder())
    loaders: list[jinja2.BaseLoader] = [own, jinja2.PrefixLoader({"netgen": own})]
    if templates is not None:
        loaders.insert(0, jinja2.FileSystemLoader(templates))
    environment = _Sandbox(
        loader=jinja2.ChoiceLoader(loaders),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
    environment.filters.update(
        arranged=arranged, named=named, quoted=repr, comment=lambda text: escape(str(text))
    )
    return environment


def _check_folder(templates: Path) -> tuple[str, ...]:
    """Return the names of the files in a user's folder."""
    if not templates.is_dir():
        raise EmissionError(f"{templates} is not a folder of templates")
    found = sorted(path.name for path in templates.iterdir() if path.is_file())
    if not any(name in TEMPLATES for name in found):
        guesses = (nearest(name, TEMPLATES) for name in found)
        guess = next((f"; did you mean {name}?" for name in guesses if name), "")
        raise EmissionError(
            f"{templates} holds none of the templates that netgen uses{guess}",
            mend=f"name a template there as netgen does: {listed(TEMPLATES)}",
        )
    return tuple(found)


def _template_site(traceback: Optional[TracebackType]) -> Optional[Site]:
    """Return the innermost line of a template that an error went through; Jinja gives templates frames."""
    site = None
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if path.endswith(".j2"):
            site = Site(path, traceback.tb_lineno)
        traceback = traceback.tb_next
    return site
