"""The address of a database: its URL, which messages name without what it holds of secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from training.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import URL


def name_database(url: str) -> str:
    """Return `url` without user, password and options.

    Raises:
        InputError: it is no URL of a database.
    """
    return public_name(parse_url(url))


def parse_url(url: str) -> URL:
    """Return the parts of `url`; postgresql:// without a driver is psycopg's.

    Raises:
        InputError: it is no URL of a database; the sentence does not show it, since it may hold a password.
    """
    import sqlalchemy as sa

    try:
        parsed = sa.make_url(url)
        if parsed.host and "@" in f"{parsed.host}{parsed.database}":  # the rest of a password
            raise ValueError
    except (sa.exc.ArgumentError, ValueError):
        raise InputError(
            "the URL of the database cannot be understood: postgresql://user:password@host:port/database is expected, "
            "each special character of the password written as % and its code"
        ) from None
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in ("postgresql", "postgres") else parsed


def public_name(url: URL) -> str:
    """Return `url` without user, password and options."""
    import sqlalchemy as sa

    parts = sa.URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database)
    return parts.render_as_string()


def check_file(url: URL) -> URL:
    """Return `url`, of SQLite for reading only, and only of a file that is there: SQLite would make it.

    Raises:
        InputError: there is no such file.
    """
    if url.get_backend_name() != "sqlite" or url.database is None:
        return url
    path = Path(url.database)
    if not path.is_file():
        raise InputError(f"{path} does not exist; name the database with `data` in problem.toml or with --data")
    return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
