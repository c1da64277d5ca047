#include <tyk_hook.h>

/* Answers in C, so quick that it may do so in the reactor's thread. */
static int32_t greet(tyk_call *call)
{
    tyk_text name = tyk_query(call, "name");

    if (name.size == 0)
        return TYK_OK; /* on to the upstream */
    tyk_reply_header_set(call, "Content-Type", "text/plain");
    tyk_reply_text(call, tyk_format(call, "Hello %.*s\n", (int)name.size, name.data));
    return TYK_OK;
}

/* A header for the client, on the way back. */
static int32_t mark(tyk_call *call)
{
    return tyk_response_header_set(call, "X-Answered-By", "C");
}

TYK_PLUGIN("greetings", "1.0.0",
           (greet, request, inline),
           (mark, response, inline));
