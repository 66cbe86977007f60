"""What training says when the caller's input cannot be used."""


class InputError(Exception):
    """The table, problem.toml or an option cannot be used; the message says what was given and what to do."""
