/* S6.6, B3.58-B3.64: who stands for whom, and what becomes of a pair's owner: every case of what
 * two_way says x who stands on either side x the setting. Expectations are written by hand. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "core/owner.h"

#define PERSON(i, e, n, on)                                                                        \
    {                                                                                              \
        {(i), sizeof(i) - 1}, {(e), sizeof(e) - 1}, {(n), sizeof(n) - 1}, on                       \
    }

static struct owner users[] = {
    PERSON("U1", "Ann@acme.example", "Ann Li", true),
    PERSON("U2", "bob@acme.example", "Bob Ray", true),
    PERSON("U3", "gone@acme.example", "Gus One", false),
    PERSON("U4", "alone@acme.example", "Al One", true),
    PERSON("U5", "shared@acme.example", "Eva Day", true),
    PERSON("U6", "SHARED@acme.example", "Fay Day", true),
    PERSON("U7", "twice@acme.example", "Tom Two", true),
    PERSON("U8", "twice@acme.example", "tom two", true),
    PERSON("U9", "left@acme.example", "Lee Past", true),
    PERSON("UA", "", "No Mail", true),
    PERSON("UB", "one@acme.example", "Una One", true),
};
static struct owner owners[] = {
    PERSON("301", "ann@ACME.example", "Ann Li-Jones", true), /* the name does not matter */
    PERSON("302", "BOB@acme.example", "Bob Ray", true),
    PERSON("303", "gone@acme.example", "Gus One", true), /* its user is inactive */
    PERSON("305", "shared@acme.example", "FAY DAY", true),
    PERSON("307", "twice@acme.example", "Tom Two", true), /* two users have that name too */
    PERSON("309", "left@acme.example", "Lee Past", false),
    PERSON("310", "", "Sales Queue", true),
    PERSON("311", "one@acme.example", "Una One", true),
    PERSON("312", "one@acme.example", "Una Two", true), /* one user, two owners: by name */
    PERSON("313", "solo@acme.example", "So Lo", true),
};

static const struct owner_list lists[SIDE_COUNT] = {{users, LEN(users)}, {owners, LEN(owners)}};

static void partners_by_email_and_name(void **state)
{
    static const struct {
        const char *user, *owner; /* NULL = without a partner */
    } want[] = {{"U1", "301"}, {"U2", "302"}, {"U3", NULL},  {"U4", NULL},  {"U5", NULL},
                {"U6", "305"}, {"U7", NULL},  {"U8", NULL},  {"U9", NULL},  {"UA", NULL},
                {"UB", "311"}, {NULL, "303"}, {NULL, "307"}, {NULL, "309"}, {NULL, "310"},
                {NULL, "312"}, {NULL, "313"}};
    struct arena a;
    struct owner_book b;
    (void)state;
    arena_init(&a, MIB);
    owner_book_make(&a, lists, S("Bob@acme.example"), S("U1"), &b);
    for (size_t i = 0; i < LEN(want); i++) {
        struct str u = want[i].user ? str_from(want[i].user) : STR_NONE;
        struct str o = want[i].owner ? str_from(want[i].owner) : STR_NONE;
        if (u.n && !str_eq(pairs_partner(&b.pairs, SIDE_SF, u), o))
            fail_msg("the partner of %s", want[i].user);
        if (o.n && !str_eq(pairs_partner(&b.pairs, SIDE_HS, o), u))
            fail_msg("the partner of %s", want[i].owner);
    }
    assert_true(str_eq(b.named[SIDE_SF], S("U2")) && str_eq(b.named[SIDE_HS], S("302")));
    arena_release(&a);
}

static void how_somebody_stands(void **state)
{
    static const struct {
        enum side side;
        const char *id;
        enum owner_stand want;
    } rows[] = {
        {SIDE_SF, "", OWNER_NONE},    {SIDE_SF, "U1", OWNER_PAIRED},  {SIDE_SF, "U4", OWNER_ALONE},
        {SIDE_SF, "U3", OWNER_LEFT},  {SIDE_SF, "U9", OWNER_ALONE},   {SIDE_SF, "??", OWNER_LEFT},
        {SIDE_HS, "", OWNER_NONE},    {SIDE_HS, "302", OWNER_PAIRED}, {SIDE_HS, "303", OWNER_ALONE},
        {SIDE_HS, "309", OWNER_LEFT}, {SIDE_HS, "310", OWNER_ALONE},  {SIDE_HS, "999", OWNER_LEFT},
    };
    struct arena a;
    struct owner_book b;
    (void)state;
    arena_init(&a, MIB);
    owner_book_make(&a, lists, STR_NONE, STR_NONE, &b);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct value v = value_text(str_from(rows[i].id));
        if (owner_stand(&b, rows[i].side, &v) != rows[i].want)
            fail_msg("%s on %s", rows[i].id, side_name(rows[i].side));
    }
    arena_release(&a);
}

/* Columns: HubSpot's owner is absent, paired, alone, left. Rows: Salesforce's, the same (absent
 * cannot be there, but has an answer). Letters:
 *   .  nothing                      =  both stay and become the base
 *   h  HubSpot gets the partner     s  Salesforce gets the partner
 *   b  HubSpot goes back            c  HubSpot is cleared
 *   H  HubSpot gets the named one   S  Salesforce gets the named one */
static const char letters[OWNER_ANSWERS] = {
    [OWNER_KEEP] = '.',    [OWNER_SETTLE] = '=',   [OWNER_GIVE_HS] = 'h', [OWNER_GIVE_SF] = 's',
    [OWNER_BACK_HS] = 'b', [OWNER_CLEAR_HS] = 'c', [OWNER_NAME_HS] = 'H', [OWNER_NAME_SF] = 'S'};

static const struct {
    const char *what;
    enum verdict plain;
    bool first;
    /* keep, reset, clear, named; of each the rows absent, paired, alone, left */
    const char *row[4][OWNER_STANDS];
} cases[] = {
    {"nothing moved",
     VERDICT_KEEP,
     false,
     {{"....", "....", "....", "...."},
      {"....", "....", "....", "...."},
      {"....", "....", "....", "...."},
      {"....", "....", "....", "...."}}},
    {"the same person",
     VERDICT_AGREE,
     false,
     {{"====", "====", "====", "===="},
      {"====", "====", "====", "===="},
      {"====", "====", "====", "===="},
      {"====", "====", "====", "===="}}},
    {"Salesforce moved",
     VERDICT_TAKE_SF,
     false,
     {{"====", "hhhh", "====", "===="}, /* keep: left on both sides */
      {"====", "hhhh", "====", "===="}, /* reset is for HubSpot's owner */
      {"=ccc", "hhhh", "=ccc", "=ccc"}, /* clear: HubSpot has none rather than another */
      {"HHHH", "hhhh", "HHHH", "HHHH"}}},
    {"HubSpot moved",
     VERDICT_TAKE_HS,
     false,
     {{"=s==", "bs==", "=s==", "=s=="}, /* a clear is put back: B3.64, S5.10 */
      {"=s==", "bsbb", "=s==", "=s=="}, /* reset: back to Salesforce's: B3.61 */
      {"=s==", "bs==", "=s==", "=s=="},
      {"HsSS", "bsSS", "HsSS", "HsSS"}}},
    {"first link, Salesforce's value first",
     VERDICT_TAKE_SF,
     true,
     {{"=s==", "hhhh", "====", "=s=="}, /* the account's active owner wins: B3.63 */
      {"=s==", "hhhh", "====", "=s=="},
      {"=scc", "hhhh", "=ccc", "=scc"},
      {"HsHH", "hhhh", "HHHH", "HsHH"}}},
    {"first link, HubSpot's value first",
     VERDICT_TAKE_HS,
     true,
     {{"=s==", "hhhh", "====", "=s=="},
      {"=s==", "hhhh", "====", "=s=="},
      {"=scc", "hhhh", "=ccc", "=scc"},
      {"HsHH", "hhhh", "HHHH", "HsHH"}}},
    {"first link, a person asked",
     VERDICT_REVIEW,
     true, /* B3.63 has the answer */
     {{"=s==", "hhhh", "====", "=s=="},
      {"=s==", "hhhh", "====", "=s=="},
      {"=scc", "hhhh", "=ccc", "=scc"},
      {"HsHH", "hhhh", "HHHH", "HsHH"}}},
};

static void every_case_of_every_setting(void **state)
{
    static const char *const names[] = {"keep", "reset", "clear", "named"};
    static const char *const stands[] = {"none", "paired", "alone", "left"};
    int cells = 0;
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++)
        for (int set = OWNER_UNMATCHED_KEEP; set <= OWNER_UNMATCHED_NAMED; set++)
            for (enum owner_stand sf = 0; sf < OWNER_STANDS; sf++) {
                assert_int_equal(strlen(cases[i].row[set][sf]), OWNER_STANDS);
                for (enum owner_stand hs = 0; hs < OWNER_STANDS; hs++, cells++) {
                    struct owner_case c = {cases[i].plain, cases[i].first, {sf, hs}};
                    char got = letters[owner_answer(&c, (enum owner_unmatched)set)];
                    char want = cases[i].row[set][sf][hs];
                    if (got != want)
                        fail_msg("%s, %s, Salesforce %s, HubSpot %s: %c, expected %c",
                                 cases[i].what, names[set], stands[sf], stands[hs], got, want);
                }
            }
    assert_int_equal(cells, 7 * 4 * 4 * 4);
}

/* B3.62: the owner of a record that is made. "" = the service's own choice. */
static void the_owner_of_a_new_record(void **state)
{
    static const struct {
        enum side to;
        const char *from;
        enum owner_unmatched setting;
        const char *want;
    } rows[] = {
        {SIDE_SF, "302", OWNER_UNMATCHED_KEEP, "U2"}, /* it matches an active user */
        {SIDE_SF, "313", OWNER_UNMATCHED_KEEP, "U1"}, /* else the user we sign in as */
        {SIDE_SF, "", OWNER_UNMATCHED_KEEP, "U1"},
        {SIDE_SF, "313", OWNER_UNMATCHED_NAMED, "U2"},
        {SIDE_SF, "", OWNER_UNMATCHED_NAMED, "U1"}, /* nobody is unmatched there */
        {SIDE_HS, "U1", OWNER_UNMATCHED_KEEP, "301"},
        {SIDE_HS, "U4", OWNER_UNMATCHED_KEEP, ""},
        {SIDE_HS, "U3", OWNER_UNMATCHED_RESET, ""},
        {SIDE_HS, "U3", OWNER_UNMATCHED_CLEAR, ""},
        {SIDE_HS, "U4", OWNER_UNMATCHED_NAMED, "302"},
    };
    struct arena a;
    struct owner_book b;
    (void)state;
    arena_init(&a, MIB);
    owner_book_make(&a, lists, S("bob@acme.example"), S("U1"), &b);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct value from = value_text(str_from(rows[i].from));
        struct value got = owner_of_new(&b, rows[i].to, &from, rows[i].setting);
        struct value want = rows[i].want[0] ? value_text(str_from(rows[i].want)) : VALUE_NOT_KNOWN;
        if (!value_eq(&got, &want))
            fail_msg("row %zu: %.*s, expected %s", i, STR_ARG(got.text), rows[i].want);
    }
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partners_by_email_and_name),
        cmocka_unit_test(how_somebody_stands),
        cmocka_unit_test(every_case_of_every_setting),
        cmocka_unit_test(the_owner_of_a_new_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
