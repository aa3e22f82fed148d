/* What an open intent remembers comes back whole, from an entry of an older Tandem too; a damaged
 * one says so (S8.2). */
#include "unit.h"

#include "engine/engine_p.h"

static const struct mappings none = {0};
static const struct change nothing = {0};

static struct intent back(struct arena *a, struct str payload, bool want)
{
    struct intent out;
    bool ok;
    assert_int_equal(intent_next(a, &payload, &out, &ok), want);
    assert_int_equal(ok, want);
    assert_true(!want || payload.n == 0);
    return out;
}

static void bases_come_back_however_alike_they_are(void **state)
{
    static const char *const sf[] = {"", "same", "", "one", "name\001", "longer than it", "abc"};
    static const char *const hs[] = {"", "same", "one", "", "name\002", "longer", "abd"};
    (void)state;
    for (size_t i = 0; i < LEN(sf); i++) {
        struct arena a;
        struct buf b;
        arena_init(&a, MIB);
        buf_init(&b, MIB);
        struct intent in = {.create = true,
                            .to = SIDE_HS,
                            .origin = ORIGIN_CREATED_COMPANY,
                            .id = {S("0015e0000000001AAA"), STR_NONE},
                            .base = {str_from(sf[i]), str_from(hs[i])}};
        intent_put(&b, &in, &none, &nothing);
        struct intent out = back(&a, buf_view(&b), true);
        assert_true(out.create && !out.archive && !out.ends);
        assert_int_equal(out.to, SIDE_HS);
        assert_int_equal(out.origin, ORIGIN_CREATED_COMPANY);
        assert_true(str_eq(out.id[SIDE_SF], in.id[SIDE_SF]) && !out.id[SIDE_HS].n);
        assert_true(str_eq(out.base[SIDE_SF], in.base[SIDE_SF]));
        assert_true(str_eq(out.base[SIDE_HS], in.base[SIDE_HS]));
        buf_release(&b);
        arena_release(&a);
    }
}

/* Flags, to, origin, account, company, the account's base; the company's where it is another. */
static void entries_of_an_older_tandem_are_read(void **state)
{
    static const char same[] = "\003\001\002\003abc\000\004base";
    static const char other[] = "\002\001\002\003abc\000\004base\005other";
    struct arena a;
    struct intent out;
    (void)state;
    arena_init(&a, MIB);
    out = back(&a, (struct str){same, sizeof(same) - 1}, true);
    assert_true(str_eq(out.base[SIDE_HS], S("base")));
    out = back(&a, (struct str){other, sizeof(other) - 1}, true);
    assert_true(str_eq(out.base[SIDE_SF], S("base")) && str_eq(out.base[SIDE_HS], S("other")));
    arena_release(&a);
}

static void a_damaged_entry_says_so(void **state)
{
    static const char beyond[] = "\042\001\002\003abc\000\004base\005\001x"; /* like 5 of 4 bytes */
    static const char cut[] = "\042\001\002\003abc\000\004base\002\003x";
    struct arena a;
    (void)state;
    arena_init(&a, MIB);
    (void)back(&a, (struct str){beyond, sizeof(beyond) - 1}, false);
    (void)back(&a, (struct str){cut, sizeof(cut) - 1}, false);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bases_come_back_however_alike_they_are),
        cmocka_unit_test(entries_of_an_older_tandem_are_read),
        cmocka_unit_test(a_damaged_entry_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
