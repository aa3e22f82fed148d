/* The people around a record: what S3 and S7.1 judge by. */
#include "app/app.h"

#define PEOPLE_SHOWN 20 /* on a terminal; --json has them all */

static const char *made_name(enum made_by_contact made)
{
    return made == MADE_YES ? "yes" : made == MADE_NO ? "no" : "unknown";
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
    if (x->side == SIDE_SF)
        return;
    put_str(d, o, "made_by_contact", str_from(made_name(people->made)));
    put_bool(d, o, "listed", people->listed);
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
