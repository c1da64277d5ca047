/* The threads of a library, and the calls that wait for them. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Signals go to the reactor thread, except those that a thread brings on itself,
   and the two that runtimes of plugins send to their own threads. */
int start_thread(pthread_t *thread, void *(*body)(void *), void *argument)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGURG, SIGPROF};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int failure = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure == 0)
        pthread_setname_np(*thread, "tyk-plugin");
    return failure;
}

static void perform(native_library *library, message *job, uint8_t *buffer)
{
    tyk_result result;
    native_record *record = &job->record;
    record->number = run(library, record->id, job->function, job->room, job->frame_size, buffer,
                         &result, &record->value);
    record->size = result.size;
    if (result.size > 0) {
        if (result.size > job->frame_size) {
            uint8_t *memory = malloc(result.size);
            if (memory != NULL) {
                job->data = memory;
                job->allocated = true;
            } else {
                record->number = TYK_E_MEMORY;
                record->size = 0;
            }
        }
        if (record->size > 0)
            memcpy(job->data, result.data, record->size);
    }
    if (result.flags & TYK_OWNED)
        library->release(result.data);
}

static bool worker_add(native_library *library);

/* Whether `work` is to be signalled, once the lock is let go of. One thread at a time is on its
   way to the queue, and sees to the next one: a thread that is under way can then empty the queue
   of quick calls by itself, and slow calls still spread over all threads. */
static bool rouse(native_library *library)
{
    if (library->queued == 0 || library->roused)
        return false;
    if (library->idle > 0)
        return library->roused = true;
    if (library->threads < library->most_threads)
        worker_add(library);
    return false;
}

static void *work(void *argument)
{
    worker *self = argument;
    native_library *library = self->library;
    pthread_mutex_lock(&library->lock);
    library->roused = false;
    for (;;) {
        message *job = list_take(&library->queue);
        if (job == NULL) {
            if (library->closing)
                break;
            library->idle++;
            pthread_cond_wait(&library->work, &library->lock);
            library->idle--;
            library->roused = false;
            continue;
        }
        library->queued--;
        library->running++;
        bool signal = rouse(library);
        pthread_mutex_unlock(&library->lock);
        if (signal)
            pthread_cond_signal(&library->work);
        perform(library, job, self->buffer);
        library->running--; /* before anybody can know that the call is over */
        post(library->host, job);
        pthread_mutex_lock(&library->lock);
    }
    library->threads--;
    pthread_cond_broadcast(&library->quiet);
    pthread_mutex_unlock(&library->lock);
    return NULL;
}

static bool worker_add(native_library *library)
{
    worker *added = malloc(sizeof(worker));
    if (added == NULL)
        return false;
    added->library = library;
    if (start_thread(&added->thread, work, added) != 0) {
        free(added);
        return false;
    }
    added->next = library->workers;
    library->workers = added;
    library->threads++;
    library->roused = true;
    return true;
}

void workers_join(native_library *library)
{
    while (library->workers != NULL) {
        worker *gone = library->workers;
        library->workers = gone->next;
        pthread_join(gone->thread, NULL);
        free(gone);
    }
}

int32_t native_submit(native_library *library, uint64_t id, uint32_t function,
                      const uint8_t *frame, uint64_t size)
{
    if (library == NULL || forked(library->host))
        return TYK_E_REFUSED;
    message *job = message_new(NATIVE_DONE, id, size);
    if (job == NULL)
        return TYK_E_MEMORY;
    job->function = function;
    job->frame_size = size;
    memcpy(job->room, frame, size);
    pthread_mutex_lock(&library->lock);
    bool taken = library->threads > 0 || worker_add(library);
    if (taken) {
        list_add(&library->queue, job);
        library->queued++;
    }
    pthread_mutex_unlock(&library->lock);
    if (taken)
        return TYK_OK;
    message_free(job);
    return TYK_E_MEMORY;
}

void native_begin(native_library *library)
{
    if (library == NULL || forked(library->host))
        return;
    pthread_mutex_lock(&library->lock);
    bool signal = rouse(library);
    pthread_mutex_unlock(&library->lock);
    if (signal)
        pthread_cond_signal(&library->work);
}

int native_withdraw(native_library *library, uint64_t id)
{
    if (library == NULL || forked(library->host))
        return 0;
    message *found = NULL;
    message_list kept;
    list_clear(&kept);
    pthread_mutex_lock(&library->lock);
    for (message *next; (next = list_take(&library->queue));) {
        if (next->record.id == id)
            found = next;
        else
            list_add(&kept, next);
    }
    for (message *next; (next = list_take(&kept));)
        list_add(&library->queue, next);
    if (found != NULL)
        library->queued--;
    pthread_mutex_unlock(&library->lock);
    if (found == NULL)
        return 0;
    found->record.number = TYK_E_REFUSED;
    post(library->host, found);
    return 1;
}

void queue_refuse(native_library *library)
{
    for (message *next; (next = list_take(&library->queue));) {
        library->queued--;
        next->record.number = TYK_E_REFUSED;
        post(library->host, next);
    }
}

void native_count(native_library *library, native_counts *counts)
{
    *counts = (native_counts){0};
    if (library == NULL || forked(library->host))
        return;
    pthread_mutex_lock(&library->lock);
    counts->threads = library->threads;
    counts->running = library->running;
    counts->queued = library->queued;
    pthread_mutex_unlock(&library->lock);
    pthread_mutex_lock(&library->host->lock);
    counts->lost = library->lost;
    pthread_mutex_unlock(&library->host->lock);
}
