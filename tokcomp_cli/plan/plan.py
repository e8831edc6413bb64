"""What is asked for, checked before any file is opened."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tokcomp_cli.core.results.tier import Tier
from tokcomp_cli.core.setting import Setting, part, parts_of, setting, settings_of
from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.errors import PlanError, check_choice, near
from tokcomp_cli.plan.budget import BudgetPlan
from tokcomp_cli.plan.decoding import Decoding
from tokcomp_cli.plan.difficulty import DifficultyPlan
from tokcomp_cli.plan.layers import Layers
from tokcomp_cli.plan.presets import find_preset
from tokcomp_cli.plan.sampling import Sampling
from tokcomp_cli.plan.stages import Spatial, Temporal
from tokcomp_cli.plan.tiers import parse_tiers

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar

MOST_SEED = 2**63 - 1
WHOLE_GRID = ("none", "pool")
ENGINES = ("vllm", "vllm-vidcom2", "tensorrt-llm", "openvino")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run's result besides the file.

    `Plan.of(budget="25%", fps=4)` makes one from settings by the names that users write.

    Attributes:
        query: Question for the difficulty and for relevance, or None.
        seed: Of all randomness.
        preset: Name of the pipeline that fixed some settings (`with_preset`), or None.
        tiers: Own tiers of relevance, or None for the reference note's shares.
        detail: Whether to encode the picture's tiles and measure what they are worth.
        serving: Serving engine whose pruning setting is looked for, or None.
        ocr: Whether words are read at full and at the encoder's size.
        search_chains: Whether to look for the fewest tokens over every way to merge a video.
        maps: Whether to keep what pages are drawn from: where content is lost, and maps at other budgets.
        resolution_check: Whether to measure what the resize leaves of the pictures, and how likely they hold
            text.
    """

    sampling: Sampling = part(Sampling)
    decoding: Decoding = part(Decoding)
    encoder: EncoderChoice = part(EncoderChoice)
    spatial: Spatial = part(Spatial)
    temporal: Temporal = part(Temporal)
    budget: BudgetPlan = part(BudgetPlan)
    layers: Layers = part(Layers)
    difficulty: DifficultyPlan = part(DifficultyPlan)
    query: str | None = setting(None, "Question that will be asked.", "Budget")
    seed: int = setting(0, "Seed of all randomness.")
    preset: str | None = setting(
        None, "Run a whole pipeline.", "Compression", metavar="pvc|fastvlm|router|arr-coc"
    )
    tiers: tuple[Tier, ...] | None = setting(
        None,
        "Cap the tokens of each cell by its relevance.",
        metavar="CELLSxTOKENS,...",
        parse=parse_tiers,
    )
    detail: bool = setting(False, "Measure what three times the resolution adds.", "Budget", in_result=False)
    serving: str | None = setting(
        None,
        "Find a serving engine's pruning setting.",
        "Budget",
        metavar="vllm|vllm-vidcom2|tensorrt-llm|openvino",
    )
    ocr: bool = setting(False, "Read words before and after the resize [ocr].", "Budget", in_result=False)
    resolution_check: bool = setting(False, "", in_result=False, option=False)
    search_chains: bool = setting(False, "", in_result=False, option=False)
    maps: bool = setting(False, "", in_result=False, option=False)

    def __post_init__(self) -> None:
        """Check what no part can check by itself.

        Raises:
            PlanError: The first thing that cannot be done.
        """
        for name, of in parts_of(Plan).items():
            if not isinstance(getattr(self, name), of):
                raise PlanError(
                    f"Plan({name}=...) takes a {of.__name__}; Plan.of({name}=...) takes what users write"
                )
        _check_rest(self)
        if self.temporal.whole_video:
            _check_whole_video(self)

    @classmethod
    def of(cls, **given: Any) -> "Plan":
        """Return the plan of settings by the names that users write, as `budget="25%"`, `start=3.5`.

        Args:
            given: Values, or texts as on the command line. A preset fixes some settings.

        Raises:
            PlanError: A setting is not known or cannot be done.
        """
        return cls().but(**given)

    def but(self, **given: Any) -> "Plan":
        """Return the plan with other settings; as `Plan.of`."""
        known = all_settings()
        changed: dict[str | None, dict[str, Any]] = {}
        for key, value in given.items():
            if key not in known:
                raise PlanError(f"unknown setting `{key}`{near(key, known)}")
            holder, one = known[key]
            scalar = isinstance(value, str | int | float) and not isinstance(value, bool)
            parsed = one.parse(str(value)) if one.parse is not None and scalar else value
            changed.setdefault(holder, {})[one.field] = parsed
        own = changed.pop(None, {})
        preset = own.pop("preset", None)
        parts = {name: replace(getattr(self, name), **new) for name, new in changed.items() if name}
        plan = replace(self, **parts, **own)
        return plan if preset is None else _with_preset(plan, preset, given)

    def to_record(self) -> "dict[str, Scalar]":
        """Return all settings by the names that users write; `Plan.of(**record)` gives the plan again."""
        record = {}
        for key, (holder, one) in all_settings().items():
            owner = self if holder is None else getattr(self, holder)
            record[key] = one.show(getattr(owner, one.field))
        return record

    @property
    def tiers_measured(self) -> bool:
        """Return whether tiers of relevance are measured: where asked for, and beside a resolution check."""
        beside = self.budget.target is not None and self.resolution_check
        return (self.tiers_in_ledger or beside) and not self.temporal.whole_video

    @property
    def tiers_in_ledger(self) -> bool:
        """Return whether tiers are applied after the budget stage, and not only measured beside it."""
        return self.tiers is not None or self.preset == "arr-coc"


@cache
def all_settings() -> Mapping[str, tuple[str | None, Setting]]:
    """Return every setting by its key, with the field of `Plan` that holds its part; None for its own."""
    of_parts = {one.key: (name, one) for name, of in parts_of(Plan).items() for one in settings_of(of)}
    return of_parts | {one.key: (None, one) for one in settings_of(Plan)}


def _with_preset(plan: Plan, name: str, given: Collection[str]) -> Plan:
    """Return the plan with what a preset fixes; something given that says otherwise is an error."""
    preset, asked = find_preset(name), plan.to_record()
    for key, value in preset.fixed.items():
        if key in given and asked[key] != value:
            rule = f"takes no `{key}`" if value is None else f"fixes `{key}` to {value}"
            raise PlanError(f"`preset` {name} {rule}, and {asked[key]} was given; leave one of the two out")
    if plan.serving is not None and preset.detail:
        raise PlanError(f"`serving` is measured on the frames alone; leave out `preset` {name} or `serving`")
    if plan.tiers is not None and name != "arr-coc":
        raise PlanError(f"`tiers` goes with `preset` arr-coc, or with none; got `preset` {name}")
    more = {name: True for name in ("detail", "resolution_check") if preset.detail}
    return replace(plan.but(**preset.fixed, **more), preset=name)


def _check_rest(plan: Plan) -> None:
    if not 0 <= plan.seed <= MOST_SEED:
        raise PlanError(f"`seed` takes a whole number from 0 to 2^63 - 1; got {plan.seed}")
    if plan.query is not None and not plan.query.strip():
        raise PlanError("`query` is empty; write a question or leave it out")
    if plan.serving is not None:
        check_choice("serving", plan.serving, ENGINES)
    if plan.serving == "openvino" and plan.query is None:
        raise PlanError(
            "`serving` openvino prunes by the question (CDPruner); give `query`, and an encoder with a text "
            "tower"
        )
    if plan.budget.budget.kind == "target" and plan.tiers_in_ledger:
        raise PlanError("`budget` target= cannot be held beside `tiers`, which take tokens after it")
    if plan.ocr:
        from tokcomp_cli.difficulty.ocr import missing

        if absent := missing():
            raise PlanError(f"`ocr` cannot read words: {absent}")


def _check_whole_video(plan: Plan) -> None:
    """Check what goes with a temporal method over the whole video."""
    method = plan.temporal.name
    if plan.spatial.method not in {None, *WHOLE_GRID}:
        raise PlanError(
            f"`temporal` {method} compares patches at the same place of the grid, which `spatial` "
            f"{plan.spatial.method} breaks; use `spatial` {' or '.join(WHOLE_GRID)}, or leave it out"
        )
    for given, what in ((plan.detail, "`detail`"), (plan.tiers_in_ledger, "`tiers`")):
        if given:
            raise PlanError(
                f"{what} works on merged frames, and `temporal` {method} merges none; "
                "use `temporal` frame-merge"
            )
    if plan.budget.reduce == "steps":
        raise PlanError(f"`reduce` steps does not go with `temporal` {method}; use `reduce` ward")
