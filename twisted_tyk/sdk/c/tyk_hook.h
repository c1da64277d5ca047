/*
 * Plugins in C and C++ without the bytes of tyk_plugin.h: accessors over what
 * a hook is given, editors for what it wants changed, and one macro that makes
 * a library of it.
 *
 *     #include <tyk_hook.h>
 *
 *     static int32_t add_header(tyk_call *call)
 *     {
 *         return tyk_header_set(call, "Foo", "Bar");
 *     }
 *
 *     TYK_PLUGIN("my-plugin", "1.0.0", (add_header, request, inline));
 *
 * C11 or C++17. It may be included in several files of one plugin; one of them
 * says TYK_PLUGIN. Build with `tyk plugin build DIR`, or with
 * `cc -shared -fPIC -fvisibility=hidden -I<this folder>`.
 *
 * Accessors read what came; what an editor changes is carried out after the
 * function has returned TYK_OK, in the order of the calls. What accessors
 * return is lent: it is there until the function returns.
 */
#ifndef TYK_HOOK_H
#define TYK_HOOK_H

#include "tyk_plugin.h"

#include "tyk_hook/text.h"
#include "tyk_hook/frame.h"
#include "tyk_hook/call.h"
#include "tyk_hook/definitions.h"
#include "tyk_hook/read.h"
#include "tyk_hook/edit.h"
#include "tyk_hook/json.h"
#include "tyk_hook/services.h"
#include "tyk_hook/tell.h"
#include "tyk_hook/run.h"
#include "tyk_hook/export.h"

#endif
