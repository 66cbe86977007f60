"""Measure other ways to serve the pipeline: `python -m benchmarks.peers`, with `--write` into benchmarks/README.md."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from benchmarks.measure import FUNCTION, Measure, show, take_turns
from benchmarks.peers.peer import PEERS, Peer
from benchmarks.peers.server import measure
from benchmarks.report import PAGE, machine, put, table
from benchmarks.request import Request
from infra.contents import size_bytes
from predict.model import load_model
from predict.settings import PACKAGED_MODEL

ROUNDS = 7


def compare(peers: list[Peer], request: Request) -> str:
    """Start one peer at a time, in turns, and return a table of the medians and ratios to the function's."""
    found = take_turns({peer.name: partial(measure, peer, request) for peer in peers}, ROUNDS)
    cold, warm = (
        Measure(name, unit, {peer: [figures[position] for figures in rounds] for peer, rounds in found.items()})
        for position, (name, unit) in enumerate((("cold start", "s"), ("warm request", "ms")))
    )
    lines = []
    for peer in peers:
        figures = [
            text
            for each in (cold, warm)
            for text in (show(each.median(peer.name)), show(each.ratio(peer.name, FUNCTION)))
        ]
        lines.append([described(peer), *figures, show(size_bytes(peer.folder) / 1e6)])
    return table(
        ["", "cold start, s", "times the function", "warm request, ms", "times the function", "installed, MB"], lines
    )


def described(peer: Peer) -> str:
    """Return the name of a peer with the version that is locked."""
    if not peer.requirements.is_file():
        return f"{peer.name}, uvicorn"
    (pin,) = [
        line for line in peer.requirements.read_text(encoding="utf-8").splitlines() if line.startswith(f"{peer.name}==")
    ]
    return pin.removesuffix("\\").strip().replace("==", " ")


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Which peers, of litserve, bentoml, mlflow.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Record the results in benchmarks/README.md.")] = False,
    lock: Annotated[bool, typer.Option("--lock", help="Resolve the peers' requirements anew, and no more.")] = False,
) -> None:
    """Install the peers, each in its environment under build/peers, and measure them one at a time, in five minutes."""
    peers = [PEERS[name] for name in names or PEERS if name != FUNCTION]
    if lock:
        for peer in peers:
            peer.lock()
        return
    peers = [PEERS[FUNCTION], *peers]
    for peer in peers:
        peer.install()
    found = compare(peers, Request.of(load_model(PACKAGED_MODEL)))
    print(found)
    if write:
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "peers", f"{machine()}\n\n{found}"), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
