/* S3.6: with whom a HubSpot contact syncs. Expectations are written by hand; the last test goes
 * through every state that the named and the addressed people can be in. */
#include "unit.h"

#include <string.h>

#include "core/settle.h"

#define NAMED    S("003NAMED")
#define LEAD     S("00QNAMED")
#define MASTER   S("003MASTER")
#define BECAME   S("003BECAME")
#define SAME     S("003SAME")
#define SAMELEAD S("00QSAME")
#define ACCOUNT  S("001A")
#define ADDRESS  S("hash")

struct people {
    struct person person[8];
    struct contact_case c;
    struct contact out;
};

static struct person *add(struct people *p, enum person_kind kind, struct str id)
{
    struct person *one = &p->person[p->c.persons++];
    *one = (struct person){.kind = kind, .id = id};
    p->c.person = p->person;
    return one;
}

static const struct contact *settle(struct people *p)
{
    p->c.id = S("51");
    contact_settle(&p->c, &p->out);
    return &p->out;
}

static void expect(struct people *p, enum contact_state state, struct str person)
{
    const struct contact *c = settle(p);
    assert_int_equal(c->state, state);
    assert_true(str_eq(c->person, person));
}

static void nobody_is_not_syncing(void **state)
{
    struct people p = {.c.contact = NAMED, .c.email = ADDRESS};
    (void)state;
    expect(&p, CONTACT_NOT_SYNCING, STR_NONE); /* named, never read: a foreign or hidden id */
}

static void a_contact_with_and_without_an_account(void **state)
{
    struct people p = {.c.contact = NAMED};
    (void)state;
    struct person *c = add(&p, PERSON_SF_CONTACT, NAMED);
    expect(&p, CONTACT_PRIVATE, NAMED);
    c->account = ACCOUNT;
    expect(&p, CONTACT_OF_ACCOUNT, NAMED);
    assert_true(str_eq(p.out.account, ACCOUNT) && !p.out.converted);
}

static void a_merged_one_is_followed_to_its_master(void **state)
{
    struct people p = {.c.contact = NAMED};
    (void)state;
    struct person *c = add(&p, PERSON_SF_CONTACT, NAMED);
    c->state = RECORD_MERGED;
    c->next = BECAME;
    struct person *again = add(&p, PERSON_SF_CONTACT, BECAME);
    again->state = RECORD_MERGED;
    again->next = MASTER;
    expect(&p, CONTACT_NOT_SYNCING, STR_NONE); /* the master was not read: not visible */
    add(&p, PERSON_SF_CONTACT, MASTER)->account = ACCOUNT;
    expect(&p, CONTACT_OF_ACCOUNT, MASTER);
    again->next = NAMED; /* round and round */
    expect(&p, CONTACT_NOT_SYNCING, STR_NONE);
}

static void a_converted_lead_is_its_contact(void **state)
{
    struct people p = {.c.lead = LEAD};
    (void)state;
    struct person *l = add(&p, PERSON_LEAD, LEAD);
    expect(&p, CONTACT_LEAD, LEAD);
    l->converted = true;
    l->next = BECAME;
    l->account = ACCOUNT;
    expect(&p, CONTACT_NOT_SYNCING, STR_NONE);
    struct person *c = add(&p, PERSON_SF_CONTACT, BECAME);
    c->account = ACCOUNT;
    expect(&p, CONTACT_OF_ACCOUNT, BECAME);
    assert_true(p.out.converted); /* S7.1: a lead's ConvertedAccountId */
    c->account = S("001OTHER");   /* moved since: no longer what the lead was converted into */
    expect(&p, CONTACT_OF_ACCOUNT, BECAME);
    assert_false(p.out.converted);
}

/* Without HubSpot's own ids the address finds the contact; its lead still says where it came from.
 */
static void a_conversion_shows_also_by_address(void **state)
{
    struct people p = {.c.email = ADDRESS};
    (void)state;
    struct person *c = add(&p, PERSON_SF_CONTACT, BECAME);
    c->email = ADDRESS;
    c->account = ACCOUNT;
    struct person *l = add(&p, PERSON_LEAD, LEAD);
    l->converted = true;
    l->next = BECAME;
    l->account = ACCOUNT;
    expect(&p, CONTACT_OF_ACCOUNT, BECAME);
    assert_true(p.out.converted);
}

static void several_with_one_address_are_the_latest_and_then_pinned(void **state)
{
    struct people p = {.c.email = ADDRESS};
    (void)state;
    struct person *x = add(&p, PERSON_SF_CONTACT, S("003X"));
    struct person *y = add(&p, PERSON_SF_CONTACT, S("003Y"));
    x->email = y->email = ADDRESS;
    x->modified_ms = 5;
    y->modified_ms = 7;
    expect(&p, CONTACT_PRIVATE, S("003Y"));
    p.c.pin = S("003Y"); /* what was settled stays, whichever is edited later (not B4.16) */
    x->modified_ms = 9;
    expect(&p, CONTACT_PRIVATE, S("003Y"));
    y->email = S("moved"); /* it lives, but has another address now */
    expect(&p, CONTACT_PRIVATE, S("003X"));
    y->email = ADDRESS;
    y->state = RECORD_MERGED; /* the pin follows a merge */
    y->next = S("003X");
    add(&p, PERSON_SF_CONTACT, S("003Z"))->email = ADDRESS;
    p.person[2].modified_ms = 20;
    expect(&p, CONTACT_PRIVATE, S("003X"));
    p.c.pin = STR_NONE;
    expect(&p, CONTACT_PRIVATE, S("003Z"));
    x->modified_ms = 20; /* a tie is decided, not left to the order of reading */
    expect(&p, CONTACT_PRIVATE, S("003X"));
}

static void a_contact_goes_before_a_lead_even_a_pinned_one(void **state)
{
    struct people p = {.c.email = ADDRESS, .c.pin = SAMELEAD};
    (void)state;
    struct person *l = add(&p, PERSON_LEAD, SAMELEAD);
    l->email = ADDRESS;
    l->modified_ms = 100;
    expect(&p, CONTACT_LEAD, SAMELEAD);
    add(&p, PERSON_SF_CONTACT, SAME)->email = ADDRESS;
    expect(&p, CONTACT_PRIVATE, SAME);
}

/* Every cell: the named contact, the named lead, a contact and a lead with the same address, each
 * absent, live, gone by merge (to MASTER, live) or converted (to BECAME, live). The first of this
 * order that is there decides: named contact, named lead, addressed contact, addressed lead. */
static void every_cell(void **state)
{
    enum { ABSENT, LIVE, MOVED, CELLS };
    (void)state;
    for (int cell = 0; cell < CELLS * CELLS * CELLS * CELLS; cell++) {
        int by_contact = cell % 3, by_lead = cell / 3 % 3, same = cell / 9 % 3,
            samelead = cell / 27;
        struct people p = {.c.contact = NAMED, .c.lead = LEAD, .c.email = ADDRESS};
        struct person *x;
        if (by_contact) {
            x = add(&p, PERSON_SF_CONTACT, NAMED);
            x->state = by_contact == MOVED ? RECORD_MERGED : RECORD_LIVE;
            x->next = by_contact == MOVED ? MASTER : STR_NONE;
        }
        if (by_lead) {
            x = add(&p, PERSON_LEAD, LEAD);
            x->converted = by_lead == MOVED;
            x->next = by_lead == MOVED ? BECAME : STR_NONE;
        }
        if (same) { /* merged: it has no address any more */
            x = add(&p, PERSON_SF_CONTACT, SAME);
            x->state = same == MOVED ? RECORD_MERGED : RECORD_LIVE;
            x->email = same == MOVED ? STR_NONE : ADDRESS;
        }
        if (samelead) { /* converted: no longer a lead to sync with */
            x = add(&p, PERSON_LEAD, SAMELEAD);
            x->converted = samelead == MOVED;
            x->email = ADDRESS;
        }
        add(&p, PERSON_SF_CONTACT, MASTER);
        add(&p, PERSON_SF_CONTACT, BECAME);
        struct str want = by_contact == LIVE    ? NAMED
                          : by_contact == MOVED ? MASTER
                          : by_lead == LIVE     ? LEAD
                          : by_lead == MOVED    ? BECAME
                          : same == LIVE        ? SAME
                          : samelead == LIVE    ? SAMELEAD
                                                : STR_NONE;
        enum contact_state as = !want.n                      ? CONTACT_NOT_SYNCING
                                : str_starts(want, S("00Q")) ? CONTACT_LEAD
                                                             : CONTACT_PRIVATE;
        expect(&p, as, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_not_syncing),
        cmocka_unit_test(a_contact_with_and_without_an_account),
        cmocka_unit_test(a_merged_one_is_followed_to_its_master),
        cmocka_unit_test(a_converted_lead_is_its_contact),
        cmocka_unit_test(a_conversion_shows_also_by_address),
        cmocka_unit_test(several_with_one_address_are_the_latest_and_then_pinned),
        cmocka_unit_test(a_contact_goes_before_a_lead_even_a_pinned_one),
        cmocka_unit_test(every_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
