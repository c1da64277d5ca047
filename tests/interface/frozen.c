/* A plugin straight against tyk_plugin.h, whichever version of it lies beside it. */
#include "tyk_plugin.h"

#include <stdio.h>
#include <string.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#define MANIFEST                                                                                   \
    "{\"abi\": \"" TEXT(TYK_ABI_MAJOR) "." TEXT(TYK_ABI_MINOR) "\", \"language\": \"c\","          \
    " \"name\": \"frozen\", \"version\": \"1\", \"functions\": ["                                  \
    "{\"name\": \"tell\", \"needs\": [\"body\", \"session\", \"definition\", \"context\"]},"       \
    "{\"name\": \"change\"}, {\"name\": \"ask\"}, {\"name\": \"answer\", \"kind\": \"response\"}]}"

extern const char manifest[];
__attribute__((section(".tyk_manifest"), used)) const char manifest[] = MANIFEST;

static const tyk_host *host;
static uint32_t defined;

/* Changes, before they are put where they belong. */
typedef struct list {
    tyk_change changes[8];
    char bytes[2048];
    uint32_t count;
    uint32_t size;
} list;

static void put(list *made, uint32_t kind, uint32_t number, const char *key, const char *value)
{
    uint32_t key_size = (uint32_t)strlen(key), value_size = (uint32_t)strlen(value);
    tyk_change change = {kind, number, key_size, value_size};
    made->changes[made->count++] = change;
    memcpy(made->bytes + made->size, key, key_size);
    memcpy(made->bytes + made->size + key_size, value, value_size);
    made->size += key_size + value_size;
}

static int32_t give(const list *made, tyk_result *result)
{
    uint32_t table = made->count * (uint32_t)sizeof(tyk_change);
    tyk_changes head = {TYK_CHANGES_MAGIC, 0, made->count, 0};
    head.size = (uint32_t)sizeof head + table + made->size;
    if (head.size > result->capacity)
        return TYK_E_MEMORY;
    memcpy(result->data, &head, sizeof head);
    memcpy(result->data + sizeof head, made->changes, table);
    memcpy(result->data + sizeof head + table, made->bytes, made->size);
    result->size = head.size;
    return TYK_OK;
}

/* A slice as a text; fields are numbered on from the slices, name and value each. */
static void part(const uint8_t *frame, uint32_t wanted, char *into, size_t room)
{
    tyk_frame head;
    uint32_t lengths, length, place;
    memcpy(&head, frame, sizeof head);
    lengths = head.slices + 2 * (head.fields + head.response_fields + head.reply_fields);
    place = (uint32_t)sizeof head + 4 * lengths;
    into[0] = 0;
    for (uint32_t number = 0; number < lengths && number <= wanted; number++) {
        memcpy(&length, frame + sizeof head + 4 * number, 4);
        if (number == wanted)
            snprintf(into, room, "%.*s", (int)length, (const char *)frame + place);
        place += length;
    }
}

static void field(const uint8_t *frame, const char *name, char *into, size_t room)
{
    tyk_frame head;
    memcpy(&head, frame, sizeof head);
    for (uint32_t number = 0; number < head.fields; number++) {
        part(frame, head.slices + 2 * number, into, room);
        if (strcmp(into, name) == 0) {
            part(frame, head.slices + 2 * number + 1, into, room);
            return;
        }
    }
    into[0] = 0;
}

static int32_t tell(const uint8_t *frame, tyk_result *result)
{
    char method[16], target[128], body[256], api[128], value[64], text[1024];
    list made = {0};
    part(frame, TYK_METHOD, method, sizeof method);
    part(frame, TYK_TARGET, target, sizeof target);
    part(frame, TYK_BODY, body, sizeof body);
    part(frame, TYK_API, api, sizeof api);
    field(frame, "X-Value", value, sizeof value);
    snprintf(text, sizeof text, "%s %s %s %s %.4s %u", method, target, value, body, api, defined);
    put(&made, TYK_REPLY_HEADER_SET, 0, "X-From", "frozen");
    put(&made, TYK_REPLY_STATUS, 201, "", "");
    put(&made, TYK_REPLY_WRITE, 0, "", text);
    return give(&made, result);
}

static int32_t change(tyk_result *result)
{
    list made = {0};
    host->log(host->context, TYK_WARNING, "changed", 7, "{\"a\":1}", 7);
    host->metric(host->context, TYK_COUNTER, "changed", 7, 1.0);
    put(&made, TYK_HEADER_SET, 0, "X-Value", "set");
    put(&made, TYK_HEADER_DELETE, 0, "X-Secret", "");
    put(&made, TYK_SET_BODY, 0, "", "another body");
    return give(&made, result);
}

static int32_t packed(uint8_t *into, int count, const char *const *texts)
{
    uint32_t number = (uint32_t)count, place = 4 + 4 * number;
    memcpy(into, &number, 4);
    for (int index = 0; index < count; index++) {
        uint32_t length = (uint32_t)strlen(texts[index]);
        memcpy(into + 4 + 4 * index, &length, 4);
        memcpy(into + place, texts[index], length);
        place += length;
    }
    return (int32_t)place;
}

static int32_t ask(tyk_result *result)
{
    static const char *const pair[] = {"frozen-key", "kept", "60"};
    char value[128];
    uint8_t in[256], *out = NULL;
    uint64_t size = 0;
    list made = {0};
    int32_t status = host->service(host->context, TYK_STORE_SET, in,
                                   (uint64_t)packed(in, 3, pair), &out, &size);
    if (status == TYK_OK) {
        host->release(host->context, out);
        status = host->service(host->context, TYK_STORE_GET, in, (uint64_t)packed(in, 1, pair),
                               &out, &size);
    }
    snprintf(value, sizeof value, "%d", (int)status);
    if (status == TYK_OK) {
        snprintf(value, sizeof value, "%.*s", (int)(size - 8), (const char *)out + 8);
        host->release(host->context, out);
    }
    put(&made, TYK_HEADER_SET, 0, "X-Kept", value);
    return give(&made, result);
}

static int32_t answer(const uint8_t *frame, tyk_result *result)
{
    char text[128];
    tyk_frame head;
    list made = {0};
    memcpy(&head, frame, sizeof head);
    /* What this header knows of, beside what the host has. */
    snprintf(text, sizeof text, "%d.%d %u/%u %u/%u", host->abi_major, host->abi_minor, head.slices,
             (unsigned)TYK_SLICES, host->size, (unsigned)sizeof *host);
    put(&made, TYK_RESPONSE_HEADER_SET, 0, "X-Interface", text);
    snprintf(text, sizeof text, "%u", head.status);
    put(&made, TYK_RESPONSE_HEADER_ADD, 0, "X-Status", text);
    return give(&made, result);
}

TYK_EXPORT uint32_t tyk_plugin_abi(void)
{
    return (uint32_t)TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR;
}

TYK_EXPORT int32_t tyk_plugin_init(const tyk_host *given, const uint8_t *config, uint64_t size)
{
    host = given;
    return config && size && given->size >= sizeof *given ? TYK_OK : TYK_E_VERSION;
}

TYK_EXPORT const char *tyk_plugin_describe(void)
{
    return manifest;
}

TYK_EXPORT int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,
                                   tyk_result *result)
{
    if (size < sizeof(tyk_frame))
        return TYK_E_ARGUMENT;
    switch (function) {
    case 0: return tell(frame, result);
    case 1: return change(result);
    case 2: return ask(result);
    case 3: return answer(frame, result);
    default: return TYK_E_FUNCTION;
    }
}

TYK_EXPORT int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size)
{
    (void)in;
    (void)size;
    __atomic_add_fetch(&defined, control == TYK_DEFINE, __ATOMIC_SEQ_CST);
    return TYK_OK;
}

TYK_EXPORT void tyk_plugin_free(void *data)
{
    (void)data;
}

TYK_EXPORT int32_t tyk_plugin_shutdown(uint32_t milliseconds)
{
    (void)milliseconds;
    return TYK_OK;
}
