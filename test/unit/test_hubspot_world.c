/* The sandbox's portal: what a write accepts, how records hang together, merges, lists, search. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "sandbox/world/hs.h"

#define START INT64_C(1795000000000)

struct fix {
    struct world w;
    struct hs_portal p;
    struct arena a;
    struct hs_save save;
    struct hs_object *company, *contact;
};

static int begin(void **state)
{
    struct fix *f = test_calloc(1, sizeof(*f));
    world_init(&f->w, 7, START);
    hs_portal_init(&f->p, &f->w);
    arena_init(&f->a, 64 * MIB);
    f->save =
        (struct hs_save){.portal = &f->p, .a = &f->a, .now_ms = START + 1000, .source = W_FROM_API};
    f->company = &f->p.object[HS_COMPANY];
    f->contact = &f->p.object[HS_CONTACT];
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fix *f = *state;
    hs_portal_release(&f->p);
    world_release(&f->w);
    arena_release(&f->a);
    test_free(f);
    return 0;
}

static void same(struct str got, const char *want)
{
    char text[2000];
    assert_true(got.n < sizeof(text));
    if (got.n)
        memcpy(text, got.p, got.n);
    text[got.n] = '\0';
    assert_string_equal(text, want);
}

static struct hs_input one(struct fix *f, const char *name, const char *value)
{
    struct hs_cell *c = ARENA_NEW(&f->a, struct hs_cell);
    *c = (struct hs_cell){str_from(name), str_from(value)};
    return (struct hs_input){c, 1};
}

static struct world_record *made(struct fix *f, struct hs_object *o, const char *name,
                                 const char *value)
{
    struct hs_input in = one(f, name, value);
    struct hs_refusal why;
    struct world_record *r;
    assert_true(hs_create(&f->save, o, &in, NULL, 0, &r, &why));
    return r;
}

static bool set(struct fix *f, struct hs_object *o, struct world_record *r, const char *name,
                const char *value, struct hs_refusal *why)
{
    struct hs_input in = one(f, name, value);
    return hs_update(&f->save, o, r, &in, why);
}

static struct str get(struct fix *f, struct hs_object *o, const struct world_record *r,
                      const char *name)
{
    return hs_get(&f->p, o, hs_property(o, str_from(name)), r, &f->a, 0);
}

static void define(struct fix *f, const char *name, const char *type, const char *field,
                   unsigned flags)
{
    static const struct hs_option options[] = {
        {"Red", "red", 0, false}, {"Blue", "blue", 1, false}, {"Green", "green", 2, false}};
    struct hs_property p = {.name = name,
                            .label = name,
                            .description = "",
                            .group = "companyinformation",
                            .type = type,
                            .field_type = field,
                            .flags = flags,
                            .option = options,
                            .options = strcmp(type, "enumeration") ? 0 : LEN(options)};
    assert_non_null(hs_property_add(&f->p, f->company, &p));
}

/* ---- definitions ----------------------------------------------------------------------------- */

static void a_portal_is_as_long_as_in_life(void **state) /* H24.13 */
{
    struct fix *f = *state;
    assert_in_range(f->company->properties, 200, 400);
    assert_in_range(f->contact->properties, 120, 400);
    for (int t = 0; t < HS_TYPES; t++)
        for (size_t i = 0; i < f->p.object[t].properties; i++) {
            struct hs_property *p = &f->p.object[t].property[i];
            enum hs_kind kind;
            assert_ptr_equal(hs_property(&f->p.object[t], str_from(p->name)),
                             p); /* no name twice */
            assert_true(hs_kind_of(str_from(p->type), str_from(p->field_type), &kind));
            assert_non_null(hs_group(&f->p.object[t], str_from(p->group)));
        }
    assert_true(hs_property(f->contact, S("email"))->flags & HS_UNIQUE);
    assert_false(hs_property(f->company, S("domain"))->flags & HS_UNIQUE); /* H11.1 */
}

static void types_and_field_types_go_in_pairs(void **state) /* H9.5 */
{
    static const struct {
        const char *type, *field;
        int kind;
    } cases[] = {{"string", "text", HS_TEXT},
                 {"string", "textarea", HS_TEXT},
                 {"string", "number", -1},
                 {"number", "number", HS_NUMBER},
                 {"enumeration", "checkbox", HS_SET},
                 {"enumeration", "select", HS_ENUM},
                 {"enumeration", "check", -1},
                 {"date", "date", HS_DATE},
                 {"datetime", "date", HS_DATETIME},
                 {"bool", "booleancheckbox", HS_BOOL},
                 {"string", "", -1},
                 {"json", "text", -1}};
    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        enum hs_kind kind;
        bool ok = hs_kind_of(str_from(cases[i].type), str_from(cases[i].field), &kind);
        assert_int_equal(ok ? (int)kind : -1, cases[i].kind);
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static void a_property_takes_what_its_type_allows(void **state) /* H10.1, H5.7 */
{
    static const struct {
        const char *name, *value, *code, *stored;
    } cases[] = {
        {"name", " as it is ", NULL, " as it is "},
        {"annualrevenue", "1.0E7", NULL, "10000000"},
        {"annualrevenue", "-0.50", NULL, "-0.5"},
        {"annualrevenue", "1,000", "INVALID_LONG", NULL},
        {"annualrevenue", "ten", "INVALID_LONG", NULL},
        {"is_public", "true", NULL, "true"},
        {"is_public", "TRUE", "INVALID_OPTION", NULL},
        {"since", "2026-09-21", NULL, "2026-09-21"},
        {"since", "1790035200000", NULL, "2026-09-22"},
        {"since", "1790000000000", "INVALID_DATE", NULL},
        {"since", "2026-02-30", "INVALID_DATE", NULL},
        {"since", "2026-09-21T00:00:00Z", "INVALID_DATE", NULL},
        {"seen", "2026-09-21T08:15:30Z", NULL, "2026-09-21T08:15:30.000Z"},
        {"seen", "1790000000123", NULL, "2026-09-21T14:13:20.123Z"},
        {"seen", "yesterday", "INVALID_DATETIME", NULL},
        {"industry", "BANKING", NULL, "BANKING"},
        {"industry", "banking", "INVALID_OPTION", NULL},
        {"industry", "Banking", "INVALID_OPTION", NULL}, /* the label is no value */
        {"colours", "red;blue", NULL, "red;blue"},
        {"colours", ";green;red", NULL, "red;blue;green"},
        {"colours", "green", NULL, "green"},
        {"colours", "green;pink", "INVALID_OPTION", NULL},
        {"colours", "", NULL, ""},
        {"hs_object_id", "1", "READ_ONLY_VALUE", NULL},
        {"num_associated_contacts", "1", "READ_ONLY_VALUE", NULL},
        {"salesforceaccountid", "001", "READ_ONLY_VALUE", NULL}, /* H11.10 */
        {"unheard_of", "1", "PROPERTY_DOESNT_EXIST", NULL},
    };
    struct fix *f = *state;
    define(f, "since", "date", "date", 0);
    define(f, "seen", "datetime", "date", 0);
    define(f, "colours", "enumeration", "checkbox", 0);
    struct world_record *r = made(f, f->company, "name", "first");
    for (size_t i = 0; i < LEN(cases); i++) {
        struct hs_refusal why;
        int64_t stamp = r->modified_ms;
        f->save.now_ms++;
        bool ok = set(f, f->company, r, cases[i].name, cases[i].value, &why);
        assert_int_equal(ok, cases[i].code == NULL);
        if (ok) {
            same(get(f, f->company, r, cases[i].name), cases[i].stored);
            continue;
        }
        assert_int_equal(why.status, 400);
        assert_string_equal(why.problem[0].code, cases[i].code);
        assert_int_equal(r->modified_ms, stamp); /* H6.18: nothing was written */
    }
}

static void every_bad_value_is_told(void **state) /* H5.6 */
{
    struct fix *f = *state;
    struct hs_cell cells[] = {{S("a"), S("1")}, {S("name"), S("fine")}, {S("industry"), S("x")}};
    struct hs_input in = {cells, 3};
    struct hs_refusal why;
    struct world_record *r;
    assert_false(hs_create(&f->save, f->company, &in, NULL, 0, &r, &why));
    assert_int_equal(why.problems, 2);
    same(why.problem[1].property, "industry");
    assert_int_equal(f->w.table[W_COMPANY].count, 0);
}

static void a_stage_moves_forward_only(void **state) /* H10.11, H10.12 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    struct world_record *r = made(f, f->company, "name", "x");
    assert_true(set(f, f->company, r, "lifecyclestage", "opportunity", &why));
    assert_true(set(f, f->company, r, "lifecyclestage", "lead", &why));
    same(get(f, f->company, r, "lifecyclestage"), "opportunity");
    assert_true(set(f, f->company, r, "lifecyclestage", "customer", &why));
    assert_true(set(f, f->company, r, "lifecyclestage", "", &why));
    assert_true(set(f, f->company, r, "lifecyclestage", "lead", &why));
    same(get(f, f->company, r, "lifecyclestage"), "lead");
    f->p.on.stage_rejects = true;
    assert_false(set(f, f->company, r, "lifecyclestage", "subscriber", &why));
    f->save.source = W_FROM_USER; /* a user may */
    assert_true(set(f, f->company, r, "lifecyclestage", "subscriber", &why));
    same(get(f, f->company, r, "lifecyclestage"), "subscriber");
}

static void a_unique_value_has_one_holder(void **state) /* H6.16, H9.7 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    define(f, "acme_key", "string", "text", HS_UNIQUE);
    struct world_record *a = made(f, f->company, "name", "a"),
                        *b = made(f, f->company, "name", "b");
    assert_true(set(f, f->company, a, "acme_key", "K1", &why));
    assert_true(set(f, f->company, a, "acme_key", "K1", &why)); /* its own */
    assert_false(set(f, f->company, b, "acme_key", "K1", &why));
    assert_int_equal(why.status, 409);
    same(why.existing, "9000000000");
    hs_archive(&f->save, f->company, a); /* free then (H7.18), and kept by the new one */
    assert_true(set(f, f->company, b, "acme_key", "K1", &why));
    hs_restore(&f->save, f->company, a);
    same(get(f, f->company, a, "acme_key"), "");
    made(f, f->contact, "email", "Ann@Zoe.example");
    struct hs_input in = one(f, "email", "ann@zoe.EXAMPLE");
    assert_false(hs_create(&f->save, f->contact, &in, NULL, 0, &b, &why));
    same(why.message, "Contact already exists. Existing ID: 49000000000");
}

static void rules_of_the_administrator_hold_in_new_versions(void **state) /* H1.8 c, H1.9, H5.8 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    struct world_record *r;
    struct hs_input bare = one(f, "name", "x");
    f->company->required[0] = (struct hs_required){"industry", NULL, NULL};
    f->company->required[1] = (struct hs_required){"state", "country", "Japan"};
    f->company->requireds = 2;
    assert_true(hs_create(&f->save, f->company, &bare, NULL, 0, &r, &why));
    f->save.strict = true;
    assert_false(hs_create(&f->save, f->company, &bare, NULL, 0, &r, &why));
    assert_string_equal(why.problem[0].code, "MISSING_REQUIRED_PROPERTY");
    assert_true(set(f, f->company, r, "country", "France", &why));
    assert_false(set(f, f->company, r, "country", "Japan", &why));
    assert_string_equal(why.problem[0].code, "MISSING_CONDITIONAL_REQUIRED_PROPERTY");
    assert_true(set(f, f->company, r, "annualrevenue", "1E3", &why));
    assert_int_equal(f->save.warnings, 1); /* H5.9 */
    same(f->save.warning[0].normalised, "1000");
    f->save.strict = false;
    struct hs_property *phone = hs_property(f->company, S("phone"));
    phone->validation[0] =
        (struct hs_validation){.rule = "MAX_LENGTH", .argument = {"3"}, .arguments = 1};
    phone->validations = 1;
    assert_false(set(f, f->company, r, "phone", "1234", &why));
    assert_true(set(f, f->company, r, "phone", "äöü", &why)); /* characters, not bytes */
}

static void short_and_long_texts_change_places(void **state) /* a short one lives in the record */
{
    static const char *const texts[] = {
        "short", "a text that is not short at all", "",
        "tiny",  "another one that is rather long", "15 characters.."};
    struct fix *f = *state;
    struct world_past past[W_HISTORY_MAX + 1];
    for (int times = 0; times < 2; times++) { /* without a past, and with one */
        struct world_record *r = world_create(&f->w, W_COMPANY, START);
        for (size_t i = 0; i < LEN(texts); i++) {
            world_set_at(&f->w, W_COMPANY, r, f->company->column[COL_NAME], str_from(texts[i]),
                         times * (START + (int64_t)i), W_FROM_API);
            same(get(f, f->company, r, "name"), texts[i]);
        }
        size_t n = world_history(&f->w, W_COMPANY, r, &f->a, f->company->column[COL_NAME], past);
        assert_int_equal(n, times ? LEN(texts) : 1);
        for (size_t i = 0; i < n; i++)
            assert_string_equal(past[i].text, texts[LEN(texts) - 1 - i]);
    }
}

/* ---- associations ---------------------------------------------------------------------------- */

static uint64_t link_to(struct fix *f, struct world_record *contact, struct world_record *company,
                        uint32_t types)
{
    assert_true(hs_link(&f->save, HS_CONTACT, contact->number, HS_COMPANY, company->number, types));
    return hs_primary(&f->p, contact->number);
}

static void a_contact_has_one_primary_company(void **state) /* H15.3 */
{
    struct fix *f = *state;
    struct world_record *c = made(f, f->contact, "email", "a@x.example"),
                        *x = made(f, f->company, "name", "x"),
                        *y = made(f, f->company, "name", "y");
    assert_int_equal(sizeof(struct hs_edge), 8);
    assert_int_equal(link_to(f, c, x, HS_PLAIN), x->number + 1); /* the first */
    assert_int_equal(link_to(f, c, y, HS_PLAIN), x->number + 1);
    assert_int_equal(link_to(f, c, y, HS_PRIMARY), y->number + 1);
    assert_int_equal(hs_linked(&f->p, HS_COMPANY, x->number, HS_CONTACT, c->number), HS_PLAIN);
    assert_int_equal(hs_linked(&f->p, HS_COMPANY, y->number, HS_CONTACT, c->number),
                     HS_PLAIN | HS_PRIMARY);
    same(get(f, f->contact, c, "associatedcompanyid"), "9000000007");
    hs_archive(&f->save, f->company, y);
    assert_int_equal(hs_primary(&f->p, c->number), 0);
    hs_restore(&f->save, f->company, y);
    assert_int_equal(hs_primary(&f->p, c->number), y->number + 1);
    f->p.on.primary_moves = true;
    hs_unlink(&f->save, HS_COMPANY, y->number, HS_CONTACT, c->number, HS_PLAIN);
    assert_int_equal(hs_primary(&f->p, c->number), x->number + 1);
    assert_int_equal(hs_linked(&f->p, HS_CONTACT, c->number, HS_COMPANY, y->number), 0);
}

static void a_restored_company_does_not_make_a_second_primary(void **state)
{
    struct fix *f = *state;
    struct world_record *c = made(f, f->contact, "email", "a@x.example"),
                        *x = made(f, f->company, "name", "x"),
                        *y = made(f, f->company, "name", "y");
    link_to(f, c, x, HS_PRIMARY);
    hs_archive(&f->save, f->company, x);
    assert_int_equal(link_to(f, c, y, HS_PLAIN), y->number + 1);
    hs_restore(&f->save, f->company, x);
    assert_int_equal(hs_primary(&f->p, c->number), y->number + 1);
    assert_int_equal(hs_linked(&f->p, HS_CONTACT, c->number, HS_COMPANY, x->number), HS_PLAIN);
}

static void a_company_has_one_parent_and_is_not_its_own(void **state) /* H11.8 */
{
    struct fix *f = *state;
    struct world_record *r[3];
    for (int i = 0; i < 3; i++)
        r[i] = made(f, f->company, "name", "x");
    uint32_t parent_to_child = 1u << hs_link_bit(&f->p, HS_COMPANY, HS_COMPANY, 13);
    assert_true(hs_link(&f->save, HS_COMPANY, 0, HS_COMPANY, 1, parent_to_child));
    assert_true(hs_link(&f->save, HS_COMPANY, 1, HS_COMPANY, 2, parent_to_child));
    assert_false(hs_link(&f->save, HS_COMPANY, 2, HS_COMPANY, 0, parent_to_child));
    assert_false(hs_link(&f->save, HS_COMPANY, 0, HS_COMPANY, 0, HS_PLAIN));
    same(get(f, f->company, r[2], "hs_parent_company_id"), "9000000007");
    assert_true(hs_link(&f->save, HS_COMPANY, 0, HS_COMPANY, 2, parent_to_child));
    assert_int_equal(hs_parent(&f->p, 2), 1);
    same(get(f, f->company, r[0], "hs_num_child_companies"), "2");
    same(get(f, f->company, r[1], "hs_num_child_companies"), "");
}

static void a_label_has_two_sides(void **state) /* H15.1, H15.5 */
{
    struct fix *f = *state;
    made(f, f->company, "name", "x");
    made(f, f->contact, "email", "a@x.example");
    struct hs_link_type *t =
        hs_label_add(&f->p, HS_CONTACT, HS_COMPANY, S("buyer"), S("Buyer"), S("Bought by"));
    assert_null(hs_label_add(&f->p, HS_CONTACT, HS_COMPANY, S("buyer"), S("Again"), STR_NONE));
    int bit = hs_link_bit(&f->p, HS_CONTACT, HS_COMPANY, t->id);
    assert_string_equal(f->p.pair[HS_COMPANY][HS_CONTACT].type[t->inverse].label, "Bought by");
    assert_true(hs_link(&f->save, HS_CONTACT, 0, HS_COMPANY, 0, 1u << bit));
    assert_true(hs_linked(&f->p, HS_COMPANY, 0, HS_CONTACT, 0) >> t->inverse & 1u);
    hs_label_drop(&f->p, HS_CONTACT, HS_COMPANY, t->id);
    assert_int_equal(hs_linked(&f->p, HS_COMPANY, 0, HS_CONTACT, 0), HS_PLAIN | HS_PRIMARY);
    assert_int_equal(hs_link_bit(&f->p, HS_CONTACT, HS_COMPANY, t->id), -1);
}

static void many_edges_stay_in_order(void **state)
{
    struct fix *f = *state;
    size_t n;
    made(f, f->company, "name", "x");
    for (int i = 0; i < 300; i++)
        world_create(&f->w, W_HS_CONTACT, START);
    for (uint64_t i = 0; i < 300; i++) /* 7 and 300 have no common factor: each once */
        assert_true(hs_link(&f->save, HS_CONTACT, i * 7 % 300, HS_COMPANY, 0, HS_PLAIN));
    const struct hs_edge *e = hs_links(&f->p, HS_COMPANY, 0, HS_CONTACT, &n);
    assert_int_equal(n, 300);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(e[i].to, i);
    for (uint64_t i = 0; i < 300; i += 2)
        hs_unlink(&f->save, HS_COMPANY, 0, HS_CONTACT, i, HS_PLAIN);
    e = hs_links(&f->p, HS_COMPANY, 0, HS_CONTACT, &n);
    assert_int_equal(n, 150);
    for (uint64_t i = 0; i < 150; i++)
        assert_int_equal(e[i].to, 2 * i + 1);
}

/* ---- merges ---------------------------------------------------------------------------------- */

static void a_merge_keeps_the_primarys_values_and_all_ids(void **state) /* H8.6-H8.13 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    for (int keep = 0; keep < 2; keep++) {
        f->p.on.keep_primary_id = keep;
        struct world_record *a = made(f, f->company, "name", "a"),
                            *b = made(f, f->company, "name", "b"), *to,
                            *c = made(f, f->contact, "firstname", "c");
        assert_true(set(f, f->company, a, "domain", "a.example", &why));
        assert_true(set(f, f->company, b, "domain", "b.example", &why));
        assert_true(set(f, f->company, b, "city", "Delft", &why));
        link_to(f, c, b, HS_PRIMARY);
        int64_t born = hs_created_ms(f->company, a);
        f->save.now_ms += 60000;
        assert_true(hs_merge(&f->save, f->company, a, b, &to, &why));
        assert_int_equal(to == a, keep);
        same(get(f, f->company, to, "name"), "a");
        same(get(f, f->company, to, "city"), "Delft");
        same(get(f, f->company, to, "hs_additional_domains"), "b.example");
        assert_int_equal(hs_created_ms(f->company, to), born);
        assert_int_equal(to->modified_ms, f->save.now_ms); /* H8.11 */
        assert_ptr_equal(hs_find(&f->p, f->company, hs_id(&f->p, f->company, b->number, &f->a)),
                         to);
        assert_ptr_equal(hs_find(&f->p, f->company, hs_id(&f->p, f->company, a->number, &f->a)),
                         to);
        assert_int_equal(hs_primary(&f->p, c->number), to->number + 1);
        assert_false(hs_merge(&f->save, f->company, to, to, &to, &why));
    }
}

static void merges_chain_up_to_their_limit(void **state) /* H5.11, H8.12 */
{
    struct fix *f = *state;
    struct hs_refusal why = {0};
    struct world_record *to = made(f, f->company, "name", "first"), *first = to;
    f->p.on.keep_primary_id = true;
    for (int i = 0; i < HS_MERGES_MAX; i++)
        assert_true(
            hs_merge(&f->save, f->company, to, made(f, f->company, "name", "x"), &to, &why));
    assert_ptr_equal(to, first);
    assert_false(hs_merge(&f->save, f->company, to, made(f, f->company, "name", "x"), &to, &why));
    same(why.message, "Cannot have more than 250 identities on a profile");
}

/* ---- what the portal does by itself ---------------------------------------------------------- */

static void a_company_comes_out_of_an_email_domain(void **state) /* H11.5 */
{
    struct fix *f = *state;
    f->p.on.company_of_email = true;
    made(f, f->contact, "email", "a@gmail.com");
    assert_int_equal(f->w.table[W_COMPANY].count, 0);
    struct world_record *a = made(f, f->contact, "email", "a@acme.example"),
                        *b = made(f, f->contact, "email", "b@ACME.example");
    assert_int_equal(f->w.table[W_COMPANY].count, 1);
    assert_int_equal(hs_primary(&f->p, a->number), 1);
    assert_int_equal(hs_primary(&f->p, b->number), 1);
    struct world_record *made_by_itself = f->w.table[W_COMPANY].record[0];
    same(get(f, f->company, made_by_itself, "name"), "Acme");
    same(get(f, f->company, made_by_itself, "hs_object_source_label"), "CRM_SETTING");
    same(get(f, f->contact, a, "hs_object_source_label"), "INTEGRATION");
    f->p.on.company_of_email = false;
    made(f, f->contact, "email", "c@other.example");
    assert_int_equal(f->w.table[W_COMPANY].count, 1);
}

static void a_stage_goes_to_the_contacts_of_the_primary_company(void **state) /* H10.13, B7.2 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    struct world_record *x = made(f, f->company, "name", "x"),
                        *y = made(f, f->company, "name", "y"), *c[3];
    static const char *const emails[] = {"a@x.example", "b@x.example", "c@x.example"};
    for (int i = 0; i < 3; i++)
        c[i] = made(f, f->contact, "email", emails[i]);
    link_to(f, c[0], x, HS_PRIMARY);
    link_to(f, c[1], y, HS_PRIMARY);
    link_to(f, c[1], x, HS_PLAIN);
    link_to(f, c[2], x, HS_PRIMARY);
    assert_true(set(f, f->contact, c[2], "lifecyclestage", "evangelist", &why));
    f->p.on.stage_to_contacts = true;
    assert_true(set(f, f->company, x, "lifecyclestage", "customer", &why));
    same(get(f, f->contact, c[0], "lifecyclestage"), "customer");
    same(get(f, f->contact, c[1], "lifecyclestage"), "");
    same(get(f, f->contact, c[2], "lifecyclestage"), "evangelist"); /* never back */
}

static void what_is_filled_in_comes_later_and_fills_only_blanks(void **state) /* H11.6 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    f->p.on.enrichment = true;
    f->p.on.enrichment_ms = 5000;
    struct world_record *r = made(f, f->company, "domain", "acme.example");
    assert_true(set(f, f->company, r, "city", "Delft", &why));
    hs_enrich(&f->p, f->save.now_ms + 4999);
    same(get(f, f->company, r, "industry"), "");
    hs_enrich(&f->p, f->save.now_ms + 9000);
    same(get(f, f->company, r, "industry"), "COMPUTER_SOFTWARE");
    same(get(f, f->company, r, "name"), "acme");
    same(get(f, f->company, r, "city"), "Delft");
    assert_int_equal(r->modified_ms, f->save.now_ms + 5000);
}

/* ---- search ---------------------------------------------------------------------------------- */

static size_t find(struct fix *f, const char *name, enum hs_op op, const char *value, char out[8])
{
    struct hs_query q = {.groups = 1};
    struct hs_filter *x = &q.group[0].filter[0];
    uint32_t *number;
    struct str values[1] = {str_from(value)};
    *x = (struct hs_filter){.property = hs_property(f->company, str_from(name)),
                            .op = op,
                            .value = values[0],
                            .values = values,
                            .count = 1};
    hs_filter_ready(x);
    q.group[0].filters = 1;
    size_t n = hs_search(&f->p, f->company, &q, 0, &number);
    for (size_t i = 0; i < MIN(n, 7u); i++)
        out[i] = (char)('0' + number[i]);
    out[MIN(n, 7u)] = '\0';
    free(number);
    return n;
}

static void filters_hold_for_what_they_ask(void **state) /* H12.4, H12.5 */
{
    static const struct {
        const char *name;
        enum hs_op op;
        const char *value, *numbers;
    } cases[] = {
        {"city", HS_EQ, "DELFT", "01"},
        {"city", HS_NEQ, "delft", "2"}, /* an empty one is not found */
        {"city", HS_IN, "Delft", ""},   /* wants lower case */
        {"city", HS_IN, "delft", "01"},
        {"city", HS_NOT_IN, "delft", "2"},
        {"city", HS_HAS, NULL, "012"},
        {"city", HS_HAS_NOT, NULL, "3"},
        {"name", HS_TOKEN, "beta", "1"},
        {"name", HS_TOKEN, "bet", ""},
        {"name", HS_TOKEN, "bet*", "1"},
        {"name", HS_TOKEN, "ALPHA works", "0"},
        {"name", HS_NO_TOKEN, "works", "123"},
        {"domain", HS_EQ, "B.example", "1"}, /* by the index */
        {"domain", HS_TOKEN, "example", ""},
        {"numberofemployees", HS_GT, "9", "12"}, /* as numbers */
        {"numberofemployees", HS_EQ, "10.0", "1"},
        {"numberofemployees", HS_LTE, "10", "01"},
        {"hs_object_id", HS_GT, "9000000007", "23"},
        {"hs_object_id", HS_EQ, "9000000014", "2"},
        {"createdate", HS_GTE, "1795000003000", "23"},
        {"hs_lastmodifieddate", HS_GTE, "1795000003000", "023"},
    };
    static const char *const rows[4][5] = {{"Alpha Works", "Delft", "a.example", "9", "1"},
                                           {"Beta", "delft", "b.example", "10", NULL},
                                           {"Gamma", "Gouda", "c.example", "200", NULL},
                                           {"Delta", NULL, NULL, NULL, NULL}};
    struct fix *f = *state;
    struct hs_refusal why;
    for (int i = 0; i < 4; i++) {
        f->save.now_ms = START + 1000 * (i + 1);
        struct world_record *r = made(f, f->company, "name", rows[i][0]);
        static const char *const names[] = {"name", "city", "domain", "numberofemployees"};
        for (int k = 1; k < 4; k++)
            if (rows[i][k])
                assert_true(set(f, f->company, r, names[k], rows[i][k], &why));
    }
    f->save.now_ms = START + 9000;
    assert_true(set(f, f->company, f->w.table[W_COMPANY].record[0], "phone", "1", &why));
    char got[8];
    for (size_t i = 0; i < LEN(cases); i++) {
        find(f, cases[i].name, cases[i].op, cases[i].value, got);
        assert_string_equal(got, cases[i].numbers);
    }
    assert_true(set(f, f->company, f->w.table[W_COMPANY].record[1], "domain", "z.example", &why));
    assert_int_equal(find(f, "domain", HS_EQ, "b.example", got), 0); /* the index follows */
    assert_int_equal(find(f, "domain", HS_EQ, "z.example", got), 1);
}

static void hits_come_in_the_order_asked_for(void **state) /* H12.6 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    uint32_t *number;
    for (int i = 0; i < 5; i++)
        made(f, f->company, "name", "x");
    for (int i = 4; i >= 0; i--) {
        f->save.now_ms += 10;
        assert_true(set(f, f->company, f->w.table[W_COMPANY].record[i * 3 % 5], "name",
                        i % 2 ? "b" : "a", &why));
    }
    struct hs_query q = {.sort = hs_property(f->company, S("hs_lastmodifieddate"))};
    assert_int_equal(hs_search(&f->p, f->company, &q, 0, &number), 5);
    static const uint32_t by_time[] = {2, 4, 1, 3, 0}; /* 12, 9, 6, 3, 0 modulo 5 */
    assert_memory_equal(number, by_time, sizeof(by_time));
    free(number);
    q.sort = hs_property(f->company, S("name"));
    q.descending = true;
    assert_int_equal(hs_search(&f->p, f->company, &q, 0, &number), 5);
    static const uint32_t by_name[] = {4, 3, 2, 1, 0}; /* b: 3, 4; a: 0, 1, 2 */
    assert_memory_equal(number, by_name, sizeof(by_name));
    free(number);
}

static void the_index_knows_records_as_they_were(void **state) /* H12.9, H24.10 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    struct world_record *r = made(f, f->company, "name", "old");
    f->save.now_ms += 5000;
    assert_true(set(f, f->company, r, "name", "new", &why));
    made(f, f->company, "name", "later");
    const struct hs_property *name = hs_property(f->company, S("name"));
    int64_t before = f->save.now_ms - 1;
    same(hs_get(&f->p, f->company, name, r, &f->a, before), "old");
    same(hs_get(&f->p, f->company, name, r, &f->a, before + 1), "new");
    assert_int_equal(hs_modified_ms(r, before), START + 1000);
    struct hs_query q = {0};
    uint32_t *number;
    assert_int_equal(hs_search(&f->p, f->company, &q, before, &number), 1);
    free(number);
}

static void generated_records_are_found_by_their_domain(void **state)
{
    struct fix *f = *state;
    struct hs_refusal why;
    char got[8];
    for (int i = 0; i < 5; i++)
        world_generate(&f->w, W_COMPANY, START - 1000 + i);
    assert_int_equal(find(f, "domain", HS_EQ, "g3-c.example", got), 1);
    assert_string_equal(got, "2");
    assert_true(
        set(f, f->company, f->w.table[W_COMPANY].record[4], "domain", "g3-c.example", &why));
    find(f, "domain", HS_EQ, "g3-c.example", got);
    assert_string_equal(got, "24");
    world_generate(&f->w, W_HS_CONTACT, START - 1000);
    struct hs_input in = one(f, "email", "person1@g1-c.example");
    struct world_record *r;
    assert_false(hs_create(&f->save, f->contact, &in, NULL, 0, &r, &why));
    assert_int_equal(why.status, 409);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void a_dynamic_list_follows_its_filter_with_a_delay(void **state) /* H16.5-H16.7 */
{
    struct fix *f = *state;
    struct hs_refusal why;
    struct hs_query q = {.groups = 1};
    q.group[0].filters = 1;
    q.group[0].filter[0] = (struct hs_filter){
        .property = hs_property(f->company, S("city")), .op = HS_EQ, .value = S("Delft")};
    hs_filter_ready(&q.group[0].filter[0]);
    struct world_record *a = made(f, f->company, "name", "a"),
                        *b = made(f, f->company, "name", "b");
    struct hs_list *l = hs_list_add(&f->p, HS_COMPANY, S("Delft"), HS_DYNAMIC, START);
    l->query = &q;
    f->p.on.list_lag_ms = 10000;
    assert_true(set(f, f->company, a, "city", "Delft", &why));
    hs_list_refresh(&f->p, l, f->save.now_ms + 9999);
    assert_int_equal(hs_list_size(&f->p, l), 0);
    hs_list_refresh(&f->p, l, f->save.now_ms + 10000);
    assert_int_equal(hs_list_size(&f->p, l), 1);
    assert_int_equal(hs_list_member(l, a->number)->joined_ms, f->save.now_ms + 10000);
    f->save.now_ms += 20000;
    assert_true(set(f, f->company, a, "city", "", &why));
    assert_true(set(f, f->company, b, "city", "delft", &why));
    hs_list_refresh(&f->p, l, f->save.now_ms + 10000);
    assert_null(hs_list_member(l, a->number));
    assert_non_null(hs_list_member(l, b->number));
    hs_archive(&f->save, f->company, b);
    assert_int_equal(hs_list_size(&f->p, l), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(a_portal_is_as_long_as_in_life),
        TEST(types_and_field_types_go_in_pairs),
        TEST(a_property_takes_what_its_type_allows),
        TEST(every_bad_value_is_told),
        TEST(a_stage_moves_forward_only),
        TEST(a_unique_value_has_one_holder),
        TEST(rules_of_the_administrator_hold_in_new_versions),
        TEST(short_and_long_texts_change_places),
        TEST(a_contact_has_one_primary_company),
        TEST(a_restored_company_does_not_make_a_second_primary),
        TEST(a_company_has_one_parent_and_is_not_its_own),
        TEST(a_label_has_two_sides),
        TEST(many_edges_stay_in_order),
        TEST(a_merge_keeps_the_primarys_values_and_all_ids),
        TEST(merges_chain_up_to_their_limit),
        TEST(a_company_comes_out_of_an_email_domain),
        TEST(a_stage_goes_to_the_contacts_of_the_primary_company),
        TEST(what_is_filled_in_comes_later_and_fills_only_blanks),
        TEST(filters_hold_for_what_they_ask),
        TEST(hits_come_in_the_order_asked_for),
        TEST(the_index_knows_records_as_they_were),
        TEST(generated_records_are_found_by_their_domain),
        TEST(a_dynamic_list_follows_its_filter_with_a_delay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
