/* Edits as the body says: kinds, numbers, and keys and values that end with a zero. */
#include <tyk_hook.h>

int32_t edit(tyk_call *call);

static int32_t edit_one(tyk_call *call, uint32_t kind, uint32_t number, const char *key,
                        const char *value)
{
    switch (kind) {
    case TYK_HEADER_SET: return tyk_header_set(call, key, value);
    case TYK_HEADER_ADD: return tyk_header_add(call, key, value);
    case TYK_HEADER_DELETE: return tyk_header_delete(call, key);
    case TYK_SET_METHOD: return tyk_set_method(call, value);
    case TYK_SET_TARGET: return tyk_set_target(call, value);
    case TYK_SET_HOST: return tyk_set_host(call, value);
    case TYK_SET_BODY: return tyk_set_body(call, value, strlen(value));
    case TYK_SET_REWRITE: return tyk_set_rewrite(call, value);
    case TYK_REPLY_STATUS: return tyk_reply_status(call, number);
    case TYK_REPLY_WRITE: return number ? tyk_reply_write(call, value, strlen(value))
                                        : tyk_reply_text(call, value);
    case TYK_REPLY_HEADER_SET: return tyk_reply_header_set(call, key, value);
    case TYK_REPLY_HEADER_ADD: return tyk_reply_header_add(call, key, value);
    case TYK_REPLY_HEADER_DELETE: return tyk_reply_header_delete(call, key);
    case TYK_RESPONSE_STATUS: return tyk_set_response_status(call, number);
    case TYK_RESPONSE_HEADER_SET: return tyk_response_header_set(call, key, value);
    case TYK_RESPONSE_HEADER_ADD: return tyk_response_header_add(call, key, value);
    case TYK_RESPONSE_HEADER_DELETE: return tyk_response_header_delete(call, key);
    case TYK_RESPONSE_BODY: return tyk_set_response_body(call, value, strlen(value));
    case TYK_SET_SESSION: return tyk_set_session(call, key, value, (int)number);
    case TYK_SET_DEFINITION: return tyk_set_definition(call, value);
    case TYK_SET_CONTEXT: return tyk_set_context(call, key, value);
    case TYK_SET_RECORD: return tyk_set_record(call, value);
    case TYK_LOG: return tyk_log_json(call, (enum tyk_level)number, value, key);
    default: return TYK_E_ARGUMENT;
    }
}

int32_t edit(tyk_call *call)
{
    const char *at = tyk_body(call).data, *end = at + tyk_body(call).size;
    while (at < end) {
        uint32_t kind = tyk_u32(at), number = tyk_u32(at + 4);
        const char *key = at + 8, *value = key + strlen(key) + 1;
        int32_t status = edit_one(call, kind, number, key, value);
        if (status != TYK_OK) {
            return status;
        }
        at = value + strlen(value) + 1;
    }
    return TYK_OK;
}
