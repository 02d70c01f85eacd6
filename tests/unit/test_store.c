/* SPDX-License-Identifier: MIT */
/* The store's life: folder, lock, schema, batches, generations. */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/clock.h"
#include "store_v1.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- the folder ---- */

static unsigned
mode_of(const struct fixture *f, const char *name)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", f->state, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
test_folder_is_private(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mode_of(f, "."), 0700);
	assert_int_equal(mode_of(f, "mirror.db"), 0600);
	assert_int_equal(mode_of(f, "mirror.db-wal"), 0600);
	assert_int_equal(mode_of(f, "lock"), 0600);
}

static void
test_folder_is_made_with_its_parents(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/a/b//c/", f->dir);
	assert_ok(f, store_open(path, &s, &f->err));
	store_close(s);
	store_close(NULL);
}

static void
test_folder_cannot_be_made(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/lock/x", f->state);
	assert_fails(-ENOTDIR, store_open(path, &s, &f->err));
	assert_non_null(strstr(f->err.msg, "state folder"));
	assert_fails(-ENOENT, store_open("", &s, &f->err));
	assert_null(s);
}

static void
test_second_open_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	char want[64];

	assert_fails(-EBUSY, store_open(f->state, &s, &f->err));
	snprintf(
	    want, sizeof(want), "another gotofs (pid %ld) has", (long)getpid());
	assert_non_null(strstr(f->err.msg, want));
	assert_null(s);
	fixture_reopen(f);
}

/* The child has nothing of ours open but the lock's description, which it
 * closes by ending. */
static void
test_second_process_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	int up[2], down[2], status;
	char c;
	pid_t pid;

	store_close(TAKE(f->s));
	assert_int_equal(pipe(up) + pipe(down), 0);
	pid = fork();
	if (pid == 0) {
		c = store_open(f->state, &s, NULL) == 0 ? 'y' : 'n';
		if (write(up[1], &c, 1) != 1 || read(down[0], &c, 1) < 0)
			_exit(1);
		_exit(0); /* as a crash: nothing is closed */
	}
	assert_int_equal(read(up[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_fails(-EBUSY, store_open(f->state, &s, &f->err));
	close(down[1]);
	close(down[0]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(up[0]);
	close(up[1]);
	fixture_open(f);
}

/* ---- the schema ---- */

static struct db *
open_raw(struct fixture *f)
{
	const struct db_options o = {DB_CREATE, 1000, 512};
	struct db *db = NULL;
	char path[128];

	store_close(TAKE(f->s));
	snprintf(path, sizeof(path), "%s/mirror.db", f->state);
	assert_ok(f, db_open(path, &o, &db, &f->err));
	return db;
}

static void
remove_database(struct fixture *f)
{
	char path[128];

	store_close(TAKE(f->s));
	snprintf(path, sizeof(path), "%s/mirror.db", f->state);
	assert_int_equal(unlink(path), 0);
}

static int
see_change(void *ctx, const struct store_change *c)
{
	assert_string_equal(c->path, "users/kim@example.com.json");
	*(int64_t *)ctx = c->id;
	return 0;
}

static void
test_version_1_is_opened(void **state)
{
	struct fixture *f = *state;
	AUTO(db_done) struct db *db = NULL;
	int64_t id = 0;

	remove_database(f);
	db = open_raw(f);
	assert_ok(f, db_exec(db, store_v1, &f->err));
	db_done(&db);
	fixture_open(f);
	assert_int_equal(store_generation(f->s), 3);
	assert_users(f, "100=kim, twice\n200=ann\n");
	assert_ok(f, store_changes_each(f->s, see_change, &id, &f->err));
	assert_int_equal(id, 7);
	assert_int_equal(store_journal_bytes(f->s), 26);
	assert_int_equal(fixture_put(f, "300", "new"), 5);
}

static void
test_newer_version_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO(db_done) struct db *db = open_raw(f);

	assert_ok(f, db_version_set(db, 1000, &f->err));
	db_done(&db);
	assert_fails(-ENOTSUP, store_open(f->state, &f->s, &f->err));
	assert_non_null(strstr(f->err.msg, "newer gotofs"));
}

static void
test_foreign_database_is_refused(void **state)
{
	struct fixture *f = *state;
	AUTO(db_done) struct db *db = NULL;

	remove_database(f);
	db = open_raw(f);
	assert_ok(f, db_exec(db, "CREATE TABLE photos(x)", &f->err));
	assert_fails(-EIO, store_open(f->state, &f->s, &f->err));
	assert_non_null(strstr(f->err.msg, "not of gotofs"));
	assert_ok(f, db_version_set(db, 1, &f->err));
	assert_fails(-EIO, store_open(f->state, &f->s, &f->err));
}

static void
test_steps_run_once_and_together(void **state)
{
	static const char *const steps[] = {
	    "PRAGMA application_id=1735357556; CREATE TABLE a(x);",
	    "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES(1, 2);",
	    "INSERT INTO a VALUES(3, 4);", "INSERT INTO nowhere VALUES(1);"};
	struct fixture *f = *state;
	AUTO(db_done) struct db *db = NULL;
	int64_t v;

	remove_database(f);
	db = open_raw(f);
	assert_ok(f, store_schema_run(db, steps, 1, &f->err));
	assert_ok(f, store_schema_run(db, steps, 2, &f->err));
	assert_ok(f, store_schema_run(db, steps, 2, &f->err));
	assert_fails(-EIO, store_schema_run(db, steps, 4, &f->err));
	assert_false(db_in_transaction(db));
	assert_ok(f, db_query_int(db, "SELECT sum(y) FROM a", NULL, &v, NULL));
	assert_int_equal(v, 2);
	assert_ok(f, db_query_int(db, "PRAGMA user_version", NULL, &v, NULL));
	assert_int_equal(v, 2);
	assert_fails(-ENOTSUP, store_schema_run(db, steps, 1, &f->err));
}

/* ---- batches ---- */

static void
test_meta(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;
	char *v = NULL;

	assert_fails(-ENOENT, store_meta_get(f->s, "cursor", &v, &f->err));
	assert_null(v);
	b = fixture_begin(f);
	assert_ok(f, store_meta_set(b, "cursor", "1", &f->err));
	assert_ok(f, store_meta_set(b, "cursor", "2", &f->err));
	fixture_commit(f, b);
	fixture_reopen(f);
	assert_ok(f, store_meta_get(f->s, "cursor", &v, &f->err));
	assert_string_equal(v, "2");
	free(v);
}

static void
test_rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "kim");
	struct store_journal_entry e = {.command = "cp",
	    .verb = "create",
	    .object = "users/kim.json",
	    .result = "ok"};
	struct store_batch *b = fixture_begin(f);
	int64_t id;
	char *v = NULL;

	assert_ok(f, store_record_put(b, &r, &id, NULL, &f->err));
	assert_ok(f, store_publish(b, &f->err));
	assert_ok(f, store_journal_add(b, &e, &f->err));
	assert_ok(f, store_meta_set(b, "x", "y", &f->err));
	store_rollback(b);
	store_rollback(NULL);
	assert_users(f, "");
	assert_int_equal(store_generation(f->s), 0);
	assert_int_equal(store_journal_bytes(f->s), 0);
	assert_fails(-ENOENT, store_meta_get(f->s, "x", &v, NULL));
	fixture_reopen(f);
	assert_users(f, "");
}

/* As if a write had failed: nothing behind it may be a transaction alone. */
static void
test_spoilt_batch_commits_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "kim");
	struct store_batch *b = fixture_begin(f);
	char *v = NULL;

	assert_ok(f, store_meta_set(b, "x", "y", &f->err));
	assert_fails(
	    -EIO, store_batch_run(b, "INSERT INTO a VALUES(1)", NULL, NULL));
	assert_fails(-EIO, store_meta_set(b, "z", "y", &f->err));
	assert_fails(-EIO, store_record_put(b, &r, NULL, NULL, &f->err));
	assert_fails(-EIO, store_publish(b, &f->err));
	assert_fails(-EIO, store_commit(b, &f->err));
	assert_non_null(strstr(f->err.msg, "no such table"));
	assert_fails(-ENOENT, store_meta_get(f->s, "x", &v, NULL));
	fixture_put(f, "100", "kim");
}

static void
test_transaction_that_ended_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b = fixture_begin(f);
	char *v = NULL;

	db_rollback(f->s->writer);
	assert_fails(-EIO, store_meta_set(b, "x", "y", &f->err));
	assert_fails(-EIO, store_commit(b, &f->err));
	assert_fails(-ENOENT, store_meta_get(f->s, "x", &v, NULL));
}

/* ---- generations ---- */

static void
test_generation_counts_commits_that_change_something(void **state)
{
	struct fixture *f = *state;
	struct store_batch *b;

	fixture_put(f, "100", "kim");
	assert_int_equal(store_generation(f->s), 0);
	fixture_publish(f);
	assert_int_equal(store_generation(f->s), 2);
	fixture_publish(f);
	assert_int_equal(store_generation(f->s), 2);
	fixture_put(f, "100", "kim 2");
	assert_int_equal(store_generation(f->s), 3);
	b = fixture_begin(f);
	assert_int_equal(store_batch_generation(b), 4);
	assert_ok(f, store_record_drop(b, STORE_USER, "999", &f->err));
	fixture_commit(f, b);
	assert_int_equal(store_generation(f->s), 3);
	fixture_reopen(f);
	assert_int_equal(store_generation(f->s), 3);
}

static void
test_empty_tenant_is_complete(void **state)
{
	struct fixture *f = *state;

	fixture_publish(f);
	assert_int_equal(store_generation(f->s), 1);
	fixture_reopen(f);
	assert_int_equal(store_generation(f->s), 1);
	assert_users(f, "");
}

static void
test_batch_generation_is_stable(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "kim");
	struct store_batch *b = fixture_begin(f);

	assert_int_equal(store_batch_generation(b), 1);
	assert_ok(f, store_record_put(b, &r, NULL, NULL, &f->err));
	assert_int_equal(store_batch_generation(b), 1);
	assert_ok(f, store_publish(b, &f->err));
	assert_int_equal(store_batch_generation(b), 1);
	fixture_commit(f, b);
	assert_int_equal(store_generation(f->s), 1);
}

/* ---- damage ---- */

static void
test_damaged_database(void **state)
{
	struct fixture *f = *state;
	static char rubbish[200000];
	char path[128];
	int fd;

	for (int i = 0; i < 100; i++)
		fixture_put(f, "100", "kim");
	store_close(TAKE(f->s));
	snprintf(path, sizeof(path), "%s/mirror.db", f->state);
	fd = open(path, O_WRONLY);
	memset(rubbish, 'x', sizeof(rubbish));
	assert_true(pwrite(fd, rubbish, sizeof(rubbish), 100) > 0);
	close(fd);
	assert_fails(-EIO, store_open(f->state, &f->s, &f->err));
	assert_non_null(strstr(f->err.msg, "damaged"));
	assert_null(f->s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_folder_is_private),
	    fixture_test(test_folder_is_made_with_its_parents),
	    fixture_test(test_folder_cannot_be_made),
	    fixture_test(test_second_open_is_refused),
	    fixture_test(test_second_process_is_refused),
	    fixture_test(test_version_1_is_opened),
	    fixture_test(test_newer_version_is_refused),
	    fixture_test(test_foreign_database_is_refused),
	    fixture_test(test_steps_run_once_and_together),
	    fixture_test(test_meta),
	    fixture_test(test_rollback_leaves_nothing),
	    fixture_test(test_spoilt_batch_commits_nothing),
	    fixture_test(test_transaction_that_ended_is_noticed),
	    fixture_test(test_generation_counts_commits_that_change_something),
	    fixture_test(test_empty_tenant_is_complete),
	    fixture_test(test_batch_generation_is_stable),
	    fixture_test(test_damaged_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
