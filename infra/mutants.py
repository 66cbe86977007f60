"""Change the code in small ways, one at a time, and see that a test fails each time: `make mutants`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "mutants"
# mutmut takes the path of a module for its name, so both packages have to lie in one folder
PACKAGES = {"predict": "functions/predict", "training": "training"}
HELPERS = ("apps.py", "pipelines.py", "tables.py")
LEAST_KILLED = 0.9
COUNTED = ("killed", "timeout", "survived", "no_tests", "suspicious", "segfault")


def main() -> int:
    """Copy code and tests to a folder, let mutmut change them there, and return an exit code."""
    shutil.rmtree(OUT, ignore_errors=True)
    for name, source in PACKAGES.items():
        shutil.copytree(
            ROOT / source,
            OUT / name,
            ignore=shutil.ignore_patterns("__pycache__", "model.json", "model.joblib", "report.html"),
        )
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (OUT / "pyproject.toml").write_text(settings, encoding="utf-8")
    (OUT / "tests").mkdir()
    for path in (ROOT / "tests").glob("*.py"):
        if path.name in HELPERS or f'"tests/{path.name}"' in settings:
            shutil.copyfile(path, OUT / "tests" / path.name)
    mutmut = [sys.executable, "-m", "mutmut"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*mutmut, "run"], cwd=OUT, env=environment, check=True)
    subprocess.run([*mutmut, "results"], cwd=OUT, env=environment, check=True)
    subprocess.run([*mutmut, "export-cicd-stats"], cwd=OUT, env=environment, check=True, stdout=subprocess.DEVNULL)
    counts = json.loads((OUT / "mutants" / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    print(", ".join(f"{counts[name]} {name}" for name in COUNTED if counts[name]))
    killed = (counts["killed"] + counts["timeout"]) / sum(counts[name] for name in COUNTED)
    print(f"{killed:.1%} of the mutants are killed (bar: {LEAST_KILLED:.0%})")
    return 0 if killed >= LEAST_KILLED else 1


if __name__ == "__main__":
    sys.exit(main())
