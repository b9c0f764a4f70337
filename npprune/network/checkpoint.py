"""Everything a run needs to go on, in one .npz file.

It holds groups of arrays (weights, the best so far; current, those in training; the optimizer's
state) and a JSON record.  Checksums show damage, which costs one epoch: the checkpoint before is
kept as name.previous.npz.

A checkpoint may come from a stranger: no member's name becomes a path, npprune/npy.py reads the
arrays, and no member is packed.

Read next: npprune/lab/study.py.
"""

import io
import itertools
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from npprune.errors import InputError
from npprune.files import open_file, write_whole
from npprune.network.mlp import network_sizes
from npprune.npy import DAMAGE, LONGEST, other_archive, read_array
from npprune.progress import QUIET, VERBOSE, say

FORMAT = "npprune checkpoint 1"
NUMBERS = "biuf"  # the kinds of arrays that are written and read


class CheckpointError(InputError):
    """A checkpoint is missing, damaged, of another format or of another network."""


def save_checkpoint(path, groups, record):
    """Write groups {name: list of arrays} and a JSON record; keep the previous checkpoint.

    Raises InputError when the file cannot be written or an array is not of numbers.
    """
    if any(array.dtype.kind not in NUMBERS for arrays in groups.values() for array in arrays):
        raise InputError(f"{path}: an array for it is not of numbers: give floats or whole numbers")
    members = {
        f"{name}/{i}": array for name, arrays in groups.items() for i, array in enumerate(arrays)
    }
    header = {"format": FORMAT, "groups": {name: len(group) for name, group in groups.items()}}
    content = io.BytesIO()
    np.savez(content, header=np.array(json.dumps(header | {"record": record})), **members)
    # A damaged one does not take the place of the whole one before it.
    write_whole(path, content.getbuffer(), previous_checkpoint(path) if is_whole(path) else None)
    say(f"{path}: written", VERBOSE)


def previous_checkpoint(path):
    path = Path(path)
    return path.with_name(f"{path.stem}.previous{path.suffix}")


def load_checkpoint(path):
    """Read a checkpoint, or with a warning the previous one; -> groups, record.

    Raises CheckpointError when neither is whole.
    """
    previous = previous_checkpoint(path)
    try:
        return read_checkpoint(path)
    except CheckpointError as error:
        if not is_whole(previous):
            raise
        say(f"{error}; going on from {previous.name}, the one before", QUIET)
        return read_checkpoint(previous)


def is_whole(path):
    try:
        read_checkpoint(path)
    except CheckpointError:
        return False
    return True


def read_checkpoint(path):
    """Read one file; -> groups, record.  Raises CheckpointError when it is not whole."""
    try:
        # Opened here, since zipfile leaves a path's file open when what it holds is no zip.
        with open_file(path) as file, zipfile.ZipFile(file) as archive:
            other = other_archive(archive.namelist(), "header.npy")
            if not other:
                groups, record = _read(archive, os.fstat(file.fileno()).st_size)
                say(f"{path}: read", VERBOSE)
                return groups, record
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such checkpoint: train first") from error
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    except DAMAGE as error:
        raise CheckpointError(
            f"{path}: not a whole checkpoint ({str(error)[:LONGEST]}): move it away and train again"
        ) from error
    raise CheckpointError(f"{path}: no checkpoint but {other}")


def _read(archive, size):
    members = archive.infolist()
    _check_members(members, size)
    # Read to its end, a member is compared with its checksum.
    arrays = {member.filename: read_array(archive.read(member)) for member in members}
    header = json.loads(arrays["header.npy"].item())
    if header.get("format") != FORMAT:
        raise ValueError(f"its format is {header.get('format')!r}, not {FORMAT!r}")
    groups = {
        name: [arrays[f"{name}/{i}.npy"] for i in range(count)]
        for name, count in header["groups"].items()
    }
    if any(array.dtype.kind not in NUMBERS for group in groups.values() for array in group):
        raise ValueError("an array of it is not of numbers")
    return groups, header["record"]


def _check_members(members, size):
    for member in members:
        stored = member.compress_type == zipfile.ZIP_STORED
        if not stored or member.compress_size != member.file_size:
            raise ValueError("a member of it is packed")
    if sum(member.file_size for member in members) > size:
        raise ValueError("its members claim more bytes than the file has")


def load_weights(path, sizes=None):
    """Read the best weights of a training run.

    Shapes: sizes (n_0, ..., n_L) or None -> L float32 arrays (n_{l-1}, n_l)

    Raises CheckpointError when the file is damaged or has other sizes.  The previous checkpoint is
    not read instead: it holds another network.
    """
    groups, _ = read_checkpoint(path)
    weights = groups.get("weights", [])
    fits = all(W.ndim == 2 and W.dtype.kind == "f" for W in weights) and all(
        a.shape[1] == b.shape[0] for a, b in itertools.pairwise(weights)
    )
    found = network_sizes(weights) if weights and fits else [0]
    if 0 in (found[0], found[-1]):  # hidden layers may be empty: all their units pruned
        raise CheckpointError(f"{path}: holds no weights that make a network: train again")
    if sizes is not None and found != list(sizes):
        raise CheckpointError(
            f"{path}: its layers have the sizes {found}, not {list(sizes)}: use another --out"
        )
    with np.errstate(over="ignore"):
        weights = [W.astype(np.float32, copy=False) for W in weights]
    for layer, W in enumerate(weights, 1):
        if not np.isfinite(W).all():
            raise CheckpointError(f"{path}: layer {layer} holds NaN or infinity: train again")
    return weights
