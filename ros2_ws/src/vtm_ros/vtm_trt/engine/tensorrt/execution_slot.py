"""One way through a network: fixed addresses, and the work recorded as a CUDA graph."""

import logging
from typing import Any

from vtm.errors import VtmError
from vtm_trt.engine.cuda import Graph, Stream
from vtm_trt.engine.tensorrt.pinned_buffer import PinnedBuffer

Names = frozenset[str]
_log = logging.getLogger("vtm")


class ExecutionSlot:
    """A context of an engine with its copies. What can be recorded is launched as one graph, what cannot, step by step.

    A slot has a context of its own, as TensorRT asks of contexts whose work is in graphs.
    """

    def __init__(self, stream: Stream, context: Any, inputs: PinnedBuffer, outputs: PinnedBuffer):
        self._stream, self._context, self._inputs, self._outputs = stream, context, inputs, outputs
        self._graphs: dict[Names, Graph | None] = {}

    @property
    def recorded(self) -> bool:
        """Whether all that ran so far ran as graphs."""
        return all(self._graphs.values())

    def run(self, uploaded: Names) -> None:
        """Put one run into the stream; `uploaded` are the inputs that come from the processor's memory."""
        if uploaded not in self._graphs:
            self._graphs[uploaded] = self._record(uploaded)
        graph = self._graphs[uploaded]
        if graph is None:
            self._work(uploaded)
        else:
            self._stream.launch(graph)

    def _work(self, uploaded: Names) -> None:
        self._inputs.upload(self._stream, uploaded)
        if not self._context.execute_async_v3(self._stream.handle.value):
            raise VtmError("TensorRT cannot run the network on this GPU; choose another backend")
        self._outputs.download(self._stream)

    def _record(self, uploaded: Names) -> Graph | None:
        """The first run of a context is not for recording: TensorRT finishes its preparations in it."""
        self._work(uploaded)
        self._stream.wait()
        try:
            return self._stream.capture(lambda: self._work(uploaded))
        except Exception as fault:  # TensorRT's bindings may raise anything
            _log.info("a network runs without a CUDA graph: %s", fault)
            return None
