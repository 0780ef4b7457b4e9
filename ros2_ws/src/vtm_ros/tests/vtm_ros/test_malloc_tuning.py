import subprocess
import sys

COUNT_FAULTS = """
import array, resource, sys
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image
from vtm_ros.nodes.malloc_tuning import keep_message_memory

if sys.argv[1] == "kept":
    keep_message_memory()
image = Image(width=1280, height=720, encoding="bgr8", step=3840)
image.data = array.array("B", bytes(3840 * 720))
serialize_message(image)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    serialize_message(image)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    run = subprocess.run([sys.executable, "-c", COUNT_FAULTS, how], capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_images_reuse_memory_instead_of_mapping_new_pages():
    assert page_faults("kept") < page_faults("as usual") / 10
