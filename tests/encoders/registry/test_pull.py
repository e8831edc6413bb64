"""Fetching from a hub that runs in this process: progress, resume, hash, and what goes wrong."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from tokcomp_cli.encoders.registry import catalogue
from tokcomp_cli.encoders.registry.auto import CLIP, REPOSITORY, choose_auto
from tokcomp_cli.encoders.registry.open_clip_tables import every_clip
from tokcomp_cli.encoders.registry.pull import pull
from tokcomp_cli.errors import EncoderError, PlanError

COMMIT = "c" * 40
CONTENT = bytes(range(256)) * 4000
CARD = b"---\nlicense: mit\ntags: [clip]\n---\n# A model\n"


class Hub(ThreadingHTTPServer):
    daemon_threads = True
    files: dict[str, bytes]
    stated: dict[str, str]
    break_once: bool = False
    asked: list[tuple[str, str, str | None]]


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        ranged = self.headers.get("Range")
        file = self.path.split("?")[0].rsplit("/", 1)[-1]
        self.server.asked.append((self.command, file, ranged))
        content = self.server.files.get(file)
        if content is None or "/resolve/" not in self.path:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = int(ranged.removeprefix("bytes=").split("-")[0]) if ranged else 0
        part = content[start:]
        self.send_response(206 if ranged else 200)
        etag = self.server.stated.get(file, hashlib.sha256(content).hexdigest())
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Linked-Etag", f'"{etag}"')
        self.send_header("X-Linked-Size", str(len(content)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(part)))
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if body and self.server.break_once and len(part) > 1000:
            self.server.break_once = False
            self.wfile.write(part[: len(part) // 2])
            self.wfile.flush()
            self.connection.close()
        elif body:
            self.wfile.write(part)

    def log_message(self, *given: Any) -> None:
        return


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    server = Hub(("127.0.0.1", 0), Handler)
    server.files, server.stated, server.asked = (
        {"open_clip_model.safetensors": CONTENT, "README.md": CARD},
        {},
        [],
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def at(hub: Hub) -> str:
    return f"http://127.0.0.1:{hub.server_port}"


def test_weights_card_and_hash_come(hub: Hub) -> None:
    seen: list[tuple[int, int | None]] = []
    found = pull("auto", progress=lambda done, whole: seen.append((done, whole)), endpoint=at(hub))
    assert found.name == CLIP
    assert found.path.read_bytes() == CONTENT
    assert (found.size_bytes, found.verified, found.licence) == (len(CONTENT), True, "mit")
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert choose_auto() == (CLIP, None)
    entry = catalogue.describe(CLIP)
    assert (entry.on_disk, entry.size_bytes, entry.licence) == (True, len(CONTENT), "mit")
    assert entry.page == f"https://huggingface.co/{REPOSITORY}"
    assert [one.name for one in catalogue.on_disk()] == ["embedded", "handcrafted", CLIP]


def test_what_is_there_is_not_fetched_again(hub: Hub) -> None:
    pull(CLIP, endpoint=at(hub))
    before = len(hub.asked)
    pull(CLIP, endpoint=at(hub))
    assert not [one for one in hub.asked[before:] if one[0] == "GET"]


def test_a_fetch_that_breaks_goes_on_where_it_stopped(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 100_000)
    hub.break_once = True
    found = pull(CLIP, endpoint=at(hub))
    assert found.path.read_bytes() == CONTENT
    ranges = [
        ranged for command, file, ranged in hub.asked if command == "GET" and file.startswith("open_clip")
    ]
    assert len(ranges) == 2
    assert ranges[0] is None
    assert ranges[1] == "bytes=500000-"


def test_a_later_run_goes_on_where_an_earlier_one_was_killed(hub: Hub, tmp_path: Path) -> None:
    blobs = tmp_path / "hub" / f"models--{REPOSITORY.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / f"{hashlib.sha256(CONTENT).hexdigest()}.part").write_bytes(CONTENT[:1234])
    seen: list[int] = []
    found = pull(CLIP, progress=lambda done, _: seen.append(done), endpoint=at(hub))
    assert found.path.read_bytes() == CONTENT
    assert ("GET", "open_clip_model.safetensors", "bytes=1234-") in hub.asked
    assert seen[-1] == len(CONTENT)
    assert not list(blobs.glob("*.part"))


def test_what_the_hub_did_not_say_is_deleted(hub: Hub) -> None:
    hub.stated["open_clip_model.safetensors"] = "0" * 64
    with pytest.raises(EncoderError, match="0" * 12):
        pull(CLIP, endpoint=at(hub))
    assert choose_auto()[0] == "embedded"


def test_the_second_name_is_tried(hub: Hub) -> None:
    hub.files["open_clip_pytorch_model.bin"] = hub.files.pop("open_clip_model.safetensors")
    assert pull(CLIP, endpoint=at(hub)).path.name == "open_clip_pytorch_model.bin"
    hub.files.clear()
    with pytest.raises(EncoderError):
        pull("clip:ViT-B-32/laion2b_s34b_b79k", endpoint=at(hub))


def test_no_network(hub: Hub) -> None:
    with pytest.raises(EncoderError, match="`offline`"):
        pull(CLIP, offline=True)
    assert hub.asked == []
    address = at(hub)
    hub.shutdown()
    hub.server_close()
    with pytest.raises(EncoderError):
        pull(CLIP, endpoint=address)


@pytest.mark.parametrize(
    "name", ["embedded", "clip:local-dir:model", "clip:ViT-B-61/openai", "clip:ViT-B-16/opnai"]
)
def test_names_that_cannot_be_fetched(name: str) -> None:
    with pytest.raises(PlanError):
        pull(name)


def test_catalogue_knows_what_is_not_on_disk(hub: Hub) -> None:
    entry = catalogue.describe("clip:ViT-B-16-SigLIP2-256/webli")
    assert (entry.on_disk, entry.path, entry.licence) == (False, None, None)
    assert entry.input_size == (256, 256)
    assert str(entry.preprocessing).startswith("squash to 256 x 256, bicubic; mean 0.5")
    assert len(list(every_clip())) > 100
    assert [one.name for one in catalogue.on_disk()] == ["embedded", "handcrafted"]


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: 'apache-2.0'\n---\n", "apache-2.0"),
        ("# no head\nlicense: mit\n", None),
        ("---\nx: 1\n---\nlicense: mit", None),
    ],
)
def test_licence_is_what_the_card_states(tmp_path: Path, card: str, licence: str | None) -> None:
    (tmp_path / "README.md").write_text(card)
    assert catalogue.licence_in(tmp_path / "README.md") == licence
    assert catalogue.licence_in(tmp_path / "none") is None
