/* SPDX-License-Identifier: MIT */
/*
 * A full disk: what was not committed is not there, reading goes on, and room
 * is all it takes to go on.
 *
 * The disk is a small tmpfs in a mount namespace of this process's own, so
 * nothing is left when it ends, however it ends.
 */
#include "store_fixture.h"

#include "../../src/store/store_int.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#define DISK_BYTES (24 << 20)

/* ---- the disk ---- */

static bool
disk_possible(void)
{
	if (unshare(CLONE_NEWNS) < 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return false;
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}

static int
disk_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char options[32];

	strcpy(f->dir, TEST_TMP "/gotofs-full-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(options, sizeof(options), "size=%d", DISK_BYTES);
	if (mount("gotofs-test", f->dir, "tmpfs", 0, options) < 0)
		return -1;
	snprintf(f->state, sizeof(f->state), "%s/state", f->dir);
	*state = f;
	return store_open(f->state, &f->s, &f->err);
}

static int
disk_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	umount2(f->dir, MNT_DETACH);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void
disk_path(const struct fixture *f, char *ret, size_t n)
{
	snprintf(ret, n, "%s/filler", f->dir);
}

/* Fills all but some bytes. */
static void
disk_fill(struct fixture *f, off_t leave)
{
	static char block[4096];
	char path[128];
	int fd;

	disk_path(f, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	if (leave > 0)
		assert_int_equal(
		    ftruncate(fd, lseek(fd, 0, SEEK_END) - leave), 0);
	close(fd);
}

static void
disk_free(struct fixture *f)
{
	char path[128];

	disk_path(f, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
}

/* ---- the tests ---- */

static const struct store_journal_entry entry = {
    .verb = "create", .object = "users/kim.json", .result = "ok"};

/* n records of 1.5 KB, in one batch; what the commit answered. */
static int
put_many(struct fixture *f, int n)
{
	static char text[1500];
	struct store_batch *b = fixture_begin(f);
	struct store_record r;
	char key[16];
	int q = 0, c;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < n && q >= 0; i++) {
		snprintf(key, sizeof(key), "%d", 1000 + i);
		r = fixture_user(key, text);
		q = store_record_put(b, &r, NULL, NULL, &f->err);
	}
	if (q >= 0)
		q = store_journal_add(b, &entry, &f->err);
	c = store_commit(b, &f->err);
	if (q < 0)
		assert_int_equal(q, c);
	return c;
}

static void
assert_as_before(struct fixture *f)
{
	assert_users(f, "100=kim\n");
	assert_int_equal(store_generation(f->s), 2);
	assert_int_equal(store_journal_bytes(f->s), 0);
}

static void
prepare(struct fixture *f)
{
	fixture_put(f, "100", "kim");
	fixture_publish(f);
}

static void
test_commit(void **state)
{
	struct fixture *f = *state;

	prepare(f);
	disk_fill(f, 0);
	for (int i = 0; i < 3; i++) {
		assert_fails(-ENOBUFS, put_many(f, 2000));
		assert_non_null(strstr(f->err.msg, "full"));
		assert_as_before(f);
	}
	disk_free(f);
	assert_int_equal(put_many(f, 2000), 0);
	assert_int_equal(store_generation(f->s), 3);
	fixture_reopen(f);
	assert_int_equal(store_generation(f->s), 3);
}

/* More than the cache holds: a put fails, not the commit. */
static void
test_in_the_middle_of_a_batch(void **state)
{
	struct fixture *f = *state;

	prepare(f);
	disk_fill(f, 12 << 20);
	assert_fails(-ENOBUFS, put_many(f, 20000));
	assert_as_before(f);
	disk_free(f);
	assert_int_equal(put_many(f, 100), 0);
}

/* Small commits until it fails: all that was acknowledged is there. */
static void
test_little_by_little(void **state)
{
	struct fixture *f = *state;
	struct fixture_seen seen;
	int64_t n = 0;
	int r;

	prepare(f);
	disk_fill(f, 300000);
	while ((r = put_many(f, 1)) >= 0)
		n++;
	assert_int_equal(r, -ENOBUFS);
	assert_true(n > 0);
	assert_int_equal(store_generation(f->s), 2 + n);
	fixture_walk(f, false, &seen);
	assert_int_equal(seen.n, 2);
	disk_free(f);
	fixture_reopen(f);
	assert_int_equal(store_generation(f->s), 2 + n);
	assert_int_equal(put_many(f, 1), 0);
}

static void
test_pull(void **state)
{
	static char text[1500];
	struct fixture *f = *state;
	struct store_incoming i = {{0}, NULL, NULL};
	int r;

	prepare(f);
	memset(text, 'x', sizeof(text) - 1);
	i.record = fixture_user("1", text);
	disk_fill(f, 300000);
	while ((r = store_incoming_add(f->s, &i, 1, &f->err)) >= 0)
		;
	assert_int_equal(r, -ENOBUFS);
	assert_as_before(f);
	disk_free(f);
	assert_ok(f, store_incoming_clear(f->s, &f->err));
	assert_int_equal(put_many(f, 1), 0);
}

static void
test_opening(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char path[128];

	prepare(f);
	store_close(TAKE(f->s));
	disk_fill(f, 0);
	assert_fails(-ENOBUFS, store_open(f->state, &f->s, &f->err));
	snprintf(path, sizeof(path), "%s/other", f->dir);
	assert_fails(-ENOBUFS, store_open(path, &s, &f->err));
	disk_free(f);
	assert_ok(f, store_open(path, &s, &f->err));
	store_close(s);
	fixture_open(f);
	assert_as_before(f);
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, disk_setup, disk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    t(test_commit),
	    t(test_in_the_middle_of_a_batch),
	    t(test_little_by_little),
	    t(test_pull),
	    t(test_opening),
	};

	if (!disk_possible()) {
		print_message("no mount namespace: a tmpfs is needed\n");
		return 77; /* meson: skipped */
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
