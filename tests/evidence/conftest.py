import numpy as np
import pytest
import torch
from PIL import Image

from tokcomp_cli.evidence.task.ingredients import NUM_THINGS, STAMPS, THINGS_IN, Ingredients


def texture(rng, side):
    coarse = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """Return a folder laid out as the packages are, with pictures made here."""
    root, rng = tmp_path_factory.mktemp("packages"), np.random.default_rng(0)
    for number in range(NUM_THINGS):
        folder = root / STAMPS / THINGS_IN[number % len(THINGS_IN)]
        folder.mkdir(parents=True, exist_ok=True)
        thing = np.zeros((40, 60, 4), dtype=np.uint8)
        thing[5:35, 5:55] = (*rng.integers(0, 255, 3), 255)
        Image.fromarray(thing).save(folder / f"thing{number:02}.png")
    rcc = root / "usr/share/gcompris-qt/rcc"
    rcc.mkdir(parents=True)
    for name in ("explore_monuments", "erase", "explore_world_animals", "explore_farm_animals"):
        webp = rcc / "one.webp"
        parts = [b"qres"]
        for _ in range(8):
            texture(rng, 256).save(webp, quality=60, method=0)
            data = webp.read_bytes()
            parts += [b"\0" * 7, data]
        webp.unlink()
        (rcc / f"{name}.rcc").write_bytes(b"".join(parts))
    for folder in (
        "usr/share/backgrounds",
        "usr/share/backgrounds/mate/nature",
        "usr/share/backgrounds/mate/abstract",
        "usr/share/backgrounds/mate/desktop",
        "usr/share/wallpapers/One/contents/images",
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(8):
            texture(rng, 256).save(root / folder / f"ground{folder.count('/')}{number}.png")
    return root


@pytest.fixture(scope="session")
def ingredients(packages):
    return Ingredients(packages)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)
