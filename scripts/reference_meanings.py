"""What the topics, services and diagnostics of the nodes `capture`, `fuse` and `retarget` mean, for docs/reference.md.

That the names are those of the nodes, all of them and no other, is checked by reference_ros.py.
"""

TOPICS = {
    ("image", "in"): "any common encoding: BGR, RGB, grey with or without alpha, Bayer, of 8 or 16 bits, YUV 4:2:2, "
    "NV12, NV21; others through cv_bridge where it is installed. With `image_transport: compressed` it is "
    "`image`/compressed, JPEG or PNG. With the parameter `keypoints` it is `keypoints`, best effort: "
    "geometry_msgs/PoseArray (x and y in pixels, the confidence in z; no poses where nobody is seen) or "
    "hri_msgs/Skeleton2D, with the stamp and frame_id of the image, whose size `camera_info` tells",
    ("camera_info", "in"): "the calibration, of any model of ROS; without it the parameter `fov` is assumed, and said "
    "so",
    ("imu", "in"): "rates and accelerations of an IMU that sits on the camera, which tell its rotation; only with the "
    "parameter `imu`",
    ("/tf", "in"): "the camera's pose in `world_frame`, or how the IMU sits on the camera; only with those parameters",
    ("/tf_static", "in"): "as above",
    ("joint_states", "out"): "63 revolute joints of the person's URDF, at the image's stamp",
    ("/tf", "out"): "`<tf_prefix>/pelvis` in the camera's frame or `world_frame`, and 21 body frames below it",
    ("robot_description", "out"): "URDF with this person's bone lengths; again when they have changed by 2 %",
    ("root_pose", "out"): "the pelvis, with the covariance of the network's own confidence",
    (
        "up",
        "out",
    ): "which way is up in the frame of `root_pose`: its z with `world_frame`, else as an IMU or the person's "
    "standing feet tell it; a camera of which nothing is known is level",
    ("skeleton", "out"): "the body as markers, for RViz without the URDF",
    ("contacts", "out"): "probability that left heel, left toe, right heel, right toe stand",
    ("confidence", "out"): "how sure each of the 22 joints is, 0 to 1; the label names them",
    (
        "left_hand/points",
        "out",
    ): "21 points of the hand in MediaPipe's order, as dex-retargeting takes them: metres "
    "from the wrist along the camera's optical axes, while the hand is seen; only with the parameter `hands`",
    ("right_hand/points", "out"): "likewise",
    (
        "quality",
        "out",
    ): "`GOOD`, `DEGRADED` or `LOST` with the reasons, and `person`, a number of whom it is about, whenever "
    "that changes; what to do when the person is lost (hold the pose, go to rest) is the robot's choice",
    ("overlay", "out"): "keypoints and skeleton over the picture; drawn while somebody subscribes",
    ("/diagnostics", "out"): "once a second, see below",
}

SERVICES = {
    "~/calibrate": "call it when the person has held a T- or I-pose for a second: answers with bone lengths, stature "
    "and heading, and keeps the mean bones until `~/reset`",
    "~/reset": "starts the motion anew, with the bones that the network estimates",
    "~/next_person": "makes the next of those who are seen the operator, where `max_people` is above 1",
    "~/forget_floor": "learns anew which way is up and where the ground is",
    "~/record": "`true` starts a recording in `record_directory`, `false` ends it and names the files",
}

DIAGNOSTICS = {
    "lifecycle": "state of the lifecycle node",
    "people": "the numbers of those who are followed, where `max_people` is above 1, and who of them is the operator",
    "hands": "how sure it is of the operator's left and right hand, 0 to 1; empty where nobody looks at hands",
    "tracking": "`person` or `nobody`",
    "fps in": "images that came in the last second",
    "fps out": "poses published in the last second",
    "latency p50 [ms]": "from the image's stamp to the publication, median of the last 300",
    "latency p95 [ms]": "the same, 95th percentile",
    "look-ahead [frames]": "the parameter `lookahead`",
    "look-ahead [ms]": "what it costs at the present rate",
    "images received": "all images",
    "images published": "images that became a pose",
    "images dropped": "overtaken by a newer image: the machine is slower than the camera",
    "images refused": "not understood, see `last refusal`",
    "images repeated": "with the stamp of the image before",
    "images resets": "how often the motion began anew: a gap, another calibration, `~/reset`",
    "images non-finite": "the network's numbers were not finite",
    "images failed": "an unforeseen error; the log has it",
    "images without camera pose": "TF did not know the camera in `world_frame`",
    "backend": "the parameter `backend`",
    "engine": "what runs the networks, and on what",
    "calibration": "`camera_info`, or what is wrong with it",
    "bones": "`estimated`, or what `~/calibrate` measured",
    "world alignment": "what tells which way is up: `tf`, `imu` or `contacts`, the feet that stand",
    "quality": "`GOOD`, `DEGRADED` or `LOST`, and why",
    "faults pelvis turns": "motions since the start whose pelvis turned faster than any; not published",
    "faults limbs jump": "motions with a joint faster than any; not published",
    "faults size jumps": "motions in which the person was nearer or further away at once",
    "faults body off keypoints": "motions that lie far from the keypoints",
    "faults no body fits": "motions that were no person's: not published, and the 2D network looks again",
    "left and right exchanged": "frames whose labels of left and right were put right",
    "started anew": "why the motion began anew, also with another person, and how often",
    "last start": "why it did the last time",
    "smoothing lag [ms]": "by how much `smoothing` makes the last pose late",
    "prediction [ms]": "the parameter `prediction_ms`",
    "camera pose": "why TF does not know the camera, empty when it does",
    "last refusal": "why the last refused image was refused",
    "recording": "the file being written, or why the last one was cut off",
    "hri residual [deg]*": "with `hri`: mean angle between the REP-155 body's bones and ours",
    "stage … [ms]*": "once images come: time of each stage of the last frame",
}

RETARGET_TOPICS = {
    ("joint_states", "in"): "the person's, of the node `capture`; with its parameter `hands` those of fingers, too",
    ("root_pose", "in"): "as above; with the joint states of the same stamp it is a pose",
    ("up", "in"): "as above",
    ("confidence", "in"): "as above; limbs and hands below `min_confidence` stand still",
    ("quality", "in"): "as above; begins as `min_quality` says, ends when it is `LOST` or tells of another person",
    ("robot_description", "in"): "as above: the person's bones",
    ("robot/joint_states", "in"): "the robot's; several publishers may tell a part each",
    ("robot/robot_description", "in"): "the robot's URDF; only where `robot_profile` names none",
    ("~/deadman", "in"): "a dead-man's switch: `true` while it is held, more often than `deadman_timeout`",
    ("joy", "in"): "the same as a button of a joystick; only with `joy_button`",
    ("~/command", "out"): "every joint that moves by itself, with its speed, at every time: the command or its ghost",
    ("~/joint_trajectory", "out"): "with `output: trajectory`: one point without speed, due in one and a half periods",
    (
        "~/finger_trajectory",
        "out",
    ): "the same for the fingers that are not among `joints`, from when the person's hand is seen first",
    ("~/commands", "out"): "with `output: commands`: positions of `joints`, in that order",
    ("~/left_hand_target", "out"): "with `output: servo`: the link of the left hand in the robot's base",
    ("~/right_hand_target", "out"): "the same of the right hand",
    ("/tf", "out"): "the ghost, twenty times a second: each link as `<ghost_prefix>/link`",
    (
        "~/status",
        "out",
    ): "`PREVIEW`, `READY`, `BLEND`, `FOLLOW`, `HOLD` or `STOP`, and the reason, whenever they change",
    ("/diagnostics", "out"): "once a second, see below",
}

RETARGET_SERVICES = {
    "~/engage": "`true`: the robot may follow while the dead-man's switch is held; `false`: it brakes and stands",
    "~/stop": "brakes, and stands until `~/release`",
    "~/release": "takes `~/stop` back; the operator has to engage anew",
    "~/calibrate": "takes how the person stands for a T-pose; what the capture is off it is taken off until another "
    "person comes; refused while the robot is driven, and where a limb is more than 30° off or not seen",
}

RETARGET_DIAGNOSTICS = {
    "lifecycle": "state of the lifecycle node",
    "state": "of `~/status`",
    "reason": "why it does not do more",
    "robot": "the name in its URDF, empty before that is known",
    "commands sent": "to the robot, since the start",
    "commands slowed for what was near": "steps that were halved or braked, for capsules or the box of a hand",
    "poses refused": "of the person: no numbers, or elsewhere at once",
    "jumps of the person": "poses elsewhere that several others agreed with",
    "quality": "of the capture",
    "hands that follow": "sides of the robot's hands whose fingers follow",
    "clearance [m]": "between the nearest capsules",
    "latency p50 [ms]": "from the image's stamp to the first command after its pose, median of the last 500",
    "latency p95 [ms]": "the same, 95th percentile",
    "command p50 [ms]": "time that a command took, with its publication",
    "command p99 [ms]": "the same, 99th percentile",
}

_CAMERA_TOPICS = {
    "joint_states": "the body, of its node `capture`",
    "root_pose": "its pelvis; with the joint states of the same stamp it is a body",
    "confidence": "how sure its joints are",
    "contacts": "how likely its feet stand",
    "robot_description": "its bones",
}
_CAMERAS = {"left": "in the namespace of the first of `cameras`", "right": "in that of the second, and so on"}

FUSE_TOPICS = {
    **{
        (f"{camera}/{topic}", "in"): f"`/{camera}/{topic}`, {where}: {meaning}"
        for camera, where in _CAMERAS.items()
        for topic, meaning in _CAMERA_TOPICS.items()
    },
    ("/tf", "in"): "the cameras' poses in `world_frame`",
    ("/tf_static", "in"): "as above",
    **{
        key: TOPICS[key]
        for key in (
            ("joint_states", "out"), ("robot_description", "out"), ("skeleton", "out"), ("contacts", "out"),
            ("/diagnostics", "out"),
        )
    },
    ("/tf", "out"): "`<tf_prefix>/pelvis` in `world_frame`, and 21 body frames below it",
    ("root_pose", "out"): "the pelvis in `world_frame`, with the covariance of how the cameras' rays meet",
    ("up", "out"): "z of `world_frame`",
    ("confidence", "out"): "how sure each of the 22 joints is, 0 to 1: surer where several cameras see it",
    (
        "quality",
        "out",
    ): "`GOOD`, `DEGRADED` where a camera is left out or they contradict each other, or `LOST`, with the reasons",
}  # fmt: skip

FUSE_DIAGNOSTICS = {
    "lifecycle": "state of the lifecycle node",
    "quality": "as on the topic",
    "cameras seen": "how many of how many made the last motion, and which",
    "cameras per motion": "how many cameras made a motion, mean of all that were published",
    "cameras left out": "the others, each with the reason and the remedy",
    "rays' distance [mm]": "how far the rays of the cameras pass the body, mean of the last motion",
    "left and right exchanged": "motions in which those of a camera were put right",
    "published": "motions since the node was activated",
    "fps out": "motions of the last second",
    "latency p50 [ms]": "from the images' stamp to the publication, median of the last 300",
}
