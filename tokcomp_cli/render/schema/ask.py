"""The JSON document of `ask`.

History of the schema:

    1   meta, media, frames_sampled, question, vlm, plan, full and compressed (answer, answer_tokens,
        pictures, text_tokens, visual_tokens, visual_tokens_per_layer, visual_tokens_layer_mean, estimated
        (prefill_flops, kv_bytes), decode_steps, ms), explained, logit_kl, answer_kl, log_likelihood_full,
        log_likelihood, agreement, same_first_tokens, sweep, notes, verdict, time_sentence, timings_ms.
        Between two runs on one machine only `full.ms`, `compressed.ms`, `time_sentence` and `timings_ms`
        differ.
"""

from dataclasses import asdict

from tokcomp_cli.core.results.ask import Answered, Side
from tokcomp_cli.render.schema.document import Document, meta

SCHEMA = "tokcomp.ask"


def answer_document(found: Answered) -> Document:
    """Return the document of one question about one input."""
    return {
        "meta": meta(SCHEMA),
        "media": found.media,
        "frames_sampled": found.frames_sampled,
        "question": found.question,
        "vlm": found.vlm,
        "plan": found.plan,
        "full": _side(found.full),
        "compressed": _side(found.compressed),
        "explained": found.explained,
        **asdict(found.divergence),
        "sweep": found.sweep,
        "notes": found.notes,
        "verdict": found.verdict,
        "time_sentence": found.time_sentence,
        "timings_ms": found.timings_ms,
    }


def _side(side: Side) -> Document:
    return {
        "answer": side.answer,
        "answer_tokens": side.answer_tokens,
        "pictures": side.pictures,
        "text_tokens": side.text_tokens,
        "visual_tokens": side.visual_tokens,
        "visual_tokens_per_layer": side.visual_tokens_per_layer,
        "visual_tokens_layer_mean": side.layer_mean,
        "estimated": {
            "prefill_flops": side.prefill_flops_estimated,
            "kv_bytes": side.kv_bytes_estimated,
        },
        "decode_steps": side.decode_steps,
        "ms": side.ms,
    }
