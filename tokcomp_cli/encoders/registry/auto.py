"""Which encoder `auto` stands for."""

from tokcomp_cli.encoders.registry.weights_on_disk import PICKLED, SAFE, repository_folder

CLIP = "clip:ViT-B-16/datacomp_xl_s13b_b90k"
# open_clip's table says the same; `auto` is asked at every start, so the table is not read for it
REPOSITORY = "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K"


def choose_auto() -> tuple[str, str | None]:
    """Return the encoder that `auto` stands for and a line for the user, or None where none is needed."""
    snapshots = repository_folder(REPOSITORY) / "snapshots"
    if any((found / file).is_file() for found in snapshots.glob("*") for file in (SAFE, PICKLED)):
        return CLIP, None
    return "embedded", "encoder: embedded; no CLIP is on disk, `tokcomp models pull` fetches one"
