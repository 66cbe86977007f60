"""The batch of the Streamlit page: tables as people have them, and a function that fails in the middle."""

from __future__ import annotations

import csv
import io
import json
import threading
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from predict.batch import read_csv
from tests.apps import MIXED, TYPICAL, mixed_model
from tests.conftest import Trained
from tests.streamlit_page import SCHEMA, Answer, OpenPage, Stub, panel
from tests.streamlit_page import open_page as open_page
from tests.streamlit_page import page_path as page_path
from tests.streamlit_page import stub as stub

COLUMNS = ["age", "smokes", "weight", "7"]
RETRY = "retry batch"


def upload(page: AppTest, content: bytes | str, name: str = "table.csv") -> AppTest:
    encoded = content.encode() if isinstance(content, str) else content
    return page.file_uploader[0].set_value((name, encoded, "text/csv")).run(timeout=60)


def result(page: AppTest) -> list[dict[str, str]]:
    """Return the rows of the file that can be downloaded."""
    job = page.session_state["job"][1]
    return list(csv.DictReader(io.StringIO(job.result.decode("utf-8-sig"), newline="")))


def table(rows: list[list[str]], separator: str = ",", line_end: str = "\n", header: list[str] = COLUMNS) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([header, *rows])
    return file.getvalue()


def predict_by_age(stub: Stub) -> list[list[dict[str, str]]]:
    """Have the stub answer a batch as CSV, the probability being the age in percent. Return the chunks it gets."""
    chunks: list[list[dict[str, str]]] = []

    def answer(body: bytes) -> Answer:
        rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
        chunks.append(rows)
        lines = [
            [number, number + 1, *(["no", int(row["age"]) / 100, ""] if row["age"].isdigit() else ["", "", "Bad age."])]
            for number, row in enumerate(rows, 1)
        ]
        file = io.StringIO()
        csv.writer(file).writerows([["row", "line", "label", "probability", "problem"], *lines])
        return 200, "text/csv; charset=utf-8", file.getvalue().encode()

    stub.answers["/predict/batch"] = answer
    stub.answer("/schema", {**SCHEMA, "x-limits": {"max_batch_rows": 3, "max_body_bytes": 10_000}})
    example = {**SCHEMA["properties"]["7"], "enum": ["a", "b"], "x-example": "a"}
    properties = {**SCHEMA["properties"], "7": example}
    stub.answer("/schema", {"properties": properties, "x-limits": {"max_batch_rows": 3, "max_body_bytes": 10_000}})
    return chunks


def test_table_is_predicted_as_the_function_predicts_it(
    function_url: str, open_page: OpenPage, trained: Trained
) -> None:
    typical = trained.document["typical_row"]
    rows = [typical, typical | {"age_group": "45 to 49 yrs"}, typical | {"age_group": "45 to 49"}]
    lines = [[str(number), *row.values(), "x,y"] for number, row in enumerate(rows)]
    page = upload(open_page(function_url, "Batch"), table(lines, ";", "\r\n", ["id", *typical, "label"]))
    assert not page.error
    answers = httpx.post(f"{function_url}/predict/batch", json=rows).json()["results"]
    found = result(page)
    assert list(found[0]) == [
        *["id", *typical, "label", "predicted label", "probability", "probabilities.Full-term"],
        *["probabilities.Pre-term", "base_rate", "problem"],
    ]
    for number, (line, row, answer) in enumerate(zip(found[:2], rows, answers, strict=False)):
        assert {name: line[name] for name in typical} == row
        assert (line["id"], line["label"], line["problem"]) == (str(number), "x,y", "")
        assert (float(line["probability"]), line["predicted label"]) == (answer["probability"], answer["label"])
    assert "Did you mean 45 to 49 yrs?" in found[2]["problem"]
    assert found[2]["probability"] == ""
    first, problems = (frame.value for frame in page.dataframe)
    assert first.columns[:5].tolist() == ["line", "predicted label", "probability", "problem", "id"]
    assert first["line"].tolist() == [2, 3, 4]
    assert problems["line"].tolist() == [4]
    assert page.caption[-1].value == "Columns separated by semicolons. Not used: id, label."
    assert page.get("progress")[0].proto.text == "3 rows done: 2 predicted, 1 with a problem"
    assert [button.label for button in page.download_button][-1] == "Download 3 rows with their predictions"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_table_is_read_whatever_wrote_it(separator: str, line_end: str, encoding: str) -> None:
    from upload import read_upload

    rows = [["20", "*yes*", "2.5", "Zoë, “b”"], ["30", "", "1", "two\nlines"]]
    text = table([[*row, "x"] for row in rows], separator, line_end, [*COLUMNS, " extra "])
    read = read_upload(text.encode(encoding), SCHEMA["properties"])
    assert read.header == [*COLUMNS, "extra"]
    assert read.ignored == ["extra"]
    assert [cells for _line, cells in read.records()] == [[*row, "x"] for row in rows]
    assert [line for line, _cells in read.records()] == [2, 3]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "This file is empty"),
        (b"\n\r\n", "This file is empty"),
        (b"PK\x03\x04rest", "It is an Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "It is an Excel workbook"),
        (b"\x1f\x8brest", "It is compressed"),
        ("age,smokes\nZo\u00eb".encode("latin-1"), "Line 2 is not UTF-8 text."),
        (b"age\0", "It holds zero bytes"),
        (b"Age;weight;8\n1;2;3", "Age: column 'age' is missing, perhaps 'Age' in the file."),
        (b"age,weight\n1,2", "The file has 'age', 'weight'."),
        (b"age,weight,7,age\n", "Age: column 'age' is there more than once."),
    ],
)
def test_file_that_is_no_table_of_rows_is_told(stub: Stub, open_page: OpenPage, content: bytes, said: str) -> None:
    page = upload(open_page(stub.url, "Batch"), content)
    assert said in panel(page, "retry upload")
    assert len(page.dataframe) == 0


def test_table_without_rows_is_told(stub: Stub, open_page: OpenPage) -> None:
    predict_by_age(stub)
    page = upload(open_page(stub.url, "Batch"), table([]))
    assert page.warning[-1].value == "This file has no rows: there is nothing after its first line."


def test_template_is_a_table_that_can_be_uploaded(stub: Stub) -> None:
    from upload import read_upload, write_row

    row = {"age": 40, "smokes": None, "weight": 2.5, "7": "a,b"}
    read = read_upload(write_row(SCHEMA, row).encode(), SCHEMA["properties"])
    assert [cells for _line, cells in read.records()] == [["40", "", "2.5", "a,b"]]
    for texts, missing in ((["?", ""], ""), (["?", "-"], "?"), ([], "")):
        text = write_row({**SCHEMA, "x-missing": texts}, row)
        assert [cells[1] for _line, cells in read_upload(text.encode(), SCHEMA["properties"]).records()] == [missing]


def test_template_of_every_kind_of_field_is_answered_as_its_row(stub: Stub) -> None:
    from upload import read_upload, write_row

    text = write_row({}, TYPICAL)
    assert [row for _place, row in read_csv(text, mixed_model().document["schema"])] == [TYPICAL]
    optional = [name for name, field in MIXED.items() if "null" in field["type"]]
    read = read_upload(write_row({}, {name: TYPICAL[name] for name in MIXED if name not in optional}).encode(), MIXED)
    assert len(optional) == len(MIXED) - len(read.header) == 4


def test_chunks_keep_to_the_functions_limits(stub: Stub, open_page: OpenPage) -> None:
    chunks = predict_by_age(stub)
    rows = [[str(age), "", "1", "a"] for age in range(20, 27)]
    rows[4].append("uneven")
    page = upload(open_page(stub.url, "Batch"), table(rows))
    assert [[row["age"] for row in chunk] for chunk in chunks[1:]] == [["20", "21", "22"], ["23", "25"], ["26"]]
    assert [line["probability"] for line in result(page)] == ["0.2", "0.21", "0.22", "0.23", "", "0.25", "0.26"]
    assert result(page)[4]["problem"] == "This line has 5 cells, the first one 4."
    assert [frame.value["line"].tolist() for frame in page.dataframe] == [[2, 3, 4, 5, 6, 7, 8], [6]]


def test_chunk_that_is_too_much_is_cut_in_halves(stub: Stub, open_page: OpenPage) -> None:
    chunks = predict_by_age(stub)
    predict: Any = stub.answers["/predict/batch"]

    def answer(body: bytes) -> Answer:
        if b"999" in body or body.count(b"\n") > 3:
            return 413, "application/problem+json", json.dumps({"detail": "Too much."}).encode()
        answered: Answer = predict(body)
        return answered

    stub.answers["/predict/batch"] = answer
    page = upload(open_page(stub.url, "Batch"), table([[age, "", "1", "a"] for age in ("20", "999", "22", "23")]))
    assert not page.error
    assert [line["probability"] for line in result(page)] == ["0.2", "", "0.22", "0.23"]
    assert result(page)[1]["problem"].endswith("Too much.")
    assert max(map(len, chunks)) <= 2


@pytest.mark.parametrize(
    "failure",
    [
        (500, "application/problem+json", b'{"detail": "It broke."}'),
        (200, "text/html", b"<h1>hello</h1>"),
        (200, "text/csv", b"row,problem\n"),
    ],
)
def test_failure_in_the_middle_keeps_what_is_done_and_goes_on(stub: Stub, open_page: OpenPage, failure: Answer) -> None:
    chunks = predict_by_age(stub)
    predict: Any = stub.answers["/predict/batch"]
    stub.answers["/predict/batch"] = lambda body: failure if len(chunks) == 3 else predict(body)
    rows = [[str(age), "", "1", "a"] for age in range(20, 30)]
    page = upload(open_page(stub.url, "Batch"), table(rows))
    assert panel(page, RETRY)
    assert len(result(page)) == 6
    assert [button.label for button in page.download_button][-1] == "Download the 6 rows so far"
    stub.answers["/predict/batch"] = predict
    page.button(key=RETRY).click().run()
    assert not page.error
    assert [line["age"] for line in result(page)] == [row[0] for row in rows]
    assert [row["age"] for chunk in chunks[1:] for row in chunk] == [row[0] for row in rows]  # none twice


def test_line_that_is_no_csv_is_named_and_those_before_are_kept(stub: Stub, open_page: OpenPage) -> None:
    predict_by_age(stub)
    rows = [[str(age), "", "1", "a"] for age in range(20, 24)]
    page = upload(open_page(stub.url, "Batch"), table(rows) + '1,"x"y,1,a\n')
    assert "It is no CSV from line 6 on" in panel(page, RETRY)
    assert len(result(page)) == 4
    page.button(key=RETRY).click().run()
    assert "It is no CSV from line 6 on" in panel(page, RETRY)
    assert len(result(page)) == 4


def test_another_model_in_the_middle_is_told(stub: Stub, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = predict_by_age(stub)
    import api

    ask_csv = api.ask_csv
    monkeypatch.setattr("job.ask_csv", lambda *given: (ask_csv(*given)[0], "v2" if len(chunks) == 3 else "v1"))
    page = upload(open_page(stub.url, "Batch"), table([[str(age), "", "1", "a"] for age in range(20, 30)]))
    assert "The model has been replaced" in panel(page, RETRY)
    assert len(result(page)) == 3


def test_runs_of_the_page_that_overlap_send_no_row_twice(stub: Stub) -> None:
    from job import Job
    from upload import read_upload

    chunks = predict_by_age(stub)
    predict: Any = stub.answers["/predict/batch"]
    started = threading.Barrier(2, timeout=5)

    def answer(body: bytes) -> Answer:
        if len(chunks) == 1:
            started.wait()  # until the other run has begun as well
        answered: Answer = predict(body)
        return answered

    stub.answers["/predict/batch"] = answer
    schema = httpx.get(f"{stub.url}/schema").json()
    rows = [[str(age), "", "1", "a"] for age in range(20, 30)]
    job = Job.start(read_upload(table(rows).encode(), schema["properties"]), schema)

    def run_too() -> None:
        started.wait()
        job.step(stub.url)

    other = threading.Thread(target=run_too)
    other.start()
    while not job.is_done:
        job.step(stub.url)
    other.join()
    assert [row["age"] for chunk in chunks[1:] for row in chunk] == [row[0] for row in rows]
    assert job.rows == len(rows)


def test_another_file_is_another_job(stub: Stub, open_page: OpenPage) -> None:
    predict_by_age(stub)
    page = upload(open_page(stub.url, "Batch"), table([["20", "", "1", "a"]]))
    assert [line["age"] for line in result(page)] == ["20"]
    page.session_state["tab"] = "Model"
    assert [line["age"] for line in result(page.run())] == ["20"]
    assert [line["age"] for line in result(upload(page, table([["30", "", "1", "a"]])))] == ["30"]
    page.file_uploader[0].clear().run()
    assert "job" not in page.session_state
    assert len(page.dataframe) == 0
