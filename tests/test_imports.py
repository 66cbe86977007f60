"""Data flows one way: the function knows nothing of training, and the front end nothing of either."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Trained
from training import ROOT

ALLOWED = {  # beside the standard library, and the folder's own modules
    "functions": {"fastapi", "mangum", "pydantic", "starlette", "predict"},
    "frontend/streamlit": {"streamlit", "httpx", "altair", "pandas"},
}

# which scikit-learn's pipelines run in; a model of numbers does without
WITH_PIPELINES = {"pickled.py": {"joblib", "numpy", "pandas"}, "dates.py": {"numpy"}}
WITH_REGISTRY = {
    "aws.py": {"boto3", "botocore"},
    "live.py": {"botocore", "mypy_boto3_s3"},
}  # which Lambda's runtime has


def imported_by(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("folder", ALLOWED)
def test_folder_imports_only_what_it_may(folder: str) -> None:
    files = list((ROOT / folder).rglob("*.py"))
    assert files
    allowed = ALLOWED[folder] | set(sys.stdlib_module_names) | {file.stem for file in files}
    for file in files:
        assert imported_by(file) <= allowed | {**WITH_PIPELINES, **WITH_REGISTRY}.get(file.name, set())


def test_running_function_imports_no_data_science(trained: Trained) -> None:
    heavy = ["sklearn", "pandas", "numpy", "scipy", "joblib", "training"]
    script = f"import predict.main, sys; print([name for name in {heavy} if name in sys.modules])"
    environment = {"MODEL_URI": str(trained.path)}
    process = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert process.stdout.strip() == "[]"
