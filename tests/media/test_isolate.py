"""Decoding in another process: the same frames, and an end to whatever hangs or crashes."""

import os
import signal

import numpy as np
import pytest

from tests.media.clips import number_shown
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media import isolate
from tokcomp_cli.media.open import open_media


def test_same_facts_times_and_frames(clip):
    path = str(clip("vfr.mp4"))
    with open_media(path, isolate=True) as apart, open_media(path) as here:
        np.testing.assert_array_equal(apart.pts_seconds, here.pts_seconds)
        np.testing.assert_array_equal(apart.duration_seconds, here.duration_seconds)
        wanted = np.array([0, 7, 39])
        (one,), (other,) = apart.frames(wanted), here.frames(wanted)
        np.testing.assert_array_equal(one.rgb, other.rgb)
        np.testing.assert_array_equal(one.pts_seconds, other.pts_seconds)
        assert [number_shown(picture) for picture in one.rgb] == wanted.tolist()
        assert apart.facts.isolated
        assert not here.facts.isolated
        assert apart.facts.decoder_version == here.facts.decoder_version
        batches = list(apart.frames(np.arange(10), max_batch=4))
        assert [len(batch.rgb) for batch in batches] == [4, 4, 2]


def test_an_iterator_closed_early_leaves_nothing_to_the_next(clip):
    with open_media(str(clip("vfr.mp4")), isolate=True) as media:
        early = media.frames(np.arange(40), max_batch=2)
        assert next(early).frame_index.tolist() == [0, 1]
        early.close()
        (batch,) = media.frames(np.array([30, 31]))
        assert batch.frame_index.tolist() == [30, 31]
        assert [number_shown(picture) for picture in batch.rgb] == [30, 31]


def test_errors_are_the_same_sentence(tmp_path):
    path = tmp_path / "letter.mp4"
    path.write_text("Dear all,")
    sentences = []
    for apart in (True, False):
        with pytest.raises(MediaError) as caught:
            open_media(str(path), isolate=apart)
        sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]


def test_a_hang_is_ended(clip):
    with open_media(str(clip("closed.mp4")), isolate=True) as media:
        media._timeout_seconds = 0.3
        os.kill(media._process.pid, signal.SIGSTOP)
        with pytest.raises(MediaError, match=r"stood still for 0\.3 s"):
            list(media.frames(np.arange(40)))
        assert media._process.wait() == -signal.SIGKILL


def test_a_crash_is_told(clip):
    with open_media(str(clip("closed.mp4")), isolate=True) as media:
        media._process.send_signal(signal.SIGSEGV)
        with pytest.raises(MediaError, match=r"crashed \(exit status -11\)"):
            list(media.frames(np.arange(40)))


def test_the_process_ends_with_its_owner(clip):
    media = open_media(str(clip("closed.mp4")), isolate=True)
    process = media._process
    del media
    assert process.poll() is not None


def test_a_process_that_writes_nonsense(monkeypatch, clip):
    import subprocess
    import sys

    def started(module):
        code = "print('no message', flush=True)"
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe)

    monkeypatch.setattr(isolate, "start_module", started)
    with pytest.raises(MediaError, match="crashed"):
        open_media(str(clip("closed.mp4")), isolate=True)
