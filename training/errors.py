"""What training says when the caller's input cannot be used."""

from __future__ import annotations

LONGEST = 1_000  # letters of a message, which may quote what a file holds
CUT = " ... "


class InputError(Exception):
    """The table, problem.toml or an option cannot be used; the message says what was given and what to do.

    Of a long message, the middle is left out, which is what it quotes.
    """

    def __init__(self, message: str) -> None:
        """Keep the message."""
        half = (LONGEST - len(CUT)) // 2
        super().__init__(message if len(message) <= LONGEST else f"{message[:half]}{CUT}{message[-half:]}")


class CellError(InputError):
    """A cell cannot be used: `text` of `column`, wherever in the table it stands."""

    def __init__(self, message: str, column: str, text: str) -> None:
        """Keep which cell it is."""
        super().__init__(message)
        self.column, self.text = column, text

    def __reduce__(self) -> tuple[type[CellError], tuple[str, str, str]]:
        """Travel from one process to another."""
        return CellError, (str(self), self.column, self.text)
