/* The people around a record: what S3 and S7.1 judge by. */
#include <string.h>

#include "store/sqlite/sqlite_p.h"

struct contact_list {
    struct contact *contact;
    size_t count, room;
};

static void list_add(struct arena *a, struct contact_list *l, sqlite3_stmt *st)
{
    if (l->count == l->room) {
        size_t room = MAX(l->room * 2, (size_t)8);
        struct contact *grown = ARENA_ARRAY(a, struct contact, room);
        if (l->count)
            memcpy(grown, l->contact, l->count * sizeof(*grown));
        l->contact = grown;
        l->room = room;
    }
    l->contact[l->count++] = (struct contact){.id = col_str(a, st, 0),
                                              .state = (enum contact_state)col_i64(st, 1),
                                              .person = col_str(a, st, 2),
                                              .account = col_str(a, st, 3),
                                              .company = col_str(a, st, 4),
                                              .converted = col_i64(st, 5),
                                              .qualifies = col_i64(st, 6)};
}

/* S3.5: a member of the chosen list; with none chosen, whoever has an address. */
#define CONTACT_COLUMNS                                                                            \
    "c.id, c.state, c.person, c.account, c.company, c.converted,"                                  \
    " CASE WHEN EXISTS (SELECT 1 FROM chosen_list WHERE kind = 0)"                                 \
    " THEN EXISTS (SELECT 1 FROM list_member m WHERE m.kind = 0 AND m.record = c.id)"              \
    " ELSE c.email IS NOT NULL END"

static sqlite3_stmt *contacts_stmt(struct sqlite_store *s, enum side side, struct err *e)
{
    return sqlite_stmt(s,
                       side == SIDE_HS ? "SELECT " CONTACT_COLUMNS " FROM company_contact x"
                                         " JOIN contact c ON c.id = x.contact WHERE x.company = ?1"
                                         " ORDER BY x.contact"
                                       : "SELECT " CONTACT_COLUMNS
                                         " FROM contact c WHERE c.account = ?1 ORDER BY c.id",
                       e);
}

/* Of a company itself: how it was made, and whether it is on the list of companies. */
static bool about_company(struct sqlite_store *s, struct str id, struct evidence *out,
                          struct err *e)
{
    bool ok;
    sqlite3_stmt *st =
        sqlite_stmt(s,
                    "SELECT (SELECT flags FROM company WHERE id = ?1),"
                    " NOT EXISTS (SELECT 1 FROM chosen_list WHERE kind = 1)"
                    " OR EXISTS (SELECT 1 FROM list_member WHERE kind = 1 AND record = ?1)",
                    e);
    if (!st)
        return false;
    bind_str(st, 1, id);
    if (sqlite_row(s, st, &ok, e)) {
        int64_t flags = col_i64(st, 0);
        out->made = flags & FLAG_MADE ? MADE_YES : flags & FLAG_NOT_MADE ? MADE_NO : MADE_UNKNOWN;
        out->listed = col_i64(st, 1);
        sqlite3_reset(st);
    }
    return ok;
}

static_assert(LIST_CONTACTS == 0 && LIST_COMPANIES == 1, "the kinds of the statements here");

bool evidence_of(struct store *store, struct arena *a, enum side side, const struct str *ids,
                 size_t n, struct evidence *out, struct err *e)
{
    struct sqlite_store *s = self_of(store);
    sqlite3_stmt *st = contacts_stmt(s, side, e);
    bool ok = true, mine;
    if (!st || !reads_begin(s, &mine, e))
        return false;
    for (size_t i = 0; ok && i < n; i++) {
        struct contact_list l = {0};
        out[i] = (struct evidence){.contact = NULL};
        bind_str(st, 1, ids[i]);
        while (sqlite_row(s, st, &ok, e))
            list_add(a, &l, st);
        out[i].contact = l.contact;
        out[i].count = l.count;
        ok = ok && (side == SIDE_SF || about_company(s, ids[i], &out[i], e));
    }
    return reads_end(s, mine, ok, e);
}
