/* Formats: what a parser takes it gives back, and nothing else happens. */
#include "base/buf.h"
#include "base/limits.h"
#include "test/fuzz/fuzz.h"
#include "text/csv.h"
#include "text/decimal.h"
#include "text/domain.h"
#include "text/iso8601.h"
#include "text/json.h"
#include "text/pattern.h"
#include "text/sfid.h"
#include "text/unicode.h"
#include "text/url.h"
#include "text/yaml.h"

static void quoted_again(struct arena *a, yyjson_val *v)
{
    struct buf b;
    struct err e;
    yyjson_val *back;
    struct str s = yyjson_is_str(v) ? json_str(v) : STR_NONE;
    if (!s.p)
        return;
    buf_init(&b, MIB);
    json_quote(&b, s);
    fuzz_must(json_parse(a, buf_view(&b), &back, &e) && str_eq(json_str(back), s),
              "a quoted text reads back otherwise");
    buf_release(&b);
}

static void one_json(struct arena *a, struct str in)
{
    yyjson_val *root, *v, *k;
    yyjson_obj_iter it;
    struct err e;
    if (!json_parse(a, in, &root, &e))
        return;
    quoted_again(a, root);
    quoted_again(a, json_at(root, "a", "b", NULL));
    (void)json_i64(root, 0);
    if (!yyjson_is_obj(root))
        return;
    yyjson_obj_iter_init(root, &it);
    while ((k = yyjson_obj_iter_next(&it))) {
        v = yyjson_obj_iter_get_val(k);
        quoted_again(a, k);
        quoted_again(a, v);
        (void)json_bool(v, false);
    }
}

static void same_rows(struct arena *a, const struct csv_rows *rows)
{
    struct buf b;
    struct err e;
    struct csv_rows back = {0};
    buf_init(&b, 16 * MIB);
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t k = 0; k < rows->row[i].cells; k++)
            csv_put_cell(&b, rows->row[i].cell[k], k == 0);
        buf_char(&b, '\n');
    }
    struct csv *c = csv_open(',');
    bool ok = csv_feed(c, a, buf_view(&b), &back, &e) && csv_finish(c, a, &back, &e);
    csv_close(c);
    buf_release(&b);
    for (size_t i = 0, k = 0; ok && i < rows->count; i++) {
        const struct csv_row *was = &rows->row[i];
        bool blank = was->cells == 1 && !was->cell[0].n; /* an empty line is no row */
        if (blank)
            continue;
        fuzz_must(k < back.count && back.row[k].cells == was->cells, "a row is lost");
        for (size_t x = 0; x < was->cells; x++)
            fuzz_must(str_eq(back.row[k].cell[x], was->cell[x]), "a cell reads back otherwise");
        k++;
    }
    fuzz_must(ok, "what was written as CSV is none");
}

static void one_csv(struct arena *a, struct str in)
{
    struct csv_rows rows = {0};
    struct err e;
    struct csv *c = csv_open(',');
    bool ok = true;
    /* in pieces: a row ends where it will */
    for (size_t at = 0; ok && at < in.n; at += 7)
        ok = csv_feed(c, a, str_slice(in, at, at + 7), &rows, &e);
    ok = ok && csv_finish(c, a, &rows, &e);
    csv_close(c);
    if (ok)
        same_rows(a, &rows);
}

static void one_yaml(struct arena *a, struct str in)
{
    struct yaml *root;
    struct err e;
    struct buf b;
    if (yaml_parse(a, in, &root, &e) && root && root->kind == YAML_MAP)
        (void)yaml_get(root, "name");
    if (!text_valid(in) || str_find_char(in, '\0') >= 0)
        return;
    buf_init(&b, MIB);
    yaml_quote(&b, in);
    fuzz_must(yaml_parse(a, buf_view(&b), &root, &e) && root->kind == YAML_TEXT &&
                  str_eq(root->text, in),
              "a quoted scalar reads back otherwise");
    buf_release(&b);
}

static void one_url(struct arena *a, struct str in)
{
    struct err e;
    struct str out, again;
    fuzz_must(str_eq(url_decoded(a, url_encoded(a, in), false), in),
              "an encoded text decodes otherwise");
    (void)url_decoded(a, in, true);
    (void)url_query_get(a, in, S("a"));
    if (url_endpoint(a, in, &out, &e))
        fuzz_must(url_endpoint(a, out, &again, &e) && str_eq(out, again),
                  "an endpoint is none the second time");
}

static void one_domain(struct arena *a, struct str in)
{
    static struct domains *domains; /* the list, loaded once */
    struct err e;
    if (!domains)
        fuzz_must(domains_open(&domains, NULL, &e), "no list of suffixes");
    struct domain d = domain_of(domains, a, in);
    if (!d.host.n)
        return;
    struct domain again = domain_of(domains, a, d.host);
    fuzz_must(str_eq(d.host, again.host) && str_eq(d.registrable, again.registrable) &&
                  d.free_mail == again.free_mail && d.shared_host == again.shared_host,
              "a host is another one the second time");
    fuzz_must(!d.registrable.n || str_ends(d.host, d.registrable), "a host outside its site");
}

static void one_time(struct arena *a, struct str in)
{
    int64_t ms, again;
    if (iso_parse_ms(in, &ms))
        fuzz_must(iso_parse_ms(iso_ms(a, ms), &again) && again == ms, "a time reads otherwise");
    ms = http_date_ms(in);
    if (ms > 0)
        fuzz_must(http_date_ms(http_date(a, ms)) == ms, "a date reads otherwise");
}

static void one_number(struct arena *a, struct str in)
{
    for (int scale = -1; scale < 4; scale++) {
        struct str out = decimal_canonical(a, in, scale);
        if (!out.p)
            continue;
        fuzz_must(str_eq(decimal_canonical(a, out, scale), out), "a number is rounded twice");
        fuzz_must(decimal_cmp(out, out) == 0, "a number differs from itself");
        struct str same = decimal_ratio(a, out, S("3"), S("3"), scale);
        fuzz_must(!same.p || str_eq(same, out), "three thirds are not the whole");
    }
    struct str id = sfid18(a, in);
    fuzz_must(!id.n || (id.n == 18 && str_eq(sfid18(a, id), id)), "an id is another");
}

static void one_unicode(struct arena *a, struct str in)
{
    (void)text_fold(a, in);
    (void)text_letters(a, in);
    (void)name_fold(a, in);
    (void)text_address(a, in);
    struct str normal = text_normal(a, in);
    fuzz_must(str_eq(text_normal(a, normal), normal), "a normal text is not");
    struct str nfc = text_nfc(a, in);
    fuzz_must(str_eq(text_nfc(a, nfc), nfc), "a composed text is not");
    fuzz_must(name_key(a, in) == name_key(a, in), "a name has two keys");
    for (size_t n = 0; text_valid(in) && n < 4; n++)
        fuzz_must(text_chars(text_cut_chars(in, n)) == MIN(n, text_chars(in)), "a wrong cut");
}

static void one_pattern(struct arena *a, struct str in)
{
    struct str rest = in, pattern;
    if (str_cut(&rest, '\n', &pattern))
        (void)pattern_find(pattern_compile(a, pattern), rest);
}

#define SEEDS(name, ...) static const struct str name[] = {__VA_ARGS__}

SEEDS(json,
      SEED("{\"a\":{\"b\":\"c\\u00e9\\n\"},\"n\":9007199254740993,\"t\":true,\"x\":[1.5e3,null]}"),
      SEED("[[[[{\"k\":\"v\"}]]]]"), SEED("\"\\ud83d\\ude00\""));
SEEDS(csv, SEED("Id,Name\r\n001,\"A, \"\"B\"\"\"\n002,\"two\nlines\"\n"), SEED("a\n\n\"\"\n,\n"));
SEEDS(yaml, SEED("version: 1\nmappings:\n  - salesforce: Name\n    table: {A: b, 'C d': \"e\"}\n"),
      SEED("- a\n- [b, {c: d}]\n- |\n  text\n"),
      SEED("Gr\xc3\xbc\xc3\x9f"
           "e"));
SEEDS(url, SEED("https://example.my.salesforce.com/"), SEED("http://127.0.0.1:8080/x"),
      SEED("a=1&b=%20+c"));
SEEDS(domain, SEED("https://www.m\xc3\xbcller.co.uk:443/a?b#c"), SEED("user@gmail.com"),
      SEED("facebook.com/acme"), SEED("xn--mller-kva.de."), SEED("\xe4\xbe\x8b\xe3\x81\x88.jp"));
SEEDS(time, SEED("2026-11-23T16:24:09.123Z"), SEED("2026-02-29"), SEED("1795451049000"),
      SEED("2026-11-23T16:24:09+0000"), SEED("Mon, 23 Nov 2026 16:24:09 GMT"));
SEEDS(number, SEED("-00123.4500"), SEED("1.0E7"), SEED("99999999999999999999999999.995"),
      SEED("0015e00001abcDEAAZ"), SEED("0015e00001abcDE"));
SEEDS(unicode,
      SEED("Stra\xc3\x9f"
           "e & S\xc3\xb8ns GmbH & Co. KG"),
      SEED("\xe6\xa0\xaa\xe5\xbc\x8f\xe4\xbc\x9a\xe7\xa4\xbe"),
      SEED("e\xcc\x81\xe2\x80\x9cx\xe2\x80\x9d "));
SEEDS(pattern, SEED("^[A-Z]{2}(-\\d+)*$\nDE-12"), SEED("(a|b)+\\p{L}\nabab"));

#define TARGET(name)                                                                               \
    {                                                                                              \
#name, one_##name, name, LEN(name)                                                         \
    }
const struct fuzz_target fuzz_text[] = {
    TARGET(json), TARGET(csv),    TARGET(yaml),    TARGET(url),     TARGET(domain),
    TARGET(time), TARGET(number), TARGET(unicode), TARGET(pattern), {NULL}};
