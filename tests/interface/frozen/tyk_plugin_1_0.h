/*
 * The binary interface between the gateway and a plugin: a shared library.
 *
 * Only C types cross it, memory is freed by the side that allocated it, and
 * every number is in the byte order of the machine. A plugin exports the
 * seven functions at the end and a manifest; the gateway hands it a table of
 * functions and then a frame for each call.
 *
 * Versions. A gateway loads plugins of its own major version and of any minor
 * version up to its own. A minor version only appends: slices, changes, flags,
 * members at the end of structures. Who meets something newer than itself in
 * a frame passes over it; `slices` and `size` say how much there is.
 */
#ifndef TYK_PLUGIN_H
#define TYK_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What stands between the two marks is read by the gateway as well. */
/* <interface> */

#define TYK_ABI_MAJOR 1
#define TYK_ABI_MINOR 0

/* What every function of this interface returns. */
enum tyk_status {
    TYK_OK = 0,
    TYK_E_ARGUMENT = -1, /* a frame or an argument that cannot be right */
    TYK_E_VERSION = -2,  /* the other side is too old or too new */
    TYK_E_PANIC = -3,    /* the code panicked, threw or raised; it was contained */
    TYK_E_INIT = -4,     /* it could not be made ready */
    TYK_E_FUNCTION = -5, /* there is no function of this number */
    TYK_E_MISSING = -6,  /* the store has no such key */
    TYK_E_EXISTS = -7,   /* the store has the key already */
    TYK_E_REFUSED = -8,  /* a service that cannot be had here, such as in an inline call */
    TYK_E_FAILED = -9,   /* the function says that it failed */
    TYK_E_MEMORY = -10   /* there was no memory */
};

/*
 * A request, or a response with its request: a head, the lengths of all
 * slices and fields as uint32_t, and then their bytes, one after another in
 * the same order, nothing between them. Lengths come in this order:
 *
 *     slices             one length each, numbered as in enum tyk_slice
 *     fields             two lengths each, name and value: the request's
 *     response_fields    the same: the upstream's response's, on the way back
 *     reply_fields       the same: what hooks have added to the client's response
 *
 * A slice whose number is not below `slices` is empty. The frame is lent for
 * the call.
 */
#define TYK_FRAME_MAGIC 0x31525954 /* "TYR1" */

typedef struct tyk_frame {
    uint32_t magic;
    uint32_t size;   /* of the whole frame in bytes, this head included */
    uint32_t flags;  /* enum tyk_flag */
    uint32_t status; /* of the upstream's response; 0 on the way in */
    uint32_t port;   /* of the client */
    uint32_t slices;
    uint32_t fields;
    uint32_t response_fields;
    uint32_t reply_fields;
    uint32_t reserved;
} tyk_frame;

enum tyk_flag {
    TYK_FLAG_SECURE = 1,  /* it came over TLS */
    TYK_FLAG_SESSION = 2, /* there is a session */
    TYK_FLAG_RECORD = 4   /* a record for an analytics function, not a request */
};

enum tyk_slice {
    TYK_METHOD = 0,
    TYK_TARGET = 1,     /* path and query, as steps and hooks have left them */
    TYK_HOST = 2,       /* the Host field; it is not among the fields */
    TYK_PEER = 3,       /* the client's address without its port */
    TYK_BODY = 4,       /* need "body": the request's, on the way back the response's */
    TYK_TOKEN = 5,      /* need "session": the key that the client presented */
    TYK_SESSION = 6,    /* need "session": JSON with Tyk's names */
    TYK_API = 7,        /* need "definition": the key the definition was announced by */
    TYK_DEFINITION = 8, /* need "definition": JSON a hook has set for this request, else empty */
    TYK_CONTEXT = 9,    /* need "context": JSON object of what hooks have left for each other */
    TYK_REWRITE = 10,   /* need "context": the URL the upstream is to be asked for, if one is set */
    TYK_TLS = 11,       /* need "tls": JSON of server_name, version, cipher_suite, and
                           peer_certificates as base64 of DER */
    TYK_RECORD = 12,    /* JSON of the record, for an analytics function */
    TYK_SLICES = 13     /* how many this version has */
};

/*
 * What a function wants changed: a head, `count` changes, and then the bytes
 * of their keys and values, one after another in the same order. The gateway
 * checks all of it before it carries out any of it, in the order given. No
 * bytes at all mean no change.
 */
#define TYK_CHANGES_MAGIC 0x31435954 /* "TYC1" */

typedef struct tyk_changes {
    uint32_t magic;
    uint32_t size; /* of all, this head included */
    uint32_t count;
    uint32_t reserved;
} tyk_changes;

typedef struct tyk_change {
    uint32_t kind;   /* enum tyk_change_kind */
    uint32_t number;
    uint32_t key;    /* bytes of the key */
    uint32_t value;  /* bytes of the value */
} tyk_change;

enum tyk_change_kind {
    /* the request: key is the name of a field, value what the rest says */
    TYK_HEADER_SET = 1,    /* the only value of that name */
    TYK_HEADER_ADD = 2,
    TYK_HEADER_DELETE = 3,
    TYK_SET_METHOD = 4,
    TYK_SET_TARGET = 5,    /* path and query */
    TYK_SET_HOST = 6,
    TYK_SET_BODY = 7,
    TYK_SET_REWRITE = 8,   /* URL for the upstream; empty takes it back */

    /* an answer to the client: a status or bytes end the request here */
    TYK_REPLY_STATUS = 16, /* number; the first counts */
    TYK_REPLY_WRITE = 17,  /* added to the body; the status is 200 when none was given */
    TYK_REPLY_HEADER_SET = 18,
    TYK_REPLY_HEADER_ADD = 19,
    TYK_REPLY_HEADER_DELETE = 20,

    /* the upstream's response, on the way back */
    TYK_RESPONSE_STATUS = 32, /* number */
    TYK_RESPONSE_HEADER_SET = 33,
    TYK_RESPONSE_HEADER_ADD = 34,
    TYK_RESPONSE_HEADER_DELETE = 35,
    TYK_RESPONSE_BODY = 36,

    /* what later steps and hooks find */
    TYK_SET_SESSION = 48,    /* key: its key id, may be empty; value: JSON;
                                number 1: store it too */
    TYK_SET_DEFINITION = 49, /* JSON, for later hooks of this request */
    TYK_SET_CONTEXT = 50,    /* key: a name; value: JSON, empty takes it away */
    TYK_SET_RECORD = 51,     /* JSON: the record as an analytics function left it */

    /* what is told */
    TYK_LOG = 64,    /* number: enum tyk_level; key: JSON object of fields or empty; value: text */
    TYK_METRIC = 65, /* number: enum tyk_metric; key: name; value: a double, eight bytes */
    TYK_ERROR = 66   /* key: what is wrong; value: stack or empty; only when the call fails,
                        and all other changes but TYK_LOG are then passed over */
};

enum tyk_level {
    TYK_DEBUG = 0,
    TYK_INFO = 1,
    TYK_WARNING = 2,
    TYK_SEVERE = 3 /* an error */
};

enum tyk_metric {
    TYK_COUNTER = 0, /* value: added */
    TYK_GAUGE = 1,   /* value: how it stands */
    TYK_TIMING = 2   /* value: seconds */
};

/*
 * Where changes are put. `data` and `capacity` are a buffer of the host's.
 * A plugin whose changes do not fit allocates memory of its own, puts its
 * address into `data` and sets TYK_OWNED; the host hands it back to
 * tyk_plugin_free, once.
 */
typedef struct tyk_result {
    uint8_t *data;
    uint64_t size;     /* of the changes; 0 when nothing changes */
    uint64_t capacity;
    uint32_t flags;
    uint32_t reserved;
} tyk_result;

#define TYK_OWNED 1

/*
 * Services take and give packed strings: a uint32_t count, as many uint32_t
 * lengths, then the bytes. Numbers in them are decimal text; times are seconds.
 */
enum tyk_service {
    TYK_STORE_GET = 1,       /* key -> value */
    TYK_STORE_SET = 2,       /* key, value, seconds to live (0: for ever) -> nothing */
    TYK_STORE_SET_NEW = 3,   /* the same, TYK_E_EXISTS when the key is there */
    TYK_STORE_DELETE = 4,    /* key -> nothing; TYK_E_MISSING when there was none */
    TYK_STORE_INCREMENT = 5, /* key, by how much, seconds to live when it is new -> value */
    TYK_STORE_EXPIRE = 6,    /* key, seconds to live -> nothing */
    TYK_STORE_TTL = 7,       /* key -> seconds left, -1 for ever */
    TYK_STORE_KEYS = 8,      /* beginning -> keys */
    TYK_SESSION_GET = 9      /* key of a client -> JSON of its session */
};

/*
 * What the gateway does for a plugin. The functions may be called in any
 * thread from tyk_plugin_init until tyk_plugin_shutdown has returned; what
 * they are given is copied.
 */
typedef struct tyk_host {
    uint32_t size; /* of this structure, as the host knows it */
    uint16_t abi_major;
    uint16_t abi_minor;
    void *context; /* first argument of the functions below */

    /* A line for the gateway's log, told with the call whose thread says it.
       `fields` is a JSON object or empty. It never waits; when the log is full
       the line is dropped and counted. */
    void (*log)(void *context, int32_t level, const char *text, uint64_t text_size,
                const char *fields, uint64_t fields_size);

    /* A value of enum tyk_metric. It never waits. */
    void (*metric)(void *context, int32_t kind, const char *name, uint64_t name_size,
                   double value);

    /* Asks for enum tyk_service and waits for the answer, which `release` frees.
       TYK_E_REFUSED in an inline call, which must not wait. */
    int32_t (*service)(void *context, uint32_t service, const uint8_t *in, uint64_t in_size,
                       uint8_t **out, uint64_t *out_size);
    void (*release)(void *context, uint8_t *out);
} tyk_host;

enum tyk_control {
    TYK_DEFINE = 1, /* key, "classic" or "oas", JSON of a definition: frames will name the key */
    TYK_FORGET = 2  /* key: no frame will name it any more */
};

/* </interface> */

#if defined(_WIN32)
#define TYK_EXPORT __declspec(dllexport)
#else
#define TYK_EXPORT __attribute__((visibility("default")))
#endif

/*
 * What a plugin exports. The manifest is a JSON text in a section of its own,
 * `.tyk_manifest`, so that it can be read without loading the library:
 *
 *     {"abi": "1.0", "language": "c", "toolchain": "gcc 12.2.0", "sdk": "0.1.0",
 *      "name": "my-plugin", "version": "1.0.0",
 *      "functions": [{"name": "AddHeader", "kind": "request",
 *                     "needs": ["body", "session"], "mode": "inline"}]}
 *
 * `kind` is request, response or analytics. `needs` are body, session,
 * definition, context and tls; what is not asked for is not sent. `mode`, when
 * there is one, is inline (returns within microseconds and never waits), pool
 * (a thread of the gateway) or process (a process of its own). The functions
 * are numbered in the order of the manifest.
 */

/* (major << 16) | minor of the header it was built with; called before all else. */
TYK_EXPORT uint32_t tyk_plugin_abi(void);

/* Once after loading, before any call; `config` is a JSON object. The table stays valid. */
TYK_EXPORT int32_t tyk_plugin_init(const tyk_host *host, const uint8_t *config, uint64_t size);

/* The manifest, the same text as in the section. */
TYK_EXPORT const char *tyk_plugin_describe(void);

/* Runs a function. Called in many threads at once. */
TYK_EXPORT int32_t tyk_plugin_call(uint32_t function, const uint8_t *frame, uint64_t size,
                                   tyk_result *result);

/* Tells of definitions, in packed strings as above; at any time, in any thread. */
TYK_EXPORT int32_t tyk_plugin_control(uint32_t control, const uint8_t *in, uint64_t size);

/* Frees a result that was marked TYK_OWNED. */
TYK_EXPORT void tyk_plugin_free(void *data);

/* Ends threads of the plugin's own within so many milliseconds; no call is under way. */
TYK_EXPORT int32_t tyk_plugin_shutdown(uint32_t milliseconds);

#ifdef __cplusplus
}
#endif
#endif
