"""Several cameras that stand, one motion: each camera's own motion and keypoints at an instant become one body.

[ours] A camera alone guesses depth. Where two see a keypoint, its place follows from their rays, and how far they are
off is its weight (`triangulation`); a camera that has exchanged left and right, or follows somebody else, is noticed by
the others (`sides`). What the cameras' own motions say of the rotations, averaged, is the prior (`pose_prior`), and
Gauss-Newton steps draw one body onto the places (`body_fit`), whose bones are measured along the way (`bones`).
`fusion` holds one person; live (`live`) the motion is held steady and does not jump, `recordings` goes through files.
"""
