"""Values that are not of their field's type, or not there."""

from __future__ import annotations

from typing import Optional

from netgen.prototxt.faults import unknown_value
from netgen.prototxt.skipping import Skipping
from netgen.prototxt.state import CLOSERS, OPENERS
from netgen.prototxt.tokens import FLOAT, IDENTIFIER, INTEGER, STRING
from netgen.prototxt.wire import Field

__all__ = ["Values"]

_MOST_SHOWN = 40  # characters
_MOST_WHOLE = 1e15


class Values(Skipping):
    """Going on where a value is not what it should be."""

    def no_colon(self, field: Field, name: int) -> bool:
        """A value's name has no colon behind it; tell whether what follows is its value all the same."""
        text = self.current()
        shown = field.name
        value = self.at + 1 if text == b"=" else self.at
        mend = f"write {shown}: {self._meant(field, value)}"
        self._fault(
            "missing-colon",
            f"expected : behind {shown} and found {self._seen()}",
            mend,
            name=name,
            culprit=name,
        )
        if text == b"=":
            self.at += 1
            return True
        if text in OPENERS:
            self._skip_block()
        elif not (text in (b"", *CLOSERS) or self._is_next_field()):
            return True
        self.leaf(None, name, self.at, False)
        return False

    def _meant(self, field: Field, token: int) -> str:
        """Return the value that stands there if the field takes it, else an example."""
        kinds = {"string": (STRING,), "integer": (INTEGER,), "float": (INTEGER, FLOAT)}
        value = self.tokens.text(token).decode("latin-1")
        fits = self.kinds[token] in kinds.get(field.shape, (IDENTIFIER,)) and not self.is_bad(token)
        return value if fits and len(value) <= _MOST_SHOWN and value.isascii() else self._example(field)

    @staticmethod
    def _example(field: Field) -> str:
        if field.shape == "enum":
            return str(field.enum_type.values[0].name)
        return {"string": '"…"', "integer": "1", "float": "0.5", "bool": "true"}[field.shape]

    def wrong_value(self, field: Field, name: int, expected: str, start: Optional[int] = None) -> None:
        """A field's value is not of its type."""
        culprit = self.at if start is None else start
        text = self.current()
        if self.kinds[culprit] == IDENTIFIER and culprit < self.at:  # a word for a bool: C++ is past it
            missing = False
        else:
            missing = text in (b"", *CLOSERS, b";", b",") or self._is_next_field()
        if missing:
            self._fault(
                "missing-value",
                f"{field.name} has no value, expected {expected}",
                f"write {field.name}: {self._example(field)}",
                name=name,
                culprit=name,
            )
            return
        if not self.is_bad(self.at) or culprit != self.at:
            mend = None
            if field.shape == "string" and self.kinds[self.at] == IDENTIFIER:
                mend = "put it in quotes"
            elif field.shape == "integer" and field.unsigned and text == b"-":
                mend = "it cannot be negative"
            elif field.shape == "integer" and self.kinds[self.at] == FLOAT and not self.is_bad(self.at):
                mend = self._whole(text)
            elif text in (b"$", b"@", b"%"):
                mend = "fill in what a template left open"
            elif self.kinds[self.at] == STRING:
                mend = "write it without quotes" if field.shape != "integer" or text[1:-1].isdigit() else None
            elif text == b"]" and self.in_list:
                mend = "remove the comma before it"
            elif text == b"[":
                mend = f"{field.name} takes one value, not a list"
            found = self._seen(culprit)
            self._fault(
                "wrong-value",
                f"{field.name}: expected {expected} and found {found}",
                mend,
                name=name,
                culprit=culprit,
            )
        if culprit == self.at or text == b"-":
            self._skip_wrong()

    @staticmethod
    def _whole(text: bytes) -> Optional[str]:
        """Return what to write for a decimal number that is a whole one: ``1e5``, ``3.``."""
        value = float(text.rstrip(b"fF"))
        return f"write {value:.0f}" if value.is_integer() and value < _MOST_WHOLE else None

    def _skip_wrong(self) -> None:
        text = self.current()
        if text in OPENERS:
            self._skip_block()
        elif text == b"[" and not self.in_list:
            self.skip_list()
        else:
            self._skip_junk()

    def out_of_range(self, field: Field, name: int, start: int) -> None:
        """A number is more than its field takes, or no number."""
        if not self.is_bad(self.at):
            low = 0 if field.unsigned else -field.limit - 1
            digits = b"".join(self.tokens.text(one) for one in range(start, self.at + 1)).decode()
            self._fault(
                "out-of-range",
                f"{field.name}: {digits[:40]} is out of range, expected {low} to {field.limit}",
                None,
                name=name,
                culprit=self.at,
            )
        self.at += 1

    def unknown_value(self, field: Field, name: int, start: int) -> None:
        """An enum does not have a value; C++ says so at the token behind it."""
        shown = b"".join(self.tokens.text(one) for one in range(start, self.at)).decode()
        message, mend = unknown_value(field.enum_type, shown)
        self._fault("unknown-value", message, mend, name=name, culprit=start)

    def no_comma(self) -> None:
        """Two values of a list have no comma between them."""
        self._fault("bad-list", f"expected , or ] in a list and found {self._seen()}", "write [a, b, c]")

    def after_bad_element(self) -> bool:
        """Go on behind a list that is not sound; tell whether its end was found."""
        self._skip_junk(stop=b"]")
        if self.current() == b"]":
            self.at += 1
            return True
        return False

    def no_value(self) -> None:
        """Something that is no value stands where one should."""
        self._fault("wrong-value", f"expected a value and found {self._seen()}")
        self._skip_junk()
