// Lets a CUDA kernel run on the processor, one thread after the other: for tests of its arithmetic and its arguments.

#include <math.h>
#include <stddef.h>

#include <utility>

#define __global__
#define __device__

struct Index {
    unsigned x, y, z;
};
static Index gridDim, blockDim, blockIdx, threadIdx;

template <class... Arguments, size_t... order>
static void call(void (*kernel)(Arguments...), void **arguments, std::index_sequence<order...>) {
    kernel(*static_cast<Arguments *>(arguments[order])...);
}

// As cuLaunchKernel: `arguments` points to each argument of the kernel.
template <class... Arguments>
static void launch(void (*kernel)(Arguments...), Index grid, Index block, void **arguments) {
    gridDim = grid, blockDim = block;
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
                for (threadIdx.z = 0; threadIdx.z < block.z; threadIdx.z++)
                    for (threadIdx.y = 0; threadIdx.y < block.y; threadIdx.y++)
                        for (threadIdx.x = 0; threadIdx.x < block.x; threadIdx.x++)
                            call(kernel, arguments, std::index_sequence_for<Arguments...>{});
}
