"""The page of what was read: what is no record is told in its row, and the others are there."""

import json

from tests.render.page.page_documents import seen_clip
from tokcomp_cli.render.schema.analysis import document
from tokcomp_cli.render.schema.document import dumps
from tokcomp_cli.report.documents import Documents
from tokcomp_cli.report.make_page import page_of


def record(path: str, **change: object) -> dict[str, object]:
    return json.loads(dumps(document(seen_clip()))) | {"path": path, "status": "ok"} | change


def test_a_damaged_record_of_several_is_a_row_that_says_so():
    damaged = [
        record("b.mp4", tokens={"original": []}),
        record("c.mp4", stages=[3]),
        record("d.mp4", media=4),
    ]
    page = page_of(Documents((record("a.mp4"), *damaged), (), ()))
    assert page.count("no record to read") == 3
    assert all(name in page for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4"))
