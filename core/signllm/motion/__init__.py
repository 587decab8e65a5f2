"""Motion vocabulary that everything shares: rotations, skeletons, clips. NumPy alone.

Conventions, everywhere in this project unless a name says otherwise:

* metres, seconds, radians;
* right-handed coordinates, +X the signer's left, +Y up, +Z the way the signer faces;
* unit quaternions in the order x, y, z, w, signs continuous along a clip.
"""
