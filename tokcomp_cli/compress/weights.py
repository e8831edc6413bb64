"""What a method with weights knows of them."""

from dataclasses import dataclass

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights that a method runs with.

    Attributes:
        encoder: Name of the encoder on whose tokens they were trained.
        encoder_sha256: Of that encoder's weights, or empty.
        sha256: Of the checkpoint.
    """

    encoder: str
    encoder_sha256: str
    sha256: str

    def check(self, method: str, facts: EncoderFacts) -> None:
        """Raise EvidenceError unless this is the encoder on whose tokens they were trained."""
        if (facts.name, facts.weights_sha256 or "") != (self.encoder, self.encoder_sha256):
            raise EvidenceError(
                f"{method} was trained on tokens of {self.encoder}, and {facts.name} with other weights was "
                "given; choose that encoder, or train one with `tokcomp train compressor`"
            )
