"""What is done to every file of a batch, and the hash that two batches must share to write one output."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.encoders import open_encoder
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.media.ipc import Message
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.render.schema.document import SCHEMA_VERSION

# What an encoder makes of its own settings stands among its facts; the rest decides when a worker is given
# up, not what it finds.
_NOT_HASHED = ("layer", "resolution", "fit", "device", "precision", "offline", "decode_timeout")


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to every file.

    Attributes:
        plan: Of the analysis; its encoder is one that exists, not `auto`.
        maps: Whether records hold keep-maps.
        save: Folder for the kept tokens of each file, or None.
    """

    plan: Plan
    maps: bool = False
    save: str | None = None

    @property
    def device(self) -> str:
        """Return where the encoder runs."""
        return self.plan.encoder.device

    def load_encoder(self) -> Encoder:
        """Return the encoder, loaded.

        Raises:
            PlanError: There is none of that name, or it cannot be run so.
            EncoderError: Its weights are missing, altered or unfit.
        """
        return open_encoder(self.plan.encoder)

    def to_message(self) -> Message:
        """Return the job in JSON's types."""
        return {"plan": self.plan.to_record(), "maps": self.maps, "save": self.save}

    @classmethod
    def from_message(cls, message: Message) -> "Job":
        """Return the job in a message; other keys are ignored."""
        given: dict[str, Any] = dict(message)
        return cls(Plan.of(**given["plan"]), given["maps"], given["save"])


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
    plan = {key: value for key, value in job.plan.to_record().items() if key not in _NOT_HASHED}
    in_force = resolve(job.plan, facts)
    plan |= {"encoder": facts.name, "threshold": in_force.threshold, "similarity": in_force.similarity}
    encoder = {
        "layer": facts.layer,
        "resolution": facts.input_size,
        "fit": facts.fit,
        "device": facts.device,
        "precision": facts.dtype,
        "floor": facts.floor,
    }
    settings = {**plan, **encoder, "maps": job.maps, "save": job.save is not None, "schema": SCHEMA_VERSION}
    text = json.dumps(settings, sort_keys=True, ensure_ascii=True)
    sha256 = hashlib.sha256(text.encode("ascii")).hexdigest()
    return SettingsHash(json.loads(json.dumps(settings)), sha256, facts.weights_sha256)
