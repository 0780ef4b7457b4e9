"""How programs name the joints of a person, and recordings on their skeletons."""

from dataclasses import dataclass

import numpy as np

from tests.vtm.mocap.people import Y_UP
from vtm.body.kinematics import forward_kinematics
from vtm.body.skeleton import JOINT_INDEX, VIRTUAL_OFFSETS
from vtm.mocap.recording import Recording

_LEG, _ARM = ("hip", "knee", "ankle", "foot"), ("shoulder", "elbow", "wrist")
_SPINES = {0: (), 1: ("spine3",), 2: ("spine1", "spine3"), 3: ("spine1", "spine2", "spine3")}


@dataclass(frozen=True)
class Dialect:
    """Chains of names, parents first; {} is the side.

    trunk: from the root to the head; the first with a star is where legs, arms and head part, the next carries the
    arms, the last is the head.  leg, arm: from a joint that is there already; stars are hip, knee, ankle and toes, or
    shoulder, elbow and wrist.
    """

    trunk: str
    leg: str
    arm: str
    sides: tuple[str, str] = ("Left", "Right")
    collar: str = ""


def _d(trunk: str, leg: str, arm: str, sides: str = "Left Right", collar: str = "") -> Dialect:
    left, right = sides.split()
    return Dialect(trunk, leg, arm, (left, right), collar)


DIALECTS = {
    "Motive": _d("Hip* Ab Chest* Neck Head*", "Hip {}Thigh* {}Shin* {}Foot* {}Toe*",
                 "Chest {}Shoulder {}UArm* {}FArm* {}Hand*", "L R"),
    "Motive, its asset's name before": _d("Bob_Hip* Bob_Ab Bob_Chest* Bob_Neck Bob_Head*",
                 "Bob_Hip Bob_{}Thigh* Bob_{}Shin* Bob_{}Foot* Bob_{}Toe*",
                 "Bob_Chest Bob_{}Shoulder Bob_{}UArm* Bob_{}FArm* Bob_{}Hand*", "L R"),
    "VRoid": _d("Root J_Bip_C_Hips* J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_UpperChest* J_Bip_C_Neck J_Bip_C_Head*",
                "J_Bip_C_Hips J_Bip_{}_UpperLeg* J_Bip_{}_LowerLeg* J_Bip_{}_Foot* J_Bip_{}_ToeBase*",
                "J_Bip_C_UpperChest J_Bip_{}_Shoulder J_Bip_{}_UpperArm* J_Bip_{}_LowerArm* J_Bip_{}_Hand*", "L R"),
    "VRM": _d("hips* spine chest upperChest* neck head*", "hips {}UpperLeg* {}LowerLeg* {}Foot* {}Toes*",
              "upperChest {}Shoulder {}UpperArm* {}LowerArm* {}Hand*", "left right"),
    "Reallusion": _d("CC_Base_BoneRoot CC_Base_Hip* CC_Base_Waist CC_Base_Spine01 CC_Base_Spine02* CC_Base_NeckTwist01 "
                     "CC_Base_NeckTwist02 CC_Base_Head*",
                     "CC_Base_Hip CC_Base_Pelvis CC_Base_{}_Thigh* CC_Base_{}_Calf* CC_Base_{}_Foot* "
                     "CC_Base_{}_ToeBase*",
                     "CC_Base_Spine02 CC_Base_{}_Clavicle CC_Base_{}_Upperarm* CC_Base_{}_Forearm* CC_Base_{}_Hand*",
                     "L R"),
    "DAZ Genesis 8": _d("hip* abdomenLower abdomenUpper chestLower chestUpper* neckLower neckUpper head*",
                        "hip pelvis {}ThighBend* {}ThighTwist {}Shin* {}Foot* {}Metatarsals {}Toe*",
                        "chestUpper {}Collar {}ShldrBend* {}ShldrTwist {}ForearmBend* {}ForearmTwist {}Hand*", "l r"),
    "DAZ Genesis 9": _d("hip* spine1 spine2 spine3 spine4* neck1 neck2 head*",
                        "hip pelvis {}_thigh* {}_shin* {}_foot* {}_metatarsals {}_toes*",
                        "spine4 {}_shoulder {}_upperarm* {}_forearm* {}_hand*", "l r"),
    "Poser": _d("hip* abdomen chest* neck head*", "hip {}Buttock {}Thigh* {}Shin* {}Foot*",
                "chest {}Collar {}Shldr* {}ForeArm* {}Hand*", "l r"),
    "MocapNET": _d("hip* abdomen chest* neck head*", "hip {}buttock {}hip* {}knee* {}foot*",
                   "chest {}collar {}shoulder* {}elbow* {}hand*", "l r"),
    "SOMA": _d("Root Hips* Spine1 Spine2 Chest* Neck1 Neck2 Head*", "Hips {}Leg* {}Shin* {}Foot* {}ToeBase*",
               "Chest {}Shoulder {}Arm* {}ForeArm* {}Hand*"),
    "DeepMotion": _d("hips_JNT* spine_JNT spine1_JNT spine2_JNT* neck_JNT head_JNT*",
                     "hips_JNT {}_upleg_JNT* {}_leg_JNT* {}_foot_JNT* {}_toebase_JNT*",
                     "spine2_JNT {}_shoulder_JNT {}_arm_JNT* {}_forearm_JNT* {}_hand_JNT*", "l r"),
    "GENEA": _d("body_world b_root* b_spine0 b_spine1 b_spine2 b_spine3* b_neck0 b_head*",
                "b_root b_{}_upleg* b_{}_leg* b_{}_foot_twist b_{}_foot*",
                "b_spine3 b_{}_shoulder p_{}_scap b_{}_arm* b_{}_arm_twist b_{}_forearm* b_{}_wrist_twist b_{}_wrist*",
                "l r"),
    "Kinect": _d("HipCenter* Spine ShoulderCenter* Neck Head*", "HipCenter Hip{}* Knee{}* Ankle{}* Foot{}*",
                 "ShoulderCenter Collar{} Shoulder{}* Elbow{}* Wrist{}*"),
    "Azure Kinect": _d("pelvis* spine_naval spine_chest* neck head*", "pelvis hip_{}* knee_{}* ankle_{}* foot_{}*",
                       "spine_chest clavicle_{} shoulder_{}* elbow_{}* wrist_{}*", "left right"),
    "Second Life": _d("mPelvis* mTorso mChest* mNeck mHead*", "mPelvis mHip{}* mKnee{}* mAnkle{}* mFoot{}* mToe{}",
                      "mChest mCollar{} mShoulder{}* mElbow{}* mWrist{}*"),
    "MakeHuman": _d("root* spine05 spine04 spine03 spine02 spine01* neck01 neck02 neck03 head*",
                    "root pelvis.{} upperleg01.{}* upperleg02.{} lowerleg01.{}* lowerleg02.{} foot.{}* toe1-1.{}*",
                    "spine01 clavicle.{} shoulder01.{} upperarm01.{}* upperarm02.{} lowerarm01.{}* lowerarm02.{} "
                    "wrist.{}*",
                    "L R"),
    "MakeHuman, the older": _d("Root* Spine1 Spine2 Spine3* Neck Head*",
                               "Root Hips __UpLeg_{} UpLeg_{}* LoLeg_{}* Foot_{}* Toe_{}*",
                               "Spine3 __Clavicle_{} Clavicle_{} UpArm_{}* LoArm_{}* Hand_{}*", "L R"),
    "Rigify's metarig": _d("spine* spine.001 spine.002 spine.003* spine.004 spine.005 spine.006*",
                           "spine thigh.{}* shin.{}* foot.{}* toe.{}*",
                           "spine.003 shoulder.{} upper_arm.{}* forearm.{}* hand.{}*", "L R"),
    "Rigify, deforming": _d("DEF-spine* DEF-spine.001 DEF-spine.002 DEF-spine.003* DEF-spine.004 DEF-spine.006*",
                            "DEF-spine DEF-thigh.{}* DEF-thigh.{}.001 DEF-shin.{}* DEF-shin.{}.001 DEF-foot.{}* "
                            "DEF-toe.{}*",
                            "DEF-spine.003 DEF-shoulder.{} DEF-upper_arm.{}* DEF-upper_arm.{}.001 DEF-forearm.{}* "
                            "DEF-forearm.{}.001 DEF-hand.{}*", "L R"),
    "Mixamo": _d("mixamorig1_Hips* mixamorig1_Spine mixamorig1_Spine1 mixamorig1_Spine2* mixamorig1_Neck "
                 "mixamorig1_Head*",
                 "mixamorig1_Hips mixamorig1_{}UpLeg* mixamorig1_{}Leg* mixamorig1_{}Foot* mixamorig1_{}ToeBase*",
                 "mixamorig1_Spine2 mixamorig1_{}Shoulder mixamorig1_{}Arm* mixamorig1_{}ForeArm* mixamorig1_{}Hand*"),
    "Xsens in a namespace": _d("Actor:Hips* Actor:Chest Actor:Chest2 Actor:Chest4* Actor:Neck Actor:Head*",
                               "Actor:Hips Actor:{}Hip* Actor:{}Knee* Actor:{}Ankle* Actor:{}Toe*",
                               "Actor:Chest4 Actor:{}Collar Actor:{}Shoulder* Actor:{}Elbow* Actor:{}Wrist*"),
    "Biped": _d("Bip01 Bip01_Pelvis Bip01_Spine* Bip01_Spine1 Bip01_Neck* Bip01_Head*",
                "Bip01_Spine Bip01_{}_Thigh* Bip01_{}_Calf* Bip01_{}_Foot* Bip01_{}_Toe0*",
                "Bip01_Neck Bip01_{}_Clavicle Bip01_{}_UpperArm* Bip01_{}_Forearm* Bip01_{}_Hand*", "L R"),
    "CAT": _d("HumanPelvis* HumanSpine1 HumanSpine2 HumanRibcage* HumanNeck HumanHead*",
              "HumanPelvis Human{}Thigh* Human{}Calf* Human{}Foot* Human{}Toe*",
              "HumanRibcage Human{}Collarbone Human{}Upperarm* Human{}Forearm* Human{}Palm*", "L R"),
    "Source": _d("ValveBiped.Bip01_Pelvis* ValveBiped.Bip01_Spine ValveBiped.Bip01_Spine4* ValveBiped.Bip01_Neck1 "
                 "ValveBiped.Bip01_Head1*",
                 "ValveBiped.Bip01_Pelvis ValveBiped.Bip01_{}_Thigh* ValveBiped.Bip01_{}_Calf* "
                 "ValveBiped.Bip01_{}_Foot*",
                 "ValveBiped.Bip01_Spine4 ValveBiped.Bip01_{}_Clavicle ValveBiped.Bip01_{}_UpperArm* "
                 "ValveBiped.Bip01_{}_Forearm* ValveBiped.Bip01_{}_Hand*", "L R"),
    "Auto-Rig Pro": _d("root.x* spine_01.x spine_02.x* neck.x head.x*",
                       "root.x thigh_stretch.{}* leg_stretch.{}* foot.{}* toes_01.{}*",
                       "spine_02.x shoulder.{} arm_stretch.{}* forearm_stretch.{}* hand.{}*", "l r"),
    "H-Anim": _d("humanoid_root* vl5 vt12 vt1* vc4 skullbase*", "humanoid_root {}_hip* {}_knee* {}_talocrural*",
                 "vt1 {}_sternoclavicular {}_shoulder* {}_elbow* {}_radiocarpal*", "l r"),
    "Advanced Skeleton": _d("Root_M* Spine1_M Chest_M* Neck_M Head_M*", "Root_M Hip_{}* Knee_{}* Ankle_{}* Toes_{}*",
                            "Chest_M Scapula_{} Shoulder_{}* Elbow_{}* Wrist_{}*", "L R"),
    "CMU": _d("Hips* LowerBack Spine Spine1* Neck Neck1 Head*",
              "Hips {0[0]}HipJoint {0}UpLeg* {0}Leg* {0}Foot* {0}ToeBase*",
              "Spine1 {0}Shoulder {0}Arm* {0}ForeArm* {0}Hand* {0}FingerBase"),
    "CMU, renamed": _d("Hips* lowerback Chest Chest2* lowerneck Neck Head*",
                       "Hips {0[0]}HipJoint {0}Hip* {0}Knee* {0}Ankle* {0}Toe*",
                       "Chest2 {0}Collar {0}Shoulder* {0}Elbow* {0}Wrist*"),
    "no head": _d("root* lowerback upperback chest* lowerneck upperneck head_nub*",
                  "root {}hip* {}knee* {}ankle* {}toe*",
                  "chest {}clavicle {}shoulder* {}elbow* {}wrist*", "l r"),
    "BioVision": _d("Hips* Chest* Neck Head*", "Hips {}Hip* {}Knee* {}Ankle*",
                    "Chest {}Collar {}UpArm* {}LowArm* {}Hand*"),
    "SMPL": _d("Pelvis* Spine1 Spine2 Spine3* Neck Head*",
               "Pelvis {}_Hip* {}_Knee* {}_Ankle* {}_Foot*",
               "Spine3 {}_Collar {}_Shoulder* {}_Elbow* {}_Wrist*", "L R"),
    "Unreal": _d("root pelvis* spine_01 spine_02 spine_03* neck_01 head*",
                 "pelvis thigh_{}* calf_{}* foot_{}* ball_{}*",
                 "spine_03 clavicle_{} upperarm_{}* lowerarm_{}* hand_{}*", "l r"),
    "lower case": _d("hips* spine chest* neck head*", "hips {}upleg* {}leg* {}foot* {}toe*",
                     "chest {}shoulder {}arm* {}forearm* {}hand*", "left right"),
    "glTF's samples": _d("torso_joint_1* torso_joint_2 torso_joint_3* neck_joint_1 neck_joint_2*",
                         "torso_joint_1 leg_joint_{}_1* leg_joint_{}_2* leg_joint_{}_3*",
                         "torso_joint_3 arm_joint_{}_1* arm_joint_{}_2* arm_joint_{}_3*", "L R"),
    "numbered by a model site": _d("GLTF_created_0_rootJoint Hips_01* Spine_02 Chest_03* Neck_04 Head_05*",
                                   "Hips_01 {}Thigh_06* {}Shin_07* {}Foot_08* {}Toe_09*",
                                   "Chest_03 {}Shoulder_010 {}UpperArm_011* {}LowerArm_012* {}Hand_013*"),
    "with abbreviations in brackets": _d(
        "NPC_Root_[Root] NPC_Pelvis_[Pelv]* NPC_Spine_[Spn0] NPC_Spine1_[Spn1] NPC_Spine2_[Spn2]* NPC_Neck_[Neck] "
        "NPC_Head_[Head]*",
        "NPC_Pelvis_[Pelv] NPC_{}_Thigh_[Thg]* NPC_{}_Calf_[Clf]* NPC_{}_Foot_[Lft]* NPC_{}_Toe0_[Toe]*",
        "NPC_Spine2_[Spn2] NPC_{}_Clavicle_[Clv] NPC_{}_UpperArm_[Uar]* NPC_{}_Forearm_[Lar]* NPC_{}_Hand_[Hnd]*",
        "L R"),
    "lf and rt": _d("MasterRoot PelvisNode* Spine01 Spine02 Spine04* Neck01 Head*",
                    "PelvisNode {}Thigh* {}Calf* {}Foot* {}Toe*",
                    "Spine04 {}Clavicle {}Bicep01* {}Elbow* {}Wrist* {}Hand", "lf rt"),
    "without a head": _d("Hips* Spine Spine1* Neck* Nose_*", "Hips {}UpLeg* {}Leg* {}Foot*",
                         "Spine1 {}Shoulder {}Arm* {}ForeArm* {}Hand*"),
}  # fmt: skip


def tree(dialect: Dialect) -> tuple[list[str], list[int], dict[str, int]]:
    """Names and parents, and our joint -> theirs, but for spine, neck and collars."""
    names: list[str] = []
    parents: list[int] = []
    ours: dict[str, int] = {}

    def grow(chain: list[str], roles: list[str], at: int) -> None:
        for name in chain:
            names.append(name.rstrip("*"))
            parents.append(at)
            at = len(names) - 1
            if name.endswith("*") and roles:
                ours[roles.pop(0)] = at

    trunk = dialect.trunk.split()
    grow(trunk, ["pelvis", "chest", "head"][: sum(name.endswith("*") for name in trunk)], -1)
    ours["head"] = len(names) - 1
    for side, mark in zip(("left_", "right_"), dialect.sides, strict=True):
        for chain, roles in ((dialect.leg, _LEG), (dialect.arm, _ARM)):
            first, *rest = chain.format(*[mark] * chain.count("{}"), *([mark] if "{0" in chain else [])).split()
            grow(rest, [side + role for role in roles], names.index(first))
    return names, parents, ours


def recording(dialect: Dialect, local: np.ndarray, root: np.ndarray, unit: float = 100.0) -> Recording:
    """The motion local (T, 22, 3, 3), root (T, 3) on the skeleton of a dialect; joints beyond ours do nothing.

    The rest pose is our T-pose, the world has y up.
    """
    names, parents, ours = tree(dialect)
    chest = ours.pop("chest")

    def path(joint: int) -> list[int]:
        return [*path(parents[joint]), joint] if joint >= 0 else []

    spine = [joint for joint in path(chest) if joint not in path(ours["pelvis"])]
    kept = [spine[0], spine[(len(spine)) // 2], spine[-1]] if len(spine) > 2 else spine
    ours |= dict(zip(_SPINES[len(kept)], kept, strict=True))
    neck = [joint for joint in path(ours["head"])[:-1] if joint not in path(chest)]
    if neck:
        ours["neck"] = neck[0]
    for side in ("left_", "right_"):
        collar = [joint for joint in path(ours[f"{side}shoulder"])[:-1] if joint not in path(chest)]
        if collar:
            ours[f"{side}collar"] = collar[0]
    moves = local.copy()
    for joint in set(range(22)) - {JOINT_INDEX[name] for name in ours}:
        moves[:, joint] = np.eye(3)
    turned, _ = forward_kinematics(moves, VIRTUAL_OFFSETS, np.zeros((len(local), 3)))
    rest = forward_kinematics(np.broadcast_to(np.eye(3), (22, 3, 3)), VIRTUAL_OFFSETS, np.zeros(3))[1]
    theirs = {joint: name for name, joint in ours.items()}
    world, place = np.empty((len(local), len(names), 3, 3)), np.zeros((len(names), 3))
    own, offsets = world.copy(), place.copy()
    for joint, parent in enumerate(parents):
        name = theirs.get(joint)
        if name:
            world[:, joint] = Y_UP @ turned[:, JOINT_INDEX[name]] @ Y_UP.T
            place[joint] = unit * Y_UP @ rest[JOINT_INDEX[name]]
        else:
            world[:, joint] = world[:, parent] if parent >= 0 else np.eye(3)
            place[joint] = place[parent] if parent >= 0 else 0
        own[:, joint] = np.swapaxes(world[:, parent], -1, -2) @ world[:, joint] if parent >= 0 else world[:, joint]
        offsets[joint] = place[joint] - place[parent] if parent >= 0 else place[joint]
    top = path(ours["pelvis"])[-1]
    places = {top: unit * root @ Y_UP.T}
    return Recording(tuple(names), tuple(parents), offsets, own, places, 60.0)
