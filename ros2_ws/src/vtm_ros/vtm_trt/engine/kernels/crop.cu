// A rotated square of a camera frame as a network's input: cut, turned, resized, RGB, normalised, in one pass.
//
// The arithmetic is that of cv2.warpAffine (INTER_LINEAR | WARP_INVERSE_MAP), bit for bit: coordinates in fixed point,
// 1/1024 pixel, rounded to 1/32; weights of 1/32 squared; sums rounded to whole grey levels.

struct Affine {
    double xx, xy, x0, yx, yy, y0;  // crop (column, row) -> image x = xx column + xy row + x0, y likewise
};

// Pixels to 1/1024 pixel. The limit keeps the sum of two within 32 bits, a million pixels from the image.
static __device__ int fixed(double pixels) { return (int)rint(fmin(fmax(pixels * 1024, -1e9), 1e9)); }

static __device__ int within(int index, int count) { return index < 0 ? 0 : index < count ? index : count - 1; }

// image: (height, width, 3) BGR, rows `pitch` bytes apart.  out: (size, size, 3) RGB, level * scale + offset.
// Beyond the image is its nearest pixel where `replicate`, else 0.  One thread per pixel of the crop.
extern "C" __global__ void crop(const unsigned char *image, int height, int width, int pitch, Affine map, int size,
                                float scale, float offset, int replicate, float *out) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= size || row >= size) return;
    const int x = (fixed(map.xx * column) + fixed(map.xy * row + map.x0) + 16) >> 5;
    const int y = (fixed(map.yx * column) + fixed(map.yy * row + map.y0) + 16) >> 5;
    int sums[3] = {512, 512, 512};
    for (int corner = 0; corner < 4; corner++) {
        const int right = corner & 1, below = corner >> 1;
        const int across = (x >> 5) + right, down = (y >> 5) + below;
        const int column_in = within(across, width), row_in = within(down, height);
        if (!replicate && (column_in != across || row_in != down)) continue;
        const int weight = (right ? x & 31 : 32 - (x & 31)) * (below ? y & 31 : 32 - (y & 31));
        const unsigned char *pixel = image + (size_t)row_in * pitch + column_in * 3;
        for (int channel = 0; channel < 3; channel++) sums[channel] += weight * pixel[channel];
    }
    for (int channel = 0; channel < 3; channel++)
        out[(row * size + column) * 3 + channel] = (sums[2 - channel] >> 10) * scale + offset;
}
