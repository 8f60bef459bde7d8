"""Compile netgen/schema/*.proto to what netgen loads: *.binpb, forks/index.json; and write docs/schemas.md.

Needs ``grpcio-tools``. ``--check`` writes nothing and exits with 1 where a file on disk is out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "netgen" / "schema"
FORKS = SCHEMA / "forks"
sys.path.insert(0, str(ROOT))


def described(source: Path) -> Any:
    """Return the FileDescriptorProto of a source, without what netgen has no use for."""
    from google.protobuf import descriptor_pb2
    from grpc_tools import protoc  # the one dependency that only this tool has

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "set"
        paths = [f"--proto_path={path}" for path in (SCHEMA, FORKS)]
        if protoc.main(["protoc", *paths, f"--descriptor_set_out={result}", str(source)]) != 0:
            raise SystemExit(f"protoc does not accept {source}")
        (file,) = descriptor_pb2.FileDescriptorSet.FromString(result.read_bytes()).file
    file.name = "caffe.proto"
    del file.dependency[:]
    return file


def compiled() -> dict[Path, bytes]:
    """Return what each file that is made should hold, as the sources stand now."""
    from google.protobuf import descriptor_pb2

    from netgen.schema.fragments import merge
    from netgen.schema.selection import FORKS as NAMES

    bvlc = described(SCHEMA / "bvlc.proto")
    made = {SCHEMA / "bvlc.binpb": bvlc.SerializeToString(deterministic=True)}
    told = {name: json.loads((FORKS / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}
    fragments = {name: described(FORKS / f"{name}.proto") for name in NAMES}
    wholes: dict[str, Any] = {}

    def whole(name: str) -> Any:
        if name not in wholes:
            base = told[name].get("base")
            file = descriptor_pb2.FileDescriptorProto()
            file.CopyFrom(whole(base) if base else bvlc)
            fragment = descriptor_pb2.FileDescriptorProto()
            fragment.CopyFrom(fragments[name])
            merge(file, fragment)
            wholes[name] = file
        return wholes[name]

    for name, fragment in fragments.items():
        made[FORKS / f"{name}.binpb"] = fragment.SerializeToString(deterministic=True)
    index = Index(bvlc, {name: whole(name) for name in NAMES}, told)
    made[FORKS / "index.json"] = index.text().encode()
    made[ROOT / "docs" / "schemas.md"] = page(told).encode()
    union = descriptor_pb2.FileDescriptorProto()
    union.CopyFrom(bvlc)
    merge(union, fragments["kendryte"], keep_all=True)
    made[SCHEMA / "union.binpb"] = union.SerializeToString(deterministic=True)
    return made


PAGE = """\
# Schemas

Each Caffe has messages and layer types of its own. `netgen check --schema NAME FILE` says which one is
meant; without it BVLC's is, or the one fork that knows all that BVLC does not know in the file. For a Caffe
that is not here, give its own file: `--schema path/to/caffe.proto`. That needs protoc: `pip install
grpcio-tools`, or one on the PATH.

A fork's fields, numbers and layer types are those of its sources as they stood at the commit that is named.
The layers in bold are checked as the fork sets them up; of the others the shapes are unknown.

| name | whose | on top of | what it adds | its layer types |
| --- | --- | --- | --- | --- |
| `bvlc` | BVLC Caffe, BVLC/caffe 9b8915401 | | | |
"""


def page(told: dict[str, dict[str, Any]]) -> str:
    """Return the page of the schemas."""
    from netgen.graph.setup.registry import layer_types

    lines = []
    for name, fork in told.items():
        known = layer_types(name)
        layers = [f"**{kind}**" if kind in known else kind for kind in fork["layers"]]
        if len(layers) > 40:
            layers = [kind for kind in layers if kind.startswith("**")] + [f"and {len(layers)} in all"]
        base = f"`{fork['base']}`" if "base" in fork else ""
        cells = (f"`{name}`", f"{fork['title']}, {fork['source']}", base, fork["adds"], ", ".join(layers))
        lines.append(f"| {' | '.join(cells)} |\n")
    return PAGE + "".join(lines)


class Index:
    """Which forks know a field or a layer type that BVLC does not know.

    For each the forks stand in groups: those of one group mean the same by it, as far as its first one goes.
    """

    def __init__(self, bvlc: Any, files: dict[str, Any], told: dict[str, Any]) -> None:
        from netgen.schema.registry import BVLC

        self.names = list(files)
        self.told = told
        self.messages = {
            name: {message.name: message for message in file.message_type} for name, file in files.items()
        }
        self.fields: dict[str, dict[str, list[list[str]]]] = {}
        known = set(self.members(bvlc))
        for name in self.names:
            for owner, member in self.members(files[name]):
                if (owner, member) not in known:
                    groups = self.fields.setdefault(owner, {}).setdefault(member, [])
                    self.place(
                        groups,
                        name,
                        lambda one, other, at=(owner, member): self.agree(one, other, (at[0],) * 2, at[1]),
                    )
        self.without: dict[str, dict[str, list[str]]] = {}
        for name in self.names:
            own = set(self.members(files[name]))
            for owner, member in sorted(known - own):
                if owner.partition(".")[0] in self.messages[name]:
                    self.without.setdefault(owner, {}).setdefault(member, []).append(name)
        self.types: dict[str, list[list[str]]] = {}
        for name in self.names:
            for kind in self.layers(name):
                if kind not in BVLC:
                    groups = self.types.setdefault(kind, [])
                    self.place(groups, name, lambda one, other, at=kind: self.alike(one, other, at))
        self.lacking = {name: sorted(set(BVLC) - set(self.layers(name))) for name in self.names}

    def layers(self, name: str) -> dict[str, list[str]]:
        """Return a fork's layer types, but for those of BVLC that it has too."""
        from netgen.schema.registry import BVLC

        own = self.told[name]
        found = (
            self.layers(own["base"])
            if "base" in own
            else {kind: list(fields) for kind, fields in BVLC.items()}
        )
        return {
            **{kind: fields for kind, fields in found.items() if kind not in own["lacks"]},
            **own["layers"],
        }

    @staticmethod
    def members(file: Any) -> Iterator[tuple[str, str]]:
        """Give the fields of a file's messages and the values of its enums, each with what it belongs to."""
        for message in file.message_type:
            for field in message.field:
                yield message.name, field.name
            for enum in message.enum_type:
                for value in enum.value:
                    yield f"{message.name}.{enum.name}", value.name

    @staticmethod
    def place(groups: list[list[str]], name: str, same: Any) -> None:
        for group in groups:
            if same(group[0], name):
                group.append(name)
                return
        groups.append([name])

    def agree(
        self, one: str, other: str, messages: tuple[str, str], field: str, above: tuple[str, ...] = ()
    ) -> bool:
        """Say whether all that one fork can write in a field means the same in the other."""
        if "." in messages[0]:
            return True  # a value of an enum is nothing but its name
        mine, theirs = self.field(one, messages[0], field), self.field(other, messages[1], field)
        if mine is None or theirs is None:
            return False
        facts = ("type", "label", "default_value")
        if [getattr(mine, fact) for fact in facts] != [getattr(theirs, fact) for fact in facts]:
            return False
        # What messages hold counts, and not how they are called; an enum's values are nothing but names.
        inner, inside = mine.type_name.rpartition(".")[2], theirs.type_name.rpartition(".")[2]
        if inner not in self.messages[one] or inner in above:
            return True
        return inside in self.messages[other] and all(
            self.agree(one, other, (inner, inside), deeper.name, (*above, inner))
            for deeper in self.messages[one][inner].field
        )

    def field(self, name: str, message: str, field: str) -> Optional[Any]:
        found = self.messages[name].get(message)
        return next((one for one in found.field if one.name == field), None) if found else None

    def alike(self, one: str, other: str, kind: str) -> bool:
        """Say whether a layer type is driven by the same fields in both forks."""
        mine, theirs = self.layers(one)[kind], self.layers(other)[kind]
        less, more = sorted((mine, theirs), key=len)
        return set(less) <= set(more) and all(
            self.agree(one, other, ("LayerParameter",) * 2, field) for field in mine if field in theirs
        )

    def text(self) -> str:
        """Return the index as JSON, one line for each name."""

        def numbers(groups: list[list[str]]) -> list[list[int]]:
            return [[self.names.index(name) for name in group] for group in groups]

        def lines(entries: dict[str, list[list[str]]]) -> Iterator[str]:
            for name in sorted(entries):
                yield f"{json.dumps(name)}:{json.dumps(numbers(entries[name]), separators=(',', ':'))}"

        fields = ",\n".join(
            f"{json.dumps(message)}:{{\n" + ",\n".join(lines(self.fields[message])) + "}"
            for message in sorted(self.fields)
        )
        without = {
            owner: {member: [self.names.index(name) for name in names] for member, names in members.items()}
            for owner, members in sorted(self.without.items())
        }
        titles = {name: self.told[name]["title"] for name in self.names}
        return (
            f'{{"titles":{json.dumps(titles)},\n"lacking":{json.dumps(self.lacking)},\n'
            f'"without":{json.dumps(without, separators=(",", ":"))},\n'
            f'"types":{{\n' + ",\n".join(lines(self.types)) + f'}},\n"fields":{{\n{fields}}}}}\n'
        )


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where it is out of date")
    options = parser.parse_args()
    stale = [
        (path, wanted)
        for path, wanted in compiled().items()
        if not path.is_file() or path.read_bytes() != wanted
    ]
    for path, wanted in stale:
        if options.check:
            print(f"{path} is out of date; run tools/compile_schema.py", file=sys.stderr)
        else:
            path.write_bytes(wanted)
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
