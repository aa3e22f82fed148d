/* S11.2: what becomes of a parent, and that no plan closes a loop. Accounts are capital letters,
 * companies small ones; A is linked with a, and so on; U and u are linked with nobody. */
#include "unit.h"

#include <string.h>

#include "core/hierarchy.h"
#include "model/pack.h"

/* ---- one pair ------------------------------------------------------------------------------- */

struct lab {
    struct arena a;
    struct mapping map;
    struct mappings m;
    struct settings set;
    struct id_pairs pairs;
    struct row row[2];
    struct value value[2];
    struct link link;
    struct subject subject;
    struct neighbours near;
    struct plan_context ctx;
};

static void lab_init(struct lab *l)
{
    static const struct value_pair pair[] = {{{{"P", 1}, {"p", 1}}}, {{{"Q", 1}, {"q", 1}}}};
    memset(l, 0, sizeof(*l));
    arena_init(&l->a, 16 * MIB);
    mappings_hierarchy(&l->a, &l->m, true);
    l->map = l->m.map[0];
    l->m = (struct mappings){&l->map, 1};
    l->map.settle = SETTLE_DONE;
    pairs_index(&l->a, pair, LEN(pair), &l->pairs);
    l->map.pairs = &l->pairs;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        l->map.meta[s] = (struct field){.name = l->map.name[s],
                                        .type = s == SIDE_SF ? FIELD_REFERENCE : FIELD_NUMBER,
                                        .readable = true,
                                        .createable = s == SIDE_SF,
                                        .updateable = s == SIDE_SF};
        l->row[s].rec.id = s == SIDE_SF ? S("C") : S("c");
        l->row[s].rec.value = &l->value[s];
        l->subject.row[s] = &l->row[s];
        l->link.id[s] = l->row[s].rec.id;
    }
    settings_default(&l->set);
    l->set.company_sync = true;
    l->subject.link = &l->link;
    l->ctx = (struct plan_context){.side = SIDE_SF,
                                   .mappings = &l->m,
                                   .settings = &l->set,
                                   .near = &l->near,
                                   .index = match_index(&l->a, &l->near),
                                   .key_ready = {true, true}};
}

static struct value letter(struct arena *a, char c)
{
    if (c == '-')
        return VALUE_EMPTY;
    return c == '?' ? VALUE_NOT_KNOWN : value_text(str_fmt(a, "%c", c));
}

struct cell {
    const char *was; /* the bases: Salesforce, HubSpot; "??" = a first link */
    const char *now;
    const char *then; /* ">p" goes to HubSpot, "<P" to Salesforce, "~U" waits for it, "=" nothing */
};

static const struct cell cells[] = {
    /* one moved */
    {"--", "P-", ">p"},
    {"--", "-p", "<P"},
    {"Pp", "Qp", ">q"},
    {"Pp", "Pq", "<Q"},
    {"Pp", "-p", ">-"},
    {"Pp", "P-", "<-"},
    {"Pp", "Pp", "="},
    /* one moved to a parent that is not linked: it waits, and the other side stays */
    {"--", "U-", "~U"},
    {"--", "-u", "~u"},
    {"Pp", "Up", "~U"},
    {"Pp", "Pu", "~u"},
    /* both moved: agreed, or Salesforce */
    {"--", "Pp", "="},
    {"Pp", "--", "="},
    {"--", "Pq", ">p"},
    {"Pp", "Qu", ">q"},
    {"Pp", "-q", ">-"},
    {"Pp", "Q-", ">q"},
    {"Pp", "Uq", "~U"},
    {"Pp", "U-", "~U"},
    /* an older difference stays */
    {"P-", "P-", "="},
    {"Pq", "Pq", "="},
    {"U-", "U-", "="},
    /* first link: a parent beats none, Salesforce's beats HubSpot's */
    {"??", "P-", ">p"},
    {"??", "-p", "<P"},
    {"??", "Pp", "="},
    {"??", "Pq", ">p"},
    {"??", "--", "="},
    {"??", "U-", "~U"},
    {"??", "-u", "~u"},
    {"??", "Uq", "~U"},
    /* what cannot be read is unknown, never none (S6.8) */
    {"Pp", "?p", "="},
    {"Pp", "Q?", "="},
};

static const char *said(struct arena *a, const struct change *c)
{
    if (c->awaits.n)
        return str_cstr(a, str_fmt(a, "~%.*s", STR_ARG(c->awaits)));
    if (c->fields == 0)
        return "=";
    const struct field_change *f = &c->field[0];
    struct str v = f->value.state == VALUE_TEXT ? f->value.text : S("-");
    assert_string_equal(f->rule, "S11.2");
    assert_int_equal(c->action, ACTION_UPDATE);
    return str_cstr(a, str_fmt(a, "%c%.*s", f->to == SIDE_HS ? '>' : '<', STR_ARG(v)));
}

static void each_cell_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(cells); i++) {
        struct lab l;
        struct change c;
        struct buf pack[2];
        lab_init(&l);
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
            struct value base = letter(&l.a, cells[i].was[s]);
            l.value[s] = letter(&l.a, cells[i].now[s]);
            buf_init(&pack[s], MIB);
            values_pack(&pack[s], &l.m, &base);
            l.link.base[s] = buf_view(&pack[s]);
        }
        plan_one(&l.a, &l.ctx, &l.subject, &c);
        const char *got = said(&l.a, &c);
        if (strcmp(got, cells[i].then) != 0)
            fail_msg("%s -> %s: %s, not %s", cells[i].was, cells[i].now, got, cells[i].then);
        bool waits = cells[i].then[0] == '~';
        if (waits) {
            assert_int_equal(c.why, WHY_PARENT_ALONE);
            for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) { /* it still counts as moved */
                struct value base = letter(&l.a, cells[i].was[s]);
                assert_true(value_eq(&c.base[s][0], &base));
            }
        }
        for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
            buf_release(&pack[s]);
        arena_release(&l.a);
    }
}

static void a_new_link_gets_its_parent_next(void **state)
{
    struct lab l;
    struct change c;
    (void)state;
    lab_init(&l);
    l.value[SIDE_SF] = letter(&l.a, 'P');
    l.value[SIDE_HS] = VALUE_EMPTY;
    l.subject.link = NULL;
    l.subject.row[SIDE_HS] = NULL;
    plan_link(&l.a, &l.ctx, &l.subject, &l.row[SIDE_HS], WHY_HAND, ORIGIN_HAND, &c);
    assert_true(c.parent_next);
    assert_int_equal(c.fields, 0);
    assert_false(value_known(&c.base[SIDE_SF][0])); /* so it is a first link then */
    l.value[SIDE_SF] = VALUE_EMPTY;
    plan_link(&l.a, &l.ctx, &l.subject, &l.row[SIDE_HS], WHY_HAND, ORIGIN_HAND, &c);
    assert_false(c.parent_next);
    assert_true(value_blank(&c.base[SIDE_SF][0]));
    arena_release(&l.a);
}

/* ---- loops ----------------------------------------------------------------------------------- */

enum { N = 3, TOP = N, STAYS = N + 1 }; /* parents: a record, none; of a plan: or as it is */

static bool loops(const int parent[N])
{
    for (int i = 0; i < N; i++) {
        int at = i, steps = 0;
        while (at != TOP && steps++ <= N)
            at = parent[at];
        if (at != TOP)
            return true;
    }
    return false;
}

static const char *const ids[N] = {"1", "2", "3"};
static const char *const names[N] = {"One", "Two", "Three"};

static struct value parent_value(int p)
{
    return p == TOP ? VALUE_EMPTY : value_text(str_from(ids[p]));
}

/* What is left of a plan that gives each of three records the parents next[] over now[]. */
static void check(struct lab *l, enum side to, const int now[N], const int next[N], int end[N],
                  bool refused[N])
{
    struct row row[N];
    struct subject subject[N];
    struct link link[N];
    struct change change[N];
    struct field_change field[N];
    struct value base[N][2];
    struct descent known[N];
    struct plan plan = {change, 0};
    memset(row, 0, sizeof(row));
    memset(subject, 0, sizeof(subject));
    memset(link, 0, sizeof(link));
    memset(base, 0, sizeof(base));
    for (int i = 0; i < N; i++) {
        struct value v = parent_value(now[i]);
        row[i].rec.id = str_from(ids[i]);
        row[i].rec.name = str_from(names[i]);
        row[i].rec.value = l->value;
        known[i] = (struct descent){row[i].rec.id, v.text, row[i].rec.name};
        end[i] = now[i];
        refused[i] = false;
        if (next[i] == STAYS)
            continue;
        struct change *c = &change[plan.count++];
        subject[i] = (struct subject){.row = {&row[i], &row[i]}, .link = &link[i]};
        field[i] =
            (struct field_change){.to = to, .old = v, .value = parent_value(next[i]), .rule = "S"};
        *c = (struct change){.subject = &subject[i],
                             .action = ACTION_UPDATE,
                             .field = &field[i],
                             .fields = 1,
                             .base = {&base[i][0], &base[i][1]}};
    }
    hierarchy_check(&l->a, &l->ctx, &plan, to, known, N);
    for (int i = 0; i < N; i++) {
        if (next[i] == STAYS)
            continue;
        refused[i] = field[i].refused;
        end[i] = field[i].refused ? now[i] : next[i];
    }
    for (size_t i = 0; i < plan.count; i++)
        if (change[i].field->refused) {
            const struct err *why = change[i].field->err;
            struct str child = change[i].subject->row[to]->rec.name;
            assert_string_equal(why->code, "hierarchy_loop");
            assert_true(str_find(str_from(why->msg), child) >= 0);
            assert_int_equal(change[i].action, ACTION_NONE);
            assert_int_equal(change[i].why, WHY_FIELDS_REFUSED);
        } else {
            assert_int_equal(change[i].action, ACTION_UPDATE);
        }
}

/* Every forest of three records, every plan over it: what is left closes no loop, and nothing is
 * refused that would not have closed one. */
static void no_plan_closes_a_loop(void **state)
{
    struct lab l;
    size_t plans = 0, refusals = 0;
    (void)state;
    lab_init(&l);
    for (int f = 0; f < 64; f++) {
        const int now[N] = {f & 3, f >> 2 & 3, f >> 4 & 3};
        if (loops(now))
            continue;
        for (int p = 0; p < 125; p++) {
            const int next[N] = {p % 5, p / 5 % 5, p / 25};
            int end[N];
            bool refused[N];
            enum side to = plans++ % 2 ? SIDE_SF : SIDE_HS;
            arena_reset(&l.a);
            check(&l, to, now, next, end, refused);
            assert_false(loops(end));
            for (int i = 0; i < N; i++) {
                int all[N];
                for (int k = 0; k < N; k++)
                    all[k] = next[k] == STAYS ? now[k] : next[k];
                refusals += refused[i];
                assert_true(!refused[i] || loops(all)); /* nothing for no reason */
            }
        }
    }
    assert_int_equal(plans, 16 * 125);
    assert_true(refusals > 100);
    arena_release(&l.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cell_has_its_answer),
        cmocka_unit_test(a_new_link_gets_its_parent_next),
        cmocka_unit_test(no_plan_closes_a_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
