/* A plugin whose functions see the records of requests. */
#include <tyk_hook.h>

static int32_t Mask(tyk_call *call)
{
    tyk_text record = tyk_record(call);
    char *echo = tyk_format(call, "{\"bytes\":%u}", (unsigned)record.size);
    tyk_log_json(call, TYK_INFO, "masked", echo);
    tyk_measure(call, TYK_COUNTER, "masked", 1.0);
    return tyk_set_record(call, "{\"api_key\":\"***\",\"tags\":[\"seen\"]}");
}

static int32_t Echo(tyk_call *call)
{
    return tyk_set_record(call, tyk_string(call, tyk_record(call)));
}

static int32_t Look(tyk_call *call)
{
    (void)call;
    return TYK_OK;
}

static int32_t Fail(tyk_call *call)
{
    tyk_set_record(call, "{\"alias\":\"not kept\"}");
    tyk_log(call, TYK_WARNING, "about to fail");
    return tyk_fail(call, "no room");
}

static int32_t Spoil(tyk_call *call)
{
    return tyk_set_record(call, "{\"alias\":7}");
}

static int32_t Meddle(tyk_call *call)
{
    return tyk_header_set(call, "X-Late", "1");
}

TYK_PLUGIN("records", "1.0.0",
           (Mask, analytics, inline),
           (Echo, analytics, any),
           (Look, analytics, any),
           (Fail, analytics, any),
           (Spoil, analytics, any),
           (Meddle, analytics, any));
