"""What the locality study says, as blocks of the report: question, tests, tables.

Every number comes from the records; so do the words that compare them.

Read next: npprune/studies/speed/__init__.py.
"""

import numpy as np

from npprune.lab.page import (
    Heading,
    Paragraph,
    Picture,
    Table,
    cell,
    counted,
    markdown,
    mean_and_spread,
)
from npprune.lab.records import select
from npprune.studies.locality.networks import ADAM_EPOCHS, ROUND_EPOCHS, SGD_EPOCHS
from npprune.studies.locality.plots import NETWORK
from npprune.studies.locality.rows import quotient
from npprune.studies.locality.verdict import each_mask, verdict

SHAPES_K = 0.97

QUESTION = (
    "The source report asks whether a fully connected layer on images, when it is pruned, tends "
    "towards the local connectivity of a convolutional layer. Each unit of the first layer keeps "
    "some pixels. L_2 is the share of its pairs of pixels that are at most 2 pixels apart in "
    "both directions, over all units (.56 in a full 5 x 5 patch, whose corners are 4 apart); "
    "g(d) is the number of pairs at the displacement d, relative to a null. A convolution also "
    "has patches all over the image (tiling: the spread of the units' centroids) and the same "
    "pattern at many places (weight sharing: the overlap of two units once one is moved over the "
    "other)."
)
NULLS = (
    "The main null keeps the number of inputs of every unit and the number of units of every "
    "pixel and is otherwise uniform (Curveball trades): that pixels in the middle of the image "
    "are used more is in it already. The data's null gives each unit one pixel and others in "
    "proportion to their absolute correlation with it: is a mask more local than its inputs are? "
    "Live pixels are those lit in 1 % of the training images or more. Controls: the untrained "
    "network and masks whose pixels were relabelled must give 1; a convolution, written out as a "
    "dense matrix, must not. A p-value is (1 + the number of draws at least as local) / (1 + the "
    "number of draws), of a serial test, which is exact; p-values are corrected together for the "
    "number of tests, over all seeds, criteria, sparsities and networks that have learned, by "
    "the method of Benjamini and Hochberg."
)
CONJECTURES = (
    "Conjectures, which these measurements suggest and do not test. Adam divides a gradient by its "
    "usual size, so a pixel that is lit in few images gets large weights from them, and pixels "
    "that are lit in the same few images are neighbours: that would explain a difference between "
    "magnitude and curvature, which leaves rarely lit pixels out. What makes "
    "units local beyond correlation would be that strokes have edges, that is, more than the "
    "second moments of the images (Ingrosso and Goldt 2022; Redman and others 2024). And centred "
    "digits give units no reason to share their patterns between places."
)


PICTURES = {
    "locality": Picture(
        "figures/locality_ratios.png",
        "L_2 over that of each null, against sparsity",
        "Three panels over the fraction pruned, on log scales: how many times more local the "
        "masks are than a null, which is 1. Left, networks against the null of the same "
        "marginals; middle, criteria against it; right, networks against the correlation of "
        "the pixels.",
    ),
    "locality_maps": Picture(
        "figures/locality_maps.png",
        "g(d) over sparsity",
        "Maps of displacements between the pixels of a unit, no displacement in the "
        "middle; a row for each network, a column for each sparsity. Light: pairs at that "
        "displacement are more frequent than under the null; dark: rarer.",
    ),
    "locality_pixels": Picture(
        "figures/locality_pixels.png",
        "How often each pixel is kept",
        "An image for each network and criterion in which a pixel is the darker the more "
        "units keep it. Outlined are the pixels that are never lit in the training "
        "images, and those lit in less than 1 % of them.",
    ),
    "locality_fields": Picture(
        "figures/locality_fields.png",
        "Inputs of the 100 units with most of them",
        "For each network, 10 x 10 squares, one a unit, each an image of the pixels that "
        "are left to it: black where the weight is positive, grey where it is negative.",
    ),
}


def blocks(run):
    """The section on locality; none if the study was not run."""
    rows = run.read("locality")
    if not rows:
        return []
    live = select(rows, pixels="live")
    pictures = {name: [picture] if run.read(name) else [] for name, picture in PICTURES.items()}
    paths, weights = run.read("locality_paths"), run.read("locality_weights")
    return [
        Heading(2, "Does pruning find convolution?"),
        Paragraph(QUESTION),
        Paragraph(NULLS),
        Paragraph(_form(rows)),
        *pictures["locality"],
        test_table(live),
        Paragraph(
            "Controls. What is kept of pixels that are dark or dead, and whether the ratio of L_2 "
            "to its null changes when only live pixels count:"
        ),
        control_table(rows),
        *pictures["locality_maps"],
        *pictures["locality_pixels"],
        shape_table(live),
        *pictures["locality_fields"],
        *([path_table(paths)] if paths else []),
        *([weight_table(weights)] if weights else []),
        Paragraph(verdict(rows)),
        # The quick form measures nothing that would suggest them.
        *([Paragraph(CONJECTURES)] if rows[0]["form"] == "full" else []),
    ]


def summary(run):
    """Text for the terminal: the tests, and the verdict."""
    rows = run.read("locality")
    return markdown([test_table(select(rows, pixels="live")), Paragraph(verdict(rows))])


def _form(rows):
    """How much was done."""
    seeds = len({row["seed"] for row in rows})
    draws = sorted({row["draws"] for row in rows})
    if rows[0]["form"] == "quick":
        return (
            f"This is the quick form: one seed, pruned by magnitude, {' or '.join(map(str, draws))}"
            " draws of the main null. npprune locality runs the full form."
        )
    return (
        f"Full form, {counted(seeds, 'seed')}. The p-values on live pixels at k >= 0.9 are from "
        f"{draws[-1]} draws of the main null; those of denser masks, of all pixels, and of the "
        f"masks known by construction, from {draws[0]}. The other optimizer's network has its "
        f"default recipe (Adam's is the source's, without weight decay) for at most {ADAM_EPOCHS} "
        f"epochs by Adam or {SGD_EPOCHS} by SGD, the one on moved images at most {SGD_EPOCHS}; "
        f"gradual pruning and lottery tickets take {ROUND_EPOCHS} epochs from each sparsity to "
        f"the next."
    )


def _quotient(rows, name, null, digits):
    if any(row[null] == "" for row in rows):
        return ""
    return mean_and_spread([quotient(row[name], row[null]) for row in rows], digits)


def _against_null(rows):
    """L_2, that of the null, and their ratio, as cells."""
    return [cell(rows, "l2", 4), cell(rows, "null_l2", 4), cell(rows, "ratio", 3)]


def test_table(rows):
    """Every mask on live pixels against its nulls."""
    lines = [
        [
            name,
            f"{k:g}",
            *_against_null(here),
            f"{np.mean([row['z'] for row in here]):.0f}",
            f"{max(row['p_value'] for row in here):.3f}",
            f"{np.mean([row['local_units'] for row in here]):.2f}",
            _quotient(here, "l2", "correlated_l2", 2),
        ]
        for name, k, here in each_mask(rows)
    ]
    header = ["network, criterion", "k", "L_2", "null", "ratio", "z", "p at most", "local units"]
    return Table(
        "L_2 on live pixels; local units: share of those with 3 inputs or more that are local by "
        "themselves (Benjamini and Hochberg, .05)",
        [*header, "over the data's null"],
        lines,
    )


def control_table(rows):
    """Dark and dead pixels, and the ratio with and without them."""
    lines = []
    for name, k, here in each_mask(rows):
        live, everything = select(here, pixels="live"), select(here, pixels="all")
        if k in (0.5, 0.9, 0.97, 0.99) and live and everything:
            lines.append(
                [name, f"{k:g}"]
                + [cell(everything, part, 3) for part in ("dark_share", "dead_share")]
                + [cell(part, "ratio", 3) for part in (everything, live)]
            )
    row = rows[0]
    return Table(
        f"Share of the kept inputs on dark pixels (lit in less than 1 % of the images; "
        f"{row['dark_pixels']:.3f} of the pixels) and on dead ones (never lit; "
        f"{row['dead_pixels']:.3f}), and L_2 over its null",
        ["network, criterion", "k", "on dark", "on dead", "all pixels", "live pixels"],
        lines,
    )


def shape_table(rows):
    """What a convolution has besides, each with its null's value."""
    sparsities = {row["k"] for row in rows}
    k = SHAPES_K if SHAPES_K in sparsities else max(sparsities)
    lines = []
    for name, _, here in each_mask(select(rows, k=k)):
        line = [name]
        for measure, digits in (("distance", 1), ("component", 2), ("overlap", 2), ("spread", 1)):
            line += [
                f"{np.mean([row[part + measure] for row in here]):.{digits}f}"
                for part in ("", "null_")
            ]
        lines.append(line)
    header = ["network, criterion"]
    for measure in ("distance", "component", "overlap", "spread"):
        header += [measure, "null"]
    return Table(
        f"Shape of the inputs at k = {k:g}, live pixels: mean pair distance (pixels), largest "
        "connected component (share of a unit's inputs), best-shift overlap of two units, spread "
        "of the centroids (pixels)",
        header,
        lines,
    )


def path_table(rows):
    """The second layer."""
    lines = [
        [
            name,
            f"{k:g}",
            *_against_null(here),
            f"{max(row['p_value'] for row in here):.2f}",
        ]
        for name, k, here in each_mask(rows)
    ]
    return Table(
        f"Second layer, by its paths to the pixels: L_2 with pairs weighed by paths, against "
        f"second layers with the same marginals ({rows[0]['draws']} draws)",
        ["network, criterion", "k", "L_2", "null", "ratio", "p at most"],
        lines,
    )


def weight_table(rows):
    """Weights before pruning."""
    lines = []
    for network in (name for name in NETWORK if select(rows, network=name)):
        for pixels in ("all", "live"):
            here = select(rows, network=network, pixels=pixels)
            participation = np.mean([row["ipr"] * row["pixels_used"] for row in here])
            radius = _quotient(here, "squared_radius", "shuffled_squared_radius", 3)
            lines.append([NETWORK[network]["label"], pixels, f"{participation:.2f}", radius])
    return Table(
        "Weights of the first layer before pruning: inverse participation ratio times the number "
        "of pixels (1: all equal), and squared radius over that of shuffled weights (1: spread as "
        "by chance)",
        ["network", "pixels", "participation", "radius"],
        lines,
    )
