/* Lines for the gateway's log, and numbers for its metrics. */
#ifndef TYK_HOOK_TELL_H
#define TYK_HOOK_TELL_H

#include "json.h"
#include "services.h"

/* A line; `fields` is a JSON object or empty. In a call it is told with the request; `call` is
   NULL in threads of the plugin's own. */
static inline int32_t tyk_log_json(tyk_call *call, enum tyk_level level, const char *line,
                                   const char *fields)
{
    const tyk_host *host = tyk_hook_kept.host;
    if (call) {
        return tyk_edit_of(call, TYK_LOG, (uint32_t)level, fields, line);
    }
    host->log(host->context, (int32_t)level, line, strlen(line), fields, strlen(fields));
    return TYK_OK;
}

static inline int32_t tyk_log(tyk_call *call, enum tyk_level level, const char *line)
{
    return tyk_log_json(call, level, line, "");
}

/* A line with fields, names and values in turn, NULL in the end:
       tyk_log_with(call, TYK_INFO, "refused", "user", name, "reason", "no key", NULL); */
#if defined(__GNUC__)
__attribute__((sentinel))
#endif
static inline int32_t tyk_log_with(tyk_call *call, enum tyk_level level, const char *line, ...)
{
    const char *name, *value;
    tyk_call scratch; /* for its memory, where there is no call */
    tyk_call *memory = call ? call : &scratch;
    char *fields;
    va_list arguments;
    int32_t status;
    memset(&scratch, 0, sizeof scratch);
    fields = tyk_format(memory, "{");
    va_start(arguments, line);
    while (fields && (name = va_arg(arguments, const char *)) != NULL &&
           (value = va_arg(arguments, const char *)) != NULL) {
        const char *before = fields[1] ? "," : "";
        char *key = tyk_json_quote(memory, tyk_text_of(name));
        char *said = tyk_json_quote(memory, tyk_text_of(value));
        fields = key && said ? tyk_format(memory, "%s%s%s:%s", fields, before, key, said) : NULL;
    }
    va_end(arguments);
    fields = fields ? tyk_format(memory, "%s}", fields) : NULL;
    status = fields ? tyk_log_json(call, level, line, fields) : TYK_E_MEMORY;
    tyk_free_held(&scratch);
    return status;
}

static inline int32_t tyk_measure(tyk_call *call, enum tyk_metric kind, const char *name,
                                  double value)
{
    const tyk_host *host = tyk_hook_kept.host;
    if (call) {
        return tyk_edit(call, TYK_METRIC, (uint32_t)kind, tyk_text_of(name),
                        tyk_text_n(&value, sizeof value));
    }
    host->metric(host->context, (int32_t)kind, name, strlen(name), value);
    return TYK_OK;
}

/* `call` is NULL in threads of the plugin's own, as above. */
static inline int32_t tyk_count(tyk_call *call, const char *name, double more)
{
    return tyk_measure(call, TYK_COUNTER, name, more);
}
static inline int32_t tyk_gauge(tyk_call *call, const char *name, double value)
{
    return tyk_measure(call, TYK_GAUGE, name, value);
}
static inline int32_t tyk_timing(tyk_call *call, const char *name, double seconds)
{
    return tyk_measure(call, TYK_TIMING, name, seconds);
}

#endif
