"""Downloads from a local server that misbehaves in every way a mirror can.

The server speaks https with a certificate that the tests trust through SSL_CERT_FILE, as OpenSSL
lets any user do, so that the opener under test is the one that people get.
"""

import contextlib
import gzip
import hashlib
import http.server
import multiprocessing
import re
import ssl
import threading
import time
from pathlib import Path

import pytest
from memory import memory_below
from small_sets import publish

from npprune.data import datasets, download
from npprune.data.download import PUBLISHED, SIZES
from npprune.errors import EnvironmentFailure

CERTIFICATE = Path(__file__).with_name("localhost.pem")
NAME = "train-labels-idx1-ubyte"
FILES = {name: f"the bytes of {name}".encode() * 200 for name in SIZES}
CONTENT = FILES[NAME]
PACKED = gzip.compress(CONTENT)


def answer(body, length=None, status="200 OK", **headers):
    headers = {"Content-Length": len(body) if length is None else length} | headers
    lines = [f"HTTP/1.0 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(to):
    return answer(b"", status="302 Found", Location=to)


OTHER = gzip.compress(CONTENT[:-1] + b"?")
RUDE = b"HTTP/1.0 500 \x1b[2J" + b"x" * 60_000 + b"\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"

# What a mirror sends, what then comes again and again for ever, and what is said of it.
MISDEEDS = {
    "cut": (answer(PACKED[:-9], len(PACKED)), None, "cut short"),
    "half": (answer(PACKED[: len(PACKED) // 2]), None, "cut short"),
    "nothing": (answer(b""), None, "cut short"),
    "other-bytes": (answer(OTHER), None, "checksum differs"),
    "page": (answer(b"<html>Sign in to go on"), None, "incorrect header"),
    "bomb": (answer(gzip.compress(bytes(6 * 10**6))), None, "unpacks to more"),
    "absent": (answer(b"", status="404 Not Found"), None, "Not Found"),
    "rude": (RUDE, None, r"[^\x1b]x{100}"),
    "hang-up": (b"", None, "without response"),
    "slow": (answer(b"", 10**6), b"x", "too slow"),
    "endless": (b"HTTP/1.0 200 OK\r\n\r\n", bytes(10_000), "more than the"),
    "silent": (b"", b"", "no answer|timed out"),
    "silent-body": (answer(PACKED[:20], len(PACKED)), b"", "no answer|timed out"),
    "headers-without-end": (b"HTTP/1.0 200 OK\r\nX: ", b"x", "no answer within"),
    "chunks-without-end": (CHUNKED, b"x", "no answer within"),
    "to-http": (redirect("http://127.0.0.1:9/x.gz"), None, "unknown url type: http"),
    "to-ftp": (redirect("ftp://127.0.0.1/x.gz"), None, "unknown url type: ftp"),
    "to-file": (redirect(f"file://{CERTIFICATE}"), None, "not allowed"),
    "to-itself": (redirect("again"), None, "infinite loop"),
}
WAITED_FOR = ("slow", "silent", "silent-body", "headers-without-end", "chunks-without-end")


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers /misdeed/file by that misdeed, /good/file by the file, /moved/file by a redirect."""

    def do_GET(self):
        _, deed, file_name = self.path.split("/")
        if deed == "good":
            self.wfile.write(answer(gzip.compress(FILES[file_name.removesuffix(".gz")])))
        elif deed == "moved":
            self.wfile.write(redirect(f"/good/{file_name}"))
        else:
            first, again, _ = MISDEEDS[deed]
            self.wfile.write(first)
            while again is not None and not self.server.closing.wait(0.01):
                self.wfile.write(again)

    def log_message(self, *_):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        # The handshake happens in the handler's thread, so that a failed one stops no other.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.url = f"https://127.0.0.1:{server.server_port}"
        server.closing = threading.Event()  # ends what is sent for ever
        server.handle_error = lambda *_: None  # a client that hangs up is what several tests want
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _trusting(monkeypatch):
    """Trust the server's certificate, and go through no proxy."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    for name in ("https_proxy", "HTTPS_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")


def wait_for(monkeypatch, connection, answer, grace):
    """Change the waits, in seconds: not for all to short ones, as a busy server is late as well."""
    monkeypatch.setattr(download, "CONNECT_SECONDS", connection)
    monkeypatch.setattr(download, "ANSWER_SECONDS", answer)
    monkeypatch.setattr(download, "GRACE_SECONDS", grace)


@pytest.fixture
def ask(monkeypatch):
    """Ask these mirrors, which are to hold FILES, for one of them; -> the file, what was said."""

    def ask(*mirrors):
        publish(monkeypatch, FILES, mirrors)
        said = []
        return download.download("mnist", NAME, said.append), said

    return ask


def test_a_good_mirror_is_enough_and_the_second_is_not_asked(server, ask):
    content, said = ask(f"{server.url}/good/", f"{server.url}/absent/")
    assert content == CONTENT
    assert said == [f"Fetching {server.url}/good/{NAME}.gz"]


def test_a_redirect_within_https_is_followed(server, ask):
    assert ask(f"{server.url}/moved/")[0] == CONTENT


@pytest.mark.parametrize("deed", MISDEEDS)
def test_a_bad_mirror_is_named_and_the_next_one_is_asked(server, ask, monkeypatch, deed):
    if deed in WAITED_FOR:
        wait_for(monkeypatch, 0.3, 0.5, 0.2)
    content, said = ask(f"{server.url}/{deed}/", f"{server.url}/good/")
    assert content == CONTENT
    assert len(said) == 2

    with memory_below(3e6), pytest.raises(EnvironmentFailure, match=MISDEEDS[deed][2]) as failure:
        ask(f"{server.url}/{deed}/")
    message = str(failure.value)
    for named in (f"127.0.0.1:{server.server_port}", "--data-dir", "--dataset glyphs"):
        assert named in message
    assert "HTTPS_PROXY" not in message
    assert message.isprintable()
    assert len(message) < 500


@pytest.mark.parametrize(
    ("trusted", "url", "says"),
    [
        ("/dev/null", "https://127.0.0.1:{port}/good/", "CERTIFICATE_VERIFY_FAILED"),
        # The certificate is for 127.0.0.1.
        (CERTIFICATE, "https://localhost:{port}/good/", "CERTIFICATE_VERIFY_FAILED.*localhost"),
        (CERTIFICATE, "http://127.0.0.1:9/", "unknown url type"),
        (CERTIFICATE, f"file://{CERTIFICATE.parent}/", "unknown url type"),
        (CERTIFICATE, "https://127.0.0.1:9/", "refused"),
    ],
)
def test_only_https_is_spoken_and_with_nobody_else(server, ask, monkeypatch, trusted, url, says):
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with pytest.raises(EnvironmentFailure, match=says):
        ask(url.format(port=server.server_port))


def test_a_dead_name_look_up_is_a_failure(ask, monkeypatch):
    wait_for(monkeypatch, 0.3, 0.5, 0.2)
    stuck = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: stuck.wait(5))
    with pytest.raises(EnvironmentFailure, match="no answer within"):
        ask("https://mirror.invalid/")
    stuck.set()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_that_does_not_answer_is_named_beside_the_mirrors(ask, monkeypatch, variable):
    wait_for(monkeypatch, 0.3, 0.5, 0.2)
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv(variable, "http://user:secret@127.0.0.1:9")
    with pytest.raises(EnvironmentFailure, match="HTTPS_PROXY") as failure:
        ask("https://mirror.invalid/")
    assert "secret" not in str(failure.value)


def fetch(url):
    """Fetch FILES, in a new process too, where nothing has been published yet."""
    patch = pytest.MonkeyPatch()
    publish(patch, FILES, [f"{url}/good/"])
    wait_for(patch, 60, 60, 60)
    datasets.fetch("mnist")


@pytest.mark.parametrize(
    ("Worker", "count"),
    [(threading.Thread, 4), (multiprocessing.get_context("spawn").Process, 2)],
)
def test_many_at_once_leave_whole_files_and_nothing_else(server, cache, monkeypatch, Worker, count):
    publish(monkeypatch, FILES)  # so that what fetch changes is taken back
    wait_for(monkeypatch, 60, 60, 60)
    torn, done = [], threading.Event()

    def watch():
        while not done.is_set():
            for name, content in FILES.items():
                with contextlib.suppress(FileNotFoundError):
                    if (cache / "mnist" / name).read_bytes() != content:
                        torn.append(name)
            time.sleep(0.001)

    workers = [Worker(target=fetch, args=[server.url]) for _ in range(count)]
    watcher = threading.Thread(target=watch)
    for thread in [watcher, *workers]:
        thread.start()
    for worker in workers:
        worker.join(60)
    done.set()
    watcher.join()
    assert all(getattr(worker, "exitcode", 0) == 0 for worker in workers)  # threads have none
    assert torn == []
    assert {path.name: path.read_bytes() for path in (cache / "mnist").iterdir()} == FILES


def test_what_is_published_is_written_down_completely():
    for published in PUBLISHED.values():
        assert list(published.checksums) == list(SIZES)
        digits = hashlib.new(published.algorithm, usedforsecurity=False).digest_size * 2
        for checksum in published.checksums.values():
            assert re.fullmatch(f"[0-9a-f]{{{digits}}}", checksum)
        for mirror in published.mirrors:
            assert re.fullmatch(r"https://[^ ]+/", mirror)
