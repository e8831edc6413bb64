"""`tokcomp demo`: the main job on a clip that ships inside the package."""

import typer

from tokcomp_cli.cli.plans import plan_of
from tokcomp_cli.cli.progress import watched


def demo(context: typer.Context, **given: object) -> None:
    """Analyze a short clip that ships with tokcomp."""
    with watched("city_cut.mp4", "frames", quiet=context.params["quiet"]) as tick:
        from tokcomp_cli.bench.doctor import DEMO_CLIP
        from tokcomp_cli.cli.present import present
        from tokcomp_cli.encoders import open_encoder
        from tokcomp_cli.pipeline.run import run
        from tokcomp_cli.render.console.analysis import analysis_page

        plan = plan_of(context, fps=5)
        result = run(str(DEMO_CLIP), plan, open_encoder(plan.encoder), tick).analysis
    as_json = context.params["as_json"]
    present([result], as_json=as_json, schema="tokcomp.analysis", page=analysis_page, maps=False)
