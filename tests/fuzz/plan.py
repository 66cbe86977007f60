"""The plan: which campaigns there are, in groups that share a deployment, and how long each is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from predict.model import load_model
from tests.apps import mixed_model
from tests.contract.answers import Contract
from tests.fuzz import events, files
from tests.fuzz.answers import find_failures, judge
from tests.fuzz.campaign import Campaign, Tally
from tests.fuzz.connection import Connection
from tests.fuzz.deployments import Deployment, under_lambda, under_uvicorn
from tests.fuzz.mutations import change, mutate
from tests.fuzz.openapi import run_schemathesis
from tests.fuzz.process import Child
from tests.fuzz.requests import breed_request, http_requests, wire_messages

REQUESTS, FILES = "requests", "files"
MOST_MIB = 1_024  # that reading any file may take


def read_contract(url: str) -> Contract:
    """Return the checks that the OpenAPI document of a deployment makes."""
    return Contract(httpx.get(f"{url}/openapi.json", timeout=30).raise_for_status().json(), "")


def campaign_of_requests(
    name: str, connection: Connection, row: dict[str, Any], contract: Contract, memory_mib: Callable[[], float]
) -> Campaign[Any, Any]:
    """Return the campaign of requests that are HTTP, over a connection that stays open."""
    return Campaign(
        name,
        REQUESTS,
        http_requests(row),
        breed_request,
        connection.ask,
        lambda _given, reply: judge(reply, contract),
        memory_mib,
    )


def campaign_of_bytes(
    name: str, connection: Connection, row: dict[str, Any], contract: Contract, memory_mib: Callable[[], float]
) -> Campaign[Any, Any]:
    """Return the campaign of bytes that need not be HTTP, each over a connection of its own."""

    def judge_all(_given: bytes, replies: list[httpx.Response]) -> str:
        return ", ".join(dict.fromkeys(judge(reply, contract) for reply in replies)) or "closed, or waited for more"

    return Campaign(name, REQUESTS, wire_messages(row), mutate, connection.send, judge_all, memory_mib)


def campaigns_of_events(
    child: Child, row: dict[str, Any], contract: Contract
) -> tuple[Campaign[Any, Any], Campaign[Any, Any]]:
    """Return the campaigns of events that clients can cause, and of events that may be none."""
    of_clients = Campaign(
        "events of clients, in process",
        REQUESTS,
        events.client_events(row),
        events.breed_client_event,
        lambda given: child.ask(events.make_event(given)),
        lambda given, reply: events.judge_client(given, reply, contract),
        child.memory_mib,
        lambda reply: float(reply["cpu_s"]),
    )
    of_anyone = Campaign(
        "broken events, in process",
        REQUESTS,
        events.broken_events(),
        change,
        child.ask,
        lambda given, reply: events.judge_broken(given, reply, contract),
        child.memory_mib,
        lambda reply: float(reply["cpu_s"]),
    )
    return of_clients, of_anyone


def campaign_of_files(kind: str, child: Child, folder: Path, documents: list[dict[str, Any]]) -> Campaign[Any, Any]:
    """Return the campaign of a kind of file, which a child reads in `folder`; `documents` are models."""
    strategy, breed, error = {
        "problem": (files.problems(), files.breed_problem, "InputError"),
        "table": (files.tables(), files.breed_table, "InputError"),
        "model": (files.models(documents), files.breed_model, "ModelError"),
        "bomb": (files.bombs(), files.breed_bomb, "InputError"),
    }[kind]
    return Campaign(
        f"{kind} files",
        FILES,
        strategy,
        breed,
        files.ask_in(folder, child.ask),
        partial(files.judge, errors=(error,), most_mib=MOST_MIB),
        child.memory_mib,
        lambda reply: float(reply["cpu_s"]),
    )


def fuzz_uvicorn(model: Path, _package: Path, share: float, seed: int) -> list[Tally]:
    """Fuzz the function under uvicorn."""
    with tempfile.TemporaryDirectory() as folder, under_uvicorn(model, Path(folder)) as deployment:
        return _fuzz(
            deployment,
            "under uvicorn",
            model,
            (round(2_500 * share), round(80_000 * share), round(20_000 * share)),
            seed,
        )


def fuzz_lambda(model: Path, package: Path, share: float, seed: int) -> list[Tally]:
    """Fuzz the package under Lambda's own runtime, behind a function URL."""
    with tempfile.TemporaryDirectory() as folder, under_lambda(package, Path(folder)) as deployment:
        counts = (round(1_000 * share), round(20_000 * share), 0)
        return _fuzz(deployment, "under Lambda's runtime", model, counts, seed)


def _fuzz(deployment: Deployment, where: str, model: Path, counts: tuple[int, int, int], seed: int) -> list[Tally]:
    row, contract = load_model(model).document["typical_row"], read_contract(deployment.url)
    with Connection(deployment.url) as connection:
        found = [
            run_schemathesis(f"schemathesis, {where}", deployment.url, max(counts[0], 1), seed),
            campaign_of_requests(f"HTTP, {where}", connection, row, contract, deployment.memory_mib).run(
                counts[1], seed
            ),
        ]
        if counts[2]:
            found.append(
                campaign_of_bytes(f"raw bytes, {where}", connection, row, contract, deployment.memory_mib).run(
                    counts[2], seed
                )
            )
    found[-1].findings += find_failures(deployment.log)
    return found


def fuzz_events(model: Path, package: Path, share: float, seed: int) -> list[Tally]:
    """Fuzz the handler of the package with events, in a process of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Child("handler", str(package), {"FUZZ_LOG": f"{folder}/events.log"}) as child,
        under_uvicorn(model, Path(folder)) as documented,
    ):
        row = load_model(model).document["typical_row"]
        of_clients, of_anyone = campaigns_of_events(child, row, read_contract(documented.url))
        found = [of_clients.run(round(60_000 * share), seed), of_anyone.run(round(20_000 * share), seed)]
        found[-1].findings += find_failures(Path(folder) / "events.log")
        return found


def fuzz_files(kind: str, count: int, model: Path, _package: Path, share: float, seed: int) -> list[Tally]:
    """Fuzz what reads a kind of file, in a process of its own."""
    reader = {"problem": "problem_file", "table": "table_file", "model": "model_file", "bomb": "table_file"}[kind]
    documents = [json.loads(model.read_bytes()), mixed_model().document]
    with tempfile.TemporaryDirectory() as folder, Child("reader", reader) as child:
        return [campaign_of_files(kind, child, Path(folder), documents).run(round(count * share), seed)]


GROUPS: list[Callable[[Path, Path, float, int], list[Tally]]] = [
    fuzz_uvicorn,
    fuzz_events,
    fuzz_lambda,
    *(
        partial(fuzz_files, kind, count)
        for kind, count in {"table": 25_000, "problem": 15_000, "model": 12_000, "bomb": 100}.items()
    ),
]
