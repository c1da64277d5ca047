/*
 * What Python asks of the host of native plugins. The part between the marks
 * is also what cffi reads, so it has to stay within what that understands.
 *
 * Nothing here calls Python, and no thread but the caller's ever needs its
 * lock. All functions are called in one thread, the reactor's.
 */
#ifndef TYK_NATIVE_H
#define TYK_NATIVE_H

#include "tyk_plugin.h"

/* <interface> */

typedef struct native_host native_host;
typedef struct native_library native_library;

enum native_kind {
    NATIVE_DONE = 1,    /* a call: id, status, changes, seconds in value */
    NATIVE_LOG = 2,     /* id of the library, level; text up to split, then fields */
    NATIVE_METRIC = 3,  /* id of the library, kind of metric, name, value */
    NATIVE_SERVICE = 4, /* id to answer, number of the service, packed strings */
    NATIVE_LOST = 5,    /* id of the library: the log or the metrics were full */
    NATIVE_CLOSED = 6,  /* id of the library, enum native_end */
    NATIVE_SAID = 7     /* id of the call whose thread said it, else as NATIVE_LOG */
};

/* One thing to tell Python. */
typedef struct native_record {
    uint32_t kind;
    int32_t number;
    uint64_t id;
    uint64_t size;  /* of its bytes */
    uint64_t split;
    double value;
    uint64_t where; /* address of its bytes; 0: they come next in the batch */
} native_record;

/* How much one drain hands over at most. */
#define NATIVE_RECORDS 1024
#define NATIVE_BYTES 262144

/* Added to the status of an inline call in which lines were said. */
#define NATIVE_WITH_LINES 4096

enum native_end {
    NATIVE_UNLOADED = 0,
    NATIVE_STUCK = 1,         /* calls did not return; it stays loaded */
    NATIVE_NOT_SHUT_DOWN = 2, /* tyk_plugin_shutdown did not return; it stays loaded */
    NATIVE_NOT_LOADED = 3     /* it never was; load has said why */
};

enum native_step {
    NATIVE_MEMORY = 1, /* no memory or no thread */
    NATIVE_OPEN = 2,   /* dlopen; text says why */
    NATIVE_SYMBOL = 3, /* text is the name of a function it lacks */
    NATIVE_ABI = 4,    /* status is the version it was built for */
    NATIVE_INIT = 5,   /* status is what tyk_plugin_init has returned */
    NATIVE_TIME = 6,   /* loading and init did not end in time */
    NATIVE_FORKED = 7  /* the host belongs to the process that this one was forked from */
};

typedef struct native_problem {
    int32_t step;
    int32_t status;
    char text[1000];
} native_problem;

typedef struct native_outcome {
    const uint8_t *data; /* until the next call */
    uint64_t size;
    double seconds;
    int32_t owned; /* native_give_back has to follow */
} native_outcome;

typedef struct native_counts {
    uint32_t threads;
    uint32_t running;
    uint32_t queued;
    uint64_t lost; /* log lines and metrics */
} native_counts;

/* NULL with errno set when there is no memory or descriptor. */
native_host *native_open(void);
/* Readable when there is something to drain. */
int native_fileno(const native_host *host);
/* Where a drain puts its batch, NATIVE_RECORDS and NATIVE_BYTES long. */
const native_record *native_records(const native_host *host);
const uint8_t *native_bytes(const native_host *host);
/* How many records the batch has; -1 in a fork. */
int native_drain(native_host *host);
/* Frees the bytes that the last batch has lent by address; so does the next drain. */
void native_settle(native_host *host);
/* Makes the descriptor readable. */
void native_wake(native_host *host);
/* Answers a service. */
void native_answer(native_host *host, uint64_t id, int32_t status, const uint8_t *data,
                   uint64_t size);
/* Refuses services that wait, and frees the host once the last library lets go of it. */
void native_close(native_host *host);

/* `id` is for records. NULL with `problem` filled; then NATIVE_CLOSED follows, but not after
   NATIVE_MEMORY and NATIVE_FORKED. */
native_library *native_load(native_host *host, uint64_t id, const char *path,
                            const uint8_t *config, uint64_t size, uint32_t threads,
                            uint32_t milliseconds, native_problem *problem);
/* TYK_OK, TYK_E_MEMORY, or TYK_E_REFUSED in a fork; NATIVE_DONE follows after TYK_OK, once
   native_begin was called for this call and those before it. */
int32_t native_submit(native_library *library, uint64_t id, uint32_t function,
                      const uint8_t *frame, uint64_t size);
/* Has threads take up what was submitted. */
void native_begin(native_library *library);
/* Takes a call back that no thread has begun; it is told as refused. */
int native_withdraw(native_library *library, uint64_t id);
int32_t native_call(native_library *library, uint32_t function, const uint8_t *frame,
                    uint64_t size, native_outcome *outcome);
/* How many records the batch has, of lines said in the last inline call. Again until it is 0. */
int native_said(native_library *library);
void native_give_back(native_library *library, native_outcome *outcome);
int32_t native_control(native_library *library, uint32_t control, const uint8_t *in,
                       uint64_t size);
void native_count(native_library *library, native_counts *counts);
/* Ends in NATIVE_CLOSED; no other function may be given the library again, but native_count and
   native_withdraw until then. TYK_E_REFUSED in a fork, where nothing ends. */
int32_t native_unload(native_library *library, uint32_t milliseconds);

/* </interface> */

#endif
