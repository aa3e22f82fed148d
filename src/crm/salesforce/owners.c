/* Users who may own an account, those who left included (SF 14.2: a standard user who is active).
 */
#include <string.h>

#include "crm/salesforce/sf_p.h"
#include "text/sfid.h"

bool sf_owners(struct crm *crm, struct arena *a, struct owner_list *out, struct err *e)
{
    static const char soql[] = "SELECT Id, Name, Email, IsActive FROM User"
                               " WHERE UserType = 'Standard'";
    struct salesforce *sf = sf_of(crm);
    yyjson_val *root, *obj;
    int64_t asked;
    size_t room = 0;
    *out = (struct owner_list){0};
    if (!sf_query(sf, a, str_from(soql), false, &root, &asked, e))
        return err_wrap(e, "reading the users");
    for (bool more = true; more;) {
        yyjson_val *list = yyjson_obj_get(root, "records");
        yyjson_arr_iter it;
        size_t need = out->count + yyjson_arr_size(list);
        if (need > room) {
            struct owner *bigger = ARENA_ARRAY(a, struct owner, 2 * need);
            if (out->count)
                memcpy(bigger, out->owner, out->count * sizeof(*bigger));
            out->owner = bigger;
            room = 2 * need;
        }
        yyjson_arr_iter_init(list, &it);
        while ((obj = yyjson_arr_iter_next(&it)))
            out->owner[out->count++] =
                (struct owner){.id = sfid18(a, json_get(obj, "Id")),
                               .email = json_get(obj, "Email"),
                               .name = json_get(obj, "Name"),
                               .active = json_bool(yyjson_obj_get(obj, "IsActive"), false)};
        if (!sf_query_next(sf, a, &root, &more, e))
            return err_wrap(e, "reading the users");
    }
    return true;
}
