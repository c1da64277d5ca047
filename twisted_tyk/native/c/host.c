/* The host from its beginning to its end. */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

native_host *native_open(void)
{
    native_host *host = calloc(1, sizeof(native_host));
    if (host == NULL)
        return NULL;
    host->records = malloc(NATIVE_RECORDS * sizeof(native_record));
    host->bytes = malloc(NATIVE_BYTES);
    host->wake = host->records && host->bytes ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (host->wake < 0) {
        int reason = errno;
        free(host->records);
        free(host->bytes);
        free(host);
        errno = reason;
        return NULL;
    }
    list_clear(&host->messages);
    list_clear(&host->rest);
    pthread_mutex_init(&host->lock, NULL);
    host->generation = fork_generation();
    host->references = 1;
    return host;
}

int native_fileno(const native_host *host)
{
    return host->wake;
}

const native_record *native_records(const native_host *host)
{
    return host->records;
}

const uint8_t *native_bytes(const native_host *host)
{
    return host->bytes;
}

void native_wake(native_host *host)
{
    uint64_t one = 1;
    /* It fails only when it is readable already. */
    (void)!write(host->wake, &one, sizeof one);
}

void host_keep(native_host *host)
{
    pthread_mutex_lock(&host->lock);
    host->references++;
    pthread_mutex_unlock(&host->lock);
}

void host_let_go(native_host *host)
{
    pthread_mutex_lock(&host->lock);
    bool last = --host->references == 0;
    pthread_mutex_unlock(&host->lock);
    if (!last)
        return;
    close(host->wake);
    pthread_mutex_destroy(&host->lock);
    free(host->records);
    free(host->bytes);
    free(host);
}

void native_close(native_host *host)
{
    if (forked(host))
        return;
    pthread_mutex_lock(&host->lock);
    host->closed = true;
    message_list unheard = host->messages;
    list_clear(&host->messages);
    for (waiter *next = host->waiters; next != NULL; next = next->next) {
        next->status = TYK_E_REFUSED;
        next->over = true;
        pthread_cond_signal(&next->answered);
    }
    host->waiters = NULL;
    pthread_mutex_unlock(&host->lock);
    native_settle(host);
    for (message *next = unheard.first, *after; next != NULL; next = after) {
        after = next->next;
        message_free(next);
    }
    for (message *next; (next = list_take(&host->rest));)
        message_free(next);
    host_let_go(host);
}
