"""The temporal encoders of choice inside E^V, by the name that the configuration gives."""

from torch import nn

from vtm.errors import VtmError
from vtm.nets.encoders.convolution import Convolution
from vtm.nets.encoders.ctca import CTCA
from vtm.nets.encoders.moca import HAFI, MoCA
from vtm.nets.encoders.recurrent import Recurrent
from vtm.nets.encoders.tcn import TCN

ENCODERS = {
    "ctca": (CTCA, CTCA),
    "moca": (MoCA, HAFI),
    "tcn": (TCN,),
    "recurrent": (Recurrent, Recurrent),
    "convolution": (Convolution, Convolution),
}
"""The layers of each encoder, in order. A layer is made by `Layer(channels, window)`, and `layer(x, history)` maps
(B, channels, T), or a single frame (B, channels), to the same shape, looking at the present and the past only."""


def temporal_encoder(name: str, channels: int, window: int) -> nn.ModuleList:
    """The layers of a temporal encoder.

    Args:
        name: One of `ENCODERS`.
        channels: Of the features.
        window: Frames that its attention sees.

    Raises:
        VtmError: There is no encoder of that name.
    """
    if name not in ENCODERS:
        raise VtmError(f"unknown temporal encoder '{name}'; choose one of: {', '.join(ENCODERS)}")
    return nn.ModuleList(layer(channels, window) for layer in ENCODERS[name])
