#include "hooks.h"

int32_t add_header(tyk_call *call)
{
    return tyk_reply_header_add(call, "X-Hook", "added");
}

int32_t status_only(tyk_call *call)
{
    return tyk_reply_status(call, 202);
}

int32_t body_only(tyk_call *call)
{
    tyk_reply_header_set(call, "Content-Type", "text/plain");
    return tyk_reply_text(call, "written");
}

int32_t two_statuses(tyk_call *call)
{
    tyk_reply_status(call, 201);
    tyk_reply_status(call, 500);
    return tyk_reply_text(call, "first wins");
}

int32_t not_found(tyk_call *call)
{
    tyk_reply_status(call, 404);
    return tyk_reply_text(call, "gone");
}

int32_t forbidden(tyk_call *call)
{
    return tyk_reply_status(call, 403);
}

int32_t broken(tyk_call *call)
{
    tyk_reply_status(call, 200);
    tyk_reply_text(call, "half an ans");
    return tyk_fail(call, "never finished");
}
