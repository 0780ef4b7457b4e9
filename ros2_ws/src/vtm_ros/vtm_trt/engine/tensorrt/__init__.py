"""Networks on an NVIDIA GPU through TensorRT, 10.3 to 11.x.

Only calls that all of these have are made, and the network is strongly typed: its precision is that of the ONNX file.
"""
