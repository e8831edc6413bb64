"""The explicit table of families: one file each, one line here."""

from tokcomp_cli.errors import ModelError
from tokcomp_cli.vlm import fast_vlm, idefics3, llava, llava_onevision, qwen2_5_vl, smolvlm
from tokcomp_cli.vlm.base import Adapter

ADAPTERS: tuple[Adapter, ...] = (
    smolvlm.ADAPTER,
    idefics3.ADAPTER,
    llava.ADAPTER,
    llava_onevision.ADAPTER,
    fast_vlm.ADAPTER,
    qwen2_5_vl.ADAPTER,
)


def adapter_for(model_type: str, name: str) -> Adapter:
    """Return the adapter for a config's `model_type`.

    Args:
        model_type: As the config states it.
        name: Of the model, for the message.

    Raises:
        ModelError: No family has it.
    """
    for adapter in ADAPTERS:
        if model_type in adapter.model_types:
            return adapter
    known = ", ".join(f"{one.family} ({', '.join(one.model_types)})" for one in ADAPTERS)
    raise ModelError(f"'{name}' is of an unknown architecture ({model_type}); known: {known}")
