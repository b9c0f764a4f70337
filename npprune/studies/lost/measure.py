"""Networks at the same loss of accuracy, and what they answer.

Validation images choose sparsity, small network and temperature; test images report.

Read next: npprune/studies/lost/draw.py.
"""

import math

import numpy as np

from npprune.lab.statistics import POINT
from npprune.lab.study import Piece
from npprune.lab.trained import living_networks
from npprune.network.mlp import evaluate, logits_of_images
from npprune.pruning.masks import KINDS, prune, sparsity
from npprune.studies.frontier.controls import from_scratch
from npprune.studies.lost import NETWORKS
from npprune.studies.lost.calibration import best_temperature, calibration_error, cross_entropy

UNSURE = 0.1  # of the test images: those of which the dense network is least sure


def pieces(run, dataset, form):
    for seed, network in living_networks(run, dataset):
        arguments = network, dataset, run.config.recipe, seed, form
        yield Piece("lost", {"seed": seed}, lose, arguments)


def lose(weights, dataset, recipe, seed, form):
    goal = evaluate(weights, dataset.validation)[1] - POINT
    pruned = [prune(weights, find_k(weights, kind, dataset, goal, form), kind) for kind in KINDS]
    small = find_small(weights, dataset, recipe, seed, goal, form)
    answered = [Answers(made, dataset) for made in (weights, *pruned, small)]
    rows, classes = [], []
    for name, answers in zip(NETWORKS, answered, strict=True):
        rows.append({"network": name} | answers.record(beside=answered[0]))
        classes += [{"network": name} | row for row in answers.by_class()]
    return {"lost": rows, "lost_classes": classes}


def find_k(weights, kind, dataset, goal, form):
    """The largest k tried, by bisection, at which validation accuracy still reaches the goal."""
    low, high = 0.0, 1.0
    for _ in range(form.halvings):
        k = (low + high) / 2
        above = evaluate(prune(weights, k, kind), dataset.validation)[1] >= goal
        low, high = (k, high) if above else (low, k)
    return low


def find_small(weights, dataset, recipe, seed, goal, form):
    """The small network, trained from random weights, that is nearest to the goal."""
    steps = [{"step": "retrain", "epochs": recipe.epochs}]
    splits, found = (dataset.train, dataset.validation), []
    for k in form.small:
        hidden = [max(1, W.shape[1] - round(k * W.shape[1])) for W in weights[:-1]]
        made = from_scratch(hidden, steps, weights, recipe, splits, seed)
        distance = abs(evaluate(made, dataset.validation)[1] - goal)
        found.append((distance, k, made))
    return min(found, key=lambda each: each[:2])[-1]


class Answers:
    def __init__(self, weights, dataset):
        self.weights, self.labels = weights, dataset.test.labels
        self.Z = logits_of_images(weights, dataset.test.images)
        self.right = self.Z.argmax(axis=1) == self.labels
        validation = logits_of_images(weights, dataset.validation.images)
        self.accuracy = float((validation.argmax(axis=1) == dataset.validation.labels).mean())
        self.temperature = best_temperature(validation, dataset.validation.labels)

    def record(self, beside):
        lost, won = beside.right & ~self.right, self.right & ~beside.right
        y, T = self.labels, self.temperature
        return {
            "k": sparsity(self.weights),
            "weights": sum(np.count_nonzero(W) for W in self.weights),
            "validation_accuracy": self.accuracy,
            "test_accuracy": float(self.right.mean()),
            "images": len(y),
            "lost": int(lost.sum()),
            "won": int(won.sum()),
            "lost_unsure": float(beside.unsure()[lost].mean()) if lost.any() else math.nan,
            "calibration_error": calibration_error(self.Z, y),
            "test_loss": cross_entropy(self.Z, y),
            "temperature": T,
            "cooled_calibration_error": calibration_error(self.Z, y, T),
            "cooled_test_loss": cross_entropy(self.Z, y, T),
        }

    def unsure(self):
        """Mark the share UNSURE of the images whose two largest logits are nearest: (N,) bool."""
        top = np.sort(self.Z, axis=1)[:, -2:]
        lead = top[:, -1] - top[:, 0]
        return np.argsort(np.argsort(lead, kind="stable")) < UNSURE * len(lead)

    def by_class(self):
        by_label = [(label, self.right[self.labels == label]) for label in np.unique(self.labels)]
        return [
            {"class": int(label), "images": len(right), "right": int(right.sum())}
            for label, right in by_label
        ]
