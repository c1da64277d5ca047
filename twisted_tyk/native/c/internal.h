/* What the parts of the host know of each other. */
#ifndef TYK_INTERNAL_H
#define TYK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "native.h"

#define RESULT_CAPACITY 65536

/* Something to tell, or a call on its way there; in one list at a time. */
typedef struct message {
    struct message *next;
    native_record record;
    uint8_t *data;   /* the record's bytes */
    bool allocated;  /* data is memory of its own */
    uint32_t function;
    uint64_t frame_size;
    uint8_t room[] __attribute__((aligned(16))); /* a frame, and what replaces it */
} message;

typedef struct {
    message *first;
    message **last;
} message_list;

/* A thread of a plugin's that waits for the answer of a service. */
typedef struct waiter {
    struct waiter *next;
    uint64_t id;
    bool over;
    int32_t status;
    uint8_t *data;
    uint64_t size;
    pthread_cond_t answered;
} waiter;

struct native_host {
    pthread_mutex_t lock; /* for all up to the next comment; taken last */
    message_list messages;
    waiter *waiters;
    uint64_t waits;
    uint64_t batch; /* grows with each drain */
    uint32_t references;
    bool closed;
    /* never changes */
    uint32_t generation;
    int wake;
    /* the reactor thread's */
    message_list rest;
    message *lent;
    native_record *records;
    uint8_t *bytes;
};

/* INLINE_LINES are counted for a call, the others for the time between two drains. */
enum { LINES, METRICS, INLINE_LINES, TOLD };

typedef struct worker {
    struct worker *next;
    native_library *library;
    pthread_t thread;
    uint8_t buffer[RESULT_CAPACITY] __attribute__((aligned(16)));
} worker;

struct native_library {
    /* never changes once it is loaded */
    native_host *host;
    uint64_t id;
    uint32_t most_threads;
    tyk_host table;
    void *handle;
    char *path;
    uint8_t *config;
    uint64_t config_size;
    uint32_t (*abi)(void);
    int32_t (*init)(const tyk_host *, const uint8_t *, uint64_t);
    const char *(*describe)(void);
    int32_t (*call)(uint32_t, const uint8_t *, uint64_t, tyk_result *);
    int32_t (*control)(uint32_t, const uint8_t *, uint64_t);
    void (*release)(void *);
    int32_t (*shutdown)(uint32_t);
    /* under the host's lock */
    bool answering; /* services are to be had: after init, before the end of shutdown */
    uint64_t batch; /* that `told` is counted for */
    uint32_t told[TOLD];
    uint64_t told_bytes[TOLD];
    uint64_t lost;
    bool loss_told;
    /* under its own lock, from here on */
    pthread_mutex_t lock;
    pthread_cond_t work;  /* a call is queued, or it closes */
    pthread_cond_t quiet; /* a thread has ended, or an errand */
    message_list queue;
    uint32_t queued;
    uint32_t idle;
    bool roused; /* a thread is on its way to the queue */
    atomic_uint running; /* needs no lock */
    uint32_t threads;
    worker *workers;
    bool closing;
    uint32_t grace;   /* milliseconds that calls and then the plugin have to end */
    uint32_t allowed; /* of them, what tyk_plugin_shutdown is told */
    bool unmapped;    /* no code of the plugin is left that could call the table */
    bool disposable;  /* and no thread of ours either */
    native_problem problem;
    /* the reactor thread's */
    uint8_t *inline_buffer;
    message_list said; /* in the last inline call */
    message ended; /* NATIVE_CLOSED; it needs no memory when the time comes */
};

/* fork.c */
uint32_t fork_generation(void);
bool forked(const native_host *host);

/* host.c */
void host_keep(native_host *host);
void host_let_go(native_host *host);

/* messages.c */
void list_clear(message_list *list);
void list_add(message_list *list, message *added);
message *list_take(message_list *list);
message *message_new(uint32_t kind, uint64_t id, uint64_t room);
void message_free(message *gone);
void post(native_host *host, message *posted);

/* table.c */
void table_fill(native_library *library);

/* services.c */
int32_t host_service(void *context, uint32_t service, const uint8_t *in, uint64_t in_size,
                     uint8_t **out, uint64_t *out_size);
void host_release(void *context, uint8_t *out);

/* run.c */
#define HERE_NOTHING 0
#define HERE_CONTROL (UINT64_MAX - 1)
#define HERE_INLINE UINT64_MAX
/* What of a plugin this thread runs: the call of this id, an inline call, or something else in
   Python's thread. */
extern _Thread_local uint64_t here;
int32_t run(native_library *library, uint64_t call, uint32_t function, const uint8_t *frame,
            uint64_t size, uint8_t *buffer, tyk_result *result, double *seconds);

/* pool.c */
int start_thread(pthread_t *thread, void *(*body)(void *), void *argument);
void workers_join(native_library *library);
void queue_refuse(native_library *library);

/* errand.c */
enum { ERRAND_DONE, ERRAND_LATE, ERRAND_NOT_STARTED };
struct timespec later(uint32_t milliseconds);
uint32_t left_until(struct timespec deadline);
void condition_make(pthread_cond_t *condition);
int within(native_library *library, void (*errand)(native_library *), uint32_t milliseconds);

/* library.c */
void library_unmap(native_library *library);
void library_free(native_library *library);

/* closing.c */
void library_end(native_library *library, int32_t end);

#endif
