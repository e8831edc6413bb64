"""The options that commands share, each declared once: option, then TOKCOMP_ variable, then config file."""

from typing import Annotated

import typer

from tokcomp_cli.commands.settings import load_config

Paths = Annotated[
    list[str] | None, typer.Argument(help="Pictures and videos on this machine.", show_default=False)
]
Recursive = Annotated[
    bool,
    typer.Option(
        "--recursive",
        "-r",
        help="Take the files in folders too, sorted; not hidden ones, nor what a link to a folder leads to.",
    ),
]
Match = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        metavar="PATTERN",
        help="With -r: only files of such names, as '*.jpg'; may be repeated. [default: all not hidden]",
        show_default=False,
    ),
]
Config = Annotated[
    str | None,
    typer.Option(
        "--config",
        help="Read settings from this TOML file instead of your own config file.",
        envvar="TOKCOMP_CONFIG",
        is_eager=True,
        callback=load_config,
        show_default=False,
    ),
]
PrintConfig = Annotated[
    bool, typer.Option("--print-config", help="Print the settings in force and where each is from, and stop.")
]
WriteConfig = Annotated[
    bool, typer.Option("--write-config", help="Keep the options given here in your config file, and stop.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress and no messages but errors.", envvar="TOKCOMP_QUIET"),
]
Debug = Annotated[
    bool, typer.Option("--debug", help="Show tracebacks.", envvar="TOKCOMP_DEBUG", show_default=False)
]
Maps = Annotated[
    bool, typer.Option("--maps", help="With --json: which token each patch of a merged frame has.")
]
Save = Annotated[
    str | None,
    typer.Option("--save", metavar="FILE.safetensors", help="Write the kept tokens.", show_default=False),
]
FailUnder = Annotated[
    float | None,
    typer.Option(
        "--fail-under",
        metavar="SHARE",
        help="Exit 4 where less than this share of the content is explained.",
        envvar="TOKCOMP_FAIL_UNDER",
        show_default=False,
    ),
]

Encoder = Annotated[
    str,
    typer.Option(
        "--encoder",
        help="Encoder (see: tokcomp models list); auto is CLIP where its weights are on disk, else embedded.",
        envvar="TOKCOMP_ENCODER",
    ),
]
Layer = Annotated[
    int | None,
    typer.Option(
        "--layer",
        help="Block to read tokens from, -1 for the last. [default: the penultimate]",
        envvar="TOKCOMP_LAYER",
        show_default=False,
    ),
]
Resolution = Annotated[
    str | None,
    typer.Option(
        "--resolution",
        metavar="SIDE|HxW",
        help="Input size in pixels, where the encoder can change it. [default: the model's own]",
        envvar="TOKCOMP_RESOLUTION",
        show_default=False,
    ),
]
FitTo = Annotated[
    str,
    typer.Option(
        "--fit",
        metavar="squash|crop|pad",
        help="How a picture is brought to the input's shape.",
        envvar="TOKCOMP_FIT",
    ),
]
Device = Annotated[
    str, typer.Option("--device", help="Where the encoder runs, as torch names it.", envvar="TOKCOMP_DEVICE")
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="float32|bfloat16|auto",
        help="Number format of the encoder.",
        envvar="TOKCOMP_PRECISION",
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Forbid the network outright.", envvar="TOKCOMP_OFFLINE")
]
Fps = Annotated[
    str | None,
    typer.Option(
        "--fps",
        metavar="RATE|native",
        help="Sample this many frames a second, or every frame. [default: 2]",
        envvar="TOKCOMP_FPS",
        show_default=False,
    ),
]
Every = Annotated[
    int | None,
    typer.Option("--every", help="Sample every n-th frame.", envvar="TOKCOMP_EVERY", show_default=False),
]
Frames = Annotated[
    int | None,
    typer.Option(
        "--frames",
        help="Sample this many frames, evenly spread.",
        envvar="TOKCOMP_FRAMES",
        show_default=False,
    ),
]
Start = Annotated[
    float | None,
    typer.Option("--start", help="Start, in seconds.", envvar="TOKCOMP_START", show_default=False),
]
End = Annotated[
    float | None, typer.Option("--end", help="End, in seconds.", envvar="TOKCOMP_END", show_default=False)
]
MaxFrames = Annotated[
    int | None,
    typer.Option(
        "--max-frames", help="Sample no more than this.", envvar="TOKCOMP_MAX_FRAMES", show_default=False
    ),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(
        "--max-pixels",
        help="Refuse pictures with more pixels, before decoding. [default: 89 million]",
        envvar="TOKCOMP_MAX_PIXELS",
        show_default=False,
    ),
]
Isolate = Annotated[
    bool | None,
    typer.Option(
        "--isolate/--no-isolate",
        help="Decode in a process that can be killed. [default: for files that look strange]",
        envvar="TOKCOMP_ISOLATE",
        show_default=False,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", help="Longest wait for such a process.", envvar="TOKCOMP_TIMEOUT"
    ),
]
Spatial = Annotated[
    str | None,
    typer.Option(
        "--spatial",
        metavar="METHOD",
        help="Spatial method (see: tokcomp methods). [default: ward]",
        envvar="TOKCOMP_SPATIAL",
        show_default=False,
    ),
]
SpatialRatio = Annotated[
    float | None,
    typer.Option(
        "--spatial-ratio",
        metavar="SHARE",
        help="Share of a frame's tokens that the spatial stage keeps. [default: 0.5]",
        envvar="TOKCOMP_SPATIAL_RATIO",
        show_default=False,
    ),
]
Temporal = Annotated[
    str, typer.Option("--temporal", metavar="METHOD", help="Temporal method.", envvar="TOKCOMP_TEMPORAL")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        help="Similarity above which a frame joins a merged frame. [default: the encoder's]",
        envvar="TOKCOMP_THRESHOLD",
        show_default=False,
    ),
]
Similarity = Annotated[
    str | None,
    typer.Option(
        "--similarity",
        metavar="mean|p10|min",
        help="Statistic over co-located patches. [default: the encoder's]",
        envvar="TOKCOMP_SIMILARITY",
        show_default=False,
    ),
]
TemporalRatio = Annotated[
    float | None,
    typer.Option(
        "--temporal-ratio",
        metavar="SHARE",
        help="Share of all tokens that a temporal method over the whole video keeps. [default: the method's]",
        envvar="TOKCOMP_TEMPORAL_RATIO",
        show_default=False,
    ),
]
TemporalEvery = Annotated[
    int,
    typer.Option(
        "--temporal-every", help="With --temporal uniform: keep every k-th.", envvar="TOKCOMP_TEMPORAL_EVERY"
    ),
]
BudgetText = Annotated[
    str,
    typer.Option(
        "--budget",
        metavar="auto|N|P%|target=F",
        help="Tokens for the whole input: by difficulty, an exact count, a share of the original, "
        "or the fewest that explain F.",
        envvar="TOKCOMP_BUDGET",
    ),
]
Allocate = Annotated[
    str,
    typer.Option(
        "--allocate",
        metavar="cut|uniform",
        help="Split the budget at equal marginal loss, or evenly.",
        envvar="TOKCOMP_ALLOCATE",
    ),
]
Reduce = Annotated[
    str,
    typer.Option(
        "--reduce",
        metavar="ward|steps",
        help="Reduce by the dendrogram, or in traced steps.",
        envvar="TOKCOMP_REDUCE",
    ),
]
DifficultyRule = Annotated[
    str,
    typer.Option(
        "--difficulty",
        metavar="note|measured|measured:A,B",
        help="What the picture adds to the difficulty: the note's weighted sum, or a prediction of the "
        "tokens it needs.",
        envvar="TOKCOMP_DIFFICULTY",
    ),
]
DifficultyCuts = Annotated[
    str,
    typer.Option(
        "--difficulty-cuts",
        metavar="A,B,C",
        help="Scores at which medium, hard and very hard begin.",
        envvar="TOKCOMP_DIFFICULTY_CUTS",
    ),
]
Ocr = Annotated[
    bool,
    typer.Option(
        "--ocr",
        help="Read the words at full and at the encoder's size; needs the extra tokcomp[ocr].",
        envvar="TOKCOMP_OCR",
    ),
]
Calibrate = Annotated[
    str | None,
    typer.Option(
        "--calibrate",
        metavar="FOLDER",
        help="Measure which signal predicts the tokens that your own files need, and where the bands "
        "should begin; --write-config keeps that.",
        show_default=False,
    ),
]
Layers = Annotated[
    int, typer.Option("--layers", help="Layers of the language model.", envvar="TOKCOMP_LAYERS")
]
LayerKeep = Annotated[
    str,
    typer.Option(
        "--layer-keep",
        metavar="A,B,C,D",
        help="Shares of the LLM input kept at depth 0, 1/4, 1/2, 3/4.",
        envvar="TOKCOMP_LAYER_KEEP",
    ),
]
Query = Annotated[
    str | None,
    typer.Option("--query", help="Question that will be asked.", envvar="TOKCOMP_QUERY", show_default=False),
]
Target = Annotated[
    float,
    typer.Option("--target", metavar="SHARE", help="Content to explain.", envvar="TOKCOMP_TARGET"),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="pvc|fastvlm|router|arr-coc",
        help="Run a whole pipeline: pvc (pool, merge frames, drop by layer), fastvlm (a few global tokens, "
        "plus what is new at three times the resolution), router (budget by difficulty), arr-coc (router, "
        "then tiers by relevance).",
        envvar="TOKCOMP_PRESET",
        show_default=False,
    ),
]
Tiers = Annotated[
    str | None,
    typer.Option(
        "--tiers",
        metavar="CELLSxTOKENS,...",
        help="Cap the tokens of each cell of the grid, the most relevant first, as 14x4,20x2,15x1.",
        envvar="TOKCOMP_TIERS",
        show_default=False,
    ),
]
DetailPath = Annotated[
    bool,
    typer.Option(
        "--detail",
        help="Encode the picture at three times the resolution and measure what that recovers.",
        envvar="TOKCOMP_DETAIL",
    ),
]
Serving = Annotated[
    str | None,
    typer.Option(
        "--serving",
        metavar="vllm|tensorrt-llm|openvino",
        help="Find the pruning setting of a serving engine that keeps --target.",
        envvar="TOKCOMP_SERVING",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed of all randomness.", envvar="TOKCOMP_SEED")]
