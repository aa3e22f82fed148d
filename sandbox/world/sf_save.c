/* sf_save: writes, deletes, merges, and the way back. */
#include <stdlib.h>
#include <string.h>

#include "sandbox/world/journal.h"
#include "sandbox/world/sf_p.h"
#include "text/sfid.h"

void sf_remember(struct sf_save *s, enum world_type t, const struct world_record *r, bool born)
{
    struct sf_tx *tx = s->tx;
    if (!tx)
        return;
    if ((tx->undos & (tx->undos - 1)) == 0) {
        tx->undo = realloc(tx->undo, (tx->undos ? 2 * tx->undos : 1) * sizeof(*tx->undo));
        if (!tx->undo)
            abort();
    }
    tx->undo[tx->undos].type = t;
    tx->undo[tx->undos].before = born ? NULL : world_snapshot(r);
    tx->undo[tx->undos++].number = r->number;
}

void sf_tx_rollback(struct sf_org *o, struct sf_tx *tx)
{
    for (size_t i = tx->undos; i > 0; i--) {
        enum world_type t = tx->undo[i - 1].type;
        journal_take_back(o->world, t, tx->undo[i - 1].number);
        if (tx->undo[i - 1].before)
            world_put_back(o->world, t, tx->undo[i - 1].before);
        else
            world_purge(o->world, t, o->world->table[t].record[tx->undo[i - 1].number]);
    }
    free(tx->undo);
    *tx = (struct sf_tx){0};
}

void sf_tx_commit(struct sf_tx *tx)
{
    for (size_t i = 0; i < tx->undos; i++)
        if (tx->undo[i].before)
            world_snapshot_free(tx->undo[i].before);
    free(tx->undo);
    *tx = (struct sf_tx){0};
}

/* A permission on a field is what makes a new one visible (SF 7.9). */
static void apply_field_permission(struct sf_save *s, const struct world_record *r, bool gone)
{
    struct world *w = s->org->world;
    struct str rest = world_get(w, W_FIELD_PERMISSION, r, s->a, S("Field")), object;
    str_cut(&rest, '.', &object);
    struct sf_object *obj = sf_object_named(s->org, object);
    struct sf_field *f = obj ? sf_field_any(obj, rest) : NULL;
    if (!f)
        return;
    bool reads = str_eq(world_get(w, W_FIELD_PERMISSION, r, s->a, S("PermissionsRead")), S("true"));
    bool edits = str_eq(world_get(w, W_FIELD_PERMISSION, r, s->a, S("PermissionsEdit")), S("true"));
    s->org->schema_changed_ms = s->now_ms;
    f->flags &= ~(unsigned)(SF_HIDDEN | SF_LOCKED);
    if (gone ? (f->flags & SF_CUSTOM) != 0 : !reads)
        f->flags |= SF_HIDDEN;
    else if (!gone && !edits)
        f->flags |= SF_LOCKED;
}

static bool check_field_permission(struct sf_save *s, const struct sf_input *in,
                                   struct sf_problem *p)
{
    for (size_t i = 0; i < in->cells; i++) {
        struct str rest = in->cell[i].value, object;
        if (!str_eq_nocase(in->cell[i].name, S("Field")))
            continue;
        str_cut(&rest, '.', &object);
        struct sf_object *obj = sf_object_named(s->org, object);
        if (!obj || !rest.n || !sf_field_any(obj, rest))
            return sf_refuse(p, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                             str_fmt(s->a,
                                     "Field Name: bad value for restricted picklist field: %.*s",
                                     STR_ARG(in->cell[i].value)),
                             "Field");
    }
    return true;
}

/* What an automation of the org makes of a value in the save itself; no answer tells. */
static struct str triggered(struct sf_save *s, const struct sf_object *obj,
                            const struct sf_write *w)
{
    const struct sf_rule *t = &s->org->trigger;
    struct str text = str_from(t->text);
    ptrdiff_t at = text.n && strcmp(t->object, obj->name) == 0 &&
                           str_eq_nocase(str_from(t->field), str_from(w->field->name))
                       ? str_find(w->value, text)
                       : -1;
    if (at < 0)
        return w->value.p ? w->value : S("");
    struct str rest = str_slice(w->value, (size_t)at + text.n, w->value.n);
    return str_fmt(s->a, "%.*s%s%.*s", (int)at, w->value.p, t->message, STR_ARG(rest));
}

static void write_all(struct sf_save *s, struct sf_object *obj, struct world_record *r,
                      const struct sf_write *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        world_set_at(s->org->world, obj->type, r, w[i].field->column, triggered(s, obj, &w[i]),
                     s->now_ms, s->source);
        journal_value(s->org->world, s->source, str_from(w[i].field->name), w[i].value);
    }
    r->edited_by = s->user;
    sf_person_settle(s, obj, r);
    if (obj->type == W_FIELD_PERMISSION)
        apply_field_permission(s, r, false);
}

bool sf_insert(struct sf_save *s, struct sf_object *obj, const struct sf_input *in,
               struct world_record **out, struct sf_problem *p)
{
    struct sf_write *w;
    if (!obj->createable && s->source != W_FROM_USER)
        return sf_refuse(p, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                         str_fmt(s->a, "entity type %s does not support create", obj->name), NULL);
    if (obj->type == W_FIELD_PERMISSION && !check_field_permission(s, in, p))
        return false;
    if (!sf_check(s, obj, NULL, in, &w, p))
        return false;
    struct world_record *r = world_create(s->org->world, obj->type, s->now_ms);
    r->created_by = s->user;
    sf_remember(s, obj->type, r, true);
    journal_begin(s->org->world, s->source, obj->type, r->number, W_CREATED);
    write_all(s, obj, r, w, in->cells);
    *out = r;
    return true;
}

bool sf_update(struct sf_save *s, struct sf_object *obj, struct world_record *r,
               const struct sf_input *in, struct sf_problem *p)
{
    struct sf_write *w;
    if (!obj->updateable && s->source != W_FROM_USER)
        return sf_refuse(p, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                         str_fmt(s->a, "entity type %s does not support update", obj->name), NULL);
    struct str converted = S("");
    if (obj->type == W_LEAD)
        converted = world_get(s->org->world, W_LEAD, r, s->a, S("IsConverted"));
    if (str_eq(converted, S("true")))
        return sf_refuse(p, "CANNOT_UPDATE_CONVERTED_LEAD", S("cannot reference converted lead"),
                         NULL);
    if (!sf_check(s, obj, r, in, &w, p))
        return false;
    sf_remember(s, obj->type, r, false);
    journal_begin(s->org->world, s->source, obj->type, r->number, W_UPDATED);
    write_all(s, obj, r, w, in->cells);
    world_touch(s->org->world, obj->type, r, s->now_ms); /* even when nothing differs (SF 9) */
    return true;
}

struct world_record *sf_target(struct sf_save *s, const struct sf_object *obj, struct str id,
                               struct sf_problem *p)
{
    struct str full = sfid18(s->a, id);
    if (!full.p || !sfid_has_prefix(full, str_from(obj->prefix))) {
        sf_refuse(p, "MALFORMED_ID",
                  str_fmt(s->a, "%s ID: id value of incorrect type: %.*s", obj->label, STR_ARG(id)),
                  "Id");
        return NULL;
    }
    struct world_record *r = world_find(s->org->world, obj->type, full);
    if (!r || r->purged) {
        sf_refuse(p, "INVALID_CROSS_REFERENCE_KEY", S("invalid cross reference id"), NULL);
        return NULL;
    }
    if (r->archived_ms) {
        sf_refuse(p, "ENTITY_IS_DELETED", S("entity is deleted"), NULL);
        return NULL;
    }
    return r;
}

/* Stamps without an edit: SystemModstamp moves, LastModifiedDate stays (SF 13). */
static void bump(struct sf_save *s, enum world_type t, struct world_record *r)
{
    int64_t edited = r->edited_ms;
    world_touch(s->org->world, t, r, s->now_ms);
    r->edited_ms = edited;
}

/* Records of `t` whose lookup names `id`: re-parented to `to`, or cleared (none), or deleted too.
 */
static void follow(struct sf_save *s, enum world_type t, const char *lookup, struct str id,
                   struct str to, bool cascade)
{
    struct world *w = s->org->world;
    uint16_t column = world_field(w, t, str_from(lookup));
    for (uint64_t i = 0; i < w->table[t].count; i++) {
        struct world_record *r = w->table[t].record[i];
        if (!r->values || r->archived_ms || !str_eq(world_get_at(w, t, r, s->a, column), id))
            continue;
        sf_remember(s, t, r, false);
        if (cascade)
            world_archive(w, t, r, s->now_ms);
        else
            world_set_at(w, t, r, column, to.p ? to : S(""), s->now_ms, W_FROM_SYSTEM);
        bump(s, t, r);
    }
}

bool sf_delete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p)
{
    struct world_record *r = sf_target(s, obj, id, p);
    char own[32];
    if (!r)
        return false;
    if (!obj->deletable)
        return sf_refuse(p, "INSUFFICIENT_ACCESS_OR_READONLY",
                         str_fmt(s->a, "entity type %s does not support delete", obj->name), NULL);
    sf_remember(s, obj->type, r, false);
    world_archive(s->org->world, obj->type, r, s->now_ms);
    r->edited_by = s->user;
    journal_begin(s->org->world, s->source, obj->type, r->number, W_ARCHIVED);
    world_touch(s->org->world, obj->type, r, s->now_ms);
    if (obj->type == W_FIELD_PERMISSION)
        apply_field_permission(s, r, true);
    if (obj->type == W_ACCOUNT) {
        struct str full = world_id(s->org->world, obj->type, r->number, own);
        static const enum world_type hanging[] = {W_SF_CONTACT, W_OPPORTUNITY, W_CASE, W_TASK,
                                                  W_EVENT};
        for (size_t i = 0; i < LEN(hanging); i++)
            follow(s, hanging[i], "AccountId", full, STR_NONE, true);
        follow(s, W_ACCOUNT, "ParentId", full, STR_NONE, false);
    }
    return true;
}

bool sf_hard_delete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p)
{
    struct sf_org *o = s->org;
    struct world_record *r = world_find(o->world, obj->type, id);
    if (!r || r->purged)
        return sf_refuse(p, "INVALID_CROSS_REFERENCE_KEY", S("invalid cross reference id"), NULL);
    if (!r->archived_ms && !sf_delete(s, obj, id, p))
        return false;
    if ((o->hards & (o->hards - 1)) == 0) {
        o->hard = realloc(o->hard, (o->hards ? 2 * o->hards : 1) * sizeof(*o->hard));
        if (!o->hard)
            abort();
    }
    o->hard[o->hards].at_ms = r->archived_ms;
    o->hard[o->hards].type = obj->type;
    o->hard[o->hards++].number = r->number;
    world_purge(o->world, obj->type, r);
    return true;
}

bool sf_undelete(struct sf_save *s, struct sf_object *obj, struct str id, struct sf_problem *p)
{
    struct world_record *r = world_find(s->org->world, obj->type, id);
    if (!r || r->purged || !r->archived_ms || r->merged_into)
        return sf_refuse(p, "UNDELETE_FAILED", S("Entity is not in the recycle bin"), NULL);
    sf_remember(s, obj->type, r, false);
    world_restore(s->org->world, obj->type, r);
    r->edited_by = s->user;
    world_touch(s->org->world, obj->type, r, s->now_ms);
    return true;
}

bool sf_merge(struct sf_save *s, struct sf_object *obj, struct str survivor, struct str loser,
              struct sf_problem *p)
{
    struct world_record *stays = sf_target(s, obj, survivor, p);
    struct world_record *goes = stays ? sf_target(s, obj, loser, p) : NULL;
    char stays_id[32], goes_id[32];
    if (!goes)
        return false;
    if (goes == stays || !obj->mergeable)
        return sf_refuse(p, "INVALID_FIELD_FOR_INSERT_UPDATE",
                         S("cannot merge with the same record"), NULL);
    struct str to = world_id(s->org->world, obj->type, stays->number, stays_id);
    struct str from = world_id(s->org->world, obj->type, goes->number, goes_id);
    sf_remember(s, obj->type, goes, false);
    sf_remember(s, obj->type, stays, false);
    goes->merged_into = stays->number + 1;
    world_archive(s->org->world, obj->type, goes, s->now_ms);
    world_touch(s->org->world, obj->type, goes, s->now_ms);
    world_touch(s->org->world, obj->type, stays, s->now_ms);
    goes->edited_by = stays->edited_by = s->user;
    if (obj->type == W_ACCOUNT) {
        follow(s, W_SF_CONTACT, "AccountId", from, to, false);
        follow(s, W_ACCOUNT, "ParentId", from, to, false);
    }
    return true;
}

size_t sf_by_external(struct sf_org *o, const struct sf_object *obj, const struct sf_field *key,
                      struct str value, struct world_record *found[2])
{
    struct world_table *tab = &o->world->table[obj->type];
    size_t n = 0;
    found[0] = world_by_unique_at(o->world, obj->type, key->column, value);
    if (!found[0])
        return 0;
    if (!o->external_not_unique && (key->flags & SF_UNIQUE))
        return 1;
    for (uint64_t i = 0; i < tab->count && n < 2; i++) { /* rare: the key is not unique (T12) */
        struct world_record *r = tab->record[i];
        if (!r->values || r->archived_ms)
            continue;
        for (uint16_t k = 0; k < r->values; k++)
            if (r->value[k].field == key->column &&
                str_eq_nocase(str_from(world_value_text(&r->value[k])), value) && n < 2)
                found[n++] = r;
    }
    return n;
}

int64_t sf_covered_ms(const struct sf_org *o, int64_t now_ms)
{
    for (size_t i = 0; i < SF_OPEN_MAX; i++)
        if (o->open_tx[i].open)
            now_ms = MIN(now_ms, o->open_tx[i].stamp_ms);
    return now_ms;
}
