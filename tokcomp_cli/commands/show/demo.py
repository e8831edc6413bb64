"""`tokcomp demo`: the main job on a clip that ships inside the package."""

import typer

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched


def demo(context: typer.Context, full: o.Full = False, **given: object) -> None:
    """Analyze a short clip that ships with tokcomp."""
    with watched("city_cut.mp4", "frames", quiet=context.params["quiet"]) as tick:
        from tokcomp_cli.bench.doctor import DEMO_CLIP
        from tokcomp_cli.cli.present import print_results
        from tokcomp_cli.encoders import open_encoder
        from tokcomp_cli.pipeline.run import run
        from tokcomp_cli.render.console.analysis import analysis_page
        from tokcomp_cli.render.console.first.screen import first_screen
        from tokcomp_cli.report.terminal_map import with_keep_map

        plan = plan_of(context, fps=5)
        result = run(str(DEMO_CLIP), plan, open_encoder(plan.encoder), tick).analysis
    page = with_keep_map(analysis_page) if full else first_screen
    as_json = context.params["as_json"]
    print_results([result], as_json=as_json, schema="tokcomp.analysis", page=page, maps=False)
