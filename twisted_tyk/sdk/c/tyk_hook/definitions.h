/* The definitions that the gateway has announced, and the host: what is kept between calls. */
#ifndef TYK_HOOK_DEFINITIONS_H
#define TYK_HOOK_DEFINITIONS_H

#include <pthread.h>

#include "call.h"

/* One definition; a call that reads it holds on to it, whatever is announced meanwhile. */
struct tyk_definition {
    struct tyk_definition *next;
    unsigned holders;
    tyk_text key;
    tyk_text kind;
    tyk_text document;
};

/* All that a plugin keeps; TYK_PLUGIN makes the one there is. */
typedef struct tyk_kept {
    const tyk_host *host;
    pthread_mutex_t lock; /* of what follows */
    struct tyk_definition *definitions;
} tyk_kept;

#ifdef __cplusplus
extern "C" {
#endif
#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
extern tyk_kept tyk_hook_kept;
#ifdef __cplusplus
}
#endif

/* Under the lock. */
static inline struct tyk_definition **tyk_definition_place(tyk_text key)
{
    struct tyk_definition **place = &tyk_hook_kept.definitions;
    while (*place && ((*place)->key.size != key.size ||
                      (key.size && memcmp((*place)->key.data, key.data, key.size) != 0))) {
        place = &(*place)->next;
    }
    return place;
}

/* Under the lock. */
static inline void tyk_definition_let_go(struct tyk_definition *definition)
{
    if (--definition->holders == 0) {
        free(definition);
    }
}

/* The definition of this key, held; NULL when it was never announced. */
static inline struct tyk_definition *tyk_definition_hold(tyk_text key)
{
    struct tyk_definition *found;
    pthread_mutex_lock(&tyk_hook_kept.lock);
    found = *tyk_definition_place(key);
    if (found) {
        found->holders++;
    }
    pthread_mutex_unlock(&tyk_hook_kept.lock);
    return found;
}

/* Keep `definition`, if there is one, under `key`, and forget what was there. */
static inline void tyk_definition_put(tyk_text key, struct tyk_definition *definition)
{
    struct tyk_definition **place, *old;
    pthread_mutex_lock(&tyk_hook_kept.lock);
    place = tyk_definition_place(key);
    old = *place;
    if (old) {
        *place = old->next;
        tyk_definition_let_go(old);
    }
    if (definition) {
        definition->next = tyk_hook_kept.definitions;
        tyk_hook_kept.definitions = definition;
    }
    pthread_mutex_unlock(&tyk_hook_kept.lock);
}

static inline tyk_text tyk_definition_copy(char **to, tyk_text text)
{
    tyk_text copy = tyk_text_n(*to, text.size);
    if (text.size) {
        memcpy(*to, text.data, text.size);
    }
    *to += text.size;
    return copy;
}

static inline int32_t tyk_definition_announce(tyk_text key, tyk_text kind, tyk_text document)
{
    size_t size = sizeof(struct tyk_definition) + key.size + kind.size + document.size;
    struct tyk_definition *definition = (struct tyk_definition *)malloc(size);
    char *to;
    if (!definition) {
        return TYK_E_MEMORY;
    }
    to = (char *)(definition + 1);
    definition->holders = 1;
    definition->key = tyk_definition_copy(&to, key);
    definition->kind = tyk_definition_copy(&to, kind);
    definition->document = tyk_definition_copy(&to, document);
    tyk_definition_put(key, definition);
    return TYK_OK;
}

#endif
