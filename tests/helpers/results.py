"""Results made by hand: what a run over a trailer, a short clip and a photo would find out."""

from dataclasses import replace

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import (
    Analysis,
    Failure,
    Fidelity,
    FrameSimilarity,
    LayerSchedule,
    StageRecord,
    TimelineEntry,
    TraceStep,
    WorstFrame,
)
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Difficulty, Feature
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.core.results.sampling import SamplingFacts

PATCHES = 196


def fidelity(explained: float, *, frames: int = 1, **changes: object) -> Fidelity:
    made = Fidelity(
        explained=explained,
        explained_evenly=explained,
        explained_p5=explained * 0.8,
        cosine=0.5 + explained / 2,
        pooled=0.9988,
        saliency_kept=1.0,
        coverage=0.412,
        rank_kept=0.634,
        worst_frame=WorstFrame(frame=420 if frames > 1 else 0, seconds=17.5, explained=explained * 0.65),
    )
    return replace(made, **changes)


def make_timeline(weights: list[int], tokens: list[int], *, apart: float = 0.5) -> tuple[TimelineEntry, ...]:
    entries, first = [], 0
    for frames, kept in zip(weights, tokens, strict=True):
        last = first + frames - 1
        entries.append(
            TimelineEntry(
                start_seconds=first * apart,
                end_seconds=last * apart + 1 / 24,
                first_frame=first * 12,
                last_frame=last * 12,
                frames=frames,
                tokens=kept,
                similarity=None if frames == 1 else 0.9 + 0.08 * (frames % 7) / 7,
            )
        )
        first = last + 1
    return tuple(entries)


def make_similarity(weights: list[int], threshold: float | None = 0.75) -> FrameSimilarity:
    values: list[float | None] = []
    for group, frames in enumerate(weights):
        values.append(None if not group else 0.18 + 0.5 * ((group * 7) % 10) / 10)
        values += [0.98 - 0.15 * ((k * 5 + group) % 9) / 9 for k in range(frames - 1)]
    return FrameSimilarity(statistic="mean", threshold=threshold, values=tuple(values))


ENCODER = EncoderFacts(
    name="embedded",
    architecture="ViT-S/16, DINOv2 lineage",
    weights_sha256="fe92d354d31ca69ce33cc806d0bd6fd52803230f632b5e1230317a8e85fde04b",
    grid=(14, 14),
    patch_size=16,
    input_size=(224, 224),
    dim=384,
    layer="last block after the final norm",
    saliency="class-token attention of the last block",
    preprocessing="squash, bicubic",
    text=False,
    floor=20.0,
    threshold=0.75,
    similarity="mean",
    calibrated=True,
)

FEATURES = {
    "edge": Feature(value=0.41, raw=0.123, contribution=0.0738),
    "colour": Feature(value=0.62, raw=0.217, contribution=0.0744),
    "objects": Feature(value=0.7, raw=7.0, contribution=0.21),
    "length": Feature(value=0.5, raw=10.0, contribution=0.04),
    "negation": Feature(value=1.0, raw=1.0, contribution=0.12),
    "counting": Feature(value=0.0, raw=0.0, contribution=0.0),
    "reasoning": Feature(value=0.0, raw=None, contribution=0.0),
}

NO_QUERY = {name: Feature(0.0, None, 0.0) for name in ("length", "negation", "counting", "reasoning")}

WEIGHTS = [7, 1, 12, 5, 3, 9, 2, 2, 18, 4, 1, 1, 6, 3, 8, 2, 1, 4, 3, 2, 5, 1, 2, 2, 1]
TOKENS = [40, 8, 61, 22, 14, 38, 9, 11, 70, 21, 5, 7, 30, 15, 37, 10, 5, 17, 13, 9, 22, 6, 8, 8, 4]


def make_clip() -> Analysis:
    frames = sum(WEIGHTS)
    return Analysis(
        media=MediaFacts(
            path="samples/sintel_trailer_360p.mp4",
            kind="video",
            container="mov,mp4,m4a,3gp,3g2,mj2",
            codec="h264",
            width=640,
            height=360,
            frames_in_file=1253,
            duration_seconds=52.208,
            fps_average=24.0,
            variable_frame_rate=False,
            rotation_degrees=0,
            size_bytes=4372373,
            decoder="decord",
            decoder_version="3.0.2",
            decoder_reason="closed GOPs, times start at zero: it seeks right",
        ),
        sampling=SamplingFacts(
            rule="fps=2", frames_in_file=1253, frames_sampled=frames, frames_encoded=frames
        ),
        encoder=ENCODER,
        plan={"spatial": "ward", "keep_ratio": 0.5, "temporal": "frame-merge", "budget": "490", "layers": 32},
        stages=(
            StageRecord(
                "spatial", "ward", {"keep_ratio": 0.5}, frames * 196, frames * 98, fidelity(0.9713, frames=2)
            ),
            StageRecord(
                "temporal",
                "frame-merge",
                {"threshold": 0.75, "similarity": "mean"},
                frames * 98,
                25 * 98,
                fidelity(0.9421, frames=2),
            ),
            StageRecord(
                "budget",
                "ward",
                {"budget": "490", "allocate": "cut"},
                25 * 98,
                490,
                fidelity(0.9134, frames=2, lift=0.2113, sampled=64),
            ),
        ),
        layers=LayerSchedule(
            keep=(1.0, 0.7, 0.5, 0.4), tokens=(490,) * 8 + (343,) * 8 + (245,) * 8 + (196,) * 8
        ),
        timeline=make_timeline(WEIGHTS, TOKENS),
        frame_similarity=make_similarity(WEIGHTS),
        difficulty=Difficulty(
            score=0.3582,
            band="medium",
            features=FEATURES | NO_QUERY,
            effective_rank=87.31,
            attention_entropy=0.8714,
            hardest_seconds=17.5,
            hardest_score=0.7441,
        ),
        verdict=(
            "Little is lost: 490 of 20,580 tokens keep 91.3% of the content; the weakest moment, 17.5 s, "
            "keeps 59.3%."
        ),
        weakest=Weakest(0.5936, 420, 17.5),
        maps=tuple(KeepMap((2, 3), (0, 0, 1, -1, -1, 2)) for _ in WEIGHTS),
        timings_ms={"decode": 612.0, "encode": 5480.0, "spatial": 311.0, "temporal": 8.4, "budget": 21.7},
    )


def make_photo() -> Analysis:
    clip = make_clip()
    points = [
        (1, 0.31),
        (4, 0.52),
        (7, 0.634),
        (14, 0.741),
        (25, 0.823),
        (49, 0.891),
        (54, 0.9003),
        (98, 0.957),
    ]
    curve = tuple(CurvePoint(tokens, explained) for tokens, explained in [*points, (196, 1.0)])
    return replace(
        clip,
        plan={**clip.plan, "budget": "auto"},
        media=replace(
            clip.media,
            path="samples/cat.jpg",
            kind="image",
            container="jpeg",
            codec="rgb",
            width=1200,
            height=800,
            frames_in_file=1,
            duration_seconds=None,
            fps_average=None,
            variable_frame_rate=None,
            rotation_degrees=90,
            size_bytes=183_402,
            decoder="pillow",
            decoder_version="12.0",
            decoder_reason="a still picture",
        ),
        sampling=SamplingFacts("the picture", 1, 1, 1),
        stages=(
            StageRecord("spatial", "ward", {"keep_ratio": 0.5}, 196, 98, fidelity(0.957)),
            StageRecord("temporal", "none", {}, 98, 98, fidelity(0.957)),
            StageRecord(
                "budget",
                "steps",
                {"budget": "auto", "allocate": "cut"},
                98,
                49,
                fidelity(0.8912, lift=-0.012),
                ("medium input: 25% of the grid for each merged frame",),
            ),
        ),
        layers=LayerSchedule((1.0, 0.7, 0.5, 0.4), (49,) * 8 + (34,) * 8 + (25,) * 8 + (20,) * 8),
        timeline=(TimelineEntry(0.0, 0.0, 0, 0, 1, 49, None),),
        frame_similarity=FrameSimilarity("mean", 0.75, (None,)),
        difficulty=replace(
            clip.difficulty,
            score=0.5182,
            features=FEATURES,
            hardest_seconds=None,
            hardest_score=None,
            query="how many cups are not on the table, and why?",
        ),
        recommendation=Recommendation(
            0.9,
            CurvePoint(54, 0.9003),
            1.0,
            CurvePoint(14, 0.741),
            curve,
            weakest=Weakest(0.7126, region="upper left"),
        ),
        trace=(
            TraceStep(2.0, "prune", 98, 78, 0.0213),
            TraceStep(1.59, "prune", 78, 62, 0.0188),
            TraceStep(1.27, "merge pairs", 62, 49, 0.0257),
        ),
        verdict=(
            "Worth it: 54 of 196 tokens keep 90.0% of the content, the fewest that reach 90%: --budget 54; "
            "the weakest region, upper left, keeps 71.2%."
        ),
        weakest=Weakest(0.6789, region="centre"),
        warnings=("the encoder has no text tower: the query moves the score only",),
        maps=(KeepMap((14, 14), (0,) * 98 + tuple(range(1, 50)) + (-1,) * 49),),
    )


FAILURE = Failure("broken.mp4", "MediaError", "expected a picture stream, found only sound")
