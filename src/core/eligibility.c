#include "core/eligibility.h"

static const struct {
    const char *name, *rule;
    enum why why; /* the reason that a blocking one gives */
} criteria[CRITERION_COUNT] = {
    [CRITERION_C1] = {"C1", "S3.1", WHY_NOTHING},
    [CRITERION_C2] = {"C2", "S3.1", WHY_NOTHING},
    [CRITERION_C3] = {"C3", "S3.1", WHY_NOTHING},
    [CRITERION_N1] = {"N1", "S3.2", WHY_NO_CONTACTS},
    [CRITERION_N2] = {"N2", "S3.2", WHY_ONLY_LEADS},
    [CRITERION_N3] = {"N3", "S3.2", WHY_NONE_QUALIFIES},
};

const char *criterion_name(enum criterion c)
{
    return criteria[c].name;
}

const char *criterion_rule(enum criterion c)
{
    return criteria[c].rule;
}

bool criterion_blocks(enum criterion c)
{
    return c >= CRITERION_N1;
}

const char *answer_name(enum answer a)
{
    static const char *const names[] = {"no", "yes", "unknown"};
    return names[a];
}

static bool is_private(const struct contact *c)
{
    return c->state == CONTACT_PRIVATE;
}

static bool is_lead(const struct contact *c)
{
    return c->state == CONTACT_LEAD;
}

static bool qualifies(const struct contact *c)
{
    return c->qualifies;
}

/* The contacts of which `is` holds, or does not. */
static struct finding those(struct arena *a, const struct evidence *people,
                            bool (*is)(const struct contact *), bool wanted)
{
    struct finding f = {.by = ARENA_ARRAY(a, const struct contact *, people->count)};
    for (size_t i = 0; i < people->count; i++)
        if (is(&people->contact[i]) == wanted)
            f.by[f.count++] = &people->contact[i];
    f.answer = f.count ? ANSWER_YES : ANSWER_NO;
    return f;
}

/* «All» and «none» of nobody say nothing: that is N1's (B1.27). */
static struct finding nobody_but(struct arena *a, const struct evidence *people,
                                 bool (*is)(const struct contact *), bool wanted)
{
    struct finding exceptions = those(a, people, is, !wanted);
    if (people->count == 0 || exceptions.count > 0) {
        exceptions.answer = ANSWER_NO;
        return exceptions;
    }
    return those(a, people, is, wanted);
}

static enum answer made_from_contact(enum made_by_contact made, enum default_object object)
{
    if (object != DEFAULT_CONTACT || made == MADE_NO)
        return ANSWER_NO;
    return made == MADE_YES ? ANSWER_YES : ANSWER_UNKNOWN;
}

struct finding eligibility_private(struct arena *a, const struct evidence *people)
{
    static const struct evidence nobody = {0};
    return those(a, people ? people : &nobody, is_private, true);
}

void eligibility_of(struct arena *a, const struct evidence *people, enum default_object object,
                    struct eligibility *out)
{
    static const struct evidence nobody = {.listed = true};
    bool speaks_for = false;
    if (!people)
        people = &nobody;
    *out = (struct eligibility){.listed = people->listed, .why = WHY_QUALIFIES};
    struct finding *of = out->of;
    of[CRITERION_C1].answer = made_from_contact(people->made, object);
    of[CRITERION_C2] = eligibility_private(a, people);
    of[CRITERION_C3] = those(a, people, qualifies, true);
    of[CRITERION_N1].answer = people->count == 0 ? ANSWER_YES : ANSWER_NO;
    of[CRITERION_N2] = nobody_but(a, people, is_lead, true);
    of[CRITERION_N3] = nobody_but(a, people, qualifies, false);
    for (enum criterion c = CRITERION_C1; c < CRITERION_COUNT; c++) {
        if (of[c].answer != ANSWER_YES)
            continue;
        if (!criterion_blocks(c))
            speaks_for = true;
        else if (out->why == WHY_QUALIFIES)
            out->why = criteria[c].why; /* S3.3 */
    }
    if (out->why == WHY_QUALIFIES && !out->listed)
        out->why = WHY_NOT_LISTED;
    out->eligible = speaks_for && out->why == WHY_QUALIFIES;
}

int64_t eligibility_next_ms(int64_t created_ms, int64_t now_ms)
{
    static const int64_t after[] = {MS_MINUTE, 5 * MS_MINUTE, 30 * MS_MINUTE};
    for (size_t i = 0; i < LEN(after); i++)
        if (created_ms + after[i] > now_ms)
            return created_ms + after[i];
    return 0;
}

/* S3.8: all its domains are free-mail or shared-host; a company without any domain may do. */
static bool only_shared_domains(const struct record *rec)
{
    bool any = rec->keys.host != 0;
    bool own = any && !rec->keys.no_key;
    for (size_t i = 0; i < rec->more_count; i++) {
        any = true;
        own = own || !rec->more[i].no_key;
    }
    return any && !own;
}

bool eligibility_decide(struct arena *a, const struct plan_context *ctx, struct change *c)
{
    const struct row *row = c->subject->row[SIDE_HS];
    struct eligibility x;
    if (row->existing || only_shared_domains(&row->rec)) {
        c->action = ACTION_SKIP;
        c->why = row->existing ? WHY_EXISTING_COMPANY : WHY_SHARED_DOMAIN;
        return false;
    }
    eligibility_of(a, row->people, ctx->settings->default_object, &x);
    c->why = x.why;
    if (x.eligible)
        return true;
    c->due_ms = eligibility_next_ms(row->rec.created_ms, ctx->now_ms[SIDE_HS]);
    c->action = c->due_ms ? ACTION_WAIT : ACTION_SKIP;
    return false;
}
