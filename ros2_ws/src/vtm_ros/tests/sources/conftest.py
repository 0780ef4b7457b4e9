from tests.sources.camera_server import server

__all__ = ["server"]
