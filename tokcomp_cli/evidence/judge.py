"""Put the answerers to work on pictures that they never saw."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import torch

from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, load_answerer
from tokcomp_cli.evidence.evaluate import Trial, all_tokens, no_tokens, trials
from tokcomp_cli.evidence.figures import energy_of
from tokcomp_cli.evidence.keeping import USUAL, find_on
from tokcomp_cli.evidence.own_budget import CURVE
from tokcomp_cli.evidence.prepared import Progress, Wanted, encoded, keeping_on
from tokcomp_cli.evidence.report import evidence


def judge(
    paths: Sequence[Path],
    encoder: Encoder,
    methods: Sequence[str] | None,
    budgets: Sequence[int] | None,
    *,
    scenes: int | None,
    split: str,
    folder: Path | None,
    data: str,
    progress: Progress,
) -> Evidence:
    """Return what the evidence comes to.

    Args:
        paths: Answerers of one task, trained on this encoder's tokens.
        encoder: Gives the tokens.
        methods: Names; None for all that the task can judge.
        budgets: Tokens to keep of each picture or clip; None for the usual ones.
        scenes: Pictures or clips; None for the usual number.
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
    nets, scaling = [net for net, _, _ in loaded], loaded[0][2]
    task = cards[0].task
    usual = USUAL[task]
    wanted = Wanted(task, split, usual.scenes if scenes is None else scenes, data)
    chosen = [find_on(task, name) for name in methods or usual.methods]
    for method in chosen:
        method.check_encoder(encoder.facts)
    default = find_on(task, usual.default)
    given = encoded(wanted, encoder, folder, progress)
    keeping = keeping_on(task, given, scaling, encoder)
    budgets = budgets or usual.budgets
    done = set(budgets) if default in chosen else set()
    each = CURVE[:: usual.curve_step]
    curve_at = [budget * scaling.frames for budget in each if budget <= len(scaling.blank)]
    more = [budget for budget in curve_at if budget not in done]
    of_methods = len(chosen) * len(budgets)
    tried: list[Trial] = []
    progress(0, of_methods + len(more))
    for one in chain(
        trials(nets, given, scaling, keeping, chosen, budgets),
        trials(nets, given, scaling, keeping, [default], more),
    ):
        tried.append(one)
        progress(len(tried), of_methods + len(more))
    found = tried[:of_methods]
    curve = sorted((one for one in tried if one.method == default.name), key=lambda one: one.budget)
    return evidence(
        given,
        VOCABULARIES[task],
        [f"{card.regime} {card.seed}" for card in cards],
        all_tokens(nets, given, scaling),
        no_tokens(nets, given, scaling),
        found,
        curve,
        torch.stack([energy_of(one.float() - scaling.blanks) for one in given.features]).numpy(),
        floor=float(encoder.facts.floor),
        grid=scaling.grid,
        task=task,
    )
