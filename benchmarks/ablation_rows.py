"""The rows of benchmarks/ablations.py, and the tables that show them."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """label: what the reader sees.  changes: to the training configuration of the baseline."""

    label: str
    changes: dict[str, object]

    @property
    def needs_renders(self) -> bool:
        """Whether it only differs from the baseline where rendered people take part."""
        return bool({"image", "render_share"} & self.changes.keys())


class Column(NamedTuple):
    """score: which of `vtm train`'s measurements, and key: which number of it."""

    score: str
    key: str
    label: str


ROWS = {
    "baseline": Row("**baseline**: `benchmarks/ablation.yaml`", {}),
    "seed": Row("the same from another seed", {"seed": 1}),
    "alignment": Row("without manifold alignment", {"weight_alignment": 0.0}),
    "parts": Row("without the two-part split: both halves see the whole body", {"two_parts": False}),
    "skeleton": Row("without the virtual skeleton: every body at its own size", {"virtual_skeleton": False}),
    "refinement": Row("without refinement", {"refine_steps": 0}),
    "image": Row("without image features", {"image": "none"}),
    "renders": Row("without image features and rendered people", {"image": "none", "render_share": 0.0}),
    "measured": Row("without measured 2D errors", {"measured": 0.0}),
    "mirror": Row("without mirroring", {"mirror": 0.0}),
    "time-warp": Row("without time-warp", {"time_warp": 0.0}),
    "recombination": Row("without recombination of halves", {"recombine": 0.0}),
    "perturbation": Row("without perturbation of joints", {"perturb": 0.0}),
    "proportions": Row("without random proportions", {"proportions": 0.0}),
    "moca": Row("MoCA and HAFI instead of CTCA", {"encoder": "moca"}),
    "tcn": Row("TCN with hallucinated context instead of CTCA", {"encoder": "tcn"}),
    "recurrent": Row("recurrent instead of CTCA", {"encoder": "recurrent"}),
    "convolution": Row("plain convolution instead of CTCA", {"encoder": "convolution"}),
    "window-16": Row("window 16 instead of 32", {"window": 16}),
    "window-64": Row("window 64 instead of 32", {"window": 64}),
}
LOOKAHEADS = (0, 2, 4, 8)


def _columns(score: str) -> tuple[Column, ...]:
    return (
        Column(score, "mpjpe_mm", "MPJPE, mm"),
        Column(score, "pa_mpjpe_mm", "PA-MPJPE, mm"),
        Column(score, "mpjae_deg", "MPJAE, °"),
        Column(score, "first_mpjpe_mm", "first frame, mm"),
        Column(score, "bone_percent", "bones, %"),
        Column(score, "jitter_m_s3", "jitter, m/s³"),
    )


RENDERED = (
    Column("rendered", "mpjpe_mm", "rendered, MPJPE, mm"),
    Column("rendered", "mpjae_deg", "rendered, MPJAE, °"),
)


def tables(result: dict) -> str:
    """Markdown of the rows so far: a table of the changes, and one of the baseline's look-aheads."""
    rows, plan = result["rows"], result["config"]
    columns = _columns("lookahead_0")
    if all("rendered" in row for row in rows.values()):
        columns += RENDERED
    base = rows.get("baseline")
    changes = []
    for name in [name for name in ROWS if name in rows]:
        row = rows[name]
        cells = _cells(row, columns)
        against = f"{row['lookahead_0']['mpjpe_mm'] - base['lookahead_0']['mpjpe_mm']:+.1f}" if base else ""
        changes.append([ROWS[name].label, against, *cells, f"{row['parameters_m']:.2f}", f"{row['step_ms']:.2f}"])
    heads = ["", "against baseline, mm", *(column.label for column in columns), "parameters, M", "ms per frame"]
    parts = [
        f"Each row is {plan['prior_steps']} + {plan['steps']} steps of {plan['batch']} windows with {plan['channels']} "
        "channels, far less than the shipped network had: read the differences, not the level, and no difference that "
        "another seed makes as well. Held-out recordings with measured 2D errors at look-ahead 0; they carry no image "
        "features, only rendered people do.",
        _table(heads, changes),
    ]
    if base:
        ahead = [[str(n), *_cells(base, _columns(f"lookahead_{n}"))] for n in LOOKAHEADS]
        heads = ["look-ahead of the baseline, frames", *(column.label for column in _columns(""))]
        parts.append(_table(heads, ahead))
    parts.append(f"`{result['command']}`, {result['date']}, {result['machine']['processor']}.")
    return "\n\n".join(parts)


def _cells(row: dict, columns: Iterable[Column]) -> list[str]:
    return [f"{row[column.score][column.key]:.1f}" for column in columns]


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
