/* What a call is about. Parts that were not asked for in the manifest are empty. */
#ifndef TYK_HOOK_READ_H
#define TYK_HOOK_READ_H

#include "definitions.h"

static inline tyk_text tyk_part(const tyk_call *call, enum tyk_slice number)
{
    return call->view.parts[number];
}

static inline tyk_text tyk_method(const tyk_call *call) { return tyk_part(call, TYK_METHOD); }
/* Path and query, as they stand in the request line. */
static inline tyk_text tyk_target(const tyk_call *call) { return tyk_part(call, TYK_TARGET); }
static inline tyk_text tyk_host_name(const tyk_call *call) { return tyk_part(call, TYK_HOST); }
/* The client's address and port. */
static inline tyk_text tyk_peer(const tyk_call *call) { return tyk_part(call, TYK_PEER); }
static inline uint32_t tyk_peer_port(const tyk_call *call) { return call->view.head.port; }
/* Whether it came over TLS. */
static inline int tyk_secure(const tyk_call *call)
{
    return (call->view.head.flags & TYK_FLAG_SECURE) != 0;
}
/* Need body: the request's, in a response function the response's. */
static inline tyk_text tyk_body(const tyk_call *call) { return tyk_part(call, TYK_BODY); }
/* Need session: the key the client presented, and JSON with Tyk's names. */
static inline tyk_text tyk_token(const tyk_call *call) { return tyk_part(call, TYK_TOKEN); }
static inline tyk_text tyk_session(const tyk_call *call) { return tyk_part(call, TYK_SESSION); }
static inline int tyk_has_session(const tyk_call *call)
{
    return (call->view.head.flags & TYK_FLAG_SESSION) != 0;
}
/* Need context: a JSON object, see tyk_json_get; the URL for the upstream, if one is set. */
static inline tyk_text tyk_context(const tyk_call *call) { return tyk_part(call, TYK_CONTEXT); }
static inline tyk_text tyk_rewrite(const tyk_call *call) { return tyk_part(call, TYK_REWRITE); }
/* Need tls: JSON. */
static inline tyk_text tyk_tls(const tyk_call *call) { return tyk_part(call, TYK_TLS); }
/* In an analytics function: JSON of the record. */
static inline tyk_text tyk_record(const tyk_call *call) { return tyk_part(call, TYK_RECORD); }
/* The upstream's status; 0 on the way in. */
static inline uint32_t tyk_response_status(const tyk_call *call) { return call->view.head.status; }

/* Fields of the request, of the response, and those that hooks have added to it:
 *     tyk_cursor cursor = tyk_headers(call);
 *     while (tyk_next(&cursor, &field)) ...
 *     while (tyk_next_of(&cursor, "Cookie", &value)) ...
 */
static inline tyk_cursor tyk_headers(const tyk_call *call) { return call->view.fields; }
static inline tyk_cursor tyk_response_headers(const tyk_call *call)
{
    return call->view.response_fields;
}
static inline tyk_cursor tyk_reply_headers(const tyk_call *call)
{
    return call->view.reply_fields;
}

static inline tyk_text tyk_first_of(tyk_cursor cursor, const char *name)
{
    tyk_text value = tyk_text_n(NULL, 0);
    tyk_next_of(&cursor, name, &value);
    return value;
}

/* The first value of a name; `data` is NULL when there is none. */
static inline tyk_text tyk_header(const tyk_call *call, const char *name)
{
    return tyk_first_of(call->view.fields, name);
}
static inline tyk_text tyk_response_header(const tyk_call *call, const char *name)
{
    return tyk_first_of(call->view.response_fields, name);
}
static inline tyk_text tyk_reply_header(const tyk_call *call, const char *name)
{
    return tyk_first_of(call->view.reply_fields, name);
}

/* The target up to its first question mark, and what follows that. */
static inline tyk_text tyk_path(const tyk_call *call)
{
    tyk_text target = tyk_target(call);
    return tyk_text_n(target.data, tyk_text_find(target, '?'));
}
static inline tyk_text tyk_query_string(const tyk_call *call)
{
    tyk_text target = tyk_target(call);
    size_t at = tyk_text_find(target, '?');
    at += at < target.size;
    return tyk_text_n(target.data + at, target.size - at);
}

/* Take the escapes out of a part of a query; `to` has room for all of it. Returns the size. */
static inline size_t tyk_unescape(tyk_text text, char *to)
{
    size_t at, size = 0;
    for (at = 0; at < text.size; at++) {
        int high = at + 2 < text.size ? tyk_hex_digit(text.data[at + 1]) : -1;
        int low = at + 2 < text.size ? tyk_hex_digit(text.data[at + 2]) : -1;
        if (text.data[at] == '%' && high >= 0 && low >= 0) {
            to[size++] = (char)(high * 16 + low);
            at += 2;
        } else {
            to[size++] = text.data[at] == '+' ? ' ' : text.data[at];
        }
    }
    return size;
}

/* The first parameter of this name in the query, unescaped; `data` is NULL when there is none. */
static inline tyk_text tyk_query(tyk_call *call, const char *name)
{
    tyk_text rest = tyk_query_string(call);
    char *decoded = rest.size ? (char *)tyk_alloc(call, rest.size) : NULL;
    while (decoded && rest.size) {
        tyk_text pair = tyk_text_n(rest.data, tyk_text_find(rest, '&'));
        size_t equal = tyk_text_find(pair, '=');
        size_t past = pair.size + (pair.size < rest.size);
        size_t size = tyk_unescape(tyk_text_n(pair.data, equal), decoded);
        if (pair.size && tyk_text_is(tyk_text_n(decoded, size), name)) {
            equal += equal < pair.size;
            pair = tyk_text_n(pair.data + equal, pair.size - equal);
            return tyk_text_n(decoded, tyk_unescape(pair, decoded));
        }
        rest = tyk_text_n(rest.data + past, rest.size - past);
    }
    return tyk_text_n(NULL, 0);
}

/* Holds the call's definition from the first look at it to the end. */
static inline const struct tyk_definition *tyk_definition_of(tyk_call *call)
{
    if (!call->definition) {
        call->definition = tyk_definition_hold(tyk_part(call, TYK_API));
    }
    return call->definition;
}

/* Need definition: JSON of the API's, or what a hook has set for this request. */
static inline tyk_text tyk_definition(tyk_call *call)
{
    tyk_text set = tyk_part(call, TYK_DEFINITION);
    const struct tyk_definition *kept = set.size ? NULL : tyk_definition_of(call);
    return kept ? kept->document : set;
}

/* "classic" or "oas"; empty when the API's definition is not known. */
static inline tyk_text tyk_definition_kind(tyk_call *call)
{
    const struct tyk_definition *kept = tyk_definition_of(call);
    return kept ? kept->kind : tyk_text_n("", 0);
}

#endif
