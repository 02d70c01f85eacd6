/* SPDX-License-Identifier: MIT */
/* A dry run without threads and without a network, over a mirror of four
 * people, for targets that need one; its changes are discarded after each
 * input. */
#ifndef GOTOFS_TESTS_FUZZ_TENANT_H
#define GOTOFS_TESTS_FUZZ_TENANT_H

#include "fuzz.h"

struct tenant;

/* Made when first asked for, removed at the end of the process. */
struct tenant *fuzz_tenant(void);
void fuzz_tenant_reset(void);
/* Its folder. */
const char *fuzz_tenant_dir(void);

#endif
