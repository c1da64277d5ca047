/* The hooks of ../hooks once more, in C. */
#ifndef HOOKS_H
#define HOOKS_H

#include <tyk_hook.h>

int32_t address_begin(tyk_text config);
int32_t client_ip(tyk_call *call);

int32_t by_header(tyk_call *call);
int32_t expired(tyk_call *call);
int32_t inactive(tyk_call *call);
int32_t tell_key(tyk_call *call);

int32_t set_headers(tyk_call *call);
int32_t other_path(tyk_call *call);
int32_t other_method(tyk_call *call);
int32_t other_body(tyk_call *call);
int32_t other_query(tyk_call *call);
int32_t other_host(tyk_call *call);
int32_t mark_response(tyk_call *call);
int32_t other_status(tyk_call *call);
int32_t upper_case(tyk_call *call);
int32_t replace_response(tyk_call *call);
int32_t broken_response(tyk_call *call);

int32_t add_header(tyk_call *call);
int32_t status_only(tyk_call *call);
int32_t body_only(tyk_call *call);
int32_t two_statuses(tyk_call *call);
int32_t not_found(tyk_call *call);
int32_t forbidden(tyk_call *call);
int32_t broken(tyk_call *call);

int32_t edit_session(tyk_call *call);
int32_t tell_session(tyk_call *call);
int32_t other_definition(tyk_call *call);
int32_t tell_definition(tyk_call *call);
int32_t leave_note(tyk_call *call);
int32_t tell_note(tyk_call *call);
int32_t rewrite(tyk_call *call);
int32_t tell_rewrite(tyk_call *call);
int32_t measure_body(tyk_call *call);
int32_t log_fields(tyk_call *call);
int32_t split_header(tyk_call *call);

#endif
