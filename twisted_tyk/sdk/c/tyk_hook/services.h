/*
 * What the gateway keeps for plugins. Each waits for its answer, so an inline
 * function gets TYK_E_REFUSED. All may be called in any thread; those with a
 * call lay the answer into the call's memory.
 */
#ifndef TYK_HOOK_SERVICES_H
#define TYK_HOOK_SERVICES_H

#include <inttypes.h>

#include "definitions.h"

/* One of several packed strings; `data` is NULL when they are not right or there is no such. */
static inline tyk_text tyk_unpack(const uint8_t *packed, uint64_t size, uint32_t number)
{
    uint32_t count = size >= 4 ? tyk_u32(packed) : 0, each;
    uint64_t at = 4 + 4 * (uint64_t)count;
    if (number >= count || at > size) {
        return tyk_text_n(NULL, 0);
    }
    for (each = 0; each < number; each++) {
        at += tyk_u32(packed + 4 + 4 * (uint64_t)each);
    }
    count = tyk_u32(packed + 4 + 4 * (uint64_t)number);
    return at + count > size ? tyk_text_n(NULL, 0) : tyk_text_n(packed + at, count);
}

/* Ask for any of enum tyk_service. When the answer is TYK_OK, `out` is the host's until it is
   handed back: tyk_hook_kept.host->release(tyk_hook_kept.host->context, out). */
static inline int32_t tyk_ask(uint32_t service, const tyk_text *texts, uint32_t count,
                              uint8_t **out, uint64_t *size)
{
    const tyk_host *host = tyk_hook_kept.host;
    uint64_t total = 4 + 4 * (uint64_t)count;
    uint32_t each, length;
    uint8_t *packed, *to;
    int32_t status;
    *out = NULL;
    *size = 0;
    for (each = 0; each < count; each++) {
        total += texts[each].size;
    }
    if (total > UINT32_MAX) {
        return TYK_E_ARGUMENT;
    }
    packed = (uint8_t *)malloc((size_t)total);
    if (!packed) {
        return TYK_E_MEMORY;
    }
    memcpy(packed, &count, 4);
    to = packed + 4 + 4 * (size_t)count;
    for (each = 0; each < count; each++) {
        length = (uint32_t)texts[each].size;
        memcpy(packed + 4 + 4 * (size_t)each, &length, 4);
        if (length) {
            memcpy(to, texts[each].data, length);
        }
        to += length;
    }
    status = host->service(host->context, service, packed, total, out, size);
    free(packed);
    return status;
}

/* The same, with strings, and the first string of the answer as a number if that is asked for. */
static inline int32_t tyk_ask_number(uint32_t service, tyk_text one, const char *two,
                                     const char *three, int64_t *number)
{
    tyk_text texts[3];
    tyk_text answer;
    char digits[24];
    uint8_t *out;
    uint64_t size;
    int32_t status;
    texts[0] = one;
    texts[1] = tyk_text_of(two);
    texts[2] = tyk_text_of(three);
    status = tyk_ask(service, texts, two ? three ? 3 : 2 : 1, &out, &size);
    if (status == TYK_OK && number) {
        answer = tyk_unpack(out, size, 0);
        snprintf(digits, sizeof digits, "%.*s", TYK_ARG(answer));
        *number = strtoll(digits, NULL, 10);
    }
    if (out) {
        tyk_hook_kept.host->release(tyk_hook_kept.host->context, out);
    }
    return status;
}

/* The same, with one string each way, laid into the call's memory. */
static inline int32_t tyk_ask_text(tyk_call *call, uint32_t service, const char *key,
                                   tyk_text *value)
{
    tyk_text asked = tyk_text_of(key);
    uint8_t *out;
    uint64_t size;
    int32_t status = tyk_ask(service, &asked, 1, &out, &size);
    *value = tyk_text_n(NULL, 0);
    if (status == TYK_OK) {
        tyk_text answer = tyk_unpack(out, size, 0);
        *value = tyk_text_n(tyk_string(call, answer), answer.size);
        status = !answer.data ? TYK_E_FAILED : !value->data ? TYK_E_MEMORY : TYK_OK;
    }
    if (out) {
        tyk_hook_kept.host->release(tyk_hook_kept.host->context, out);
    }
    return status;
}

/* The value of a key; TYK_E_MISSING when there is none. */
static inline int32_t tyk_store_get(tyk_call *call, const char *key, tyk_text *value)
{
    return tyk_ask_text(call, TYK_STORE_GET, key, value);
}
/* JSON of the session of a client's key; TYK_E_MISSING when there is none. */
static inline int32_t tyk_session_get(tyk_call *call, const char *key, tyk_text *json)
{
    return tyk_ask_text(call, TYK_SESSION_GET, key, json);
}
/* The keys with this beginning, in memory of the call's. */
static inline int32_t tyk_store_keys(tyk_call *call, const char *beginning, tyk_text **keys,
                                     uint32_t *count)
{
    tyk_text asked = tyk_text_of(beginning);
    uint8_t *out;
    uint64_t size;
    uint32_t each;
    int32_t status = tyk_ask(TYK_STORE_KEYS, &asked, 1, &out, &size);
    *keys = NULL;
    *count = 0;
    if (status == TYK_OK) {
        uint32_t found = size >= 4 ? tyk_u32(out) : 0;
        /* A number that is a lie shall not cost memory. */
        status = 4 + 4 * (uint64_t)found > size ? TYK_E_FAILED : TYK_OK;
        *keys = status ? NULL : (tyk_text *)tyk_alloc(call, sizeof **keys * found);
        for (each = 0; *keys && each < found; each++) {
            tyk_text key = tyk_unpack(out, size, each);
            (*keys)[each] = tyk_text_n(tyk_string(call, key), key.size);
        }
        *count = *keys ? found : 0;
        status = status ? status : call->failure;
    }
    if (out) {
        tyk_hook_kept.host->release(tyk_hook_kept.host->context, out);
    }
    return status;
}
static inline int32_t tyk_store_put(uint32_t service, const char *key, tyk_text value,
                                    int64_t seconds)
{
    tyk_text texts[3];
    char digits[24];
    uint8_t *out;
    uint64_t size;
    int32_t status;
    snprintf(digits, sizeof digits, "%" PRId64, seconds);
    texts[0] = tyk_text_of(key);
    texts[1] = value;
    texts[2] = tyk_text_of(digits);
    status = tyk_ask(service, texts, 3, &out, &size);
    if (out) {
        tyk_hook_kept.host->release(tyk_hook_kept.host->context, out);
    }
    return status;
}
/* Keep a value for so many seconds, 0 for ever. */
static inline int32_t tyk_store_set(const char *key, tyk_text value, int64_t seconds)
{
    return tyk_store_put(TYK_STORE_SET, key, value, seconds);
}
/* The same; TYK_E_EXISTS when the key is there. */
static inline int32_t tyk_store_set_new(const char *key, tyk_text value, int64_t seconds)
{
    return tyk_store_put(TYK_STORE_SET_NEW, key, value, seconds);
}
/* TYK_E_MISSING when there was none. */
static inline int32_t tyk_store_delete(const char *key)
{
    return tyk_ask_number(TYK_STORE_DELETE, tyk_text_of(key), NULL, NULL, NULL);
}
/* Add to a number, which begins with 0 and then lives so many seconds. */
static inline int32_t tyk_store_increment(const char *key, int64_t by, int64_t seconds,
                                          int64_t *value)
{
    char amount[24], time[24];
    snprintf(amount, sizeof amount, "%" PRId64, by);
    snprintf(time, sizeof time, "%" PRId64, seconds);
    return tyk_ask_number(TYK_STORE_INCREMENT, tyk_text_of(key), amount, time, value);
}
static inline int32_t tyk_store_expire(const char *key, int64_t seconds)
{
    char time[24];
    snprintf(time, sizeof time, "%" PRId64, seconds);
    return tyk_ask_number(TYK_STORE_EXPIRE, tyk_text_of(key), time, NULL, NULL);
}
/* Seconds left, -1 for ever. */
static inline int32_t tyk_store_ttl(const char *key, int64_t *seconds)
{
    return tyk_ask_number(TYK_STORE_TTL, tyk_text_of(key), NULL, NULL, seconds);
}

#endif
