#include <tyk_hook.h>

#ifndef GENERATION
#define GENERATION "1"
#endif

static int32_t tell(tyk_call *call)
{
    return tyk_reply_header_set(call, "X-Generation", GENERATION);
}

static int32_t name_api(tyk_call *call)
{
    tyk_text definition = tyk_definition(call);
    return tyk_reply_write(call, definition.data, definition.size);
}

static int32_t back(tyk_call *call)
{
    return tyk_set_response_status(call, 418);
}

static int32_t bad(tyk_call *call)
{
    return tyk_fail(call, "it was not to be");
}

TYK_PLUGIN("generation", GENERATION ".0.0",
           (tell, request, inline),
           (name_api, request, inline, definition),
           (back, response, inline),
           (bad, request, inline));
