#include "hooks.h"

int32_t by_header(tyk_call *call)
{
    tyk_text key = tyk_header(call, "Authorization");
    if (tyk_text_is(key, "good")) {
        return tyk_set_session(call, "good", "{}", 0);
    }
    if (key.data) {
        tyk_reply_status(call, 403);
        tyk_reply_text(call, "wrong key");
    }
    return TYK_OK;
}

int32_t expired(tyk_call *call)
{
    return tyk_set_session(call, "", "{\"expires\": 1}", 0);
}

int32_t inactive(tyk_call *call)
{
    return tyk_set_session(call, "", "{\"is_inactive\": true}", 0);
}

int32_t tell_key(tyk_call *call)
{
    return tyk_header_set(call, "X-Key", tyk_string(call, tyk_token(call)));
}
