"""Downloads from a local server that misbehaves in every way a mirror can.

The server speaks https with a certificate that the tests trust through SSL_CERT_FILE, as OpenSSL
lets any user do, so that the opener under test is the one that people get.
"""

import contextlib
import gzip
import hashlib
import http.server
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from npprune.data import datasets, download
from npprune.data.download import PUBLISHED, SIZES, Published
from npprune.errors import EnvironmentFailure

CERTIFICATE = Path(__file__).with_name("localhost.pem")
NAME = "train-labels-idx1-ubyte"
FILES = {name: f"the bytes of {name}".encode() * 200 for name in SIZES}
CONTENT = FILES[NAME]
PACKED = gzip.compress(CONTENT)


def send(handler, body, length=None, status=200, **headers):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def drip(handler, piece):
    while not handler.server.closing.wait(0.01):
        handler.wfile.write(piece)


def slow(handler):
    send(handler, b"", length=10**6)
    drip(handler, b"x")


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.closing.is_set():
        handler.wfile.write(bytes(10_000))


def headers_without_end(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
    drip(handler, b"x")


def chunks_without_end(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
    drip(handler, b"x")


def silent_body(handler):
    send(handler, PACKED[:20], length=len(PACKED))
    handler.wfile.flush()
    handler.server.closing.wait()


def rude(handler):
    handler.wfile.write(b"HTTP/1.0 500 \x1b[2J" + b"x" * 60_000 + b"\r\n\r\n")


def redirect(to):
    return lambda handler: send(handler, b"", status=302, Location=to)


OTHER = gzip.compress(CONTENT[:-1] + b"?")
BOMB = gzip.compress(bytes(6 * 10**6))

# What a mirror does, and what is said of it.
MISDEEDS = {
    "cut": (lambda handler: send(handler, PACKED[:-9], length=len(PACKED)), "cut short"),
    "half": (lambda handler: send(handler, PACKED[: len(PACKED) // 2]), "cut short"),
    "nothing": (lambda handler: send(handler, b""), "cut short"),
    "other-bytes": (lambda handler: send(handler, OTHER), "checksum differs"),
    "too-few": (lambda handler: send(handler, gzip.compress(CONTENT[:-1])), "checksum differs"),
    "page": (lambda handler: send(handler, b"<html>Sign in to go on"), "incorrect header"),
    "bomb": (lambda handler: send(handler, BOMB), "unpacks to more"),
    "absent": (lambda handler: send(handler, b"", status=404), "Not Found"),
    "broken": (lambda handler: send(handler, b"", status=500), "Internal Server Error"),
    "rude": (rude, r"[^\x1b]x{100}"),
    "hang-up": (lambda handler: None, "without response"),
    "slow": (slow, "too slow"),
    "endless": (endless, "more than the"),
    "silent": (lambda handler: handler.server.closing.wait(), "no answer|timed out"),
    "silent-body": (silent_body, "no answer|timed out"),
    "headers-without-end": (headers_without_end, "no answer within"),
    "chunks-without-end": (chunks_without_end, "no answer within"),
    "to-http": (redirect("http://127.0.0.1:9/x.gz"), "unknown url type: http"),
    "to-ftp": (redirect("ftp://127.0.0.1/x.gz"), "unknown url type: ftp"),
    "to-file": (redirect(f"file://{CERTIFICATE}"), "not allowed"),
    "to-itself": (redirect("again"), "infinite loop"),
}
WAITED_FOR = ("slow", "silent", "silent-body", "headers-without-end", "chunks-without-end")


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers /misdeed/file by that misdeed, /good/file by the file, anything else by itself."""

    def do_GET(self):
        _, deed, file_name = self.path.split("/")
        if file_name == "again":
            redirect("again")(self)
        elif deed in MISDEEDS:
            MISDEEDS[deed][0](self)
        elif deed == "moved":
            redirect(f"/good/{file_name}")(self)
        else:
            send(self, gzip.compress(FILES[file_name.removesuffix(".gz")]))

    def log_message(self, *_):
        """Keep the test's output clean."""


class Server(http.server.ThreadingHTTPServer):
    """Stops its dripping handlers when it closes, and does not mind those who hang up."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Mirror)
        self.closing = threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        # The handshake happens in the handler's thread, so that a failed one stops no other.
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """A client that hangs up is what several tests want."""


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def trusting(monkeypatch):
    """Trust the server's certificate, and go through no proxy."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def impatient(monkeypatch):
    """Return a function that shortens the waits: not for all, as a busy server is late as well."""

    def impatient():
        monkeypatch.setattr(download, "CONNECT_SECONDS", 0.3)
        monkeypatch.setattr(download, "ANSWER_SECONDS", 0.5)
        monkeypatch.setattr(download, "GRACE_SECONDS", 0.2)

    return impatient


@pytest.fixture
def mirrors(monkeypatch):
    """Return a function that publishes the small FILES as "mnist" on the mirrors it is given."""

    def publish(*urls):
        checksums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
        monkeypatch.setitem(PUBLISHED, "mnist", Published(urls, "sha256", checksums))
        for name, content in FILES.items():
            monkeypatch.setitem(SIZES, name, len(content))

    return publish


def test_a_good_mirror_is_enough_and_the_second_is_not_asked(server, mirrors):
    mirrors(f"{server.url}/good/", f"{server.url}/absent/")
    said = []
    assert download.download("mnist", NAME, said.append) == CONTENT
    assert said == [f"Fetching {server.url}/good/{NAME}.gz"]


def test_a_redirect_within_https_is_followed(server, mirrors):
    mirrors(f"{server.url}/moved/")
    assert download.download("mnist", NAME, lambda _: None) == CONTENT


@pytest.mark.parametrize("deed", MISDEEDS)
def test_a_bad_mirror_is_named_and_the_next_one_is_asked(server, mirrors, impatient, deed):
    if deed in WAITED_FOR:
        impatient()
    mirrors(f"{server.url}/{deed}/", f"{server.url}/good/")
    said = []
    assert download.download("mnist", NAME, said.append) == CONTENT
    assert len(said) == 2

    mirrors(f"{server.url}/{deed}/")
    with pytest.raises(EnvironmentFailure) as failure:
        download.download("mnist", NAME, said.append)
    message = str(failure.value)
    assert re.search(MISDEEDS[deed][1], message)
    assert f"127.0.0.1:{server.server_port}" in message
    assert "--data-dir" in message
    assert "--dataset glyphs" in message
    assert message.isprintable()
    assert len(message) < 500


def test_a_bomb_is_not_unpacked(server, mirrors):
    mirrors(f"{server.url}/bomb/")
    tracemalloc.start()
    with pytest.raises(EnvironmentFailure, match="unpacks to more"):
        download.download("mnist", NAME, lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 10**6


def test_certificates_are_checked(server, mirrors, monkeypatch):
    mirrors(f"{server.url}/good/")
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    with pytest.raises(EnvironmentFailure, match="CERTIFICATE_VERIFY_FAILED"):
        download.download("mnist", NAME, lambda _: None)


def test_host_names_are_checked(server, mirrors):
    mirrors(f"https://localhost:{server.server_port}/good/")  # the certificate is for 127.0.0.1
    with pytest.raises(EnvironmentFailure, match=r"CERTIFICATE_VERIFY_FAILED.*localhost"):
        download.download("mnist", NAME, lambda _: None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", f"file://{CERTIFICATE.parent}/"])
def test_only_https_is_spoken(mirrors, url):
    mirrors(url)
    with pytest.raises(EnvironmentFailure, match="unknown url type"):
        download.download("mnist", NAME, lambda _: None)


def test_a_dead_host_and_a_dead_name_look_up_are_failures(mirrors, impatient, monkeypatch):
    impatient()
    mirrors("https://127.0.0.1:9/")
    with pytest.raises(EnvironmentFailure, match="refused"):
        download.download("mnist", NAME, lambda _: None)

    stuck = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: stuck.wait(5))
    with pytest.raises(EnvironmentFailure, match="no answer within"):
        download.download("mnist", NAME, lambda _: None)
    stuck.set()


def test_a_proxy_that_does_not_answer_is_named_beside_the_mirrors(mirrors, impatient, monkeypatch):
    impatient()
    mirrors("https://mirror.invalid/")
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://user:secret@127.0.0.1:9")
        with pytest.raises(EnvironmentFailure, match="HTTPS_PROXY") as failure:
            download.download("mnist", NAME, lambda _: None)
        assert "secret" not in str(failure.value)
        monkeypatch.delenv(name)
    with pytest.raises(EnvironmentFailure) as failure:
        download.download("mnist", NAME, lambda _: None)
    assert "HTTPS_PROXY" not in str(failure.value)


def test_fetch_fills_the_cache_with_unpacked_files_and_mends_it(
    server, mirrors, monkeypatch, tmp_path
):
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path))
    mirrors(f"{server.url}/good/")
    said = []
    folder = datasets.fetch("mnist", said.append)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert len(said) == 4

    (folder / NAME).write_bytes(CONTENT[:-1])
    datasets.fetch("mnist", said.append)
    assert (folder / NAME).read_bytes() == CONTENT
    assert len(said) == 5  # the three good ones were not fetched again


def test_many_at_once_leave_whole_files_and_nothing_else(server, mirrors, monkeypatch, tmp_path):
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path))
    mirrors(f"{server.url}/good/")
    torn, done = [], threading.Event()

    def watch():
        while not done.is_set():
            for name, content in FILES.items():
                with contextlib.suppress(FileNotFoundError):
                    if (tmp_path / "mnist" / name).read_bytes() != content:
                        torn.append(name)
            time.sleep(0.001)

    fetchers = [threading.Thread(target=datasets.fetch, args=("mnist",)) for _ in range(4)]
    watcher = threading.Thread(target=watch)
    for thread in [watcher, *fetchers]:
        thread.start()
    for thread in fetchers:
        thread.join()
    done.set()
    watcher.join()
    assert torn == []
    assert {path.name: path.read_bytes() for path in (tmp_path / "mnist").iterdir()} == FILES


FETCH = """
import sys
from npprune.data import datasets, download
url, *checksums = sys.argv[1:]
lengths = (LENGTHS)
for name, checksum, length in zip(list(download.SIZES), checksums, lengths, strict=True):
    download.PUBLISHED["mnist"].checksums[name] = checksum
    download.SIZES[name] = length
object.__setattr__(download.PUBLISHED["mnist"], "mirrors", (url,))
print(datasets.fetch("mnist"))
"""


def test_two_processes_at_once_fill_one_cache(server, elsewhere, tmp_path):
    lengths = ", ".join(str(len(content)) for content in FILES.values())
    program = FETCH.replace("LENGTHS", lengths)
    checksums = [hashlib.sha256(content).hexdigest() for content in FILES.values()]
    command = [sys.executable, "-c", program, f"{server.url}/good/", *checksums]
    environment = os.environ | elsewhere | {"NPPRUNE_CACHE": str(tmp_path)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "mnist").iterdir()} == FILES


def test_a_failed_fetch_leaves_no_partial_file(server, mirrors, monkeypatch, tmp_path):
    monkeypatch.setenv("NPPRUNE_CACHE", str(tmp_path))
    mirrors(f"{server.url}/cut/")
    with pytest.raises(EnvironmentFailure):
        datasets.fetch("mnist")
    assert list(tmp_path.rglob("*")) == []


def test_what_is_published_is_written_down_completely():
    for published in PUBLISHED.values():
        assert list(published.checksums) == list(SIZES)
        digits = hashlib.new(published.algorithm, usedforsecurity=False).digest_size * 2
        for checksum in published.checksums.values():
            assert re.fullmatch(f"[0-9a-f]{{{digits}}}", checksum)
        for mirror in published.mirrors:
            assert re.fullmatch(r"https://[^ ]+/", mirror)
