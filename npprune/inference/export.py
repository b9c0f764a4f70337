"""The network that is deployed: one small .npz that anybody with NumPy can read.

The file holds, for layer l from 0,

    values-l   (n,) float32      the nonzeros (all entries of a dense layer), row by row
    places-l   bits or gaps      where they stand; none for a dense layer
    about      (bytes,) uint8    JSON: format, sizes, layouts, and where the network comes from

Read next: npprune/studies/frontier/recipes.py.
"""

import io
import itertools
import json
import reprlib
import zipfile

import numpy as np

from npprune.errors import InputError
from npprune.files import open_file, write_whole
from npprune.inference.accounting import npz_bytes
from npprune.inference.formats import as_network
from npprune.inference.storage import EXPORTED, GAPS, VALUE, decode, encode
from npprune.network.mlp import network_sizes
from npprune.npy import DAMAGE, LONGEST, other_archive, read_array
from npprune.pruning.compact import compact

FORMAT = "npprune network 1"
MOST_WEIGHTS = 2**28  # as dense float32 a gigabyte: more is taken for a forgery
MOST_TEXT = 2**20  # bytes of JSON
MOST_HEADER = 2**12  # bytes that an array's own description may take


def save_exported(path, weights, about):
    """Write a network, whole or not at all, without its dead units; -> bytes of the file.

    Shapes: weights, stored as float32; about: what JSON can hold

    Raises InputError for what load_exported could not read again.
    """
    try:
        weights = [_as_float32(W) for W in compact(as_network(weights))]
    except InputError as error:
        raise InputError(f"{path}: not exported: {error}") from error
    if 0 in (len(weights[0]), weights[-1].shape[1]):
        raise InputError(f"{path}: a network without inputs or outputs: not exported")
    if sum(W.size for W in weights) > MOST_WEIGHTS:
        raise InputError(f"{path}: a network of more than {MOST_WEIGHTS:,} weights: not exported")
    layouts, members = [], {}
    for l, W in enumerate(weights):
        layout, values, places = smallest_layout(W)
        layouts.append(layout)
        members[f"values-{l}"] = values
        if places is not None:
            members[f"places-{l}"] = places
    header = {"format": FORMAT, "sizes": network_sizes(weights), "layouts": layouts}
    try:
        text = json.dumps(about | header).encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: what is told about the network is no JSON ({error})") from error
    if len(text) > MOST_TEXT:
        raise InputError(f"{path}: more than {MOST_TEXT:,} bytes are told about the network")
    content = io.BytesIO()
    np.savez_compressed(content, about=np.frombuffer(text, np.uint8), **members)
    write_whole(path, content.getbuffer())
    return len(content.getbuffer())


def _as_float32(W):
    with np.errstate(over="ignore"):
        W = W.astype(np.float32, copy=False)
    if not np.isfinite(W).all():
        raise InputError("weights that float32 cannot hold")
    return W


def smallest_layout(W):
    """Choose the layout that zips to the fewest bytes.

    Shapes: W (n_in, n_out) -> layout, values, places as encode
    """
    encoded = {layout: encode(W, layout) for layout in EXPORTED}

    def file_bytes(layout):
        arrays = [array for array in encoded[layout] if array is not None]
        return npz_bytes(arrays, np.savez_compressed)

    layout = min(encoded, key=file_bytes)
    return layout, *encoded[layout]


def load_exported(path):
    """Read what save_exported wrote; -> L float32 arrays, about (dictionary).

    Raises InputError when the file is missing, damaged, of another format, or not what its own
    sizes promise.
    """
    try:
        with open_file(path) as file, zipfile.ZipFile(file) as archive:
            other = other_archive(archive.namelist(), "about.npy")
            if not other:
                about = _about(archive)
                shapes = itertools.pairwise(about["sizes"])
                layers = enumerate(zip(about["layouts"], shapes, strict=True))
                return [_layer(archive, l, *layer) for l, layer in layers], about
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file: export a network first") from error
    except (OSError, *DAMAGE) as error:
        raise InputError(
            f"{path}: not a whole exported network ({str(error)[:LONGEST]}): export it again"
        ) from error
    raise InputError(f"{path}: no exported network but {other}")


def _about(archive):
    text = bytes(_member(archive, "about", MOST_TEXT, [np.dtype("u1")]))
    about = json.loads(text)
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = reprlib.repr(about.get("format") if isinstance(about, dict) else about)
        raise InputError(f"its format is {found}, not {FORMAT!r}")
    sizes, layouts = about["sizes"], about["layouts"]
    shown = reprlib.repr(sizes)  # of a forged file there may be many
    whole = all(type(n) is int and n >= 0 for n in sizes)
    if not whole or len(sizes) < 2 or 0 in (sizes[0], sizes[-1]):
        raise InputError(f"its layer sizes {shown} make no network")
    if sum(a * b for a, b in itertools.pairwise(sizes)) > MOST_WEIGHTS:
        raise InputError(f"its layer sizes {shown} promise more than {MOST_WEIGHTS:,} weights")
    if len(layouts) != len(sizes) - 1 or not set(layouts) <= set(EXPORTED):
        names = ", ".join(EXPORTED)
        raise InputError(f"its layouts {reprlib.repr(layouts)} are not one of {names} a layer")
    return about


def _layer(archive, l, layout, shape):
    N = shape[0] * shape[1]
    try:
        values = _member(archive, f"values-{l}", N * VALUE.itemsize, [VALUE])
        places = None
        if layout != "dense":
            most = N * GAPS[-1].itemsize
            places = _member(archive, f"places-{l}", most, GAPS)
        return decode(layout, shape, values, places)
    except InputError as error:
        raise InputError(f"layer {l + 1}: {error}") from error


def _member(archive, name, most, dtypes):
    """Check the size in the zip's directory first, and unpack no more."""
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{name} is compressed as NumPy does not")
    if info.file_size > most + MOST_HEADER:
        raise InputError(f"{name} is {info.file_size:,} bytes, where at most {most:,} are in place")
    with archive.open(info) as member:
        # With a length, since without one zipfile unpacks all there is, and then cuts it.
        array = read_array(member.read(info.file_size))
    if array.ndim != 1 or array.dtype not in dtypes:
        raise InputError(f"{name} is not a row of {' or '.join(map(str, dtypes))}")
    return array
