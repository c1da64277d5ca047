#include "hooks.h"

int32_t set_headers(tyk_call *call)
{
    tyk_header_set(call, "X-Set", "by hook");
    return tyk_header_delete(call, "X-Secret");
}

int32_t other_path(tyk_call *call)
{
    const char *target = tyk_string(call, tyk_target(call));
    const char *old = target ? strstr(target, "/old/") : NULL;
    if (!old) {
        return tyk_fail(call, "there is no /old/ in the path");
    }
    return tyk_set_target(
        call, tyk_format(call, "%.*s/new%%20place/%s", (int)(old - target), target, old + 5));
}

int32_t other_method(tyk_call *call)
{
    return tyk_set_method(call, "PUT");
}

int32_t other_body(tyk_call *call)
{
    static const char body[] = "replaced by the hook";
    return tyk_set_body(call, body, sizeof body - 1);
}

int32_t other_query(tyk_call *call)
{
    return tyk_set_target(call, tyk_format(call, "%.*s?a=b&c=d", TYK_ARG(tyk_path(call))));
}

int32_t other_host(tyk_call *call)
{
    return tyk_set_host(call, "from-hook.test");
}

int32_t mark_response(tyk_call *call)
{
    tyk_response_header_set(call, "X-Marked", "yes");
    return tyk_response_header_delete(call, "Server");
}

int32_t other_status(tyk_call *call)
{
    return tyk_set_response_status(call, 418);
}

int32_t upper_case(tyk_call *call)
{
    tyk_text body = tyk_body(call);
    char *shout = (char *)tyk_alloc(call, body.size + 1);
    size_t at;
    if (!shout) {
        return TYK_E_MEMORY;
    }
    for (at = 0; at < body.size; at++) {
        char letter = body.data[at];
        shout[at] = letter >= 'a' && letter <= 'z' ? (char)(letter - ('a' - 'A')) : letter;
    }
    shout[body.size] = '!';
    return tyk_set_response_body(call, shout, body.size + 1);
}

int32_t replace_response(tyk_call *call)
{
    tyk_reply_header_set(call, "Content-Type", "text/plain");
    tyk_reply_status(call, 503);
    return tyk_reply_text(call, "replaced");
}

int32_t broken_response(tyk_call *call)
{
    return tyk_fail(call, "on the way back");
}
