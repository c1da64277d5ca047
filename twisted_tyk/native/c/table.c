/*
 * The functions that a plugin is given. They may be called in any thread, by
 * code that is wrong in every way, and never wait for Python's lock.
 */
#include <string.h>

#include "internal.h"

/* Of each library, between two drains or in one inline call. */
#define MOST_TOLD 1024
#define MOST_BYTES (1024 * 1024)

/* Whether there is room for so many bytes more; counts what is lost when not. */
static bool admit(native_library *library, int which, uint64_t size)
{
    native_host *host = library->host;
    bool tell_loss = false;
    pthread_mutex_lock(&host->lock);
    if (library->batch != host->batch) {
        library->batch = host->batch;
        memset(library->told, 0, sizeof library->told);
        memset(library->told_bytes, 0, sizeof library->told_bytes);
        library->loss_told = false;
    }
    bool fits = library->told[which] < MOST_TOLD &&
                size <= MOST_BYTES - library->told_bytes[which];
    if (fits) {
        library->told[which]++;
        library->told_bytes[which] += size;
    } else {
        library->lost++;
        tell_loss = !library->loss_told;
        library->loss_told = true;
    }
    pthread_mutex_unlock(&host->lock);
    if (tell_loss) {
        message *loss = message_new(NATIVE_LOST, library->id, 0);
        if (loss != NULL)
            post(host, loss);
    }
    return fits;
}

static void lose(native_library *library)
{
    pthread_mutex_lock(&library->host->lock);
    library->lost++;
    pthread_mutex_unlock(&library->host->lock);
}

static void host_log(void *context, int32_t level, const char *text, uint64_t text_size,
                     const char *fields, uint64_t fields_size)
{
    native_library *library = context;
    if (forked(library->host))
        return;
    if (text == NULL)
        text_size = 0;
    if (fields == NULL)
        fields_size = 0;
    if (text_size > MOST_BYTES || fields_size > MOST_BYTES) {
        lose(library);
        return;
    }
    bool in_call = here != HERE_NOTHING && here != HERE_CONTROL;
    bool in_inline_call = here == HERE_INLINE;
    if (!admit(library, in_inline_call ? INLINE_LINES : LINES, text_size + fields_size))
        return;
    message *line = message_new(in_call ? NATIVE_SAID : NATIVE_LOG, in_call ? here : library->id,
                                text_size + fields_size);
    if (line == NULL) {
        lose(library);
        return;
    }
    line->record.number = level < TYK_DEBUG ? TYK_DEBUG : level > TYK_SEVERE ? TYK_SEVERE : level;
    line->record.size = text_size + fields_size;
    line->record.split = text_size;
    if (text_size > 0)
        memcpy(line->data, text, text_size);
    if (fields_size > 0)
        memcpy(line->data + text_size, fields, fields_size);
    if (in_inline_call)
        list_add(&library->said, line);
    else
        post(library->host, line);
}

static void host_metric(void *context, int32_t kind, const char *name, uint64_t name_size,
                        double value)
{
    native_library *library = context;
    if (forked(library->host))
        return;
    if (name == NULL || name_size == 0 || name_size > MOST_BYTES || kind < TYK_COUNTER ||
        kind > TYK_TIMING) {
        lose(library);
        return;
    }
    if (!admit(library, METRICS, name_size))
        return;
    message *metric = message_new(NATIVE_METRIC, library->id, name_size);
    if (metric == NULL) {
        lose(library);
        return;
    }
    metric->record.number = kind;
    metric->record.size = name_size;
    metric->record.value = value;
    memcpy(metric->data, name, name_size);
    post(library->host, metric);
}

void table_fill(native_library *library)
{
    library->table = (tyk_host){
        .size = sizeof(tyk_host),
        .abi_major = TYK_ABI_MAJOR,
        .abi_minor = TYK_ABI_MINOR,
        .context = library,
        .log = host_log,
        .metric = host_metric,
        .service = host_service,
        .release = host_release,
    };
}
