"""A cancellation that ends one task's wait, and is taken back where the wait ends.

A task that is unwinding already is left to do so; what somebody else cancelled stays cancelled.
"""

import asyncio


class Cancellation:
    """Cancels the task that made it, once. Raises RuntimeError outside of a task."""

    __slots__ = ("_before", "fired", "task")

    def __init__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("c.alive() works inside a task; there is no current task here.")
        self.task = task
        self.fired = False
        self._before = task.cancelling()

    def fire(self, _done: object = None) -> None:
        """Cancel the task, also as the callback of a future; nothing happens a second time."""
        if not self.fired and self.task.cancelling() == self._before:
            self.fired = True
            self.task.cancel()

    def take_back(self) -> bool:
        """Take the cancellation back; False when somebody else cancelled the task too."""
        return self.task.uncancel() <= self._before
