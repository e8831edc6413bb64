"""Documents for pages, made by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace

from tests.helpers.results import make_clip, make_timeline
from tokcomp_cli.core.results.analysis import Analysis, LayerSchedule, Shown
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree, NestedMaps
from tokcomp_cli.render.schema.analysis import analysis_document
from tokcomp_cli.render.schema.document import dumps

MARKUP = '</script><script>alert("x")</script>'


def seen_clip(path: str = f"clip {MARKUP} שלום 文.mp4") -> Analysis:
    """Return 25 merged frames of six patches that merge one after another; three tokens each are in force."""
    clip = make_clip()
    tree = MergeTree((0, 1, 0, 2, 3, 4, 3, 5, 0, 3), (1, 2, 3, 6))
    return replace(
        clip,
        media=replace(clip.media, path=path),
        stages=(*clip.stages[:-1], replace(clip.stages[-1], tokens_out=75)),
        layers=LayerSchedule(clip.layers.keep, (75,) * 16 + (30,) * 16),
        maps=tuple(replace(one, lost=(0.0, 0.2, 0.5, 1.4, 1.4, 0.1)) for one in clip.maps),
        nested=NestedMaps((25, 50, 75, 150), (0.4, 0.6, 0.7, 1.0), (tree,) * 25, ((0, 1, 2, 3, 4, 5),) * 25),
    )


def advised_clip(path: str = "clip.mp4") -> Analysis:
    """Return the clip with a recommendation that another way to merge makes: 50 frames share six tokens."""
    curve = tuple(map(CurvePoint, (1, 2, 3, 6), (0.2, 0.6, 0.9, 1.0)))
    options = {"temporal": "space-time"}
    advice = Recommendation(0.9, curve[2], 1.0, curve[1], curve, options=options)
    lost = (0.0, 0.2, 0.5, 1.4, 1.4, 0.1)
    shown = Shown(
        tokens=3,
        timeline=make_timeline([1] * 50, [3] + [0] * 49),
        maps=(KeepMap((2, 3), (0, 0, 0, 1, 1, 2), lost),) * 50,
        nested=NestedMaps(
            (1, 2, 3, 6),
            (0.2, 0.6, 0.9, 1.0),
            (MergeTree((0, 1, 0, 2, 3, 4, 3, 5, 0, 3), (1, 2, 3, 6)),),
            (tuple(range(6)),) * 50,
        ),
    )
    return replace(seen_clip(path), recommendation=advice, recommended_maps=shown)


def many_records(count: int) -> Iterator[dict]:
    """Yield records of a batch; the last one failed."""
    document = json.loads(dumps(analysis_document(seen_clip())))
    for number in range(count - 1):
        fidelity = {**document["fidelity"], "explained": (number * 7 % 40) / 40}
        yield {"path": f"file{number}.mp4", "status": "ok", **document, "fidelity": fidelity}
    error = {"type": "media", "message": f"no picture {MARKUP}"}
    yield {"path": MARKUP, "status": "failed", "error": error}
