"""Everything a run needs to go on, in one .npz file.

The file holds named groups of arrays (weights, best weights, the optimizer's state) and a record
(epoch, history, recipe) as JSON text.  Only numbers and text are stored: nothing in the file is
ever unpickled or evaluated, so a checkpoint from a stranger can do no harm.  An .npz is a zip, and
a zip carries a checksum of each member, so a torn or altered file is noticed.

Read next: npprune/network/training.py.
"""

import io
import itertools
import json
import zipfile
import zlib

import numpy as np

from npprune.errors import InputError
from npprune.files import write_whole

FORMAT = "npprune checkpoint 1"


class CheckpointError(InputError):
    """A checkpoint cannot be used: missing, damaged, of another format or another network."""


def save_checkpoint(path, groups, record):
    """Write groups of arrays and a record, whole or not at all.

    Shapes: groups {name: list of arrays}, record: anything JSON can hold
    """
    members = {
        f"{name}/{i}": array for name, arrays in groups.items() for i, array in enumerate(arrays)
    }
    header = {"format": FORMAT, "groups": {name: len(group) for name, group in groups.items()}}
    content = io.BytesIO()
    np.savez(content, header=np.array(json.dumps(header | {"record": record})), **members)
    write_whole(path, content.getbuffer())


def load_checkpoint(path):
    """Read what save_checkpoint wrote.

    -> groups {name: list of arrays}, record.  Raises CheckpointError when that is not possible.
    """
    try:
        # Opened here, since np.load leaves a path's file open when what it holds is no .npz.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as members:
            # NumPy reads as much as an array's own header promises; only whoever reads a member
            # to its end learns whether the checksum is right.
            torn = members.zip.testzip()
            if torn is not None:
                raise ValueError(f"{torn} does not have its checksum")
            header = json.loads(str(members["header"]))
            if header.get("format") != FORMAT:
                raise ValueError(f"its format is {header.get('format')!r}, not {FORMAT!r}")
            groups = {
                name: [members[f"{name}/{i}"] for i in range(count)]
                for name, count in header["groups"].items()
            }
            return groups, header["record"]
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such checkpoint: train first") from error
    except (
        OSError, EOFError, ValueError, TypeError, AttributeError, KeyError, MemoryError,
        RuntimeError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise CheckpointError(
            f"{path}: not a whole checkpoint ({error}): delete it and train again"
        ) from error


def load_weights(path, sizes=None):
    """Read the weights of a trained network: the best ones that its run had found.

    Shapes: sizes (n_0, ..., n_L) if they are known -> L float32 arrays (n_{l-1}, n_l)

    Raises CheckpointError when the file is damaged or its network has other sizes.
    """
    groups, _ = load_checkpoint(path)
    weights = groups.get("weights", [])
    fits = all(W.ndim == 2 and W.dtype.kind == "f" for W in weights) and all(
        a.shape[1] == b.shape[0] for a, b in itertools.pairwise(weights)
    )
    if not weights or not fits:
        raise CheckpointError(f"{path}: holds no weights that make a network: train again")
    found = [len(weights[0]), *(W.shape[1] for W in weights)]
    if sizes is not None and found != list(sizes):
        raise CheckpointError(
            f"{path}: its layers have the sizes {found}, not {list(sizes)}: use another --out"
        )
    return weights
