"""The pieces of the study: each is one comparison.

Read next: npprune/studies/speed/draw.py.
"""

from npprune.lab.study import ALONE, HERE, Piece
from npprune.lab.trained import living_networks
from npprune.studies.speed import scaling
from npprune.studies.speed.inference import compare_formats
from npprune.studies.speed.roofline import measure_products, measure_roofs
from npprune.studies.speed.training import compare_steps, scaled_sizes


def pieces(run, dataset, form):
    """Training comes first, with BLAS as it is set; most others run on one thread."""
    (_, network), *_ = living_networks(run, dataset)
    budget = form.budget
    for width, batch in form.steps:
        key = {"width": width, "batch": batch}
        yield Piece("speed_training", key, compare_steps, (width, batch, budget), HERE)
    yield from _scaling(dataset, form, network)
    yield Piece("roofline", {"what": "roof"}, measure_roofs, (budget,), ALONE)
    for batch in form.products:
        key = {"what": "product", "batch": batch}
        yield Piece("roofline", key, measure_products, (batch, budget), ALONE)
    for batch in form.batches:
        arguments = network, dataset.test.images[:batch], batch, form.sparsities, budget
        yield Piece("break_even", {"batch": batch}, compare_formats, arguments, ALONE)


def _scaling(dataset, form, network):
    budget = form.budget
    arguments = network, dataset.train, form.images, budget
    yield Piece("scaling", {"what": "images"}, scaling.over_images, arguments, HERE)
    for what, function, *arguments in (
        ("width", scaling.over_sizes, "width", {n: scaled_sizes(n) for n in form.widths}),
        ("depth", scaling.over_sizes, "depth", {n: scaling.deep_sizes(n) for n in form.depths}),
        ("density", scaling.over_densities, form.sparsities),
        ("batch", scaling.over_batches, form.batches),
        ("numbers", scaling.over_numbers),
    ):
        yield Piece("scaling", {"what": what}, function, (*arguments, budget), ALONE)
    for name, where in (("one thread", ALONE), ("BLAS's threads", HERE)):
        key = {"what": "side", "contender": name}
        yield Piece("scaling", key, scaling.over_sides, (name, form.sides, budget), where)
