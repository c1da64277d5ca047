/* What Go calls here, and what it needs of C. */
#ifndef TYK_RT_HOST_H
#define TYK_RT_HOST_H

#include <stdlib.h>
#include "tyk_plugin.h"

void tyk_rt_log(int32_t level, const char *text, uint64_t text_size, const char *fields,
                uint64_t fields_size);
void tyk_rt_metric(int32_t kind, const char *name, uint64_t size, double value);
int32_t tyk_rt_service(uint32_t service, const uint8_t *in, uint64_t in_size, uint8_t **out,
                       uint64_t *out_size);
void tyk_rt_release(uint8_t *out);
const char *tyk_rt_path(void); /* of this library; NULL when it is not known */

extern const char tyk_manifest[];

#endif
