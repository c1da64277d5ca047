/* The build puts the plugin's own manifest in the place of this file. */
#include "host.h"

const char tyk_manifest[] __attribute__((section(".tyk_manifest"), used)) =
    "{\"abi\": \"1.0\", \"language\": \"go\", \"functions\": []}";
