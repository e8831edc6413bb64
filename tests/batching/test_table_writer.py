import csv
import os

import pytest

from tests.batching.conftest import failure, success
from tokcomp_cli.batching.output_paths import output_paths
from tokcomp_cli.batching.table_writer import COLUMNS, write_table
from tokcomp_cli.errors import OutputError, PlanError

ODD = os.fsdecode(b'two\nlines,\xff".png')
RECORDS = [success("a.jpg"), failure(ODD)]


def test_csv_has_a_row_a_record_and_names_as_they_are(tmp_path):
    write_table(RECORDS, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        done, odd = csv.DictReader(file)
    assert (done["tokens_llm_input"], done["recommended_tokens"], done["error_type"]) == ("49", "40", "")
    readable = os.fsencode(ODD).decode("utf-8", "backslashreplace")
    assert (odd["path"], odd["error_type"], odd["explained"]) == (readable, "media", "")


def test_parquet_has_the_same_rows(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_table(RECORDS, tmp_path / "out.parquet")
    done, odd = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert set(done) == {name for name, _, _ in COLUMNS} | {"path_bytes"}
    assert (done["tokens_llm_input"], done["explained"], done["error_type"]) == (49, 0.9, None)
    assert odd["path_bytes"] == os.fsencode(ODD)
    assert odd["path"] == 'two\\nlines,\\xff".png'


def test_a_table_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(OutputError, match="`resume`"):
        write_table(RECORDS, tmp_path / "nowhere" / "out.csv")


def test_the_suffix_says_what_it_is(tmp_path):
    assert output_paths("-").files == []
    assert output_paths("out.jsonl").files == ["out.jsonl"]
    assert output_paths("out.CSV").files == ["out.CSV.jsonl", "out.CSV"]
    for name in ("photo.jpg", "out", "out.json"):
        with pytest.raises(PlanError, match="`output`"):
            output_paths(name)
