"""The address of a database: its URL, which messages name without what it holds of secrets."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from training.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import URL

ENCRYPTED = ("require", "verify-ca", "verify-full")


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


def check_encryption(url: URL) -> None:
    """Check that a PostgreSQL on another machine is only spoken to by TLS: without a word of it, libpq does without.

    Raises:
        InputError: `url`, and PGSSLMODE where it has no sslmode, allow a connection in plain text.
    """
    query = {name: values[-1] if isinstance(values, tuple) else values for name, values in url.query.items()}
    mode = query.get("sslmode") or os.environ.get("PGSSLMODE") or "prefer"
    if url.get_backend_name() != "postgresql" or mode in ENCRYPTED or all(map(_is_here, _hosts(url))):
        return
    raise InputError(
        f"{public_name(url)} is on another machine, and with sslmode={mode} may be spoken to in plain text; add "
        "?sslmode=verify-full&sslrootcert=system to its URL, or sslrootcert=FILE with a certificate of its own"
    )


def _hosts(url: URL) -> list[str]:
    """Return every host that libpq may connect to; of several, it tries one after the other."""
    given = [url.host or "", *(",".join(url.normalized_query.get(name, ())) for name in ("host", "hostaddr"))]
    if not any(given):
        given = [os.environ.get(name, "") for name in ("PGHOST", "PGHOSTADDR")]
    names = [name for names in given for name in names.split(",") if name]
    return [name.partition(":")[0] if name.count(":") == 1 else name for name in names]  # host:port


def _is_here(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":  # a socket in the file system, or this machine's own name
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
