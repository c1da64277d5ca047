/* A plugin that tells what it does, and asks the gateway. */
#include <tyk_hook.h>

static int32_t Tell(tyk_call *call)
{
    tyk_log_with(call, TYK_WARNING, "seen\nlevel=error", "who", "ann", NULL);
    tyk_measure(call, TYK_GAUGE, "load", 0.5);
    return TYK_OK;
}

static int32_t Who(tyk_call *call)
{
    tyk_text session;
    int64_t visits = 0;
    if (tyk_session_get(call, "key-1", &session) != TYK_OK)
        return tyk_reply_text(call, "nobody");
    if (tyk_store_increment("visits", 1, 60, &visits) != TYK_OK)
        return tyk_fail(call, "the store does not count");
    return tyk_reply_text(call, tyk_format(call, "%.*s, visit %d", (int)session.size,
                                           (const char *)session.data, (int)visits));
}

static int32_t Fail(tyk_call *call)
{
    return tyk_fail(call, "no room");
}

TYK_PLUGIN("watched", "1.0.0",
           (Tell, request, pool), (Who, request, pool), (Fail, request, pool));
