/*
 * The macro that makes a library of functions:
 *
 *     TYK_PLUGIN("my-plugin", "1.0.0",
 *                (add_header, request, inline),
 *                (shout, response, any, body, session));
 *
 * Of each function: its name; request, response or analytics; inline, pool,
 * process, or any for what the gateway thinks best; then what it needs: body,
 * session, definition, context, tls. At most 32 functions.
 *
 * TYK_PLUGIN_WITH takes two functions more, either of which may be NULL:
 * `int32_t init(tyk_text config)`, called once with the JSON object of the
 * settings, and `void shutdown(uint32_t milliseconds)`.
 */
#ifndef TYK_HOOK_EXPORT_H
#define TYK_HOOK_EXPORT_H

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

#define TYK_CAT_(a, b) a##b
#define TYK_CAT(a, b) TYK_CAT_(a, b)
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

/* Every function in turn, with something between them. */
#define TYK_COMMA() ,
#define TYK_QUOTED_COMMA() ","
#define TYK_EACH(what, between, ...) TYK_CAT(TYK_EACH_, TYK_EACH_COUNT(__VA_ARGS__))(what,         \
    between, __VA_ARGS__)
#define TYK_EACH_COUNT(...) TYK_EACH_COUNT_(__VA_ARGS__, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23,   \
    22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, )
#define TYK_EACH_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,     \
    a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, count, ...)    \
    count
#define TYK_EACH_1(what, between, hook) what(hook)
#define TYK_EACH_2(what, between, hook, ...) what(hook) between() TYK_EACH_1(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_3(what, between, hook, ...) what(hook) between() TYK_EACH_2(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_4(what, between, hook, ...) what(hook) between() TYK_EACH_3(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_5(what, between, hook, ...) what(hook) between() TYK_EACH_4(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_6(what, between, hook, ...) what(hook) between() TYK_EACH_5(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_7(what, between, hook, ...) what(hook) between() TYK_EACH_6(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_8(what, between, hook, ...) what(hook) between() TYK_EACH_7(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_9(what, between, hook, ...) what(hook) between() TYK_EACH_8(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_10(what, between, hook, ...) what(hook) between() TYK_EACH_9(what, between,       \
    __VA_ARGS__)
#define TYK_EACH_11(what, between, hook, ...) what(hook) between() TYK_EACH_10(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_12(what, between, hook, ...) what(hook) between() TYK_EACH_11(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_13(what, between, hook, ...) what(hook) between() TYK_EACH_12(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_14(what, between, hook, ...) what(hook) between() TYK_EACH_13(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_15(what, between, hook, ...) what(hook) between() TYK_EACH_14(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_16(what, between, hook, ...) what(hook) between() TYK_EACH_15(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_17(what, between, hook, ...) what(hook) between() TYK_EACH_16(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_18(what, between, hook, ...) what(hook) between() TYK_EACH_17(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_19(what, between, hook, ...) what(hook) between() TYK_EACH_18(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_20(what, between, hook, ...) what(hook) between() TYK_EACH_19(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_21(what, between, hook, ...) what(hook) between() TYK_EACH_20(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_22(what, between, hook, ...) what(hook) between() TYK_EACH_21(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_23(what, between, hook, ...) what(hook) between() TYK_EACH_22(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_24(what, between, hook, ...) what(hook) between() TYK_EACH_23(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_25(what, between, hook, ...) what(hook) between() TYK_EACH_24(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_26(what, between, hook, ...) what(hook) between() TYK_EACH_25(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_27(what, between, hook, ...) what(hook) between() TYK_EACH_26(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_28(what, between, hook, ...) what(hook) between() TYK_EACH_27(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_29(what, between, hook, ...) what(hook) between() TYK_EACH_28(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_30(what, between, hook, ...) what(hook) between() TYK_EACH_29(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_31(what, between, hook, ...) what(hook) between() TYK_EACH_30(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_32(what, between, hook, ...) what(hook) between() TYK_EACH_31(what, between,      \
    __VA_ARGS__)

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
