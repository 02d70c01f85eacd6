/* SPDX-License-Identifier: MIT */
#include "find.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "progress.h"

static const char mounts[] =
    "22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 0:25 / /mnt/acme rw,nosuid,nodev shared:9 master:3 - fuse.gotofs "
    "work rw,user_id=0\n"
    "31 22 0:26 / /mnt/with\\040blank rw - fuse.gotofs a\\040b rw\n"
    "32 22 0:27 / /mnt/acme2 rw - fuse.sshfs h: rw\n"
    "33 22 0:25 /users /srv/people rw - fuse.gotofs work rw\n"
    "34 30 0:28 / /mnt/acme/over rw - tmpfs tmpfs rw\n"
    "35 22 0:29 / /mnt/twice rw - fuse.gotofs below rw\n"
    "36 35 0:30 / /mnt/twice rw - tmpfs above rw\n"
    "a broken line\n"
    "37 22 0:31 / /mnt/short rw - \n";

static void
check(const char *path, const char *mountpoint, const char *source,
    const char *inside)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(find_in_mountinfo(mounts, path, &f, &err), 0);
	assert_string_equal(f.mountpoint, mountpoint);
	assert_string_equal(f.source, source);
	assert_string_equal(f.inside, inside);
}

static void
a_path_is_in_its_mount(void **state)
{
	check("/mnt/acme", "/mnt/acme", "work", "");
	check("/mnt/acme/users", "/mnt/acme", "work", "users");
	check("/mnt/acme/users/a.json", "/mnt/acme", "work", "users/a.json");
	check("/mnt/with blank/x", "/mnt/with blank", "a b", "x");
	check("/srv/people", "/srv/people", "work", "users");
	check("/srv/people/a.json", "/srv/people", "work", "users/a.json");
}

static void
others_are_not(void **state)
{
	static const char *const paths[] = {"/", "/mnt", "/mnt/acmex",
	    "/mnt/acme2", "/mnt/acme/over", "/mnt/acme/over/x", "/mnt/twice",
	    "/mnt/short"};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct find f = FIND_NONE;
		struct err err = ERR_NONE;

		assert_int_equal(
		    find_in_mountinfo(mounts, paths[i], &f, &err), -ENODEV);
		assert_non_null(strstr(err.msg, "not in a gotofs mount"));
		assert_null(f.mountpoint);
	}
}

static void
mount_points_are_known(void **state)
{
	assert_true(find_is_mountpoint(mounts, "/mnt/acme"));
	assert_false(find_is_mountpoint(mounts, "/mnt/acme/users"));
	assert_false(find_is_mountpoint(mounts, "/mnt/acme2"));
	assert_false(find_is_mountpoint(mounts, "/"));
}

static void
no_mount_here(void **state)
{
	struct find f = FIND_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(find_mount("/proc", &f, &err), -ENODEV);
	assert_int_equal(find_mount("/nonexistent/x", &f, &err), -ENOENT);
	assert_int_equal(find_daemon(".", &f, &err), -ENODEV);
}

static int
find_once(void *ctx)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err err = ERR_NONE;

	return find_in_mountinfo(mounts, ctx, &f, &err);
}

static int
list_once(void *ctx)
{
	AUTO(strv_done) char **list = NULL;

	return find_list(ctx, &list);
}

static void
all_are_listed(void **state)
{
	AUTO(strv_done) char **list = NULL;
	AUTO(text_done) char *joined = NULL;

	assert_int_equal(find_list(mounts, &list), 0);
	joined = strv_join(list, "|");
	assert_string_equal(
	    joined, "/mnt/acme|/mnt/with blank|/srv/people|/mnt/twice");
	assert_true(alloc_fail_sweep(list_once, (void *)mounts) > 4);
}

static void
memory_may_end(void **state)
{
	assert_true(alloc_fail_sweep(find_once, (void *)"/mnt/acme/x") >= 4);
}

static void
a_bar(void **state)
{
	char line[256];

	progress_line(line, sizeof(line), 80, "reading users", 4000, 10000);
	assert_string_equal(line,
	    "reading users  [############                  ]  40 %  "
	    "4,000/10,000");
	progress_line(line, sizeof(line), 80, "x", 1234567, -1);
	assert_string_equal(line, "x  1,234,567");
	progress_line(line, sizeof(line), 80, "x", 12, 10);
	assert_non_null(strstr(line, "100 %  10/10"));
	progress_line(line, sizeof(line), 20, "reading users", 4000, 10000);
	assert_int_equal(strlen(line), 19);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_is_in_its_mount),
	    cmocka_unit_test(others_are_not),
	    cmocka_unit_test(mount_points_are_known),
	    cmocka_unit_test(no_mount_here),
	    cmocka_unit_test(all_are_listed),
	    cmocka_unit_test(memory_may_end),
	    cmocka_unit_test(a_bar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
