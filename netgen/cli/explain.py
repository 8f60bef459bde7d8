"""``netgen explain``: what a rule says, and why."""

from __future__ import annotations

from typing import Optional

import click

__all__ = ["explain"]


@click.command()
@click.argument("rule", required=False)
def explain(rule: Optional[str]) -> int:
    """Tell what a rule is about: what Caffe does, what fails, what passes, and where in Caffe this is.

    RULE is a code (N101) or a name (unknown-bottom); without it all rules are listed.

    Exit codes: 0 told; 2 there is no such rule.
    """
    from netgen.check.loading import every_rule, find_rule

    if rule is None:
        width = max(len(one.name) for one in every_rule())
        for one in every_rule():
            summary = one.documentation.strip().split("\n\n")[0].replace("\n", " ").replace("``", "")
            click.echo(f"{one.code}  {one.name:<{width}}  {one.severity:<7}  {summary.rstrip('.')}")
        return 0
    found = find_rule(rule)
    click.echo(f"{found.code} {found.name} ({found.severity})\n")
    click.echo(found.documentation.strip().replace("``", ""))
    return 0
