from tests.vtm_trt.sources.camera_server import server

__all__ = ["server"]
