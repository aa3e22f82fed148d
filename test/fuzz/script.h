/* script: what the services answer in a fuzz run (http.c). */
#pragma once

#include "base/base.h"
#include "base/str.h"

#define SCRIPT_NOW_MS INT64_C(1795451049000) /* 2026-11-23T16:24:09Z */

void script_set(struct str answers); /* borrowed; the next exchange gets the first one */
