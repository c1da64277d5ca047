/* One call of a plugin's function, and what to make of what it gives back. */
#include <stdlib.h>

#include "internal.h"

_Thread_local uint64_t here = HERE_NOTHING;

static double seconds_between(struct timespec begin, struct timespec end)
{
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
}

/* Leaves `result` with bytes that are to be read, or with none at all. */
static int32_t judge(const native_library *library, tyk_result *result, int32_t status,
                     const uint8_t *buffer)
{
    bool owned = (result->flags & TYK_OWNED) != 0;
    bool ours = (uintptr_t)result->data - (uintptr_t)buffer < RESULT_CAPACITY;
    bool sane = status <= TYK_OK && status >= TYK_E_MEMORY && result->size <= UINT32_MAX;
    if (owned)
        sane = sane && result->data != NULL && !ours;
    else if (result->size > 0)
        sane = sane && result->data == buffer && result->size <= RESULT_CAPACITY;
    bool freeable = owned && result->data != NULL && !ours;
    if (freeable && (!sane || result->size == 0)) {
        library->release(result->data);
        freeable = false;
    }
    result->flags = freeable ? TYK_OWNED : 0;
    if (sane)
        return status;
    result->size = 0;
    return TYK_E_ARGUMENT;
}

int32_t run(native_library *library, uint64_t call, uint32_t function, const uint8_t *frame,
            uint64_t size, uint8_t *buffer, tyk_result *result, double *seconds)
{
    struct timespec begin, end;
    *result = (tyk_result){.data = buffer, .capacity = RESULT_CAPACITY};
    here = call;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int32_t status = library->call(function, frame, size, result);
    clock_gettime(CLOCK_MONOTONIC, &end);
    *seconds = seconds_between(begin, end);
    status = judge(library, result, status, buffer);
    here = HERE_NOTHING;
    return status;
}

int32_t native_call(native_library *library, uint32_t function, const uint8_t *frame,
                    uint64_t size, native_outcome *outcome)
{
    *outcome = (native_outcome){0};
    if (library == NULL || forked(library->host))
        return TYK_E_REFUSED;
    if (library->inline_buffer == NULL) {
        library->inline_buffer = malloc(RESULT_CAPACITY);
        if (library->inline_buffer == NULL)
            return TYK_E_MEMORY;
    }
    tyk_result result;
    int32_t status = run(library, HERE_INLINE, function, frame, size, library->inline_buffer,
                         &result, &outcome->seconds);
    outcome->data = result.data;
    outcome->size = result.size;
    outcome->owned = (result.flags & TYK_OWNED) != 0;
    return library->said.first == NULL ? status : status + NATIVE_WITH_LINES;
}

void native_give_back(native_library *library, native_outcome *outcome)
{
    here = HERE_CONTROL;
    if (outcome->owned)
        library->release((void *)outcome->data);
    here = HERE_NOTHING;
    *outcome = (native_outcome){0};
}

int32_t native_control(native_library *library, uint32_t control, const uint8_t *in, uint64_t size)
{
    if (library == NULL || forked(library->host))
        return TYK_E_REFUSED;
    here = HERE_CONTROL;
    int32_t status = library->control(control, in, size);
    here = HERE_NOTHING;
    return status;
}
