/* The functions of tyk_plugin.h, in terms of those of rt.go. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include "_cgo_export.h"
#include "host.h"

static const tyk_host *host;

TYK_EXPORT uint32_t tyk_plugin_abi(void) { return (uint32_t)TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR; }

TYK_EXPORT const char *tyk_plugin_describe(void) { return tyk_manifest; }

TYK_EXPORT int32_t tyk_plugin_init(const tyk_host *table, const uint8_t *config, uint64_t size) {
    if (table == NULL || table->size < sizeof(tyk_host)) return TYK_E_ARGUMENT;
    if (table->abi_major != TYK_ABI_MAJOR || table->abi_minor < TYK_ABI_MINOR) return TYK_E_VERSION;
    if (size > INT32_MAX) return TYK_E_ARGUMENT;
    host = table;
    return tykGoInit((uint8_t *)config, size);
}

TYK_EXPORT int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,
                                   tyk_result *result) {
    if (frame == NULL || result == NULL || size > UINT32_MAX) return TYK_E_ARGUMENT;
    return tykGoCall(function, (uint8_t *)frame, size, result);
}

TYK_EXPORT int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size) {
    if (in == NULL || size > UINT32_MAX) return TYK_E_ARGUMENT;
    return tykGoControl(control, (uint8_t *)in, size);
}

TYK_EXPORT void tyk_plugin_free(void *data) { free(data); }

TYK_EXPORT int32_t tyk_plugin_shutdown(uint32_t milliseconds) {
    return tykGoShutdown(milliseconds);
}

void tyk_rt_log(int32_t level, const char *text, uint64_t text_size, const char *fields,
                uint64_t fields_size) {
    host->log(host->context, level, text, text_size, fields, fields_size);
}

void tyk_rt_metric(int32_t kind, const char *name, uint64_t size, double value) {
    host->metric(host->context, kind, name, size, value);
}

int32_t tyk_rt_service(uint32_t service, const uint8_t *in, uint64_t in_size, uint8_t **out,
                       uint64_t *out_size) {
    return host->service(host->context, service, in, in_size, out, out_size);
}

void tyk_rt_release(uint8_t *out) { host->release(host->context, out); }

const char *tyk_rt_path(void) {
    Dl_info found;
    return dladdr(tyk_manifest, &found) ? found.dli_fname : NULL;
}
