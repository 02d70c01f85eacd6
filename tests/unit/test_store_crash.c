/* SPDX-License-Identifier: MIT */
/*
 * kill -9 at any moment leaves the old state or the new one.
 *
 * A child commits a known sequence: commit n writes n to the mirror, the
 * queue, the meta table and the journal at once, and is acknowledged over a
 * pipe; in between it pulls, trims and rotates.  The parent kills it at a
 * random point, opens what is left, and finds the last acknowledged number or
 * the one after it, everywhere the same.
 */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/buf.h"
#include "gotofs/store_journal.h"
#include "store_journal_check.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define CRASH_ROUNDS 40

/* ---- the child ---- */

static int
child_write(struct store_batch *b, int64_t n, int64_t *change)
{
	char text[32] = "";
	struct store_record r = fixture_user("100", text);
	struct store_change c = {.path = text, .args = "{}"};
	struct store_journal_entry e = {
	    .verb = "update", .object = text, .result = "ok"};
	int q;

	r.text_bytes =
	    (size_t)snprintf(text, sizeof(text), "%lld", (long long)n);
	q = store_record_put(b, &r, NULL, NULL, NULL);
	if (q >= 0 && *change)
		q = store_change_drop(b, *change, NULL);
	if (q >= 0)
		q = store_change_add(b, &c, change, NULL);
	if (q >= 0)
		q = store_journal_add(b, &e, NULL);
	return q >= 0 ? store_meta_set(b, "n", text, NULL) : q;
}

/* A pull beside it, at all its stages: it never shows half. */
static int
child_pull(struct store *s, int64_t n)
{
	static char keys[50][16];
	struct store_incoming v[50];
	struct store_batch *b;
	char text[32];
	int r;

	snprintf(text, sizeof(text), "pull %lld", (long long)n);
	for (int i = 0; i < 50; i++) {
		snprintf(keys[i], sizeof(keys[i]), "L%d", i);
		v[i] = (struct store_incoming){
		    fixture_user(keys[i], text), NULL, NULL};
		v[i].record.kind = STORE_LICENSE;
	}
	r = store_incoming_clear(s, NULL);
	if (r >= 0)
		r = store_incoming_add(s, v, 25, NULL);
	if (r >= 0)
		r = store_incoming_add(s, v + 25, 25, NULL);
	if (r >= 0)
		r = store_begin(s, &b, NULL);
	if (r < 0)
		return r;
	r = store_incoming_publish(b, NULL);
	if (r >= 0)
		r = store_publish(b, NULL);
	return r >= 0 ? store_commit(b, NULL) : r;
}

static int
keep_id(void *ctx, const struct store_change *c)
{
	*(int64_t *)ctx = c->id;
	return 0;
}

static int
child_run(const char *dir, int64_t n, int fd)
{
	struct store_batch *b;
	struct store *s;
	int64_t change = 0;
	int r;

	r = store_open(dir, &s, NULL);
	if (r >= 0)
		r = store_changes_each(s, keep_id, &change, NULL);
	while (r >= 0) {
		r = store_begin(s, &b, NULL);
		if (r >= 0)
			r = child_write(b, ++n, &change);
		if (r >= 0)
			r = store_commit(b, NULL);
		if (r >= 0 && write(fd, &n, sizeof(n)) != sizeof(n))
			r = -EIO;
		if (r >= 0 && n % 5 == 0)
			r = child_pull(s, n);
		if (r >= 0 && n % 3 == 0)
			r = store_trim(s, 0, NULL);
		if (r >= 0 && n % 4 == 0)
			r = store_journal_rotate(s, 1000, NULL);
	}
	return 1;
}

/* ---- the parent ---- */

/* Runs a child from number n on; returns the last one acknowledged. */
static int64_t
crash(struct fixture *f, int64_t n, unsigned *seed)
{
	int acks = 1 + rand_r(seed) % 12, fd[2], status;
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
	usleep((unsigned)rand_r(seed) % 3000); /* a random delay to die at */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(fd[0], &n, sizeof(n)) == sizeof(n))
		;
	close(fd[0]);
	return n;
}

static int
see_change(void *ctx, const struct store_change *c)
{
	char *text = ctx;

	assert_string_equal(text, ""); /* there is one alone */
	strcpy(text, c->path);
	return 0;
}

static int
see_license(void *ctx, const struct store_record *r)
{
	struct fixture_seen *seen = ctx;

	if (seen->n++ == 0)
		snprintf(seen->text, sizeof(seen->text), "%s", r->text);
	assert_string_equal(r->text, seen->text);
	return 0;
}

static void
check_pull(struct fixture *f)
{
	struct fixture_seen seen = {{0}, 0, {0}};

	assert_ok(f, store_records_each(f->s, STORE_LICENSE, true, see_license,
			 &seen, &f->err));
	if (store_generation(f->s) > 0)
		assert_int_equal(seen.n, 50);
	else
		assert_int_equal(seen.n, 0);
}

static void
check_journal(struct fixture *f, int64_t n)
{
	AUTO(buf_done) struct buf all = BUF_MAX(16u << 20);
	struct journal_chain chain = JOURNAL_CHAIN_NONE;
	int64_t size = store_journal_bytes(f->s);

	assert_ok(f, store_journal_read(f->s, 0, (size_t)size, &all, &f->err));
	assert_int_equal(all.len, size);
	assert_int_equal(journal_check(all.data, all.len), n);
	assert_ok(f, journal_verify(f->state, &chain, &f->err));
	assert_int_equal(chain.seq, n);
}

static void
check_sound(struct fixture *f)
{
	AUTO(db_stmt_done) struct db_stmt *st = NULL;

	assert_ok(f, db_query(f->s->writer, "PRAGMA integrity_check", NULL, &st,
			 &f->err));
	assert_int_equal(db_step(st, &f->err), 1);
	assert_string_equal(db_col_text(st, 0), "ok");
}

/* Returns the number that everything agrees on. */
static int64_t
check(struct fixture *f, int64_t acknowledged)
{
	char expected[64], change[64] = "", *meta = NULL;
	int64_t n;

	fixture_open(f);
	assert_ok(f, store_meta_get(f->s, "n", &meta, &f->err));
	n = atoll(meta);
	assert_true(n == acknowledged || n == acknowledged + 1);
	snprintf(expected, sizeof(expected), "100=%s\n", meta);
	assert_users(f, expected);
	assert_ok(f, store_changes_each(f->s, see_change, change, &f->err));
	assert_string_equal(change, meta);
	free(meta);
	check_journal(f, n);
	check_pull(f);
	check_sound(f);
	store_close(TAKE(f->s));
	return n;
}

static void
test_kill_at_any_moment(void **state)
{
	struct fixture *f = *state;
	unsigned seed = (unsigned)time(NULL);
	int64_t n = 0;

	store_close(TAKE(f->s));
	print_message("seed %u\n", seed);
	for (int i = 0; i < CRASH_ROUNDS; i++)
		n = check(f, crash(f, n, &seed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_kill_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
