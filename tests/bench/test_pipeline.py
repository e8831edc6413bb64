import json
import os
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.media.clips import FRAMES, X264, Clip, write
from tokcomp_cli.bench import peak_memory as memory
from tokcomp_cli.bench import pipeline, scripts
from tokcomp_cli.bench.machine import load, processor
from tokcomp_cli.bench.pipeline import bench_pipeline
from tokcomp_cli.bench.recording import RecordingEncoder
from tokcomp_cli.errors import MediaError
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.render.schema.document import dumps
from tokcomp_cli.render.schema.speed import speed_document
from tokcomp_cli.render.speed_page import verdict

RATIOS = ("speedup_vs_naive", "speedup_vs_fair", "overhead_share", "wall_vs_limit", "explained_delta")
VARIANTS = ("naive", "fair", "ours", "decode", "encode")
PLAN = Plan.of(fps="native", encoder="handcrafted")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return str(write(Clip("clip.mp4", options=X264), tmp_path_factory.mktemp("clip")))


@pytest.fixture(scope="module")
def found(clip):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "_seconds_a_frame", lambda *_: 1.0)  # so that the video's length decides
        return bench_pipeline(clip, PLAN, rounds=2, least_seconds=2.0)


@pytest.fixture(scope="module")
def document(found):
    return json.loads(dumps(speed_document(found)))


def test_the_document_has_every_figure_at_its_top(document):
    assert all(isinstance(document[key], float) for key in RATIOS)
    assert document["meta"]["schema"] == "tokcomp.bench"
    assert -1 <= document["timeline_agreement"] <= 1
    assert document["peak_memory_bytes"] > 50e6
    assert "fresh process" in document["peak_memory_of"]
    assert set(document["frames_per_second"]) == set(VARIANTS)
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["dtype"]["naive"] == "float32"
    assert {"torch", "av", "tokcomp", "python"} <= set(document["machine"]["versions"])


def test_the_ratios_follow_from_the_rounds(document):
    rounds = document["rounds"]
    assert len(rounds) == 2
    middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    assert middle == pytest.approx(document["spent"], abs=1e-5)
    cores = document["machine"]["cores"]
    computing = middle["decode_cpu_s"] + middle["encode_cpu_s"]
    assert document["overhead_share"] == pytest.approx(1 - computing / middle["ours_cpu_s"], abs=1e-4)
    limit = max(middle["decode_s"], middle["encode_s"], computing / cores)
    assert document["wall_vs_limit"] == pytest.approx(middle["ours_s"] / limit, rel=1e-3)
    assert document["speedup_vs_naive"] == pytest.approx(middle["naive_s"] / middle["ours_s"], rel=1e-3)
    assert document["speedup_vs_fair"] == pytest.approx(middle["fair_s"] / middle["ours_s"], rel=1e-3)
    frames = document["work"]["frames"]
    assert document["frames_per_second"]["ours"] == pytest.approx(frames / middle["ours_s"], rel=1e-3)


def test_a_short_clip_is_looped_and_its_file_is_named(document, clip):
    work = document["work"]
    assert work["loops"] == 2  # 1.6 s of video
    assert work["frames"] == work["loops"] * FRAMES
    assert work["seconds"] == pytest.approx(work["loops"] * FRAMES / 25, rel=0.05)
    assert "2 s of video" in work["measured_by"]
    assert document["media"]["path"] == clip
    assert document["media"]["frames_in_file"] == FRAMES


def test_figures_without_the_gate_are_those_of_runs_without_it(clip, handcrafted, monkeypatch):
    monkeypatch.setattr(pipeline, "peak_memory", lambda *_: (1, "a stand-in"))
    found = bench_pipeline(clip, PLAN.but(gate="off"), rounds=1, least_seconds=0)
    alone = run(clip, PLAN.but(gate="off"), handcrafted).analysis
    temporal = next(one for one in alone.stages if one.name == "temporal")
    assert found.work.loops == 1
    assert found.work.frames_encoded == FRAMES
    assert (
        found.outcomes.merged_frames["ours"] == found.outcomes.merged_frames["ungated"] == len(alone.timeline)
    )
    assert found.outcomes.explained["gated"] == pytest.approx(temporal.fidelity.explained)
    assert (found.explained_delta, found.outcomes.timeline_agreement) == (0, 1)


def test_both_scripts_merge_what_a_loop_over_all_frames_merges(clip, handcrafted):
    with torch.no_grad():
        pictures = list(scripts._pictures(clip, set(range(FRAMES))))
        content = handcrafted.encode(np.stack(pictures)).features - handcrafted.blank
        groups, held = 0, []
        for one in content:
            mean = torch.stack(held).mean(0) if held else None
            alike = -1 if mean is None else float(torch.cosine_similarity(one, mean, dim=1).mean())
            groups, held = (
                (groups, [*held, one]) if alike > handcrafted.facts.threshold else (groups + 1, [one])
            )
    wanted = frozenset(range(FRAMES))
    assert groups == scripts.naive(clip, handcrafted, wanted) == scripts.fair(clip, handcrafted, wanted)
    assert scripts.naive(clip, handcrafted, frozenset({3})) == 1


def test_recording_gives_the_same_tokens_and_repeats_the_same_batches(handcrafted):
    batches = [np.random.default_rng(seed).integers(0, 255, (seed, 9, 9, 3), np.uint8) for seed in (3, 1)]
    with RecordingEncoder(handcrafted) as recorder:
        for batch in batches:
            assert torch.equal(recorder.encode(batch).features, handcrafted.encode(batch).features)
        kept = list(recorder._batches())
        assert (recorder.frames, recorder.workers, recorder.again()) == (4, 1, 4)
    assert all((one == other).all() for one, other in zip(batches, kept, strict=True))


def test_a_photo_is_no_video(samples):
    with pytest.raises(MediaError, match=r"flower\.jpg: a video was expected, but this is a single picture"):
        bench_pipeline(str(samples / "flower.jpg"), PLAN, rounds=1)


def test_a_video_that_a_plain_script_cannot_read_is_one_sentence(clip, handcrafted, tmp_path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(Path(clip).read_bytes()[:200])
    with pytest.raises(MediaError, match=r"broken\.mp4: a plain script cannot decode"):
        scripts.naive(str(broken), handcrafted, {0})


def test_the_peak_is_that_of_the_process_alone(tmp_path):
    held = np.ones(300_000_000, np.uint8)  # of this process, which the child's peak must not count
    small, source = memory._peak(Path("/proc/self/status"))
    assert small > held.nbytes
    assert source in {"VmHWM", "ru_maxrss"}
    status = tmp_path / "status"
    status.write_text("Name:\tx\nVmHWM:\t    2048 kB\n")
    assert memory._peak(status) == (2048 * 1024, "VmHWM")
    assert memory._peak(tmp_path / "none")[1] == "ru_maxrss"


def test_a_process_without_an_answer_is_one_sentence(monkeypatch):
    def dies(_module):
        code = "import sys; sys.stdin.read(); sys.exit(1)"
        return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    monkeypatch.setattr(memory, "start_module", dies)
    with pytest.raises(MediaError, match="ended with code 1 and no answer"):
        memory.peak_memory("none.mp4", PLAN)


def test_work_is_looped_until_both_measures_reach_the_least():
    assert [pipeline._times(5.0, one) for one in (0.0, 1.6, 2.5, 4.99, 5.0, 60.0)] == [1, 4, 2, 2, 1, 1]


def test_the_processor_is_named(tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name : A fast one\n")
    assert processor(info) == "A fast one"
    assert processor(tmp_path / "none")


def test_a_busy_machine_is_told(found):
    quiet, busy = (replace(found, machine=replace(found.machine, load=load)) for load in (0.3, 5.2))
    assert speed_document(quiet)["warnings"] == ()
    assert "load 5.2" in speed_document(busy)["warnings"][0]
    assert replace(found.machine, load=None).warnings == ()
    assert load() is None or load() >= 0


def test_the_verdict_names_both_ratios(found):
    said = verdict(found)
    assert "frame by frame in float32" in said
    assert said.count("times as fast as") == 2


@pytest.mark.slow
def test_a_sample_is_timed_with_real_weights(samples):
    """The agreement is not 1 on all processors: where a frame lies at the threshold, rounding decides."""
    plan = Plan.of(fps=6, encoder="embedded")
    found = bench_pipeline(str(samples / "bigbuckbunny.mp4"), plan, rounds=1, least_seconds=0.5)
    document = json.loads(dumps(speed_document(found)))
    assert document["speedup_vs_naive"] > 1
    assert document["timeline_agreement"] > 0.8
    assert abs(document["explained_delta"]) <= 0.01
    assert document["work"]["loops"] == 1


@pytest.mark.slow
def test_an_interrupt_ends_it_and_leaves_nothing(clip, tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "tokcomp_cli", "bench", "pipeline", clip, "--encoder", "handcrafted"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    while not list(tmp_path.glob("tokcomp-bench-*/*")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.decode().endswith("interrupted\n")
    assert list(tmp_path.iterdir()) == []
