/* A plugin whose functions do what a plugin should not do. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tyk_plugin.h"

#define MANIFEST                                                                          \
    "{\"abi\": \"1.0\", \"language\": \"c\", \"name\": \"troubles\", \"functions\": ["     \
    "{\"name\": \"Echo\"}, {\"name\": \"Segfault\"}, {\"name\": \"Exit\"},"               \
    "{\"name\": \"Spin\"}, {\"name\": \"Allocate\"}, {\"name\": \"Abort\"},"              \
    "{\"name\": \"Print\"}, {\"name\": \"Garbage\"}, {\"name\": \"Sleep\"},"              \
    "{\"name\": \"Service\"}, {\"name\": \"Log\"}, {\"name\": \"CloseAll\"},"             \
    "{\"name\": \"Share\"}, {\"name\": \"Definitions\"}, {\"name\": \"Fork\"},"           \
    "{\"name\": \"Status\"}, {\"name\": \"Slow\"}, {\"name\": \"Lie\"},"              \
    "{\"name\": \"LogApart\"}, {\"name\": \"LogMany\"}]}"

__attribute__((section(".tyk_manifest"), used)) static const char manifest[] = MANIFEST;

static const tyk_host *host;
static char definitions[4096];

uint32_t tyk_plugin_abi(void) { return TYK_ABI_MAJOR << 16 | TYK_ABI_MINOR; }
const char *tyk_plugin_describe(void) { return manifest; }
void tyk_plugin_free(void *data) { free(data); }

int32_t tyk_plugin_shutdown(uint32_t milliseconds) {
    (void)milliseconds;
    host->log(host->context, TYK_INFO, "shut down", 9, "", 0);
    return TYK_OK;
}

int32_t tyk_plugin_init(const tyk_host *given, const uint8_t *config, uint64_t size) {
    host = given;
    if (memmem(config, size, "refuse", 6)) return TYK_E_INIT;
    if (memmem(config, size, "crash", 5)) abort();
    if (memmem(config, size, "hang", 4))
        for (;;) sleep(1);
    return TYK_OK;
}

int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size) {
    /* No lock: the tests announce one definition after another. */
    size_t at = strlen(definitions);
    snprintf(definitions + at, sizeof definitions - at, "%u:%.*s;", control,
             (int)(size - 4 - 4 * *(const uint32_t *)in),
             (const char *)in + 4 + 4 * *(const uint32_t *)in);
    return TYK_OK;
}

static int32_t give(tyk_result *result, const void *data, uint64_t size) {
    if (size > result->capacity) {
        result->data = malloc(size);
        if (!result->data) return TYK_E_MEMORY;
        result->flags = TYK_OWNED;
    }
    memcpy(result->data, data, size);
    result->size = size;
    return TYK_OK;
}

/* One change that is right, and then one that would be a header of the client's choice. */
static int32_t lie(tyk_result *result) {
    static const struct {
        tyk_changes head;
        tyk_change changes[2];
        char text[16];
    } lies = {{TYK_CHANGES_MAGIC, 64, 2, 0},
              {{TYK_HEADER_SET, 0, 6, 1}, {TYK_REPLY_HEADER_SET, 0, 4, 5}},
              "X-Half1A\r\nBevil"};
    return give(result, &lies, 64);
}

static void *log_apart(void *nothing) {
    host->log(host->context, TYK_WARNING, "apart", 5, "", 0);
    return nothing;
}

static int32_t service(const uint8_t *frame, uint64_t size, tyk_result *result) {
    uint8_t *out = NULL;
    uint64_t out_size = 0;
    int32_t status = host->service(host->context, TYK_STORE_GET, frame, size, &out, &out_size);
    if (out) {
        give(result, out, out_size);
        host->release(host->context, out);
    }
    return status;
}

int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,
                        tyk_result *result) {
    char number[16] = "";
    memcpy(number, frame, size < 15 ? size : 15);
    switch (function) {
    case 0:
        return give(result, frame, size);
    case 1:
        *(volatile int *)8 = 1;
        break;
    case 2:
        exit(3);
    case 3:
        for (volatile int go = 1; go;) {
        }
        break;
    case 4:
        for (;;) {
            char *more = malloc(1 << 20);
            if (!more) abort();
            memset(more, 1, 1 << 20);
        }
    case 5:
        abort();
    case 6:
        for (int line = 0; line < atoi(number); line++) {
            printf("out %d\n", line);
            fprintf(stderr, "error %d\n", line);
        }
        break;
    case 7:
        for (int fd = 3; fd < 64; fd++) {
            int kind = 0;
            socklen_t length = sizeof kind;
            if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &length) && kind == SOCK_SEQPACKET)
                send(fd, frame, size, 0);
        }
        break;
    case 8:
        usleep(1000 * atoi(number));
        break;
    case 9:
        return service(frame, size, result);
    case 10:
        host->log(host->context, TYK_WARNING, "a line", 6, "{\"n\":1}", 7);
        host->metric(host->context, TYK_TIMING, "lookup", 6, 0.25);
        break;
    case 11:
        for (int fd = 3; fd < 64; fd++) close(fd);
        usleep(60000000);
        break;
    case 12:
        for (;;) {
            char *more = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
            if (more == MAP_FAILED) usleep(100000);
            else memset(more, 1, 1 << 22);
        }
    case 13:
        return give(result, definitions, strlen(definitions));
    case 14:
        if (fork() == 0) {
            usleep(1000 * atoi(number));
            _exit(0);
        }
        _exit(0);
    case 15:
        return atoi(number);
    case 16:
        usleep(500000);
        break;
    case 17:
        return lie(result);
    case 18: {
        pthread_t thread;
        if (pthread_create(&thread, NULL, log_apart, NULL)) return TYK_E_MEMORY;
        pthread_join(thread, NULL);
        break;
    }
    case 19:
        for (int line = 0; line < atoi(number); line++) {
            char text[20];
            host->log(host->context, TYK_INFO, text, snprintf(text, 20, "%d", line), "", 0);
        }
        break;
    }
    return TYK_OK;
}
