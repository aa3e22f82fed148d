/* box: a tandem-sandbox of our own, and its control port. */
#pragma once

#include <sys/types.h>

#include "text/json.h"

struct box {
    pid_t pid;
    char control[64], salesforce[64], hubspot[64];
    void *curl;
    int64_t now_ms; /* its clock, which moves by hand only */
};

/* Starts the program; its clock stands. */
MUST_CHECK bool box_start(struct box *b, const char *program, struct err *e);
void box_stop(struct box *b);

/* One call of the control port; `body` none = without. Anything but 2xx is an error that quotes the
 * answer. `out` may be NULL. */
MUST_CHECK bool box_call(struct box *b, struct arena *a, const char *method, struct str path,
                         struct str body, yyjson_val **out, struct err *e);
/* An empty world, at the time at which it started; the journal of writes is on. */
MUST_CHECK bool box_reset(struct box *b, struct arena *a, struct err *e);
MUST_CHECK bool box_advance(struct box *b, int64_t ms, struct err *e);
