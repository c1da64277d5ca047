/* The interface around the Go code. */
#include <string.h>

#include "tyk_plugin.h"

#define MANIFEST                                                                    \
    "{\"abi\": \"1.0\", \"language\": \"go\", \"name\": \"troubles\", \"functions\": [" \
    "{\"name\": \"Echo\"}, {\"name\": \"Panic\"}, {\"name\": \"Allocate\"},"        \
    "{\"name\": \"Churn\"}]}"

__attribute__((section(".tyk_manifest"), used)) static const char manifest[] = MANIFEST;

extern int32_t goCall(uint32_t function, const char *frame, int size);

TYK_EXPORT uint32_t tyk_plugin_abi(void) { return TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR; }
TYK_EXPORT const char *tyk_plugin_describe(void) { return manifest; }
TYK_EXPORT void tyk_plugin_free(void *data) { (void)data; }
TYK_EXPORT int32_t tyk_plugin_shutdown(uint32_t milliseconds) {
    (void)milliseconds;
    return TYK_OK;
}
TYK_EXPORT int32_t tyk_plugin_init(const tyk_host *host, const uint8_t *config, uint64_t size) {
    (void)host, (void)config, (void)size;
    return TYK_OK;
}
TYK_EXPORT int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size) {
    (void)control, (void)in, (void)size;
    return TYK_OK;
}

TYK_EXPORT int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,
                                   tyk_result *result) {
    if (function == 0 && size <= result->capacity) {
        memcpy(result->data, frame, size);
        result->size = size;
    }
    return goCall(function, (const char *)frame, (int)size);
}
