"""What a page is made of: read, checked, refused with a sentence."""

import json

import pytest

from tests.render.page.page_documents import many_records, seen_clip
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.schema.analysis import analysis_document, documents
from tokcomp_cli.render.schema.document import dumps
from tokcomp_cli.report.documents import read_documents


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no JSON"),
        ("[1]", "is no result of tokcomp"),
        ('{"meta": 3}', "is no result of tokcomp"),
        ('{"meta": {"schema": "tokcomp.cost", "schema_version": 1}}', "a page is made of"),
        ('{"meta": {"schema": "other", "schema_version": 1}}', "'other'"),
        ('{"meta": {"schema": "tokcomp.analysis", "schema_version": 99}}', "take a newer tokcomp"),
        ('{"meta": {"schema": "tokcomp.compare", "schema_version": 1}}', "make it again"),
        ('{"meta": {"schema": "tokcomp.analysis"}}', "schema version None"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(tmp_path, text, said):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(PlanError, match=said):
        read_documents([str(path)])


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_what_cannot_be_read_is_said(tmp_path, content):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlanError, match="cannot read"):
        read_documents([str(path)])


def test_several_documents_and_lines_come_together_in_order(tmp_path):
    one, several, lines = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "3.jsonl"
    one.write_text(dumps(analysis_document(seen_clip("a"))))
    several.write_text(dumps(documents([seen_clip("b"), seen_clip("c")])))
    records = [json.dumps(one) for one in list(many_records(3))[:2]]
    lines.write_text("\n".join([*records, '{"path": "torn']))
    found = read_documents([str(path) for path in (one, several, lines)])
    names = [record.get("path") or record["media"]["path"] for record in found.records]
    assert names == ["a", "b", "c", "file0.mp4", "file1.mp4"]
    assert found.notes == (f"the last line of {lines} is torn and left out",)


def test_an_output_without_a_record_is_refused(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(PlanError, match="no result is there to show"):
        read_documents([str(path)])
