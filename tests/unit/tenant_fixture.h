/* SPDX-License-Identifier: MIT */
/* A tenant without threads and without a network, over a mirror of four
 * people. */
#ifndef GOTOFS_TESTS_TENANT_FIXTURE_H
#define GOTOFS_TESTS_TENANT_FIXTURE_H

#include "mirror_fixture.h"
#include "walk_fixture.h"

static char state_dir[] = TEST_TMP "/gotofs-test-tenant-XXXXXX";

static inline int
open_tenant(struct tenant **ret)
{
	const struct tenant_conf conf = mirror_conf(state_dir);

	return tenant_open(&conf, ret, NULL);
}

/* Each time in a folder of its own. */
static inline int
setup(void **state)
{
	strcpy(strrchr(state_dir, '-'), "-XXXXXX");
	if (!mkdtemp(state_dir) || chmod(state_dir, 0700) < 0)
		return -1;
	mirror_make(state_dir);
	return 0;
}

static inline int
teardown(void **state)
{
	return mirror_remove(state_dir);
}

#define each(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
