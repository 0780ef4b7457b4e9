"""`vtm train-hands`: train the network that lifts hands. PyTorch is imported when it runs, not before."""

import logging
import warnings
from pathlib import Path
from typing import Annotated

import typer

from vtm.errors import VtmError
from vtm_tools.cli.progress import progress

TOLD_EVERY = 250
"""Steps from one line of the loss to the next."""


def train_hands(
    data: Annotated[
        list[Path] | None, typer.Argument(help="Files of scripts/hands/make_data.py to learn from.", show_default=False)
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of hand_lifter.onnx and the weights hand_lifter.pt.")
    ] = Path("runs/hands"),
    judge_on: Annotated[
        list[Path] | None,
        typer.Option("--judge", help="Files of other people, to judge by; more than once for several."),
    ] = None,
    start: Annotated[Path | None, typer.Option(help="hand_lifter.pt to go on from.")] = None,
    average: Annotated[
        Path | None, typer.Option(help="hand_lifter.pt whose weights are averaged with those trained.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of the optimiser.")] = 3000,
    batch: Annotated[int, typer.Option(min=2, help="Sequences in a step.")] = 64,
    without: Annotated[
        list[str] | None,
        typer.Option(help="What the network must not see, to tell what that is worth: world, memory, forearm."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 2,
) -> None:
    """Train the network that lifts hands, judge it on people it never saw, and write it. Needs the extra `train`.

    Without files to learn from, the network of --start is judged and written.

    [bold]Example[/bold]  vtm train-hands runs/hands/train*.npz --judge runs/hands/val_full.npz --out runs/hands
    """
    if not data and not start:
        raise VtmError("there is nothing to learn from: give files of scripts/hands/make_data.py, or --start to judge")
    try:
        import torch

        from vtm.nets.hand_lifter import HandLifter
        from vtm.train.half_weights import round_weights
        from vtm_tools.hand_training.judgement import judge
        from vtm_tools.hand_training.learning import AGAIN, PEAK, train
        from vtm_tools.hand_training.network_file import export, weights
        from vtm_tools.hand_training.sequences import load
        from vtm_tools.hand_training.unrolled import BLIND
    except ImportError as missing:
        raise VtmError(f"training needs PyTorch ({missing}); run scripts/setup.sh test") from missing
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)

    net, blind = HandLifter(), without or ()
    if unknown := set(blind) - set(BLIND):
        raise VtmError(f"--without {', '.join(unknown)}: it must be one of {', '.join(BLIND)}")
    if start:
        net.load_state_dict(weights(net, start))
    films = load(data) if data else None
    out.mkdir(parents=True, exist_ok=True)
    if films:
        typer.echo(f"{len(films['full'])} sequences")
        means = train(net.train(), films, steps, batch, blind, AGAIN if start else PEAK)
        for step, mean in enumerate(progress(means, "training", steps), start=1):
            if step % TOLD_EVERY == 0 or step == steps:
                typer.echo(f"step {step}: loss {mean:.3f}")
        if average:
            before = weights(net, average)
            net.load_state_dict({name: (value + before[name]) / 2 for name, value in net.state_dict().items()})
        round_weights(net)
        torch.save(net.state_dict(), out / "hand_lifter.pt")
    off = export(net.eval(), out / "hand_lifter.onnx")
    for path in judge_on or ():
        typer.echo("\n".join(judge(net, path, blind)))
    typer.echo(
        f"{out / 'hand_lifter.onnx'} is ready, {off:.1g} from the trained network at most; see models/hand_lifter.md"
    )
