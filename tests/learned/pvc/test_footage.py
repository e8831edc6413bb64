"""Real footage is cut to clips of the training's length."""

import pytest
import torch

from tokcomp_cli.encoders.vit_small import DEPTH
from tokcomp_cli.errors import PlanError
from tokcomp_cli.learned.pvc import footage as room
from tokcomp_cli.learned.pvc.footage import footage
from tokcomp_cli.learned.pvc.judge import figures, new_reads, read
from tokcomp_cli.learned.pvc.reading import kept_by


def test_a_video_is_cut_to_clips_that_can_be_read_without_questions(samples, embedded, clips, monkeypatch):
    monkeypatch.setattr(room, "FRAMES_A_SECOND", 4)
    made = footage([str(samples / "bigbuckbunny.mp4")], embedded, DEPTH - 1, clips.scaling)
    assert len(made) >= 2
    assert made.begun.shape[1:] == (8, 197, 384)
    found = embedded.tower.finished(made.begun[1].float(), DEPTH - 1).features
    torch.testing.assert_close(found, made.scenes.features[1].view(8, 196, 384).float(), atol=0.1, rtol=0.02)
    told = figures(made, {"ward": read(new_reads(made, None), made, kept_by("ward", made, 64))})["ward"]
    assert 0 < told["lost"][0] < 0.2
    assert "right" not in told


def test_a_video_that_is_too_short_is_refused(samples, embedded, clips):
    with pytest.raises(
        PlanError, match="at 2 frames a second it has 1, and a clip has 8; give a longer video"
    ):
        footage([str(samples / "coffee.png")], embedded, DEPTH - 1, clips.scaling)
