/* As much of JSON as it takes to look into a session, a context, a definition. */
#ifndef TYK_HOOK_JSON_H
#define TYK_HOOK_JSON_H

#include "call.h"

static inline size_t tyk_json_space(tyk_text json, size_t at)
{
    while (at < json.size && (json.data[at] == ' ' || json.data[at] == '\t' ||
                              json.data[at] == '\n' || json.data[at] == '\r')) {
        at++;
    }
    return at;
}

/* Past the value that begins here; never past the end. */
static inline size_t tyk_json_past(tyk_text json, size_t at)
{
    size_t depth = 0;
    int quoted = 0;
    for (; at < json.size; at++) {
        char character = json.data[at];
        if (quoted) {
            at += character == '\\';
            quoted = character != '"';
            if (!quoted && depth == 0) {
                return at + 1;
            }
        } else if (character == '"') {
            quoted = 1;
        } else if (character == '{' || character == '[') {
            depth++;
        } else if (character == '}' || character == ']') {
            if (depth == 0) {
                return at; /* of what holds the value */
            }
            if (--depth == 0) {
                return at + 1;
            }
        } else if (depth == 0 && (character == ',' || tyk_json_space(json, at) != at)) {
            return at;
        }
    }
    return json.size;
}

/* The JSON of a member of an object, such as `"text"` or `{"a": 1}`; `data` is NULL when there
   is none. `name` is compared as it is written between the quotes. */
static inline tyk_text tyk_json_get(tyk_text object, const char *name)
{
    size_t at = tyk_json_space(object, 0);
    if (at < object.size && object.data[at] == '{') {
        at = tyk_json_space(object, at + 1);
        while (at < object.size && object.data[at] == '"') {
            size_t past = tyk_json_past(object, at);
            tyk_text key = tyk_text_n(object.data + at + 1, past - at < 2 ? 0 : past - at - 2);
            at = tyk_json_space(object, past);
            if (at >= object.size || object.data[at] != ':') {
                break;
            }
            at = tyk_json_space(object, at + 1);
            past = tyk_json_past(object, at);
            if (tyk_text_is(key, name)) {
                return tyk_text_n(object.data + at, past - at);
            }
            at = tyk_json_space(object, past);
            at = tyk_json_space(object, at + (at < object.size && object.data[at] == ','));
        }
    }
    return tyk_text_n(NULL, 0);
}

/* The four digits of \uXXXX at this place, or -1. */
static inline int32_t tyk_json_unit(tyk_text json, size_t at)
{
    int32_t unit = 0;
    size_t end = at + 6;
    if (end > json.size || json.data[at] != '\\' || json.data[at + 1] != 'u') {
        return -1;
    }
    for (at += 2; at < end; at++) {
        int digit = tyk_hex_digit(json.data[at]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static inline size_t tyk_json_utf8(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xC0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xE0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3F));
        to[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 0x3F));
    to[2] = (char)(0x80 | (point >> 6 & 0x3F));
    to[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

/* What the JSON of a string says, in UTF-8; `data` is NULL when it is not a string. */
static inline tyk_text tyk_json_string(tyk_call *call, tyk_text json)
{
    char *to;
    size_t at, size = 0;
    if (json.size < 2 || json.data[0] != '"' || json.data[json.size - 1] != '"') {
        return tyk_text_n(NULL, 0);
    }
    json = tyk_text_n(json.data + 1, json.size - 2);
    to = (char *)tyk_alloc(call, json.size + 1);
    for (at = 0; to && at < json.size; at++) {
        int32_t unit = tyk_json_unit(json, at), low = -1;
        if (unit >= 0) {
            at += 5;
            if (unit >= 0xD800 && unit < 0xDC00) {
                low = tyk_json_unit(json, at + 1);
            }
            if (low >= 0xDC00 && low < 0xE000) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                at += 6;
            }
            size += tyk_json_utf8((uint32_t)unit, to + size);
        } else if (json.data[at] == '\\' && at + 1 < json.size) {
            static const char said[] = "bfnrt", meant[] = "\b\f\n\r\t";
            char character = json.data[++at];
            const char *found = (const char *)memchr(said, character, sizeof said - 1);
            to[size++] = found ? meant[found - said] : character;
        } else {
            to[size++] = json.data[at];
        }
    }
    return tyk_text_n(to, to ? size : 0);
}

/* The JSON of a string, quotes included; NULL when there is no memory left. */
static inline char *tyk_json_quote(tyk_call *call, tyk_text text)
{
    char *quoted = text.size < SIZE_MAX / 6 - 1 ? (char *)tyk_alloc(call, text.size * 6 + 3) : NULL;
    char *to = quoted;
    size_t at;
    if (!quoted) {
        call->failure = TYK_E_MEMORY;
        return NULL;
    }
    *to++ = '"';
    for (at = 0; at < text.size; at++) {
        unsigned char character = (unsigned char)text.data[at];
        if (character < 0x20) {
            to += snprintf(to, 7, "\\u%04x", character);
        } else {
            if (character == '"' || character == '\\') {
                *to++ = '\\';
            }
            *to++ = (char)character;
        }
    }
    *to++ = '"';
    *to = 0;
    return quoted;
}

#endif
