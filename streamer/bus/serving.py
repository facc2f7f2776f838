"""The `serve` tasks of one member of a stage: one per owned partition, one after the other for the same partition."""

from __future__ import annotations

import asyncio
import logging

from streamer.errors import SessionLost

from .base import Serve, Session

log = logging.getLogger(__name__)


class Serving:
    """Starts, replaces and ends `serve(session)` tasks; both buses use it, so that both keep the same promises.

    `patience` bounds every wait for a task that was cancelled: one that ignores it is named in the log and left behind.
    """

    def __init__(self, serve: Serve, *, patience: float = 10.0) -> None:
        self._serve = serve
        self._patience = patience
        self._closed = False
        self._tasks: dict[int, set[asyncio.Task[None]]] = {}  # unfinished ones, by partition
        self.bug: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Gets the first exception of a `serve` that is neither SessionLost nor a cancellation."""

    def start(self, session: Session) -> None:
        """Serve `session`, once the partition's earlier tasks have ended.

        They are about to, because their sessions are lost; those that do not within a second are cancelled.
        """
        if self._closed:
            return
        tasks = self._tasks.setdefault(session.partition, set())
        task = asyncio.create_task(self._run(session, set(tasks)), name=f"serve-{session.partition}")
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(self._ended)

    def stop(self, partition: int) -> None:
        """Cancel the partition's tasks, if there are any; they may still be unwinding when this returns."""
        for task in self._tasks.get(partition, ()):
            task.cancel()

    async def close(self) -> None:
        """Cancel all tasks and wait for them. Sessions stay alive meanwhile: a `serve` may commit what is in hand."""
        self._closed = True
        for partition in self._tasks:
            self.stop(partition)
        await self._wait({task for tasks in self._tasks.values() for task in tasks})

    async def _run(self, session: Session, earlier: set[asyncio.Task[None]]) -> None:
        if earlier:
            _, staying = await asyncio.wait(earlier, timeout=1.0)
            for task in staying:
                task.cancel()
            await self._wait(staying)
        if session.alive:
            await self._serve(session)

    async def _wait(self, tasks: set[asyncio.Task[None]]) -> None:
        if not tasks:
            return
        _, stuck = await asyncio.wait(tasks, timeout=self._patience)
        for task in stuck:
            log.error("%s has not ended %.0f s after its cancellation; it is left behind", task, self._patience)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, SessionLost) or self.bug.done():
            return
        log.error("serve failed: %r", error, exc_info=error)
        self.bug.set_exception(error)
        self.bug.exception()  # marks it as seen: an `own` that is being cancelled does not ask for it any more
