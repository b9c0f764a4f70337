"""One form of every study that does a little of everything, for tests that run many of them."""

import dataclasses
from importlib import import_module

from npprune import studies

TINY = {
    "prune": {"sparsities": (0.0, 0.5, 1.0)},
    "time": {"sparsities": (0.9,), "batches": (100,)},
    "randomness": {"laws": ("gaussian",), "norms": (2,), "fan_ins": (16, 64), "columns": 200},
    "speed": {"sparsities": (0.9,), "batches": (16,), "products": (16,)},
}


# Constants of modules of npprune/studies.
SMALLER = {
    "speed.roofline": {"GEMM_SIZE": 100, "COPIED": 10_000, "N_UNITS": 50},
    "speed.scaling": {"DEEP": 20, "WEIGHTS": 1 << 16, "NUMBERS": 1000},
}


def tiny_studies(setattr=setattr):
    """Let every study have that form alone, whichever is asked for."""
    whole = studies.study

    def study(name):
        found = whole(name)
        forms = dict.fromkeys(found.forms, tiny_form_of(found)) if found.forms else {}
        return dataclasses.replace(found, forms=forms)

    def tiny_form_of(found):
        smaller = TINY.get(found.name, {})
        return found.forms["trial"]._replace(**smaller) if smaller else found.forms["trial"]

    setattr(studies, "study", study)
    for module, constants in SMALLER.items():
        for name, value in constants.items():
            setattr(import_module(f"npprune.studies.{module}"), name, value)
