/*
 * What a function wants changed. Each returns TYK_OK, or a status that the
 * call ends with even when nobody looks at it. Strings end with a zero; for
 * bytes that do not, there is tyk_edit.
 */
#ifndef TYK_HOOK_EDIT_H
#define TYK_HOOK_EDIT_H

#include "call.h"

static inline int32_t tyk_edit_of(tyk_call *call, uint32_t kind, uint32_t number, const char *key,
                                  const char *value)
{
    return tyk_edit(call, kind, number, tyk_text_of(key), tyk_text_of(value));
}

/* The request: the only value of a name, one more, none. */
static inline int32_t tyk_header_set(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_HEADER_SET, 0, name, value);
}
static inline int32_t tyk_header_add(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_HEADER_ADD, 0, name, value);
}
static inline int32_t tyk_header_delete(tyk_call *call, const char *name)
{
    return tyk_edit_of(call, TYK_HEADER_DELETE, 0, name, "");
}
static inline int32_t tyk_set_method(tyk_call *call, const char *method)
{
    return tyk_edit_of(call, TYK_SET_METHOD, 0, "", method);
}
/* Path and query. */
static inline int32_t tyk_set_target(tyk_call *call, const char *target)
{
    return tyk_edit_of(call, TYK_SET_TARGET, 0, "", target);
}
static inline int32_t tyk_set_host(tyk_call *call, const char *host)
{
    return tyk_edit_of(call, TYK_SET_HOST, 0, "", host);
}
static inline int32_t tyk_set_body(tyk_call *call, const void *data, size_t size)
{
    return tyk_edit(call, TYK_SET_BODY, 0, tyk_text_of(""), tyk_text_n(data, size));
}
/* The URL the upstream is to be asked for; an empty one takes it back. */
static inline int32_t tyk_set_rewrite(tyk_call *call, const char *url)
{
    return tyk_edit_of(call, TYK_SET_REWRITE, 0, "", url);
}

/* An answer: a status or bytes end the request here. The first status counts. */
static inline int32_t tyk_reply_status(tyk_call *call, uint32_t status)
{
    return tyk_edit_of(call, TYK_REPLY_STATUS, status, "", "");
}
static inline int32_t tyk_reply_write(tyk_call *call, const void *data, size_t size)
{
    return tyk_edit(call, TYK_REPLY_WRITE, 0, tyk_text_of(""), tyk_text_n(data, size));
}
static inline int32_t tyk_reply_text(tyk_call *call, const char *string)
{
    return tyk_edit_of(call, TYK_REPLY_WRITE, 0, "", string);
}
/* Fields of the client's response, whoever answers. */
static inline int32_t tyk_reply_header_set(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_REPLY_HEADER_SET, 0, name, value);
}
static inline int32_t tyk_reply_header_add(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_REPLY_HEADER_ADD, 0, name, value);
}
static inline int32_t tyk_reply_header_delete(tyk_call *call, const char *name)
{
    return tyk_edit_of(call, TYK_REPLY_HEADER_DELETE, 0, name, "");
}

/* The upstream's response, in a response function. */
static inline int32_t tyk_set_response_status(tyk_call *call, uint32_t status)
{
    return tyk_edit_of(call, TYK_RESPONSE_STATUS, status, "", "");
}
static inline int32_t tyk_response_header_set(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_RESPONSE_HEADER_SET, 0, name, value);
}
static inline int32_t tyk_response_header_add(tyk_call *call, const char *name, const char *value)
{
    return tyk_edit_of(call, TYK_RESPONSE_HEADER_ADD, 0, name, value);
}
static inline int32_t tyk_response_header_delete(tyk_call *call, const char *name)
{
    return tyk_edit_of(call, TYK_RESPONSE_HEADER_DELETE, 0, name, "");
}
static inline int32_t tyk_set_response_body(tyk_call *call, const void *data, size_t size)
{
    return tyk_edit(call, TYK_RESPONSE_BODY, 0, tyk_text_of(""), tyk_text_n(data, size));
}

/* JSON of a session and its key id, which may be empty; `store`: keep it for later requests. */
static inline int32_t tyk_set_session(tyk_call *call, const char *key_id, const char *json,
                                      int store)
{
    return tyk_edit_of(call, TYK_SET_SESSION, store ? 1 : 0, key_id, json);
}
/* JSON of a definition, for later hooks of this request. */
static inline int32_t tyk_set_definition(tyk_call *call, const char *json)
{
    return tyk_edit_of(call, TYK_SET_DEFINITION, 0, "", json);
}
/* JSON of a value, for later hooks of this request; an empty one takes the name away. */
static inline int32_t tyk_set_context(tyk_call *call, const char *name, const char *json)
{
    return tyk_edit_of(call, TYK_SET_CONTEXT, 0, name, json);
}
/* JSON of the record, in an analytics function. */
static inline int32_t tyk_set_record(tyk_call *call, const char *json)
{
    return tyk_edit_of(call, TYK_SET_RECORD, 0, "", json);
}

/* The call fails, and this is why:  return tyk_fail(call, "no such user"); */
static inline int32_t tyk_fail(tyk_call *call, const char *why)
{
    tyk_edit_of(call, TYK_ERROR, 0, why, "");
    return TYK_E_FAILED;
}

#endif
