/* load: records from CSV, as they are: no clean-up, no derived values. A number may be written with
 * a currency sign and thousands separators; what then is none stays out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox/http/sandbox.h"
#include "text/csv.h"
#include "text/decimal.h"
#include "text/url.h"

#define AGE_MS (30 * MS_DAY) /* loaded records were made a month ago, one a second */

static const char *const names[W_TYPE_COUNT] = {
    [W_ACCOUNT] = "accounts",   [W_SF_CONTACT] = "sf_contacts",
    [W_LEAD] = "leads",         [W_OPPORTUNITY] = "opportunities",
    [W_CASE] = "cases",         [W_TASK] = "tasks",
    [W_EVENT] = "events",       [W_COMPANY] = "companies",
    [W_HS_CONTACT] = "contacts"};

const char *sandbox_type_name(enum world_type t)
{
    return names[t] ? names[t] : "";
}

bool sandbox_type_named(struct str name, enum world_type *t)
{
    for (int i = 0; i < W_TYPE_COUNT; i++)
        if (names[i] && str_eq(name, str_from(names[i]))) {
            *t = (enum world_type)i;
            return true;
        }
    return false;
}

/* The column's name after the map; none = not loaded. */
static struct str mapped(struct str column, const char *map)
{
    struct str rest = str_from(map), pair;
    if (!map)
        return column;
    while (str_cut(&rest, ',', &pair)) {
        struct str to = pair, from;
        str_cut(&to, '=', &from);
        if (str_eq(str_trim(from), str_trim(column)))
            return str_trim(to);
    }
    return STR_NONE;
}

/* ---- rows that name rows -----------------------------------------------------------------------
 */

static void keep_key(struct sandbox *s, enum world_type t, struct str name, uint64_t number)
{
    if ((s->keys & (s->keys - 1)) == 0) {
        s->key = realloc(s->key, (s->keys ? 2 * s->keys : 1) * sizeof(*s->key));
        if (!s->key)
            abort();
    }
    s->key[s->keys].name = str_cstr(&s->life, name);
    s->key[s->keys].type = t;
    s->key[s->keys++].number = number;
}

/* The id of the row that an earlier file called so. */
static struct str id_of_key(struct sandbox *s, enum world_type t, struct str name, char id[32])
{
    for (size_t i = 0; i < s->keys; i++)
        if (s->key[i].type == t && str_eq(name, str_from(s->key[i].name)))
            return world_id(&s->world, t, s->key[i].number, id);
    return STR_NONE;
}

enum role { VALUE, KEY, ACCOUNT_KEY, COMPANY_KEY, LEFT_OUT };

/* Key and key name a row, kind and account are for checking, Account points at an account's Key;
 * a contact's company at a company's key, or it is the text property of that name. */
static enum role role_of(enum world_type t, struct str name)
{
    if (str_eq(name, S("Key")) || str_eq(name, S("key")))
        return KEY;
    if (t == W_SF_CONTACT && str_eq(name, S("Account")))
        return ACCOUNT_KEY;
    if (t == W_HS_CONTACT && str_eq(name, S("company")))
        return COMPANY_KEY;
    return !name.n || str_eq(name, S("kind")) || str_eq(name, S("account")) ? LEFT_OUT : VALUE;
}

/* ---- values
 * -------------------------------------------------------------------------------------- */

static struct str plain_number(struct arena *a, struct str v, const struct sf_field *f)
{
    char *text = arena_bytes(a, v.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] && !strchr("$, ", v.p[i]))
            text[n++] = v.p[i];
    return decimal_canonical(a, (struct str){text, n}, f->kind == SF_INT ? 0 : f->scale);
}

static void set(struct sandbox *s, struct arena *a, enum world_type t, struct world_record *rec,
                struct str name, struct str value)
{
    const struct sf_field *f = world_is_sf(t) ? sf_field_any(sf_object_of(&s->org, t), name) : NULL;
    if (world_is_sf(t))
        value = str_trim(value);
    if (f && (f->kind == SF_NUMBER || f->kind == SF_INT))
        value = plain_number(a, value, f);
    if (value.n)
        world_set(&s->world, t, rec, name, value);
}

/* The primary company of a contact, where a file before this one has a row of that key. */
static void employ(struct sandbox *s, struct arena *a, struct world_record *rec, struct str key)
{
    char id[32];
    struct hs_save save = {.portal = &s->portal, .a = a, .now_ms = rec->created_ms};
    struct world_record *company =
        world_find(&s->world, W_COMPANY, id_of_key(s, W_COMPANY, key, id));
    if (company)
        (void)hs_link(&save, HS_CONTACT, rec->number, HS_COMPANY, company->number, HS_PRIMARY);
    else
        world_set(&s->world, W_HS_CONTACT, rec, S("company"), key);
}

static int64_t load_rows(struct sandbox *s, struct arena *a, enum world_type t,
                         const struct csv_rows *rows, const char *map)
{
    const struct csv_row *head = &rows->row[0];
    int64_t n = 0;
    char id[32];
    for (size_t i = 1; i < rows->count; i++) {
        const struct csv_row *row = &rows->row[i];
        int64_t born = s->world.start_ms - AGE_MS + (int64_t)s->world.table[t].count * 1000;
        struct world_record *rec = world_generate(&s->world, t, born);
        rec->generated = false;
        for (size_t k = 0; k < MIN(row->cells, head->cells); k++) {
            struct str name = mapped(str_trim(head->cell[k]), map), value = row->cell[k];
            enum role role = role_of(t, name);
            if (!value.n || role == LEFT_OUT)
                continue;
            if (role == KEY)
                keep_key(s, t, value, rec->number);
            else if (role == ACCOUNT_KEY)
                set(s, a, t, rec, S("AccountId"), id_of_key(s, W_ACCOUNT, value, id));
            else if (role == COMPANY_KEY)
                employ(s, a, rec, value);
            else
                set(s, a, t, rec, name, value);
        }
        n++;
    }
    return n;
}

int64_t sandbox_load(struct sandbox *s, enum world_type t, struct str text, const char *map,
                     struct str *why)
{
    struct arena a;
    struct csv_rows rows = {0};
    struct err e;
    int64_t n = -1;
    arena_init(&a, 1024 * MIB);
    struct csv *c = csv_open(',');
    bool read = csv_feed(c, &a, text, &rows, &e) && csv_finish(c, &a, &rows, &e);
    if (read && rows.count > 0)
        n = load_rows(s, &a, t, &rows, map);
    else
        *why = str_dup(&s->life, read ? S("no header row") : str_from(e.msg));
    s->portal.writes++;
    csv_close(c);
    arena_release(&a);
    return n;
}
