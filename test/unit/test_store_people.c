/* People in the store: readings replace older ones, only whom a change concerns is settled again,
 * and only whom it concerns is looked at again (S3.4-S3.6, S17.5). */
#include "test_store_open.h"

#include <sqlite3.h>

#define HASH S("0123456789abcdef")

static void put(struct person p)
{
    WRITE(st->people->put(st, &p, 1, &e));
}

static void put_company(const char *id, bool existing)
{
    struct row r = {.rec = {.id = str_from(id), .asked_ms = 1}, .existing = existing};
    r.packed = S("values");
    r.rec.made = MADE_YES;
    WRITE(st->ops->rows_put(st, SIDE_HS, &r, 1, &e));
}

static void place(const char *contact, const char *const *companies, size_t n)
{
    struct association pair[8];
    struct str id = str_from(contact);
    for (size_t i = 0; i < n; i++) /* the first is the primary one */
        pair[i] = (struct association){id, str_from(companies[i]), i == 0};
    WRITE(st->people->place(st, &id, 1, pair, n, &e));
}

/* The ids of those that wait, as one text; and nothing waits any more. */
static const char *unsettled(void)
{
    static char text[256];
    struct contact_case *c;
    size_t n;
    assert_true(st->people->unsettled(st, &a, 100, &c, &n, &e));
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t at = strlen(text);
        snprintf(text + at, sizeof(text) - at, "%s%.*s", i ? " " : "", STR_ARG(c[i].id));
    }
    for (size_t i = 0; i < n; i++) {
        struct contact same = {.id = c[i].id};
        WRITE(st->people->settle(st, &same, 1, &e));
    }
    return text;
}

/* The companies that are due, as one text; none is due any more. */
static const char *due(enum side s)
{
    static char text[256];
    struct subject *subject;
    size_t n;
    assert_true(st->ops->subjects_due(st, &a, s, &(struct due_query){.now_ms = 1000, .limit = 100},
                                      &subject, &n, &e));
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        struct row *row = subject[i].row[s];
        size_t at = strlen(text);
        snprintf(text + at, sizeof(text) - at, "%s%.*s", i ? " " : "", STR_ARG(row->rec.id));
        assert_true(row->cause & CAUSE_CONTACTS);
        row->due_ms = 0;
        row->cause = 0;
        WRITE(st->ops->rows_due(st, s, row, 1, &e));
    }
    return text;
}

static struct evidence evidence(enum side s, const char *id)
{
    struct evidence out;
    struct str one = str_from(id);
    assert_true(st->ops->evidence_of(st, &a, s, &one, 1, &out, &e));
    return out;
}

static struct person contact(const char *id, struct str email)
{
    return (struct person){
        .kind = PERSON_CONTACT, .id = str_from(id), .modified_ms = 10, .email = email};
}

static void people_are_evidence_of_all_their_companies(void **state)
{
    static const char *const at[] = {"901", "902", "903"};
    (void)state;
    put_company("901", false);
    put_company("902", false);
    put(contact("51", HASH));
    put(contact("52", STR_NONE));
    place("51", at, 3);
    place("52", at + 1, 1);
    assert_string_equal(unsettled(), "51 52");
    struct contact settled = {.id = S("51"),
                              .state = CONTACT_OF_ACCOUNT,
                              .person = S("003X"),
                              .account = S("001A"),
                              .converted = true};
    WRITE(st->people->settle(st, &settled, 1, &e));
    struct evidence x = evidence(SIDE_HS, "902");
    assert_int_equal(x.count, 2);
    assert_int_equal(x.made, MADE_YES);
    assert_true(x.listed && str_eq(x.contact[0].company, S("901")) && x.contact[0].converted);
    assert_int_equal(x.contact[0].state, CONTACT_OF_ACCOUNT);
    assert_true(x.contact[0].qualifies && !x.contact[1].qualifies); /* no address (B2.21) */
    assert_true(str_eq(x.contact[1].company, S("902")));
    assert_int_equal(evidence(SIDE_HS, "901").count, 1);
    x = evidence(SIDE_SF, "001A");
    assert_true(x.count == 1 && str_eq(x.contact[0].id, S("51")));
    assert_int_equal(evidence(SIDE_HS, "999").count, 0);
}

static void the_lists_decide_who_qualifies(void **state)
{
    static const char *const at[] = {"901"};
    struct str ids[] = {S("51"), S("52")}, companies[] = {S("901")};
    bool in[] = {false, true}, yes[] = {true};
    (void)state;
    put_company("901", false);
    put(contact("51", HASH));
    put(contact("52", STR_NONE));
    place("51", at, 1);
    place("52", at, 1);
    unsettled();
    due(SIDE_HS);
    WRITE(st->people->choose(st, LIST_CONTACTS, S("7"), &e));
    assert_string_equal(due(SIDE_HS), "901");
    struct evidence x = evidence(SIDE_HS, "901");
    assert_true(!x.contact[0].qualifies && !x.contact[1].qualifies); /* nobody is known to be in */
    WRITE(st->people->members(st, LIST_CONTACTS, ids, in, 2, &e));
    assert_string_equal(due(SIDE_HS), "901");
    x = evidence(SIDE_HS, "901");
    assert_true(!x.contact[0].qualifies && x.contact[1].qualifies && x.listed);
    WRITE(st->people->members(st, LIST_CONTACTS, ids, in, 2, &e));
    assert_string_equal(due(SIDE_HS), ""); /* the same again */
    WRITE(st->people->choose(st, LIST_COMPANIES, S("8"), &e));
    due(SIDE_HS);
    assert_false(evidence(SIDE_HS, "901").listed);
    WRITE(st->people->members(st, LIST_COMPANIES, companies, yes, 1, &e));
    assert_string_equal(due(SIDE_HS), "901");
    assert_true(evidence(SIDE_HS, "901").listed);
    WRITE(st->people->choose(st, LIST_CONTACTS, STR_NONE, &e));
    assert_true(evidence(SIDE_HS, "901").contact[0].qualifies);
}

static void only_whom_it_concerns_is_settled_again(void **state)
{
    (void)state;
    struct person c = contact("51", HASH), d = contact("52", S("another hash ...")), p, l;
    d.lead = S("00QL");
    put(c);
    put(d);
    put(contact("53", STR_NONE));
    assert_string_equal(unsettled(), "51 52 53");
    put(c);
    assert_string_equal(unsettled(), ""); /* the same reading */
    c.modified_ms = 11;
    put(c);
    assert_string_equal(unsettled(), ""); /* later, but nothing that matters */
    p = (struct person){
        .kind = PERSON_SF_CONTACT, .id = S("003X"), .modified_ms = 5, .email = HASH};
    put(p);
    assert_string_equal(unsettled(), "51"); /* by address */
    l = (struct person){.kind = PERSON_LEAD, .id = S("00QL"), .modified_ms = 5};
    put(l);
    assert_string_equal(unsettled(), "52"); /* by name */
    l.converted = true;
    l.next = S("003Y");
    l.modified_ms = 6;
    put(l);
    assert_string_equal(unsettled(), "52");
    put((struct person){.kind = PERSON_SF_CONTACT, .id = S("003Y"), .modified_ms = 5});
    assert_string_equal(unsettled(), "52"); /* what its lead became */
    p.modified_ms = 4;
    p.email = STR_NONE;
    put(p);
    assert_string_equal(unsettled(), ""); /* S8.6: an older reading */
    p.modified_ms = 8;
    put(p);
    assert_string_equal(unsettled(), "51"); /* the address it no longer has */
}

static void the_people_of_a_case_come_with_what_they_became(void **state)
{
    struct contact_case *c;
    size_t n;
    (void)state;
    struct person x = contact("51", HASH);
    x.contact = S("003OLD");
    put(x);
    put((struct person){.kind = PERSON_SF_CONTACT,
                        .id = S("003OLD"),
                        .modified_ms = 5,
                        .state = RECORD_MERGED,
                        .next = S("003NEW"),
                        .email = HASH});
    put((struct person){.kind = PERSON_SF_CONTACT, .id = S("003NEW"), .modified_ms = 5});
    put((struct person){.kind = PERSON_LEAD,
                        .id = S("00QWAS"),
                        .modified_ms = 5,
                        .converted = true,
                        .next = S("003NEW"),
                        .account = S("001A")});
    put((struct person){.kind = PERSON_LEAD, .id = S("00QSAME"), .modified_ms = 5, .email = HASH});
    put((struct person){.kind = PERSON_LEAD, .id = S("00QOTHER"), .modified_ms = 5});
    assert_true(st->people->unsettled(st, &a, 10, &c, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(c->persons, 4);
    for (size_t i = 0; i < c->persons; i++) {
        assert_false(str_eq(c->person[i].id, S("00QOTHER")));
        if (c->person[i].state == RECORD_MERGED) /* S17.5: its address is needed no more */
            assert_false(c->person[i].email.n > 0);
    }
}

/* S3.4: companies after T0 without a partner, and nobody else. */
static void a_change_makes_its_companies_due(void **state)
{
    static const char *const at[] = {"901", "902", "903"};
    struct link l = {.id = {S("001B"), S("903")}, .origin = ORIGIN_HAND, .base = {S(""), S("")}};
    (void)state;
    put_company("901", false);
    put_company("902", true);
    put_company("903", false);
    put_company("904", false);
    WRITE(st->ops->links_put(st, &l, 1, &e));
    put(contact("51", HASH));
    place("51", at, 3);
    assert_string_equal(due(SIDE_HS), "901");
    unsettled();
    struct contact now = {.id = S("51"), .state = CONTACT_PRIVATE, .person = S("003X")};
    WRITE(st->people->settle(st, &now, 1, &e));
    assert_string_equal(due(SIDE_HS), "901");
    WRITE(st->people->settle(st, &now, 1, &e));
    assert_string_equal(due(SIDE_HS), ""); /* nothing changed */
    place("51", at, 3);
    assert_string_equal(due(SIDE_HS), "");
    static const char *const moved[] = {"904"};
    place("51", moved, 1);
    assert_string_equal(due(SIDE_HS), "901 904"); /* where it was and where it is */
    put(contact("51", STR_NONE));
    assert_string_equal(due(SIDE_HS), "904"); /* it lost its address: qualifies no more */
    struct person gone = contact("51", STR_NONE);
    gone.state = RECORD_DELETED;
    put(gone);
    assert_string_equal(due(SIDE_HS), "904");
    assert_int_equal(evidence(SIDE_HS, "904").count, 0);
}

/* S3.6: whom a walk over everybody does not find is not visible any more. */
static void a_walk_over_everybody_sweeps_the_rest(void **state)
{
    static const char *const at[] = {"901"};
    struct contact_case *c;
    size_t n;
    (void)state;
    put_company("901", false);
    put(contact("51", HASH));
    put(contact("52", STR_NONE));
    place("51", at, 1);
    place("52", at, 1);
    put((struct person){
        .kind = PERSON_SF_CONTACT, .id = S("003X"), .modified_ms = 5, .email = HASH});
    put((struct person){
        .kind = PERSON_SF_CONTACT, .id = S("003Y"), .modified_ms = 5, .email = HASH});
    unsettled();
    assert_true(st->people->sweep_begin(st, &e));
    put(contact("51", HASH));
    put((struct person){
        .kind = PERSON_SF_CONTACT, .id = S("003X"), .modified_ms = 5, .email = HASH});
    WRITE(st->people->sweep_end(st, &e));
    assert_int_equal(evidence(SIDE_HS, "901").count, 1); /* 52 is gone */
    assert_true(st->people->unsettled(st, &a, 10, &c, &n, &e));
    assert_int_equal(n, 1); /* 51 may have synced with the one that is gone */
    assert_int_equal(c->persons, 1);
    assert_true(str_eq(c->person[0].id, S("003X")));
}

static void candidates_are_those_that_may_become_accounts(void **state)
{
    struct link l = {.id = {S("001B"), S("903")}, .origin = ORIGIN_HAND, .base = {S(""), S("")}};
    struct str *ids;
    size_t n;
    (void)state;
    put_company("901", false);
    put_company("902", true);
    put_company("903", false);
    put_company("904", false);
    WRITE(st->ops->links_put(st, &l, 1, &e));
    assert_true(st->people->candidates(st, &a, 0, STR_NONE, 10, &ids, &n, &e));
    assert_int_equal(n, 2);
    assert_true(str_eq(ids[0], S("901")) && str_eq(ids[1], S("904")));
    assert_true(st->people->candidates(st, &a, 0, S("901"), 10, &ids, &n, &e));
    assert_int_equal(n, 1);
    assert_true(st->people->candidates(st, &a, 500, STR_NONE, 10, &ids, &n, &e));
    assert_int_equal(n, 0);
    struct row r = {.rec = {.id = S("904")}, .due_ms = 400, .cause = CAUSE_NEW};
    WRITE(st->ops->rows_due(st, SIDE_HS, &r, 1, &e));
    assert_true(st->people->candidates(st, &a, 500, STR_NONE, 10, &ids, &n, &e));
    assert_true(n == 1 && str_eq(ids[0], S("904")));
}

/* S3.7: a private contact waits for its primary company's account, whichever is linked first. */
static void private_contacts_wait_for_an_account(void **state)
{
    static const char *const at[] = {"7", "5", "6"};
    const struct contact settled[] = {
        {.id = S("1"), .state = CONTACT_PRIVATE, .person = S("P1")},
        {.id = S("2"), .state = CONTACT_LEAD, .person = S("P2")},
        {.id = S("3"), .state = CONTACT_OF_ACCOUNT, .person = S("P3"), .account = S("A")}};
    const struct str companies[] = {S("5"), S("7"), S("6")};
    const struct link link = {.id = {S("A7"), S("7")}};
    struct placing *x;
    size_t n;
    (void)state;
    for (size_t i = 0; i < LEN(settled); i++) {
        put((struct person){
            .kind = PERSON_CONTACT, .id = settled[i].id, .modified_ms = 1, .email = HASH});
        place(settled[i].id.p, at, LEN(at));
    }
    WRITE(st->people->settle(st, settled, LEN(settled), &e));
    WRITE(st->people->placings_put(st, companies, LEN(companies), 9, &e));
    WRITE(st->ops->links_put(st, &link, 1, &e));
    assert_true(st->people->placings_due(st, &a, 1000, 8, 10, &x, &n, &e));
    assert_int_equal(n, 0); /* another run's */
    assert_true(st->people->placings_due(st, &a, 1000, 0, 10, &x, &n, &e));
    assert_int_equal(n, 1);
    assert_true(str_eq(x[0].person, S("P1")) && str_eq(x[0].company, S("7")));
    assert_true(str_eq(x[0].account, S("A7")));
    x[0].due_ms = 2000;
    x[0].attempts = 3;
    WRITE(st->people->placings_settle(st, x, 1, &e));
    assert_true(st->people->placings_due(st, &a, 1999, 0, 10, &x, &n, &e));
    assert_int_equal(n, 0);
    const struct str person = S("P1");
    WRITE(st->people->placings_again(st, &person, 1, &e)); /* S15.2: by hand at any time */
    assert_true(st->people->placings_due(st, &a, 1000, 0, 10, &x, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(x[0].attempts, 0);
    WRITE(st->people->placings_settle(st, x, 1, &e)); /* due_ms 0: over */
    assert_true(st->people->placings_due(st, &a, INT64_MAX, 0, 10, &x, &n, &e));
    assert_int_equal(n, 0);
}

/* ---- S11.1 ----------------------------------------------------------------------------------- */

/* Contact `id` syncs with SF contact `person` of account `account`. */
static void sync_with(const char *id, const char *person, const char *account)
{
    struct contact c = {.id = str_from(id),
                        .state = account ? CONTACT_OF_ACCOUNT : CONTACT_PRIVATE,
                        .person = str_from(person),
                        .account = account ? str_from(account) : STR_NONE};
    WRITE(st->people->settle(st, &c, 1, &e));
}

static size_t moves(struct association_move **x)
{
    size_t n;
    assert_true(st->people->associations_due(st, &a, 1000, S(""), 10, x, &n, &e));
    return n;
}

static void what_moves_is_noted_while_it_is_watched(void **state)
{
    static const char *const zen[] = {"7"}, *const zoo[] = {"8", "7"};
    struct association_move *x;
    uint64_t n;
    (void)state;
    for (const char *id = "1"; id; id = *id == '1' ? "2" : NULL)
        put((struct person){
            .kind = PERSON_CONTACT, .id = str_from(id), .modified_ms = 1, .email = HASH});
    place("1", zen, 1);
    sync_with("1", "P1", "A7");
    assert_int_equal(moves(&x), 0); /* nobody watches */
    WRITE(st->people->associations_watch(st, 500, &e));
    assert_int_equal(moves(&x), 0); /* what is there is handled */
    place("1", zoo, 2);
    sync_with("2", "P2", NULL);
    assert_int_equal(moves(&x), 2);
    assert_true(str_eq(x[0].contact, S("1")) && str_eq(x[0].person, S("P1")) && x[0].handled);
    assert_true(str_eq(x[0].at[SIDE_HS], S("8")) && str_eq(x[0].base[SIDE_HS], S("7")));
    assert_true(str_eq(x[0].at[SIDE_SF], S("A7")) && str_eq(x[0].base[SIDE_SF], S("A7")));
    assert_true(str_eq(x[1].contact, S("2")) && !x[1].handled); /* a pair that is new */
    assert_true(st->people->associations_after(st, S("1"), &n, &e));
    assert_int_equal(n, 1);
    x[0].base[SIDE_HS] = S("8");
    x[0].due_ms = x[1].due_ms = 0;
    WRITE(st->people->associations_settle(st, x, 2, &e));
    assert_int_equal(moves(&x), 0);
    place("1", zoo, 2); /* the same again */
    assert_int_equal(moves(&x), 0);
    sync_with("1", "P9", "A7"); /* another partner: the base is of the old one */
    assert_int_equal(moves(&x), 1);
    assert_false(x[0].handled);
    WRITE(st->people->associations_watch(st, 0, &e));
    assert_int_equal(moves(&x), 0);
}

static void what_waits_is_woken_by_its_link(void **state)
{
    static const char *const zen[] = {"7"};
    const struct link other = {.id = {S("A8"), S("8")}}, link = {.id = {S("A7"), S("7")}};
    const struct str contact = S("1");
    struct association_move *x;
    (void)state;
    put((struct person){.kind = PERSON_CONTACT, .id = S("1"), .modified_ms = 1, .email = HASH});
    WRITE(st->people->associations_watch(st, 500, &e));
    place("1", zen, 1);
    sync_with("1", "P1", NULL);
    assert_int_equal(moves(&x), 1);
    x[0].awaits = S("7");
    x[0].due_ms = 0;
    WRITE(st->people->associations_settle(st, x, 1, &e));
    WRITE(st->ops->links_put(st, &other, 1, &e));
    assert_int_equal(moves(&x), 0);
    WRITE(st->people->associations_again(st, SIDE_HS, &contact, 1, &e)); /* S15.2 */
    assert_int_equal(moves(&x), 1);
    x[0].due_ms = 0;
    WRITE(st->people->associations_settle(st, x, 1, &e));
    WRITE(st->ops->links_put(st, &link, 1, &e));
    assert_int_equal(moves(&x), 1);
    assert_true(str_eq(x[0].partner[SIDE_HS], S("A7")) && !x[0].awaits.n);
}

/* S15, S8.2: what waits is looked at once more when the contact is gone; whose it was is kept. */
static void who_is_gone_waits_for_nothing(void **state)
{
    struct association_move *x;
    (void)state;
    put((struct person){.kind = PERSON_CONTACT, .id = S("1"), .modified_ms = 1, .email = HASH});
    WRITE(st->people->associations_watch(st, 500, &e));
    sync_with("1", "P1", NULL);
    assert_int_equal(moves(&x), 1);
    x[0].awaits = S("7");
    x[0].of = S("P1");
    x[0].due_ms = 0;
    WRITE(st->people->associations_settle(st, x, 1, &e));
    assert_int_equal(moves(&x), 0);
    put((struct person){
        .kind = PERSON_CONTACT, .id = S("1"), .modified_ms = 2, .state = RECORD_DELETED});
    assert_int_equal(moves(&x), 1);
    assert_true(!x[0].person.n && !x[0].awaits.n && str_eq(x[0].of, S("P1")));
    x[0].due_ms = 0;
    WRITE(st->people->associations_settle(st, x, 1, &e));
    assert_int_equal(moves(&x), 0);
}

static void where_it_was_put_is_where_it_is(void **state)
{
    static const char *const zen[] = {"7"};
    struct association_move x;
    bool found;
    (void)state;
    put((struct person){.kind = PERSON_SF_CONTACT, .id = S("P1"), .modified_ms = 5});
    put((struct person){
        .kind = PERSON_CONTACT, .id = S("1"), .modified_ms = 1, .contact = S("P1")});
    assert_string_equal(unsettled(), "1");
    place("1", zen, 1);
    sync_with("1", "P1", NULL);
    WRITE(st->people->at(st, SIDE_HS, S("1"), S("8"), &e));
    assert_true(st->people->associations_of(st, &a, S("1"), &x, &found, &e));
    assert_true(found && str_eq(x.at[SIDE_HS], S("8")));
    WRITE(st->people->at(st, SIDE_SF, S("P1"), S("A8"), &e));
    assert_string_equal(unsettled(), "1"); /* by the account that it has now */
    WRITE(st->people->at(st, SIDE_SF, S("P1"), S("A8"), &e));
    assert_string_equal(unsettled(), "");
}

static size_t stages(int64_t now_ms, struct stage_move **out)
{
    size_t n;
    assert_true(st->people->stages_due(st, &a, now_ms, S(""), 10, out, &n, &e));
    return n;
}

/* S10.1: it costs a pass nothing while it waits; a link, or another company, makes it due. */
static void a_stage_waits_for_its_link(void **state)
{
    static const char *const first[] = {"901"}, *const second[] = {"902"};
    const struct link other = {.id = {S("A"), S("903")}, .base = {S("b"), S("b")}},
                      own = {.id = {S("B"), S("902")}, .base = {S("b"), S("b")}};
    struct person ann = contact("51", HASH);
    struct stage_move *x;
    size_t n;
    (void)state;
    ann.stage = S("lead");
    ann.fresh = true;
    put(ann);
    place("51", first, 1);
    assert_int_equal(stages(1000, &x), 1);
    assert_true(str_eq(x[0].company, S("901")) && !x[0].account.n);
    x[0].due_ms = STAGE_WAITS;
    WRITE(st->people->stages_settle(st, x, 1, &e));
    assert_int_equal(stages(INT64_MAX - 1, &x), 0);
    assert_true(st->people->stages_at(st, &a, S("901"), 10, &x, &n, &e));
    assert_true(n == 1 && x[0].due_ms == STAGE_WAITS);
    WRITE(st->ops->links_put(st, &other, 1, &e));
    assert_int_equal(stages(1000, &x), 0);
    place("51", second, 1);
    assert_int_equal(stages(1000, &x), 1);
    x[0].due_ms = STAGE_WAITS;
    WRITE(st->people->stages_settle(st, x, 1, &e));
    WRITE(st->ops->links_put(st, &own, 1, &e));
    assert_int_equal(stages(1000, &x), 1);
    assert_true(str_eq(x[0].account, S("B")));
    x[0].due_ms = 0;
    WRITE(st->people->stages_settle(st, x, 1, &e));
    assert_true(st->people->stages_at(st, &a, S("902"), 10, &x, &n, &e));
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(people_are_evidence_of_all_their_companies),
        TEST(the_lists_decide_who_qualifies),
        TEST(only_whom_it_concerns_is_settled_again),
        TEST(the_people_of_a_case_come_with_what_they_became),
        TEST(a_change_makes_its_companies_due),
        TEST(private_contacts_wait_for_an_account),
        TEST(a_walk_over_everybody_sweeps_the_rest),
        TEST(candidates_are_those_that_may_become_accounts),
        TEST(what_moves_is_noted_while_it_is_watched),
        TEST(what_waits_is_woken_by_its_link),
        TEST(who_is_gone_waits_for_nothing),
        TEST(where_it_was_put_is_where_it_is),
        TEST(a_stage_waits_for_its_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
