/* sfid: Salesforce record ids (SF 12). Stored as 18 characters, whatever came in. */
#pragma once

#include "base/arena.h"
#include "base/str.h"

/* 15 or 18 characters in; 18 out. None when it is no id, or its check characters do not fit. */
struct str sfid18(struct arena *a, struct str id);
bool sfid_has_prefix(struct str id, struct str key_prefix); /* "001" */
