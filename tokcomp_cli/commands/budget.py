"""`tokcomp budget`: how many tokens are enough."""

import typer

from tokcomp_cli.commands import options as o
from tokcomp_cli.commands.request import about_config, exit_code, paths_of, plan_of, run_all


def budget_command(
    context: typer.Context,
    paths: o.Paths = None,
    encoder: o.Encoder = "auto",
    layer: o.Layer = None,
    resolution: o.Resolution = None,
    fit: o.FitTo = "squash",
    device: o.Device = "cpu",
    precision: o.Precision = "float32",
    offline: o.Offline = False,
    fps: o.Fps = None,
    every: o.Every = None,
    frames: o.Frames = None,
    start: o.Start = None,
    end: o.End = None,
    max_frames: o.MaxFrames = None,
    max_pixels: o.MaxPixels = None,
    isolate: o.Isolate = None,
    timeout: o.Timeout = 60.0,
    spatial: o.Spatial = None,
    spatial_ratio: o.SpatialRatio = None,
    temporal: o.Temporal = "frame-merge",
    temporal_ratio: o.TemporalRatio = None,
    threshold: o.Threshold = None,
    similarity: o.Similarity = None,
    temporal_every: o.TemporalEvery = 4,
    budget: o.BudgetText = "auto",
    allocate: o.Allocate = "cut",
    reduce: o.Reduce = "ward",
    layers: o.Layers = 32,
    layer_keep: o.LayerKeep = "1,0.7,0.5,0.4",
    query: o.Query = None,
    target: o.Target = 0.9,
    seed: o.Seed = 0,
    fail_under: o.FailUnder = None,
    as_json: o.AsJson = False,
    maps: o.Maps = False,
    save: o.Save = None,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
    config: o.Config = None,
    print_config: o.PrintConfig = False,
    write_config: o.WriteConfig = False,
) -> None:
    """Show how hard a picture or a video is, and the fewest tokens that keep --target of its content.

    \b
    tokcomp budget photo.jpg --query "how many cups are not on the table?"
    tokcomp budget page.png --target 0.95 --json
    """
    if about_config(context):
        return
    paths_given, plan = paths_of(context), plan_of(context)
    results = run_all(context, plan, paths_given)
    from tokcomp_cli.commands.present import present
    from tokcomp_cli.render.console import print_budget

    present(results, as_json=as_json, schema="tokcomp.budget", page=print_budget, maps=maps)
    raise typer.Exit(exit_code(context, results))
