/* SPDX-License-Identifier: MIT */
#include "store_fixture.h"

#include "alloc_fail.h"
#include "gotofs/db.h"

#include <fcntl.h>
#include <sys/stat.h>

struct ground {
	char dir[64];
	char path[80];
	struct db *db;
	struct err err;
};

static const struct db_options writing = {DB_CREATE, 100, 512};
static const struct db_options reading = {DB_READONLY, 100, 512};

static int
setup(void **state)
{
	struct ground *g = calloc(1, sizeof(*g));

	strcpy(g->dir, TEST_TMP "/gotofs-db-XXXXXX");
	if (!mkdtemp(g->dir))
		return -1;
	snprintf(g->path, sizeof(g->path), "%s/x.db", g->dir);
	*state = g;
	return db_open(g->path, &writing, &g->db, &g->err);
}

static int
teardown(void **state)
{
	struct ground *g = *state;

	db_close(g->db);
	nftw(g->dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
	free(g);
	return 0;
}

static void
make_table(struct ground *g)
{
	assert_ok(
	    g, db_exec(g->db, "CREATE TABLE t(i INTEGER, s TEXT)", &g->err));
}

static void
put(struct ground *g, int64_t i, const char *s)
{
	assert_ok(g, db_run(g->db, "INSERT INTO t VALUES(?1, ?2)",
			 DB_ARGS(db_int(i), db_text(s)), &g->err));
}

static int64_t
count(struct ground *g, struct db *db)
{
	int64_t n = -1;

	assert_ok(
	    g, db_query_int(db, "SELECT count(*) FROM t", NULL, &n, &g->err));
	return n;
}

static void
test_file_is_private(void **state)
{
	struct ground *g = *state;
	struct stat st;

	assert_int_equal(stat(g->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_settings(void **state)
{
	struct ground *g = *state;
	static const struct {
		const char *sql;
		int64_t value;
	} want[] = {
	    {"PRAGMA synchronous", 2},
	    {"PRAGMA foreign_keys", 1},
	    {"PRAGMA mmap_size", 0},
	    {"PRAGMA temp_store", 2},
	    {"PRAGMA cache_size", -512},
	};
	int64_t v;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_ok(
		    g, db_query_int(g->db, want[i].sql, NULL, &v, &g->err));
		assert_int_equal(v, want[i].value);
	}
	assert_ok(g, db_version_set(g->db, 7, &g->err));
	assert_ok(
	    g, db_query_int(g->db, "PRAGMA user_version", NULL, &v, &g->err));
	assert_int_equal(v, 7);
}

static void
test_values(void **state)
{
	struct ground *g = *state;
	AUTO(db_stmt_done) struct db_stmt *st = NULL;

	make_table(g);
	put(g, INT64_MIN, "h\303\251");
	assert_int_equal(db_last_id(g->db), 1);
	assert_int_equal(db_changes(g->db), 1);
	put(g, INT64_MAX, NULL);
	put(g, 0, "");
	assert_ok(g, db_query(g->db, "SELECT i, s FROM t ORDER BY rowid", NULL,
			 &st, &g->err));
	assert_int_equal(db_step(st, &g->err), 1);
	assert_true(db_col_int(st, 0) == INT64_MIN);
	assert_string_equal(db_col_text(st, 1), "h\303\251");
	assert_int_equal(db_col_bytes(st, 1), 3);
	assert_int_equal(db_step(st, &g->err), 1);
	assert_true(db_col_int(st, 0) == INT64_MAX);
	assert_null(db_col_text(st, 1));
	assert_int_equal(db_step(st, &g->err), 1);
	assert_string_equal(db_col_text(st, 1), "");
	assert_int_equal(db_step(st, &g->err), 0);
}

static void
test_a_statement_may_be_in_use_twice(void **state)
{
	static const char sql[] = "SELECT i FROM t ORDER BY i";
	struct ground *g = *state;
	AUTO(db_stmt_done) struct db_stmt *one = NULL;
	AUTO(db_stmt_done) struct db_stmt *two = NULL;

	make_table(g);
	put(g, 1, "a");
	put(g, 2, "b");
	assert_ok(g, db_query(g->db, sql, NULL, &one, &g->err));
	assert_int_equal(db_step(one, &g->err), 1);
	assert_ok(g, db_query(g->db, sql, NULL, &two, &g->err));
	assert_int_equal(db_step(two, &g->err), 1);
	assert_int_equal(db_step(two, &g->err), 1);
	assert_int_equal(db_col_int(one, 0), 1);
	assert_int_equal(db_col_int(two, 0), 2);
}

/* More texts than are kept: the rest is prepared each time. */
static void
test_statements_are_bounded(void **state)
{
	static char sql[150][32];
	struct ground *g = *state;
	int64_t v;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 150; i++) {
			snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
			assert_ok(
			    g, db_query_int(g->db, sql[i], NULL, &v, &g->err));
			assert_int_equal(v, i);
		}
}

static void
test_no_row_is_enoent(void **state)
{
	struct ground *g = *state;
	int64_t v = 9;

	make_table(g);
	assert_fails(
	    -ENOENT, db_query_int(g->db, "SELECT i FROM t", NULL, &v, &g->err));
	assert_int_equal(v, 9);
}

static void
test_transactions(void **state)
{
	struct ground *g = *state;

	make_table(g);
	db_rollback(g->db);
	assert_false(db_in_transaction(g->db));
	assert_ok(g, db_run(g->db, "BEGIN", NULL, &g->err));
	assert_true(db_in_transaction(g->db));
	put(g, 1, "a");
	db_rollback(g->db);
	assert_int_equal(count(g, g->db), 0);
}

static void
test_wrong_sql_is_said(void **state)
{
	struct ground *g = *state;
	struct db_stmt *st = NULL;

	assert_fails(-EIO, db_exec(g->db, "NONSENSE", &g->err));
	assert_non_null(strstr(g->err.msg, "NONSENSE"));
	assert_fails(
	    -EIO, db_query(g->db, "SELECT x FROM y", NULL, &st, &g->err));
	assert_null(st);
	assert_fails(-EIO, db_exec(g->db, "NONSENSE", NULL));
}

static void
test_reader_cannot_write(void **state)
{
	struct ground *g = *state;
	AUTO(db_done) struct db *reader = NULL;

	make_table(g);
	put(g, 1, "a");
	assert_ok(g, db_open(g->path, &reading, &reader, &g->err));
	assert_int_equal(count(g, reader), 1);
	assert_fails(-EIO, db_exec(reader, "DELETE FROM t", &g->err));
	put(g, 2, "b");
	assert_int_equal(count(g, reader), 2);
}

static void
test_busy(void **state)
{
	struct ground *g = *state;
	AUTO(db_done) struct db *other = NULL;

	make_table(g);
	assert_ok(g, db_open(g->path, &writing, &other, &g->err));
	assert_ok(g, db_exec(other, "BEGIN IMMEDIATE", &g->err));
	assert_fails(-EBUSY, db_exec(g->db, "BEGIN IMMEDIATE", &g->err));
	assert_non_null(strstr(g->err.msg, "another program"));
	db_rollback(other);
	assert_ok(g, db_exec(g->db, "BEGIN IMMEDIATE", &g->err));
	db_rollback(g->db);
}

static void
test_open_fails_with_a_sentence(void **state)
{
	struct ground *g = *state;
	struct db *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/absent/x.db", g->dir);
	assert_fails(-ENOENT, db_open(path, &writing, &db, &g->err));
	assert_fails(-EIO, db_open(path, &reading, &db, &g->err));
	assert_non_null(strstr(g->err.msg, "No such file"));
	assert_null(db);
}

static void
overwrite(const char *path, off_t offset)
{
	static char rubbish[8192];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	memset(rubbish, 'x', sizeof(rubbish));
	assert_int_equal(
	    pwrite(fd, rubbish, sizeof(rubbish), offset), sizeof(rubbish));
	close(fd);
}

static void
test_no_database(void **state)
{
	struct ground *g = *state;
	struct db *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/rubbish", g->dir);
	overwrite(path, 0);
	assert_fails(-EIO, db_open(path, &writing, &db, &g->err));
	assert_non_null(strstr(g->err.msg, "move"));
}

static void
test_damaged(void **state)
{
	struct ground *g = *state;
	int64_t n;

	make_table(g);
	for (int i = 0; i < 2000; i++)
		put(g, i, "some text that fills the pages");
	db_done(&g->db);
	overwrite(g->path, 4096);
	assert_ok(g, db_open(g->path, &writing, &g->db, &g->err));
	assert_fails(-EIO,
	    db_query_int(g->db, "SELECT sum(i) FROM t", NULL, &n, &g->err));
	assert_non_null(strstr(g->err.msg, "damaged"));
}

static int
use_once(void *ctx)
{
	struct ground *g = ctx;
	AUTO(db_done) struct db *db = NULL;
	AUTO(db_stmt_done) struct db_stmt *one = NULL;
	AUTO(db_stmt_done) struct db_stmt *two = NULL;
	static const char sql[] = "SELECT 1";
	int r;

	r = db_open(g->path, &writing, &db, NULL);
	if (r >= 0)
		r = db_query(db, sql, NULL, &one, NULL);
	if (r >= 0)
		r = db_query(db, sql, NULL, &two, NULL);
	return r;
}

static void
test_no_memory(void **state)
{
	struct ground *g = *state;

	assert_true(alloc_fail_sweep(use_once, g) >= 3);
	/* the file is made anew: two more */
	unlink(g->path);
	alloc_fail_arm(1);
	assert_int_equal(use_once(g), -ENOMEM);
	assert_true(alloc_fail_disarm());
}

#define t(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    t(test_file_is_private),
	    t(test_settings),
	    t(test_values),
	    t(test_a_statement_may_be_in_use_twice),
	    t(test_statements_are_bounded),
	    t(test_no_row_is_enoent),
	    t(test_transactions),
	    t(test_wrong_sql_is_said),
	    t(test_reader_cannot_write),
	    t(test_busy),
	    t(test_open_fails_with_a_sentence),
	    t(test_no_database),
	    t(test_damaged),
	    t(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
