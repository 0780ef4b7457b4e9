"""What single probes say of machines that are made up."""

import os

from tests.vtm_tools.doctor.places import only, write
from vtm_tools.doctor import cameras, engine, libraries
from vtm_tools.doctor.finding import Place
from vtm_trt.engine import models
from vtm_trt.engine.backends import BackendStatus


def test_cameras(tmp_path, monkeypatch):
    files = {f"dev/video{number}": "" for number in (10, 0, 2)}
    write(tmp_path, files | {"sys/class/video4linux/video0/name": "HD Webcam\n"})
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "video2")
    findings = list(cameras.find(Place(tmp_path)))
    assert [finding.name for finding in findings] == ["/dev/video0", "/dev/video2", "/dev/video10"]
    assert [finding.state for finding in findings] == ["good", "lacking", "good"]
    assert findings[0].value == "HD Webcam" and "usermod -aG video" in findings[1].remedy


def test_damaged_networks(tmp_path, monkeypatch):
    folder = models.models_folder()
    for file in folder.glob("*.onnx"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / models.CHECKSUMS).write_bytes((folder / models.CHECKSUMS).read_bytes())
    (tmp_path / "vtm.onnx").unlink()
    (tmp_path / "pose_detection.onnx").unlink()
    (tmp_path / "pose_detection.onnx").write_bytes(b"damaged")
    for module in (models, engine):
        monkeypatch.setattr(module, "models_folder", lambda: tmp_path)
    models.model_path.cache_clear()
    try:
        findings = list(engine.find_networks(Place()))
    finally:
        models.model_path.cache_clear()
    broken = {finding.name: finding for finding in findings if finding.state == "broken"}
    assert set(broken) == {"vtm", "pose_detection"} and all("restore it" in found.remedy for found in broken.values())
    assert "is missing" in broken["vtm"].value and "is damaged" in broken["pose_detection"].value


def test_no_backend_works(monkeypatch):
    monkeypatch.setattr(
        engine, "choices", lambda: [BackendStatus("onnxruntime", "ONNX Runtime is not installed", False)]
    )
    findings = list(engine.find_backends(Place()))
    assert [finding.state for finding in findings] == ["absent", "broken"]
    assert "pip install onnxruntime" in findings[1].remedy


def test_opencv_that_reads_no_video(monkeypatch):
    import cv2

    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  Video I/O:\n    FFMPEG:    NO\n    GStreamer:   NO\n")
    found = only(libraries.find_opencv(Place()), "OpenCV")
    assert found.state == "lacking" and "reads video through nothing" in found.value
