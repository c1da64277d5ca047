/* A request hook that adds one header. */
#include <tyk_hook.h>

static int32_t add_header(tyk_call *call)
{
    return tyk_header_add(call, "Foo", "Bar");
}

TYK_PLUGIN("bench-c", "1.0.0", (add_header, request, any));
