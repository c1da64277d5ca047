/* Functions for the tests of the command: each does one thing, most of them wrong. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tyk_hook.h>
#include <unistd.h>

static int32_t AddHeader(tyk_call *call)
{
    tyk_log_with(call, TYK_INFO, "adding", "path", tyk_string(call, tyk_path(call)), NULL);
    return tyk_header_set(call, "X-Foo", "bar");
}

/* Tells what it was given. */
static int32_t Echo(tyk_call *call)
{
    tyk_text body = tyk_body(call);
    tyk_text session = tyk_session(call);
    tyk_reply_status(call, 403);
    tyk_reply_header_set(call, "X-Method", tyk_string(call, tyk_method(call)));
    tyk_reply_header_set(call, "X-Host", tyk_string(call, tyk_host_name(call)));
    tyk_reply_header_set(call, "X-Path", tyk_string(call, tyk_path(call)));
    tyk_reply_header_set(call, "X-Token", tyk_string(call, tyk_token(call)));
    tyk_reply_header_set(call, "X-Session", tyk_string(call, session));
    return tyk_reply_write(call, body.data, body.size);
}

static int32_t TellStatus(tyk_call *call)
{
    const char *status = tyk_format(call, "%u", tyk_response_status(call));
    return tyk_response_header_set(call, "X-Status", status);
}

static int32_t Segfault(tyk_call *call)
{
    (void)call;
    raise(SIGSEGV);
    return TYK_OK;
}

static int32_t Exit(tyk_call *call)
{
    (void)call;
    puts("about to leave");
    fflush(stdout);
    _exit(3);
}

static int32_t Hang(tyk_call *call)
{
    (void)call;
    while (getpid())
        pause();
    return TYK_OK;
}

static int32_t Fail(tyk_call *call)
{
    return tyk_fail(call, "no database");
}

/* A line break in a value would be a header of its own. */
static int32_t Inject(tyk_call *call)
{
    return tyk_header_set(call, "X-Foo", "a\r\nX-Bar: b");
}

static int32_t Definition(tyk_call *call)
{
    tyk_text kind = tyk_definition_kind(call);
    tyk_text text = tyk_definition(call);
    tyk_reply_write(call, kind.data, kind.size);
    return tyk_reply_write(call, text.data, text.size);
}

static int32_t Measure(tyk_call *call)
{
    tyk_measure(NULL, TYK_GAUGE, "alone", 2.5);
    return tyk_measure(call, TYK_COUNTER, "calls", 1);
}

static int32_t Count(tyk_call *call)
{
    tyk_text record = tyk_record(call);
    return tyk_set_record(call, record.size ? "{\"tags\":[\"seen\"]}" : "{}");
}

static int32_t Init(tyk_text config)
{
    tyk_log_json(NULL, TYK_INFO, "ready \"now\"", "{\"a\": 1}");
    return tyk_text_is(config, "{\"bad\": true}") ? TYK_E_FAILED : TYK_OK;
}

static void End(uint32_t milliseconds)
{
    (void)milliseconds;
}

TYK_PLUGIN_WITH("troubles", "1.2.3", Init, End,
                (AddHeader, request, inline),
                (Echo, request, pool, body, session),
                (TellStatus, response, any),
                (Segfault, request, any),
                (Exit, request, any),
                (Hang, request, any),
                (Fail, request, any),
                (Inject, request, any),
                (Definition, request, any, definition),
                (Measure, request, any),
                (Count, analytics, any));
