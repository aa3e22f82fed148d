/* S5.7: the truth tables B3.11-B3.14 and their mirrors, cell by cell, as a plan answers them: rule
 * x {first link, base} x {blank, value; moved or not} on both sides x {the same, different}, with
 * the four settings of S5.5, S5.6, S5.8 and S5.10. Every expectation is written by hand.
 *
 * A cell is what becomes of the field:
 *   K  nothing is written, the bases stay       A  both the same: that becomes the base
 *   S  both stay and become the base            s  Salesforce's value goes to HubSpot
 *   R  a person is asked                        h  HubSpot's value goes to Salesforce
 *   p  HubSpot gets its value back              P  Salesforce gets its value back
 * and after it: ! an edit is taken back (S5.6), x both sides had moved (S5.4),
 * b what comes back is what was cleared, since nothing may come from the other side. */
#include "unit.h"

#include <stdio.h>

#include "pair.h"

/* How one side's value stands to its base. */
enum stand { BLANK, CLEARED, KEPT, MOVED, STANDS };
static const char *const stand_names[STANDS] = {"blank", "cleared", "a value", "a moved value"};

struct table {
    enum rule rule;
    const char *row[STANDS]; /* Salesforce's stand; columns: HubSpot's, in the same order */
};

static const struct table different[] = {
    {RULE_ALWAYS_SF,
     /* HubSpot: blank cleared value moved */
     {"K  A  K  S",  /* a value beside a blank that was blank already stays: B3.12 */
      "A  A  s  sx", /* cleared here = cleared there, over an edit too: S5.2 */
      "K  s! K  s!", /* an edit there is taken back: B3.12, B3.15 */
      "s  sx s  sx"}},
    {RULE_PREFER_SF,
     {"K  A  K  h",  /* HubSpot fills the blank: B3.11 */
      "A  A  s  hx", /* even a fresh blank: B3.16 */
      "K  s! K  s!", /* B3.11 */
      "s  sx s  sx"}},
    {RULE_TWO_WAY,
     {"K  A  K  h",  /* B3.13 */
      "A  A  s  sx", /* both moved apart and no times: Salesforce, a clear like a value: S5.4 */
      "K  h  K  h",  /* a clear wins like a value: B3.13 */
      "s  sx s  sx"}},
    {RULE_NONE,
     {"K  K  K  K", /* B3.14 */
      "K  K  K  K", "K  K  K  K", "K  K  K  K"}},
    {RULE_ALWAYS_HS, /* the mirror of always_salesforce */
     {"K  A  K  h", "A  A  h! hx", "K  h  K  h", "S  hx h! hx"}},
    {RULE_PREFER_HS, /* the mirror of prefer_salesforce */
     {"K  A  K  h", "A  A  h! hx", "K  h  K  h", "s  sx h! hx"}},
};

/* Both sides have the same value: rows and columns value, moved (a blank pair is above). */
static const struct table same[] = {
    {RULE_ALWAYS_SF, {NULL, NULL, "K A", "A A"}}, {RULE_PREFER_SF, {NULL, NULL, "K A", "A A"}},
    {RULE_TWO_WAY, {NULL, NULL, "K A", "A A"}},   {RULE_NONE, {NULL, NULL, "K K", "K K"}},
    {RULE_ALWAYS_HS, {NULL, NULL, "K A", "A A"}}, {RULE_PREFER_HS, {NULL, NULL, "K A", "A A"}},
};

/* The first link (S5.5): rows and columns blank, value; then both the same value. */
static const struct {
    enum rule rule;
    const char *blank, *value, *same;
} first[] = {
    {RULE_ALWAYS_SF, "A S", "s s", "A"}, /* only the ruling side's value goes over */
    {RULE_PREFER_SF, "A h", "s s", "A"}, /* a value beats a blank */
    {RULE_TWO_WAY, "A h", "s ?", "A"},   /* ? = as the setting says: below */
    {RULE_NONE, "K K", "K K", "K"},      {RULE_ALWAYS_HS, "A h", "S h", "A"},
    {RULE_PREFER_HS, "A h", "s h", "A"},
};

/* Two values at the first link under two_way: by first_link, and who changed later. */
static const struct {
    enum first_link setting;
    const char *unknown, *salesforce_later, *hubspot_later;
} settings[] = {
    {FIRST_SALESFORCE, "s", "s", "s"},
    {FIRST_HUBSPOT, "h", "h", "h"},
    {FIRST_NEWEST, "s", "s", "h"},
    {FIRST_REVIEW, "R", "R", "R"},
};

/* S5.10: HubSpot cannot hold a blank (its own stand is never `cleared` then, but a plan answers).
 */
static const struct table hubspot_needs_it[] = {
    {RULE_ALWAYS_SF, {"K  A  K  S", "A  A  P!b P!bx", "K  s! K  s!", "s  sx s  sx"}},
    {RULE_PREFER_SF, {"K  A  K  h", "A  A  P! hx", "K  s! K  s!", "s  sx s  sx"}},
    {RULE_TWO_WAY, {"K  A  K  h", "A  A  P! P!x", "K  h  K  h", "s  sx s  sx"}},
    {RULE_NONE, {"K  K  K  K", "K  K  K  K", "K  K  K  K", "K  K  K  K"}},
    {RULE_ALWAYS_HS, {"K  A  K  h", "A  A  h! hx", "K  h  K  h", "S  hx h! hx"}},
    {RULE_PREFER_HS, {"K  A  K  h", "A  A  h! hx", "K  h  K  h", "s  sx h! hx"}},
};

/* S5.10: Salesforce cannot: its name, its owner (B3.64). */
static const struct table salesforce_needs_it[] = {
    {RULE_ALWAYS_SF, {"K  A  K  S", "A  A  s  sx", "K  s! K  s!", "s  sx s  sx"}},
    {RULE_PREFER_SF, {"K  A  K  h", "A  A  s  hx", "K  s! K  s!", "s  sx s  sx"}},
    {RULE_TWO_WAY, {"K  A  K  h", "A  A  s  sx", "K  p! K  h", "s  sx s  sx"}},
    {RULE_NONE, {"K  K  K  K", "K  K  K  K", "K  K  K  K", "K  K  K  K"}},
    {RULE_ALWAYS_HS, {"K  A  K  h", "A  A  h! hx", "K  p!b K  h", "S  p!bx h! hx"}},
    {RULE_PREFER_HS, {"K  A  K  h", "A  A  h! hx", "K  p! K  h", "s  sx h! hx"}},
};

/* ---- one pair with one field ----------------------------------------------------------------- */

struct cell {
    enum rule rule;
    bool first, same;
    enum stand stand[SIDE_COUNT];
    enum first_link setting;
    int64_t set_ms[SIDE_COUNT]; /* 0 = not known */
    bool required[SIDE_COUNT];
};

/* "sf"/"hs": now; "sf0"/"hs0": before. The same value on both sides is "one". */
static struct value now_of(const struct cell *c, enum side s)
{
    if (c->stand[s] == BLANK || c->stand[s] == CLEARED)
        return VALUE_EMPTY;
    return c->same ? value_text(S("one")) : value_text(s == SIDE_SF ? S("sf") : S("hs"));
}

static struct value base_of(const struct cell *c, enum side s)
{
    if (c->first)
        return VALUE_NOT_KNOWN;
    if (c->stand[s] == BLANK)
        return VALUE_EMPTY;
    return c->stand[s] == KEPT ? now_of(c, s) : value_text(s == SIDE_SF ? S("sf0") : S("hs0"));
}

static bool base_is(const struct change *c, enum side s, struct value v)
{
    return value_eq(&c->base[s][0], &v);
}

/* What a change says, in the letters above. */
static void letters(const struct cell *cell, const struct change *c, char out[8])
{
    size_t n = 0;
    struct value now[SIDE_COUNT] = {now_of(cell, SIDE_SF), now_of(cell, SIDE_HS)};
    if (c->asks) {
        assert_false(value_known(&c->base[SIDE_SF][0]) || value_known(&c->base[SIDE_HS][0]));
        out[n++] = 'R';
    } else if (c->fields == 0 && !c->base_moved) {
        assert_true(base_is(c, SIDE_SF, base_of(cell, SIDE_SF)));
        assert_true(base_is(c, SIDE_HS, base_of(cell, SIDE_HS)));
        out[n++] = 'K';
    } else if (c->fields == 0) {
        assert_true(base_is(c, SIDE_SF, now[SIDE_SF]) && base_is(c, SIDE_HS, now[SIDE_HS]));
        out[n++] = value_eq(&now[SIDE_SF], &now[SIDE_HS]) ? 'A' : 'S';
    } else {
        const struct field_change *f = &c->field[0];
        enum side from = side_other(f->to);
        bool back = strcmp(f->rule, "S5.10") == 0;
        assert_int_equal(c->fields, 1);
        assert_false(f->refused);
        assert_true(value_eq(&f->old, &now[f->to]));
        assert_true(base_is(c, f->to, f->value)); /* what is written is the base */
        assert_true(base_is(c, from, f->restores ? base_of(cell, from) : now[from]));
        if (f->restores)
            assert_true(base_is(c, f->to, base_of(cell, f->to)));
        else
            assert_true(value_eq(&f->value, &now[from]));
        out[n++] = "shpP"[(back ? 2 : 0) + (f->to == SIDE_SF)];
        if (f->revert)
            out[n++] = '!';
        if (f->restores)
            out[n++] = 'b';
        if (f->conflict)
            out[n++] = 'x';
    }
    out[n] = '\0';
}

static void expect(const struct cell *cell, const char *want)
{
    static const char *const fields[][SIDE_COUNT] = {{"Phone", "phone"}};
    struct pair p;
    struct change c;
    int64_t set_ms[SIDE_COUNT];
    char got[8];
    pair_init(&p, fields, LEN(fields));
    p.map[0].rule = cell->rule;
    p.set.first_link = cell->setting;
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        p.map[0].meta[s].required = cell->required[s];
        p.value[s][0] = base_of(cell, s);
        set_ms[s] = cell->set_ms[s];
        p.row[s].rec.set_ms = &set_ms[s];
    }
    pair_link(&p);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++)
        p.value[s][0] = now_of(cell, s);
    plan_one(&p.a, &p.ctx, &p.subject, &c);
    letters(cell, &c, got);
    if (strcmp(got, want) != 0)
        fail_msg("%s, %s, Salesforce %s, HubSpot %s%s: %s, expected %s", rule_name(cell->rule),
                 cell->first ? "first link" : "base", stand_names[cell->stand[SIDE_SF]],
                 stand_names[cell->stand[SIDE_HS]], cell->same ? ", the same" : "", got, want);
    pair_release(&p);
}

/* The n-th word of a row; an empty one is a missing cell. */
static const char *word(const char *row, int n, char out[8])
{
    struct str rest = str_from(row), part = STR_NONE;
    for (int i = 0; i <= n;) {
        if (!str_cut(&rest, ' ', &part))
            fail_msg("the row \"%s\" has no cell %d", row, n);
        i += part.n > 0;
    }
    assert_in_range(part.n, 1, 7);
    snprintf(out, 8, "%.*s", STR_ARG(part));
    return out;
}

static int words(const char *row)
{
    struct str rest = str_from(row), part;
    int n = 0;
    while (str_cut(&rest, ' ', &part))
        n += part.n > 0;
    return n;
}

static int with_base(const struct table *t, size_t tables, bool equal, enum side needs)
{
    int cells = 0;
    bool seen[RULE_COUNT] = {false};
    char want[8];
    enum stand from = equal ? KEPT : BLANK;
    for (size_t i = 0; i < tables; i++) {
        assert_false(seen[t[i].rule]); /* one answer a cell */
        seen[t[i].rule] = true;
        for (enum stand sf = from; sf < STANDS; sf++) {
            assert_int_equal(words(t[i].row[sf]), STANDS - from);
            for (enum stand hs = from; hs < STANDS; hs++, cells++) {
                struct cell c = {.rule = t[i].rule, .same = equal, .stand = {sf, hs}};
                if (needs != SIDE_COUNT)
                    c.required[needs] = true;
                expect(&c, word(t[i].row[sf], (int)(hs - from), want));
            }
        }
    }
    for (int r = 0; r < RULE_COUNT; r++)
        assert_true(seen[r]); /* no rule is missing */
    return cells;
}

static void every_cell_with_base(void **state)
{
    (void)state;
    assert_int_equal(with_base(different, LEN(different), false, SIDE_COUNT), 6 * 4 * 4);
    assert_int_equal(with_base(same, LEN(same), true, SIDE_COUNT), 6 * 2 * 2);
}

static void every_clear_that_cannot_be_held(void **state)
{
    (void)state;
    assert_int_equal(with_base(hubspot_needs_it, LEN(hubspot_needs_it), false, SIDE_HS), 96);
    assert_int_equal(with_base(salesforce_needs_it, LEN(salesforce_needs_it), false, SIDE_SF), 96);
}

static void first_cell(enum rule rule, enum stand sf, enum stand hs, bool equal, const char *want)
{
    static const int64_t t[3][2] = {{0, 0}, {9000, 1000}, {1000, 9000}};
    for (size_t i = 0; i < LEN(settings); i++)
        for (size_t k = 0; k < LEN(t); k++) {
            const char *by_time[] = {settings[i].unknown, settings[i].salesforce_later,
                                     settings[i].hubspot_later};
            expect(&(struct cell){.rule = rule,
                                  .first = true,
                                  .same = equal,
                                  .stand = {sf, hs},
                                  .setting = settings[i].setting,
                                  .set_ms = {t[k][0], t[k][1]}},
                   want[0] == '?' ? by_time[k] : want);
        }
}

static void every_cell_at_the_first_link(void **state)
{
    (void)state;
    bool seen[RULE_COUNT] = {false};
    char want[8];
    assert_int_equal(LEN(settings), FIRST_REVIEW + 1);
    for (size_t i = 0; i < LEN(first); i++) {
        seen[first[i].rule] = true;
        assert_int_equal(words(first[i].blank) + words(first[i].value) + words(first[i].same), 5);
        for (int hs = 0; hs < 2; hs++) {
            enum stand there = hs ? KEPT : BLANK;
            first_cell(first[i].rule, BLANK, there, false, word(first[i].blank, hs, want));
            first_cell(first[i].rule, KEPT, there, false, word(first[i].value, hs, want));
        }
        first_cell(first[i].rule, KEPT, KEPT, true, word(first[i].same, 0, want));
    }
    for (int r = 0; r < RULE_COUNT; r++)
        assert_true(seen[r]);
}

/* S5.4: both moved apart: the later wins, a clear like a value; in doubt Salesforce. */
static void a_conflict_goes_to_the_later(void **state)
{
    static const struct {
        enum stand sf, hs;
        int64_t set_ms[SIDE_COUNT];
        const char *want;
    } cells[] = {
        {MOVED, MOVED, {5000, 1000}, "sx"},   {MOVED, MOVED, {1000, 5000}, "hx"},
        {MOVED, MOVED, {1000, 2999}, "sx"},   {MOVED, MOVED, {1000, 3000}, "hx"}, /* 2 s apart */
        {MOVED, MOVED, {0, 5000}, "sx"},      {MOVED, MOVED, {1000, 0}, "sx"},
        {CLEARED, MOVED, {5000, 1000}, "sx"}, {CLEARED, MOVED, {1000, 5000}, "hx"},
        {MOVED, CLEARED, {5000, 1000}, "sx"}, {MOVED, CLEARED, {1000, 5000}, "hx"},
    };
    (void)state;
    for (size_t i = 0; i < LEN(cells); i++)
        expect(&(struct cell){.rule = RULE_TWO_WAY,
                              .stand = {cells[i].sf, cells[i].hs},
                              .set_ms = {cells[i].set_ms[0], cells[i].set_ms[1]}},
               cells[i].want);
}

/* Times decide a conflict under two_way only, and no other cell of any rule. */
static void times_decide_nothing_else(void **state)
{
    char want[8];
    (void)state;
    for (size_t i = 0; i < LEN(different); i++)
        for (enum stand sf = BLANK; sf < STANDS; sf++)
            for (enum stand hs = BLANK; hs < STANDS; hs++) {
                const char *cell = word(different[i].row[sf], (int)hs, want);
                if (different[i].rule == RULE_TWO_WAY && strchr(cell, 'x'))
                    continue;
                expect(&(struct cell){.rule = different[i].rule,
                                      .stand = {sf, hs},
                                      .set_ms = {1000, 9000}},
                       cell);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_with_base),
        cmocka_unit_test(every_clear_that_cannot_be_held),
        cmocka_unit_test(every_cell_at_the_first_link),
        cmocka_unit_test(a_conflict_goes_to_the_later),
        cmocka_unit_test(times_decide_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
