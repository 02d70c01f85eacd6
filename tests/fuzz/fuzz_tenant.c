/* SPDX-License-Identifier: MIT */
#include "fuzz_tenant.h"

#include "mirror_fixture.h"
#include "tenant_int.h"

static char base[] = TEST_TMP "/gotofs-fuzz-XXXXXX";
static char live_dir[64], dry_dir[64];
static struct tenant *dry_run;
static pid_t owner;

static void
fuzz_tenant_end(void)
{
	if (getpid() != owner)
		return;
	tenant_close(dry_run);
	FUZZ_CHECK(mirror_remove(base) == 0);
}

struct tenant *
fuzz_tenant(void)
{
	struct tenant_conf conf;

	if (dry_run)
		return dry_run;
	FUZZ_CHECK(mkdtemp(base) && chmod(base, 0700) == 0);
	snprintf(live_dir, sizeof(live_dir), "%s/live", base);
	snprintf(dry_dir, sizeof(dry_dir), "%s/dry", base);
	FUZZ_CHECK(mkdir(live_dir, 0700) == 0 && mkdir(dry_dir, 0700) == 0);
	mirror_make(live_dir);
	conf = mirror_conf(dry_dir);
	conf.dry_run_of = live_dir;
	FUZZ_CHECK(tenant_open(&conf, &dry_run, NULL) == 0);
	/* no power fails here */
	FUZZ_CHECK(store_set_sync(dry_run->store, false, NULL) == 0);
	owner = getpid();
	FUZZ_CHECK(atexit(fuzz_tenant_end) == 0);
	return dry_run;
}

void
fuzz_tenant_reset(void)
{
	long n;

	FUZZ_CHECK(tenant_discard(dry_run, &n, NULL) == 0);
}

const char *
fuzz_tenant_dir(void)
{
	fuzz_tenant();
	return base;
}
