"""Runs the processes that are ordered, as children of the stack: what the kubelet is to a node."""

import signal
from collections.abc import Callable, Mapping

from apps.stack.child import Child
from apps.stack.log_file import LogFile
from apps.stack.process_spec import Order, Orders, Status
from apps.stack.supervisor import Supervisor


class Node:
    """``build`` makes the child for an order's name and environment. Times are of a monotonic clock, in seconds."""

    def __init__(
        self, orders: Orders, supervisor: Supervisor, build: Callable[[str, Mapping[str, str]], Child]
    ) -> None:
        self._orders = orders
        self._supervisor = supervisor
        self._build = build
        self._children: dict[str, Child] = {}
        # When those that were told to end are ended.
        self._kill_at: dict[str, float] = {}
        # Those that were found ended at the last tick.
        self._ended: set[str] = set()
        # The processes of an earlier stack have ended with it.
        orders.forget_all()

    def tick(self, now: float) -> None:
        """Start what is missing, end what is withdrawn, tell what became of each."""
        for order in self._orders.all():
            if order.name not in self._children and order.grace is None:
                self._start(order)
            elif order.grace is not None:
                self._end(order.name, order.grace, now)
            self._tell(order.name)

    def _start(self, order: Order) -> None:
        child = self._children[order.name] = self._build(order.name, order.environment)
        self._supervisor.host(child, LogFile(self._orders.log(order.name)))

    def _end(self, name: str, grace: int, now: float) -> None:
        child = self._children.get(name)
        if child is None or not child.runs:
            self._drop(name)
        elif name not in self._kill_at:
            self._kill_at[name] = now + grace
            child.send(signal.SIGTERM)
        elif now > self._kill_at[name]:
            child.send(signal.SIGKILL)

    def _drop(self, name: str) -> None:
        self._orders.forget(name)
        self._kill_at.pop(name, None)
        self._ended.discard(name)
        if child := self._children.pop(name, None):
            self._supervisor.drop(child)

    def _tell(self, name: str) -> None:
        child = self._children.get(name)
        if child is None or child.process is None:
            return
        status = Status(child.process.pid, child.status)
        if status.exit_status is not None and name not in self._ended:
            # What it wrote last is read before its end is told.
            self._ended.add(name)
            return
        if self._orders.status(name) != status:
            self._orders.tell(name, status)
