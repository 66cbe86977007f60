"""The notebook: what its cells show, as committed and when it is run anew."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from training import ROOT

NOTEBOOK = Path("notebooks") / "submission.ipynb"
READS = ("data", "functions", "notebooks", "training", "docs")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "model.json", "report.html", ".ipynb_checkpoints")
LONGEST_RUN_S = 600


class NotebookError(Exception):
    """The notebook does not run to its end; the message shows the last line of what it said."""


def shown_results(notebook: Path) -> list[str]:
    """Return the lines of the texts that the code cells of `notebook` show."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    shown = [output.get("data", {}) for output in outputs]
    texts = ["".join(data.get("text/markdown") or data.get("text/plain", "")) for data in shown]
    return "\n".join(texts).splitlines()


def execute(folder: Path) -> Path:
    """Run the notebook in a copy of the repository in `folder`, and return the executed one.

    What the notebook imports and writes is the copy's.

    Raises:
        NotebookError: a cell failed, or nbconvert is not installed.
    """
    for name in READS:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT, dirs_exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'functions'}"}
    environment["PYTHONWARNINGS"] = "ignore"  # of the kernel's own machinery
    environment.pop("MPLBACKEND", None)  # Streamlit sets it where it is imported
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(NOTEBOOK)]
    run = subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False
    )
    if run.returncode:
        last = next((line for line in reversed(run.stderr.splitlines()) if line.strip()), "no word")
        raise NotebookError(f"{NOTEBOOK} does not run to its end: {last}")
    return folder / NOTEBOOK
