"""The studies in order, each doing only what its folder does not hold yet.

Every stage asks for what it needs (pruning needs a trained network) and returns at once when its
records are there, so each can be called alone, and a run that was stopped goes on.

Read next: npprune/studies/report.py.
"""

from npprune.errors import InputError
from npprune.network.checkpoint import load_weights
from npprune.network.mlp import layer_sizes
from npprune.network.training import train as train_network
from npprune.progress import Progress
from npprune.studies import baseline, magnitudes, report, sparsity, timing
from npprune.studies.records import select, write_csv


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
            on_epoch=lambda history, seed=seed: run.add("training", seed, history),
        )
        run.add("training", seed, history)
        run.add("baseline", seed, [baseline.summarise(seed, weights, history, dataset.test)])


def prune(run, dataset):
    """Prune the networks at every sparsity and compare the weights that go and stay."""
    train(run, dataset)
    for seed in run.config.seeds:
        if not run.has("sparsity", seed):
            with Progress(f"pruning, seed {seed}", sparsity.count()) as progress:
                weights = load_weights(run.checkpoint(seed))
                records = sparsity.run(seed, weights, dataset.validation, dataset.test, progress)
                run.add("sparsity", seed, records)
        if not (run.has("magnitudes", seed) and run.has("distances", seed)):
            histograms, distances = magnitudes.run(seed, load_weights(run.checkpoint(seed)))
            run.add("magnitudes", seed, histograms)
            run.add("distances", seed, distances)


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
        weights = load_weights(run.checkpoint(seed))
        records = timing.run(weights, dataset.test.images, accuracies, grid, progress)
        write_csv(run.data("timing"), records)


FIGURES = {
    "training": (baseline.plot, "Figure 1: training"),
    "sparsity": (sparsity.plot, "Figures 2 and 3: pruning without retraining"),
    "magnitudes": (magnitudes.plot, "Figure 4: which weights go, which stay"),
    "timing": (timing.plot, "Figure 5: time of a forward pass"),
}


def figures(run):
    """Draw every figure whose records are there, from the records alone; -> paths."""
    drawn = []
    for name, (plot, title) in FIGURES.items():
        records = run.read(name)
        if records:
            path = run.figure(name)
            plot(records, path, f"{title} ({label(run.config)})")
            drawn.append(path)
    if not drawn:
        raise InputError(f"{run.folder / 'data'}: no records to draw: run npprune first")
    return drawn


def label(config):
    """Say in a figure's title what its numbers come from."""
    parts = [config.dataset]
    seeds = len(config.seeds)
    parts.append("1 seed" if seeds == 1 else f"mean of {seeds} seeds, +-1 standard deviation")
    if config.protocol == "source":
        parts.append("source's protocol: the test set chooses")
    if config.quick:
        parts.append("QUICK FORM, not a result")
    return ", ".join(parts)


def reproduce(run, dataset):
    """Run every study, draw the figures and write the report; -> its path."""
    train(run, dataset)
    prune(run, dataset)
    time(run, dataset)
    figures(run)
    return report.write(run)
