/* A plugin that does what the tests of the host ask it for. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tyk_plugin.h"

#ifndef ABI
#define ABI ((TYK_ABI_MAJOR << 16) | TYK_ABI_MINOR)
#endif

enum {
    NOTHING, ECHO, STATUS, LIE, WAIT, LET_GO, ASK, TELL, MEASURE, FREED, BLOCKED, THREAD, KEEP,
    TELL_APART, TELL_AFTER
};

static const tyk_host *host;
static char settings[200];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int open_gate, freed, cleaned;
static pthread_key_t key;
static pthread_t thread;
static int has_thread;

static void say(int32_t level, const char *text, const char *fields)
{
    host->log(host->context, level, text, strlen(text), fields, strlen(fields));
}

static int set(const char *word)
{
    return strstr(settings, word) != NULL;
}

static void never(void)
{
    for (;;)
        pause();
}

static void clean(void *kept)
{
    (void)kept;
    usleep(2000);
    pthread_mutex_lock(&lock);
    cleaned++;
    pthread_mutex_unlock(&lock);
}

/* Status and bytes of an answer as the changes of a call. */
static void give(tyk_result *result, const void *bytes, uint64_t size)
{
    if (size > result->capacity) {
        result->data = malloc(size);
        result->flags = TYK_OWNED;
    }
    if (size > 0)
        memcpy(result->data, bytes, size);
    result->size = size;
}

static int32_t ask(const uint8_t *frame, uint64_t size, tyk_result *result)
{
    uint8_t *answer;
    uint64_t length;
    int32_t status = host->service(host->context, frame[0], frame + 1, size - 1, &answer, &length);
    give(result, answer, length);
    host->release(host->context, answer);
    return status;
}

static void *in_the_background(void *nothing)
{
    uint8_t *answer;
    uint64_t length;
    char text[100];
    (void)nothing;
    say(TYK_INFO, "begun", "{\"a\": 1}");
    int32_t status =
        host->service(host->context, TYK_STORE_GET, (const uint8_t *)"key", 3, &answer, &length);
    snprintf(text, sizeof text, "%d %.*s", status, (int)length, (const char *)answer);
    host->release(host->context, answer);
    say(TYK_WARNING, text, "");
    host->metric(host->context, TYK_COUNTER, "asked", 5, 1.0);
    return NULL;
}

/* What TELL says, and where it is. */
typedef struct {
    int32_t number;
    uint64_t size;
    char text[];
} story;

static void *tell(void *argument)
{
    story *told = argument;
    if (told->number < 0) { /* after the call is over */
        pthread_mutex_lock(&lock);
        while (!open_gate)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    for (int32_t i = 0; i < abs(told->number); i++)
        host->log(host->context, TYK_INFO, told->text, told->size, NULL, 0);
    free(told);
    return NULL;
}

static story *story_of(const uint8_t *frame, uint64_t size)
{
    story *made = malloc(sizeof(story) + size);
    memcpy(&made->number, frame, sizeof made->number);
    made->size = size - 4;
    memcpy(made->text, frame + 4, size - 4);
    return made;
}

static int32_t lie(int which, tyk_result *result)
{
    static uint8_t elsewhere[8];
    switch (which) {
    case 0: /* more than the buffer holds */
        result->size = result->capacity + 1;
        break;
    case 1: /* far more, and a capacity to match */
        result->size = result->capacity = UINT64_MAX;
        break;
    case 2: /* memory of its own that is not there */
        result->data = NULL;
        result->flags = TYK_OWNED;
        result->size = 10;
        break;
    case 3: /* the host's memory as its own */
        result->flags = TYK_OWNED;
        result->size = 10;
        break;
    case 4: /* the middle of it */
        result->data += 100;
        result->flags = TYK_OWNED;
        result->size = 10;
        break;
    case 5: /* memory that is not handed over */
        result->data = elsewhere;
        result->size = sizeof elsewhere;
        break;
    case 6: /* its own, but larger than anything */
        result->data = malloc(8);
        result->flags = TYK_OWNED;
        result->size = UINT64_MAX;
        break;
    case 7: /* statuses that there are not */
        result->size = 1;
        return 1;
    case 8:
        result->data = malloc(8);
        result->flags = TYK_OWNED;
        result->size = 8;
        return -100;
    case 9: /* nothing, at an address that is none */
        result->data = (uint8_t *)16;
        return TYK_OK;
    case 10: /* memory of its own with nothing in it */
        result->data = malloc(8);
        result->flags = TYK_OWNED;
        return TYK_OK;
    }
    return TYK_OK;
}

uint32_t tyk_plugin_abi(void)
{
    return ABI;
}

int32_t tyk_plugin_init(const tyk_host *given, const uint8_t *config, uint64_t size)
{
    host = given;
    snprintf(settings, sizeof settings, "%.*s", (int)size, (const char *)config);
    if (set("never ready"))
        never();
    if (set("fail")) {
        say(TYK_SEVERE, "no database", "");
        return TYK_E_INIT;
    }
    if (set("ask early")) {
        uint8_t *answer;
        uint64_t length;
        char text[100];
        int32_t status = host->service(host->context, TYK_STORE_GET, config, 1, &answer, &length);
        snprintf(text, sizeof text, "asked early: %d", status);
        say(TYK_INFO, text, "");
    }
    pthread_key_create(&key, clean);
    return TYK_OK;
}

const char *tyk_plugin_describe(void)
{
    return "{}";
}

int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size, tyk_result *result)
{
    sigset_t blocked;
    uint8_t text[200];
    int32_t number;
    switch (function) {
    case NOTHING:
        return TYK_OK;
    case ECHO:
        give(result, frame, size);
        return TYK_OK;
    case STATUS:
        memcpy(&number, frame, sizeof number);
        return number;
    case LIE:
        return lie(frame[0], result);
    case WAIT:
        pthread_mutex_lock(&lock);
        while (!open_gate)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
        return TYK_OK;
    case LET_GO:
        pthread_mutex_lock(&lock);
        open_gate = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        return TYK_OK;
    case ASK:
        return ask(frame, size, result);
    case TELL:
        tell(story_of(frame, size));
        return TYK_OK;
    case MEASURE:
        for (int32_t kind = -1; kind < 4; kind++)
            host->metric(host->context, kind, "m", 1, kind + 0.5);
        host->metric(host->context, TYK_GAUGE, NULL, 0, 1);
        return TYK_OK;
    case FREED:
        memcpy(result->data, &freed, sizeof freed);
        result->size = sizeof freed;
        return TYK_OK;
    case BLOCKED:
        pthread_sigmask(SIG_SETMASK, NULL, &blocked);
        for (number = 0; number < 65; number++)
            text[number] = number > 0 && sigismember(&blocked, number) == 1;
        give(result, text, 65);
        return TYK_OK;
    case THREAD:
        has_thread = pthread_create(&thread, NULL, in_the_background, NULL) == 0;
        return TYK_OK;
    case TELL_APART:
        if (pthread_create(&thread, NULL, tell, story_of(frame, size)) == 0)
            pthread_join(thread, NULL);
        return TYK_OK;
    case TELL_AFTER:
        has_thread = pthread_create(&thread, NULL, tell, story_of(frame, size)) == 0;
        return TYK_OK;
    case KEEP:
        pthread_setspecific(key, settings);
        return TYK_OK;
    }
    return TYK_E_FUNCTION;
}

int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size)
{
    char text[300];
    snprintf(text, sizeof text, "control %u %u", control, (unsigned)size);
    host->log(host->context, 99, text, strlen(text), (const char *)in, size);
    return set("no definitions") ? TYK_E_FAILED : TYK_OK;
}

void tyk_plugin_free(void *data)
{
    if (set("ask when freed")) {
        uint8_t *answer;
        uint64_t length;
        host->service(host->context, TYK_STORE_GET, (const uint8_t *)"key", 3, &answer, &length);
        host->release(host->context, answer);
    }
    pthread_mutex_lock(&lock);
    freed++;
    pthread_mutex_unlock(&lock);
    free(data);
}

int32_t tyk_plugin_shutdown(uint32_t milliseconds)
{
    char text[100];
    if (set("never ends"))
        never();
    if (has_thread)
        pthread_join(thread, NULL);
    snprintf(text, sizeof text, "%d cleaned, %s", cleaned, milliseconds > 0 ? "time" : "no time");
    say(TYK_INFO, text, "");
    pthread_key_delete(key);
    return TYK_OK;
}
