"""Bringing a picture to the input, against the transforms that CLIP models are trained with."""

import numpy as np
import pytest
import torch
from open_clip import image_transform
from PIL import Image
from torchvision.transforms.functional import to_tensor

from tokcomp_cli.core.frames import array_pictures
from tokcomp_cli.encoders.geometry import fitted, input_of, place

MODES = {"squash": "squash", "crop": "shortest", "pad": "longest"}


def picture(height: int, width: int) -> np.ndarray:
    down, across = np.mgrid[0:height, 0:width]
    planes = [np.sin(down / 7) * 90 + 128, np.cos(across / 5) * 90 + 128, (down + across) % 256]
    return np.stack(planes, 2).astype(np.uint8)


@pytest.mark.parametrize("fit", MODES)
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(120, 200), (97, 61), (64, 64), (30, 300)])
def test_fits_are_open_clips_transforms(fit, interpolation, size):
    rgb = picture(*size)
    theirs = image_transform(
        64, is_train=False, mean=(0, 0, 0), std=(1, 1, 1), resize_mode=MODES[fit], interpolation=interpolation
    )(Image.fromarray(rgb))
    ours = fitted(rgb[None], (64, 64), fit=fit, interpolation=interpolation)[0].float() / 255
    assert (ours - theirs).abs().max() <= 1.5 / 255


def test_crop_of_an_oblong_input_fills_it():
    for size in [(100, 100), (40, 300), (300, 40)]:
        assert fitted(picture(*size)[None], (32, 64), fit="crop").shape == (1, 3, 32, 64)
        assert fitted(picture(*size)[None], (32, 64), fit="pad").shape == (1, 3, 32, 64)


def test_source_rectangle_is_where_the_pixels_come_from():
    rgb = np.zeros((80, 200, 3), np.uint8)
    spot = place((80, 200), (40, 40), "crop")
    left, top, right, bottom = spot.source
    assert (top, bottom) == (0, 80)
    assert (left, right) == (60, 140)
    rgb[:, int(left) : int(right)] = 255
    assert (
        to_tensor(fitted(rgb[None], (40, 40), fit="crop")[0].permute(1, 2, 0).numpy())[:, :, 2:-2].min() == 1
    )
    padded = place((80, 200), (40, 40), "pad")
    assert padded.source == (0, 0, 200, 80)
    assert padded.target == (0, 12, 40, 28)
    assert place((80, 200), (40, 40)).source == (0, 0, 200, 80)


def test_fill_lies_outside_the_picture_only():
    out = fitted(np.full((1, 20, 40, 3), 9, np.uint8), (40, 40), fit="pad", fill=200)[0]
    assert torch.equal(out[:, 10:30], torch.full((3, 20, 40), 9, dtype=torch.uint8))
    assert (out[:, :10] == 200).all()
    assert (out[:, 30:] == 200).all()


@pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
@pytest.mark.parametrize("picture", [(90, 160), (161, 91), (64, 64), (20, 30), (48, 48)])
def test_one_picture_is_brought_to_the_input_like_a_batch(fit, picture):
    rgb = np.random.default_rng(4).integers(0, 256, (2, *picture, 3), np.uint8)
    for interpolation in ("bicubic", "bilinear"):
        how = {"fit": fit, "interpolation": interpolation, "fill": 77}
        wanted = fitted(rgb, (48, 48), **how)
        inputs = np.stack([input_of(one, (48, 48), **how) for one in array_pictures(rgb)])
        assert torch.equal(torch.from_numpy(inputs).permute(0, 3, 1, 2), wanted)
        assert torch.equal(fitted(inputs, (48, 48), **how), wanted)
