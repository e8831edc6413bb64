"""A frame's pixels at any size: those of the whole picture resized, whichever way they are made."""

from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest
import torch
from av.filter import Graph

from tests.media.clips import Clip, number_shown, write
from tokcomp_cli.core.frames import ArrayPicture
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.video import upright

INPUT = ((224, 224), "bicubic")
AREA = ((50, 80), "area")
# Straight from the decoder's planes, because a whole RGB picture of these is what costs.
DIRECT = [
    "ten_bit.mp4", "hevc_ten_bit.mkv", "full_444.mp4", "odd_size.mp4", "odd_height.mkv", "prores.mov",
    "hdr_pq.mp4",
]  # fmt: skip
WHOLE = [
    "closed.mp4",
    "rotated_90.mp4",
    "rotated_180.mp4",
    "rotated_270.mp4",
    "bt709.mp4",
    "mjpeg.avi",
    "interlaced.mp4",
]


def pictures(path, wanted, *, isolate=False, scaled=(INPUT,)):
    with open_media(str(path), isolate=isolate) as media:
        batches = list(media.frames(np.array(wanted), scaled=scaled))
        assert media.facts.decoder == "pyav"
    return [picture for batch in batches for picture in batch.pictures]


@pytest.fixture(scope="module")
def turned_ten_bit(clip_folder):
    """Return a clip of ten bits, odd height and a quarter turn."""
    return write(
        Clip("turned_ten_bit.mkv", codec="ffv1", pixel_format="yuv420p10le", size=(75, 130)), clip_folder
    )


def alike(one, other):
    """Return the least cosine between co-located tokens of two inputs."""
    tokens = load_encoder("embedded").encode(np.stack([one, other])).features
    return float(torch.nn.functional.cosine_similarity(tokens[0], tokens[1], dim=1).min())


@pytest.mark.parametrize("name", WHOLE)
def test_where_the_whole_picture_is_cheap_it_is_the_one_resized(name, clip):
    (picture,) = pictures(clip(name), [13])
    assert not picture.is_direct(*INPUT)
    np.testing.assert_array_equal(picture.scaled(*INPUT), ArrayPicture(picture.rgb()).scaled(*INPUT))


@pytest.mark.parametrize("name", [*DIRECT, "turned_ten_bit"])
def test_scaled_from_the_decoders_planes_tokens_stay_the_same(name, clip, request):
    path = clip(name) if "." in name else request.getfixturevalue(name)
    (picture,) = pictures(path, [13])
    assert picture.is_direct(*INPUT)
    straight, whole = picture.scaled(*INPUT), ArrayPicture(picture.rgb()).scaled(*INPUT)
    assert np.abs(straight.astype(int) - whole).mean() < 2
    assert alike(straight, whole) >= 0.99


@pytest.mark.parametrize("name", [*WHOLE, *DIRECT])
def test_small_planes_are_upright_and_nearly_those_of_the_whole_picture(name, clip):
    (picture,) = pictures(clip(name), [21])
    height, width = picture.size
    form = (height // 2, width // 2), "area"
    straight, whole = picture.scaled(*form), ArrayPicture(picture.rgb()).scaled(*form)
    assert number_shown(straight) == 21
    assert np.abs(straight.astype(int) - whole).mean() < 3
    picked = picture.scaled(form[0], "nearest")
    assert picked.std(axis=(0, 1)).mean() == pytest.approx(picture.rgb().std(axis=(0, 1)).mean(), rel=0.03)


@pytest.mark.parametrize("name", ["vfr.mp4", "rotated_90.mp4", "ten_bit.mp4", "odd_height.mkv"])
def test_another_process_gives_the_same_pixels(name, clip):
    forms = (INPUT, AREA, INPUT)
    here = pictures(clip(name), [0, 7, 30], scaled=forms)
    apart = pictures(clip(name), [0, 7, 30], scaled=forms, isolate=True)
    for one, other in zip(here, apart, strict=True):
        assert one.size == other.size
        np.testing.assert_array_equal(one.rgb(), other.rgb())
        for form in (INPUT, AREA):
            np.testing.assert_array_equal(one.scaled(*form), other.scaled(*form))
    assert apart[0].scaled((9, 11)).shape == (9, 11, 3)


def test_threads_share_pictures_and_the_file_may_be_closed(clip):
    found = pictures(clip("ten_bit.mp4"), range(12), scaled=(INPUT, AREA))
    alone = [(one.scaled(*INPUT), one.scaled(*AREA), one.rgb()) for one in found]
    with ThreadPoolExecutor(4) as pool:
        shared = pool.map(lambda one: (one.scaled(*INPUT), one.scaled(*AREA), one.rgb()), found * 3)
        for at, made in enumerate(shared):
            assert all(np.array_equal(a, b) for a, b in zip(made, alone[at % 12], strict=True))


@pytest.mark.parametrize("isolate", [False, True])
def test_frames_may_be_read_on_by_another_thread_and_closed_by_a_third(clip, isolate):
    with open_media(str(clip("vfr.mp4")), isolate=isolate) as media:
        frames = media.frames(np.arange(0, 40, 2), max_batch=2, scaled=(INPUT,))
        seen = [next(frames).frame_index.tolist()]
        with ThreadPoolExecutor(1) as pool:
            seen += [pool.submit(next, frames).result().frame_index.tolist() for _ in range(3)]
        assert seen == [[0, 2], [4, 6], [8, 10], [12, 14]]
        with ThreadPoolExecutor(1) as pool:
            pool.submit(frames.close).result()
        assert next(frames, None) is None


def test_a_picture_that_cannot_be_made_is_an_error_of_the_medium(clip, monkeypatch):
    (picture,) = pictures(clip("ten_bit.mp4"), [3])

    def broken(*_arguments):
        raise ValueError("no such colour space")

    monkeypatch.setattr(upright, "_graph", broken)
    with ThreadPoolExecutor(1) as pool:  # another thread builds its own filters
        for make in (picture.rgb, lambda: picture.scaled(*INPUT)):
            with pytest.raises(MediaError, match="no such colour space"):
                pool.submit(make).result()


def test_frames_are_held_within_a_number_of_bytes(clip, monkeypatch):
    from tokcomp_cli.media.video import video_file

    (one,) = pictures(clip("prores.mov"), [0])
    assert one.held_bytes >= 128 * 80 * 2 * 2  # 4:2:2 in sixteen bits
    monkeypatch.setattr(video_file, "_MAX_BATCH_BYTES", 2 * one.held_bytes)
    with open_media(str(clip("prores.mov"))) as media:
        assert [len(batch) for batch in media.frames(np.arange(5), scaled=(INPUT,))] == [2, 2, 1]


ORDINARY = [
    "closed.mp4", "bt709.mp4", "full_444.mp4", "interlaced.mp4", "ten_bit.mp4", "hevc.mp4", "h264.ts",
    "mpeg2.mkv", "vp9.webm", "mjpeg.avi", "prores.mov", "ffv1.mkv",
]  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_the_colours_of_ordinary_video_stay_byte_for_byte(name, clip):
    """What is done for alpha, mirrors and wide colours leaves the pixels that libav's scaler gives."""
    with av.open(str(clip(name))) as container:
        stream, wanted = container.streams.video[0], []
        graph = Graph()
        last = graph.add_buffer(template=stream)
        for kind, words in (("scale", "flags=bicubic"), ("format", "pix_fmts=rgb24"), ("buffersink", None)):
            following = graph.add(kind, words)
            last.link_to(following)
            last = following
        graph.configure()
        for frame in container.decode(stream):
            graph.push(frame)
            wanted.append(graph.pull().to_ndarray())
    for scaled in ((), (INPUT,)):
        with open_media(str(clip(name)), isolate=False) as media:
            batches = list(media.frames(np.arange(len(wanted)), scaled=scaled))
        shown = [picture.rgb() for batch in batches for picture in batch.pictures]
        assert len(shown) == len(wanted)
        for one, other in zip(shown, wanted, strict=True):
            np.testing.assert_array_equal(one, other)
