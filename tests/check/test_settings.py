"""``[tool.netgen]``."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest
from check_nets import GOOD, UNKNOWN, write

from netgen.check import check
from netgen.check.discovery import find_targets
from netgen.check.settings import Settings, _of_folder, settings_for
from netgen.errors import OptionError
from netgen.graph.phases import State


@pytest.fixture(autouse=True)
def _forgets() -> None:
    _of_folder.cache_clear()


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.netgen]\n{text}\n", encoding="utf-8")


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    configure(
        tmp_path,
        """
        select = ["N", "W2", "unknown-field"]
        ignore = ["N102"]
        per-file-ignores = { "old/*" = ["W4"], "one.prototxt" = ["dangling-top"] }
        phases = ["TRAIN", "TEST:val"]
        schema = "kendryte"
        python-paths = ["layers"]
        exclude = ["third_party"]
        run-from = "."
        """,
    )
    found = settings_for(str(tmp_path / "a" / "b.prototxt"))
    assert found == Settings(
        select=("N", "W2", "unknown-field"),
        ignore=("N102",),
        per_file_ignores=(("old/*", ("W4",)), ("one.prototxt", ("dangling-top",))),
        phases=(State("TRAIN"), State("TEST", ("val",))),
        schema="kendryte",
        python_paths=(str(tmp_path / "layers"),),
        exclude=("third_party",),
        run_from=str(tmp_path),
        root=str(tmp_path),
    )


def test_the_nearest_table_counts(tmp_path: Path) -> None:
    configure(tmp_path, 'ignore = ["N101"]')
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'netgen-user'\n")
    write(tmp_path / "a" / "b", net=UNKNOWN)
    assert check(tmp_path / "a" / "b" / "net.prototxt") == []
    configure(tmp_path / "a", 'ignore = ["N102"]')
    _of_folder.cache_clear()
    assert [one.code for one in check(tmp_path / "a" / "b" / "net.prototxt")] == ["N101"]


def test_without_a_table_nothing_is_set(tmp_path: Path) -> None:
    assert settings_for(str(tmp_path / "net.prototxt")) == Settings()


@pytest.mark.parametrize(
    ("text", "message", "mend"),
    [
        ('ignroe = ["N101"]', "has a key 'ignroe' that netgen does not know", "did you mean ignore?"),
        ('ignore = ["N999"]', "names a rule 'N999' that there is not", None),
        ('select = ["unknown-botom"]', "names a rule 'unknown-botom' that", "did you mean unknown-bottom?"),
        ('ignore = "N101"', "ignore is 'N101', expected a list of strings", 'write it in brackets: ["N101"]'),
        ("schema = 3", "schema is 3, expected a string", None),
        (
            'phases = ["TRIAN"]',
            "pyproject.toml: [tool.netgen]: there is no phase 'TRIAN'",
            "did you mean TRAIN?",
        ),
        ('per-file-ignores = ["N101"]', "per-file-ignores is not a table", None),
        ("ignore = [", "is not TOML", None),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str, mend: Optional[str]) -> None:
    configure(tmp_path, text)
    with pytest.raises(OptionError) as raised:
        settings_for(str(tmp_path / "net.prototxt"))
    assert message in raised.value.message
    assert mend is None or raised.value.mend == mend


def test_select_ignore_and_per_file_ignores(tmp_path: Path) -> None:
    settings = Settings(
        select=("N", "W320"),
        ignore=("N102",),
        per_file_ignores=(("old/*", ("unknown-bottom",)), ("deploy.prototxt", ("W",))),
        root=str(tmp_path),
    )
    path = str(tmp_path / "new" / "net.prototxt")
    assert settings.runs("N101", "unknown-bottom", path)
    assert not settings.runs("N102", "duplicate-top", path)
    assert not settings.runs("L101", "blob-count", path)
    assert settings.runs("W320", "unnamed-net", path)
    assert not settings.runs("W320", "unnamed-net", str(tmp_path / "new" / "deploy.prototxt"))
    assert not settings.runs("N101", "unknown-bottom", str(tmp_path / "old" / "deep" / "net.prototxt"))


def test_what_a_walk_leaves_out(tmp_path: Path) -> None:
    configure(tmp_path, 'exclude = ["third_party", "models/*/old.prototxt"]')
    for name in ("a", "third_party", "models/x", ".hidden", "node_modules"):
        (tmp_path / name).mkdir(parents=True)
        write(tmp_path / name, net=GOOD, old=GOOD)
    found = [Path(target.path).relative_to(tmp_path).as_posix() for target in find_targets([str(tmp_path)])]
    assert found == ["a/net.prototxt", "a/old.prototxt", "models/x/net.prototxt"]
    # A file that is named is checked all the same.
    (target,) = find_targets([str(tmp_path / "third_party" / "net.prototxt")])
    assert target.named
