/* Bytes with their size: what accessors return. They do not end with a zero. */
#ifndef TYK_HOOK_TEXT_H
#define TYK_HOOK_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* `data` is NULL where a thing that was looked up is not there. */
typedef struct tyk_text {
    const char *data;
    size_t size;
} tyk_text;

/* For printf's "%.*s". */
#define TYK_ARG(text) (int)(text).size, (text).size ? (text).data : ""

static inline tyk_text tyk_text_n(const void *data, size_t size)
{
    tyk_text text;
    text.data = (const char *)data;
    text.size = size;
    return text;
}

static inline tyk_text tyk_text_of(const char *string)
{
    return tyk_text_n(string, string ? strlen(string) : 0);
}

/* Whether it is this string to the letter. */
static inline int tyk_text_is(tyk_text text, const char *string)
{
    size_t size = strlen(string);
    return text.data && text.size == size && (size == 0 || memcmp(text.data, string, size) == 0);
}

static inline int tyk_text_starts(tyk_text text, const char *string)
{
    size_t size = strlen(string);
    return text.size >= size && (size == 0 || memcmp(text.data, string, size) == 0);
}

/* Where a character first stands, or `size`. */
static inline size_t tyk_text_find(tyk_text text, char character)
{
    const void *found = text.size ? memchr(text.data, character, text.size) : NULL;
    return found ? (size_t)((const char *)found - text.data) : text.size;
}

static inline char tyk_lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character + ('a' - 'A')) : character;
}

/* Whether two names of fields are the same: letters count alike, large or small. */
static inline int tyk_same_name(tyk_text one, tyk_text other)
{
    size_t at;
    if (one.size != other.size) {
        return 0;
    }
    for (at = 0; at < one.size; at++) {
        if (tyk_lower(one.data[at]) != tyk_lower(other.data[at])) {
            return 0;
        }
    }
    return 1;
}

/* The value of a hexadecimal digit, or -1. */
static inline int tyk_hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = tyk_lower(digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

#endif
