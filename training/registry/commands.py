"""The commands of the registry: publish, list, promote, rollback and fetch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.problem import PROBLEM_FILE, read_problem
from training.progress import told
from training.registry.fetching import fetch
from training.registry.judgement import judge
from training.registry.listing import find_versions, tabulate_history, tabulate_versions
from training.registry.manifest import read_folder
from training.registry.pointer import Moved, promote, read_pointer, roll_back
from training.registry.versions import Registered, publish
from training.train import MODEL_FOLDER

cli = typer.Typer()
RegistryOption = Annotated[
    str,
    typer.Option("--registry", envvar="MODEL_REGISTRY", help="Where the registry is: s3://bucket/prefix."),
]
NameOption = Annotated[
    str | None, typer.Option("--name", help="The model, instead of the one that the problem file names.")
]


@cli.command("publish")
def publish_model(
    registry: RegistryOption,
    folder: Annotated[Path, typer.Argument(help="What training wrote.")] = MODEL_FOLDER,
) -> None:
    """Put a model into the registry, where its version never changes; it is not live by that."""
    with told() as report:
        manifest, files = read_folder(folder)
        model = Registered.open(registry, manifest["name"])
        report(f"publishing {manifest['version']}")
        is_new = publish(model, manifest, files)
    done = "Published" if is_new else "There already, byte for byte:"
    typer.echo(
        f"{done} {manifest['version']} of {manifest['name']}. To make it live: "
        f"python -m training promote {manifest['version']}"
    )


@cli.command("list")
def list_versions(registry: RegistryOption, name: NameOption = None) -> None:
    """List the versions of a model, who is live, and the history."""
    with told() as report:
        model = _open(registry, name)
        history, _etag = read_pointer(model)
        manifests, problems = find_versions(model)
        for problem in problems:
            report(f"note: {problem}")
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{model.address.name} in {registry}: {len(manifests)} versions; MODEL_URI={model.address.uri}")
    console.print(tabulate_versions(manifests, history))
    if history:
        console.print("\nWhat was made live, the latest first:")
        console.print(tabulate_history(history))


@cli.command("promote")
def promote_version(
    registry: RegistryOption,
    version: Annotated[str, typer.Argument(help="As `list` shows it.", show_default=False)],
    name: NameOption = None,
    force: Annotated[bool, typer.Option("--force", help="Even if it is worse than what is live.")] = False,
) -> None:
    """Make a version live, unless it is worse than what is live beyond its 95% interval."""
    with told() as report:
        model = _open(registry, name)
        moved = promote(model, version, None if force else lambda new, live: judge(new, live, report))
    _print_moved(moved)


@cli.command("rollback")
def roll_back_version(
    registry: RegistryOption,
    version: Annotated[str | None, typer.Argument(help="Which was live once; without it, the one before.")] = None,
    name: NameOption = None,
) -> None:
    """Make the version live that was so before, or one that is named; nothing is compared."""
    with told():
        moved = roll_back(_open(registry, name), version)
    _print_moved(moved)


@cli.command("fetch")
def fetch_version(
    registry: RegistryOption,
    version: Annotated[str | None, typer.Argument(help="As `list` shows it; without it, what is live.")] = None,
    name: NameOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The folder for all its files; without it, the function gets the model."),
    ] = None,
) -> None:
    """Copy a version from the registry, checked, into a folder or to the function."""
    with told():
        version = fetch(_open(registry, name), version, out)
    typer.echo(f"Version {version} is in {out or 'the function'}.")


def _open(registry: str, name: str | None) -> Registered:
    return Registered.open(registry, read_problem(PROBLEM_FILE).name if name is None else name)


def _print_moved(moved: Moved) -> None:
    if moved.number is None:
        typer.echo(f"{moved.version} is live already; nothing was changed.")
    else:
        before = f", instead of {moved.before}" if moved.before else ""
        typer.echo(f"{moved.version} is live{before}; entry {moved.number} of the history.")
