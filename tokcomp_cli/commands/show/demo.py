"""`tokcomp demo`: the main job on a clip that ships inside the package."""

from tokcomp_cli.cli import options as o
from tokcomp_cli.cli.progress import watched


def demo(
    full: o.Full = False, as_json: o.AsJson = False, quiet: o.Quiet = False, debug: o.Debug = False
) -> None:
    """Analyze a short clip that ships with tokcomp."""
    with watched("city_cut.mp4", "frames", quiet=quiet) as tick:
        from tokcomp_cli.bench.doctor import DEMO_CLIP
        from tokcomp_cli.cli.present import print_results
        from tokcomp_cli.encoders import open_encoder
        from tokcomp_cli.pipeline.run import run
        from tokcomp_cli.plan.plan import Plan
        from tokcomp_cli.render.console.analysis import analysis_page
        from tokcomp_cli.render.console.first.screen import first_screen

        plan = Plan.of(fps=5)
        result = run(str(DEMO_CLIP), plan, open_encoder(plan.encoder), tick).analysis
    page = analysis_page if full else first_screen
    print_results([result], as_json=as_json, schema="tokcomp.analysis", page=page, maps=False)
