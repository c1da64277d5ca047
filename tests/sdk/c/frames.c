/* Calls a plugin's first two functions with frames from standard input, each before its size, in
   memory that is not a byte larger, and prints the statuses. */
#include <stdio.h>
#include <stdlib.h>

#include <tyk_plugin.h>

int main(void)
{
    uint32_t size;
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        uint8_t *frame = (uint8_t *)malloc(size ? size : 1), buffer[256];
        uint32_t function;
        if (fread(frame, 1, size, stdin) != size) {
            return 2;
        }
        for (function = 0; function < 2; function++) {
            tyk_result result = {buffer, 0, sizeof buffer, 0, 0};
            printf("%d\n", tyk_plugin_call(function, frame, size, &result));
            if (result.flags & TYK_OWNED) {
                tyk_plugin_free(result.data);
            }
        }
        free(frame);
    }
    return 0;
}
