/* Owners: those of today and those who left, whose ids stay on records (H17). */
#include <string.h>

#include "crm/hubspot/hs_p.h"
#include "text/url.h"

#define OWNERS_PAGE 100 /* H17.1 */

static struct str full_name(struct arena *a, yyjson_val *o)
{
    struct str first = json_get(o, "firstName"), last = json_get(o, "lastName");
    return str_trim(str_fmt(a, "%.*s %.*s", STR_ARG(first), STR_ARG(last)));
}

static void add(struct arena *a, struct owner_list *out, size_t *room, struct owner one)
{
    if (out->count == *room) {
        size_t more = MAX(2 * *room, (size_t)OWNERS_PAGE);
        struct owner *bigger = ARENA_ARRAY(a, struct owner, more);
        if (out->count)
            memcpy(bigger, out->owner, out->count * sizeof(*bigger));
        out->owner = bigger;
        *room = more;
    }
    out->owner[out->count++] = one;
}

bool hs_owners(struct crm *crm, struct arena *a, struct owner_list *out, struct err *e)
{
    struct hubspot *hs = hs_of(crm);
    size_t room = 0;
    *out = (struct owner_list){0};
    for (int archived = 0; archived < 2; archived++) { /* H17.4: two sets */
        struct str after = S("");
        for (bool more = true; more;) {
            yyjson_val *root, *list, *o;
            yyjson_arr_iter it;
            struct http_exchange x = {
                .req = {.path =
                            str_fmt(a, "/crm/owners/%.*s?limit=%d&archived=%s%s%.*s",
                                    STR_ARG(hs->version), OWNERS_PAGE, archived ? "true" : "false",
                                    after.n ? "&after=" : "", STR_ARG(url_encoded(a, after))),
                        .repeatable = true}};
            if (!hs_call(hs, a, &x, &root, e) || !hs_results(root, &list, e))
                return err_wrap(e, "reading the owners");
            yyjson_arr_iter_init(list, &it);
            while ((o = yyjson_arr_iter_next(&it)))
                add(a, out, &room,
                    (struct owner){.id = json_get(o, "id"),
                                   .email = json_get(o, "email"),
                                   .name = full_name(a, o),
                                   .active = !json_bool(yyjson_obj_get(o, "archived"), archived)});
            struct str next = json_str(json_at(root, "paging", "next", "after", NULL));
            if (next.n && str_eq(next, after))
                return err_set(e, ERR_INTERNAL, "same_page",
                               "hubspot gives the same page of owners again");
            more = next.n > 0;
            after = next;
        }
    }
    return true;
}
