"""Engines that were built: a folder for each, named by its recipe's key.

FOLDER/denoiser-3fa2…/engine.json   the sidecar: recipe, sizes and digests of the files, how it was checked
                      engine.plan   or model.onnx and its data
FOLDER/.locks/                      one file for each key; who builds holds it
FOLDER/.making/                     what is being built; renamed when it is whole, swept when its maker died
FOLDER/.timing/                     what TensorRT's builder measured, for each GPU
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from engines.errors import EngineError

from .recipe import SCHEMA, Recipe, reasons

SIDECAR = "engine.json"

State = Literal["unverified", "verified", "failed"]
"""failed: it did not draw what torch draws. It stays, so that it is not built again, and is never used."""

KEY = 16
"""Characters of the key in a folder's name."""


PATIENCE = 3600.0
"""Seconds to wait for another builder, where the caller knows no better."""


class File(msgspec.Struct, frozen=True):
    bytes: int
    modified: int  # nanoseconds since 1970; while size and this are as they were, the bytes are taken to be
    sha256: str


class Sidecar(msgspec.Struct, frozen=True):
    """What lies beside an engine."""

    schema: int
    key: str
    recipe: dict[str, str]
    files: dict[str, File]
    built: str  # 2026-11-21T18:24:42+00:00
    seconds: dict[str, float]  # that each stage took
    state: State = "unverified"
    parity: list[str] = []  # the figures, in words
    checked: int = 0  # the largest batch that they are of


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder of the cache, as it was found."""

    folder: Path
    sidecar: Sidecar | None  # None: see `faults`
    faults: tuple[str, ...] = ()  # what makes it unusable, in words

    @property
    def bytes(self) -> int:
        return sum(file.stat().st_size for file in self.folder.glob("*") if file.is_file())

    @property
    def used(self) -> float:
        """When it was last used, seconds since 1970; 0 where that cannot be told."""
        try:
            return (self.folder / SIDECAR).stat().st_mtime
        except OSError:
            return 0.0

    @property
    def touched(self) -> bool:
        """Whether a file was written since it was recorded, or copied."""
        files = self.sidecar.files.items() if self.sidecar is not None and not self.faults else ()
        return any((self.folder / name).stat().st_mtime_ns != file.modified for name, file in files)

    def checked(self) -> Entry:
        """Itself, or with faults where the digests of its files are not as recorded. Reads all of them: gigabytes."""
        if self.sidecar is None or self.faults:
            return self
        wrong = [
            f"{name} is damaged: SHA-256 {found[:12]}… instead of {file.sha256[:12]}…"
            for name, file in self.sidecar.files.items()
            if (found := _sha256(self.folder / name)) != file.sha256
        ]
        return Entry(self.folder, self.sidecar, tuple(wrong))


class Cache:
    """Engines in `folder`, which is made when something is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        """None: ~/.cache/streamer/engines, or under XDG_CACHE_HOME."""
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.folder = folder or base / "streamer" / "engines"

    def entries(self) -> list[Entry]:
        """All of them, by name; broken ones too, with their faults. What dead builders left is swept."""
        with _words(self.folder, "read"):
            if not self.folder.is_dir():
                return []
            self._sweep()
            return [_entry(each) for each in sorted(self.folder.iterdir()) if each.is_dir() and each.name[0] != "."]

    def find(self, recipe: Recipe) -> Entry | None:
        """The engine of this recipe; with faults where there is one that cannot be used. Files whose size and time are
        as recorded are not read."""
        folder = self._place(recipe)
        with _words(self.folder, "read"):
            if not folder.is_dir():
                return None
            entry = _entry(folder)
            if entry.sidecar is not None and (other := reasons(entry.sidecar.recipe, recipe)):
                entry = Entry(folder, entry.sidecar, (f"{SIDECAR} is of another engine: {'; '.join(other)}",))
            if entry.touched:
                entry = entry.checked()
        if not entry.faults:
            with contextlib.suppress(OSError):  # a cache that is only read
                os.utime(folder / SIDECAR)
        return entry

    def why(self, recipe: Recipe) -> list[str]:
        """Why none of the engines of this network serves: by the one that comes nearest."""
        found = [
            (len(told), -entry.used, told)
            for entry in self.entries()
            if entry.sidecar is not None and entry.sidecar.recipe.get("network") == recipe.network
            if (told := reasons(entry.sidecar.recipe, recipe))
        ]
        return min(found)[2] if found else []

    @contextlib.contextmanager
    def making(
        self,
        recipe: Recipe,
        say: Callable[[str], None] = lambda _: None,
        cancel: threading.Event | None = None,
        patience: float = PATIENCE,
    ) -> Iterator[Path]:
        """An empty folder to build in, while nobody else builds the same; gone afterwards. Waits for who does, for at
        most `patience` seconds."""
        with _words(self.folder, "written"):
            for part in (".locks", ".making"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            lock = os.open(self._lock(recipe.key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with _words(self.folder, "locked"):
                _wait_for(lock, recipe.network, say, cancel, patience)
            # The lock is ours: whatever bears this key was left by one who died.
            for left in (self.folder / ".making").glob(f"{recipe.key[:KEY]}-*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = self.folder / ".making" / f"{recipe.key[:KEY]}-{uuid.uuid4().hex[:8]}"
            try:
                with _words(self.folder, "written"):
                    folder.mkdir()
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)

    def keep(self, recipe: Recipe, files: Sequence[Path], seconds: dict[str, float]) -> Entry:
        """Move `files`, which lie in one folder that `making` gave, to their place. Unverified as yet."""
        whole, place = files[0].parent / uuid.uuid4().hex, self._place(recipe)
        with _words(self.folder, "written"):
            sidecar = Sidecar(
                schema=SCHEMA,
                key=recipe.key,
                recipe=asdict(recipe),
                files={file.name: _recorded(file) for file in files},
                built=datetime.now(UTC).isoformat(timespec="seconds"),
                seconds=seconds,
            )
            whole.mkdir()
            for file in files:
                file.rename(whole / file.name)
            (whole / SIDECAR).write_bytes(_json(sidecar))
            if place.exists():  # a broken one: out of the way first, a folder cannot be replaced in one step
                place.rename(files[0].parent / uuid.uuid4().hex)
            whole.rename(place)
        return Entry(place, sidecar)

    def mark(self, entry: Entry, state: State, parity: Sequence[str], checked: int) -> Entry:
        """Record how it was checked, at batches up to `checked`."""
        assert entry.sidecar is not None
        sidecar = msgspec.structs.replace(entry.sidecar, state=state, parity=list(parity), checked=checked)
        with _words(self.folder, "written"):
            temporary = entry.folder / f".{SIDECAR}.{uuid.uuid4().hex[:8]}"
            temporary.write_bytes(_json(sidecar))
            temporary.replace(entry.folder / SIDECAR)
        return Entry(entry.folder, sidecar)

    def need(self, bytes_: int, network: str) -> None:
        """Raises EngineError where the disk has less."""
        at = self.folder
        with _words(self.folder, "read"):
            while not at.exists():
                at = at.parent
            free = shutil.disk_usage(at).free
        if free < bytes_:
            raise EngineError(
                f"{network}: building it needs about {bytes_ / 1e9:.2f} GB in {self.folder} and {free / 1e9:.2f} GB are"
                " free; make room, or choose another folder with --engine-cache"
            )

    def note(self, file: Path, text: str) -> None:
        """Write `text` into a file of a folder that `making` gave."""
        with _words(self.folder, "written"):
            file.write_text(text)

    def timing(self, name: str) -> Path:
        """Where the builder's measurements for one GPU are kept."""
        return self.folder / ".timing" / "".join(c if c.isalnum() or c in ".-_" else "_" for c in name)

    def _place(self, recipe: Recipe) -> Path:
        return self.folder / f"{recipe.network}-{recipe.key[:KEY]}"

    def _lock(self, key: str) -> Path:
        return self.folder / ".locks" / key[:KEY]

    def _sweep(self) -> None:
        """Remove what is being made by nobody: its lock can be had."""
        for left in (self.folder / ".making").glob("*"):
            try:
                lock = os.open(self._lock(left.name.split("-")[0]), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError:
                continue  # a cache that is only read
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            except OSError:
                pass  # somebody makes it, or there are no locks here
            finally:
                os.close(lock)


def _entry(folder: Path) -> Entry:
    """What lies in `folder`. Never raises: what is wrong is said in its faults. Digests are not looked at."""
    try:
        sidecar = msgspec.json.decode((folder / SIDECAR).read_bytes(), type=Sidecar)
    except FileNotFoundError:
        return Entry(folder, None, (f"{SIDECAR} is missing",))
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        return Entry(folder, None, (f"{SIDECAR} cannot be read: {error}",))
    if sidecar.schema != SCHEMA:
        return Entry(folder, None, (f"{SIDECAR} is of schema {sidecar.schema}, this program writes {SCHEMA}",))
    faults = []
    for name, file in sidecar.files.items():
        try:
            if (size := (folder / name).stat().st_size) != file.bytes:
                faults.append(f"{name} has {size} bytes instead of {file.bytes}")
        except OSError:
            faults.append(f"{name} is missing")
    return Entry(folder, sidecar, tuple(faults if sidecar.files else ["no files are recorded"]))


def _json(sidecar: Sidecar) -> bytes:
    return msgspec.json.format(msgspec.json.encode(sidecar), indent=2)


def _recorded(file: Path) -> File:
    told = file.stat()
    return File(told.st_size, told.st_mtime_ns, _sha256(file))


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable ({error.strerror})"


def _wait_for(
    lock: int, network: str, say: Callable[[str], None], cancel: threading.Event | None, patience: float
) -> None:
    """Who has the lock writes into it who it is, for who must wait."""
    told, deadline = False, time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
            return
        except BlockingIOError:
            if not told:
                say(f"{network}: another process is building it")
                told = True
            if cancel is not None and cancel.is_set():
                raise EngineError(f"{network}: given up while another process built it") from None
            if time.monotonic() >= deadline:
                holder = os.pread(lock, 200, 0).decode(errors="replace") or "another process"
                raise EngineError(
                    f"{network}: {holder} holds its lock for more than {patience:.0f} s; if that builds nothing, end it"
                ) from None
            time.sleep(0.1)


@contextlib.contextmanager
def _words(folder: Path, done: str) -> Iterator[None]:
    """The system's errors as ours: what could not be done to the cache."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(folder if folder.exists() else folder.anchor).free
            raise EngineError(
                f"no room left in {folder} ({free / 1e6:.0f} MB free); make room, or choose another folder with"
                " --engine-cache"
            ) from error
        raise EngineError(
            f"the cache of engines {folder} cannot be {done}: {error}; --engine-cache chooses another folder"
        ) from error
