"""Mutated files and odd data sets in large numbers: each is read, or refused by a named error.

    idx  checkpoint  export  config  recipe  csv    mutated files, read
    data     odd data sets, loaded
    study    the quick study of odd data sets: a report, or one line that names the cure

One seed, so that the same number of mutants are the same mutants.  tests/test_fuzz.py runs them.
"""

import contextlib
import gzip
import io
import json
import os
import random
import shutil
import struct
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
from own_data import make, random_flags, random_kind

from npprune import cli
from npprune.data.datasets import load
from npprune.data.idx import read_idx
from npprune.errors import InputError
from npprune.inference.export import load_exported, save_exported
from npprune.lab.config import Config
from npprune.lab.records import read_csv, write_csv
from npprune.lab.run import Run
from npprune.network.checkpoint import load_weights
from npprune.network.training import Recipe, Training
from npprune.pruning.recipe_language import read_recipe

LONGEST = 5000  # characters of a message
INTERESTING = (0, 1, 7, 8, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (b"0", b"-1", b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"9" * 400, b"\0")
# Values of JSON that are in place nowhere, or in few places.
ODD_VALUES = [*map(json.loads, WORDS[:-1]), [0, "x"], {"a": {}}, "x" * 300, [1e9]]


def idx_files():
    """Small IDX files of every kind, some of which lie."""

    def header(code, *shape):
        return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)

    plain = [
        header(0x08, 2, 3) + bytes(range(6)),
        header(0x08, 4, 7, 5) + bytes(140),
        header(0x0D, 2) + bytes(8),
        header(0x0E, 2, 2) + bytes(32),
        header(0x08, 10) + bytes(10**5),
        header(0x08, 2**31, 2**31, 4),
    ]
    return plain + [gzip.compress(content) for content in plain]


def checkpoints(folder):
    """A checkpoint of a tiny network: a file, and the compression of its members."""
    path = folder / "good.npz"
    Training((4, 3, 2), Recipe(hidden=(3,)), 0).save(path)
    return path, zipfile.ZIP_STORED


def exported(folder):
    """The same of an exported network, with a layer in each layout."""
    path, rng = folder / "good.npz", np.random.default_rng(0)
    weights = [rng.standard_normal(shape, np.float32) for shape in ((6, 50), (50, 40), (40, 9))]
    weights[0][rng.random((6, 50)) < 0.6] = 0
    weights[1][rng.random((50, 40)) < 0.99] = 0
    save_exported(path, weights, {"seed": 0})
    return path, zipfile.ZIP_DEFLATED


def mutate(content, rng, words=()):
    """Change, cut out, double, append or exchange a few bytes or words."""
    content = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, kind = rng.randrange(len(content) + 1), rng.randrange(6 if words else 5)
        if kind == 0 and at < len(content):
            content[at] = rng.choice(INTERESTING)
        elif kind == 1 and at < len(content):
            content[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del content[at : at + rng.randint(1, 40)]
        elif kind == 3:
            content[at:at] = rng.randbytes(rng.randint(1, 5))
        elif kind == 4:
            content += content[at : at + 1000]
        elif words:
            content[at : at + rng.randint(0, 12)] = rng.choice(words)
    return bytes(content)


def fuzz_idx(count, rng, folder):
    """Read mutated IDX files."""
    originals, path = idx_files(), folder / "mutant"
    for _ in range(count):
        path.write_bytes(mutate(rng.choice(originals), rng))
        yield lambda: read_idx(path)


def fuzz_npz(count, rng, folder, make, read):
    """Read mutated archives: some of their bytes, or a member under a checksum that is right."""
    good, packing = make(folder)
    path = folder / "mutant.npz"
    with zipfile.ZipFile(good) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    whole = [archived(members, how) for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
    for _ in range(count):
        if rng.random() < 0.5:
            path.write_bytes(mutate(rng.choice(whole), rng))
        else:
            odd = rng.choice(list(members))
            path.write_bytes(archived(members | {odd: mutate(members[odd], rng, WORDS)}, packing))
        yield lambda: read(path)


def archived(members, compression):
    """The bytes of an archive of these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


def fuzz_json(count, rng, path, good, parts, read):
    """Read mutated JSON: as text, or a value in one of the parts of a record."""
    text = json.dumps(good, indent=2).encode()
    for _ in range(count):
        if rng.random() < 0.5:
            content = mutate(text, rng, WORDS)
        else:
            record = json.loads(text)
            inside = rng.choice(parts(record))
            inside[rng.choice([*inside, "other"])] = rng.choice(ODD_VALUES)
            content = json.dumps(record).encode()
        path.write_bytes(content)
        yield lambda: read(path)


def fuzz_config(count, rng, folder):
    """Open the folder of a run whose configuration was mutated."""
    good = Config("tiny", checksum="0123").as_json()
    return fuzz_json(
        count, rng, folder / "config.json", good, lambda record: [record, record["recipe"]],
        lambda path: Run.open(path.parent),
    )  # fmt: skip


def fuzz_recipe(count, rng, folder):
    """Read mutated recipes."""
    training = {"epochs": 3, "batch": 16, "distill": {"temperature": 2, "share": 0.5}}
    steps = [
        {"step": "units", "k": 0.5, "last": None, "method": "obs"},
        {"step": "refit"},
        {"step": "rewind", "epoch": 1},
        {"step": "iterative", "k": 0.6, "share": 0.2, "rewind": 0} | training,
        {"step": "compact"},
        {"step": "gradual", "k": 0.9, "until": 1, "budget": "erk"} | training,
    ]

    def parts(recipe):
        return [recipe, *recipe["steps"], recipe["steps"][-1]["distill"]]

    good = {"name": "good", "steps": steps}
    return fuzz_json(count, rng, folder / "recipe.json", good, parts, read_recipe)


def fuzz_csv(count, rng, folder):
    """Read mutated records, and ask for their columns."""
    path, columns = folder / "records.csv", ("seed", "kind", "value")
    write_csv(path, [{"seed": i, "kind": "weight", "value": i / 7} for i in range(5)])
    good = path.read_bytes()
    for _ in range(count):
        path.write_bytes(mutate(good, rng, WORDS))
        yield lambda: [row[name] for row in read_csv(path) for name in columns]


def fuzz_data(count, rng, folder):
    """Load random data sets, split by default or by a number."""
    for i in range(count):
        kind = random_kind(rng)
        own = make(folder / f"own-{i}", seed=i, **kind._asdict())
        number = rng.randrange(kind.train) if rng.random() < 0.5 else None
        yield lambda own=own, number=number: load(data_dir=own, validation=number)
        shutil.rmtree(own)


def fuzz_study(count, rng, folder):
    """Run the quick study on random data sets, under random flags."""
    for i in range(count):
        own = make(folder / f"own-{i}", seed=i, **random_kind(rng)._asdict())
        out = folder / f"run-{i}"
        flags = ["--quick", "--data-dir", own, "--out", out, *random_flags(rng)]
        yield lambda flags=flags, out=out: run("reproduce", *flags, wants=out / "report.html")
        shutil.rmtree(own)
        shutil.rmtree(out, ignore_errors=True)


def run(*words, wants=None):
    """Run a command of npprune; raises InputError with its line where it refuses."""
    words, output, errors = [str(word) for word in words], io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = cli.main(words)
    except BaseException as error:
        raise ValueError(f"npprune {' '.join(words)}") from error
    said = [line for line in errors.getvalue().splitlines() if line.startswith("npprune: ")]
    names = ["--", *(word for word in words if os.sep in word)]  # any flag, a folder that was given
    if status == 2 and len(said) == 1 and any(name in said[0] for name in names):
        raise InputError(f"{words}: {said[0]}")
    if status or said or (wants is not None and not wants.exists()):
        raise ValueError(f"npprune {' '.join(words)}: {status}: {errors.getvalue()}")


FUZZ = {
    "idx": fuzz_idx,
    "checkpoint": partial(fuzz_npz, make=checkpoints, read=load_weights),
    "export": partial(fuzz_npz, make=exported, read=load_exported),
    "config": fuzz_config,
    "recipe": fuzz_recipe,
    "csv": fuzz_csv,
    "data": fuzz_data,
    "study": fuzz_study,
}


def fuzz(what, count, seed=0):
    """Read so many mutants; -> how many were read and refused.  Anything else is raised."""
    read = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        for attempt in FUZZ[what](count, random.Random(seed), Path(folder)):
            try:
                attempt()
                read += 1
            except InputError as error:
                if folder not in str(error) or len(str(error)) > LONGEST:
                    raise ValueError("a message that is too long or names no file") from error
                refused += 1
    return read, refused
