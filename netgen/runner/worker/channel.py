"""Requests in, events out, one JSON object a line, over pipes that nothing else can write to."""

import json
import mmap
import os
import queue
import shutil
import struct
import sys
import threading
from typing import Any

# Stands in the log, before a request's number, where all that belongs to the request has been written.
MARK = b"\x1enetgen:"
# What the worker was doing, for the parent to read after a crash: direction, net, layer, iteration.
POSITION = struct.Struct("<iiii")
FORWARD = 1
BACKWARD = 2


class Channel:
    """The worker's end of the two pipes.

    The pipes are moved away from file descriptors 0 and 1, which then are nothing and standard error: what a
    Python layer prints, and a debugger it may start, cannot reach the protocol.

    Parameters
    ----------
    folder : str
        Where arrays go; it goes with this process.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._requests = os.fdopen(os.dup(0), "rb")
        self._events = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self._lock = threading.Lock()
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        self.stopping = threading.Event()

    def listen(self) -> None:
        """Begin to read requests, and end this process as soon as the parent is gone."""
        threading.Thread(target=self._read, name="netgen-requests", daemon=True).start()

    def _read(self) -> None:
        for line in self._requests:
            request = json.loads(line.decode("utf-8"))
            if request["job"] == "stop":
                self.stopping.set()
            else:
                self._waiting.put(request)
        # The pipe closes when the parent closes it or dies, however it dies. Nobody is left to tell anything,
        # nor to clear up. Where the system ends this process first, the next worker's parent does it.
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)

    def mark(self, number: int) -> None:
        """End the log of a request: the log goes through a pipe of its own, which may lag behind this one."""
        sys.stderr.flush()
        os.write(2, MARK + str(number).encode("ascii") + b"\n")

    def request(self) -> "dict[str, Any]":
        """Wait for the next request."""
        return self._waiting.get()

    def send(self, **event: "Any") -> None:
        """Send one event."""
        line = json.dumps(event).encode("utf-8") + b"\n"
        with self._lock:
            self._events.write(line)
            self._events.flush()


class Position:
    """Where the worker is, in memory that outlives it: an abort or a crash leaves no time for a message."""

    def __init__(self, path: str) -> None:
        with open(path, "r+b") as file:  # noqa: PTH123
            self._memory = mmap.mmap(file.fileno(), POSITION.size)
        self.iteration = 0
        self.clear()

    def clear(self) -> None:
        """Say that no layer is running."""
        POSITION.pack_into(self._memory, 0, 0, 0, 0, self.iteration)

    def layer(self) -> "tuple[int, int, int, int]":
        """Return direction, net, layer and iteration."""
        direction, net, layer, iteration = POSITION.unpack_from(self._memory, 0)
        return direction, net, layer, iteration

    def watch(self, net: "Any", number: int) -> None:
        """Note each layer of a net as it runs; a Caffe too old for callbacks leaves the position at none."""
        if not hasattr(net, "after_backward"):
            return
        memory = self._memory
        pack = POSITION.pack_into

        def forward(layer: int) -> None:
            pack(memory, 0, FORWARD, number, layer, self.iteration)

        def backward(layer: int) -> None:
            pack(memory, 0, BACKWARD, number, layer, self.iteration)

        def done(_layer: int) -> None:
            self.clear()

        net.before_forward(forward)
        net.before_backward(backward)
        # What Caffe aborts over between two layers is no layer's fault.
        net.after_forward(done)
        net.after_backward(done)
