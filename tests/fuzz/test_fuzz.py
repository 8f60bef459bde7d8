"""netgen and real Caffe say the same of random nets, and of those that they once differed about.

``data`` has one net for each disagreement that ``benchmarks/fuzz.py`` found and that is mended: the smallest that
showed it. A first line such as ``# TEST s t level 1`` gives phase, stages and level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CASES = sorted((Path(__file__).parent / "data").glob("*.prototxt"))
_STATE = re.compile(r"# (TRAIN|TEST)((?: \w+)*?)(?: level (-?\d+))?\n")

pytestmark = pytest.mark.caffe


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Caffe and netgen side by side, in a folder with files for data layers."""
    from fuzz import Bench
    from fuzzing.files import write_files

    from netgen.schema import select

    folder = tmp_path_factory.mktemp("files")
    write_files(folder, select("kendryte"))
    bench = Bench(folder)
    yield bench
    bench.judge.close()


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_what_was_found_before(bench: Any, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    state = _STATE.match(text)
    assert state is not None, "the first line gives the state: # TRAIN"
    comparison = bench.asked(text.encode(), state[1], tuple(state[2].split()), int(state[3] or 0))
    assert not comparison.left_out, "Caffe's verdict on this net proves nothing"
    assert comparison.differences == ()


def test_random_nets(bench: Any) -> None:
    found = [bench.found(7, number, bench.types) for number in range(4 * len(bench.types))]
    wrong = [one for one in found if one.differences]
    assert not wrong, "\n".join(f"net {one.number}, {one.subject}: {one.differences}" for one in wrong)
    # It is no test if Caffe takes all nets or none, or if few of them count.
    taken = sum(one.taken for one in found)
    assert 0.3 * len(found) < taken < 0.7 * len(found)
    assert sum(bool(one.left_out) for one in found) < 0.1 * len(found)
