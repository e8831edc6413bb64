"""What is done to every file of a batch, and how that is told from another batch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.advice import Tier
from tokcomp_cli.encoders import open_encoder
from tokcomp_cli.encoders.base import Encoder, EncoderChoice
from tokcomp_cli.media.wire import Message
from tokcomp_cli.plan.budget import Budget
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.render.schema import SCHEMA_VERSION

# They decide when a worker is given up, not what it finds.
_NO_SETTINGS = ("encoder", "timeout_seconds")


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to every file.

    Attributes:
        plan: Of the analysis; its encoder is one that exists, not `auto`.
        options: How the encoder is run.
        offline: Whether the network is forbidden.
        maps: Whether records hold keep-maps.
        save: Folder for the kept tokens of each file, or None.
    """

    plan: Plan
    options: EncoderChoice
    offline: bool = False
    maps: bool = False
    save: str | None = None

    def encoder(self) -> Encoder:
        """Return the encoder, loaded.

        Raises:
            PlanError: There is none of that name, or it cannot be run so.
            EncoderError: Its weights are missing, altered or unfit.
        """
        return open_encoder(replace(self.options, name=self.plan.encoder, offline=self.offline))

    def message(self) -> Message:
        """Return the job as JSON's own types."""
        return {**asdict(self), "options": asdict(self.options), "plan": asdict(self.plan)}

    @classmethod
    def of_message(cls, message: Message) -> "Job":
        """Return the job that a message holds; what else is in it is left alone."""
        given: dict[str, Any] = {field.name: message[field.name] for field in fields(cls)}
        plan, options = given["plan"], given["options"]
        plan |= {"budget": Budget(**plan["budget"]), "layer_keep": tuple(plan["layer_keep"])}
        plan["difficulty_cuts"] = tuple(plan["difficulty_cuts"])
        if plan["tiers"] is not None:
            plan["tiers"] = tuple(Tier(**tier) for tier in plan["tiers"])
        if isinstance(options["resolution"], list):
            options["resolution"] = tuple(options["resolution"])
        return cls(**given | {"plan": Plan(**plan), "options": EncoderChoice(**options)})


@dataclass(frozen=True, slots=True)
class Stamp:
    """What results must have in common to stand in one output.

    Attributes:
        settings: Everything that decides a result besides file and weights, by name.
        settings_sha256: Hash of them.
        weights_sha256: Hash of the encoder's weights; None for an encoder without.
    """

    settings: Mapping[str, object]
    settings_sha256: str
    weights_sha256: str | None


def stamp(job: Job, facts: EncoderFacts) -> Stamp:
    """Return the stamp of a job's results.

    Args:
        job: What is done.
        facts: Of its encoder as it was loaded: calibrated figures count, wherever they came from.
    """
    plan = {name: value for name, value in asdict(job.plan).items() if name not in _NO_SETTINGS}
    plan |= {
        "budget": str(job.plan.budget),
        "threshold": facts.threshold if job.plan.threshold is None else job.plan.threshold,
        "similarity": job.plan.similarity or facts.similarity,
        "layer_keep": list(job.plan.layer_keep),
    }
    encoder = {
        "encoder": facts.name,
        "layer": facts.layer,
        "resolution": list(facts.input_size),
        "fit": facts.fit,
        "device": facts.device,
        "precision": facts.dtype,
        "floor": facts.floor,
    }
    settings = {**encoder, **plan, "maps": job.maps, "save": job.save is not None, "schema": SCHEMA_VERSION}
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True)
    return Stamp(
        json.loads(json.dumps(settings)),
        hashlib.sha256(text.encode("ascii")).hexdigest(),
        facts.weights_sha256,
    )
