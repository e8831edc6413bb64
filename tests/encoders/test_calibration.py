"""Where what was measured of an encoder is kept, and when it is used."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from tokcomp_cli.encoders import calibration, load_encoder
from tokcomp_cli.encoders.calibration import Bin, Calibration, Cut, Evidence
from tokcomp_cli.errors import EncoderError

EVIDENCE = Evidence(2, 9, 0.1, 2.0, {"mean": 0.9}, (Bin(0.5, 1.0, 7, 1),), (Cut(1, 4, 0.3),))
MEASURED = Calibration(torch.full((16, 32), 2.0), 3.5, 0.62, "p10", EVIDENCE)


def test_kept_calibrations_are_used_where_they_fit(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKCOMP_CACHE", str(tmp_path))
    case = opened("vit")
    facts = case.encoder.facts
    path = calibration.save(MEASURED, facts)
    assert path.parent == tmp_path / "calibration"
    encoder = load_encoder(facts.name)
    assert encoder.facts.calibrated
    assert (encoder.facts.floor, encoder.facts.threshold, encoder.facts.similarity) == (3.5, 0.62, "p10")
    assert torch.equal(encoder.blank, MEASURED.blank)
    for other in ({"layer": -1}, {"resolution": 96}, {"fit": "pad"}):
        assert not load_encoder(facts.name, **other).facts.calibrated
    assert calibration.load(replace(facts, weights_sha256="0" * 64)) is None
    path.write_bytes(path.read_bytes()[:40])
    assert not load_encoder(facts.name).facts.calibrated


def test_evidence_is_kept_beside_the_figures(tmp_path, opened):
    path = calibration.save(MEASURED, opened("vit").encoder.facts, tmp_path)
    with safe_open(path, framework="pt") as file:
        stated = json.loads(file.metadata()["calibration"])
    assert stated["evidence"]["cuts"] == [{"clip": 1, "frame": 4, "similarity": 0.3}]
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_cache_that_cannot_be_written(tmp_path, opened):
    (tmp_path / "file").write_text("")
    with pytest.raises(EncoderError):
        calibration.save(MEASURED, opened("vit").encoder.facts, tmp_path / "file")
