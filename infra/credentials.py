"""Write what the services of docker-compose.yml keep secret to .secrets/, a folder for each; what is there is kept.

Run by root, it gives each file to the one who reads it; otherwise all are of whoever runs it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

APP = 10001  # the user of infra/Dockerfile
POSTGRES_GROUP = 10002  # the group that docker-compose.yml adds to the database's user
DATABASE_PORT, DATABASE, ROLE = 5432, "app", "app"
HOSTS = "DNS:postgres,DNS:localhost,IP:127.0.0.1"  # what clients in containers and on this machine call the database
VALID_DAYS = 3650
PRIVATE_FOLDER, GROUP_FOLDER, PRIVATE_FILE, GROUP_FILE = 0o700, 0o750, 0o600, 0o640


@dataclass(frozen=True)
class Reader:
    """Who reads the files of one folder."""

    folder: Path
    user: int
    group: int
    folder_user: int  # the one on this machine, who may so delete what is not theirs to read
    mode: int = PRIVATE_FILE

    def open_folder(self) -> None:
        """Make the folder, or give one that Docker has made to who it is for."""
        self.folder.mkdir(exist_ok=True)
        give(self.folder, self.folder_user, self.group, GROUP_FOLDER)

    def keep(self, name: str, content: str) -> str:
        """Write a file if there is none, whole or not at all, and return what is in it."""
        path = self.folder / name
        if not path.exists():
            new = path.with_name(f"{name}.new")
            new.unlink(missing_ok=True)
            new.touch(PRIVATE_FILE)
            new.write_text(content, encoding="utf-8")
            give(new, self.user, self.group, self.mode)
            new.replace(path)
        return path.read_text(encoding="utf-8")


def main(folder: Path, notebooks: Path) -> None:
    """Write the passwords of PostgreSQL's superuser and role, its certificate, and Jupyter's token."""
    user, group = hand_over(notebooks)
    folder.mkdir(exist_ok=True)
    give(folder, user, group, PRIVATE_FOLDER)
    postgres = Reader(folder / "postgres", 0, POSTGRES_GROUP, user, GROUP_FILE)
    load = Reader(folder / "load", APP, APP, user)
    jupyter = Reader(folder / "jupyter", user, group, user)
    for reader in (postgres, load, jupyter):
        reader.open_folder()
    postgres.keep("superuser", secrets.token_hex())
    password = postgres.keep("password", secrets.token_hex())
    if not all((postgres.folder / name).exists() for name in ("server.crt", "server.key")):
        certificate, key = make_certificate()
        for name in ("server.crt", "server.key"):
            (postgres.folder / name).unlink(missing_ok=True)  # one without the other
        postgres.keep("server.key", key)
        postgres.keep("server.crt", certificate)
    certificate = (postgres.folder / "server.crt").read_text(encoding="utf-8")
    for client in (load, jupyter):
        client.keep("pgpass", f"*:*:{DATABASE}:{ROLE}:{password}\n")
        client.keep("server.crt", certificate)
    jupyter.keep("token", secrets.token_hex())


def hand_over(notebooks: Path, uid_map: str | None = None) -> tuple[int, int]:
    """Return the user and group whose the notebooks are; root's are given to APP, since Jupyter is not to be root.

    Where Docker itself runs without root, the root of its containers is no more than who runs it, and stays.
    """
    status = notebooks.stat()
    if status.st_uid or os.geteuid() or not is_real_root(uid_map or Path("/proc/self/uid_map").read_text("utf-8")):
        return status.st_uid, status.st_gid
    for path in (notebooks, *notebooks.rglob("*")):
        if path.lstat().st_uid == 0:
            os.chown(path, APP, APP, follow_symlinks=False)
    return APP, APP


def is_real_root(uid_map: str) -> bool:
    """Return whether the user 0 of a namespace, by its uid_map, is the machine's."""
    return any(line.split()[:2] == ["0", "0"] for line in uid_map.splitlines())


def give(path: Path, user: int, group: int, mode: int) -> None:
    """Set the mode, and where root runs this the owner, of a file or folder."""
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, user, group)


def make_certificate() -> tuple[str, str]:
    """Return a certificate of the database, which clients trust as it stands, and its key, both as PEM."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
    command += ["-days", str(VALID_DAYS), "-subj", "/CN=postgres", "-addext", f"subjectAltName={HOSTS}"]
    made = subprocess.run([*command, "-keyout", "-"], capture_output=True, text=True, check=False)
    if made.returncode:
        raise SystemExit(f"Error: openssl makes no certificate: {made.stderr.strip()}")
    key, begin, certificate = made.stdout.partition("-----BEGIN CERTIFICATE-----")
    return begin + certificate, key


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
