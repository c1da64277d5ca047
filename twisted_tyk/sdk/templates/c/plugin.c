/* {{name}}: a plugin in C. */
#include <tyk_hook.h>

/* On the way in: every request reaches the upstream with a field more. */
static int32_t add_header(tyk_call *call)
{
    tyk_log_with(call, TYK_INFO, "adding a header", "path", tyk_string(call, tyk_path(call)), NULL);
    return tyk_header_set(call, "X-Plugin", "{{name}}");
}

/* On the way back: the client is told which status the upstream gave. */
static int32_t tell_status(tyk_call *call)
{
    const char *status = tyk_format(call, "%u", tyk_response_status(call));
    return tyk_response_header_set(call, "X-Upstream-Status", status);
}

/* Name, kind, mode (inline, pool, process or any), and what is needed: body, session,
   definition, context, tls. What is not asked for is not sent. */
TYK_PLUGIN("{{name}}", "0.1.0",
           (add_header, request, inline),
           (tell_status, response, inline));
