/* SPDX-License-Identifier: MIT */
/* The journal as evidence: rotation, and what verifying it notices. */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/store_journal.h"
#include "sqlite_fail.h"
#include "store_journal_check.h"

#include <fcntl.h>
#include <sys/stat.h>

static void
add(struct fixture *f, int n)
{
	const struct store_journal_entry e = {.time_ms = 1795251600123,
	    .command = "cp",
	    .verb = "update",
	    .object = "users/kim@example.com.json",
	    .result = "ok"};

	for (int i = 0; i < n; i++) {
		struct store_batch *b = fixture_begin(f);

		assert_ok(f, store_journal_add(b, &e, &f->err));
		fixture_commit(f, b);
	}
}

static int
rotate(struct fixture *f, int64_t max_bytes)
{
	int r = store_journal_rotate(f->s, max_bytes, &f->err);

	if (r < 0)
		fail_msg("%s", f->err.msg);
	return r;
}

static void
run_sql(struct fixture *f, const char *sql)
{
	assert_ok(f, db_exec(f->s->writer, sql, &f->err));
}

static void
path_of(struct fixture *f, int n, char ret[200])
{
	snprintf(ret, 200, "%s/journal/%06d.jsonl", f->state, n);
}

/* journal_verify fails, and its sentence has all of text in it. */
static void
assert_broken(struct fixture *f, const char *text)
{
	struct journal_chain c = JOURNAL_CHAIN_NONE;

	f->err = (struct err)ERR_NONE;
	assert_fails(-EBADMSG, journal_verify(f->state, &c, &f->err));
	if (!strstr(f->err.msg, text))
		fail_msg("no \"%s\" in: %s", text, f->err.msg);
	assert_int_equal(c.lines_n, 0);
}

static void
assert_whole(struct fixture *f, int64_t lines)
{
	struct journal_chain c = JOURNAL_CHAIN_NONE;

	assert_ok(f, journal_verify(f->state, &c, &f->err));
	assert_int_equal(c.lines_n, lines);
	assert_int_equal(c.seq, lines);
}

/* ---- rotation ---- */

static void
test_the_older_half_moves(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf before = BUF_MAX(100000);
	AUTO(buf_done) struct buf after = BUF_MAX(100000);
	char path[200];
	struct stat st;

	add(f, 20);
	fixture_read_journal(f, 1000, &before);
	assert_int_equal(rotate(f, store_journal_bytes(f->s)), 0);
	assert_int_equal(store_journal_base(f->s), 0);
	assert_int_equal(rotate(f, store_journal_bytes(f->s) - 1), 1);
	assert_in_range(store_journal_base(f->s), before.len / 2,
	    before.len / 2 + before.len / 20 + 1);
	path_of(f, 1, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, store_journal_base(f->s));
	fixture_read_journal(f, 1000, &after);
	assert_memory_equal(after.data, before.data, before.len);
	fixture_reopen(f);
	assert_int_equal(store_journal_base(f->s), st.st_size);
	assert_whole(f, 20);
}

/* Line by line through many segments, and every offset against a plain copy. */
static void
test_reading_over_segments(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf all = BUF_MAX(100000);

	for (int i = 0; i < 12; i++) {
		add(f, 2);
		rotate(f, 600);
	}
	fixture_read_journal(f, 100000, &all);
	assert_int_equal(journal_check(all.data, all.len), 24);
	fixture_read_anywhere(f, &all, 7);
}

static void
test_everything_may_move(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rotate(f, 0), 0);
	add(f, 1);
	assert_int_equal(rotate(f, 0), 1);
	assert_int_equal(store_journal_base(f->s), store_journal_bytes(f->s));
	assert_int_equal(rotate(f, 0), 0);
	fixture_reopen(f);
	add(f, 2);
	assert_whole(f, 3);
}

/* A crash between the file and the commit: it is written anew. */
static void
test_a_file_without_its_row(void **state)
{
	struct fixture *f = *state;
	char path[200];

	add(f, 10);
	rotate(f, 0);
	path_of(f, 2, path);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_whole(f, 10);
	add(f, 10);
	rotate(f, 0);
	assert_whole(f, 20);
}

/* What cannot be written leaves everything as it was. */
static void
test_rotation_that_fails(void **state)
{
	struct fixture *f = *state;
	char path[200];

	add(f, 10);
	snprintf(path, sizeof(path), "%s/journal", f->state);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	assert_true(store_journal_rotate(f->s, 0, &f->err) < 0);
	assert_non_null(strstr(f->err.msg, "cannot rotate the journal"));
	assert_int_equal(store_journal_base(f->s), 0);
	assert_whole(f, 10);
	unlink(path);
	assert_int_equal(rotate(f, 0), 1);
	assert_whole(f, 10);
}

/* ---- what is noticed ---- */

static void
test_whole(void **state)
{
	struct fixture *f = *state;

	assert_whole(f, 0);
	add(f, 5);
	assert_whole(f, 5);
	fixture_reopen(f);
	assert_whole(f, 5);
	store_close(TAKE(f->s)); /* nobody has it open */
	assert_whole(f, 5);
}

static void
test_a_changed_byte(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "UPDATE journal SET line = replace(line, 'kim', 'tim')"
		   " WHERE seq = 3");
	assert_broken(f, "journal.jsonl, line 4: the line with seq 3 was chan");
}

static void
test_a_changed_last_line(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "UPDATE journal SET line = replace(line, 'kim', 'tim')"
		   " WHERE seq = 5");
	assert_broken(f, "the line with seq 5, the last one, was changed");
}

static void
test_no_journal_line(void **state)
{
	struct fixture *f = *state;

	add(f, 3);
	run_sql(f, "UPDATE journal SET line = replace(line, '{', '[')"
		   " WHERE seq = 2");
	assert_broken(f, "journal.jsonl, line 2: this is no journal line");
}

static void
test_a_removed_line(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "DELETE FROM journal WHERE seq = 2");
	assert_broken(f, "line 2: seq 3 comes after seq 1");
}

static void
test_a_cut_tail(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "DELETE FROM journal WHERE seq > 3");
	assert_broken(f, "the lines after seq 3 are missing");
	/* and stays noticed when the daemon goes on behind it */
	fixture_reopen(f);
	add(f, 1);
	assert_broken(f, "seq 6 comes after seq 3");
}

static void
test_a_cut_head(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "DELETE FROM journal WHERE seq < 3");
	assert_broken(f, "the lines before seq 3 are missing");
	run_sql(f, "DELETE FROM journal");
	assert_broken(f, "the lines after seq 0 are missing");
}

static void
test_a_swapped_line(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	run_sql(f, "UPDATE journal SET line = (SELECT j.line FROM journal j"
		   " WHERE j.seq = 7 - journal.seq) WHERE seq IN (3, 4)");
	assert_broken(f, "line 3: seq 4 comes after seq 2");
}

static void
test_a_segment(void **state)
{
	struct fixture *f = *state;
	char path[200], away[240];
	struct stat st;
	int fd;

	add(f, 10);
	rotate(f, 0);
	add(f, 10);
	rotate(f, 0);
	path_of(f, 1, path);
	snprintf(away, sizeof(away), "%s.away", path);
	rename(path, away);
	assert_broken(f, "journal/000001.jsonl: this part of the journal is "
			 "missing");
	rename(away, path);
	assert_whole(f, 20);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "[", 1, 0), 1);
	assert_broken(f, "journal/000001.jsonl, line 1: this is no journal");
	assert_int_equal(pwrite(fd, "{", 1, 0), 1);
	assert_whole(f, 20);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	assert_broken(f, "it is cut off, its newline is missing");
	close(fd);
}

static int
count_line(void *ctx, const char *line, size_t n, struct err *err)
{
	(void)line;
	(void)n;
	(void)err;
	++*(int *)ctx;
	return 0;
}

/* What is there of so many lines is walked, and the sentence has text. */
static void
assert_walked(struct fixture *f, int lines, const char *text)
{
	int n = 0;

	f->err = (struct err)ERR_NONE;
	assert_fails(-EBADMSG, journal_each(f->state, count_line, &n, &f->err));
	assert_string_equal(f->err.msg, text);
	assert_int_equal(n, lines);
}

static int
lines_in(const char *path)
{
	int n = 0;

	assert_int_equal(journal_each_in_file(path, count_line, &n, NULL), 0);
	return n;
}

/* Old parts may be taken away: the rest is shown, and verified. */
static void
test_parts_that_are_away(void **state)
{
	struct fixture *f = *state;
	char path[200], away[240];
	int left = 60;

	for (int i = 1; i <= 6; i++) {
		add(f, 10);
		rotate(f, 0);
	}
	for (int i = 1; i <= 5; i++) {
		if (i == 3)
			continue;
		path_of(f, i, path);
		left -= lines_in(path);
		snprintf(away, sizeof(away), "%s.gz", path);
		rename(path, away);
		if (i == 1)
			assert_walked(f, left,
			    "journal/000001.jsonl: this part of the journal is "
			    "missing");
	}
	assert_walked(f, left,
	    "journal/000001.jsonl to journal/000002.jsonl, "
	    "journal/000004.jsonl "
	    "to journal/000005.jsonl: these parts of the journal are missing");
	assert_broken(f,
	    "these parts of the journal are missing; what is there is whole");
	run_sql(f, "UPDATE journal SET line = replace(line, 'kim', 'tim')"
		   " WHERE seq = 59");
	assert_broken(f, "the line with seq 59 was changed");
	run_sql(f, "DELETE FROM journal");
	path_of(f, 6, path);
	unlink(path);
	assert_broken(f, "journal/000006.jsonl: these parts");
}

/* A file by itself: any piece of the chain. */
static int
chain_line(void *chain, const char *line, size_t n, struct err *err)
{
	return journal_chain_add(chain, line, n, err);
}

static void
test_a_piece(void **state)
{
	struct fixture *f = *state;
	struct journal_chain c = JOURNAL_CHAIN_NONE;
	char path[200];

	add(f, 10);
	rotate(f, 0);
	rotate(f, 0);
	path_of(f, 2, path);
	assert_ok(f, journal_each_in_file(path, chain_line, &c, &f->err));
	assert_in_range(c.first_seq, 5, 7);
	assert_true(c.seq > c.first_seq);
	assert_int_equal(c.lines_n, c.seq - c.first_seq + 1);
	assert_fails(-ENOENT,
	    journal_each_in_file("/nonexistent", chain_line, &c, &f->err));
}

static void
test_no_state_folder(void **state)
{
	struct fixture *f = *state;
	struct journal_chain c = JOURNAL_CHAIN_NONE;

	assert_fails(-ENOENT, journal_verify("/nonexistent", &c, &f->err));
	run_sql(f, "DROP TABLE journal_end");
	assert_fails(-ENOTSUP, journal_verify(f->state, &c, &f->err));
}

/* ---- without memory ---- */

static int
rotate_once(void *ctx)
{
	struct fixture *f = ctx;
	int r = store_journal_rotate(f->s, 0, NULL);

	return r < 0 ? r : 0;
}

static int
verify_once(void *ctx)
{
	struct fixture *f = ctx;
	struct journal_chain c = JOURNAL_CHAIN_NONE;

	return journal_verify(f->state, &c, NULL);
}

static void
test_rotation_without_memory(void **state)
{
	struct fixture *f = *state;
	AUTO(buf_done) struct buf all = BUF_MAX(1u << 20);
	int64_t lines_n = 0;
	bool failed = true;
	long nth;

	for (nth = 1; failed; nth++) {
		int r;

		fixture_reopen(f);
		add(f, 1); /* so that the files are open: both */
		lines_n++;
		buf_clear(&all);
		fixture_read_journal(f, 100000, &all);
		alloc_fail_arm(nth);
		r = rotate_once(f);
		failed = alloc_fail_disarm();
		if (r != 0 && r != -ENOMEM)
			fail_msg("allocation %ld: %d", nth, r);
	}
	assert_true(nth > 20);
	assert_whole(f, lines_n);
}

static void
test_verifying_without_memory(void **state)
{
	struct fixture *f = *state;

	add(f, 2);
	rotate(f, 0);
	alloc_fail_sweep_lenient(verify_once, f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_the_older_half_moves),
	    fixture_test(test_reading_over_segments),
	    fixture_test(test_everything_may_move),
	    fixture_test(test_a_file_without_its_row),
	    fixture_test(test_rotation_that_fails),
	    fixture_test(test_whole),
	    fixture_test(test_a_changed_byte),
	    fixture_test(test_a_changed_last_line),
	    fixture_test(test_no_journal_line),
	    fixture_test(test_a_removed_line),
	    fixture_test(test_a_cut_tail),
	    fixture_test(test_a_cut_head),
	    fixture_test(test_a_swapped_line),
	    fixture_test(test_a_segment),
	    fixture_test(test_parts_that_are_away),
	    fixture_test(test_a_piece),
	    fixture_test(test_no_state_folder),
	    fixture_test(test_rotation_without_memory),
	    fixture_test(test_verifying_without_memory),
	};

	sqlite_fail_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
