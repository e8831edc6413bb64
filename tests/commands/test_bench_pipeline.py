import pytest

from tests.media.clips import X264, Clip, write
from tokcomp_cli.bench import pipeline


@pytest.fixture
def clip(tmp_path, monkeypatch):
    monkeypatch.setitem(pipeline.bench_pipeline.__kwdefaults__, "least_seconds", 0.0)
    monkeypatch.setattr(pipeline, "peak_memory", lambda *_: (10**8, "a stand-in"))
    return write(Clip("clip.mp4", options=X264), tmp_path)


def test_a_page_and_a_document(tokcomp, clip):
    command = ("bench", "pipeline", clip, "--encoder", "handcrafted", "--rounds", 1)
    page = tokcomp(*command).out
    assert "times as fast as a script" in page
    assert all(name in page for name in ("naive", "fair", "ours", "decode", "encode", "overhead", "memory"))
    found = tokcomp(*command, "--fps", 5, "--json").document
    assert found["work"]["rule"] == "fps=5"
    assert found["work"]["frames"] == 8
    assert len(found["rounds"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a video, as: tokcomp bench pipeline clip.mp4"),
        (("clip.mp4", "--rounds", "0"), "--rounds takes a whole number, at least 1; got 0"),
        (("clip.mp4", "--gate", "maybe"), "--gate takes auto, off, strict; got 'maybe'"),
    ],
)
def test_wrong_usage_is_one_sentence(tokcomp, arguments, said):
    ended = tokcomp("bench", "pipeline", *arguments)
    assert ended.code == 2
    assert ended.err.startswith(f"error: {said}")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("name", ["flower.jpg", "none.mp4", "ATTRIBUTION.md"])
def test_what_is_no_video_is_one_sentence(tokcomp, samples, name):
    ended = tokcomp("bench", "pipeline", samples / name, "--encoder", "handcrafted")
    assert ended.code == 1
    assert ended.err.startswith("error: ")
    assert name in ended.err
    assert ended.err.count("\n") == 1
