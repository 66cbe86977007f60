"""From a table and problem.toml to a baked model: read, check, fold, split, choose, evaluate, bake."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
