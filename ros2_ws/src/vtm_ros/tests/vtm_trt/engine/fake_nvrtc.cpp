// The part of NVRTC's interface that the program calls, of version MAJOR.0. Its "machine code" is the option and the
// source; a source with "error" in it does not compile.

#include <stdio.h>
#include <string.h>

static const int known[] = ARCHITECTURES;
static char option[99], source_copy[999], text[1199];

extern "C" {
const char *nvrtcGetErrorString(int result) { return result == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_INTERNAL"; }
int nvrtcVersion(int *major, int *minor) { return *major = MAJOR, *minor = 0; }
int nvrtcGetNumSupportedArchs(int *count) { return *count = sizeof known / sizeof *known, 0; }
#ifndef OLD
int nvrtcGetSupportedArchs(int *into) { return memcpy(into, known, sizeof known), 0; }
#endif
int nvrtcCreateProgram(void **program, const char *source, const char *, int, void *, void *) {
    *program = source_copy;
    return snprintf(source_copy, sizeof source_copy, "%s", source), 0;
}
int nvrtcCompileProgram(void *, int, const char **options) {
    snprintf(option, sizeof option, "%s", options[0]);
    return strstr(source_copy, "error") ? 6 : 0;
}
static int get(const char *kind, char *into) {
    return snprintf(into, sizeof text, "%s %s %s", kind, option, source_copy), 0;
}
static int size(const char *kind, size_t *bytes) { return get(kind, text), *bytes = strlen(text) + 1, 0; }
int nvrtcGetProgramLogSize(void *, size_t *bytes) { return size("log", bytes); }
int nvrtcGetProgramLog(void *, char *into) { return get("log", into); }
int nvrtcGetCUBINSize(void *, size_t *bytes) { return size("cubin", bytes); }
int nvrtcGetCUBIN(void *, char *into) { return get("cubin", into); }
int nvrtcGetPTXSize(void *, size_t *bytes) { return size("ptx", bytes); }
int nvrtcGetPTX(void *, char *into) { return get("ptx", into); }
int nvrtcDestroyProgram(void **program) { return *program = 0, 0; }
}
