/* How a library ends: its calls, its plugin, its code; or it is left behind. */
#include <errno.h>

#include "internal.h"

/* For shutdown, when the calls have used up the time. */
#define LEAST_SHUTDOWN 100
/* Beyond what tyk_plugin_shutdown has been told. */
#define PATIENCE 1000

/* The library may be gone when this returns. */
void library_end(native_library *library, int32_t end)
{
    library->ended.record.number = end;
    post(library->host, &library->ended);
}

static void shut_down(native_library *library)
{
    /* A thread is gone only when what it keeps for itself is cleaned up, by the plugin's code. */
    workers_join(library);
    library->shutdown(library->allowed);
}

static void *end(void *argument)
{
    native_library *library = argument;
    native_host *host = library->host;
    struct timespec deadline = later(library->grace);
    pthread_mutex_lock(&library->lock);
    while (library->threads > 0 &&
           pthread_cond_timedwait(&library->quiet, &library->lock, &deadline) != ETIMEDOUT)
        continue;
    bool stuck = library->threads > 0;
    if (stuck)
        queue_refuse(library);
    pthread_mutex_unlock(&library->lock);
    if (stuck) {
        library_end(library, NATIVE_STUCK);
        return NULL;
    }
    uint32_t left = left_until(deadline);
    library->allowed = left > LEAST_SHUTDOWN ? left : LEAST_SHUTDOWN;
    if (within(library, shut_down, library->allowed + PATIENCE) != ERRAND_DONE) {
        library_end(library, NATIVE_NOT_SHUT_DOWN);
        return NULL;
    }
    pthread_mutex_lock(&host->lock);
    library->answering = false;
    pthread_mutex_unlock(&host->lock);
    /* In a thread of its own: the one that ran shutdown may have kept something, too. */
    if (within(library, library_unmap, PATIENCE) != ERRAND_DONE) {
        library_end(library, NATIVE_NOT_SHUT_DOWN);
        return NULL;
    }
    library->disposable = library->unmapped;
    library_end(library, NATIVE_UNLOADED);
    return NULL;
}

int32_t native_unload(native_library *library, uint32_t milliseconds)
{
    if (library == NULL || forked(library->host))
        return TYK_E_REFUSED;
    pthread_mutex_lock(&library->lock);
    library->closing = true;
    library->grace = milliseconds;
    pthread_cond_broadcast(&library->work);
    pthread_mutex_unlock(&library->lock);
    pthread_t thread;
    if (start_thread(&thread, end, library) == 0)
        pthread_detach(thread);
    else
        library_end(library, NATIVE_STUCK);
    return TYK_OK;
}
