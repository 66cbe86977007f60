"""The peers: other ways to serve the pipeline, each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import FUNCTION
from benchmarks.packages import OUT, install
from benchmarks.process import environment
from infra.package import build
from training import ROOT
from training.train import MODEL_FOLDER

HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / "build" / "peers"
PIPELINE = MODEL_FOLDER / "model.joblib"
UV = str(Path(sys.executable).with_name("uv"))
LOCK = [UV, "pip", "compile", "--quiet", "--python-version", "3.11", "--generate-hashes", "--no-header"]
LOCK_FORMAT = ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
SERVE_PACKAGE = """
import sys
sys.path[:0] = sys.argv[1:3]
import uvicorn
uvicorn.run("main:app", port=int(sys.argv[3]), log_level="warning")
"""


@dataclass(frozen=True)
class Peer:
    """What serves the pipeline: a command that takes a port, and how it is asked for a row and answers probabilities.

    `{folder}` and `{port}` stand for these in `command`; the folder is that of the peer's environment. `prepare` is a
    script that is given the paths of the pipeline and of what it makes of it.
    """

    name: str
    command: list[str]
    path: str = "/predict"
    ask: Callable[[dict[str, Any]], Any] = lambda row: row
    probabilities: Callable[[Any], list[float]] = lambda answer: answer
    prepare: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder of its environment."""
        return ENVIRONMENTS / self.name

    @property
    def requirements(self) -> Path:
        """The file that locks its environment."""
        return HERE / f"{self.name}.txt"

    def lock(self) -> None:
        """Resolve its requirements anew: the newest, but for scikit-learn, which has to be the pipeline's."""
        wanted = f"{self.name}\nscikit-learn=={version('scikit-learn')}\npandas\njoblib\n"
        command = [*LOCK, *LOCK_FORMAT, "--upgrade", "-", "--output-file", str(self.requirements)]
        subprocess.run(command, cwd=ROOT, input=wanted, text=True, stdout=subprocess.DEVNULL, check=True)

    def install(self) -> None:
        """Make its environment anew, of what is locked, and what it needs of the pipeline."""
        python = str(self.folder / "bin" / "python")
        subprocess.run([UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(self.folder)], check=True)
        command = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "--python", python]
        subprocess.run([*command, "-r", str(self.requirements)], env=environment(), check=True)
        if self.prepare:
            prepare = [python, "-c", self.prepare, str(PIPELINE), str(self.folder / "model")]
            subprocess.run(prepare, env=environment(**self.variables), check=True)


class Function(Peer):
    """The function itself, its package served by uvicorn: what the peers are compared with."""

    def install(self) -> None:
        """Build the package."""
        build(self.folder)
        install("server", {})


SAVE_FOR_MLFLOW = """
import sys, joblib, mlflow.sklearn
pipeline = joblib.load(sys.argv[1])
mlflow.sklearn.save_model(
    pipeline, sys.argv[2], pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle", pip_requirements=[]
)
"""
ON_LOOPBACK = ["--host", "127.0.0.1", "--port", "{port}"]
PEERS = {
    peer.name: peer
    for peer in (
        Function(
            FUNCTION,
            [sys.executable, "-I", "-S", "-c", SERVE_PACKAGE, "{folder}", str(OUT / "server"), "{port}"],
            probabilities=lambda answer: list(answer["probabilities"].values()),
        ),
        Peer("litserve", ["{folder}/bin/python", str(HERE / "litserve_service.py"), "{port}"]),
        Peer(
            "bentoml",
            ["{folder}/bin/bentoml", "serve", "bentoml_service:Service", "--working-dir", str(HERE), *ON_LOOPBACK],
            ask=lambda row: {"row": row},
            variables={"BENTOML_DO_NOT_TRACK": "True"},
        ),
        Peer(
            "mlflow",
            ["{folder}/bin/mlflow", "models", "serve", "-m", "{folder}/model", "--env-manager", "local", *ON_LOOPBACK],
            path="/invocations",
            ask=lambda row: {"dataframe_records": [row]},
            probabilities=lambda answer: list(answer["predictions"][0]),
            prepare=SAVE_FOR_MLFLOW,
            variables={"MLFLOW_DISABLE_TELEMETRY": "true"},
        ),
    )
}
