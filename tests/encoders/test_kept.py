import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from tokcomp_cli.encoders import calibration, kept
from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.encoders.kept import kept_encoder


@pytest.fixture(autouse=True)
def _nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKCOMP_CACHE", str(tmp_path / "cache"))
    kept._loaded.cache_clear()
    yield
    kept._loaded.cache_clear()


def test_an_encoder_is_loaded_once_whatever_the_threads():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: kept_encoder(EncoderChoice()), range(8)))
    assert len({id(one) for one in found}) == 1
    assert kept_encoder(EncoderChoice("auto")) is found[0]
    assert kept_encoder(EncoderChoice("handcrafted")) is not found[0]


def test_changed_weights_options_and_calibrations_load_it_again(tmp_path, opened):
    folder = Path(shutil.copytree(opened("vit").folder, tmp_path / "model"))
    choice = EncoderChoice(f"clip:local-dir:{folder}")
    first = kept_encoder(choice)
    assert kept_encoder(choice) is first
    assert kept_encoder(EncoderChoice(choice.name, layer=1)) is not first
    os.utime(folder / "open_clip_model.safetensors", ns=(1, 1))
    second = kept_encoder(choice)
    assert second is not first
    calibration.save(calibration.Calibration(torch.zeros(16, 32), 3.5, 0.62, "p10"), second.facts)
    assert kept_encoder(choice).facts.calibrated


def test_no_more_are_kept_than_two(opened):
    name = f"clip:local-dir:{opened('vit').folder}"
    first = kept_encoder(EncoderChoice(name, layer=1))
    for layer in (2, 3):
        kept_encoder(EncoderChoice(name, layer=layer))
    assert kept_encoder(EncoderChoice(name, layer=1)) is not first
