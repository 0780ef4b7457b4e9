"""The formulas of validation; they live in `vtm.metrics`, where the evaluation without PyTorch uses them, too."""

from vtm.metrics.pose import mpjae as mpjae
from vtm.metrics.pose import mpjpe as mpjpe
from vtm.metrics.pose import pa_mpjpe as pa_mpjpe
from vtm.metrics.smoothness import jitter as jitter
