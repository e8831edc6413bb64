"""Options that several commands take, in groups, laid into a command's signature.

A command writes down its own options; those of a group reach it by `context.params`.
"""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

from tokcomp_cli.commands import options as o


def _group(**options: tuple[object, object]) -> tuple[Parameter, ...]:
    """Return options as parameters of a signature: name, annotation and default."""
    return tuple(
        Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in options.items()
    )


TOWER = _group(
    layer=(o.Layer, None),
    resolution=(o.Resolution, None),
    fit=(o.FitTo, "squash"),
    device=(o.Device, "cpu"),
    precision=(o.Precision, "float32"),
    offline=(o.Offline, False),
)
"""How an encoder is run."""
ENCODING = (*_group(encoder=(o.Encoder, "auto")), *TOWER)
"""Which encoder, and how it is run."""
SAMPLING = _group(
    fps=(o.Fps, None),
    every=(o.Every, None),
    frames=(o.Frames, None),
    start=(o.Start, None),
    end=(o.End, None),
    max_frames=(o.MaxFrames, None),
    max_pixels=(o.MaxPixels, None),
)
"""Which frames are read."""
DECODING = _group(isolate=(o.Isolate, None), timeout=(o.Timeout, 60.0))
"""How a file that may hang a decoder is read."""
SPATIAL = _group(spatial=(o.Spatial, None), spatial_ratio=(o.SpatialRatio, None))
"""The spatial stage."""
GROUPING = _group(
    temporal=(o.Temporal, "frame-merge"),
    threshold=(o.Threshold, None),
    similarity=(o.Similarity, None),
    temporal_every=(o.TemporalEvery, 4),
)
"""Which frames are merged."""
REDUCING = _group(
    temporal_ratio=(o.TemporalRatio, None),
    allocate=(o.Allocate, "cut"),
    reduce=(o.Reduce, "ward"),
    layers=(o.Layers, 32),
    layer_keep=(o.LayerKeep, "1,0.7,0.5,0.4"),
)
"""How the budget is reached, and what the language model's layers keep."""
ASKING = _group(budget=(o.BudgetText, "auto"), query=(o.Query, None), seed=(o.Seed, 0))
"""How many tokens, for which question."""
PIPELINE = _group(preset=(o.Preset, None), tiers=(o.Tiers, None))
"""Which pipeline, and its tiers of relevance."""
HARDNESS = _group(difficulty=(o.DifficultyRule, "note"), difficulty_cuts=(o.DifficultyCuts, "0.3,0.6,0.85"))
"""How the difficulty is judged."""
OUTPUT = _group(as_json=(o.AsJson, False), quiet=(o.Quiet, False), debug=(o.Debug, False))
"""What is printed."""
SETTINGS = _group(
    config=(o.Config, None), print_config=(o.PrintConfig, False), write_config=(o.WriteConfig, False)
)
"""Where settings come from and go to."""
ANALYSIS = (*ENCODING, *SAMPLING, *DECODING, *SPATIAL, *GROUPING, *REDUCING, *PIPELINE, *ASKING, *HARDNESS)
"""Everything that decides an analysis besides the file."""


def taking(command: Callable[..., None], *groups: tuple[Parameter, ...]) -> Callable[..., None]:
    """Return the command with the options of the groups behind its own; one that it has itself stays.

    Args:
        command: Takes the context, its own options and `**shared`.
        groups: Options that it shares with other commands.
    """
    own = signature(command)
    first = {name: one for name, one in own.parameters.items() if one.kind is not Parameter.VAR_KEYWORD}
    rest = [one for group in groups for one in group if one.name not in first]
    laid: Any = command
    laid.__signature__ = own.replace(parameters=[*first.values(), *rest])
    return command
