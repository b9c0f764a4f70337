"""`python -m npprune.train`: the training script, in the order in which things happen.

    data         images that train, images that choose the epoch, images that test
    weights      drawn from the seed, or from the checkpoint of a stopped run
    training     for every epoch, for every batch: load, backpropagate, update
    evaluation   the test images, once
    files        checkpoints/seed-N.npz, data/training.csv, data/baseline.csv in the run's folder

`npprune train` ends with the same bits, by `Training.run` (npprune/network/training.py).

Read next: npprune/network/layers.py.
"""

import sys

from npprune.flags import Parser, add_output_flags, add_run_flags, next_command
from npprune.shell import guard


def main(arguments=None):
    parser = Parser(
        prog="python -m npprune.train", description="Train the perceptron and save its weights."
    )
    add_output_flags(parser)
    add_run_flags(parser, trains=True)
    parser.set_defaults(command=train)
    return guard(parser, sys.argv[1:] if arguments is None else arguments)


def train(options):
    """Train a network for each seed; print accuracies, paths and the next command."""
    from npprune.lab.opening import open_run  # NumPy is not imported before --help is answered
    from npprune.lab.records import select
    from npprune.network.checkpoint import is_whole
    from npprune.progress import say

    run, dataset = open_run(options)
    seeds = run.config.seeds
    left = [s for s in seeds if not (run.has("baseline", seed=s) and is_whole(run.checkpoint(s)))]
    if not left:
        say("already trained: nothing to do (--out NEW to train again)")
    for seed in left:
        train_network(run, dataset, seed)
    for seed in seeds:
        (row,) = select(run.read("baseline"), seed=seed)
        print(
            f"seed {seed}: test accuracy {row['test_accuracy']:.4f}, test loss "
            f"{row['test_loss']:.4f}, with the weights of epoch {row['kept_epoch']}"
        )
        print(f"weights: {run.checkpoint(seed)}")
    if run.config.quick:
        say("a quick run: few images and two epochs, no result")
    print(f"next: {next_command('prune', options)}")


def train_network(run, dataset, seed):
    """Train one network from its checkpoint on, and record it."""
    from npprune.lab.baseline import baseline
    from npprune.network.mlp import evaluate, layer_sizes
    from npprune.network.training import begin

    # Weights and optimizer: W_l is (n_{l-1}, n_l), drawn from the seed; the velocity is 0.
    recipe, path = run.config.recipe, run.checkpoint(seed)
    splits = dataset.train, dataset.validation
    training = begin(layer_sizes(dataset, recipe.hidden), recipe, seed, splits, path)
    weights, workspace, optimizer = training.weights, training.workspace, training.optimizer

    # Training: every epoch shuffles the images and cuts them into batches.
    images, labels = dataset.train.images, dataset.train.labels
    with training.watch(*splits) as progress:
        while len(training.history) < recipe.epochs:
            for batch, rate in training.batches(dataset.train, progress):
                workspace.load(images, batch)  # pixels, as bytes, to X in [0, 1]
                training.backpropagate(labels[batch], rate)  # gradients; with SGD times -rate
                optimizer.step(weights, workspace.gradients, rate)  # momentum; W <- W + v
            training.validate(dataset.validation, progress)  # the best epoch's weights are kept
            training.save(path)
            run.add("training", {"seed": seed}, training.history)

    # Evaluation: the test images, once (under --protocol source they have also chosen the epoch).
    loss, accuracy = evaluate(training.best, dataset.test)
    run.add("training", {"seed": seed}, training.history)  # if all was trained before it was noted
    run.add("baseline", {"seed": seed}, [baseline(training.history, loss, accuracy)])


if __name__ == "__main__":
    sys.exit(main())
