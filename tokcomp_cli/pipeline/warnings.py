"""What a user should know of a plan with its encoder."""

from tokcomp_cli.difficulty.rules import EMBEDDED_FIT, parse_rule
from tokcomp_cli.encoders.pointing import doubt
from tokcomp_cli.plan.resolved import ResolvedPlan


def warnings_of(settings: ResolvedPlan) -> tuple[str, ...]:
    """Return the warnings, each a short sentence."""
    plan, facts = settings.plan, settings.facts
    warnings = list(facts.notes)
    if not facts.calibrated:
        guessed = plan.temporal.threshold is not None
        guesses = "floor is a guess" if guessed else "threshold and floor are guesses"
        warnings.append(
            f"encoder {facts.name} is not calibrated: its {guesses}; run tokcomp models calibrate"
        )
    target = plan.budget.target
    if target is not None and plan.tiers_in_ledger:
        warnings.append("tiers take tokens after the budget: none is recommended for --target beside them")
    if target is not None and plan.preset == "fastvlm":
        warnings.append("--preset fastvlm leaves no budget to choose: none is recommended for --target")
    if plan.query is not None and not facts.text:
        warnings.append(
            f"encoder {facts.name} has no text tower: the query counts for the difficulty, "
            "relevance falls back to saliency"
        )
    if plan.query is not None and facts.text and (said := doubt(facts)) is not None:
        warnings.append(said)
    rule = parse_rule(plan.difficulty.rule)
    if rule.fit == EMBEDDED_FIT and not rule.own and facts.name != "embedded":
        warnings.append(
            f"--difficulty measured was fitted on the encoder embedded, not on {facts.name}: fit it with "
            "tokcomp budget --calibrate FOLDER --difficulty measured"
        )
    return tuple(warnings)
