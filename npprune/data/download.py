"""What was published as MNIST, Fashion-MNIST and KMNIST, and how to fetch it.

A mirror is not trusted: what it sends is bounded in time and size, and must have the checksum
below once unpacked.  Only https is used.

Checksums: SHA-256.  For KMNIST none is published of the unpacked bytes, so MD5 stands in, from the
repository datasets-mila/datasets--kmnist.

Read next: npprune/data/glyphs.py.
"""

import hashlib
import http.client
import queue
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass

from npprune.errors import EnvironmentFailure

CONNECT_SECONDS = 3.0  # also the longest silence within a body
ANSWER_SECONDS = 4.0  # name, connection, certificate, redirects and headers, all together
GRACE_SECONDS = 5.0  # after which a body must have come at SLOWEST on average
SLOWEST = 50_000  # bytes per second: the largest file in under nine minutes
PIECE = 1 << 16  # bytes read at once

# Names and lengths (unpacked, in bytes) of the four files, the small ones first: a dead mirror or
# a wrong folder is then noticed early.  The three data sets agree in both.
SIZES = {
    "train-labels-idx1-ubyte": 60_008,
    "t10k-labels-idx1-ubyte": 10_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "train-images-idx3-ubyte": 47_040_016,
}


@dataclass(frozen=True)
class Published:
    mirrors: tuple  # URLs of folders that hold the four files, gzipped
    algorithm: str  # of the checksums, as hashlib names it
    checksums: dict  # file name -> hexadecimal checksum of the unpacked bytes


PUBLISHED = {
    "mnist": Published(
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        algorithm="sha256",
        checksums={
            "train-labels-idx1-ubyte": (
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
            ),
            "t10k-labels-idx1-ubyte": (
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
            ),
            "t10k-images-idx3-ubyte": (
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
            ),
            "train-images-idx3-ubyte": (
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
            ),
        },
    ),
    "fashion-mnist": Published(
        mirrors=(
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        algorithm="sha256",
        checksums={
            "train-labels-idx1-ubyte": (
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
            ),
            "t10k-labels-idx1-ubyte": (
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
            ),
            "t10k-images-idx3-ubyte": (
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
            ),
            "train-images-idx3-ubyte": (
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
            ),
        },
    ),
    "kmnist": Published(
        mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        algorithm="md5",
        checksums={
            "train-labels-idx1-ubyte": "949e75301f8813e0dc5800dcc320fc52",
            "t10k-labels-idx1-ubyte": "9f55f451c0988b028eccdf7d5cc265ab",
            "t10k-images-idx3-ubyte": "bf305b8cd328700fbc17f5acbc2856d2",
            "train-images-idx3-ubyte": "92be26ec9822e900ac425d0a0aa84ced",
        },
    ),
}


def is_published(name, file_name, *pieces):
    published = PUBLISHED[name]
    if sum(memoryview(piece).nbytes for piece in pieces) != SIZES[file_name]:
        return False
    checksum = hashlib.new(published.algorithm, usedforsecurity=False)
    for piece in pieces:
        checksum.update(piece)
    return checksum.hexdigest() == published.checksums[file_name]


def download(name, file_name, announce):
    """Return the unpacked bytes of a published file, from the first mirror that can.

    announce is called for each attempt.  Raises EnvironmentFailure when none gave the right bytes.
    """
    failures = []
    for mirror in PUBLISHED[name].mirrors:
        url = f"{mirror}{file_name}.gz"
        announce(f"Fetching {url}")
        try:
            content = _unpack(_receive(url, SIZES[file_name]), SIZES[file_name])
            if is_published(name, file_name, content):
                return content
            reason = "sent other bytes than were published (the checksum differs)"
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            reason = _one_line(getattr(error, "reason", None) or error)
        failures.append(f"{urllib.parse.urlsplit(url).netloc}: {reason}")
    proxy = " by way of HTTPS_PROXY" if urllib.request.getproxies().get("https") else ""
    raise EnvironmentFailure(
        f"{name} cannot be fetched{proxy} ({'; '.join(failures)}): put its four files in a folder "
        "and pass it with --data-dir, or go on without network with --dataset glyphs"
    )


def _one_line(reason):
    line = " ".join(str(reason).split())
    return "".join(character for character in line if character.isprintable())[:200]


def _receive(url, size):
    """Return the body behind a URL; raises OSError when it is slow or too long.

    Too long: more than size bytes can pack to.  No socket's time-out bounds lines that come a byte
    at a time: so a thread reads while this one looks at the clock.
    """
    limit = size + size // 1000 + 1024  # deflate adds less than a thousandth
    pieces, given_up = queue.SimpleQueue(), threading.Event()
    threading.Thread(target=_read, args=(url, pieces, given_up), daemon=True).start()
    try:
        _next(pieces, ANSWER_SECONDS)  # the headers are there
        body, start = bytearray(), time.monotonic()
        while piece := _next(pieces, CONNECT_SECONDS + GRACE_SECONDS):
            body += piece
            if len(body) > limit:
                raise OSError(f"sent more than the {limit:,} bytes the file can have")
            seconds = time.monotonic() - start
            if seconds > GRACE_SECONDS and len(body) < SLOWEST * seconds:
                raise OSError(f"too slow ({len(body) / seconds / 1000:.1f} kB/s)")
        return bytes(body)
    finally:
        given_up.set()


def _next(pieces, seconds):
    try:
        piece = pieces.get(timeout=seconds)
    except queue.Empty:
        raise OSError(f"no answer within {seconds:.0f} seconds") from None
    if isinstance(piece, Exception):
        raise piece
    return piece


def _read(url, pieces, given_up):
    """Put into a queue: "answered" after the headers, each piece, then b"" or the error."""
    try:
        with _https_opener().open(url, timeout=CONNECT_SECONDS) as response:
            pieces.put("answered")
            while not given_up.is_set() and (piece := response.read1(PIECE)):
                pieces.put(piece)
        pieces.put(b"")
    except Exception as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # an error, but also a response with a connection
        pieces.put(error)


def _https_opener():
    """Return an opener for https only, certificates checked; a redirect to anything else fails."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _unpack(packed, size):
    unpacker = zlib.decompressobj(wbits=31)  # 31: gzip, largest window
    content = unpacker.decompress(packed, size + 1)
    if len(content) > size:
        raise OSError(f"sent a file that unpacks to more than {size:,} bytes")
    if not unpacker.eof:
        raise OSError("was cut short")
    return content
