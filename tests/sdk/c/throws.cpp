// Throws where it can.
#include <stdexcept>
#include <string>

#include <tyk_hook.h>

static int32_t broken(tyk_call *call)
{
    tyk_header_set(call, "X-Half", "done");
    throw std::runtime_error("not " + std::string("here"));
}

static int32_t odd(tyk_call *)
{
    throw 7;
}

static int32_t fine(tyk_call *call)
{
    return tyk_reply_text(call, std::string("from C++").c_str());
}

static int32_t begin(tyk_text config)
{
    if (!tyk_text_is(config, "{}")) {
        throw std::invalid_argument("a setting that is none");
    }
    return TYK_OK;
}

static void end(uint32_t)
{
    throw std::runtime_error("never ends");
}

TYK_PLUGIN_WITH("throws", "1.0.0", begin, end,
                (broken, request, any), (odd, response, any, body, session, definition, context),
                (fine, request, any));
