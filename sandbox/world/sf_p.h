/* Shared by sf_check.c and sf_save.c. */
#pragma once

#include "sandbox/world/sf.h"

struct sf_write { /* a value that was checked, as it is stored */
    const struct sf_field *field;
    struct str value; /* none = null */
};

bool sf_refuse(struct sf_problem *p, const char *code, struct str message, const char *field);
/* All cells of an input, for a new record (r = NULL) or an existing one; one write a cell. */
bool sf_check(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
              const struct sf_input *in, struct sf_write **out, struct sf_problem *p);
