/* How the exports of a plugin do their work. */
#ifndef TYK_HOOK_RUN_H
#define TYK_HOOK_RUN_H

#include "edit.h"
#include "read.h"
#include "services.h"

#if defined(__cplusplus) && defined(__cpp_exceptions)
#include <exception>
#define TYK_TRY try
#define TYK_CATCH(otherwise, unknown)                                                              \
    catch (const std::exception &thrown) { otherwise(thrown.what()); }                             \
    catch (...) { otherwise(unknown); }
#else
#define TYK_TRY
#define TYK_CATCH(otherwise, unknown)
#endif

/* One function of a plugin. It returns TYK_OK or one of enum tyk_status. */
typedef int32_t (*tyk_hook)(tyk_call *call);

/* What TYK_PLUGIN_WITH is given; either may be NULL. */
typedef int32_t (*tyk_hook_init)(tyk_text config);
typedef void (*tyk_hook_shutdown)(uint32_t milliseconds);

static inline int32_t tyk_run_hook(tyk_hook hook, tyk_call *call)
{
#define TYK_THREW(what) (tyk_edit_of(call, TYK_ERROR, 0, what, ""), status = TYK_E_PANIC)
    int32_t status = TYK_E_PANIC;
    TYK_TRY { status = hook(call); }
    TYK_CATCH(TYK_THREW, "it threw something that is not a std::exception")
    return status;
#undef TYK_THREW
}

static inline int32_t tyk_run(tyk_hook hook, const uint8_t *frame, uint64_t size,
                              tyk_result *result)
{
    tyk_call call;
    const char *wrong;
    int32_t status;
    if (!result) {
        return TYK_E_ARGUMENT;
    }
    tyk_call_open(&call, result);
    wrong = tyk_view_open(&call.view, frame, size);
    if (wrong) {
        tyk_edit_of(&call, TYK_ERROR, 0, wrong, "");
        status = TYK_E_ARGUMENT;
    } else {
        status = tyk_run_hook(hook, &call);
    }
    if (status == TYK_OK) {
        status = call.failure;
    }
    if (call.definition) {
        pthread_mutex_lock(&tyk_hook_kept.lock);
        tyk_definition_let_go(call.definition);
        pthread_mutex_unlock(&tyk_hook_kept.lock);
    }
    tyk_call_close(&call);
    return status;
}

static inline int32_t tyk_run_init(tyk_hook_init init, const tyk_host *host, const uint8_t *config,
                                   uint64_t size)
{
#define TYK_THREW(what) (host->log(host->context, TYK_SEVERE, what, strlen(what), "", 0))
    int32_t status = TYK_OK;
    if (!host || (size && !config)) {
        return TYK_E_ARGUMENT;
    }
    if (host->size < sizeof *host || host->abi_major != TYK_ABI_MAJOR ||
        (int32_t)host->abi_minor - TYK_ABI_MINOR < 0) {
        return TYK_E_VERSION;
    }
    tyk_hook_kept.host = host;
    if (init) {
        status = TYK_E_PANIC;
        TYK_TRY { status = init(tyk_text_n(size ? (const char *)config : "", (size_t)size)); }
        TYK_CATCH(TYK_THREW, "init threw something that is not a std::exception")
    }
    return status;
#undef TYK_THREW
}

static inline int32_t tyk_run_shutdown(tyk_hook_shutdown shutdown, uint32_t milliseconds)
{
#define TYK_THREW(what) ((void)(what), status = TYK_E_PANIC)
    int32_t status = TYK_OK;
    if (shutdown) {
        TYK_TRY { shutdown(milliseconds); }
        TYK_CATCH(TYK_THREW, "")
    }
    while (tyk_hook_kept.definitions) {
        tyk_definition_put(tyk_hook_kept.definitions->key, NULL);
    }
    return status;
#undef TYK_THREW
}

static inline int32_t tyk_run_control(uint32_t control, const uint8_t *in, uint64_t size)
{
    tyk_text key = tyk_text_n(NULL, 0), kind, document;
    if (in) {
        key = tyk_unpack(in, size, 0);
    }
    if (!key.data) {
        return TYK_E_ARGUMENT;
    }
    if (control == TYK_FORGET) {
        tyk_definition_put(key, NULL);
    } else if (control == TYK_DEFINE) {
        kind = tyk_unpack(in, size, 1);
        document = tyk_unpack(in, size, 2);
        return kind.data && document.data ? tyk_definition_announce(key, kind, document)
                                          : TYK_E_ARGUMENT;
    }
    return TYK_OK; /* what is newer than this is passed over */
}

#endif
