/* The frame of a call: checked once, then read without more checks. */
#ifndef TYK_HOOK_FRAME_H
#define TYK_HOOK_FRAME_H

#include "../tyk_plugin.h"
#include "text.h"

typedef struct tyk_field {
    tyk_text name;
    tyk_text value;
} tyk_field;

/* Goes through fields; see tyk_next. */
typedef struct tyk_cursor {
    const uint8_t *lengths;
    const char *bytes;
    uint32_t left;
} tyk_cursor;

typedef struct tyk_view {
    tyk_frame head;
    tyk_text parts[TYK_SLICES];
    tyk_cursor fields;
    tyk_cursor response_fields;
    tyk_cursor reply_fields;
} tyk_view;

/* Numbers stand where they stand: nothing says that a frame is aligned. */
static inline uint32_t tyk_u32(const void *from)
{
    uint32_t number;
    memcpy(&number, from, sizeof number);
    return number;
}

/* Go past some fields; `total` gets the bytes they have. */
static inline tyk_cursor tyk_view_fields(const uint8_t **lengths, uint64_t *total, uint32_t count)
{
    tyk_cursor cursor;
    uint64_t number;
    cursor.lengths = *lengths;
    cursor.bytes = NULL;
    cursor.left = count;
    for (number = 0; number < (uint64_t)count * 2; number++) {
        *total += tyk_u32(*lengths);
        *lengths += 4;
    }
    return cursor;
}

/* Says what is wrong with a frame, or returns NULL. */
static inline const char *tyk_view_open(tyk_view *view, const uint8_t *frame, uint64_t size)
{
    const uint8_t *lengths;
    const char *bytes;
    uint64_t table, at, total = 0, ends[3];
    uint32_t number;

    if (!frame || size < sizeof view->head) {
        return "the frame is shorter than its head";
    }
    memcpy(&view->head, frame, sizeof view->head);
    if (view->head.magic != TYK_FRAME_MAGIC) {
        return "the frame does not begin with TYR1";
    }
    if (view->head.size != size) {
        return "the frame says another size than it has";
    }
    table = (uint64_t)view->head.fields + view->head.response_fields + view->head.reply_fields;
    table = 4 * (view->head.slices + 2 * table);
    if (table > size - sizeof view->head) {
        return "the frame is shorter than its table of lengths";
    }
    lengths = frame + sizeof view->head;
    bytes = (const char *)lengths + table;
    for (number = 0; number < view->head.slices; number++, lengths += 4) {
        total += tyk_u32(lengths);
    }
    ends[0] = total;
    view->fields = tyk_view_fields(&lengths, &total, view->head.fields);
    ends[1] = total;
    view->response_fields = tyk_view_fields(&lengths, &total, view->head.response_fields);
    ends[2] = total;
    view->reply_fields = tyk_view_fields(&lengths, &total, view->head.reply_fields);
    if (total != size - sizeof view->head - table) {
        return "the frame has other bytes than its lengths say";
    }
    view->fields.bytes = bytes + ends[0];
    view->response_fields.bytes = bytes + ends[1];
    view->reply_fields.bytes = bytes + ends[2];
    lengths = frame + sizeof view->head;
    for (number = 0, at = 0; number < TYK_SLICES; number++) {
        uint32_t length = number < view->head.slices ? tyk_u32(lengths + 4 * number) : 0;
        view->parts[number] = length ? tyk_text_n(bytes + at, length) : tyk_text_n("", 0);
        at += length;
    }
    return NULL;
}

/* The next field; 0 when there is none. */
static inline int tyk_next(tyk_cursor *cursor, tyk_field *field)
{
    if (cursor->left == 0) {
        return 0;
    }
    field->name = tyk_text_n(cursor->bytes, tyk_u32(cursor->lengths));
    field->value = tyk_text_n(cursor->bytes + field->name.size, tyk_u32(cursor->lengths + 4));
    cursor->bytes += field->name.size + field->value.size;
    cursor->lengths += 8;
    cursor->left--;
    return 1;
}

/* The next value of this name; 0 when there is none. */
static inline int tyk_next_of(tyk_cursor *cursor, const char *name, tyk_text *value)
{
    tyk_text wanted = tyk_text_of(name);
    tyk_field field;
    while (tyk_next(cursor, &field)) {
        if (tyk_same_name(field.name, wanted)) {
            *value = field.value;
            return 1;
        }
    }
    return 0;
}

#endif
