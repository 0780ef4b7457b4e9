"""Networks on the processor at hand: backends, TensorRT, plans, precision."""
