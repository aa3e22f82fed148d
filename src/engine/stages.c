/* stages: a contact that comes to another lifecycle stage takes its primary company along, forward
 * in the portal's order (S10.1); core/lifecycle.h decides.
 *
 * That a stage changed is stored with the reading that showed it, and waits until the company is
 * linked. Contact and company are read once more just before the write, so a move is never done
 * twice; what HubSpot does not take (H10.12) is an error of the contact. The company is read and
 * written as any other, bound to this one property meanwhile. */
#include "core/lifecycle.h"

#include "crm/people.h"
#include "engine/stages_p.h"

#define AT_ONCE 1000 /* contacts a look */

struct moving {
    struct pass *p;
    const struct field *stages; /* of companies */
    struct stage_binding binding;
    struct stage_move *move;   /* what was due; those of linked companies first */
    size_t all, moves;         /* moves: of linked ones */
    struct crm_stage *contact; /* as they are now; those of move[] */
    /* of the companies that move: */
    struct record *company;
    struct crm_write *write;
    struct crm_set *set;
    size_t *by; /* whose stage it is: move[] */
    size_t writes;
    /* what one transaction stores */
    struct audit_entry *audit;
    struct error_entry *error;
    struct str *over;
    size_t audits, errors, overs;
};

static const struct field *stage_field(struct engine *en)
{
    const struct field *f = schema_find(&en->schema[SIDE_HS], S(STAGE_PROPERTY));
    return f && f->readable && f->updateable ? f : NULL;
}

static void tell_hubspot(struct engine *en, const struct mappings *m)
{
    struct crm *hs = en->o.crm[SIDE_HS];
    hs->ops->bind(hs, &(struct crm_binding){.mappings = m,
                                            .portal = en->identity[SIDE_HS].organisation,
                                            .overlap_ms = en->settings.hubspot_overlap_ms});
}

void stages_bind(struct engine *en, struct stage_binding *b)
{
    b->property = (struct mapping){.name = {S(""), S(STAGE_PROPERTY)},
                                   .rule = RULE_ALWAYS_SF,
                                   .scale = -1,
                                   .meta = {{.type = FIELD_OTHER}, {.type = FIELD_PICKLIST}}};
    b->narrow = (struct mappings){&b->property, 1};
    tell_hubspot(en, &b->narrow);
}

void stages_unbind(struct engine *en)
{
    tell_hubspot(en, &en->mappings);
}

struct audit_entry stage_entry(struct engine *en, const struct stage_binding *b, struct str account,
                               struct str company, struct str contact, const struct field_change *f)
{
    struct field_change one = *f;
    struct change c = {.field = &one, .fields = 1};
    return (struct audit_entry){.at_ms = engine_now(en, SIDE_HS),
                                .side = SIDE_HS,
                                .record = {account, company},
                                .action = str_fmt(&en->chunk, "stage %.*s", STR_ARG(contact)),
                                .detail = audit_detail(&en->chunk, &b->narrow, &c, SIDE_HS)};
}

/* Contacts whose stage changed after T0, as they are now: a reading may be older than another. */
static bool read_contacts(struct moving *m, struct err *e)
{
    struct engine *en = m->p->en;
    struct crm *hs = en->o.crm[SIDE_HS];
    m->contact = ARENA_ARRAY(&en->chunk, struct crm_stage, m->moves);
    for (size_t i = 0; i < m->moves; i++)
        m->contact[i].id = m->move[i].contact;
    return hs->people->stages(hs, &en->chunk, m->contact, m->moves, e);
}

static bool counts(const struct moving *m, size_t i)
{
    const struct crm_stage *c = &m->contact[i];
    return c->found && c->set_ms >= m->p->en->on_ms[SIDE_HS];
}

/* The companies of those that count, each once. */
static bool read_companies(struct moving *m, struct err *e)
{
    struct engine *en = m->p->en;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct str *id = ARENA_ARRAY(&en->chunk, struct str, m->moves);
    size_t all = 0;
    m->company = ARENA_ARRAY(&en->chunk, struct record, m->moves);
    m->by = ARENA_ARRAY(&en->chunk, size_t, m->moves);
    for (size_t i = 0; i < m->moves; i++)
        if (counts(m, i))
            id[all++] = m->move[i].company;
    size_t n = m->writes = str_once(id, all);
    return n == 0 || hs->ops->get(hs, &en->chunk, id, n, m->company, e);
}

static void add_error(struct moving *m, size_t i, const struct err *why)
{
    struct engine *en = m->p->en;
    struct stage_move *x = &m->move[i];
    int64_t now = engine_now(en, SIDE_HS);
    x->due_ms = retry_at(en, now, why->kind == ERR_REJECTED, x->attempts);
    x->attempts++;
    m->p->report->errors++;
    struct error_entry about = {.side = SIDE_HS,
                                .record = x->contact,
                                .partner = x->company,
                                .field = S(STAGE_PROPERTY),
                                .value = m->contact[i].stage,
                                .next_ms = x->due_ms,
                                .attempts = x->attempts};
    m->error[m->errors++] = error_of(&en->chunk, about, why, now);
}

static void unknown_stage(struct moving *m, size_t i)
{
    struct err why;
    err_set(&why, ERR_REJECTED, "stage_unknown",
            "contact %.*s is in stage \"%.*s\", which is no lifecycle stage of companies",
            STR_ARG(m->move[i].contact), STR_ARG(str_slice(m->contact[i].stage, 0, 60)));
    err_rule(&why, "S10.1");
    err_hint(&why, "make the stage for companies too, or name it in lifecycle.still");
    add_error(m, i, &why);
}

/* The furthest stage that any contact of this company came to; of each, whether it counts is said.
 * False: none moves it. */
static bool furthest(struct moving *m, const struct record *company, size_t *by)
{
    const struct settings *set = &m->p->en->settings;
    struct str at = company->value[0].state == VALUE_TEXT ? company->value[0].text : S("");
    bool moves = false;
    for (size_t i = 0; i < m->moves; i++) {
        if (!counts(m, i) || !str_eq(m->move[i].company, company->id))
            continue;
        switch (
            lifecycle_answer(m->stages, str_from(set->lifecycle_still), m->contact[i].stage, at)) {
        case STAGE_MOVES:
            *by = i;
            at = m->contact[i].stage;
            moves = true;
            break;
        case STAGE_UNKNOWN:
            unknown_stage(m, i);
            break;
        default:
            break;
        }
    }
    return moves;
}

static void decide(struct moving *m)
{
    struct arena *a = &m->p->en->chunk;
    size_t n = 0;
    m->write = ARENA_ARRAY(a, struct crm_write, m->writes);
    m->set = ARENA_ARRAY(a, struct crm_set, m->writes);
    for (size_t i = 0; i < m->writes; i++) {
        const struct record *company = &m->company[i];
        size_t by;
        if (company->state != RECORD_LIVE || !furthest(m, company, &by))
            continue;
        m->set[n] =
            (struct crm_set){.value = value_text(m->contact[by].stage), .old = company->value[0]};
        m->write[n] = (struct crm_write){
            .id = company->id, .set = &m->set[n], .sets = 1, .bad_set = SIZE_MAX};
        m->by[n++] = by;
    }
    m->writes = n;
}

static void add_audit(struct moving *m, const struct stage_move *x, struct value was,
                      struct value now)
{
    struct field_change f = {.to = SIDE_HS, .old = was, .value = now, .rule = "S10.1"};
    m->audit[m->audits++] =
        stage_entry(m->p->en, &m->binding, x->account, x->company, x->contact, &f);
    m->p->report->stages++;
}

/* S8.2: what a killed run, or one without an answer, was about to write, and is there, it wrote. */
static void find_intents(struct moving *m)
{
    for (size_t i = 0; i < m->moves; i++) {
        struct stage_move *x = &m->move[i];
        struct value becomes = value_text(x->becomes);
        for (size_t k = 0; x->becomes.n && k < m->writes; k++)
            if (str_eq(m->company[k].id, x->company) && m->company[k].state == RECORD_LIVE &&
                value_eq(&m->company[k].value[0], &becomes))
                add_audit(m, x, value_text(x->was), becomes);
        x->was = x->becomes = STR_NONE;
    }
}

static bool intend(struct moving *m, struct err *e)
{
    struct store *st = m->p->en->o.store;
    struct stage_move *x = ARENA_ARRAY(&m->p->en->chunk, struct stage_move, m->writes);
    if (m->writes == 0)
        return true;
    for (size_t k = 0; k < m->writes; k++) {
        x[k] = m->move[m->by[k]];
        x[k].due_ms = DUE_AT_ONCE;
        x[k].was = m->set[k].old.state == VALUE_TEXT ? m->set[k].old.text : S("");
        x[k].becomes = m->set[k].value.text;
    }
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    if (st->people->stages_settle(st, x, m->writes, e))
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

static void settle(struct moving *m, size_t k)
{
    const struct crm_write *w = &m->write[k];
    struct stage_move *x = &m->move[m->by[k]];
    struct value now = w->outcome == CRM_DONE && w->stored && value_known(&w->stored[0])
                           ? w->stored[0]
                           : w->set->value;
    struct err why = w->err ? *w->err : (struct err){0};
    if (w->outcome == CRM_CHANGED)
        return; /* it is gone: so is its stage */
    if (w->outcome == CRM_DONE && value_eq(&now, &w->set->value)) {
        add_audit(m, x, w->set->old, now);
        return;
    }
    if (w->outcome == CRM_UNKNOWN) { /* it is looked for by the next try */
        x->was = w->set->old.state == VALUE_TEXT ? w->set->old.text : S("");
        x->becomes = w->set->value.text;
    }
    if (w->outcome == CRM_DONE) { /* H10.12 */
        err_set(&why, ERR_REJECTED, "stage_kept",
                "hubspot kept lifecycle stage \"%.*s\" instead of \"%.*s\"",
                STR_ARG(str_slice(now.text, 0, 60)), STR_ARG(str_slice(w->set->value.text, 0, 60)));
        err_rule(&why, "S10.1");
    } else if (why.kind == ERR_NONE) {
        err_set(&why, ERR_RETRY, "not_sent", "not sent yet");
    }
    add_error(m, m->by[k], &why);
}

static bool keep(struct moving *m, struct err *e)
{
    struct store *st = m->p->en->o.store;
    if (!st->ops->begin(st, STORE_FULL, e))
        return false;
    bool ok = m->audits + m->errors == 0 || run_open(m->p, e);
    for (size_t i = 0; i < m->audits; i++)
        m->audit[i].run = m->p->run.id;
    m->over = ARENA_ARRAY(&m->p->en->chunk, struct str, m->all);
    for (size_t i = m->overs = 0; i < m->all; i++)
        if (m->move[i].attempts && (!m->move[i].due_ms || m->move[i].due_ms == STAGE_WAITS))
            m->over[m->overs++] = m->move[i].contact;
    ok = ok && st->ops->audit_put(st, m->audit, m->audits, e) &&
         st->ops->errors_put(st, m->error, m->errors, e) &&
         st->ops->errors_clear(st, SIDE_HS, m->over, m->overs, INT64_MAX, e) &&
         st->people->stages_settle(st, m->move, m->all, e);
    if (ok)
        return st->ops->commit(st, e);
    st->ops->rollback(st);
    return false;
}

/* A company that is not linked may be in a moment: its contact's stage waits for that, so that it
 * is not chance which of the two a pass sees first. */
static void part(struct moving *m)
{
    m->moves = 0;
    for (size_t i = 0; i < m->all; i++) {
        struct stage_move x = m->move[i];
        x.due_ms = x.account.n ? 0 : STAGE_WAITS;
        m->move[i] = m->move[m->moves];
        m->move[x.account.n ? m->moves++ : i] = x;
    }
}

static bool move_some(struct moving *m, struct err *e)
{
    struct engine *en = m->p->en;
    struct crm *hs = en->o.crm[SIDE_HS];
    struct arena *a = &en->chunk;
    part(m);
    m->audit = ARENA_ARRAY(a, struct audit_entry, 2 * m->moves);
    m->error = ARENA_ARRAY(a, struct error_entry, 2 * m->moves);
    m->audits = m->errors = 0;
    if (m->moves > 0 && !read_contacts(m, e))
        return false;
    stages_bind(en, &m->binding);
    bool ok = read_companies(m, e);
    if (ok && !m->p->o.plan_only)
        find_intents(m);
    if (ok)
        decide(m);
    if (m->p->o.plan_only) {
        m->p->report->stages += ok ? m->writes : 0;
        stages_unbind(en);
        return ok;
    }
    struct err sent;
    ok = ok && intend(m, e);
    bool went = !ok || m->writes == 0 || hs->ops->write(hs, a, m->write, m->writes, NULL, &sent);
    stages_unbind(en);
    for (size_t k = 0; ok && k < m->writes; k++)
        settle(m, k);
    ok = ok && keep(m, e);
    if (ok && !went)
        *e = sent;
    return ok && went;
}

/* What waits is over where nothing may be moved. */
static bool forget(struct moving *m, struct err *e)
{
    m->audits = m->errors = 0;
    for (size_t i = 0; i < m->all; i++)
        m->move[i].due_ms = 0;
    return m->p->o.plan_only || keep(m, e);
}

bool move_stages(struct pass *p, struct err *e)
{
    struct engine *en = p->en;
    struct store *st = en->o.store;
    struct moving m = {.p = p, .stages = stage_field(en)};
    struct str after = S("");
    struct arena kept;
    size_t n = AT_ONCE;
    bool ok = true;
    if (p->suspended[SIDE_HS])
        return true;
    bool off = !m.stages || mapping_find(&en->mappings, S(STAGE_PROPERTY));
    arena_init(&kept, 64 * KIB);
    while (ok && n == AT_ONCE) {
        arena_reset(&en->chunk);
        ok = st->people->stages_due(st, &en->chunk, engine_now(en, SIDE_HS), after, AT_ONCE,
                                    &m.move, &m.all, e);
        n = m.all;
        if (!ok || n == 0)
            break;
        arena_reset(&kept);
        after = str_dup(&kept, m.move[n - 1].contact);
        m.moves = 0;
        ok = off ? forget(&m, e) : move_some(&m, e);
    }
    arena_release(&kept);
    arena_reset(&en->chunk);
    return ok || err_wrap(e, "moving companies to their contacts' lifecycle stage");
}
