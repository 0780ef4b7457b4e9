"""The plainest temporal encoder, which every other one has to beat: CTCA's local branch alone."""

from vtm.nets.layers import ResidualBlock


class Convolution(ResidualBlock):
    """The frame and the two before it. `window` plays no part."""

    def __init__(self, channels: int, window: int):
        super().__init__(channels)
