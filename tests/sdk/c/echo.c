/* Tells all that it was given, one write each: the key says what, the number which. */
#include <tyk_hook.h>

int32_t edit(tyk_call *call); /* in edit.c */

static void tell(tyk_call *call, const char *what, tyk_text value)
{
    tyk_edit(call, TYK_REPLY_WRITE, value.data != NULL, tyk_text_of(what), value);
}

static void tell_fields(tyk_call *call, const char *what, tyk_cursor cursor)
{
    tyk_field field;
    while (tyk_next(&cursor, &field)) {
        tell(call, what, field.name);
        tell(call, what, field.value);
    }
}

static int32_t echo(tyk_call *call)
{
    tyk_cursor cursor = tyk_headers(call);
    tyk_text value;
    tell(call, "method", tyk_method(call));
    tell(call, "target", tyk_target(call));
    tell(call, "path", tyk_path(call));
    tell(call, "query string", tyk_query_string(call));
    tell(call, "query", tyk_query(call, "q"));
    tell(call, "host", tyk_host_name(call));
    tell(call, "peer", tyk_peer(call));
    tell(call, "port", tyk_text_of(tyk_format(call, "%u", tyk_peer_port(call))));
    tell(call, "secure", tyk_text_of(tyk_secure(call) ? "yes" : "no"));
    tell(call, "body", tyk_body(call));
    tell(call, "token", tyk_token(call));
    tell(call, "has session", tyk_text_of(tyk_has_session(call) ? "yes" : "no"));
    tell(call, "session", tyk_session(call));
    tell(call, "definition", tyk_definition(call));
    tell(call, "kind", tyk_definition_kind(call));
    tell(call, "context", tyk_context(call));
    tell(call, "rewrite", tyk_rewrite(call));
    tell(call, "tls", tyk_tls(call));
    tell(call, "record", tyk_record(call));
    tell(call, "status", tyk_text_of(tyk_format(call, "%u", tyk_response_status(call))));
    tell(call, "header", tyk_header(call, "x-name"));
    tell(call, "response header", tyk_response_header(call, "x-name"));
    tell(call, "reply header", tyk_reply_header(call, "x-name"));
    while (tyk_next_of(&cursor, "x-name", &value)) {
        tell(call, "headers", value);
    }
    tell_fields(call, "fields", tyk_headers(call));
    tell_fields(call, "response fields", tyk_response_headers(call));
    tell_fields(call, "reply fields", tyk_reply_headers(call));
    return TYK_OK;
}

/* The member of the context named by the method: its JSON, and the string it may be. */
static int32_t look(tyk_call *call)
{
    tyk_text json = tyk_json_get(tyk_context(call), tyk_string(call, tyk_method(call)));
    tyk_text string = tyk_json_string(call, json);
    tell(call, "json", json);
    tell(call, "string", string);
    tell(call, "quoted", tyk_text_of(tyk_json_quote(call, string)));
    return TYK_OK;
}

static int32_t store(tyk_call *call)
{
    tyk_text value, none;
    int64_t number = 0, left = 0;
    int32_t statuses[9];
    int each;
    statuses[0] = tyk_store_get(call, "key", &value);
    statuses[1] = tyk_store_set("key", tyk_text_n("a\0b", 3), 60);
    statuses[2] = tyk_store_set_new("key", tyk_text_of("value"), 0);
    statuses[3] = tyk_store_delete("key");
    statuses[4] = tyk_store_increment("key", -2, 30, &number);
    statuses[5] = tyk_store_expire("key", 5);
    statuses[6] = tyk_store_ttl("key", &left);
    statuses[7] = tyk_session_get(call, "client", &none);
    statuses[8] = none.data == NULL;
    tell(call, "value", value);
    tell(call, "number", tyk_text_of(tyk_format(call, "%d %d", (int)number, (int)left)));
    for (each = 0; each < 9; each++) {
        tell(call, "status", tyk_text_of(tyk_format(call, "%d", (int)statuses[each])));
    }
    return TYK_OK;
}

static int32_t keys(tyk_call *call)
{
    tyk_text *found;
    uint32_t count, each;
    int32_t status = tyk_store_keys(call, "be", &found, &count);
    for (each = 0; each < count; each++) {
        tell(call, "key", found[each]);
    }
    return status;
}

/* Says things outside a call as well. */
static int32_t say(tyk_call *call)
{
    tyk_log(NULL, TYK_WARNING, "from a thread");
    tyk_log_json(NULL, TYK_INFO, "with fields", "{\"a\":1}");
    tyk_log_with(NULL, TYK_INFO, "with more", "b", "2", NULL);
    tyk_gauge(NULL, "depth", 2.5);
    tyk_count(call, "calls", 1);
    tyk_timing(call, "took", 0.25);
    tyk_log(call, TYK_DEBUG, "plain");
    tyk_log_with(call, TYK_INFO, "refused", "user", "J\"o\n", "reason", "", NULL);
    return tyk_log_with(call, TYK_SEVERE, "nothing more", NULL);
}

static int32_t refuse(tyk_call *call)
{
    tyk_log(call, TYK_INFO, "before");
    return tyk_fail(call, "no such user");
}

static int32_t too_large(tyk_call *call)
{
    tyk_edit(call, TYK_SET_BODY, 0, tyk_text_of(""), tyk_text_n("", (size_t)UINT32_MAX + 1));
    return TYK_OK; /* and what the editor said is not looked at */
}

static int32_t begin(tyk_text config)
{
    tyk_log_json(NULL, TYK_INFO, "begins", tyk_hook_kept.host->size ? "{}" : "");
    return tyk_text_is(config, "{\"fail\": true}") ? TYK_E_INIT : TYK_OK;
}

static void end(uint32_t milliseconds)
{
    tyk_gauge(NULL, "ends", milliseconds);
}

TYK_PLUGIN_WITH("echo", "1.2.3", begin, end,
                (echo, request, any, body, session, definition, context, tls),
                (look, request, inline, context),
                (store, request, pool),
                (say, response, process, body, tls),
                (refuse, analytics, any),
                (too_large, request, any, body, session, definition),
                (keys, request, any),
                (edit, request, any, body, session, definition, tls));
