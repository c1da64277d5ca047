/*
 * The host's list of what Python is to be told, and how it gets there: a
 * batch at a time, small bytes packed behind each other, large ones lent.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"

/* Python reads records with a format of its own. */
_Static_assert(sizeof(native_record) == 48, "native_record has changed");

void list_clear(message_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

void list_add(message_list *list, message *added)
{
    added->next = NULL;
    *list->last = added;
    list->last = &added->next;
}

message *list_take(message_list *list)
{
    message *taken = list->first;
    if (taken != NULL) {
        list->first = taken->next;
        if (list->first == NULL)
            list->last = &list->first;
    }
    return taken;
}

message *message_new(uint32_t kind, uint64_t id, uint64_t room)
{
    if (room > SIZE_MAX - sizeof(message))
        return NULL;
    message *made = malloc(sizeof(message) + room);
    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof(message));
    made->record.kind = kind;
    made->record.id = id;
    made->data = made->room;
    return made;
}

void message_free(message *gone)
{
    if (gone->record.kind == NATIVE_CLOSED) {
        /* It is a part of its library, which nobody but the plugin may still know. */
        native_library *library =
            (native_library *)((char *)gone - offsetof(native_library, ended));
        if (library->disposable)
            library_free(library);
        return;
    }
    if (gone->allocated)
        free(gone->data);
    free(gone);
}

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

void post(native_host *host, message *posted)
{
    pthread_mutex_lock(&host->lock);
    bool first = host->messages.first == NULL;
    bool closed = host->closed;
    if (!closed)
        list_add(&host->messages, posted);
    pthread_mutex_unlock(&host->lock);
    if (closed)
        message_free(posted);
    else if (first)
        native_wake(host);
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
    int count = 0;
    uint64_t used = 0;
    for (message *next; count < NATIVE_RECORDS && (next = list_take(&host->rest)); count++) {
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
    if (host->rest.first != NULL)
        native_wake(host);
    return count;
}

void native_settle(native_host *host)
{
    while (host->lent != NULL) {
        message *gone = host->lent;
        host->lent = gone->next;
        message_free(gone);
    }
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
