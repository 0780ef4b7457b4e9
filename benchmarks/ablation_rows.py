"""The rows of benchmarks/ablations.py, and the tables that show them."""

from typing import NamedTuple

LOOKAHEADS = (0, 2, 4, 8)
COLUMNS = (
    ("mpjpe_mm", "MPJPE, mm"),
    ("pa_mpjpe_mm", "PA-MPJPE, mm"),
    ("mpjae_deg", "MPJAE, °"),
    ("first_mpjpe_mm", "first frame, mm"),
    ("bone_percent", "bones, %"),
    ("jitter_m_s3", "jitter, m/s³"),
)


class Row(NamedTuple):
    """label: what the reader sees.  changes: to the training configuration of the baseline.  filmed: whether rendered
    people take part in the training."""

    label: str
    changes: dict[str, object]
    filmed: bool = False


ROWS = {
    "baseline": Row("**baseline**: CTCA, window 32, keypoints only", {}),
    "seed": Row("the same from another seed", {"seed": 1}),
    "alignment": Row("without manifold alignment", {"weight_alignment": 0.0}),
    "parts": Row("without the two-part split: both halves see the whole body", {"two_parts": False}),
    "skeleton": Row("without the virtual skeleton: every body at its own size", {"virtual_skeleton": False}),
    "refinement": Row("without refinement", {"refine_steps": 0}),
    "mirror": Row("without mirroring", {"mirror": 0.0}),
    "time-warp": Row("without time-warp", {"time_warp": 0.0}),
    "recombination": Row("without recombination of halves", {"recombine": 0.0}),
    "perturbation": Row("without perturbation of joints", {"perturb": 0.0}),
    "proportions": Row("without random proportions", {"proportions": 0.0}),
    "moca": Row("encoder MoCA and HAFI", {"encoder": "moca"}),
    "tcn": Row("encoder TCN with hallucinated context", {"encoder": "tcn"}),
    "recurrent": Row("encoder recurrent", {"encoder": "recurrent"}),
    "convolution": Row("encoder plain convolution", {"encoder": "convolution"}),
    "filmed": Row("with rendered people in the training", {}, filmed=True),
    "pose": Row("the same, and image features of the 2D pose network", {"image": "pose"}, filmed=True),
    "window-16": Row("window 16", {"window": 16}),
    "window-64": Row("window 64", {"window": 64}),
}


def tables(result: dict) -> str:
    """Markdown of the rows so far: tables of the changes, of rendered people, and of the look-aheads."""
    rows, plan = result["rows"], result["budget"]
    base = rows.get("baseline", {}).get("lookahead_0", {}).get("mpjpe_mm")
    heads = ["at look-ahead 0", *(label for _, label in COLUMNS), "against baseline", "parameters, M", "ms per frame"]
    lines = [
        f"Trained for {plan['prior_steps']} + {plan['steps']} steps of {plan['batch']} windows with "
        f"{plan['channels']} channels, far less than the shipped network: read the differences, not the level, and no "
        "difference that another seed makes as well.",
        "",
        f"| {' | '.join(heads)} |",
        f"|---|{'---:|' * (len(heads) - 1)}",
    ]
    for name in [name for name in ROWS if name in rows]:
        row = rows[name]
        scores = row["lookahead_0"]
        cells = [ROWS[name].label, *(f"{scores[key]:.1f}" for key, _ in COLUMNS)]
        cells += [f"{scores['mpjpe_mm'] - base:+.1f} mm" if base else "", f"{row['parameters_m']:.2f}"]
        lines.append(f"| {' | '.join(cells)} | {row['step_ms']:.2f} |")
    filmed = [name for name in ROWS if "filmed" in rows.get(name, {})]
    if filmed:
        lines += ["", f"| on rendered people | {' | '.join(label for _, label in COLUMNS)} |", "|---|" + "---:|" * 6]
        for name in filmed:
            cells = [f"{rows[name]['filmed'][key]:.1f}" for key, _ in COLUMNS]
            lines.append(f"| {ROWS[name].label} | {' | '.join(cells)} |")
    if base:
        lines += ["", f"| look-ahead, frames | {' | '.join(label for _, label in COLUMNS)} |", "|---|" + "---:|" * 6]
        for lookahead in LOOKAHEADS:
            scores = rows["baseline"][f"lookahead_{lookahead}"]
            lines.append(f"| {lookahead} | {' | '.join(f'{scores[key]:.1f}' for key, _ in COLUMNS)} |")
    lines += ["", f"`{result['command']}`, {result['date']}, {result['machine']['processor']}."]
    return "\n".join(lines)
