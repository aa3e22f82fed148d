#include "model/record.h"

bool record_moved(const struct mappings *m, enum side side, const struct value *then,
                  const struct value *now)
{
    for (size_t i = 0; i < m->count; i++)
        if (rule_lets_write(m->map[i].rule, side) && value_known(&then[i]) &&
            value_known(&now[i]) && !value_eq(&then[i], &now[i]))
            return true;
    return false;
}
