/* SPDX-License-Identifier: MIT */
/*
 * The power goes at any moment: what a commit said yes to is on the disk, by
 * what was synced alone, and so is whatever came before it.  (A tool is told
 * yes after that commit: the end-to-end tests 70 and 71 let the daemon die on
 * both sides of it.)
 */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/buf.h"
#include "gotofs/store_journal.h"
#include "sqlite_power.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define POWER_ROUNDS 30

/* Commit n: the queue, the meta table, the journal. */
static int
child_commit(struct store *s, int64_t n)
{
	char text[32];
	struct store_change c = {.path = text, .args = "{}"};
	struct store_journal_entry e = {
	    .verb = "update", .object = text, .result = "ok"};
	struct store_batch *b;
	int64_t id;
	int r = store_begin(s, &b, NULL);

	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%lld", (long long)n);
	r = store_change_add(b, &c, &id, NULL);
	if (r >= 0)
		r = store_journal_add(b, &e, NULL);
	if (r >= 0)
		r = store_meta_set(b, "n", text, NULL);
	return store_end(b, r, NULL);
}

/* Many of them, so that the WAL is also emptied now and then. */
static int
child_run(const char *dir, int64_t n, int fd)
{
	struct store *s;
	int r = store_open(dir, &s, NULL);

	if (r >= 0)
		r = db_exec(s->writer, "PRAGMA wal_autocheckpoint=5", NULL);
	while (r >= 0) {
		r = child_commit(s, ++n);
		if (r >= 0 && write(fd, &n, sizeof(n)) != sizeof(n))
			r = -EIO;
	}
	return 1;
}

/* Returns the last number that was said yes to. */
static int64_t
run_until_killed(struct fixture *f, int64_t n, unsigned *seed)
{
	int acks = 1 + rand_r(seed) % 15, fd[2];
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		_exit(child_run(f->state, n, fd[1]));
	}
	close(fd[1]);
	while (acks-- > 0)
		assert_int_equal(read(fd[0], &n, sizeof(n)), sizeof(n));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (read(fd[0], &n, sizeof(n)) == sizeof(n))
		;
	close(fd[0]);
	return n;
}

static int
count_change(void *ctx, const struct store_change *c)
{
	int64_t *n = ctx;

	(*n)++;
	assert_int_equal(strtoll(c->path, NULL, 10), *n);
	return 0;
}

static int64_t
check(struct fixture *f, int64_t acknowledged)
{
	struct journal_chain chain = JOURNAL_CHAIN_NONE;
	int64_t n, changes = 0;
	char *meta = NULL;

	fixture_open(f);
	assert_ok(f, store_meta_get(f->s, "n", &meta, &f->err));
	n = strtoll(meta, NULL, 10);
	free(meta);
	assert_in_range(n, acknowledged, acknowledged + 1);
	assert_ok(f, store_changes_each(f->s, count_change, &changes, &f->err));
	assert_int_equal(changes, n);
	assert_ok(f, journal_verify(f->state, &chain, &f->err));
	assert_int_equal(chain.seq, n);
	store_close(TAKE(f->s));
	return n;
}

static void
test_power_loss_at_any_moment(void **state)
{
	struct fixture *f = *state;
	unsigned seed = (unsigned)time(NULL);
	int64_t n = 0;
	char database[120];

	store_close(TAKE(f->s));
	snprintf(database, sizeof(database), "%s/mirror.db", f->state);
	print_message("seed %u\n", seed);
	for (unsigned i = 0; i < POWER_ROUNDS; i++) {
		n = run_until_killed(f, n, &seed);
		sqlite_power_lose(database, i % 4);
		n = check(f, n);
	}
}

/* And the shim does lose what was not synced. */
static void
child_unsynced(const char *dir)
{
	struct store *s = NULL;

	_exit(store_open(dir, &s, NULL) < 0 || child_commit(s, 1) < 0 ||
	      db_exec(s->writer, "PRAGMA synchronous=OFF", NULL) < 0 ||
	      child_commit(s, 2) < 0);
}

static void
test_what_was_not_synced_is_lost(void **state)
{
	struct fixture *f = *state;
	char database[120];
	int status;
	pid_t pid;

	store_close(TAKE(f->s));
	pid = fork();
	if (pid == 0)
		child_unsynced(f->state);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(database, sizeof(database), "%s/mirror.db", f->state);
	sqlite_power_lose(database, 0);
	assert_int_equal(check(f, 1), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_power_loss_at_any_moment),
	    fixture_test(test_what_was_not_synced_is_lost),
	};

	sqlite_power_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
