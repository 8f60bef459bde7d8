"""From a source to its bundle: the one way that the commands and the Python interface share."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from inspect import isfunction
from pathlib import Path
from typing import Any, Optional, Union

from netgen import resources
from netgen.dsl.evaluation import Evaluation
from netgen.dsl.network import Network
from netgen.dsl.options import show
from netgen.emit.agreement import check_deploy, check_weights
from netgen.emit.bundle import Bundle, assemble
from netgen.emit.closure import modules_beside
from netgen.emit.commit import WriteReport, write_bundle
from netgen.emit.render import Header, NetDocument
from netgen.emit.solver import default_solver
from netgen.emit.source import Draft, Source, load_source, source_of

__all__ = ["bundle_of", "emit_bundle", "layer_modules"]


def _from_folder(path: Path, folder: Optional[Path]) -> str:
    """Return a user's file as seen from the bundle's folder: the same from wherever one emits.

    Files that share nothing but the root of a file system are named alone.
    """
    base = (folder or Path.cwd()).resolve()
    common = os.path.commonpath([path, base]) if path.anchor == base.anchor else path.anchor
    if Path(common) == Path(path.anchor):
        return path.name
    return Path(os.path.relpath(path, base)).as_posix()


def _header(
    source: Source,
    values: Mapping[str, Any],
    folder: Optional[Path],
    more: Sequence[str],
    command: Optional[str],
) -> Header:
    """Return what the files say of their origin, the command seen from the bundle's folder.

    A net that was made at a prompt or given as an object has no command that would make it again.
    """
    options = {name: show(value) for name, value in values.items()}
    if source.path is not None:
        title = _target(source, folder)
        words = ["netgen emit", shlex.quote(title)]
        words += [f"--set {shlex.quote(f'{n}={v}')}" for n, v in options.items()]
    elif command is not None:
        title = source.title
        words = [command, *(_as_flag(n, v) for n, v in values.items())]
    else:
        return Header(source=source.title, options=options)
    return Header(source=title, options=options, command=" ".join([*words, *more, "-o ."]))


def _target(source: Source, folder: Optional[Path]) -> str:
    assert source.path is not None
    return f"{_from_folder(source.path, folder)}:{source.title.rpartition(':')[2]}"


def _assignments(fields: Mapping[str, Any]) -> list[str]:
    """Return fields of a solver as ``--solver`` takes them."""
    return [
        f"{name}={show(item)}"
        for name, value in fields.items()
        for item in (value if isinstance(value, (list, tuple)) else [value])
    ]


def _as_flag(name: str, value: Any) -> str:
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {shlex.quote(show(value))}"


def layer_modules(drafts: Sequence[Evaluation], beside: Optional[Path]) -> tuple[dict[str, bytes], list[str]]:
    """Return the sources of the Python layers that nets name, and what to say of those that are not found.

    Parameters
    ----------
    drafts : sequence of Evaluation
        The nets.
    beside : Path, optional
        The user's file: modules beside it come before netgen's own of the same name.
    """
    found: dict[str, bytes] = {}
    notes: list[str] = []
    for module in dict.fromkeys(m for draft in drafts for m in resources.python_modules(draft.message)):
        own = modules_beside(module, beside.parent) if beside is not None else {}
        brought = resources.layer_source(module)
        if own:
            found.update(own)
        elif brought is not None:
            found[module] = brought
        else:
            where = f"is not beside {beside.name} and " if beside is not None else ""
            notes.append(
                f"module {module}, which a Python layer names, {where}does not come with netgen: "
                "it has to be on PYTHONPATH where Caffe runs"
            )
    return found, notes


def bundle_of(
    source: Source,
    given: Mapping[str, Any],
    *,
    from_text: bool = False,
    folder: Optional[Path] = None,
    solver: Optional[Mapping[str, Any]] = None,
    deploy: Optional[Source] = None,
    templates: Optional[Path] = None,
    command: Optional[str] = None,
) -> tuple[Bundle, list[str]]:
    """Write a source's nets and render its bundle.

    Parameters
    ----------
    source : Source
        What to emit.
    given : mapping
        Options that were set.
    from_text : bool
        Whether their values are texts.
    folder : Path, optional
        Where the bundle will lie, for the header.
    solver : mapping, optional
        Fields of the solver.
    deploy : Source, optional
        Where the deploy net comes from, if ``source`` has none.
    templates : Path, optional
        A folder of templates.
    command : str, optional
        The command, where it is not ``netgen emit FILE``.

    Returns
    -------
    bundle : Bundle
    notes : list of str
        What is not an error but should be known.

    Raises
    ------
    NetgenError
        Whatever is wrong with the network, the options, the solver or the templates.
    """
    # An option that only the deploy net's function has is not the train net's to refuse.
    own = {n: v for n, v in given.items() if deploy is None or n in source.options or n not in deploy.options}
    draft = source.draft(own, from_text)
    if deploy is not None:
        theirs = {name: value for name, value in given.items() if name in deploy.options}
        elsewhere = deploy.draft(theirs, from_text)
        use = elsewhere.deploy or replace(elsewhere.train, deploying=True)
        check_weights([draft.train, use])
        draft = Draft(draft.train, use)
    if draft.deploy is not None:
        check_deploy(draft.deploy)
    more = [f"--solver {shlex.quote(text)}" for text in _assignments(solver or {})]
    if deploy is not None and deploy.path is not None:
        more.append(f"--deploy-net {shlex.quote(_target(deploy, folder))}")
    if templates is not None:
        more.append(f"--templates {shlex.quote(_from_folder(templates.resolve(), folder))}")
    options = {**(deploy.options if deploy is not None else {}), **source.options}
    set_values = {
        name: option.parse(given[name]) if from_text else option.check(given[name])
        for name, option in options.items()
        if name in given
    }
    # None that is the default has nothing to set, and a flag cannot say it.
    set_values = {n: v for n, v in set_values.items() if v is not None or options[n].default is not None}
    header = _header(source, set_values, folder, more, command)
    documents = [
        NetDocument(kind=kind, message=net.message, sections=net.sections, header=header)
        if net is not None
        else None
        for kind, net in (("train", draft.train), ("deploy", draft.deploy))
    ]
    nets = [net for net in (draft.train, draft.deploy) if net is not None]
    modules, notes = layer_modules(nets, source.path)
    train_states = [state for state in draft.train.states if state.phase == "TRAIN"]
    message = default_solver(
        test_states=[state for state in draft.train.states if state.phase == "TEST"],
        train_state=train_states[0] if train_states else None,
        **(solver or {}),
    )
    bundle = assemble(source.name, documents[0], documents[1], message, modules, header, templates)
    return bundle, [*notes, *bundle.notes]


def emit_bundle(
    network: Any,
    folder: Union[str, Path],
    *,
    deploy: Any = None,
    solver: Optional[Mapping[str, Any]] = None,
    templates: Union[str, Path, None] = None,
    force: bool = False,
    **options: Any,
) -> WriteReport:
    """Emit a network's bundle into a folder.

    Parameters
    ----------
    network : Network, NetSpec, function or str
        A ``@netgen.network``, a NetSpec, a function that returns one, or ``"FILE.py:name"``.
    folder : str or Path
        Where the bundle goes: train.prototxt, deploy.prototxt, solver.prototxt, Python layers and a README.
    deploy : NetSpec, function or str, optional
        Where the deploy net comes from, if ``network`` has none.
    solver : mapping, optional
        Fields of SolverParameter in place of netgen's defaults.
    templates : str or Path, optional
        A folder with templates that take the place of netgen's own.
    force : bool
        Whether files that netgen did not write may be replaced.
    **options
        The network's options.

    Returns
    -------
    WriteReport
        What was written.

    Raises
    ------
    NetgenError
        Whatever is wrong; then nothing is written.
    """
    source = _source(network)
    target = Path(folder)
    bundle, _ = bundle_of(
        source,
        options,
        folder=target,
        solver=solver,
        deploy=None if deploy is None else _source(deploy),
        templates=Path(templates) if templates is not None else None,
        command=f"netgen {source.name}" if source.title.startswith("netgen.networks.") else None,
    )
    return write_bundle(bundle, target, force=force)


def _source(network: Any) -> Source:
    """Return the source that a network, NetSpec, function or ``"FILE.py:name"`` is."""
    if isinstance(network, str):
        return load_source(network)
    function = network.function if isinstance(network, Network) else network
    if not isfunction(function):
        return source_of(network)
    path = Path(function.__code__.co_filename).resolve()
    if not path.is_file():
        return source_of(network)  # written at a prompt or in a notebook
    name = str(getattr(network, "__name__", "net"))
    if Path(__file__).resolve().parents[1] / "networks" in path.parents:
        return source_of(network, title=f"netgen.networks.{name}")
    return source_of(network, name=name, title=f"{path.name}:{name}", path=path)
