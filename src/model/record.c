#include "model/record.h"

#include "text/hash.h"

uint64_t record_print(const struct mappings *m, enum side side, const struct value *value)
{
    uint64_t print = 0;
    for (size_t i = 0; i < m->count; i++) {
        if (!rule_lets_write(m->map[i].rule, side) || !value_known(&value[i]))
            continue;
        /* A sum does not depend on the order, and a blank or unknown field adds nothing. */
        if (value[i].state == VALUE_TEXT)
            print += hash64_seeded(value[i].text, m->map[i].id);
    }
    return print;
}
