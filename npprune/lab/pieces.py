"""Pieces of work in processes of their own, recorded as they end.

A long study is cut into pieces (one seed and one criterion, say), each named by a key: the columns
and values that its records share.  Pieces go to as many interpreters as there are cores, BLAS with
one thread in each, which uses the cores better than one product on all of them and makes the
result the same however many there are.  A study that was stopped goes on with the missing pieces.

Read next: npprune/lab/page.py.
"""

import multiprocessing
from concurrent.futures import as_completed

from npprune.progress import Progress
from npprune.threads import cores, single_threaded_processes


def run_pieces(label, pieces, record):
    """Do all pieces; call record(key, result) in this process as each ends.

    pieces is a list, not empty, of (key, function, *arguments), functions and arguments such as
    pickle can carry.  They are begun in the order given and may end in another.
    """
    with (
        Progress(label, len(pieces)) as progress,
        single_threaded_processes(min(cores(), len(pieces))) as processes,
    ):
        keys = {processes.submit(*work): key for key, *work in pieces}
        try:
            for done, future in enumerate(as_completed(keys), 1):
                record(keys[future], future.result())
                key = ", ".join(f"{name} {value}" for name, value in keys[future].items())
                progress(done, key)
        except BaseException:
            # Leaving the block would wait for minutes of work that nobody wants any more.
            processes.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise
