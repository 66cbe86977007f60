"""The notebook: what its cells show, as committed and when it is run anew."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.text import Text

from training import ROOT

NOTEBOOK = Path("notebooks") / "submission.ipynb"
READS = ("data", "docs", "functions", "notebooks", "training")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "model.json", "report.html", ".ipynb_checkpoints")
LONGEST_RUN_S = 600


MARKUP = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)


class NotebookError(Exception):
    """The notebook cannot be read or does not run to its end; the message shows the last line of what it said."""


def shown_results(notebook: Path) -> list[str]:
    """Return the lines of the texts that the code cells of `notebook` show: as text, as HTML without tags, and printed.

    Raises:
        NotebookError: the file cannot be read as a notebook.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        texts = [text for output in outputs for text in _texts(output)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotebookError(f"{NOTEBOOK} cannot be read: {error}") from None
    return [line for text in texts for line in text.splitlines()]


def _texts(output: dict[str, Any]) -> list[str]:
    data = output.get("data", {})
    html = MARKUP.sub(" ", "".join(data.get("text/html", "")))
    lines = [" ".join(line.split()) for line in html.splitlines()]
    return [
        "".join(data.get("text/markdown") or data.get("text/plain", "")),
        "\n".join(line for line in lines if line),
        "".join(output.get("text", "")),
    ]


def execute(folder: Path, database: str | None = None) -> Path:
    """Run the notebook in a copy of the repository in `folder`, and return the executed one.

    What the notebook imports and writes is the copy's. It reads the table from the URL `database` where that is given,
    else from what problem.toml names, whatever DATABASE_URL says.

    Raises:
        NotebookError: the notebook is missing, a cell failed, nbconvert is not installed, or it takes over ten minutes.
    """
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'functions'}"}
    environment["PYTHONWARNINGS"] = "ignore"  # of the kernel's own machinery
    environment.pop("MPLBACKEND", None)  # Streamlit sets it where it is imported
    environment.pop("DATABASE_URL", None)
    if database:
        environment["DATABASE_URL"] = database
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(NOTEBOOK)]
    try:
        for name in READS:
            shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT, dirs_exist_ok=True)
        run = subprocess.run(  # noqa: S603
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False
        )
    except OSError as error:
        raise NotebookError(f"{NOTEBOOK} cannot be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise NotebookError(f"{NOTEBOOK} does not run to its end within {LONGEST_RUN_S} s") from None
    if run.returncode:
        said = Text.from_ansi(run.stderr).plain
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "no word")
        raise NotebookError(f"{NOTEBOOK} does not run to its end: {last}")
    return folder / NOTEBOOK
