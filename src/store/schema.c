/* SPDX-License-Identifier: MIT */
/*
 * The tables, version by version.
 *
 * A step that was released is never edited: a new one is added.  All missing
 * steps run in one transaction.
 *
 * A version of a record is two rows with one id: what is walked and compared
 * (record) and what is read one at a time (text), so that walking 100,000
 * users reads 20 MB and not 200.  A pull's texts go to their final place at
 * once; publishing moves small rows alone.
 *
 * valid_to is the generation that no longer has the version, or STORE_OPEN.
 * Partial indexes keep the present apart from the past, so that history makes
 * no reader slower.
 */
#include "store_int.h"

#include <errno.h>
#include <stdlib.h>

#define SCHEMA_APPLICATION "1735357556" /* "goto" */

static const char schema_1[] =
    "PRAGMA application_id=" SCHEMA_APPLICATION ";"
    "CREATE TABLE meta("
    "	name TEXT PRIMARY KEY,"
    "	value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    /* time_ms never decreases; complete is handed on from row to row */
    "CREATE TABLE generation("
    "	generation INTEGER PRIMARY KEY,"
    "	time_ms INTEGER NOT NULL,"
    "	complete INTEGER NOT NULL) STRICT;"
    "CREATE INDEX generation_time ON generation(time_ms);"
    "CREATE TABLE node("
    "	number INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	kind INTEGER NOT NULL,"
    "	key TEXT NOT NULL,"
    "	UNIQUE(kind, key)) STRICT;"
    "CREATE TABLE text("
    "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	text TEXT NOT NULL) STRICT;"
    "CREATE TABLE record("
    "	id INTEGER PRIMARY KEY,"
    "	kind INTEGER NOT NULL,"
    "	number INTEGER NOT NULL,"
    "	key TEXT NOT NULL,"
    "	name TEXT NOT NULL,"
    "	ref TEXT,"
    "	flags INTEGER NOT NULL,"
    "	hash INTEGER NOT NULL,"
    "	changed_ns INTEGER NOT NULL,"
    "	text_bytes INTEGER NOT NULL,"
    "	valid_from INTEGER NOT NULL,"
    "	valid_to INTEGER NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX record_present ON record(kind, number)"
    "	WHERE valid_to = " STORE_OPEN ";"
    "CREATE INDEX record_past ON record(valid_to)"
    "	WHERE valid_to < " STORE_OPEN ";"
    "CREATE TABLE link("
    "	kind INTEGER NOT NULL,"
    "	container_key TEXT NOT NULL,"
    "	user_key TEXT NOT NULL,"
    "	since_ns INTEGER NOT NULL,"
    "	valid_from INTEGER NOT NULL,"
    "	valid_to INTEGER NOT NULL,"
    "	PRIMARY KEY(kind, container_key, user_key, valid_to))"
    "	STRICT, WITHOUT ROWID;"
    "CREATE INDEX link_past ON link(valid_to)"
    "	WHERE valid_to < " STORE_OPEN ";"
    /* id is that of the text, and of the record once it is published */
    "CREATE TABLE incoming("
    "	id INTEGER PRIMARY KEY,"
    "	kind INTEGER NOT NULL,"
    "	key TEXT NOT NULL,"
    "	name TEXT NOT NULL,"
    "	ref TEXT,"
    "	flags INTEGER NOT NULL,"
    "	hash INTEGER NOT NULL,"
    "	changed_ns INTEGER NOT NULL,"
    "	text_bytes INTEGER NOT NULL,"
    "	license_keys TEXT,"
    "	group_key TEXT) STRICT;"
    "CREATE INDEX incoming_key ON incoming(kind, key);"
    "CREATE TABLE attr("
    "	ino INTEGER PRIMARY KEY,"
    "	present INTEGER NOT NULL,"
    "	mode INTEGER NOT NULL,"
    "	uid INTEGER NOT NULL,"
    "	gid INTEGER NOT NULL,"
    "	mtime_ns INTEGER NOT NULL,"
    "	atime_ns INTEGER NOT NULL,"
    "	ctime_ns INTEGER NOT NULL,"
    "	mtime_version INTEGER NOT NULL) STRICT;"
    "CREATE TABLE change("
    "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	verb INTEGER NOT NULL,"
    "	state INTEGER NOT NULL,"
    "	created_ms INTEGER NOT NULL,"
    "	path TEXT NOT NULL,"
    "	user_key TEXT,"
    "	args TEXT,"
    "	uid INTEGER NOT NULL,"
    "	pid INTEGER NOT NULL,"
    "	command TEXT) STRICT;"
    /* start is where the line begins in the file of all lines */
    "CREATE TABLE journal("
    "	start INTEGER PRIMARY KEY,"
    "	seq INTEGER NOT NULL,"
    "	line TEXT NOT NULL) STRICT;"
    "CREATE TABLE error("
    "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	path TEXT NOT NULL UNIQUE,"
    "	text TEXT NOT NULL,"
    "	time_ns INTEGER NOT NULL) STRICT;";

/* one row: where the lines end, and the hash of the last one; and the lines
 * that have moved to <state folder>/journal/NNNNNN.jsonl */
static const char schema_2[] = "CREATE TABLE journal_end("
			       "	one INTEGER PRIMARY KEY CHECK(one = 1),"
			       "	bytes INTEGER NOT NULL,"
			       "	seq INTEGER NOT NULL,"
			       "	hash TEXT NOT NULL) STRICT;"
			       "CREATE TABLE journal_segment("
			       "	number INTEGER PRIMARY KEY,"
			       "	start INTEGER NOT NULL,"
			       "	bytes INTEGER NOT NULL) STRICT;";

/* restoring: the change that brings him back, or 0 */
static const char schema_trash[] =
    "CREATE TABLE trash("
    "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	key TEXT NOT NULL UNIQUE,"
    "	name TEXT NOT NULL UNIQUE,"
    "	number INTEGER NOT NULL,"
    "	record INTEGER NOT NULL,"
    "	text_bytes INTEGER NOT NULL,"
    "	license_keys TEXT,"
    "	group_key TEXT,"
    "	group_label TEXT,"
    "	removed_ms INTEGER NOT NULL,"
    "	uid INTEGER NOT NULL,"
    "	command TEXT,"
    "	restoring INTEGER NOT NULL) STRICT;"
    "CREATE INDEX trash_restoring ON trash(restoring) WHERE restoring > 0;";

/* what the guard counts: removals that were sent within its window */
static const char schema_removal[] =
    "CREATE TABLE removal("
    "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	verb INTEGER NOT NULL,"
    "	container TEXT,"
    "	path TEXT NOT NULL,"
    "	time_ms INTEGER NOT NULL,"
    "	allowed INTEGER NOT NULL) STRICT;"
    "CREATE INDEX removal_time ON removal(time_ms);";

/* What was written with a time of its own (DESIGN 4.4), by the number of the
 * person; text apart, as above.  record: the version it was seen to agree with
 */
static const char schema_kept[] = "CREATE TABLE kept("
				  "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
				  "	number INTEGER NOT NULL,"
				  "	timed INTEGER NOT NULL,"
				  "	mtime_ns INTEGER NOT NULL,"
				  "	record INTEGER NOT NULL,"
				  "	fields INTEGER NOT NULL,"
				  "	hash INTEGER NOT NULL,"
				  "	bytes INTEGER NOT NULL) STRICT;"
				  "CREATE TABLE kept_text("
				  "	id INTEGER PRIMARY KEY,"
				  "	text TEXT NOT NULL) STRICT;";

/* What the reports counted on a day (since the epoch, UTC). */
static const char schema_trend[] =
    "CREATE TABLE trend("
    "	day INTEGER NOT NULL,"
    "	license_key TEXT NOT NULL,"
    "	name TEXT NOT NULL,"
    "	owned INTEGER NOT NULL,"
    "	assigned INTEGER NOT NULL,"
    "	active INTEGER NOT NULL,"
    "	inactive INTEGER NOT NULL,"
    "	never INTEGER NOT NULL,"
    "	unknown INTEGER NOT NULL,"
    "	reclaimable INTEGER NOT NULL,"
    "	PRIMARY KEY(day, license_key)) STRICT, WITHOUT ROWID;";

/* Who used what, as far as it was looked for; what each source answers. */
static const char schema_activity[] =
    "CREATE TABLE activity("
    "	product INTEGER NOT NULL,"
    "	user_key TEXT NOT NULL,"
    "	from_ms INTEGER NOT NULL,"
    "	to_ms INTEGER NOT NULL,"
    "	looked_ms INTEGER NOT NULL,"
    "	last_ms INTEGER NOT NULL,"
    "	last_kind INTEGER NOT NULL,"
    "	day_only INTEGER NOT NULL,"
    "	tried_ms INTEGER NOT NULL,"
    "	why INTEGER NOT NULL,"
    "	days BLOB NOT NULL,"
    "	PRIMARY KEY(product, user_key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE activity_source("
    "	product INTEGER PRIMARY KEY,"
    "	state INTEGER NOT NULL,"
    "	told_ms INTEGER NOT NULL,"
    "	again_ms INTEGER NOT NULL,"
    "	why TEXT) STRICT;";

/* The past can be read, and pinned: a version of a link has an id as well, and
 * versions are found by identity and by name in whatever generation.  rules: a
 * text that several snapshots may share. */
static const char schema_snapshot[] =
    "CREATE TABLE link_version("
    "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	kind INTEGER NOT NULL,"
    "	container_key TEXT NOT NULL,"
    "	user_key TEXT NOT NULL,"
    "	since_ns INTEGER NOT NULL,"
    "	valid_from INTEGER NOT NULL,"
    "	valid_to INTEGER NOT NULL) STRICT;"
    "INSERT INTO link_version(kind, container_key, user_key, since_ns,"
    "	valid_from, valid_to) SELECT kind, container_key, user_key, since_ns,"
    "	valid_from, valid_to FROM link;"
    "DROP TABLE link;"
    "ALTER TABLE link_version RENAME TO link;"
    "CREATE UNIQUE INDEX link_version"
    "	ON link(kind, container_key, user_key, valid_to);"
    "CREATE INDEX link_past ON link(valid_to)"
    "	WHERE valid_to < " STORE_OPEN ";"
    "CREATE INDEX record_version ON record(kind, number, valid_to);"
    "CREATE INDEX record_name ON record(kind, name COLLATE NOCASE);"
    "CREATE TABLE snapshot("
    "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    "	name TEXT NOT NULL UNIQUE,"
    "	generation INTEGER NOT NULL,"
    "	generation_ms INTEGER NOT NULL,"
    "	created_ns INTEGER NOT NULL,"
    "	rules INTEGER NOT NULL,"
    "	rules_ns INTEGER NOT NULL,"
    "	rules_bytes INTEGER NOT NULL) STRICT;"
    "CREATE INDEX snapshot_generation ON snapshot(generation);";

/* Node ids that are not what st_ino says (tenant's handle.c). */
static const char schema_handle[] = "CREATE TABLE handle("
				    "	ino INTEGER PRIMARY KEY,"
				    "	node INTEGER NOT NULL) STRICT;";

/* What nobody read. */
static const char schema_unread[] =
    "ALTER TABLE trend DROP COLUMN name;"
    "ALTER TABLE trend DROP COLUMN inactive;"
    "ALTER TABLE trend DROP COLUMN never;"
    "ALTER TABLE activity_source DROP COLUMN again_ms;";

/* When others' answers changed what is told of him: his file's ctime. */
static const char schema_told[] =
    "ALTER TABLE activity ADD COLUMN told_ms INTEGER NOT NULL DEFAULT 0;";

/* A source that was silent and is not any more: looks until then are not
 * believed; -1: it is silent. */
static const char schema_believed[] =
    "ALTER TABLE activity_source"
    "	ADD COLUMN believed_ms INTEGER NOT NULL DEFAULT 0;";

static const char *const schema_steps[] = {schema_1, schema_2, schema_trash,
    schema_removal, schema_kept, schema_trend, schema_activity, schema_snapshot,
    schema_handle, schema_unread, schema_told, schema_believed};

static int
schema_apply(
    struct db *db, const char *const *steps, int from, int to, struct err *err)
{
	int r = 0;

	for (int i = from; i < to && r >= 0; i++)
		r = db_exec(db, steps[i], err);
	if (r >= 0)
		r = db_version_set(db, to, err);
	return r;
}

/* A database that is not ours, or newer than we are, is left alone. */
static int
schema_check(struct db *db, int64_t version, int newest, struct err *err)
{
	int64_t tables, application;
	int r;

	if (version > newest)
		return err_set(err, -ENOTSUP,
		    "the state folder was written by a newer gotofs (schema "
		    "%lld, this one knows %d); install that version again",
		    (long long)version, newest);
	r = db_query_int(db, "PRAGMA application_id", NULL, &application, err);
	if (r >= 0)
		r = db_query_int(db, "SELECT count(*) FROM sqlite_schema", NULL,
		    &tables, err);
	if (r < 0)
		return r;
	if (version == 0 ? tables > 0
			 : application != strtoll(SCHEMA_APPLICATION, NULL, 10))
		return err_set(err, -EIO,
		    "the database in the state folder is not of gotofs; "
		    "choose another folder");
	return 0;
}

int
store_schema_run(
    struct db *db, const char *const *steps, int n, struct err *err)
{
	int64_t version = 0;
	int r;

	r = db_exec(db, "BEGIN IMMEDIATE", err);
	if (r >= 0)
		r = db_query_int(
		    db, "PRAGMA user_version", NULL, &version, err);
	if (r >= 0)
		r = schema_check(db, version, n, err);
	if (r >= 0 && version < n)
		r = schema_apply(db, steps, (int)version, n, err);
	if (r >= 0)
		r = db_exec(db, "COMMIT", err);
	if (r < 0)
		db_rollback(db);
	return r;
}

int
store_schema_migrate(struct db *db, struct err *err)
{
	return store_schema_run(db, schema_steps,
	    (int)(sizeof(schema_steps) / sizeof(schema_steps[0])), err);
}
