"""Compile netgen/schema/bvlc.proto to the descriptor set that netgen loads.

Needs ``grpcio-tools``. ``--check`` writes nothing and exits with 1 where the file on disk is out of date.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

SCHEMA = Path(__file__).resolve().parent.parent / "netgen" / "schema"
SOURCE = SCHEMA / "bvlc.proto"
COMPILED = SCHEMA / "bvlc.binpb"


def compiled() -> bytes:
    """Return the descriptor set of the source as it stands now."""
    from grpc_tools import protoc  # the one dependency that only this tool has

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / COMPILED.name
        status = protoc.main(
            ["protoc", f"--proto_path={SCHEMA}", f"--descriptor_set_out={result}", str(SOURCE)]
        )
        if status != 0:
            raise SystemExit(f"protoc does not accept {SOURCE}")
        return result.read_bytes()


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where it is out of date")
    options = parser.parse_args()
    wanted = compiled()
    if COMPILED.is_file() and COMPILED.read_bytes() == wanted:
        return 0
    if options.check:
        print(f"{COMPILED} is not what {SOURCE.name} gives; run tools/compile_schema.py", file=sys.stderr)
        return 1
    COMPILED.write_bytes(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
