/* Threads of plugins that wait for something only Python can give. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MOST_ASKED (64 * 1024 * 1024)

int32_t host_service(void *context, uint32_t service, const uint8_t *in, uint64_t in_size,
                            uint8_t **out, uint64_t *out_size)
{
    native_library *library = context;
    native_host *host = library->host;
    if (out == NULL || out_size == NULL || (in == NULL && in_size > 0) || in_size > MOST_ASKED)
        return TYK_E_ARGUMENT;
    *out = NULL;
    *out_size = 0;
    /* An answer could only come from the thread that would wait for it. */
    if (here >= HERE_CONTROL || forked(host))
        return TYK_E_REFUSED;
    message *request = message_new(NATIVE_SERVICE, 0, in_size);
    if (request == NULL)
        return TYK_E_MEMORY;
    request->record.number = (int32_t)service;
    request->record.size = in_size;
    if (in_size > 0)
        memcpy(request->data, in, in_size);

    waiter here = {.over = false};
    condition_make(&here.answered);
    pthread_mutex_lock(&host->lock);
    bool served = library->answering && !host->closed;
    if (served) {
        here.id = request->record.id = ++host->waits;
        here.next = host->waiters;
        host->waiters = &here;
        bool first = host->messages.first == NULL;
        list_add(&host->messages, request);
        if (first)
            native_wake(host);
        while (!here.over)
            pthread_cond_wait(&here.answered, &host->lock);
    }
    pthread_mutex_unlock(&host->lock);
    pthread_cond_destroy(&here.answered);
    if (!served) {
        message_free(request);
        return TYK_E_REFUSED;
    }
    *out = here.data;
    *out_size = here.size;
    return here.status;
}

void host_release(void *context, uint8_t *out)
{
    (void)context;
    free(out);
}

void native_answer(native_host *host, uint64_t id, int32_t status, const uint8_t *data,
                   uint64_t size)
{
    if (forked(host))
        return;
    uint8_t *copy = size > 0 ? malloc(size) : NULL;
    if (copy != NULL) {
        memcpy(copy, data, size);
    } else if (size > 0) {
        status = TYK_E_MEMORY;
        size = 0;
    }
    pthread_mutex_lock(&host->lock);
    waiter **link = &host->waiters;
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next;
    waiter *found = *link;
    if (found != NULL) {
        *link = found->next;
        found->status = status;
        found->data = copy;
        found->size = size;
        found->over = true;
        /* It may be gone as soon as the lock is free. */
        pthread_cond_signal(&found->answered);
    }
    pthread_mutex_unlock(&host->lock);
    if (found == NULL)
        free(copy);
}
