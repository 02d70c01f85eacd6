/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "suggest.h"

static void
there_are_defaults(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;

	options_init(&o);
	assert_false(o.read_only);
	assert_false(o.allow_other);
	assert_int_equal(o.settle_ms, 3000);
	assert_int_equal(o.refresh_ms, 300000);
	assert_int_equal(o.deadline_ms, 10000);
	assert_int_equal(o.umask, 077);
	assert_int_equal(o.uid, getuid());
	assert_int_equal(o.gid, getgid());
	assert_true(o.rate_per_s > 7.9 && o.rate_per_s < 8.1);
	assert_null(o.max_removals);
}

static void
everything_is_taken(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	assert_int_equal(options_parse(&o,
			     "ro,settle=0.25,refresh=0,deadline=1.5,uid=12,"
			     "gid=root,umask=022,max_removals=10%,rate=0.5,"
			     "allow_other,debug,log_level=info,"
			     "state_dir=/a\\,b\\\\c",
			     &err),
	    0);
	assert_true(o.read_only && o.allow_other && o.debug);
	assert_int_equal(o.settle_ms, 250);
	assert_int_equal(o.refresh_ms, 0);
	assert_int_equal(o.deadline_ms, 1500);
	assert_int_equal(o.uid, 12);
	assert_int_equal(o.gid, 0);
	assert_int_equal(o.umask, 022);
	assert_string_equal(o.max_removals, "10%");
	assert_true(o.rate_per_s > 0.49 && o.rate_per_s < 0.51);
	assert_string_equal(o.state_dir, "/a,b\\c");
	assert_int_equal(o.log_level, LOG_LEVEL_INFO);
}

static void
the_last_word_wins(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	assert_int_equal(options_parse(&o, "ro,max_removals=3", &err), 0);
	assert_int_equal(options_parse(&o, ",rw,,max_removals=40,", &err), 0);
	assert_false(o.read_only);
	assert_string_equal(o.max_removals, "40");
}

static void
what_mount_passes_is_fine(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	assert_int_equal(options_parse(&o,
			     "rw,nosuid,nodev,noexec,_netdev,noauto,"
			     "user,users,nofail,defaults,x-systemd.automount,"
			     "x-systemd.requires=a.service,comment=hello,"
			     "relatime,user=ada,dirsync,sync",
			     &err),
	    0);
	assert_false(o.suid);
}

static void
the_kernels_flags_are_off(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	assert_false(o.dev || o.suid || o.exec);
	assert_int_equal(options_parse(&o, "user,exec", &err), 0);
	assert_true(o.exec);
	if (geteuid() == 0) {
		assert_int_equal(options_parse(&o, "dev,suid", &err), 0);
		assert_true(o.dev && o.suid);
	} else {
		assert_int_equal(options_parse(&o, "dev", &err), -EPERM);
		assert_int_equal(options_parse(&o, "suid", &err), -EPERM);
	}
	assert_int_equal(options_parse(&o, "noexec,nodev,nosuid", &err), 0);
	assert_false(o.dev || o.suid || o.exec);
}

/* mount -s: unknown words are fine, bad values of known ones are not. */
static void
sloppy_is_not_blind(void **state)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	o.sloppy = true;
	assert_int_equal(options_parse(&o, "frobnicate,setle=3", &err), 0);
	assert_int_equal(options_parse(&o, "settle=x", &err), -EINVAL);
}

static const struct {
	const char *text;
	const char *says;
} refusals[] = {
    {"rO", "unknown mount option \"rO\""},
    {"setle=3", "unknown mount option \"setle\"; did you mean \"settle\"?"},
    {"frobnicate", "unknown mount option \"frobnicate\"; see gotofs mount "},
    {"=3", "unknown mount option \"\""},
    {"settle", "mount option settle needs a value: settle=SECONDS"},
    {"ro=1", "mount option ro takes no value, got \"1\""},
    {"settle=", "mount option settle: \"\" is not a number of seconds"},
    {"settle=3s", "\"3s\" is not a number of seconds from 0.001 to 3600, or 0"},
    {"settle=-1", "\"-1\" is not a number"},
    {"settle=0.1234", "\"0.1234\" is not a number"},
    {"settle=3601", "\"3601\" is not a number"},
    {"settle=99999999999999999999", "is not a number"},
    {"refresh=0.5", "\"0.5\" is not a number of seconds from 1 to 86400"},
    {"deadline=0", "\"0\" is not a number of seconds from 0.1 to 600"},
    {"rate=0", "mount option rate: \"0\" is not a number of requests"},
    {"rate=101", "\"101\" is not a number of requests"},
    {"umask=9", "mount option umask: \"9\" is not a umask"},
    {"umask=1777", "\"1777\" is not a umask"},
    {"umask=0x1f", "\"0x1f\" is not a umask"},
    {"uid=no such user", "mount option uid: \"no such user\" is neither"},
    {"uid=-1", "\"-1\" is neither a user"},
    {"uid=4294967295", "\"4294967295\" is neither a user"},
    {"gid=", "mount option gid: \"\" is neither a group"},
    {"max_removals=1000%", "\"1000%\" is neither a number of removals"},
    {"state_dir=x", "mount option state_dir: \"x\" is not an absolute path"},
    {"log_level=loud", "\"loud\" is not a level: error, warn, info or debug"},
    {"remount", "a mount cannot be changed: unmount it"},
    {"async=1", "mount option async takes no value"},
    {"dry_run=1", "mount option dry_run takes no value"},
};

static void
async_has_two_names(void **state)
{
	struct mount_options o;
	struct err err = ERR_NONE;

	(void)state;
	options_init(&o);
	assert_false(o.async);
	assert_int_equal(options_parse(&o, "async", &err), 0);
	assert_true(o.async);
	options_done(&o);
	options_init(&o);
	assert_int_equal(options_parse(&o, "ro,async_writes", &err), 0);
	assert_true(o.async);
	options_done(&o);
}

static void
mistakes_are_named(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
		struct err err = ERR_NONE;

		options_init(&o);
		assert_int_equal(
		    options_parse(&o, refusals[i].text, &err), -EINVAL);
		if (!strstr(err.msg, refusals[i].says))
			fail_msg("%s\nsays:   %s\nshould: %s", refusals[i].text,
			    err.msg, refusals[i].says);
	}
}

static void
the_nearest_word(void **state)
{
	static const char *const words[] = {
	    "mount", "umount", "status", "sync", "refresh", NULL};

	assert_string_equal(suggest_nearest("mont", words), "mount");
	assert_string_equal(suggest_nearest("unmount", words), "umount");
	assert_string_equal(suggest_nearest("stauts", words), "status");
	assert_null(suggest_nearest("xy", words));
	assert_null(suggest_nearest("", words));
	assert_null(
	    suggest_nearest("a word that is much too long to be one", words));
}

static int
parse_once(void *ctx)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	return options_parse(&o, ctx, &err);
}

static void
memory_may_end(void **state)
{
	assert_true(alloc_fail_sweep(parse_once,
			(void *)"ro,max_removals=3,state_dir=/x") >= 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(there_are_defaults),
	    cmocka_unit_test(everything_is_taken),
	    cmocka_unit_test(the_last_word_wins),
	    cmocka_unit_test(what_mount_passes_is_fine),
	    cmocka_unit_test(the_kernels_flags_are_off),
	    cmocka_unit_test(sloppy_is_not_blind),
	    cmocka_unit_test(mistakes_are_named),
	    cmocka_unit_test(async_has_two_names),
	    cmocka_unit_test(the_nearest_word),
	    cmocka_unit_test(memory_may_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
