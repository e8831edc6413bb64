"""One result for every page, made by hand, with names that are hard to print."""

from collections.abc import Mapping
from dataclasses import replace

from tests.helpers.results import ENCODER, fidelity, make_clip, make_photo
from tokcomp_cli.comparison.summary import summarise
from tokcomp_cli.core.results.advice import Detail, Lod, Serving, Tier
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.ask import Answered, Divergence, Side, Sweep, SweepPoint, VlmFacts
from tokcomp_cli.core.results.batch import BatchSummary, FlaggedFile, FolderSummary, Need, Spread
from tokcomp_cli.core.results.calibration import DifficultyCalibration, Predictor
from tokcomp_cli.core.results.comparison import WHOLE_VIDEO, ComparedMethod, Comparison
from tokcomp_cli.core.results.curve import ChainTokens
from tokcomp_cli.core.results.difficulty import RegionMap, Resolution
from tokcomp_cli.core.results.folder import AdaptiveBudget, FileNeed, FixedBudget, FolderBudget
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.render.console.analysis import analysis_page
from tokcomp_cli.render.console.ask import answer_page
from tokcomp_cli.render.console.batch import batch_page
from tokcomp_cli.render.console.batch import summary_page as batch_summary_page
from tokcomp_cli.render.console.budget import budget_page
from tokcomp_cli.render.console.calibration import calibration_page, predictors_page
from tokcomp_cli.render.console.compare import comparison_page, summary_page
from tokcomp_cli.render.console.first.screen import first_screen
from tokcomp_cli.render.console.folder import folder_page
from tokcomp_cli.render.console.layout import Page

DETAIL = Detail(
    wanted=True,
    reasons=("the query names 'sign'",),
    edge=0.12,
    text=None,
    at_seconds=3.5,
    tiles=9,
    threshold=0.85,
    tokens_global=49,
    tokens_tiles=196,
    tokens_detail=30,
    explained_global=-0.25,
    explained_detail=0.25,
    explained_all=0.75,
)
TIERS = Lod((Tier(1, 4), Tier(2, 2), Tier(1, 1)), (2, 2), "text", 16, 9, 0.8, 0.9, ((4, 2), (2, 1)), None)
SERVING = Serving("vllm", "evs", 0.9, "--video-pruning-rate 0.4", 0.4, 100, 60, 0.91, 0.41, 0.89, "encoder x")


def full_budget() -> Analysis:
    """Return a photo with everything that `budget` may show."""
    photo = make_photo()
    seen = RegionMap(0.0, (2, 3), (0, 1, 1, 2, 0, 10))
    return replace(
        photo,
        difficulty=replace(photo.difficulty, region_map=seen, text_likelihood=0.25, rule="measured:1,2"),
        resolution=Resolution(0.53, 0.974, True, 1, 12, 3, "not shown"),
        detail=DETAIL,
        lod=TIERS,
        serving=SERVING,
    )


def missed_budget() -> Analysis:
    """Return a damaged photo for which no budget reaches the target, with nothing but decisions."""
    photo = make_photo()
    advice = replace(photo.recommendation, recommended=None, reachable=0.712)
    media = replace(photo.media, salvaged=True)
    ways = {"options": {"temporal": "space-time"}, "runner_up": ChainTokens(343, {"temporal": "none"})}
    advice = replace(advice, **ways, default_tokens=None, not_tried="whole-video methods were not tried")
    decision = Detail(wanted=False, reasons=(), edge=0.12, text=None)
    nothing = Serving("vllm", "evs", 0.9, notes=("an image: nothing to set",))
    return replace(photo, recommendation=advice, media=media, detail=decision, serving=nothing, trace=())


def _row(name: str, explained: float, *, control: bool = False) -> ComparedMethod:
    kept = fidelity(explained, lift=explained - 0.7)
    between = (30, 36) if name == "pool" else None
    return ComparedMethod(name, "spatial", control, 32, kept, 0.02, 1.5, between)


def comparison() -> Comparison:
    """Return a comparison of two methods with two controls."""
    rows = (
        _row("ward", 0.9),
        _row("uniform", 0.72, control=True),
        _row("prune", -0.12),
        _row("pool", 0.3, control=True),
    )
    signature = "tokcomp:1|schema:compare.1|encoder:embedded|layer:last-block-after-the-final-norm|seed:0"
    return Comparison(
        "x[/red]\n.png", None, None, ENCODER, 196, 1, 32, rows, ("left out z",), signature, "ward wins."
    )


def video_comparison() -> Comparison:
    """Return a comparison of a clip, whose methods start from two pools."""
    whole = tuple(
        replace(_row(name, kept, control=name == "random"), stage="temporal", pool=WHOLE_VIDEO)
        for name, kept in (("space-time", 0.95), ("random", 0.7))
    )
    found = comparison()
    return replace(found, original=392, media=make_clip().media, methods=(*whole, *found.methods))


def answered() -> Answered:
    """Return an answer of two lines beside an empty one."""
    media = replace(make_photo().media, path="a[/red].png", rotation_degrees=0)
    side = Side(
        answer="two\nlines [/bold]",
        answer_tokens=4,
        pictures=1,
        text_tokens=20,
        visual_tokens=64,
        visual_tokens_per_layer=(64, 64),
        ms={"prepare": 1.0, "encode": 2.0, "prefill": 3.0, "decode": 0.0},
        decode_steps=0,
        prefill_flops_estimated=10**9,
        kv_bytes_estimated=2048,
    )
    point = SweepPoint("ward", 8, 8, -0.2, 0.5, 0.4, None, None)
    return Answered(
        media=media,
        frames_sampled=1,
        question="what?\x1b[31m",
        vlm=VlmFacts("./mine", "LLaVA", 7_063_427_072, 32, 4096, 4096, "float32", "cpu", "its tokens"),
        plan={"method": "ward", "layer_keep": "fastv", "repeat": 1},
        full=side,
        compressed=replace(
            side, answer="", answer_tokens=0, visual_tokens=16, visual_tokens_per_layer=(16, 8)
        ),
        explained=0.5,
        divergence=Divergence(0.5, 0.5, -0.2, -0.3004, 0.75, 3),
        notes=("a note",),
        verdict="It differs.",
        time_sentence="It took a while.",
        sweep=Sweep((point,), None, None, 0, "its tokens", "Too few."),
        timings_ms={"total": 5.0},
    )


def batch(files: int = 340) -> BatchSummary:
    """Return a batch with failures, two folders, and files to look at; or of a single file."""
    spread = Spread(files, 0.91, 0.5, 0.8, 0.9296, 0.99, 1.0)
    picture = Need("pictures", files, 0.9, 90, 61, 0.3112, 0)
    clips = (Need("clips", 12, 0.9, 90, 500, 0.05, 1), Need("clips", 5, 0.9, 90, None, None, 2))
    folders = tuple(FolderSummary(name, 3, 1, 784, 98, 0.7, 0.35) for name in ("a", "b[/red]"))
    one = files == 1
    return BatchSummary(
        requested=files + (0 if one else 4),
        ok=files,
        failed=0 if one else 3,
        skipped=0 if one else 7,
        errors={} if one else {"media": 3},
        original=196 * files,
        llm_input=49 * files,
        last_layer=20 * files,
        reduction=spread,
        explained=spread,
        difficulty=spread,
        bands={"easy": files, "medium": 0, "hard": 0, "very hard": 0},
        needs=(picture,) if one else (picture, *clips),
        folders=() if one else folders,
        look=() if one else (FlaggedFile("bad\n.png", "damaged"),),
        looks=0 if one else 14,
    )


def folder() -> FolderBudget:
    """Return what a picture and a clip need together, one of them out of reach."""
    needs = (
        FileNeed("pictures/" + "0123456789" * 4 + ".123", 196, 1, 88, 1.0, 0.7231, 50, 0.8125, "above"),
        FileNeed("b[/red].mp4", 3920, 20, None, 0.7, 0.6, 400, 0.61, None),
        FileNeed("c.png", 196, 1, 8, 1.0, 0.9741, 17, 0.9512, None, bound=True),
    )
    return FolderBudget(
        0.9,
        FixedBudget(29, 13, 58, 174, 0.90007, 2),
        FixedBudget(88, 20, 88, 528, 0.9706, 3),
        AdaptiveBudget(159, 0.9004, 2, 0.0862),
        188,
        needs,
        ("text was not looked at",),
        "29 tokens a merged frame keep 90.0% of the content on average.",
    )


def predictors() -> DifficultyCalibration:
    """Return a calibration with a weak and a strong signal."""
    rows = (
        Predictor("variety", Interval(0.92, 0.8, 0.96), 20),
        Predictor("note's score", Interval(-0.004, -0.001, 0.52), 20),
    )
    return DifficultyCalibration(
        "mine[/red]",
        "embedded",
        0.9,
        "note",
        20,
        ("x: no",),
        (0.2, 0.4, 0.6),
        None,
        rows,
        "Variety predicts.",
    )


HISTOGRAM = {
    "histogram": [
        {"low": 0.6, "high": 0.8, "neighbours": 1, "strangers": 90},
        {"low": 0.8, "high": 1.0, "neighbours": 40, "strangers": 2},
    ]
}


def pages() -> Mapping[str, Page]:
    """Return every page by the name of its snapshot."""
    found = comparison()
    other = replace(found, methods=(_row("ward", 0.8), _row("uniform", 0.79, control=True)))
    return {
        "analyze_video": analysis_page(make_clip()),
        "analyze_image": analysis_page(make_photo()),
        "first_video": first_screen(make_clip()),
        "first_image": first_screen(make_photo(), "budget"),
        "first_missed": first_screen(missed_budget(), "budget", alone=False),
        "budget": budget_page(full_budget()),
        "budget_missed": budget_page(missed_budget()),
        "budget_folder": folder_page(folder()),
        "budget_calibrate": predictors_page(predictors()),
        "models_calibrate": calibration_page("mine", 0.8357191979885101, "mean", 19.9876543, HISTOGRAM),
        "compare": comparison_page(found),
        "compare_video": comparison_page(video_comparison()),
        "compare_files": summary_page(summarise([found, other], seed=0)),
        "ask": answer_page(answered()),
        "batch": batch_page(batch()),
        "batch_one": batch_page(batch(files=1)),
        "summarize": batch_summary_page(batch()),
    }
