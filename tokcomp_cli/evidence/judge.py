"""Put the answerers to work on pictures that they never saw."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import torch

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, load_answerer
from tokcomp_cli.evidence.evaluate import Trial, all_tokens, no_tokens, trials
from tokcomp_cli.evidence.figures import energy_of
from tokcomp_cli.evidence.own_budget import CURVE
from tokcomp_cli.evidence.prepared import Progress, Wanted, encoded
from tokcomp_cli.evidence.report import evidence
from tokcomp_cli.plan.resolved import DEFAULT_SPATIAL


def judge(
    paths: Sequence[Path],
    encoder: Encoder,
    methods: Sequence[Method],
    budgets: Sequence[int],
    *,
    scenes: int,
    split: str,
    folder: Path | None,
    data: str,
    progress: Progress,
) -> Evidence:
    """Return what the evidence comes to.

    Args:
        paths: Answerers of one task, trained on this encoder's tokens.
        encoder: Gives the tokens.
        methods: Spatial methods.
        budgets: Tokens to keep of each picture.
        scenes: Pictures.
        split: `held_out` or `validation`.
        folder: Where the encoded pictures are kept; None keeps nothing.
        data: Folder that the packages with pictures are unpacked in.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: The answerers do not fit the encoder or each other, a method was trained on
            another encoder's tokens, or a package is missing.
    """
    loaded = [load_answerer(path) for path in paths]
    cards = [card for _, card, _ in loaded]
    for card in cards:
        card.check(encoder)
    if len({card.task for card in cards}) > 1:
        raise EvidenceError("the answerers are of two tasks; judge those of one task at a time")
    for method in methods:
        method.check_encoder(encoder.facts)
    nets, scaling = [net for net, _, _ in loaded], loaded[0][2]
    given = encoded(Wanted(cards[0].task, split, scenes, data), encoder, folder, progress)
    floor = float(encoder.facts.floor)
    default = find("spatial", DEFAULT_SPATIAL)
    done = set(budgets) if default in methods else set()
    more = [budget for budget in CURVE if budget <= given.features.shape[1] and budget not in done]
    of_methods = len(methods) * len(budgets)
    tried: list[Trial] = []
    progress(0, of_methods + len(more))
    for one in chain(
        trials(nets, given, scaling, methods, budgets, floor=floor),
        trials(nets, given, scaling, [default], more, floor=floor),
    ):
        tried.append(one)
        progress(len(tried), of_methods + len(more))
    found = tried[:of_methods]
    curve = sorted((one for one in tried if one.method == default.name), key=lambda one: one.budget)
    return evidence(
        given,
        VOCABULARIES[cards[0].task],
        [f"{card.regime} {card.seed}" for card in cards],
        all_tokens(nets, given, scaling),
        no_tokens(nets, given, scaling),
        found,
        curve,
        torch.stack([energy_of(one.float() - scaling.blank) for one in given.features]).numpy(),
        floor=floor,
        grid=scaling.grid,
    )
