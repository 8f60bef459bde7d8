"""Rules and findings: what Caffe would say of a net, without Caffe."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netgen.check.api import check
    from netgen.check.finding import Finding

__all__ = ["Finding", "check"]


def __getattr__(name: str) -> Any:
    # The rules, which other parts of netgen look at too, are not to bring everything with them.
    if name == "check":
        from netgen.check.api import check

        return check
    if name == "Finding":
        from netgen.check.finding import Finding

        return Finding
    raise AttributeError(f"module 'netgen.check' has no attribute {name!r}")


class _Callable(ModuleType):
    """The package itself as ``ng.check``: see ``netgen.api.check``, which also takes what is not a file."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        from netgen.api import check

        return check(*args, **options)


sys.modules[__name__].__class__ = _Callable
