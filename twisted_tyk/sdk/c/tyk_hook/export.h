/*
 * The macro that makes a library of functions:
 *
 *     TYK_PLUGIN("my-plugin", "1.0.0",
 *                (add_header, request, inline),
 *                (shout, response, any, body, session));
 *
 * Of each function: its name; request, response or analytics; inline, pool,
 * process, or any for what the gateway thinks best; then what it needs: body,
 * session, definition, context, tls. At most 64 functions.
 *
 * TYK_PLUGIN_WITH takes two functions more, either of which may be NULL:
 * `int32_t init(tyk_text config)`, called once with the JSON object of the
 * settings, and `void shutdown(uint32_t milliseconds)`.
 */
#ifndef TYK_HOOK_EXPORT_H
#define TYK_HOOK_EXPORT_H

#include "each.h"
#include "run.h"

#define TYK_HOOK_SDK "0.1.0"

#ifdef __cplusplus
#define TYK_HOOK_LANGUAGE "c++"
#define TYK_HOOK_C extern "C"
#else
#define TYK_HOOK_LANGUAGE "c"
#define TYK_HOOK_C extern
#endif
#if defined(__clang__)
#define TYK_HOOK_TOOLCHAIN "clang " __clang_version__
#elif defined(__GNUC__)
#define TYK_HOOK_TOOLCHAIN "gcc " __VERSION__
#else
#define TYK_HOOK_TOOLCHAIN "cc"
#endif

/* A word that is none of these is one that the compiler does not know either. */
#define TYK_KIND_request "request"
#define TYK_KIND_response "response"
#define TYK_KIND_analytics "analytics"
#define TYK_MODE_inline ",\"mode\":\"inline\""
#define TYK_MODE_pool ",\"mode\":\"pool\""
#define TYK_MODE_process ",\"mode\":\"process\""
#define TYK_MODE_any ""
#define TYK_NEED_body "\"body\""
#define TYK_NEED_session "\"session\""
#define TYK_NEED_definition "\"definition\""
#define TYK_NEED_context "\"context\""
#define TYK_NEED_tls "\"tls\""

#define TYK_STRING_(a) #a
#define TYK_STRING(a) TYK_STRING_(a)

/* One function: as a pointer, and as an object of the manifest. */
#define TYK_HOOK_POINTER(hook) TYK_HOOK_FIRST hook
#define TYK_HOOK_FIRST(...) TYK_HOOK_FIRST_(__VA_ARGS__, )
#define TYK_HOOK_FIRST_(name, ...) name
#define TYK_HOOK_OBJECT(hook) TYK_HOOK_COUNTED hook
#define TYK_HOOK_COUNTED(...) TYK_CAT(TYK_HOOK_OF_, TYK_HOOK_COUNT(__VA_ARGS__))(__VA_ARGS__)
#define TYK_HOOK_COUNT(...) TYK_HOOK_COUNT_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, )
#define TYK_HOOK_COUNT_(a, b, c, d, e, f, g, h, count, ...) count
#define TYK_HOOK_HEAD(name, kind, mode)                                                            \
    "{\"name\":\"" #name "\",\"kind\":\"" TYK_KIND_##kind "\"" TYK_MODE_##mode ",\"needs\":["
#define TYK_HOOK_OF_3(name, kind, mode) TYK_HOOK_HEAD(name, kind, mode) "]}"
#define TYK_HOOK_OF_4(name, kind, mode, a)                                                         \
    TYK_HOOK_HEAD(name, kind, mode) TYK_NEED_##a "]}"
#define TYK_HOOK_OF_5(name, kind, mode, a, b)                                                      \
    TYK_HOOK_HEAD(name, kind, mode) TYK_NEED_##a "," TYK_NEED_##b "]}"
#define TYK_HOOK_OF_6(name, kind, mode, a, b, c)                                                   \
    TYK_HOOK_HEAD(name, kind, mode) TYK_NEED_##a "," TYK_NEED_##b "," TYK_NEED_##c "]}"
#define TYK_HOOK_OF_7(name, kind, mode, a, b, c, d)                                                \
    TYK_HOOK_HEAD(name, kind, mode)                                                                \
    TYK_NEED_##a "," TYK_NEED_##b "," TYK_NEED_##c "," TYK_NEED_##d "]}"
#define TYK_HOOK_OF_8(name, kind, mode, a, b, c, d, e)                                             \
    TYK_HOOK_HEAD(name, kind, mode)                                                                \
    TYK_NEED_##a "," TYK_NEED_##b "," TYK_NEED_##c "," TYK_NEED_##d "," TYK_NEED_##e "]}"

#define TYK_PLUGIN(name, version, ...) TYK_PLUGIN_WITH(name, version, NULL, NULL, __VA_ARGS__)

#define TYK_PLUGIN_WITH(plugin_name, plugin_version, init_hook, shutdown_hook, ...)                \
    TYK_HOOK_C __attribute__((visibility("hidden"))) tyk_kept tyk_hook_kept;                       \
    tyk_kept tyk_hook_kept = {NULL, PTHREAD_MUTEX_INITIALIZER, NULL};                              \
    static const char tyk_hook_manifest[] __attribute__((section(".tyk_manifest"), used)) =        \
        "{\"abi\":\"" TYK_STRING(TYK_ABI_MAJOR) "." TYK_STRING(TYK_ABI_MINOR) "\",\"language\":\"" \
        TYK_HOOK_LANGUAGE "\",\"toolchain\":\"" TYK_HOOK_TOOLCHAIN "\",\"sdk\":\"" TYK_HOOK_SDK    \
        "\",\"name\":\"" plugin_name "\",\"version\":\"" plugin_version "\",\"functions\":["       \
        TYK_EACH(TYK_HOOK_OBJECT, TYK_QUOTED_COMMA, __VA_ARGS__) "]}";                             \
    static const tyk_hook tyk_hook_table[] = {TYK_EACH(TYK_HOOK_POINTER, TYK_COMMA, __VA_ARGS__)}; \
    static const tyk_hook_init tyk_hook_at_start[] = {init_hook};                                  \
    static const tyk_hook_shutdown tyk_hook_at_end[] = {shutdown_hook};                            \
    uint32_t tyk_plugin_abi(void)                                                                  \
    {                                                                                              \
        return (uint32_t)TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR;                                      \
    }                                                                                              \
    const char *tyk_plugin_describe(void)                                                          \
    {                                                                                              \
        return tyk_hook_manifest;                                                                  \
    }                                                                                              \
    int32_t tyk_plugin_init(const tyk_host *host, const uint8_t *config, uint64_t size)            \
    {                                                                                              \
        return tyk_run_init(tyk_hook_at_start[0], host, config, size);                             \
    }                                                                                              \
    int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,                \
                            tyk_result *result)                                                    \
    {                                                                                              \
        return function < sizeof tyk_hook_table / sizeof *tyk_hook_table                           \
                   ? tyk_run(tyk_hook_table[function], frame, size, result)                        \
                   : TYK_E_FUNCTION;                                                               \
    }                                                                                              \
    int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size)                 \
    {                                                                                              \
        return tyk_run_control(control, in, size);                                                 \
    }                                                                                              \
    void tyk_plugin_free(void *data)                                                               \
    {                                                                                              \
        free(data);                                                                                \
    }                                                                                              \
    int32_t tyk_plugin_shutdown(uint32_t milliseconds)                                             \
    {                                                                                              \
        return tyk_run_shutdown(tyk_hook_at_end[0], milliseconds);                                 \
    }                                                                                              \
    TYK_HOOK_C int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,     \
                                       tyk_result *result) /* takes the user's semicolon */

#endif
