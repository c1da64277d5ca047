/* One call: its frame, its changes, and memory that goes with it. */
#ifndef TYK_HOOK_CALL_H
#define TYK_HOOK_CALL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "frame.h"

struct tyk_held;       /* memory of a call's, in a list */
struct tyk_definition; /* see definitions.h */

/*
 * Changes are gathered in one buffer, first the host's and then one of our own:
 * their heads grow from the front, their bytes from `middle`. tyk_call_close
 * closes the gap between them.
 */
typedef struct tyk_call {
    tyk_view view;
    tyk_result *result;
    uint8_t *data;
    uint64_t capacity;
    uint64_t middle;
    uint64_t bytes; /* behind the middle */
    uint32_t count;
    int owned;
    int32_t failure; /* of an editor that nobody may have looked at */
    struct tyk_held *held;
    struct tyk_definition *definition;
} tyk_call;

struct tyk_held {
    struct tyk_held *next;
};

static inline void tyk_free_held(tyk_call *call)
{
    while (call->held) {
        struct tyk_held *next = call->held->next;
        free(call->held);
        call->held = next;
    }
}

/* Memory until the function returns; NULL when there is none left, and the call fails. */
static inline void *tyk_alloc(tyk_call *call, size_t size)
{
    struct tyk_held *held = NULL;
    if (size <= SIZE_MAX - sizeof *held) {
        held = (struct tyk_held *)malloc(sizeof *held + size);
    }
    if (!held) {
        call->failure = TYK_E_MEMORY;
        return NULL;
    }
    held->next = call->held;
    call->held = held;
    return held + 1;
}

/* printf into memory of the call's; NULL when there is none left, and the call fails. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static inline char *tyk_format(tyk_call *call, const char *format, ...)
{
    va_list arguments;
    char *string = NULL;
    int size;
    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        call->failure = TYK_E_ARGUMENT; /* the text is larger than printf can count */
    } else {
        string = (char *)tyk_alloc(call, (size_t)size + 1);
    }
    if (string) {
        va_start(arguments, format);
        vsnprintf(string, (size_t)size + 1, format, arguments);
        va_end(arguments);
    }
    return string;
}

/* A copy that ends with a zero; NULL for what is not there. */
static inline char *tyk_string(tyk_call *call, tyk_text text)
{
    char *copy = text.data ? (char *)tyk_alloc(call, text.size + 1) : NULL;
    if (copy) {
        if (text.size) {
            memcpy(copy, text.data, text.size);
        }
        copy[text.size] = 0;
    }
    return copy;
}

/* Move on to a larger buffer, in which `more` bytes and one more change fit. */
static inline int tyk_call_grow(tyk_call *call, uint64_t more)
{
    uint64_t middle = sizeof(tyk_changes) + (uint64_t)sizeof(tyk_change) * (call->count * 2 + 16);
    uint64_t capacity = middle + (call->bytes + more) * 2;
    uint8_t *data = capacity <= SIZE_MAX ? (uint8_t *)malloc((size_t)capacity) : NULL;
    if (!data) {
        call->failure = TYK_E_MEMORY;
        return 0;
    }
    if (call->count) {
        memcpy(data, call->data, sizeof(tyk_changes) + sizeof(tyk_change) * call->count);
        memcpy(data + middle, call->data + call->middle, (size_t)call->bytes);
    }
    if (call->owned) {
        free(call->data);
    }
    call->data = data;
    call->capacity = capacity;
    call->middle = middle;
    call->owned = 1;
    return 1;
}

/* Add any change of enum tyk_change_kind; all editors end here. */
static inline int32_t tyk_edit(tyk_call *call, uint32_t kind, uint32_t number, tyk_text key,
                               tyk_text value)
{
    uint64_t heads = sizeof(tyk_changes) + (uint64_t)sizeof(tyk_change) * (call->count + 1u);
    uint64_t more = (uint64_t)key.size + value.size;
    uint8_t *to;
    tyk_change change;
    if (key.size > UINT32_MAX || value.size > UINT32_MAX ||
        heads + call->bytes + more > UINT32_MAX) {
        call->failure = TYK_E_ARGUMENT;
        return TYK_E_ARGUMENT;
    }
    if ((heads > call->middle || call->middle + call->bytes + more > call->capacity) &&
        !tyk_call_grow(call, more)) {
        return TYK_E_MEMORY;
    }
    change.kind = kind;
    change.number = number;
    change.key = (uint32_t)key.size;
    change.value = (uint32_t)value.size;
    memcpy(call->data + heads - sizeof change, &change, sizeof change);
    to = call->data + call->middle + call->bytes;
    if (key.size) {
        memcpy(to, key.data, key.size);
    }
    if (value.size) {
        memcpy(to + key.size, value.data, value.size);
    }
    call->bytes += more;
    call->count++;
    return TYK_OK;
}

static inline void tyk_call_open(tyk_call *call, tyk_result *result)
{
    memset(call, 0, sizeof *call);
    call->result = result;
    call->data = result->data;
    call->capacity = result->data ? result->capacity : 0;
    call->middle = sizeof(tyk_changes) + 16 * sizeof(tyk_change);
}

/* Put the changes where the host finds them, and free everything else. */
static inline void tyk_call_close(tyk_call *call)
{
    uint64_t heads = sizeof(tyk_changes) + (uint64_t)sizeof(tyk_change) * call->count;
    tyk_changes head;
    call->result->size = 0;
    if (call->count) {
        head.magic = TYK_CHANGES_MAGIC;
        head.size = (uint32_t)(heads + call->bytes);
        head.count = call->count;
        head.reserved = 0;
        memcpy(call->data, &head, sizeof head);
        memmove(call->data + heads, call->data + call->middle, (size_t)call->bytes);
        call->result->size = head.size;
        if (call->owned) {
            call->result->data = call->data;
            call->result->flags |= TYK_OWNED;
        }
    }
    tyk_free_held(call);
}

#endif
