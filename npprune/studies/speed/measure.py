"""The pieces of the study: each is one comparison.

Read next: npprune/studies/speed/draw.py.
"""

import functools

from npprune.lab.study import ALONE, HERE, Piece
from npprune.lab.trained import trained
from npprune.studies.speed import scaling
from npprune.studies.speed.inference import compare_formats
from npprune.studies.speed.roofline import measure_products, measure_roofs
from npprune.studies.speed.training import compare_steps


def pieces(run, dataset, form):
    """Training comes first, with BLAS as it is set; most others run on one thread."""
    seed, budget = run.config.seeds[0], form.budget
    network = functools.lru_cache(1)(functools.partial(trained, run, dataset, seed))
    for width, batch in form.steps:
        key = {"width": width, "batch": batch}
        yield _piece("speed_training", key, HERE, compare_steps, width, batch, budget)
    yield from _scaling(dataset, form, network)
    yield _piece("roofline", {"what": "roof"}, ALONE, measure_roofs, budget)
    for batch in form.products:
        key = {"what": "product", "batch": batch}
        yield _piece("roofline", key, ALONE, measure_products, batch, budget)
    for batch in form.batches:
        arguments = functools.partial(_formats, network, dataset.test, batch, form)
        yield Piece("break_even", {"batch": batch}, compare_formats, arguments, ALONE)


def _scaling(dataset, form, network):
    budget = form.budget
    images = functools.partial(lambda: (network(), dataset.train, form.images, budget))
    yield Piece("scaling", {"what": "images"}, scaling.over_images, images, HERE)
    for what, function, *arguments in (
        ("width", scaling.over_widths, form.widths),
        ("depth", scaling.over_depths, form.depths),
        ("density", scaling.over_densities, form.sparsities),
        ("batch", scaling.over_batches, form.batches),
        ("numbers", scaling.over_numbers),
    ):
        yield _piece("scaling", {"what": what}, ALONE, function, *arguments, budget)
    for name, where in (("one thread", ALONE), ("BLAS's threads", HERE)):
        key = {"what": "side", "contender": name}
        yield _piece("scaling", key, where, scaling.over_sides, name, form.sides, budget)


def _piece(table, key, where, function, *arguments):
    return Piece(table, key, function, lambda: arguments, where)


def _formats(network, test, batch, form):
    return network(), test.images[:batch], batch, form.sparsities, form.budget
