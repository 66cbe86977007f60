"""The function's settings are checked at start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from predict.registry import Address
from predict.settings import PACKAGED_MODEL, Settings, SettingsError


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({}, PACKAGED_MODEL),
        ({"MODEL_URI": ""}, PACKAGED_MODEL),
        ({"MODEL_URI": "models/a.json"}, Path("models/a.json")),
        ({"MODEL_URI": "file:///models/my%20model.json"}, Path("/models/my model.json")),
    ],
)
def test_model_uri_names_the_model(environment: dict[str, str], path: Path) -> None:
    assert Settings.from_environment(environment) == Settings(model_path=path)


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("s3://bucket/models/births/live", "models/births"),
        ("s3://bucket/a/b/models/births-2/live", "a/b/models/births-2"),
        ("s3://bucket/models/models/models/models/live", "models/models/models/models"),
    ],
)
def test_model_uri_names_a_live_model(uri: str, folder: str) -> None:
    found = Settings.from_environment({"MODEL_URI": uri, "MODEL_REFRESH_S": "5"})
    assert found == Settings(registry=Address("bucket", folder), refresh_s=5)
    assert found.registry is not None
    assert found.registry.uri == uri


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/model.json",
        "s3://models/births/live",
        "s3://bucket/models/births",
        "s3://bucket/models/births/469d97392cd5",
        "s3://bucket/models//live",
        "s3:///models/births/live",
        "s3://bucket/models/births/live/",
    ],
)
def test_other_uri_of_s3_is_refused(uri: str) -> None:
    reason = f"MODEL_URI={uri} cannot be used: give s3://bucket/prefix/models/<name>/live; the prefix may be left out"
    with pytest.raises(SettingsError, match=f"^{re.escape(reason)}$"):
        Settings.from_environment({"MODEL_URI": uri})


@pytest.mark.parametrize("uri", ["https://example.com/model.json", "file://host/model.json", "http://[x"])
def test_other_uri_is_refused(uri: str) -> None:
    with pytest.raises(
        SettingsError, match=re.escape(f"MODEL_URI={uri} cannot be used: give the path or the file:// URI")
    ):
        Settings.from_environment({"MODEL_URI": uri})


def test_every_setting_has_a_variable() -> None:
    environment = {
        "MAX_BODY_BYTES": "1000",
        "MAX_BATCH_ROWS": "1",
        "LOG_INPUTS": "1",
        "ALLOWED_ORIGINS": "https://a.example, http://127.0.0.1:8000",
        "BASE_PATH": "/api/v1",
    }
    assert Settings.from_environment(environment) == Settings(
        max_body_bytes=1_000,
        max_batch_rows=1,
        log_inputs=True,
        allowed_origins=("https://a.example", "http://127.0.0.1:8000"),
        base_path="/api/v1",
    )
    assert Settings.from_environment(dict.fromkeys(environment, "")) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [
        ("MAX_BODY_BYTES", "4MB", "give a whole number from 1 on"),
        ("MAX_BODY_BYTES", "-1", "give a whole number from 1 on"),
        ("MAX_BATCH_ROWS", "0", "give a whole number from 1 on"),
        ("MODEL_REFRESH_S", "0.5", "give a whole number from 1 on"),
        ("MAX_BATCH_ROWS", "٣", "give a whole number from 1 on"),
        ("LOG_INPUTS", "yes", "give 1 or 0"),
        ("ALLOWED_ORIGINS", "example.com", "example.com is no origin; give * or such as https://example.com"),
        ("ALLOWED_ORIGINS", "https://a.example/", "https://a.example/ is no origin; give *"),
        ("BASE_PATH", "api", "give a path such as /api, with no slash at its end"),
        ("BASE_PATH", "/api/", "give a path such as /api, with no slash at its end"),
        ("BASE_PATH", "/", "give a path such as /api, with no slash at its end"),
    ],
)
def test_bad_value_is_refused_with_the_cure(variable: str, value: str, cure: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"{variable}={value} cannot be used: {cure}")):
        Settings.from_environment({variable: value})
