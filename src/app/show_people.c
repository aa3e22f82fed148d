/* The people around a record: what S3 and S7.1 judge by. */
#include "app/app.h"
#include "core/eligibility.h"

#define DECIDERS_SHOWN 5
#define PEOPLE_SHOWN   20 /* on a terminal; --json has them all */

static const char *made_name(enum made_by_contact made)
{
    return made == MADE_YES ? "yes" : made == MADE_NO ? "no" : "unknown";
}

static void weigh(struct app *app, const struct explanation *x, struct eligibility *out)
{
    eligibility_of(&app->a, &x->people, engine_settings(app->engine)->default_object, out);
}

/* S3 decides nothing of what is linked, or was there before T0 (S3.4). */
static bool decides(const struct explanation *x)
{
    return !x->subject.link && !x->subject.row[SIDE_HS]->existing;
}

/* S3.3: all six, always, with those who decided them. */
static void put_criteria(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o,
                         const struct explanation *x)
{
    struct eligibility all;
    weigh(app, x, &all);
    yyjson_mut_val *table = yyjson_mut_obj_add_obj(d, o, "to_account");
    put_bool(d, table, "decides", decides(x));
    put_bool(d, table, "eligible", all.eligible);
    put_str(d, table, "why", str_from(why_name(all.why)));
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, table, "criteria");
    for (enum criterion c = CRITERION_C1; c < CRITERION_COUNT; c++) {
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "criterion", str_from(criterion_name(c)));
        put_str(d, item, "rule", str_from(criterion_rule(c)));
        put_bool(d, item, "blocks", criterion_blocks(c));
        put_str(d, item, "answer", str_from(answer_name(all.of[c].answer)));
        yyjson_mut_val *by = yyjson_mut_obj_add_arr(d, item, "contacts");
        for (size_t i = 0; i < all.of[c].count; i++)
            yyjson_mut_arr_add_strncpy(d, by, all.of[c].by[i]->id.p, all.of[c].by[i]->id.n);
    }
}

static void say_criteria(struct app *app, const struct explanation *x)
{
    static const char *const words[CRITERION_COUNT] = {
        [CRITERION_C1] = "made by HubSpot from a contact, and default_object is contact",
        [CRITERION_C2] = "a contact syncs with a private SF contact",
        [CRITERION_C3] = "a contact qualifies for the inclusion list",
        [CRITERION_N1] = "it has no contacts",
        [CRITERION_N2] = "all its contacts sync with leads",
        [CRITERION_N3] = "none of its contacts qualifies",
    };
    struct eligibility all;
    weigh(app, x, &all);
    say(app, "  May it become an account? %s%s\n", all.eligible ? "Yes." : "No.",
        x->subject.link ? " (It is linked, so S3 decides nothing here.)"
        : decides(x)    ? ""
                        : " (It is from before the switch was turned on, so S3 decides nothing:"
                          " it enters by matching or by resync, S3.4.)");
    for (enum criterion c = CRITERION_C1; c < CRITERION_COUNT; c++) {
        const struct finding *f = &all.of[c];
        say(app, "    %s %s %-7s %s (%s)", criterion_blocks(c) ? "against" : "for    ",
            criterion_name(c), answer_name(f->answer), words[c], criterion_rule(c));
        for (size_t i = 0; i < MIN(f->count, (size_t)DECIDERS_SHOWN); i++)
            say(app, "%s%.*s", i ? ", " : ": ", STR_ARG(f->by[i]->id));
        if (f->count > DECIDERS_SHOWN)
            say(app, " and %zu more", f->count - DECIDERS_SHOWN);
        say(app, "\n");
    }
    if (!all.listed)
        say(app, "    It is not on the chosen list of companies (S3.5).\n");
}

/* S11.1: what a contact that is noted waits for. */
static void put_moves(yyjson_mut_doc *d, yyjson_mut_val *o, const struct explanation *x)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "associations");
    for (size_t i = 0; i < x->moves; i++) {
        const struct association_move *m = &x->move[i];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "contact", m->contact);
        put_str(d, item, "person", m->person);
        put_str(d, item, "account", m->at[SIDE_SF]);
        put_str(d, item, "company", m->at[SIDE_HS]);
        put_str(d, item, "awaits", m->awaits);
    }
}

static void say_moves(struct app *app, const struct explanation *x)
{
    if (x->moves)
        say(app, "  Contacts whose account or primary company moved (S11.1): %zu\n", x->moves);
    for (size_t i = 0; i < MIN(x->moves, (size_t)PEOPLE_SHOWN); i++) {
        const struct association_move *m = &x->move[i];
        say(app, "    %.*s (in Salesforce %.*s) ", STR_ARG(m->contact), STR_ARG(m->person));
        if (m->awaits.n)
            say(app, "waits till %.*s is linked\n", STR_ARG(m->awaits));
        else
            say(app, "is looked at by the next pass, or when its error is due again\n");
    }
}

void put_people(struct app *app, yyjson_mut_doc *d, yyjson_mut_val *o, const struct explanation *x)
{
    const struct evidence *people = &x->people;
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(d, o, "contacts");
    for (size_t i = 0; i < people->count; i++) {
        const struct contact *c = &people->contact[i];
        yyjson_mut_val *item = yyjson_mut_arr_add_obj(d, list);
        put_str(d, item, "id", c->id);
        put_str(d, item, "state", str_from(contact_state_name(c->state)));
        put_str(d, item, "person", c->person);
        put_str(d, item, "account", c->account);
        put_bool(d, item, "converted", c->converted);
        put_str(d, item, "company", c->company);
        put_bool(d, item, "qualifies", c->qualifies);
    }
    put_moves(d, o, x);
    if (x->side == SIDE_SF)
        return;
    put_str(d, o, "made_by_contact", str_from(made_name(people->made)));
    put_bool(d, o, "listed", people->listed);
    put_criteria(app, d, o, x);
}

void say_people(struct app *app, const struct explanation *x)
{
    static const char *const words[] = {
        [CONTACT_NOT_SYNCING] = "syncs with nobody in Salesforce",
        [CONTACT_LEAD] = "syncs with lead",
        [CONTACT_PRIVATE] = "syncs with private contact",
        [CONTACT_OF_ACCOUNT] = "syncs with contact",
    };
    const struct evidence *people = &x->people;
    if (x->side == SIDE_HS)
        say_criteria(app, x);
    say_moves(app, x);
    if (x->subject.link || people->count == 0)
        return;
    say(app, "  Contacts (S3.6): %zu\n", people->count);
    for (size_t i = 0; i < MIN(people->count, (size_t)PEOPLE_SHOWN); i++) {
        const struct contact *c = &people->contact[i];
        say(app, "    %.*s %s%s%.*s%s%.*s%s\n", STR_ARG(c->id), words[c->state],
            c->person.n ? " " : "", STR_ARG(c->person), c->account.n ? " of account " : "",
            STR_ARG(c->account), c->qualifies ? "" : "; does not qualify (S3.5)");
    }
    if (people->count > PEOPLE_SHOWN)
        say(app, "    and %zu more\n", people->count - PEOPLE_SHOWN);
}
