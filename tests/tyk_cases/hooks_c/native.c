#include "hooks.h"

int32_t edit_session(tyk_call *call)
{
    return tyk_set_session(call, "", "{\"alias\": \"edited\", \"meta_data\": {\"a\": 1}}", 0);
}

int32_t tell_session(tyk_call *call)
{
    tyk_text alias = tyk_json_string(call, tyk_json_get(tyk_session(call), "alias"));
    return tyk_header_set(call, "X-Session",
                          tyk_format(call, "%.*s of %.*s", TYK_ARG(alias),
                                     TYK_ARG(tyk_token(call))));
}

int32_t other_definition(tyk_call *call)
{
    return tyk_set_definition(call, "{\"name\": \"other\"}");
}

int32_t tell_definition(tyk_call *call)
{
    tyk_text name = tyk_json_string(call, tyk_json_get(tyk_definition(call), "name"));
    return tyk_header_add(call, "X-Api", tyk_string(call, name));
}

int32_t leave_note(tyk_call *call)
{
    return tyk_set_context(call, "note", "\"from before\"");
}

int32_t tell_note(tyk_call *call)
{
    tyk_text note = tyk_json_string(call, tyk_json_get(tyk_context(call), "note"));
    return tyk_header_set(call, "X-Note", note.data ? tyk_string(call, note) : "none");
}

int32_t rewrite(tyk_call *call)
{
    return tyk_set_rewrite(call, "http://127.0.0.1:9000/elsewhere?a=b");
}

int32_t tell_rewrite(tyk_call *call)
{
    return tyk_header_set(call, "X-Rewrite", tyk_string(call, tyk_rewrite(call)));
}

int32_t measure_body(tyk_call *call)
{
    return tyk_header_add(call, "X-Size", tyk_format(call, "%zu", tyk_body(call).size));
}

int32_t log_fields(tyk_call *call)
{
    return tyk_log_with(call, TYK_WARNING, "a line", "user", "Jo", "reason", "none", NULL);
}

/* Tries to add a field of its own behind the value. */
int32_t split_header(tyk_call *call)
{
    tyk_header_set(call, "X-Before", "half a change");
    return tyk_header_set(call, "X-Split", "value\r\nX-Injected: yes");
}
