"""Cuts are decided by content: made clips of plain and smooth shots through a real codec, and known cuts."""

from fractions import Fraction

import av
import numpy as np
import pytest

from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

HEIGHT, WIDTH = 240, 320


def plain(*colour):
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def sky(top, bottom):
    ramp = np.linspace(0, 1, HEIGHT)[:, None, None]
    shown = (1 - ramp) * np.array(top) + ramp * np.array(bottom)
    return np.broadcast_to(shown, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def bars():
    colours = np.array([(235, 235, 235), (235, 235, 16), (16, 235, 235), (16, 235, 16), (235, 16, 235)])
    return np.repeat(colours.astype(np.uint8), WIDTH // 5, 0)[None].repeat(HEIGHT, 0)


def clip(folder, *shots, frames=10):
    path = folder / "shots.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(10), options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for shot in shots:
            for _ in range(frames):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shot), format="rgb24")
                container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return str(path)


def starts(path, encoder, **settings):
    found = run(path, Plan.of(**settings), encoder).analysis
    return [entry.first_frame for entry in found.timeline]


@pytest.mark.parametrize("name", ["embedded", "handcrafted"])
@pytest.mark.parametrize(
    "shots",
    [
        (plain(200, 30, 30), plain(30, 160, 30)),
        (plain(0, 0, 0), plain(255, 255, 255)),
        (sky((90, 150, 230), (200, 225, 250)), sky((5, 8, 25), (30, 35, 60))),
        (bars(), plain(0, 0, 0)),
    ],
    ids=["red to green", "black to white", "day sky to night sky", "test card to black"],
)
def test_a_cut_between_plain_or_smooth_shots_is_found(tmp_path, request, name, shots):
    encoder = request.getfixturevalue(name)
    assert starts(clip(tmp_path, *shots), encoder, fps="native") == [0, 10]


@pytest.mark.parametrize("name", ["embedded", "handcrafted"])
def test_frames_that_show_the_same_are_one_merged_frame(tmp_path, request, name):
    encoder = request.getfixturevalue(name)
    assert starts(clip(tmp_path, plain(0, 0, 0), frames=20), encoder, fps="native") == [0]


@pytest.mark.slow
def test_known_cuts_are_found_exactly(samples, embedded_auto):
    city = str(samples / "city_cc0_cut_mpeg2.mkv")
    assert starts(city, embedded_auto, fps="native", threshold=0.57) == [0, 44]
    assert 44 in starts(city, embedded_auto, fps="native")
    trailer = starts(str(samples / "sintel_trailer_360p.mp4"), embedded_auto, fps="native", end=25)
    assert {334, 420, 571} <= set(trailer)
