"""The same network in another precision, as ONNX.

TensorRT's strongly typed networks compute in the types that the file gives its tensors, so one way to build an engine
serves every precision and every version from 10.3 on.
"""

from pathlib import Path

from vtm.errors import VtmError

PRECISIONS = ("fp32", "fp16", "int8")
CALIBRATION = "int8.json"
"""Of the image networks, among the models: what `int8` rounds."""


def variant(path: str | Path, precision: str = "fp32") -> bytes:
    """The network in another precision. Inputs and outputs are float32 in all of them.

    Args:
        path: The ONNX file.
        precision: One of PRECISIONS.

    Returns:
        The bytes of an ONNX file.

    Raises:
        VtmError: The precision is unknown, the file is no network, or int8 is asked of one without calibration.
    """
    if precision not in PRECISIONS:
        raise VtmError(f"unknown precision '{precision}'; choose one of: {', '.join(PRECISIONS)}")
    import onnx

    from vtm_trt.engine.precision.half import to_half
    from vtm_trt.engine.precision.int8 import ranges_of, to_int8
    from vtm_trt.engine.precision.weights import plain_weights

    content = Path(path).read_bytes()
    try:
        model = onnx.load_from_string(content)
        onnx.checker.check_model(model)
    except Exception as fault:
        raise VtmError(f"{path} is no ONNX network; restore the file: {fault}") from fault
    plain_weights(model)
    if precision == "fp16":
        to_half(model)
    elif precision == "int8":
        to_int8(model, ranges_of(path, content))
    return model.SerializeToString(deterministic=True)
