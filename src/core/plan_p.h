/* What the files of the plan share: plan.c decides what becomes of a record, plan_pair.c the fields
 * of a pair, plan_create.c those of a new partner. */
#pragma once

#include "core/plan.h"

/* n values of which nothing is known. */
struct value *plan_unknown(struct arena *a, size_t n);
void plan_add_field(struct change *c, struct field_change f);
/* Leaves a field out, with its reason; the base stays (S15.5). */
void plan_refuse(struct arena *a, struct field_change *f, const struct err *why);
/* S6.9: may this amount go over? Else the field is held, with its reason. `account` has its values;
 * NULL = it is still to be made. */
void plan_hold_amount(struct arena *a, const struct plan_context *ctx, const struct mappings *all,
                      const struct value *account, struct field_change *f);
/* The other parts of an address of which one is refused stay as they are too (S5.9). */
void plan_refuse_groups(struct arena *a, struct change *c, const struct mappings *m);
/* After all of a change's fields are known: bases are what each side holds once they are done. */
void plan_settle_bases(struct arena *a, const struct plan_context *ctx, struct change *c);

/* What a linked pair's change comes to, once its fields are known. */
void plan_weigh(struct change *c);

/* Fills fields and bases of a linked or to-be-linked pair; link NULL = its first link. */
void plan_pair(struct arena *a, const struct plan_context *ctx, struct change *c,
               const struct row *const row[SIDE_COUNT], const struct link *link);
/* Fills action, fields and bases of a record that has no partner and matched none. */
void plan_create(struct arena *a, const struct plan_context *ctx, struct change *c,
                 const struct match *m);
/* S3.7: the account of this company becomes that of its private SF contacts. */
void plan_place_private(struct arena *a, struct change *c, const struct row *company);
