"""What asking came to, in sentences."""

from tokcomp_cli.core.results.ask import Divergence, Side

PHASES = {"prepare": "preparing pictures", "encode": "encoding", "prefill": "prefill"}
HARDLY = 0.05
NEAR_NATS = 0.1
SHORT_MS = 10


def verdict(full: Side, compressed: Side, apart: Divergence) -> str:
    """Return a sentence on what fewer tokens did to the answer."""
    shrunk = f"{full.visual_tokens:,} → {compressed.visual_tokens:,} visual tokens at the LLM input"
    last = compressed.visual_tokens_per_layer[-1]
    if last != compressed.visual_tokens:
        shrunk += f" ({last:,} in the last layer)"
    near = f"next-token KL {apart.logit_kl:.3g} nats"
    if not full.answer_tokens:
        return f"The full model answers nothing, so there is nothing to keep: {shrunk}, {near}."
    first = apart.same_first_tokens
    if first == full.answer_tokens == compressed.answer_tokens:
        return f"The answer is the same: {shrunk}, {near}."
    differs = f"The answer differs after {first} of {full.answer_tokens} tokens: {shrunk}, {near}"
    return f"{differs}{', a near thing' if apart.logit_kl < NEAR_NATS else ''}; read both."


def time_sentence(full: Side, compressed: Side, merge_ms: float) -> str:
    """Return where the time went and whether compression helped.

    Answers may differ in length, so the time to the first token and the time of each further one are told
    apart.

    Args:
        full: With all tokens.
        compressed: With fewer.
        merge_ms: What finding merged frames took, for the compressed way.
    """
    total = full.first_token_ms
    phases = {word: full.ms.get(phase, 0.0) / total for phase, word in PHASES.items()}
    shares = ", ".join(f"{word} {share:.0%}" for word, share in phases.items())
    spent = compressed.first_token_ms + merge_ms
    extra = [f"{merge_ms:,.0f} to find merged frames"] if merge_ms else []
    extra.append(f"{compressed.ms.get('reduce', 0.0):,.0f} to reduce tokens")
    outcome = f"with fewer {spent:,.0f} ms ({', '.join(extra)}), {_gain(1 - spent / total)}"
    sentence = f"To the first token with all tokens {total:,.0f} ms ({shares}); {outcome}."
    if full.decode_steps and compressed.decode_steps:
        each = [side.ms["decode"] / side.decode_steps for side in (full, compressed)]
        told = [f"{ms:,.0f}" if ms >= SHORT_MS else f"{ms:.2g}" for ms in each]
        sentence += f" Each further token {told[0]} ms, with fewer {told[1]} ms."
    if max(phases, key=lambda word: phases[word]) == PHASES["encode"]:
        several = ": fewer frames before the encoder save most."
        sentence += (
            f" Encoding dominates{several if full.pictures > 1 else ', and tokens are fewer only after it.'}"
        )
    return sentence


def _gain(less: float) -> str:
    """Return a share of time saved in words."""
    if less > HARDLY:
        return f"{less:.0%} less"
    return f"{-less:.0%} more: it did not pay here" if less < -HARDLY else "no gain worth the name"
