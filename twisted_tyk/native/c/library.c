/* Loading a plugin's file, and letting go of it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static void fail(native_library *library, int32_t step, int32_t status, const char *text)
{
    library->problem.step = step;
    library->problem.status = status;
    snprintf(library->problem.text, sizeof library->problem.text, "%s", text ? text : "");
}

static bool find(native_library *library, const char *name, void *function)
{
    void *found = dlsym(library->handle, name);
    if (found == NULL) {
        fail(library, NATIVE_SYMBOL, 0, name);
        return false;
    }
    /* A pointer to a function from one to data, the way POSIX has it. */
    *(void **)function = found;
    return true;
}

static void bring_up(native_library *library)
{
    library->handle = dlopen(library->path, RTLD_NOW | RTLD_LOCAL);
    if (library->handle == NULL) {
        fail(library, NATIVE_OPEN, 0, dlerror());
        return;
    }
    if (!(find(library, "tyk_plugin_abi", &library->abi) &&
          find(library, "tyk_plugin_init", &library->init) &&
          find(library, "tyk_plugin_describe", &library->describe) &&
          find(library, "tyk_plugin_call", &library->call) &&
          find(library, "tyk_plugin_control", &library->control) &&
          find(library, "tyk_plugin_free", &library->release) &&
          find(library, "tyk_plugin_shutdown", &library->shutdown)))
        return;
    uint32_t abi = library->abi();
    if (abi >> 16 != TYK_ABI_MAJOR || (abi & 0xffff) > TYK_ABI_MINOR) {
        fail(library, NATIVE_ABI, (int32_t)abi, NULL);
        return;
    }
    int32_t status = library->init(&library->table, library->config, library->config_size);
    if (status != TYK_OK)
        fail(library, NATIVE_INIT, status, NULL);
}

static native_library *library_new(native_host *host, uint64_t id, const char *path,
                                   const uint8_t *config, uint64_t size, uint32_t threads)
{
    native_library *library = calloc(1, sizeof(native_library));
    if (library == NULL)
        return NULL;
    library->path = strdup(path);
    library->config = malloc(size + 1);
    if (library->path == NULL || library->config == NULL) {
        free(library->path);
        free(library->config);
        free(library);
        return NULL;
    }
    memcpy(library->config, config, size);
    library->config[size] = 0;
    library->config_size = size;
    library->host = host;
    library->id = id;
    library->most_threads = threads > 0 ? threads : 1;
    library->ended.record.kind = NATIVE_CLOSED;
    library->ended.record.id = id;
    list_clear(&library->queue);
    list_clear(&library->said);
    pthread_mutex_init(&library->lock, NULL);
    condition_make(&library->work);
    condition_make(&library->quiet);
    table_fill(library);
    host_keep(host);
    return library;
}

void library_free(native_library *library)
{
    pthread_mutex_destroy(&library->lock);
    pthread_cond_destroy(&library->work);
    pthread_cond_destroy(&library->quiet);
    for (message *unheard; (unheard = list_take(&library->said));)
        message_free(unheard);
    free(library->inline_buffer);
    free(library->path);
    free(library->config);
    host_let_go(library->host);
    free(library);
}

/* Go's libraries, and some of C++, stay for ever: then the table has to stay as well. */
void library_unmap(native_library *library)
{
    void *still = NULL;
    if (library->handle != NULL) {
        dlclose(library->handle);
        still = dlopen(library->path, RTLD_LAZY | RTLD_NOLOAD);
    }
    if (still != NULL)
        dlclose(still);
    library->unmapped = still == NULL;
}

native_library *native_load(native_host *host, uint64_t id, const char *path,
                            const uint8_t *config, uint64_t size, uint32_t threads,
                            uint32_t milliseconds, native_problem *problem)
{
    memset(problem, 0, sizeof *problem);
    problem->step = NATIVE_FORKED;
    if (forked(host))
        return NULL;
    problem->step = NATIVE_MEMORY;
    native_library *library = library_new(host, id, path, config, size, threads);
    if (library == NULL)
        return NULL;
    int how = within(library, bring_up, milliseconds);
    if (how == ERRAND_NOT_STARTED) {
        library_free(library);
        return NULL;
    }
    if (how == ERRAND_LATE) {
        problem->step = NATIVE_TIME;
        library_end(library, NATIVE_NOT_LOADED);
        return NULL;
    }
    *problem = library->problem;
    if (problem->step != 0) {
        library_unmap(library);
        library->disposable = library->unmapped;
        library_end(library, NATIVE_NOT_LOADED);
        return NULL;
    }
    pthread_mutex_lock(&host->lock);
    library->answering = true;
    pthread_mutex_unlock(&host->lock);
    return library;
}
