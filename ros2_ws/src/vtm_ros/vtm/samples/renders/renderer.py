"""Draws skinned meshes off screen with OpenGL; Mesa's software driver is enough."""

import os

import numpy as np

from vtm.errors import VtmError
from vtm.samples.renders.mesh import Mesh, Paint
from vtm.samples.renders.scene import STILL, Look

BODY_BONES, MAX_PAINTS = STILL + 1, 48
NEAR, FAR = 0.05, 80.0

_VERTEX = """#version 330
uniform mat4 bone[BONES]; uniform mat4 view;
in vec3 position; in vec3 normal; in vec4 weights; in ivec4 bones; in int paint;
out vec3 at; out vec3 facing; flat out int painted;
void main() {
    mat4 move = bone[bones.x] * weights.x + bone[bones.y] * weights.y
              + bone[bones.z] * weights.z + bone[bones.w] * weights.w;
    vec4 world = move * vec4(position, 1.0);
    at = position; facing = mat3(move) * normal; painted = paint;
    gl_Position = view * world;
}"""

_FRAGMENT = f"""#version 330
uniform vec3 first[{MAX_PAINTS}]; uniform vec3 second[{MAX_PAINTS}];
uniform int pattern[{MAX_PAINTS}]; uniform float scale[{MAX_PAINTS}];
uniform vec3 sun; uniform vec3 sun_colour; uniform vec3 sky; uniform vec3 ground;
in vec3 at; in vec3 facing; flat in int painted; out vec4 colour;
float hash(vec3 p) {{ p = fract(p * 0.3183099 + 0.1); p *= 17.0; return fract(p.x * p.y * p.z * (p.x + p.y + p.z)); }}
float noise(vec3 p) {{
    vec3 i = floor(p), f = fract(p); f = f * f * (3.0 - 2.0 * f);
    return mix(mix(mix(hash(i), hash(i + vec3(1, 0, 0)), f.x),
                   mix(hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)), f.x), f.y),
               mix(mix(hash(i + vec3(0, 0, 1)), hash(i + vec3(1, 0, 1)), f.x),
                   mix(hash(i + vec3(0, 1, 1)), hash(i + vec3(1, 1, 1)), f.x), f.y), f.z);
}}
float share(int kind, vec3 p) {{
    if (kind == 1) return step(0.5, fract(p.z + 0.3 * p.x));
    if (kind == 2) {{ vec3 c = floor(p + 0.013); return mod(c.x + c.y + c.z, 2.0); }}
    if (kind == 3) return 0.6 * noise(p) + 0.3 * noise(p * 3.1) + 0.1 * noise(p * 9.7);
    if (kind == 4) return clamp(0.5 + 0.5 * sin(p.z * 0.7 + p.x * 0.4 + p.y * 0.3), 0.0, 1.0);
    return 0.0;
}}
void main() {{
    vec3 n = normalize(facing);
    vec3 base = mix(first[painted], second[painted], share(pattern[painted], at * scale[painted]));
    vec3 light = mix(ground, sky, 0.5 + 0.5 * n.z) + sun_colour * max(dot(n, sun), 0.0);
    colour = vec4(pow(clamp(base * light, 0.0, 1.0), vec3(0.8)), 1.0);
}}"""


class Renderer:
    """An off-screen picture of `width` x `height` pixels. One per thread.

    Args:
        width: Pixels.
        height: Pixels.
        bones: Of the meshes: the 22 joints and one that stands still, and what else a body has.

    Raises:
        VtmError: OpenGL cannot be opened.
    """

    def __init__(self, width: int, height: int, bones: int = BODY_BONES):
        self.width, self.height = width, height
        self._context = _open_context()
        self._program = self._context.program(
            vertex_shader=_VERTEX.replace("BONES", str(bones)), fragment_shader=_FRAGMENT
        )
        size = (width, height)
        self._smooth = self._context.framebuffer(
            [self._context.renderbuffer(size, 3, samples=0)], self._context.depth_renderbuffer(size, samples=0)
        )
        self._picture = self._context.framebuffer([self._context.renderbuffer(size, 3)])
        self._buffers: list = []

    def load(self, mesh: Mesh, palette: list[Paint], look: Look) -> None:
        """Draw this from now on.

        Args:
            mesh: The triangles.
            palette: At most MAX_PAINTS.
            look: Light and camera.
        """
        for resource in self._buffers:
            resource.release()
        columns = [
            (mesh.vertices, "f4", "3f", "position"), (mesh.normals, "f4", "3f", "normal"),
            (mesh.weights, "f4", "4f", "weights"), (mesh.bones, "i4", "4i", "bones"), (mesh.paint, "i4", "1i", "paint"),
        ]  # fmt: skip
        content = [(self._buffer(values, kind), layout, name) for values, kind, layout, name in columns]
        faces = self._buffer(mesh.faces, "i4")
        self._array = self._context.vertex_array(self._program, content, faces)
        self._buffers = [self._array, faces, *(entry[0] for entry in content)]
        unused = [Paint((0, 0, 0), (0, 0, 0))] * (MAX_PAINTS - len(palette))
        paints = [*palette, *unused]
        self._set("first", np.array([paint.first for paint in paints]))
        self._set("second", np.array([paint.second for paint in paints]))
        self._set("scale", np.array([paint.scale for paint in paints]))
        self._set("pattern", np.array([paint.pattern for paint in paints]), "i4")
        for name in ("sun", "sun_colour", "sky", "ground"):
            self._set(name, getattr(look, name))

    def draw(self, bones: np.ndarray, view: np.ndarray) -> np.ndarray:
        """Draw one picture.

        Args:
            bones: (bones, 4, 4) from rest vertices to the world.
            view: (4, 4) from world to clip space.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        self._set("bone", bones.transpose(0, 2, 1))
        self._set("view", view.T)
        self._smooth.use()
        self._context.enable(self._context.DEPTH_TEST)
        self._smooth.clear(depth=1.0)
        self._array.render()
        self._context.copy_framebuffer(self._picture, self._smooth)
        pixels = self._picture.read(components=3, alignment=1)
        return np.frombuffer(pixels, np.uint8).reshape(self.height, self.width, 3)

    def close(self) -> None:
        """Give everything back."""
        self._context.release()

    def _buffer(self, values: np.ndarray, kind: str):
        return self._context.buffer(np.ascontiguousarray(values, dtype=kind).tobytes())

    def _set(self, name: str, values: np.ndarray, kind: str = "f4") -> None:
        self._program[name].write(np.ascontiguousarray(values, dtype=kind).tobytes())


def clip_space(matrix: np.ndarray, width: int, height: int, rotation: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The matrix from world to clip space of a camera.

    The picture's first row comes first, as OpenCV has it and OpenGL has not.

    Args:
        matrix: (3, 3) K, pixels.
        width: Pixels.
        height: Pixels.
        rotation: (..., 3, 3) from world to optical axes.
        centre: (..., 3) m.

    Returns:
        (..., 4, 4).
    """
    lens = np.zeros((4, 4))
    lens[0, 0], lens[0, 2] = 2 * matrix[0, 0] / width, 2 * matrix[0, 2] / width - 1
    lens[1, 1], lens[1, 2] = 2 * matrix[1, 1] / height, 2 * matrix[1, 2] / height - 1
    lens[2, 2], lens[2, 3] = (FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)
    lens[3, 2] = 1
    pose = np.zeros((*rotation.shape[:-2], 4, 4))
    pose[..., :3, :3] = rotation
    pose[..., :3, 3] = -(rotation @ centre[..., None])[..., 0]
    pose[..., 3, 3] = 1
    return lens @ pose


def _open_context():
    os.environ.setdefault("LP_NUM_THREADS", "1")  # of Mesa's software driver
    try:
        import moderngl

        return moderngl.create_context(standalone=True, backend="egl")  # type: ignore[arg-type]
    except ImportError as fault:
        raise VtmError(
            f"rendering needs the package {fault.name}: pip install --no-deps -r requirements/render.txt"
        ) from None
    except Exception as fault:
        raise VtmError(f"no off-screen OpenGL here ({fault}): apt install libegl1 libgl1-mesa-dri") from None
