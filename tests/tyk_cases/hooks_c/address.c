#include <arpa/inet.h>

#include "hooks.h"

static long depth; /* of the settings */

int32_t address_begin(tyk_text config)
{
    tyk_text found = tyk_json_get(tyk_json_get(config, "settings"), "xff_depth");
    char digits[16];
    if (!found.data) {
        return TYK_E_INIT;
    }
    snprintf(digits, sizeof digits, "%.*s", TYK_ARG(found));
    depth = strtol(digits, NULL, 10);
    return TYK_OK;
}

static int is_address(const char *text)
{
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* The address at a place of a list, counted from 0; NULL when the list is shorter. */
static char *at_place(tyk_call *call, tyk_text list, long place)
{
    size_t end = tyk_text_find(list, ',');
    while (place-- > 0) {
        if (end == list.size) {
            return NULL;
        }
        list = tyk_text_n(list.data + end + 1, list.size - end - 1);
        end = tyk_text_find(list, ',');
    }
    while (end && list.data[0] == ' ') {
        list = tyk_text_n(list.data + 1, list.size - 1);
        end--;
    }
    return tyk_string(call, tyk_text_n(list.data, end));
}

/* Tells the client who it is. */
int32_t client_ip(tyk_call *call)
{
    const char *address = tyk_string(call, tyk_header(call, "X-Real-IP"));
    tyk_text hops = tyk_header(call, "X-Forwarded-For");
    long count = 1;
    size_t at;
    if (address && is_address(address)) {
        return tyk_reply_text(call, address);
    }
    if (!hops.size) {
        return tyk_reply_text(call, tyk_string(call, tyk_peer(call)));
    }
    for (at = 0; at < hops.size; at++) {
        count += hops.data[at] == ',';
    }
    address = depth > count ? "" : at_place(call, hops, depth ? count - depth : 0);
    return tyk_reply_text(call, address);
}
