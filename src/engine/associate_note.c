/* associate: what is noted of a contact that was put somewhere, was refused, or waits (S11.1). */
#include "engine/contacts_p.h"

struct str contact_field(enum side s)
{
    return s == SIDE_SF ? S(FIELD_ACCOUNT) : S(FIELD_PRIMARY);
}

struct str contact_id(const struct association_move *x, enum side s)
{
    return s == SIDE_SF ? x->person : x->contact;
}

struct str noted_id(const struct association_move *x, enum side s)
{
    return s == SIDE_SF ? x->of : x->contact;
}

bool is_intent(const struct association_move *x)
{
    return x->undoes || x->becomes.n > 0;
}

/* ---- the audit ------------------------------------------------------------------------------- */

#define FIELD_JOINED "Contact.companies"

static struct value value_of(struct str text)
{
    return text.n ? value_text(text) : VALUE_EMPTY;
}

struct audit_entry contact_audit(struct engine *en, const struct contact_undo *u, const char *rule,
                                 bool conflict)
{
    struct mapping name[] = {{.name = {S(FIELD_ACCOUNT), S(FIELD_PRIMARY)}},
                             {.name = {STR_NONE, S(FIELD_JOINED)}}};
    struct mappings m = {name, LEN(name)};
    struct field_change set[] = {
        {.to = u->side,
         .old = value_of(u->old),
         .value = value_of(u->wrote),
         .rule = rule,
         .conflict = conflict},
        {.to = u->side, .map = 1, .old = VALUE_EMPTY, .value = value_of(u->wrote), .rule = rule}};
    struct change c = {.field = set, .fields = u->joined ? 2 : 1};
    return (struct audit_entry){
        .at_ms = engine_now(en, u->side),
        .side = u->side,
        .record = {u->record[SIDE_SF], u->record[SIDE_HS]},
        .action = u->private ? str_fmt(&en->chunk, "place %.*s", STR_ARG(u->person))
                             : str_fmt(&en->chunk, "associate %.*s %.*s", STR_ARG(u->contact),
                                       STR_ARG(u->person)),
        .detail = audit_detail(&en->chunk, &m, &c, u->side)};
}

bool contact_entry(struct arena *a, const struct audit_entry *x, struct contact_undo *out)
{
    struct audit_field *f;
    size_t n;
    struct str words = x->action, verb;
    *out = (struct contact_undo){
        .side = x->side, .record = {x->record[SIDE_SF], x->record[SIDE_HS]}, .why = UNDO_WHY_COUNT};
    if (!str_cut(&words, ' ', &verb))
        return false;
    out->private = str_eq(verb, S("place"));
    if (!out->private && !(str_eq(verb, S("associate")) && str_cut(&words, ' ', &out->contact)))
        return false;
    out->person = words;
    if (!audit_fields(a, x->detail, &f, &n) || n == 0)
        return false;
    out->old = f[0].old;
    out->wrote = f[0].value;
    out->joined = n > 1;
    return true;
}

void note_written(struct associating *w, size_t i, enum side to, struct str was, struct str becomes,
                  bool joined)
{
    const struct association_move *x = &w->x[i];
    struct contact_undo u = {.side = to,
                             .contact = x->contact,
                             .person = x->of,
                             .old = was,
                             .wrote = becomes,
                             .joined = joined};
    u.record[to] = becomes;
    u.record[side_other(to)] = x->at[side_other(to)];
    w->audit[w->audits++] =
        contact_audit(w->p->en, &u, x->undoes ? "S12.4" : "S11.1", w->answer[i].conflict);
    w->left[to] += was.n > 0;
    w->p->report->associated[to]++;
}

/* ---- errors ---------------------------------------------------------------------------------- */

void note_of_person(struct associating *w, size_t i)
{
    struct association_move *x = &w->x[i];
    if (x->attempts && x->of.n && !str_eq(x->of, x->person))
        w->over[SIDE_SF][w->overs[SIDE_SF]++] = x->of;
    x->of = x->person;
}

static void add_error(struct associating *w, size_t i, enum side to, struct str value,
                      const struct err *why, int64_t next_ms)
{
    const struct association_move *x = &w->x[i];
    struct error_entry about = {.side = to,
                                .record = contact_id(x, to),
                                .partner = value,
                                .field = contact_field(to),
                                .value = value,
                                .next_ms = next_ms,
                                .attempts = x->attempts};
    w->p->report->errors++;
    w->error[w->errors++] = error_of(&w->p->en->chunk, about, why, engine_now(w->p->en, to));
}

void note_error(struct associating *w, size_t i, enum side to, struct str value,
                const struct err *why)
{
    struct association_move *x = &w->x[i];
    struct err unsaid;
    if (why->kind == ERR_NONE) {
        err_set(&unsaid, ERR_RETRY, "not_sent", "not sent yet");
        why = &unsaid;
    }
    x->due_ms =
        retry_at(w->p->en, engine_now(w->p->en, to), why->kind == ERR_REJECTED, x->attempts);
    x->attempts++;
    add_error(w, i, to, value, why, x->due_ms);
}

void note_unseen(struct associating *w, size_t i, struct str value)
{
    struct err why;
    err_set(&why, ERR_REJECTED, "contact_not_seen",
            "contact %.*s of salesforce, which contact %.*s syncs with, is gone, or our user does"
            " not see it: its account stays",
            STR_ARG(w->x[i].person), STR_ARG(w->x[i].contact));
    err_rule(&why, "S3.6");
    err_hint(&why, "give our user the right to see it: read on Contact, and the record's sharing");
    note_error(w, i, SIDE_SF, value, &why);
}

void note_waits(struct associating *w, size_t i)
{
    struct association_move *x = &w->x[i];
    const struct association_answer *answer = &w->answer[i];
    bool account = str_eq(answer->value, x->at[SIDE_SF]);
    struct err why;
    err_set(&why, ERR_REJECTED, account ? "waiting_for_account" : "waiting_for_company",
            "waiting for %s %.*s to sync: contact %.*s (in Salesforce %.*s) is at it, and its %s"
            " stays until that is linked",
            account ? "account" : "company", STR_ARG(answer->value), STR_ARG(x->contact),
            STR_ARG(x->person), answer->to == SIDE_SF ? "account" : "primary company");
    err_rule(&why, "S11.1");
    err_hint(&why,
             "bring it over: `tandem resync %.*s`, or an import; or put the contact elsewhere",
             STR_ARG(answer->value));
    note_of_person(w, i);
    x->awaits = answer->value;
    x->due_ms = 0;
    x->attempts = MAX(x->attempts, 1);
    add_error(w, i, answer->to, answer->value, &why, 0);
}
