/* Shared by the files of the portal. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "sandbox/world/hs.h"

static inline struct world_table *hs_table(const struct hs_portal *p, const struct hs_object *o)
{
    return &p->world->table[o->type];
}

static inline enum world_type hs_world_type(enum hs_type t)
{
    return t == HS_COMPANY ? W_COMPANY : W_HS_CONTACT;
}

/* hs_options.c */
bool hs_free_mail(struct str host); /* no company is made of it */
const struct hs_option *hs_options(const char *set, size_t *n);

/* hs_automate.c: after a create or an update. */
void hs_automate(struct hs_save *s, const struct hs_object *o, struct world_record *r, bool created,
                 struct str old_email, struct str old_stage);
