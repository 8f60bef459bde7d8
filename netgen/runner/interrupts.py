"""Ending gently when asked to."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any, Callable

__all__ = ["first_interrupt"]


@contextlib.contextmanager
def first_interrupt(stop: Callable[[], object]) -> Iterator[None]:
    """Let the first Ctrl-C, or polite request to end, stop gently; the second one acts as always.

    Parameters
    ----------
    stop : callable
        Called from the signal's handler.
    """
    kept: dict[int, Any] = {}

    def restore() -> None:
        for number, handler in kept.items():
            signal.signal(number, handler)

    def handle(_number: int, _frame: object) -> None:
        restore()
        stop()

    if threading.current_thread() is threading.main_thread():
        for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
            # Where someone else decides what a signal means, that stays.
            if signal.getsignal(number) is usual:
                kept[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
