/* SPDX-License-Identifier: MIT */
/*
 * store (floor 3): what we remember: one SQLite database (WAL) a tenant.
 *
 * <dir>/mirror.db holds the mirror (versioned rows), the change queue, the
 * journal, inode numbers, attributes, error records, kept texts, the trash,
 * snapshots and what the guard counts.  One process at a
 * time: <dir>/lock is flock()ed from store_open to store_close.
 *
 * Threads: any.  Writing goes through a struct store_batch, a transaction
 * that holds the one writer connection (others wait) until commit or
 * rollback; it is durable (fsync) when store_commit returns.  A batch belongs
 * to the thread that began it, which begins no second one meanwhile.  Reading
 * goes through a pool of read connections, sees what was committed when it
 * began, and never waits for a writer.  Callbacks may read (they then see the
 * same state) but not begin a batch; a negative value ends the walk and is
 * returned.  Nothing here touches the network; disk I/O does block.
 *
 * Errors: -ENOBUFS the disk under the state folder is full (ENOSPC means "no
 * free seat" elsewhere), -EIO the database is broken or unreadable, -ENOMEM,
 * -EBUSY (store_open: another gotofs has it; else: another program has locked
 * the database for more than 5 s), -ENOTSUP (store_open: written by a newer
 * gotofs); store_open also: the errno of a folder that cannot be made.  Results
 * are untouched on failure.  Once a write of a batch has failed, all later ones
 * and store_commit fail alike, so a caller may check the commit alone; -ENOENT,
 * -EINVAL and -EEXIST say no, and spoil nothing.
 *
 * No secret is ever stored here.
 */
#ifndef GOTOFS_STORE_H
#define GOTOFS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct err;
struct store;
struct store_batch;

/* ---- life (store.c, schema.c, clone.c, store_batch.c) ---- */

/* Creates dir (0700) and the database (0600) when absent, locks, migrates
 * step by step in one transaction, checks that it can be read. */
int store_open(const char *dir, struct store **ret, struct err *err);
void store_close(struct store *s);
/* A copy of the mirror in from_dir, which another process may be using, for a
 * dry run in dir (made when absent): what is queued, journalled and recorded
 * as failed is not in it.  Nothing happens when from_dir has none, or while
 * changes are queued in dir: a plan is kept.  -EBUSY: dir is in use. */
int store_clone(const char *from_dir, const char *dir, struct err *err);
/* each (so it begins): a commit is durable when it returns.  Otherwise it
 * survives the end of the process at once, and a loss of power after the next
 * commit with each.  No batch is open meanwhile. */
int store_set_sync(struct store *s, bool each, struct err *err);

/* The number of the last generation, once a complete listing was published
 * (every commit that changed a record or link makes one); 0: not yet. */
int64_t store_generation(struct store *s);

/* Small named values (meta table). get: -ENOENT when unset; *ret on the heap.
 */
int store_meta_get(
    struct store *s, const char *name, char **ret, struct err *err);
/* The same of the mirror in dir, beside whoever has it; -ENOENT also without
 * one. */
int store_meta_peek(
    const char *dir, const char *name, char **ret, struct err *err);
int store_meta_set(struct store_batch *b, const char *name, const char *value,
    struct err *err);

int store_begin(struct store *s, struct store_batch **ret, struct err *err);
/* The same without waiting for the disk at its end: what it wrote survives a
 * kill -9 at once, and a power failure with the next batch that store_begin
 * began. */
int store_begin_soon(
    struct store *s, struct store_batch **ret, struct err *err);
/* Makes everything since store_begin durable; frees the batch, also on
 * failure (nothing has changed then). */
int store_commit(struct store_batch *b, struct err *err);
void store_rollback(struct store_batch *b); /* frees it; NULL is fine */
/* One of both: r negative (or b NULL) rolls back, and is returned. */
int store_end(struct store_batch *b, int r, struct err *err);

/* ---- the mirror (records.c, links.c, store_batch.c): versioned rows ---- */

enum store_kind {
	STORE_USER = 1,
	STORE_LICENSE = 2,
	STORE_GROUP = 3,
};

/* A version of a record: valid from one generation to another. Borrowed
 * strings in callbacks. */
struct store_record {
	int64_t id; /* of this version; never used again (AUTOINCREMENT) */
	enum store_kind kind;
	const char *key;    /* text always */
	const char *name;   /* email, description or group name, as sent */
	const char *ref;    /* STORE_GROUP: the parent's key; else NULL */
	unsigned flags;	    /* the caller's */
	uint64_t hash;	    /* the caller's, over all that matters */
	int64_t changed_ns; /* wall time of this version, ns since the epoch */
	int64_t number;	    /* persistent inode number of the identity */
	const char *text;   /* canonical text, when asked for; else NULL */
	size_t text_bytes;  /* its length, also when not asked for */
};

typedef int (*store_record_fn)(void *ctx, const struct store_record *r);
/* The present versions of a kind in order of number; with_text reads the texts
 * as well. */
int store_records_each(struct store *s, enum store_kind kind, bool with_text,
    store_record_fn fn, void *ctx, struct err *err);
/* The text of one version, present or past (-ENOENT once trimmed, or
 * forgotten).
 */
int store_record_text(
    struct store *s, int64_t id, struct buf *out, struct err *err);

/* A name that an identity had, and until when (wall): it took another one then,
 * or went.  It may have come back, and may have the name again. */
typedef int (*store_former_fn)(
    void *ctx, const char *name, const char *key, int64_t until_ms);
/* Of a kind, as far back as versions are kept; in order of their ends. */
int store_former_names_each(struct store *s, enum store_kind kind,
    store_former_fn fn, void *ctx, struct err *err);

/* Ends the present version of (kind, key), if any, and begins a new one in the
 * generation of this batch; a key that is new gets a number. r->id and
 * r->number are not read; ret_id, ret_number may be NULL.  A version that was
 * made in this same batch is replaced without a trace. */
int store_record_put(struct store_batch *b, const struct store_record *r,
    int64_t *ret_id, int64_t *ret_number, struct err *err);
/* The texts of its past versions go; what else they were stays. */
int store_record_forget_texts(struct store_batch *b, enum store_kind kind,
    const char *key, struct err *err);
/* Ends the present version; 0 also when there is none. */
int store_record_drop(struct store_batch *b, enum store_kind kind,
    const char *key, struct err *err);

/* Who holds a seat of a license, who is in a group: versioned likewise. */
struct store_link {
	enum store_kind kind; /* STORE_LICENSE or STORE_GROUP */
	const char *container_key;
	const char *user_key;
	int64_t since_ns; /* wall time when the mirror first saw it */
};
typedef int (*store_link_fn)(void *ctx, const struct store_link *l);
/* The present ones, in the order in which they came. */
int store_links_each(
    struct store *s, store_link_fn fn, void *ctx, struct err *err);
int store_link_put(struct store_batch *b, const struct store_link *l,
    struct err *err); /* 0 also when present */
int store_link_drop(struct store_batch *b, const struct store_link *l,
    struct err *err); /* 0 also when absent; since_ns not read */

/* The generation that this batch makes when it has changed a record or link
 * (taken on first use). */
int64_t store_batch_generation(struct store_batch *b);
/* Mark the listing complete: from now on store_generation() is > 0 even when
 * the tenant is empty. */
int store_publish(struct store_batch *b, struct err *err);

/* ---- the past (snapshots.c, past.c, store_pool.c, trim.c): .gotofs/snapshots/
 * ---- */

/* A generation that is kept: all that was valid in it can be read, whatever
 * becomes of it, until the snapshot is dropped. */
struct store_snapshot {
	int64_t seq; /* never used again */
	const char *name;
	int64_t generation;
	int64_t generation_ms; /* wall time of it: when something last moved */
	int64_t created_ns;
	int64_t rules; /* a text of the caller's, as of then: its id, for
			  store_record_text */
	int64_t rules_ns;
	size_t rules_bytes;
};
typedef int (*store_snapshot_fn)(void *ctx, const struct store_snapshot *v);
/* By seq. */
int store_snapshots_each(
    struct store *s, store_snapshot_fn fn, void *ctx, struct err *err);
/* Of the present, in a batch that has changed no record or link: nothing is
 * copied.  name, created_ns, rules_bytes and rules_ns are read, the others
 * set.  -EEXIST: the name is taken; -EINVAL: no complete listing was published
 * yet. */
int store_snapshot_add(struct store_batch *b, struct store_snapshot *v,
    const char *rules, struct err *err);
/* The name must be free. */
int store_snapshot_rename(
    struct store_batch *b, int64_t seq, const char *name, struct err *err);
int store_snapshot_drop(
    struct store_batch *b, int64_t seq, struct err *err); /* 0 also if absent */

/* A version that was valid in the generation that was asked for. */
struct store_past {
	struct store_record record; /* without its text */
	bool younger; /* another of then has the same name (but for the case of
			 ASCII letters), and an older key */
};
typedef int (*store_past_fn)(void *ctx, const struct store_past *p);
/* All of a kind behind the number after, by number. */
int store_past_each(struct store *s, int64_t generation, enum store_kind kind,
    int64_t after, store_past_fn fn, void *ctx, struct err *err);
/* The version of this id. 0 also when it is none of then. */
int store_past_id(struct store *s, int64_t generation, int64_t id,
    store_past_fn fn, void *ctx, struct err *err);
/* Those that have this name, or (prefix) one that begins so; ASCII letters of
 * both cases are one. */
int store_past_named(struct store *s, int64_t generation, enum store_kind kind,
    const char *name, bool prefix, store_past_fn fn, void *ctx,
    struct err *err);

/* A link that was valid then, and whom it was of.  One to somebody who was not
 * in the mirror is none. */
struct store_past_link {
	struct store_past user;
	int64_t id; /* of this version of the link; never used again */
	enum store_kind kind;
	const char *container_key;
	int64_t since_ns;
};
typedef int (*store_past_link_fn)(void *ctx, const struct store_past_link *l);
/* Of a container, by user key; those behind the link of that id (0: all). */
int store_past_links(struct store *s, int64_t generation, enum store_kind kind,
    const char *container_key, int64_t after, store_past_link_fn fn, void *ctx,
    struct err *err);
/* One. 0 also when there is none. */
int store_past_link_id(struct store *s, int64_t generation, int64_t id,
    store_past_link_fn fn, void *ctx, struct err *err);
int store_past_link_of(struct store *s, int64_t generation,
    enum store_kind kind, const char *container_key, const char *user_key,
    store_past_link_fn fn, void *ctx, struct err *err);

/* Delete versions that ended more than keep_ms ago, a bounded number of rows a
 * call; returns the number of rows (0: nothing left to do), or a negative
 * errno.  What the trash names or a snapshot has stays.  A transaction of its
 * own, when there is something to do. */
int store_trim(struct store *s, int64_t keep_ms, struct err *err);
/* Let go of cached pages, of connections that nobody uses now: after a pull,
 * which fills them with what readers do not ask for. */
void store_shrink(struct store *s);

/* ---- a pull on its way (pull.c) ----
 * A listing arrives page by page; the rows that differ wait in a table of
 * their own (so that a first pull of 100,000 users needs no memory) until the
 * whole is verified. Each call of _add is a transaction of its own. */
struct store_incoming {
	struct store_record record; /* id, number not read; text is */
	char *const *license_keys;  /* users: the whole set, strv */
	const char *group_key;	    /* users: or NULL */
};
/* Forgets the listing; published versions stay. In several transactions. */
int store_incoming_clear(struct store *s, struct err *err);
int store_incoming_add(
    struct store *s, const struct store_incoming *v, size_t n, struct err *err);
/* In order of arrival, within the publishing batch (b) or, b NULL, later from a
 * read connection. record.id and .number are those that
 * store_incoming_publish set, else 0; record.text may be NULL once trimmed. */
typedef int (*store_incoming_fn)(void *ctx, const struct store_incoming *i);
int store_incoming_each(struct store *s, struct store_batch *b,
    store_incoming_fn fn, void *ctx, struct err *err);
/* Leave this one out: something newer is known.  Before
 * store_incoming_publish alone, or a published version would lose its text.
 * 0 also when absent. */
int store_incoming_drop(struct store_batch *b, enum store_kind kind,
    const char *key, struct err *err);
/* store_record_put() for all incoming rows at once, remembering their ids. */
int store_incoming_publish(struct store_batch *b, struct err *err);

/* ---- inode numbers (nodes.c) ---- */

/* A number for an identity that has no key yet (a file just created); give it
 * to the key when that is known.  Where the key has a number already (a person
 * who came back: goto-api.md 3.6, A) that one stays and is returned. Numbers
 * begin at 1, are below 2^40, and are never given twice (what a batch that was
 * rolled back reserved was never given).  bind: -EINVAL for a number that was
 * not reserved, -EEXIST for one that is another identity's. */
int store_number_reserve(struct store_batch *b, int64_t *ret, struct err *err);
int store_number_bind(struct store_batch *b, int64_t number,
    enum store_kind kind, const char *key, int64_t *ret_effective,
    struct err *err);

/* ---- attributes that were set by hand or must last (attrs.c) ---- */

enum {
	STORE_ATTR_MODE = 1 << 0,
	STORE_ATTR_UID = 1 << 1,
	STORE_ATTR_GID = 1 << 2,
	STORE_ATTR_MTIME = 1 << 3,
	STORE_ATTR_ATIME = 1 << 4,
	STORE_ATTR_CTIME = 1 << 5,
};
struct store_attr {
	uint64_t ino; /* st_ino of the node */
	unsigned set; /* which of these are meant */
	mode_t mode;  /* permission bits */
	uid_t uid;
	gid_t gid;
	int64_t mtime_ns;
	int64_t atime_ns;
	int64_t ctime_ns;
	int64_t mtime_version; /* content the mtime was set for; the caller's */
};
typedef int (*store_attr_fn)(void *ctx, const struct store_attr *a);
int store_attrs_each(
    struct store *s, store_attr_fn fn, void *ctx, struct err *err);
int store_attr_put(struct store_batch *b, const struct store_attr *a,
    struct err *err); /* replaces the row */
int store_attr_drop(struct store_batch *b, uint64_t ino, struct err *err);

/* ---- node ids that st_ino does not tell (handles.c) ---- */

typedef int (*store_handle_fn)(void *ctx, uint64_t ino, uint64_t node);
int store_handles_each(
    struct store *s, store_handle_fn fn, void *ctx, struct err *err);
int store_handle_put(struct store_batch *b, uint64_t ino, uint64_t node,
    struct err *err); /* replaces the row */

/* ---- what was written with a time of its own (kept.c) ---- */

struct store_kept {
	int64_t id;	/* never used again */
	int64_t number; /* of the person */
	int64_t mtime_ns;
	int64_t record;	 /* the version it was seen to agree with; 0: none */
	unsigned fields; /* these two are the caller's */
	uint64_t hash;
	uint32_t bytes;
	bool timed;
};
typedef int (*store_kept_fn)(void *ctx, const struct store_kept *k);
/* All, by number, then id. */
int store_kept_each(
    struct store *s, store_kept_fn fn, void *ctx, struct err *err);
int store_kept_text(
    struct store *s, int64_t id, struct buf *out, struct err *err);
/* k->id and k->bytes are not read. */
int store_kept_add(struct store_batch *b, const struct store_kept *k,
    const char *text, size_t n, int64_t *ret_id, struct err *err);
/* number, timed, mtime_ns and record; 0 also when it is gone. */
int store_kept_set(
    struct store_batch *b, const struct store_kept *k, struct err *err);
int store_kept_set_text(struct store_batch *b, int64_t id, const char *text,
    size_t n, struct err *err);
int store_kept_drop(struct store_batch *b, int64_t id, struct err *err);

/* ---- the change queue (changes.c) ---- */

/* A change between its acceptance and its verdict.  verb and state are the
 * caller's enums, written as they are. Borrowed strings in callbacks. */
struct store_change {
	int64_t id; /* in order of acceptance, never used again */
	int verb;
	int state;
	int64_t created_ms;   /* wall time */
	const char *path;     /* "users/bob@example.com.json" */
	const char *user_key; /* NULL when not known yet */
	const char *args;     /* a JSON object, the caller's */
	uid_t uid;	      /* who asked */
	pid_t pid;
	const char *command; /* its comm */
};
typedef int (*store_change_fn)(void *ctx, const struct store_change *c);
int store_changes_each(struct store *s, store_change_fn fn, void *ctx,
    struct err *err); /* all that are queued, by id */
int store_change_add(struct store_batch *b, const struct store_change *c,
    int64_t *ret_id, struct err *err);
/* NULL args, user_key: as they were.  -ENOENT: not queued. */
int store_change_update(struct store_batch *b, int64_t id, int state,
    const char *user_key, const char *args, struct err *err);
int store_change_drop(struct store_batch *b, int64_t id, struct err *err);

/* ---- who was removed (trash.c): .gotofs/trash/ ---- */

struct store_trash {
	int64_t seq; /* of this entry; never used again */
	const char *key;
	const char *name;	 /* file name, unique here */
	const char *longer_name; /* put: for when another key has that name */
	int64_t number;		 /* the person's inode number */
	int64_t record;		 /* the last version of his record: its text
				    stays while he is here */
	size_t text_bytes;
	const char *license_keys; /* joined by newlines; NULL: none */
	const char *group_key;	  /* NULL: none */
	const char *group_label;
	int64_t removed_ms;  /* wall time */
	int64_t uid;	     /* who asked; -1: removed elsewhere */
	const char *command; /* its comm, or NULL */
};
typedef int (*store_trash_fn)(void *ctx, const struct store_trash *t);
/* Those behind seq "after" that are not being restored, by seq. */
int store_trash_each(struct store *s, int64_t after, store_trash_fn fn,
    void *ctx, struct err *err);
/* The one of this name; -ENOENT. */
int store_trash_find(struct store *s, const char *name, store_trash_fn fn,
    void *ctx, struct err *err);
/* Replaces what there is of this key. seq is not read. */
int store_trash_put(
    struct store_batch *b, const struct store_trash *t, struct err *err);
/* A change restores this version: hidden from now on. -ENOENT: it is not
 * there. */
int store_trash_hide(
    struct store_batch *b, int64_t record, int64_t change, struct err *err);
/* That change has failed: it is back; or has done it: it is gone. */
int store_trash_show(struct store_batch *b, int64_t change, struct err *err);
int store_trash_drop(struct store_batch *b, int64_t change, struct err *err);
/* Who is in the tenant again is not in the trash. */
int store_trash_drop_present(struct store_batch *b, struct err *err);
/* This one is. */
int store_trash_drop_key(
    struct store_batch *b, const char *key, struct err *err);
/* Forgets who was removed more than keep_ms ago; what a change that is no more
 * was to restore is back.  A transaction of its own. */
int store_trash_prune(struct store *s, int64_t keep_ms, struct err *err);
/* ---- removals that were sent (removals.c): the guard's window ---- */

struct store_removal {
	int verb;	       /* the caller's */
	const char *container; /* the license's key, or NULL */
	const char *path;
	int64_t time_ms; /* wall time */
	bool allowed;	 /* an allowance paid for it */
};
typedef int (*store_removal_fn)(void *ctx, const struct store_removal *v);
/* In the order in which they were added. */
int store_removals_each(struct store *s, int64_t since_ms, store_removal_fn fn,
    void *ctx, struct err *err);
/* Forgets those that are more than keep_ms older than this one. */
int store_removal_add(struct store_batch *b, const struct store_removal *v,
    int64_t keep_ms, struct err *err);

/* ---- what was counted (trend.c): a row a day and license ---- */

struct store_trend {
	int64_t day; /* since the epoch, UTC */
	const char *license_key;
	long owned; /* -1: unknown */
	long assigned;
	long active, unknown; /* the rest of them is not used */
	long reclaimable;
};
typedef int (*store_trend_fn)(void *ctx, const struct store_trend *v);
/* From that day on; by day, then key. */
int store_trend_each(struct store *s, int64_t from_day, store_trend_fn fn,
    void *ctx, struct err *err);
int store_trend_put(struct store_batch *b, const struct store_trend *v,
    struct err *err); /* replaces that of the day and license */
/* Forgets those of [from_day, to_day). */
int store_trend_drop(
    struct store_batch *b, int64_t from_day, int64_t to_day, struct err *err);

/* ---- the journal (journal.c, journal_rotate.c): .gotofs/journal.jsonl ---- */

/* One attempted change, at its verdict.  Printed as one JSON line:
 * {"time":"2026-11-21T09:00:00.123Z","seq":1,"uid":0,"pid":1,"command":"cp",
 * "verb":"update","object":"users/…","before":{…}|null,"after":{…}|null,
 * "http":204|null,"result":"ok","reason":"…"|null,"prev":"<sha256 hex>"}
 * prev is the SHA-256 of the line before, without its newline ("" for the
 * first).  In a string that is not UTF-8 (a command) '?' stands for the bytes
 * beyond ASCII. */
struct store_journal_entry {
	int64_t time_ms;
	uid_t uid;
	pid_t pid;
	const char *command;
	const char *verb;
	const char *object;
	const char *before; /* NULL, or JSON text of an object */
	const char *after;
	int http_status;    /* 0: no call */
	const char *result; /* "ok", or the errno's name: "EDQUOT" */
	const char *reason; /* NULL, or a sentence */
};
int store_journal_add(struct store_batch *b,
    const struct store_journal_entry *e, struct err *err);
/* Bytes of all lines; any thread, from memory. */
int64_t store_journal_bytes(struct store *s);
/* Of which so many have been moved to segments; likewise. */
int64_t store_journal_base(struct store *s);
/* Wall time of the last line, rounded up to a second; 0: there is none. */
int store_journal_last_ms(struct store *s, int64_t *ret, struct err *err);
/* At most n bytes from offset, which counts from the first line of all, moved
 * or not; appended to out.  Nothing at or behind the end. */
int store_journal_read(struct store *s, int64_t offset, size_t n,
    struct buf *out, struct err *err);

/* When more than max_bytes of lines are in the database, the older half of
 * them moves to <dir>/journal/NNNNNN.jsonl. 1: done; 0: not yet. One thread at
 * a time; others may read and write meanwhile. */
int store_journal_rotate(struct store *s, int64_t max_bytes, struct err *err);

/* ---- error records (errors.c): .gotofs/errors/ ---- */

struct store_error {
	const char *path; /* "users/bob@example.com.json" */
	const char *text; /* the file's whole text */
	int64_t time_ns;
	int64_t seq; /* grows with each put; never used again */
};
typedef int (*store_error_fn)(void *ctx, const struct store_error *e);
int store_errors_each(
    struct store *s, store_error_fn fn, void *ctx, struct err *err);
int store_error_put(struct store_batch *b, const struct store_error *e,
    int64_t *ret_seq, struct err *err); /* replaces that of the path */
int store_error_drop(struct store_batch *b, const char *path, struct err *err);
int store_errors_clear(struct store_batch *b, struct err *err);

#endif
