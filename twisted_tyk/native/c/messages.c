/* What Python is to be told, in the order in which it came. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

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
