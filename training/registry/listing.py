"""The list: the versions of a model, who is live, and the history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from predict.registry import Entry
from training.errors import InputError
from training.registry.versions import Registered, find_manifest


def find_versions(model: Registered) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the manifests of all versions, and a sentence for each folder whose manifest is missing or damaged."""
    manifests, problems = [], []
    for folder in model.bucket.folders(model.address.key("")):
        version = folder.removesuffix("/").rpartition("/")[2]
        try:
            manifests.append(find_manifest(model, version)[0])
        except InputError as error:
            problems.append(str(error))
    return manifests, problems


def tabulate_versions(manifests: Sequence[dict[str, Any]], history: Sequence[Entry]) -> Table:
    """Return the versions as a table: what is live first, what was so before it, the rest last."""
    latest = {entry.version: number for number, entry in enumerate(history)}
    table = _table("version", "", "size", "loss on held-out rows, 95% interval", "rows", "data")
    for manifest in sorted(manifests, key=lambda each: (-latest.get(each["version"], -1), each["version"])):
        version, model = manifest["version"], manifest["model"]
        loss = model["loss"]
        ends = "" if loss["low"] is None else f", {loss['low']:.6g} to {loss['high']:.6g}"
        mark = "live" if history and history[-1].version == version else "was live" if version in latest else ""
        size = sum(file["size_bytes"] for file in manifest["files"].values())
        table.add_row(
            version,
            mark,
            f"{size / 1e6:.2f} MB",
            f"{loss['name']} " + ("none" if loss["value"] is None else f"{loss['value']:.6g}") + ends,
            f"{model['held_out_rows']:,}",
            model["data_sha256"][:12],
        )
    return table


def tabulate_history(history: Sequence[Entry]) -> Table:
    """Return the history as a table, the latest entry first."""
    table = _table("", "when", "what", "version")
    for number, entry in reversed(list(enumerate(history, start=1))):
        table.add_row(str(number), entry.at, entry.action, entry.version)
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
