/* record: one account, from a JSON object or the cells of a CSV row. */
#include "crm/salesforce/sf_p.h"
#include "text/hash.h"
#include "text/iso8601.h"
#include "text/sfid.h"
#include "text/unicode.h"

struct str sf_partner(const struct salesforce *sf, struct str key)
{
    struct str rest = key, portal;
    if (!key.n || !sf->portal.n || !str_cut(&rest, ':', &portal) || !str_eq(portal, sf->portal))
        return STR_NONE;
    return rest;
}

static int64_t time_of(const struct sf_cell *c)
{
    int64_t ms;
    return c->text.n && iso_parse_ms(c->text, &ms) ? ms : 0;
}

void sf_record(struct salesforce *sf, struct arena *a, const struct sf_cell *cell, int64_t asked_ms,
               struct record *out)
{
    const struct mappings *m = sf->m;
    *out = (struct record){.id = sfid18(a, cell[SF_ID].text), .asked_ms = asked_ms};
    out->created_ms = time_of(&cell[SF_CREATED]);
    out->edited_ms = time_of(&cell[SF_EDITED]);
    out->modified_ms = time_of(&cell[SF_STAMP]);
    out->name = cell[SF_NAME].text;
    if (sf->key_at >= 0)
        out->key = sf_partner(sf, cell[sf->key_at].text);
    if (sf->person_at >= 0)
        out->person = str_eq(cell[sf->person_at].text, S("true"));
    out->name_key = name_key(a, out->name);
    struct domain d = domain_of(sf->domains, a, cell[SF_WEBSITE].text);
    out->host = d.host;
    out->keys = (struct match_keys){.host = d.host.n ? hash64(d.host) : 0,
                                    .site = d.registrable.n ? hash64(d.registrable) : 0,
                                    .no_key = d.free_mail || d.shared_host};
    out->value = ARENA_ARRAY(a, struct value, m ? m->count : 0);
    for (size_t i = 0; m && i < m->count; i++) {
        const struct sf_cell *c = sf->map_at[i] >= 0 ? &cell[sf->map_at[i]] : NULL;
        if (c && c->there) /* by its describe type, not by its looks (SF T20) */
            out->value[i] = value_canonical(a, m->map[i].meta[SIDE_SF].type, c->text);
    }
}

void sf_record_json(struct salesforce *sf, struct arena *a, yyjson_val *obj, int64_t asked_ms,
                    struct record *out)
{
    struct sf_cell cell[SF_FIXED_COUNT + 2 + FIELDS_MAX];
    yyjson_obj_iter it = yyjson_obj_iter_with(obj);
    for (size_t i = 0; i < sf->field_count; i++) {
        /* The iterator goes on where the last name was found: fields come in the order asked for.
         */
        yyjson_val *v = yyjson_obj_iter_getn(&it, sf->field[i].p, sf->field[i].n);
        struct str text =
            yyjson_is_bool(v) ? (yyjson_get_bool(v) ? S("true") : S("false")) : json_str(v);
        cell[i] = (struct sf_cell){text, v != NULL};
    }
    sf_record(sf, a, cell, asked_ms, out);
}
