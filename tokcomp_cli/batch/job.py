"""What is done to every file of a batch, and the hash that two batches must share to write one output."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tokcomp_cli.core.results.advice import Tier
from tokcomp_cli.core.results.analysis import EncoderFacts
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.base import Encoder, Options
from tokcomp_cli.media.ipc import Message
from tokcomp_cli.plan.budget import Budget
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.render.schema import SCHEMA_VERSION

# The encoder's facts name it; the time limit decides when a worker is ended, not what it finds.
_NOT_HASHED = ("encoder", "timeout_seconds")


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
    options: Options
    offline: bool = False
    maps: bool = False
    save: str | None = None

    @property
    def device(self) -> str:
        """Return where the encoder runs."""
        return self.options.device

    def load_encoder(self) -> Encoder:
        """Return the encoder, loaded.

        Raises:
            PlanError: There is none of that name, or it cannot be run so.
            EncoderError: Its weights are missing, altered or unfit.
        """
        return load_encoder(self.plan.encoder, **asdict(self.options), offline=self.offline)

    def to_message(self) -> Message:
        """Return the job in JSON's types."""
        return {**asdict(self), "plan": plan_to_record(self.plan)}

    @classmethod
    def from_message(cls, message: Message) -> "Job":
        """Return the job in a message; other keys are ignored."""
        given: dict[str, Any] = dict(message)
        size = given["options"]["resolution"]
        options = given["options"] | {"resolution": tuple(size) if isinstance(size, list) else size}
        plan = plan_from_record(given["plan"])
        return cls(plan, Options(**options), given["offline"], given["maps"], given["save"])


def plan_to_record(plan: Plan) -> dict[str, Any]:
    """Return a plan in JSON's types."""
    return asdict(plan)


def plan_from_record(record: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_to_record` made the record of."""
    tiers = record["tiers"]
    return Plan(
        **dict(record)
        | {
            "budget": Budget(**record["budget"]),
            "layer_keep": tuple(record["layer_keep"]),
            "difficulty_cuts": tuple(record["difficulty_cuts"]),
            "tiers": None if tiers is None else tuple(Tier(**tier) for tier in tiers),
        }
    )


@dataclass(frozen=True, slots=True)
class SettingsHash:
    """What results must share to stand in one output.

    Attributes:
        settings: Everything that decides a result besides file and weights, by name.
        settings_sha256: Hash of them.
        weights_sha256: Hash of the encoder's weights; None for an encoder without.
    """

    settings: Mapping[str, object]
    settings_sha256: str
    weights_sha256: str | None


def settings_hash(job: Job, facts: EncoderFacts) -> SettingsHash:
    """Return the hash of a job's settings.

    Args:
        job: What is done.
        facts: Of its encoder after loading, so that a new calibration counts.
    """
    plan = {name: value for name, value in plan_to_record(job.plan).items() if name not in _NOT_HASHED}
    plan |= {
        "budget": str(job.plan.budget),
        "threshold": facts.threshold if job.plan.threshold is None else job.plan.threshold,
        "similarity": job.plan.similarity or facts.similarity,
    }
    encoder = {
        "encoder": facts.name,
        "layer": facts.layer,
        "resolution": facts.input_size,
        "fit": facts.fit,
        "device": facts.device,
        "precision": facts.dtype,
        "floor": facts.floor,
    }
    settings = {**encoder, **plan, "maps": job.maps, "save": job.save is not None, "schema": SCHEMA_VERSION}
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True)
    sha256 = hashlib.sha256(text.encode("ascii")).hexdigest()
    return SettingsHash(json.loads(json.dumps(settings)), sha256, facts.weights_sha256)
