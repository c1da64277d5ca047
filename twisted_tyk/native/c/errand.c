/*
 * Code of a plugin's that could take for ever, run in a thread that can be
 * left behind: loading with its constructors, init, shutdown, unloading.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

typedef struct {
    native_library *library;
    void (*body)(native_library *);
    bool over;
    bool left_behind;
} errand;

struct timespec later(uint32_t milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

uint32_t left_until(struct timespec deadline)
{
    struct timespec now = later(0);
    int64_t left = ((int64_t)deadline.tv_sec - now.tv_sec) * 1000 +
                   (deadline.tv_nsec - now.tv_nsec) / 1000000;
    return left > 0 ? (uint32_t)left : 0;
}

void condition_make(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void *go(void *argument)
{
    errand *self = argument;
    native_library *library = self->library;
    self->body(library);
    pthread_mutex_lock(&library->lock);
    self->over = true;
    if (self->left_behind)
        free(self);
    else
        pthread_cond_broadcast(&library->quiet);
    pthread_mutex_unlock(&library->lock);
    return NULL;
}

int within(native_library *library, void (*body)(native_library *), uint32_t milliseconds)
{
    pthread_t thread;
    errand *started = calloc(1, sizeof(errand));
    if (started == NULL)
        return ERRAND_NOT_STARTED;
    started->library = library;
    started->body = body;
    struct timespec deadline = later(milliseconds);
    if (start_thread(&thread, go, started) != 0) {
        free(started);
        return ERRAND_NOT_STARTED;
    }
    pthread_mutex_lock(&library->lock);
    while (!started->over &&
           pthread_cond_timedwait(&library->quiet, &library->lock, &deadline) != ETIMEDOUT)
        continue;
    bool over = started->over;
    started->left_behind = !over;
    pthread_mutex_unlock(&library->lock);
    if (!over) {
        pthread_detach(thread);
        return ERRAND_LATE;
    }
    pthread_join(thread, NULL);
    free(started);
    return ERRAND_DONE;
}
