"""The commands of the registry, as they are typed, on models that training wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from predict.model import load_model
from tests.conftest import Trained
from tests.registries import NAME, make_document, write_folder
from tests.s3 import BUCKET, ENVIRONMENT, S3
from training import ROOT
from training import train as train_module
from training.__main__ import cli
from training.registry import fetching
from training.train import save

REGISTRY = "s3://models/demo"
PAGE = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")


@pytest.fixture
def s3(s3: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """S3, which the commands ask."""
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": s3.url, "MODEL_REGISTRY": REGISTRY}.items():
        monkeypatch.setenv(name, value)
    return s3


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], terminal_width=300)


def printed(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str | Path) -> str:
    """Return the one sentence that a command ends with, and nothing else."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ") or "\nError: " in result.stderr
    return result.stderr.rpartition("Error: ")[2].strip()


@pytest.mark.example
def test_page_shows_what_its_commands_print(
    s3: S3, trained: Trained, reseeded: train_module.Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = tmp_path / "predict" / "model.json"
    monkeypatch.setattr(fetching, "PACKAGED_MODEL", function)
    monkeypatch.setenv("COLUMNS", "200")
    folders = {"build/model": trained.path.parent, "build/other": tmp_path / "other"}
    save(reseeded, folders["build/other"], None)
    versions = (trained.document["version"], reseeded.document["version"])
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    steps = [step.partition("\n") for step in re.split(r"^\$ python -m training ", block, flags=re.MULTILINE)[1:]]
    shown = [(command, output) for command, _newline, output in steps]
    assert [command.split()[0] for command, _output in shown] == [
        "publish", "publish", "promote", "promote", "list", "rollback", "fetch",
    ]  # fmt: skip
    ours = dict(zip(dict.fromkeys(re.findall(r"promote ([0-9a-f]{12})", PAGE)), versions, strict=True))
    for command, expected in shown:
        for theirs, version in ours.items():
            command, expected = command.replace(theirs, version), expected.replace(theirs, version)
        arguments = [str(folders.get(argument, argument)) for argument in command.split()]
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        notes = "".join(line + "\n" for line in result.stderr.splitlines() if line.startswith("note:"))
        assert [normalise(line) for line in (notes + result.stdout).splitlines()] == [
            normalise(line) for line in expected.splitlines()
        ], command
    assert load_model(function).version == trained.document["version"]
    assert sorted(path.name for path in function.parent.iterdir()) == ["model.json", "report.html"]


def normalise(line: str) -> str:
    """Return a line without what differs by time and processor: dates, hashes, digits and sizes."""
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", line)
    line = re.sub(r"(\d\.\d{4})\d+", r"\1", line)
    return re.sub(r"\b\d\.\d\d MB", "SIZE", re.sub(r" {2,}", " ", line)).rstrip()


def test_same_bytes_again_change_nothing_and_others_are_refused(s3: S3, tmp_path: Path) -> None:
    document = make_document(1)
    version = document["version"]
    folder = write_folder(tmp_path, document)
    then = f"To make it live: python -m training promote {version}\n"
    assert printed("publish", folder) == f"Published {version} of {NAME}. {then}"
    s3.asked.clear()
    assert printed("publish", folder) == f"There already, byte for byte: {version} of {NAME}. {then}"
    (folder / "model.joblib").write_bytes(b"other")
    assert re.fullmatch(
        rf"s3://models/demo/models/strange/{version}/model.joblib is there already, with other contents: "
        "a version never changes. .*",
        refused("publish", folder),
    )


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("model.json", r"there is no model at .*/model.json; run `make train` to bake it, .*"),
        ("model.joblib", r".*/model.joblib cannot be read \(No such file or directory\); run `make train` to write it"),
        ("report.html", r".*/report.html is not of the model beside it; run `make train` to write both"),
    ],
)
def test_folder_that_is_no_model_is_refused(s3: S3, tmp_path: Path, damage: str, message: str) -> None:
    folder = write_folder(tmp_path, make_document(1))
    if damage == "report.html":
        (folder / damage).write_text("another", encoding="utf-8")
    else:
        (folder / damage).unlink()
    assert re.fullmatch(message, refused("publish", folder))
    assert s3.asked == []


def test_worse_model_needs_force(s3: S3, tmp_path: Path) -> None:
    good, bad = make_document(1), make_document(2, rmse={"value": 2.0, "low": 1.9, "high": 2.1})
    for at, document in enumerate((good, bad)):
        printed("publish", write_folder(tmp_path / str(at), document))
    printed("promote", good["version"], "--name", NAME)
    message = refused("promote", bad["version"], "--name", NAME)
    assert message.startswith(f"{bad['version']} is worse: root mean squared error 2.000000")
    assert message.endswith("; --force promotes it all the same")
    told = printed("promote", bad["version"], "--name", NAME, "--force")
    assert told == f"{bad['version']} is live, instead of {good['version']}; entry 2 of the history.\n"
    assert printed("promote", bad["version"], "--name", NAME) == (
        f"{bad['version']} is live already; nothing was changed.\n"
    )


def test_list_names_what_is_half_published(s3: S3, tmp_path: Path) -> None:
    document = make_document(1)
    s3.fault = lambda method, key: "denied" if (method, key[-13:]) == ("PUT", "manifest.json") else None
    refused("publish", write_folder(tmp_path, document))
    result = run("list", "--name", NAME)
    assert result.exit_code == 0
    assert f"note: there is no version {document['version']} of {NAME}" in result.stderr
    assert f"{NAME} in {REGISTRY}: 0 versions; MODEL_URI=s3://models/demo/models/{NAME}/live" in result.stdout


@pytest.mark.parametrize("name", ["model.json", "model.joblib", "report.html", "manifest.json"])
def test_fetched_version_that_is_damaged_leaves_the_folder_alone(s3: S3, tmp_path: Path, name: str) -> None:
    document = make_document(1)
    version = document["version"]
    printed("publish", write_folder(tmp_path / "in", document))
    printed("promote", version, "--name", NAME)
    key, client = f"demo/models/{NAME}/{version}/{name}", s3.client()
    whole = client.get_object(Bucket="models", Key=key)["Body"].read()
    client.put_object(Bucket="models", Key=key, Body=whole + b" ")
    message = refused("fetch", "--name", NAME, "--out", tmp_path / "out")
    assert " is damaged: its sha256 is " in message
    assert not (tmp_path / "out").exists()
    client.put_object(Bucket="models", Key=key, Body=whole)
    assert printed("fetch", "--name", NAME, "--out", tmp_path / "out") == f"Version {version} is in {tmp_path}/out.\n"
    assert json.loads((tmp_path / "out" / "model.json").read_bytes()) == document


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("no bucket", "there is no such bucket; make it, or name another by --registry or MODEL_REGISTRY"),
        ("denied", "the credentials do not allow it; docs/registry.md lists the rights that are needed"),
        ("busy", "S3 asked to slow down, time and again; try once more later"),
        ("error", "S3 failed, time and again; try once more later"),
        ("cut", "the answer was cut short; try again"),
    ],
)
def test_fault_of_s3_is_one_sentence(s3: S3, fault: str, reason: str, tmp_path: Path) -> None:
    document = make_document(1)
    printed("publish", write_folder(tmp_path, document))
    s3.fault = lambda _method, _key: fault
    place = f"s3://models/demo/models/{NAME}/{document['version']}/manifest.json"
    assert refused("promote", document["version"], "--name", NAME) == f"{place} cannot be read: {reason}"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../outside", {"sha256": "0" * 64, "size_bytes": 0}),
        ("/outside", {"sha256": "0" * 64, "size_bytes": 0}),
        ("a", {"sha256": "0", "size_bytes": 0}),
        ("a", {"sha256": "0" * 64, "size_bytes": "0"}),
        ("a", {}),
        ("a", None),
    ],
)
def test_manifest_that_names_what_it_may_not_is_damaged(s3: S3, tmp_path: Path, name: str, file: object) -> None:
    document = make_document(1)
    version = document["version"]
    printed("publish", write_folder(tmp_path / "in", document))
    key, client = f"demo/models/{NAME}/{version}/manifest.json", s3.client()
    manifest = json.loads(client.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    manifest["files"][name] = file
    client.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(manifest))
    message = refused("fetch", version, "--name", NAME, "--out", tmp_path / "out")
    assert message == f"s3://{BUCKET}/{key} is damaged: it is not the manifest of version {version}"
    assert not (tmp_path / "outside").exists()


def test_publishing_beside_another_is_told_to_be_tried_again(s3: S3, tmp_path: Path) -> None:
    document = make_document(1)
    s3.fault = lambda method, _key: "conflict" if method == "PUT" else None
    message = refused("publish", write_folder(tmp_path, document))
    assert message.endswith("/model.json was not written: others wrote it at the same time; try again")


def test_throttled_once_is_tried_again(s3: S3, tmp_path: Path) -> None:
    faults = iter(["busy"])
    s3.fault = lambda _method, _key: next(faults, None)
    assert printed("publish", write_folder(tmp_path, make_document(1))).startswith("Published ")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"MODEL_REGISTRY": "models/demo"}, "the registry 'models/demo' cannot be used: s3://bucket/prefix is expected"),
        ({"MODEL_REGISTRY": "s3://"}, "the registry 's3://' cannot be used: s3://bucket/prefix is expected"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/none"}, "s3://models/demo/models/strange/live cannot be read: there are no credentials; set AWS_PROFILE, or what else boto3 looks for"),
        ({"AWS_PROFILE": "nobody"}, "s3://models/demo cannot be asked: The config profile (nobody) could not be found; see AWS_PROFILE, AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "nowhere"}, "s3://models/demo cannot be asked: Invalid endpoint: nowhere; see AWS_PROFILE, AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 's3://models/demo/models/strange/live cannot be read: Could not connect to the endpoint URL: "http://127.0.0.1:9/models/demo/models/strange/live"'),
    ],
)  # fmt: skip
def test_registry_that_cannot_be_had_is_one_sentence(
    s3: S3, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], reason: str
) -> None:
    for name, value in variables.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name)
    assert refused("list", "--name", NAME) == reason


def test_name_that_is_no_buckets_is_told_in_one_line(s3: S3) -> None:
    message = refused("list", "--name", NAME, "--registry", "s3://no such")
    start = (
        's3://no such/models/strange/live cannot be read: Parameter validation failed: Invalid bucket name "no such": '
    )
    assert message.startswith(start)
    assert "\n" not in message


def test_registry_that_is_not_named_is_asked_for(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_REGISTRY")
    result = run("list")
    assert result.exit_code == 2
    assert "Missing option '--registry' (env var: 'MODEL_REGISTRY')" in result.stderr
    assert "strange" in printed("list", "--name", NAME, "--registry", REGISTRY)
