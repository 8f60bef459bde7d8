"""Makes netgen/check/index.py and docs/rules.md from the rules' files.

python tools/make_rules.py            write both
python tools/make_rules.py --check    say which of them is out of date, and write nothing
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "netgen" / "check" / "rules"
INDEX = ROOT / "netgen" / "check" / "index.py"
PAGE = ROOT / "docs" / "rules.md"

GROUPS = {
    "S": "Files and syntax",
    "N": "The net's structure",
    "L": "Setting layers up",
    "W2": "Losses and gradients",
    "W3": "Deploy nets and weights",
    "W4": "Parameters",
    "W5": "Python layers",
    "V1": "Solvers: what Caffe refuses",
    "V2": "Solvers",
    "C": "The checker itself",
}
CONSTANTS = {
    "CODE": "",
    "NAME": "",
    "SEVERITY": "",
    "SCOPE": "",
    "KINDS": (),
    "TYPES": (),
    "TRAITS": (),
    "AFTER_FAULTS": "",
}


class Rule(NamedTuple):
    code: str
    name: str
    severity: str
    scope: str
    module: str
    kinds: tuple[str, ...]
    types: tuple[str, ...]
    traits: tuple[str, ...]
    after_faults: str
    doc: str


def rules() -> list[Rule]:
    found = []
    for path in sorted(RULES.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        values = dict(CONSTANTS)
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name in values:
                    values[name] = ast.literal_eval(node.value)
        missing = [name for name in ("CODE", "NAME", "SEVERITY", "SCOPE") if not values[name]]
        if missing:
            raise SystemExit(f"error: {path.relative_to(ROOT)} has no {', '.join(missing)}")
        found.append(
            Rule(
                *(values[name] for name in ("CODE", "NAME", "SEVERITY", "SCOPE")),
                path.stem,
                tuple(values["KINDS"]),
                tuple(values["TYPES"]),
                tuple(values["TRAITS"]),
                values["AFTER_FAULTS"],
                ast.get_docstring(tree) or "",
            )
        )
    return sorted(found)


def quoted(value: object) -> str:
    if isinstance(value, tuple):
        inner = ", ".join(quoted(one) for one in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return f'"{value}"'


def index(found: list[Rule]) -> str:
    lines = [
        '"""The rules: code, name, severity, scope, module, kinds, types, traits, what holds after faults.',
        "",
        "Made by ``tools/make_rules.py`` from the files in ``netgen/check/rules``.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        '__all__ = ["RULES"]',
        "",
        "# fmt: off",
        "_Names = tuple[str, ...]",
        "RULES: tuple[tuple[str, str, str, str, str, _Names, _Names, _Names, str], ...] = (",
    ]
    for rule in found:
        lines.append(f"    ({', '.join(quoted(value) for value in rule[:-1])}),")
    return "\n".join([*lines, ")", ""])


def page(found: list[Rule]) -> str:
    lines = [
        "# Rules",
        "",
        "What `netgen check` says, by code. An *error* is what Caffe refuses or dies of; a *warning* is what "
        "it takes and you will regret. `netgen explain CODE` shows one of these; "
        "[checking.md](checking.md) says how to leave rules out.",
        "",
        "(Made by `tools/make_rules.py` from the rules' own texts.)",
    ]
    for prefix, title in GROUPS.items():
        group = [rule for rule in found if rule.code.startswith(prefix)]
        if not group:
            continue
        lines += ["", f"## {title}", "", "| code | name | | |", "| --- | --- | --- | --- |"]
        for rule in group:
            summary = rule.doc.split("\n\n")[0].replace("\n", " ").rstrip(".").replace("|", "\\|")
            anchor = f"{rule.code}-{rule.name}".lower()
            lines.append(f"| [{rule.code}](#{anchor}) | {rule.name} | {rule.severity} | {summary} |")
    for rule in found:
        lines += ["", f"### {rule.code} {rule.name}", "", *markdown(rule.doc)]
    return "\n".join(lines).rstrip() + "\n"


def markdown(doc: str) -> list[str]:
    """Return a rule's documentation as Markdown: sections as bold words, examples as code."""
    lines = doc.replace("``", "`").split("\n")
    result: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        below = lines[position + 1] if position + 1 < len(lines) else ""
        if line and re.fullmatch(r"-{3,}", below):
            result += [f"**{line}**", ""]
            position += 2
            continue
        if line.startswith("    "):
            end = position
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            block = [one[4:] for one in lines[position:end]]
            while block and not block[-1].strip():
                block.pop()
            result += ["```", *block, "```", ""]
            position = end
            continue
        result.append(line)
        position += 1
    while result and not result[-1]:
        result.pop()
    return result


def main() -> int:
    found = rules()
    stale = 0
    for path, text in ((INDEX, index(found)), (PAGE, page(found))):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if "--check" in sys.argv[1:]:
            print(f"{path.relative_to(ROOT)} is not what the rules give; run python tools/make_rules.py")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
