"""How fast a whole run is beside plain scripts, and beside its own decoding and encoding alone."""

import gc
import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

from tokcomp_cli.bench.looping import looped
from tokcomp_cli.bench.machine import load, machine
from tokcomp_cli.bench.peak_memory import peak_memory
from tokcomp_cli.bench.rand_index import adjusted_rand_index
from tokcomp_cli.bench.recording import RecordingEncoder
from tokcomp_cli.bench.scripts import fair, naive
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.speed import Outcomes, PipelineSpeed, Spent, Work
from tokcomp_cli.core.timing import Progress, unwatched
from tokcomp_cli.encoders import open_encoder
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import scaling, seen_by
from tokcomp_cli.errors import MediaError
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.chosen_frames import chosen_frames
from tokcomp_cli.reading.frame_pass import BATCH_FRAMES
from tokcomp_cli.reading.read_file import open_planned

LEAST_SECONDS = 5.0
WARM_FRAMES = 8
DECODED = ("decoder", "decoder_version", "decoder_reason")


@dataclass(frozen=True, slots=True)
class Encoders:
    """The same encoder three times: in the plan's number format, in float32, and in the machine's fastest."""

    ours: Encoder
    naive: Encoder
    fair: Encoder


def open_encoders(plan: Plan) -> Encoders:
    """Return the encoders of the three variants, loaded.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    formats = [plan.but(precision=name).encoder for name in ("float32", "auto")]
    return Encoders(open_encoder(plan.encoder), *map(open_encoder, formats))


def bench_pipeline(
    path: str,
    plan: Plan,
    *,
    rounds: int,
    least_seconds: float = LEAST_SECONDS,
    progress: Progress = unwatched,
) -> PipelineSpeed:
    """Return how fast a run is beside plain scripts, rounds interleaved.

    What else the machine does so falls on all of them alike. Each is tried out before the first round.

    Args:
        path: A video; one with too little work is repeated (`looped`).
        plan: Of our run.
        rounds: At least one.
        least_seconds: What a round holds: at least so many seconds of video, and of the naive script's time.
        progress: Called with variants done and variants to do.

    Raises:
        MediaError: It is no video, or cannot be read.
        PlanError: No frame is in the window.
    """
    load_before, encoders = load(), open_encoders(plan)
    facts, frames = _frames_of(path, plan)
    naively = len(frames) * _seconds_a_frame(path, encoders, frames)
    loops = max(_times(least_seconds, one) for one in (facts.duration_seconds or 0.0, naively))
    with looped(path, loops) as clip, RecordingEncoder(encoders.ours) as recorder:
        shown, frames = (facts, frames) if loops == 1 else _frames_of(clip.path, plan)
        ours = run(clip.path, plan, recorder).analysis
        ungated = run(clip.path, _without_gate(plan), encoders.ours).analysis
        wanted = frozenset(frames)
        variants: dict[str, Callable[[], int]] = {
            "naive": partial(naive, clip.path, encoders.naive, wanted),
            "fair": partial(fair, clip.path, encoders.fair, wanted),
            "ours": lambda: len(run(clip.path, plan, encoders.ours).groups),
            "decode": partial(_decode, clip.path, plan, encoders.ours),
            "encode": recorder.again,
        }
        measured, groups = _rounds(variants, rounds, progress)
        most, whose = peak_memory(clip.path, plan)
        work = Work(
            loops=loops,
            seconds=shown.duration_seconds or 0.0,
            rule=ours.sampling.rule,
            frames=ours.sampling.frames_sampled,
            frames_encoded=recorder.frames,
            measured_by=f"at least {least_seconds:g} s of video, and of the naive script by its first frames",
        )
    return PipelineSpeed(
        media=replace(facts, **{name: getattr(ours.media, name) for name in DECODED}),
        work=work,
        rounds=measured,
        spent={name: _median([one[name] for one in measured]) for name in variants},
        outcomes=_outcomes(ours, ungated, groups),
        machine=machine({"naive": encoders.naive, "fair": encoders.fair, "ours": encoders.ours}, load_before),
        peak_memory_bytes=most,
        peak_memory_of=whose,
    )


def _without_gate(plan: Plan) -> Plan:
    return plan.but(gate="off")


def _frames_of(path: str, plan: Plan) -> tuple[MediaFacts, list[int]]:
    """Return what is known of a video, and the numbers of the frames that the plan samples.

    Raises:
        MediaError: It is no video.
    """
    with closing(open_planned(path, plan)) as media:
        facts = media.facts
        if facts.kind != "video":
            kind = "a single picture" if facts.kind == "image" else "an animation"
            raise MediaError(f"{printable(path)}: a video was expected, but this is {kind}; give a video")
        return facts, chosen_frames(media, plan).frame_index.tolist()


def _seconds_a_frame(path: str, encoders: Encoders, frames: list[int]) -> float:
    """Return about how long the naive script takes for a frame, once both scripts were tried out."""
    few = frozenset(frames[:WARM_FRAMES])
    fair(path, encoders.fair, few)
    naive(path, encoders.naive, few)
    start = time.perf_counter()
    naive(path, encoders.naive, few)
    return (time.perf_counter() - start) / len(few)


def _times(least: float, seconds: float) -> int:
    """Return how many repetitions of so many seconds make the least."""
    return int(-(-least // seconds)) if 0 < seconds < least else 1


def _decode(path: str, plan: Plan, encoder: Encoder) -> int:
    """Return how many sampled frames were decoded and brought to the encoder's input, as our run does it."""
    done = 0
    with closing(open_planned(path, plan)) as media:
        shown = scaling((media.facts.height, media.facts.width), encoder.facts)
        chosen = chosen_frames(media, plan).frame_index
        for batch in media.frames(chosen, max_batch=BATCH_FRAMES, scaled=(shown,)):
            for picture in batch.pictures:
                seen_by(encoder.facts, picture)
                done += 1
    return done


def _rounds(
    variants: Mapping[str, Callable[[], int]], rounds: int, progress: Progress
) -> tuple[tuple[dict[str, Spent], ...], dict[str, int]]:
    """Return what each variant took in each round, and what it counted in the last."""
    measured, counted, done = [], dict[str, int](), 0
    for _ in range(rounds):
        round_ = {}
        for name, variant in variants.items():
            progress(done, rounds * len(variants))
            round_[name], counted[name] = _once(variant)
            done += 1
        measured.append(round_)
    progress(done, done)
    return tuple(measured), counted


def _once(variant: Callable[[], int]) -> tuple[Spent, int]:
    gc.collect()
    start, work = time.perf_counter(), _cpu_seconds()
    found = variant()
    return Spent(time.perf_counter() - start, _cpu_seconds() - work), found


def _cpu_seconds() -> float:
    """Return the CPU seconds of all threads and of the child processes that have ended."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def _median(spent: list[Spent]) -> Spent:
    return Spent(
        statistics.median(one.seconds for one in spent), statistics.median(one.cpu_seconds for one in spent)
    )


def _outcomes(ours: Analysis, ungated: Analysis, groups: Mapping[str, int]) -> Outcomes:
    scripts_and_ours = {name: groups[name] for name in ("naive", "fair", "ours")}
    return Outcomes(
        explained={"gated": _after_merging(ours), "ungated": _after_merging(ungated)},
        merged_frames=scripts_and_ours | {"ungated": len(ungated.timeline)},
        timeline_agreement=adjusted_rand_index(_labels(ours), _labels(ungated)),
    )


def _after_merging(analysis: Analysis) -> float:
    """Return `explained` once frames are merged, or of the last stage where they are not."""
    merged = [one.fidelity.explained for one in analysis.stages if one.name == "temporal"]
    return merged[-1] if merged else analysis.fidelity.explained


def _labels(analysis: Analysis) -> list[int]:
    """Return the number of the merged frame of each sampled frame."""
    return [number for number, one in enumerate(analysis.timeline) for _ in range(one.frames)]
