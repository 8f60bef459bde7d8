"""Compile netgen/schema/*.proto to what netgen loads: bvlc.binpb, union.binpb, forks/*.binpb and the index.

Needs ``grpcio-tools``. ``--check`` writes nothing and exits with 1 where a file on disk is out of date.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "netgen" / "schema"
FORKS = SCHEMA / "forks"
sys.path.insert(0, str(ROOT))


def described(source: Path) -> object:
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
    from netgen.schema.fragments import merge

    made = {}
    bvlc = described(SCHEMA / "bvlc.proto")
    made[SCHEMA / "bvlc.binpb"] = bvlc.SerializeToString(deterministic=True)
    for source in sorted(FORKS.glob("*.proto")):
        fragment = described(source)
        made[source.with_suffix(".binpb")] = fragment.SerializeToString(deterministic=True)
        if source.stem == "kendryte":
            merge(bvlc, fragment, keep_all=True)
            made[SCHEMA / "union.binpb"] = bvlc.SerializeToString(deterministic=True)
    return made


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
