/*
 * How what is told gets to Python: a batch at a time, small bytes packed
 * behind each other, large ones lent.
 */
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Python reads records with a format of its own. */
_Static_assert(sizeof(native_record) == 48, "native_record has changed");

/* As many as there is room for. */
static int hand_over(native_host *host, message_list *list)
{
    int count = 0;
    uint64_t used = 0;
    for (message *next; count < NATIVE_RECORDS && (next = list_take(list)); count++) {
        native_record *record = &host->records[count];
        *record = next->record;
        if (record->size <= NATIVE_BYTES - used) {
            if (record->size > 0)
                memcpy(host->bytes + used, next->data, record->size);
            used += record->size;
            message_free(next);
        } else {
            record->where = (uint64_t)(uintptr_t)next->data;
            next->next = host->lent;
            host->lent = next;
        }
    }
    return count;
}

int native_drain(native_host *host)
{
    if (forked(host))
        return -1;
    native_settle(host);
    if (host->rest.first == NULL) {
        uint64_t waiting;
        /* Before the list is taken, so that what comes after wakes again. */
        (void)!read(host->wake, &waiting, sizeof waiting);
        pthread_mutex_lock(&host->lock);
        host->batch++;
        if (host->messages.first != NULL) {
            host->rest = host->messages;
            list_clear(&host->messages);
        }
        pthread_mutex_unlock(&host->lock);
    }
    int count = hand_over(host, &host->rest);
    if (host->rest.first != NULL)
        native_wake(host);
    return count;
}

int native_said(native_library *library)
{
    native_host *host = library->host;
    native_settle(host);
    pthread_mutex_lock(&host->lock);
    library->told[INLINE_LINES] = 0;
    library->told_bytes[INLINE_LINES] = 0;
    pthread_mutex_unlock(&host->lock);
    return hand_over(host, &library->said);
}

void native_settle(native_host *host)
{
    while (host->lent != NULL) {
        message *gone = host->lent;
        host->lent = gone->next;
        message_free(gone);
    }
}
