/* review: what waits for a person (S5.5, S7.2): list, accept, reject. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"

static bool load(struct app *app, struct review_entry **out, size_t *n, struct err *e)
{
    struct store *st = app->store;
    return st->ops->reviews_list(st, &app->a, STR_NONE, REVIEWS_MAX, out, n, e);
}

bool cmd_review_list(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    size_t n;
    (void)code;
    if (!config_load(app, e) || !app_open_engine(app, STORE_READ, false, e) ||
        !load(app, &review, &n, e))
        return false;
    yyjson_mut_val *o;
    yyjson_mut_doc *d = result_new(app, &o);
    struct store_counts counts;
    if (!app->store->ops->counts(app->store, &counts, e))
        return false;
    uint64_t left_out = counts.reviews - MIN(counts.reviews, (uint64_t)n);
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "reviews");
    for (size_t i = 0; i < n; i++) {
        put_review_entry(app, d, list, &review[i]);
        say_review_entry(app, &review[i]);
    }
    put_int(d, o, "left_out", (int64_t)left_out);
    result_print(app, d);
    if (left_out)
        log_warn(&app->log, "%s left out",
                 counted(app, left_out, "newer one is", "newer ones are"));
    if (n == 0)
        say(app, "Nothing waits for a person.\n");
    else
        say(app,
            "%s. `tandem review accept ID [CANDIDATE]` links, `tandem review reject ID...`"
            " says that none of\nthem is it.\n",
            counted(app, n, "waits", "wait"));
    return true;
}

static const struct review_entry *entry_of(struct app *app, const struct review_entry *review,
                                           size_t n, const char *arg, struct err *e)
{
    struct str id;
    enum side s = engine_side_of(&app->a, str_trim(str_from(arg)), &id);
    for (size_t i = 0; i < n; i++)
        if (review[i].side == s && str_eq(review[i].record, id))
            return &review[i];
    err_set(e, ERR_USAGE, "no_review", "%s %.40s does not wait for a person", side_noun(s), arg);
    err_subject(e, str_from(arg));
    err_hint(e, "`tandem review list` shows what does");
    return NULL;
}

/* Which of the candidates: the one named, or the only one. */
static bool choose(struct app *app, const struct review_entry *r, const char *named,
                   struct str *out, struct err *e)
{
    struct str rest = r->candidates, id, want = STR_NONE;
    size_t n = 0;
    if (!rest.n) { /* SF 8.6: the refusal tells of no id */
        err_set(e, ERR_USAGE, "which_candidate",
                "salesforce does not tell which account blocks %.*s", STR_ARG(r->record));
        err_subject(e, r->record);
        return err_hint(e, "find it in Salesforce, then `tandem link ACCOUNT %.*s`",
                        STR_ARG(r->record));
    }
    if (named)
        engine_side_of(&app->a, str_trim(str_from(named)), &want);
    while (str_cut(&rest, ';', &id)) {
        n++;
        *out = id;
        if (named && str_eq(id, want))
            return true;
    }
    if (!named && n == 1)
        return true;
    if (named)
        err_set(e, ERR_USAGE, "which_candidate", "%.40s is not among the candidates of %.*s", named,
                STR_ARG(r->record));
    else
        err_set(e, ERR_USAGE, "which_candidate", "%.*s has several candidates", STR_ARG(r->record));
    err_subject(e, r->record);
    return err_hint(e, "they are: %.*s", STR_ARG(r->candidates));
}

static bool leftover(const struct review_entry *r, struct err *e)
{
    if (!str_eq(r->why, S("merge_leftover")))
        return true;
    err_set(e, ERR_REFUSED, "merge_leftover",
            "%s %.*s lost its partner in a merge; %.*s is linked with the survivor",
            side_noun(r->side), STR_ARG(r->record), STR_ARG(r->candidates));
    err_rule(e, "S9.3");
    return err_hint(e,
                    "merge the two in %s, which Tandem follows, or keep both: `tandem review"
                    " reject %.*s`",
                    r->side == SIDE_HS ? "HubSpot" : "Salesforce", STR_ARG(r->record));
}

/* Its partner was deleted: is it to be archived? (S9.1) */
static bool asks_archive(const struct review_entry *r)
{
    return str_eq(r->why, S("delete_asks")) || str_eq(r->why, S("delete_attached"));
}

static bool asks_values(const struct review_entry *r)
{
    return str_eq(r->why, S("first_link"));
}

/* Of a question about values (S5.5) the answer is a side; of one about partners, a candidate. */
static bool answer(struct app *app, const struct review_entry *r, const char *named,
                   struct report *out, struct err *e)
{
    for (enum side s = SIDE_SF; named && s < SIDE_COUNT; s++)
        if (strcmp(named, side_name(s)) == 0)
            return engine_answer(app->engine, r, s, out, e);
    err_set(e, ERR_USAGE, "which_side", "%s %.*s asks whose values stand", side_noun(r->side),
            STR_ARG(r->record));
    err_rule(e, "S5.5");
    err_subject(e, r->record);
    return err_hint(e, "`tandem review accept %.*s salesforce`, or hubspot; it is about %.*s",
                    STR_ARG(r->record), STR_ARG(r->fields));
}

static bool accept(struct app *app, const struct review_entry *r, struct str candidate,
                   struct report *out, struct err *e)
{
    struct str id[SIDE_COUNT];
    id[r->side] = r->record;
    id[side_other(r->side)] = candidate;
    return engine_link(app->engine, id[SIDE_SF], id[SIDE_HS], false, out, e);
}

/* ---- one answer for many --------------------------------------------------------------------- */

struct offered { /* a record and its only candidate */
    struct str id[SIDE_COUNT];
    bool contested; /* one of the two is in another pair as well */
};

static int by_id(const struct offered *a, const struct offered *b, enum side s)
{
    int k = str_cmp(a->id[s], b->id[s]);
    return k ? k : str_cmp(a->id[side_other(s)], b->id[side_other(s)]);
}

static int by_account(const void *a, const void *b)
{
    return by_id(a, b, SIDE_SF);
}

static int by_company(const void *a, const void *b)
{
    return by_id(a, b, SIDE_HS);
}

static bool same_pair(const struct offered *a, const struct offered *b)
{
    return str_eq(a->id[SIDE_SF], b->id[SIDE_SF]) && str_eq(a->id[SIDE_HS], b->id[SIDE_HS]);
}

/* Both of a pair may ask for each other: once is enough. Whom two ask for is a person's to say. */
static size_t uncontested(struct offered *o, size_t n, size_t *left)
{
    size_t kept = 0, sure = 0;
    qsort(o, n, sizeof(*o), by_account);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !same_pair(&o[i], &o[kept - 1]))
            o[kept++] = o[i];
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        qsort(o, kept, sizeof(*o), s == SIDE_SF ? by_account : by_company);
        for (size_t i = 1; i < kept; i++)
            if (str_eq(o[i].id[s], o[i - 1].id[s]))
                o[i].contested = o[i - 1].contested = true;
    }
    for (size_t i = 0; i < kept; i++)
        if (!o[i].contested)
            o[sure++] = o[i];
    *left = kept - sure;
    return sure;
}

static bool one_candidate(const struct review_entry *r)
{
    return r->candidates.n && str_find_char(r->candidates, ';') < 0 && !asks_values(r) &&
           !asks_archive(r) && !str_eq(r->why, S("merge_leftover"));
}

static bool accept_all(struct app *app, const struct review_entry *review, size_t n, int *code,
                       struct err *e)
{
    struct offered *o = ARENA_ARRAY(&app->a, struct offered, n);
    struct str *id[SIDE_COUNT];
    struct report r;
    size_t count = 0, left;
    for (size_t i = 0; i < n; i++) {
        if (!one_candidate(&review[i]))
            continue;
        o[count].id[review[i].side] = review[i].record;
        o[count++].id[side_other(review[i].side)] = review[i].candidates;
    }
    count = uncontested(o, count, &left);
    for (enum side s = SIDE_SF; s < SIDE_COUNT; s++) {
        id[s] = ARENA_ARRAY(&app->a, struct str, count);
        for (size_t i = 0; i < count; i++)
            id[s][i] = o[i].id[s];
    }
    if (left)
        say(app, "%s left: the only candidate is another record's only candidate too.\n",
            counted(app, left, "is", "are"));
    return engine_link_pairs(app->engine, id[SIDE_SF], id[SIDE_HS], count, &r, e) &&
           say_done(app, &r, "Accepting was", "done", code, e);
}

static bool ids_or_all(const struct app *app, const char *ids, struct err *e)
{
    if ((app->args > 0) != app->o.all)
        return true;
    err_set(e, ERR_USAGE, "arguments", "`tandem %s` takes %s, or --all", app->command, ids);
    return err_hint(e, "`tandem review list` shows what waits for a person");
}

bool cmd_review_accept(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    struct report r;
    struct str candidate = STR_NONE;
    size_t n;
    if (!ids_or_all(app, "ID [CANDIDATE]", e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_WRITE, true, e) || !load(app, &review, &n, e))
        return false;
    if (app->o.all)
        return accept_all(app, review, n, code, e);
    const struct review_entry *one = entry_of(app, review, n, app->arg[0], e);
    if (one && asks_archive(one))
        return engine_archive(app->engine, one, &r, e) &&
               say_done(app, &r, "Archiving was", "done", code, e);
    if (one && asks_values(one))
        return answer(app, one, app->args > 1 ? app->arg[1] : NULL, &r, e) &&
               say_done(app, &r, "The answer was", "taken", code, e);
    return one && leftover(one, e) &&
           choose(app, one, app->args > 1 ? app->arg[1] : NULL, &candidate, e) &&
           accept(app, one, candidate, &r, e) && say_done(app, &r, "The link was", "made", code, e);
}

/* The entries that were named, or all; of questions about values nothing is rejected: one of the
 * two stands. */
static bool to_reject(struct app *app, const struct review_entry *review, size_t n,
                      struct review_entry *out, size_t *count, struct err *e)
{
    *count = 0;
    for (size_t i = 0; app->o.all && i < n; i++)
        if (!asks_values(&review[i]))
            out[(*count)++] = review[i];
    for (int i = 0; !app->o.all && i < app->args; i++) {
        const struct review_entry *one = entry_of(app, review, n, app->arg[i], e);
        bool twice = false;
        if (!one)
            return false;
        if (asks_values(one))
            return answer(app, one, NULL, NULL, e);
        for (size_t k = 0; k < *count; k++)
            twice = twice || (out[k].side == one->side && str_eq(out[k].record, one->record));
        if (!twice)
            out[(*count)++] = *one;
    }
    return true;
}

bool cmd_review_reject(struct app *app, int *code, struct err *e)
{
    struct review_entry *review;
    struct report r;
    size_t n, count;
    if (!ids_or_all(app, "ID...", e) || !config_load(app, e) ||
        !app_open_engine(app, STORE_WRITE, true, e) || !load(app, &review, &n, e))
        return false;
    struct review_entry *chosen = ARENA_ARRAY(&app->a, struct review_entry, n + 1);
    if (!to_reject(app, review, n, chosen, &count, e) ||
        !engine_reject(app->engine, chosen, count, &r, e))
        return false;
    say(app,
        "%zu answered: none of the candidates is it. The next pass makes a new partner for each"
        " that may have one.\n",
        count);
    return say_done(app, &r, "Rejecting was", "done", code, e);
}
