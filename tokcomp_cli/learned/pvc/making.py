"""PVC's tokens of clips whose first blocks were run before."""

from dataclasses import dataclass

import torch
from torch import Tensor

from tokcomp_cli.encoders.vit_small import VitSmall
from tokcomp_cli.learned.pvc.clips import TimedClips
from tokcomp_cli.learned.pvc.network import Pvc
from tokcomp_cli.learned.pvc.reading import CHUNK, Short, cell_places


@dataclass(frozen=True, slots=True)
class Making:
    """Makes few tokens of clips; gradients pass to the network.

    Attributes:
        net: PVC; without attention over time the tokens of the encoder are taken as they are.
        tower: The embedded encoder's, in float32, as gradients pass through its last blocks.
        clips: The clips.
    """

    net: Pvc
    tower: VitSmall
    clips: TimedClips

    def __call__(self, chosen: Tensor) -> Short:
        """Return the few tokens of some clips."""
        net, clips, cells = self.net, self.clips, self.net.squeeze.cells
        seconds = clips.seconds.expand(len(chosen), -1)
        with torch.autocast("cpu", torch.bfloat16):
            content = net.short(self._content(chosen, seconds), seconds)
        place = cell_places(cells, clips.scaling).expand(len(chosen), -1, -1)
        return Short(content.float(), place, cells.expand(*seconds.shape, -1))

    def all(self) -> Short:
        """Return the few tokens of all clips, float16; nothing is learned from them."""
        parts = torch.split(torch.arange(len(self.clips)), CHUNK)
        with torch.no_grad():
            made = [self(chosen) for chosen in parts]
        content, place = (
            torch.cat([getattr(one, name).half() for one in made]) for name in ("content", "place")
        )
        return Short(content, place, torch.cat([one.owner for one in made]).to(torch.int16))

    def _content(self, chosen: Tensor, seconds: Tensor) -> Tensor:
        net, clips = self.net, self.clips
        if not len(net.over_time):
            return clips.content(chosen)
        features = net.full(self.tower, clips.begun[chosen].float(), seconds).features
        scaling = clips.scaling
        return (features.view(*seconds.shape, *features.shape[1:]) - scaling.blank) / scaling.scale
