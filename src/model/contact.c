#include "model/contact.h"

const char *contact_state_name(enum contact_state s)
{
    static const char *const names[] = {"not_syncing", "lead", "private", "of_account"};
    return names[s];
}
