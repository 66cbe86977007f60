"""What reads files from outside: a problem, a table, a model. Each is given a path, and returns a word for what it found."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.dependencies import models

from predict.app import create_app
from predict.model import load_model
from training.problem import read_problem
from training.sources.source import is_database, open_source
from training.table import read_table

# in which FastAPI keeps the last endpoints that it has seen, and their apps with them: far more than a process serves
FASTAPI_CACHES = [each for each in vars(models).values() if hasattr(each, "cache_clear")]
PROBLEM = Path(__file__).with_name("problem.toml")


def read_problem_file(given: str) -> str:
    """Read a problem.toml, and open the table that it names where that would be a file here."""
    problem = read_problem(Path(given))
    if is_database(problem.data) or problem.data.startswith("s3://"):
        return "read, of a table elsewhere"
    with open_source(problem.data, problem):
        return "read, and its table opened"


def read_table_file(given: str) -> str:
    """Read a table."""
    read_table(given, read_problem(PROBLEM))
    return "read"


def read_model_file(given: str) -> str:
    """Read a model.json and make the app of it."""
    model = load_model(Path(given))
    create_app(model, Path(__file__).parent)
    for cache in FASTAPI_CACHES:
        cache.cache_clear()
    json.dumps(model.card)
    return "read"
