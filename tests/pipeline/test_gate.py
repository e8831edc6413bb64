"""The gate inside a run: what it may skip, and that its figures are those of a run without it."""

from pathlib import Path

import av
import numpy as np
import pytest
import torch

from tokcomp_cli.bench.rand_index import adjusted_rand_index
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading import frame_pass

RATE = 10


def write(path: Path, frames: list[np.ndarray]) -> str:
    """Write a clip without loss and return its path."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "bgr0"
        for rgb in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return str(path)


def ground(height: int, width: int) -> np.ndarray:
    """Return a picture with smooth parts, an edge and texture."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    grey = 100 + 40 * np.sin(x / 50) + 30 * (y > height // 2) + rng.normal(0, 6, (height, width))
    return np.stack([grey, grey * 0.9, grey * 0.7], axis=2).clip(0, 255).astype(np.uint8)


def explained(analysis) -> list[float]:
    return [stage.fidelity.explained for stage in analysis.stages]


def starts(analysis) -> list[int]:
    return [entry.first_frame for entry in analysis.timeline]


def both(path: str, encoder, **settings):
    return [
        run(path, Plan.of(fps="native", gate=gate, **settings), encoder).analysis for gate in ("auto", "off")
    ]


def test_a_still_clip_is_encoded_once_and_checked_eight_times(tmp_path, handcrafted):
    gated, whole = both(write(tmp_path / "still.mkv", [ground(120, 160)] * 40), handcrafted, target=0.9)
    assert gated.gate is not None
    assert (gated.gate.frames_skipped, gated.gate.frames_checked) == (39, 8)
    assert gated.sampling.frames_encoded == 9
    assert gated.gate.similarity.mean == pytest.approx(1.0)
    assert gated.gate.error.mean == pytest.approx(0.0, abs=1e-9)
    assert whole.gate is None
    assert explained(gated) == pytest.approx(explained(whole), abs=1e-6)
    assert starts(gated) == starts(whole)
    assert gated.recommendation.recommended.tokens == whole.recommendation.recommended.tokens


def test_a_bright_thing_of_twelve_pixels_that_crosses_a_still_scene_is_encoded(tmp_path, handcrafted):
    frames = []
    for step in range(50):
        frame = ground(240, 320)
        frame[100:112, 6 * step : 6 * step + 12] = 255
        frames.append(frame)
    gated, whole = both(write(tmp_path / "crossing.mkv", frames), handcrafted)
    assert gated.sampling.frames_encoded >= 25
    assert explained(gated) == pytest.approx(explained(whole), abs=0.01)


@pytest.mark.slow
def test_a_slow_pan_makes_the_same_merged_frames(tmp_path, embedded_auto):
    wide = np.concatenate([ground(120, 400), ground(120, 400)[::-1], ground(120, 400)[:, ::-1]], axis=1)
    wide[30:90, 500:620] = (200, 40, 30)
    frames = [wide[:, step : step + 160] for step in range(0, 1000, 10)]
    gated, whole = both(write(tmp_path / "pan.mkv", frames), embedded_auto)
    assert starts(gated) == starts(whole)
    assert explained(gated) == pytest.approx(explained(whole), abs=0.01)


@pytest.mark.parametrize("temporal", ["none", "adjacent", "uniform", "evs"])
def test_skipped_frames_keep_their_place_with_every_temporal_method(tmp_path, handcrafted, temporal):
    frames = [ground(120, 160)] * 10 + [ground(120, 160)[::-1]] * 10
    gated, whole = both(write(tmp_path / "two.mkv", frames), handcrafted, temporal=temporal)
    assert gated.gate is not None
    assert gated.gate.frames_skipped == 18
    assert starts(gated) == starts(whole)
    assert [entry.frames for entry in gated.timeline] == [entry.frames for entry in whole.timeline]
    # Frames that a merged frame drops are told from the checked ones alone, here eight of eighteen.
    assert explained(gated) == pytest.approx(explained(whole), abs=5e-2 if temporal == "uniform" else 1e-4)
    assert gated.llm_input == whole.llm_input


def test_a_noisy_clip_loses_what_its_checked_frames_say(tmp_path, handcrafted):
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 2.5, (60, 120, 160, 3))
    frames = [(ground(120, 160) + one).clip(0, 255).astype(np.uint8) for one in noise]
    gated, whole = both(write(tmp_path / "noise.mkv", frames), handcrafted, temporal="none", spatial="none")
    assert gated.gate is not None
    assert gated.gate.frames_skipped > 40
    assert explained(whole)[:1] == pytest.approx([1.0])
    skipped = gated.gate.frames_skipped / 60
    lost = 1 - gated.stages[0].fidelity.explained_evenly
    assert lost == pytest.approx(gated.gate.error.mean * skipped, rel=0.1)


@pytest.mark.parametrize(("batch", "threads"), [(1, 1), (3, 2), (16, 2)])
def test_any_batch_and_any_threads_give_the_same(tmp_path, handcrafted, monkeypatch, batch, threads):
    frames = [np.roll(ground(120, 160), 3 * (step // 4), axis=1) for step in range(48)]
    path, plan = write(tmp_path / "steps.mkv", frames), Plan.of(fps="native")
    usual = run(path, plan, handcrafted).analysis
    monkeypatch.setattr(frame_pass, "BATCH_FRAMES", batch)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        other = run(path, plan, handcrafted).analysis
    finally:
        torch.set_num_threads(before)
    assert usual.gate is not None
    assert other.gate == usual.gate
    assert starts(other) == starts(usual)
    assert explained(other) == pytest.approx(explained(usual), abs=1e-6)


@pytest.mark.slow
def test_a_camera_that_pans_slowly_for_a_minute_makes_the_same_merged_frames(tmp_path, handcrafted):
    wide = np.concatenate([ground(120, 400), ground(120, 400)[::-1], ground(120, 400)[:, ::-1]], axis=1)
    wide[30:90, 500:620] = (200, 40, 30)
    frames = [wide[:, step : step + 160] for step in range(60 * RATE)]
    gated, whole = both(write(tmp_path / "pan.mkv", frames), handcrafted)
    of_frame = [
        np.repeat(np.arange(len(one.timeline)), [entry.frames for entry in one.timeline])
        for one in (gated, whole)
    ]
    assert adjusted_rand_index(*of_frame) >= 0.95
    assert explained(gated) == pytest.approx(explained(whole), abs=0.01)
