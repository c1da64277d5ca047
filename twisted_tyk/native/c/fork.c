/*
 * A child of fork() has one thread and the locks as they happened to be, so
 * nothing made before the fork is of any use in it. Every host remembers in
 * which generation of the process it was made.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "internal.h"

static atomic_uint generation;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void child(void)
{
    atomic_fetch_add(&generation, 1);
}

static void watch(void)
{
    pthread_atfork(NULL, NULL, child);
}

uint32_t fork_generation(void)
{
    pthread_once(&once, watch);
    return atomic_load(&generation);
}

bool forked(const native_host *host)
{
    return host->generation != atomic_load_explicit(&generation, memory_order_relaxed);
}
