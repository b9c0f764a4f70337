"""The studies in order, each doing only what its folder does not hold yet.

Every stage asks for what it needs (pruning needs a trained network) and returns at once when its
records are there, so each can be called alone, and a run that was stopped goes on.

Read next: npprune/merge.py.
"""

from npprune import report
from npprune.errors import InputError
from npprune.lab.records import select, write_csv
from npprune.lab.style import origin
from npprune.network.mlp import inputs, layer_sizes
from npprune.network.training import train as train_network
from npprune.progress import Progress
from npprune.studies import baseline, magnitudes, sparsity, timing
from npprune.studies.baseline import trained
from npprune.studies.criteria import plots as criteria_plots
from npprune.studies.criteria import study as criteria_study
from npprune.studies.frontier import plots as frontier_plots
from npprune.studies.frontier import study as frontier_study
from npprune.studies.locality import plots as locality_plots
from npprune.studies.locality import study as locality_study
from npprune.studies.randomness import plots as randomness_plots
from npprune.studies.randomness import study as randomness_study
from npprune.studies.speed import around, growth, roofline
from npprune.studies.speed import inference as speed_inference
from npprune.studies.speed import training as speed_training

SPEED_BUDGET = 3.0  # seconds for each comparison of the speed studies, beyond the fewest rounds


def train(run, dataset):
    """Train a network for each seed; writes data/training.csv as it goes, then baseline.csv."""
    sizes = layer_sizes(dataset, run.config.recipe.hidden)
    for seed in run.config.seeds:
        if run.has("baseline", seed):
            continue
        weights, history = train_network(
            sizes,
            run.config.recipe,
            seed,
            (dataset.train, dataset.validation),
            checkpoint=run.checkpoint(seed),
            on_epoch=lambda history, seed=seed: run.add("training", {"seed": seed}, history),
        )
        run.add("training", {"seed": seed}, history)
        row = baseline.summarise(seed, weights, history, dataset.test)
        run.add("baseline", {"seed": seed}, [row])


def prune(run, dataset):
    """Prune the networks at every sparsity and compare the weights that go and stay."""
    train(run, dataset)
    for seed in run.config.seeds:
        if not run.has("sparsity", seed):
            with Progress(f"pruning, seed {seed}", sparsity.count()) as progress:
                weights = trained(run, dataset, seed)
                records = sparsity.run(seed, weights, dataset.validation, dataset.test, progress)
                run.add("sparsity", {"seed": seed}, records)
        if not (run.has("magnitudes", seed) and run.has("distances", seed)):
            histograms, distances = magnitudes.run(seed, trained(run, dataset, seed))
            run.add("magnitudes", {"seed": seed}, histograms)
            run.add("distances", {"seed": seed}, distances)


def time(run, dataset):
    """Time the first seed's network in every format."""
    prune(run, dataset)
    seed = run.config.seeds[0]
    if run.data("timing").exists():
        return
    rows = select(run.read("sparsity"), seed=seed, criterion="magnitude")
    accuracies = {(row["kind"], row["k"]): row["test_accuracy"] for row in rows}
    grid = timing.QUICK_GRID if run.config.quick else timing.Grid()
    with Progress("timing", len(grid.tasks())) as progress:
        weights = trained(run, dataset, seed)
        records = timing.run(weights, dataset.test.images, accuracies, grid, progress)
        write_csv(run.data("timing"), records)


def speed(run, dataset):
    """Measure how near training and inference are to the limits of this machine."""
    train(run, dataset)
    if not run.data("speed_training").exists():
        with Progress("speed of training", speed_training.count()) as progress:
            write_csv(run.data("speed_training"), speed_training.run(SPEED_BUDGET, progress))
    if not run.data("growth").exists():
        weights = trained(run, dataset, run.config.seeds[0])
        with Progress("growth", growth.count()) as progress:
            write_csv(
                run.data("growth"), growth.run(weights, dataset.train, SPEED_BUDGET, progress)
            )
    if not run.data("around").exists():
        seed = run.config.seeds[0]
        with Progress("what surrounds it", around.count()) as progress:
            write_csv(
                run.data("around"), around.run(dataset, trained(run, dataset, seed), seed, progress)
            )
    if not run.data("roofline").exists():
        with Progress("roofline", roofline.count()) as progress:
            write_csv(run.data("roofline"), roofline.run(SPEED_BUDGET, progress))
    if not (run.data("speed_inference").exists() and run.data("break_even").exists()):
        X = inputs(dataset.test.images[: max(speed_inference.BATCHES)])
        weights = trained(run, dataset, run.config.seeds[0])
        with Progress("speed of inference", speed_inference.count()) as progress:
            records, crossings = speed_inference.run(weights, X, SPEED_BUDGET, progress)
        write_csv(run.data("speed_inference"), records)
        write_csv(run.data("break_even"), crossings)


def randomness(run, dataset, full=True):
    """Test the theorem on chance and on networks: the first seed's as it is, or, in full, anew."""
    form = randomness_study.FULL if full else randomness_study.QUICK
    if run.config.quick:
        form = randomness_study.TRIAL
    if form.name == "quick":
        train(run, dataset)
    randomness_study.run(run, dataset, form)


def criteria(run, dataset):
    """Compare what to cut: every criterion, budget and repair at every sparsity."""
    train(run, dataset)
    criteria_study.run(
        run, dataset, criteria_study.QUICK if run.config.quick else criteria_study.FULL
    )


def frontier(run, dataset, own=()):
    """Make, count and time networks from large to small; own are recipes besides those there."""
    train(run, dataset)
    frontier_study.run(run, dataset, own)


def locality(run, dataset, full=True):
    """Test how local the first layer's masks are: of many networks, or of the first seed's."""
    train(run, dataset)
    form = locality_study.FULL if full else locality_study.QUICK
    locality_study.run(run, dataset, locality_study.TRIAL if run.config.quick else form)


# What draws each study's records, its title, and what it shows: the mean over the seeds, the first
# seed's network, or no network at all.
FIGURES = {
    "training": (baseline.plot, "Figure 1: training", "mean"),
    "sparsity": (sparsity.plot, "Figures 2 and 3: pruning without retraining", "mean"),
    "magnitudes": (magnitudes.plot, "Figure 4: which weights go, which stay", "first"),
    "timing": (timing.plot, "Figure 5: time of a forward pass", "first"),
    "roofline": (roofline.plot, "Roofline of a layer of random weights, 1000 x 1000", "none"),
    "frontier": (frontier_plots.plot, "Accuracy against time and bytes", "mean"),
}


def figures(run):
    """Draw every figure whose records are there, from the records alone; -> paths."""
    drawn = []
    for name, (plot, title, shown) in FIGURES.items():
        records = run.read(name)
        if records:
            seeds = len({row["seed"] for row in records}) if shown == "mean" else 1
            words = "" if shown == "none" else f" ({origin(run.config, seeds)})"
            drawn.append(run.figure(name))
            plot(records, drawn[-1], title + words)
    for plots in (randomness_plots, criteria_plots, locality_plots):
        drawn += plots.figures(run)
    if not drawn:
        raise InputError(f"{run.folder / 'data'}: no records to draw: run npprune first")
    return drawn


def reproduce(run, dataset, full=False):
    """Run the studies, draw the figures and write the report; -> its path.

    full: every study at length, as published; else the longer ones in their quick form or not at
    all.
    """
    prune(run, dataset)
    time(run, dataset)
    if full:
        speed(run, dataset)
    randomness(run, dataset, full)
    if full:
        criteria(run, dataset)
        frontier(run, dataset)
    locality(run, dataset, full)
    figures(run)
    return report.write(run)
