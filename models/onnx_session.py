"""A network on onnxruntime, which keeps no more memory and no more threads than it needs."""

from pathlib import Path

import onnxruntime


def session(model: bytes | Path, *, threads: int = 1, as_written: bool = False) -> onnxruntime.InferenceSession:
    """The network, ready to run on the processor; several threads may run it at the same time.

    ``as_written`` keeps the engine from replacing operations by others of its own.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if as_written:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    made = onnxruntime.InferenceSession(
        model if isinstance(model, bytes) else str(model), providers=["CPUExecutionProvider"], sess_options=options
    )
    made._model_bytes = None  # else it keeps the weights twice
    return made
