/* A plugin that tells its number, and may be broken in some ways. */
#include <poll.h>

#include <tyk_hook.h>

#ifndef NUMBER
#define NUMBER "0"
#endif
#ifndef TELL
#define TELL tell
#endif

static int32_t mark(tyk_call *call)
{
    return tyk_header_set(call, "X-Number", NUMBER);
}

static int32_t TELL(tyk_call *call)
{
    if (tyk_header(call, "X-Slow").size != 0)
        poll(NULL, 0, 300);
    return tyk_reply_text(call, NUMBER);
}

#ifdef FAILS
static int32_t start(tyk_text config)
{
    (void)config;
    return -1;
}
#else
#define start NULL
#endif

#ifdef ON_THE_WAY_BACK
TYK_PLUGIN_WITH("number", NUMBER, start, NULL, (mark, response, any), (TELL, response, any));
#else
TYK_PLUGIN_WITH("number", NUMBER, start, NULL, (mark, request, inline), (TELL, request, pool));
#endif
