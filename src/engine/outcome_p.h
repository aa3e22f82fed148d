/* What the files of the outcome share: outcome.c what became of a change, outcome_end.c of one that
 * ended a link or moved it on, outcome_tell.c the rows that say so. Nothing is stored before the
 * one transaction of record_outcomes; texts live in the chunk's arena. */
#pragma once

#include "engine/apply_p.h"

/* What the record of `to`'s partner could not give: an error that stands on that partner. */
void tell_error(struct work *w, const struct change *c, enum side to, struct str field,
                struct str value, const struct err *err, int64_t next_ms);
/* Fields that were left out, each with its error; true when there are any. */
bool tell_field_errors(struct work *w, const struct change *c, int64_t next_ms);
/* S8.5: what was held, tried or let go. */
void tell_duels(struct work *w, const struct change *c);
/* S11.2: its parent is not linked; the link that comes will make it due. */
void tell_awaiting(struct work *w, const struct change *c);
/* When a record is looked at again, and why; 0 and no cause = it waits for nothing. */
void tell_due(struct work *w, const struct row *row, enum side s, int64_t due_ms, uint32_t cause,
              bool failed);
void tell_audit(struct work *w, const struct change *c, enum side to, const char *action,
                struct str account, struct str company);
/* What a side holds after a write: the answer where it tells (S8.3), else what was sent. */
void tell_stored(struct work *w, struct change *c, const struct crm_write *wr, enum side to);
/* A write that failed takes its fields with it: their bases stay, so they still count as moved. */
void tell_dropped(struct work *w, struct change *c, enum side to, const struct err *why);
/* The pair with its bases; wrote[] = the sides that were written now. */
void tell_link(struct work *w, struct change *c, struct str account, struct str company,
               const bool wrote[SIDE_COUNT]);
/* Errors and reviews of both records are over. */
void tell_clear(struct work *w, const struct change *c);
/* S2.3: the record that alone fits may not be linked now; what becomes of it makes this one due. */
void tell_fit(struct work *w, const struct change *c);
/* A record that is decided without a person: nobody is asked about it any more. */
void tell_unasked(struct work *w, const struct change *c);
/* Errors that were not told again are over: a field may be right by now while another is not. */
void tell_clear_older(struct work *w, const struct change *c);

/* S8.2: no answer told what became of a write: its intent stays, to be looked at. */
void leave_open(struct work *w, const struct change *c, const struct job *j);

/* When a change whose fields were left out is looked at again: the first of them that may go. */
int64_t next_look(const struct change *c, int64_t next_ms);
/* The row of a record after our write. For a new one: built from what was sent. */
struct row row_after(struct work *w, const struct change *c, const struct crm_write *wr,
                     enum side to);

/* The outcome of one change whose writes are over. A refusal that names no field is an error of the
 * record, one that does an error of the field (S15.5). */
void settle(struct work *w, struct change *c, struct job *const job[SIDE_COUNT]);
/* S7.6: the link ends; what it was is remembered. */
void settle_unlink(struct work *w, struct change *c, struct job *const job[SIDE_COUNT]);
/* S9.3: the link with its base goes over to the survivor, which is then looked at again. */
void settle_follow(struct work *w, struct change *c, struct job *const job[SIDE_COUNT]);
