"""Sets are made once, kept where a folder is named, and made anew where they are of something else."""

import pytest

from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.errors import EvidenceError, PlanError
from tokcomp_cli.evidence import prepared
from tokcomp_cli.evidence.card import evidence_of, shipped_answerer, shipped_evidence
from tokcomp_cli.evidence.checkpoint import load_answerer
from tokcomp_cli.evidence.prepared import Wanted, encoded
from tokcomp_cli.render.schema.document import dumps, json_object
from tokcomp_cli.render.schema.evidence import evidence_document


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(prepared, "FEWEST", 4)
    return []


def test_a_set_is_made_once_and_anew_where_another_is_wanted(made, packages, handcrafted, tmp_path):
    def asked(count):
        return encoded(
            Wanted("scenes", "validation", count, str(packages)),
            handcrafted,
            tmp_path,
            lambda done, _total: made.append(done),
        )

    first = asked(4)
    again = asked(4)
    assert made == [4, 0, 4]  # the second time it is over at once
    assert (first.features == again.features).all()
    assert len(asked(6)) == 6
    assert made[3:] == [6]
    assert [path.name for path in tmp_path.iterdir()] == ["scenes-validation.safetensors"]


def test_without_a_folder_nothing_is_kept(made, packages, handcrafted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    encoded(Wanted("scenes", "validation", 4, str(packages)), handcrafted, None, lambda *_: None)
    assert not list(tmp_path.iterdir())


def test_another_file_in_its_place_is_refused_and_a_folder_that_cannot_be_made_is_told(
    made, packages, handcrafted, tmp_path
):
    wanted = Wanted("scenes", "validation", 4, str(packages))
    (tmp_path / "scenes-validation.safetensors").write_text("no set")
    with pytest.raises(EvidenceError, match="a set of scenes was expected"):
        encoded(wanted, handcrafted, tmp_path, lambda *_: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(PlanError, match="cannot keep"):
        encoded(wanted, handcrafted, tmp_path / "file", lambda *_: None)


def test_too_few_pictures_are_refused():
    with pytest.raises(PlanError, match="--scenes takes a whole number, at least 100; got 5"):
        Wanted("scenes", "train", 5)


@pytest.mark.parametrize("task", ["scenes", "clips"])
def test_what_is_shipped_can_be_read_and_written_again(embedded, task):
    found = shipped_evidence(task)
    assert isinstance(found, Evidence)
    assert found.task == task
    again = json_object(evidence_document(found))
    assert evidence_document(evidence_of(again)) == evidence_document(found)
    assert "NaN" not in dumps(evidence_document(found))
    _, card, scaling = load_answerer(shipped_answerer())
    card.check(embedded)
    assert scaling.grid == embedded.facts.grid
    with pytest.raises(EvidenceError, match="this is none"):
        evidence_of({"meta": {}})


def test_too_little_memory_is_said_before_anything_is_made(made, packages, handcrafted, monkeypatch):
    monkeypatch.setattr(prepared, "available_bytes", lambda: 1_000_000)
    with pytest.raises(EvidenceError, match=r"memory \(estimated\), and .* free; give fewer with --scenes"):
        encoded(Wanted("scenes", "train", 1000, str(packages)), handcrafted, None, lambda _done, _total: None)
