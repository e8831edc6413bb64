"""What asking a model found out. Console, JSON and pages read these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Scalar


@dataclass(frozen=True, slots=True)
class VlmFacts:
    """What was asked.

    Attributes:
        name: As asked for with `--vlm`.
        family: In words.
        parameters: Number of weights.
        layers: Decoder layers.
        dim: Width of a token in the decoder.
        context: Most tokens that it takes; None where its config does not say.
        dtype, device: How and where it ran.
        feature_space: Where `explained` was measured, in words.
    """

    name: str
    family: str
    parameters: int
    layers: int
    dim: int
    context: int | None
    dtype: str
    device: str
    feature_space: str


@dataclass(frozen=True, slots=True)
class Side:
    """One way of asking.

    Attributes:
        answer: Text.
        answer_tokens: How many tokens it is.
        pictures: Pictures or frames that the model's encoder saw.
        text_tokens: Tokens of the prompt that are not visual.
        visual_tokens: Visual tokens at the LLM input.
        visual_tokens_per_layer: Visual tokens in each layer's cache after the prompt, as measured.
        ms: Medians of `prepare`, `encode`, `reduce`, `prefill` and `decode`.
        decode_steps: Tokens that were decoded one by one.
        prefill_flops_estimated: Multiplications and additions of the decoder for the prompt.
        kv_bytes_estimated: Keys and values after the prompt.
    """

    answer: str
    answer_tokens: int
    pictures: int
    text_tokens: int
    visual_tokens: int
    visual_tokens_per_layer: tuple[int, ...]
    ms: Mapping[str, float]
    decode_steps: int
    prefill_flops_estimated: int
    kv_bytes_estimated: int

    @property
    def layer_mean(self) -> float:
        """Return the mean of the visual tokens over layers."""
        return sum(self.visual_tokens_per_layer) / len(self.visual_tokens_per_layer)

    @property
    def first_token_ms(self) -> float:
        """Return the time from pictures to the first token."""
        return sum(ms for phase, ms in self.ms.items() if phase != "decode")


@dataclass(frozen=True, slots=True)
class Divergence:
    """How far the compressed model is from the full one, whose answer is the reference.

    Attributes:
        logit_kl: KL of the compressed model's next-token distribution from the full one's, in nats.
        answer_kl: Its mean over all tokens of the full answer, each given those before.
        log_likelihood_full, log_likelihood: Of the full answer, mean over its tokens; None for an empty one.
        agreement: Share of the full answer's tokens that the compressed model would choose too, each given
            those before; None for an empty answer.
        same_first_tokens: Tokens that both answers begin with alike.
    """

    logit_kl: float
    answer_kl: float
    log_likelihood_full: float | None
    log_likelihood: float | None
    agreement: float | None
    same_first_tokens: int = 0


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One method at one budget, nothing dropped inside the decoder."""

    method: str
    budget: int
    tokens: int
    explained: float
    logit_kl: float
    answer_kl: float
    agreement: float | None
    log_likelihood: float | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """Whether `explained` tells which budget and which method keep the answer.

    Attributes:
        points: By budget, then by method.
        rank_correlation: Spearman's, of `explained` and minus `answer_kl`, over all points; None where one of
            them does not vary.
        within_budget: Mean over budgets of the same over the methods at one budget, which a budget alone
            cannot bring about; None where no budget has three methods.
        budgets: Budgets that the mean is over.
        feature_space: Where `explained` was measured.
        verdict: What that says of the proxy.
    """

    points: tuple[SweepPoint, ...]
    rank_correlation: float | None
    within_budget: float | None
    budgets: int
    feature_space: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Everything one question found out about one input."""

    media: MediaFacts
    frames_sampled: int
    question: str
    vlm: VlmFacts
    plan: Mapping[str, Scalar]
    full: Side
    compressed: Side
    explained: float
    divergence: Divergence
    notes: tuple[str, ...]
    verdict: str
    time_sentence: str
    sweep: Sweep | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
