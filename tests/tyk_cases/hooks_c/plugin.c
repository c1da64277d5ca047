#include "hooks.h"

/* In groups of what they are sent. */
TYK_PLUGIN_WITH("cases", "1.0.0", address_begin, NULL,
                (client_ip, request, inline), (by_header, request, inline),
                (expired, request, inline), (inactive, request, inline),
                (set_headers, request, inline), (other_path, request, inline),
                (other_method, request, inline), (other_body, request, inline),
                (other_query, request, inline), (other_host, request, inline),
                (mark_response, response, inline), (other_status, response, inline),
                (replace_response, response, inline), (broken_response, response, inline),
                (add_header, request, inline), (status_only, request, inline),
                (body_only, request, inline), (two_statuses, request, inline),
                (not_found, request, inline), (forbidden, request, inline),
                (broken, request, inline), (log_fields, request, inline),
                (split_header, request, inline),
                (upper_case, response, inline, body), (measure_body, request, inline, body),
                (tell_key, request, inline, session), (edit_session, request, inline, session),
                (tell_session, request, inline, session),
                (other_definition, request, inline, definition),
                (tell_definition, request, inline, definition),
                (leave_note, request, inline, context), (tell_note, request, inline, context),
                (rewrite, request, inline, context), (tell_rewrite, request, inline, context));
