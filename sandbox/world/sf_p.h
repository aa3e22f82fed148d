/* Shared by sf_check.c and sf_save.c. */
#pragma once

#include "sandbox/world/sf.h"

struct sf_write { /* a value that was checked, as it is stored */
    const struct sf_field *field;
    struct str value; /* none = null */
};

bool sf_refuse(struct sf_problem *p, const char *code, struct str message, const char *field);
/* What person accounts are refused, and others of theirs; *person: it is, or becomes, one. */
bool sf_person_check(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
                     const struct sf_write *w, size_t n, bool *person, struct sf_problem *p);
/* What a save makes of an account besides: its kind, a person's name and contact. */
void sf_person_settle(struct sf_save *s, const struct sf_object *obj, struct world_record *r);
/* For the way back. */
void sf_remember(struct sf_save *s, enum world_type t, const struct world_record *r, bool born);
/* All cells of an input, for a new record (r = NULL) or an existing one; one write a cell. */
bool sf_check(struct sf_save *s, const struct sf_object *obj, const struct world_record *r,
              const struct sf_input *in, struct sf_write **out, struct sf_problem *p);
