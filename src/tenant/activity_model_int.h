/* SPDX-License-Identifier: MIT */
/*
 * activity_model_int: what is remembered of activity, in memory and in rows.
 * Private to src/tenant.
 *
 * Theory.  An *entry* is what memory has of one person and product; what was
 * done on which day (UTC) is in the store alone, and is read when an answer is
 * merged into it.  An answer is about whole days: what an earlier one said of
 * them is replaced, not added to, so that asking twice counts once.
 *
 * What the tenant tells of somebody while it is asked of another (who ran his
 * webinar, whose training it was) is kept apart, because his own answers do not
 * have it: it moves his last use, and counts for a day as often as the answer
 * that names it most often says.
 *
 * A use that was seen is never forgotten: last_ms may be older than the
 * interval that is observed now.
 */
#ifndef GOTOFS_ACTIVITY_MODEL_INT_H
#define GOTOFS_ACTIVITY_MODEL_INT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "activity_int.h"
#include "gotofs/goto_activity.h"

struct buf;
struct store_batch;
struct tenant_caller;

/* Why there was no answer about one person. Values are stored: never renumber.
 */
enum activity_why {
	ACTIVITY_WHY_NONE = 0,
	ACTIVITY_WHY_NOT_FOUND = 1, /* 404: no organizer, not listed */
	ACTIVITY_WHY_REFUSED = 2,   /* 403 or 400 for him, not for others */
	ACTIVITY_WHY_FAILED = 3,    /* no usable answer */
};

struct activity_entry { /* small: there are three of 100,000 people */
	uint8_t product, last_kind, why;
	bool day_only;
	uint32_t count[2]; /* within the interval: activity_count_kind() */
	int32_t from_day;  /* the interval begins at its midnight */
	int64_t to_ms;
	/* looked: when the interval last reached the present; 0: not yet */
	int64_t looked_ms, tried_ms, last_ms;
	int64_t told_ms; /* when others' answers last changed it; 0: never */
};

static inline int64_t
activity_day_of(int64_t ms)
{
	return ms / ACTIVITY_DAY_MS - (ms % ACTIVITY_DAY_MS < 0);
}

static inline int64_t
activity_midnight(int64_t ms)
{
	return activity_day_of(ms) * ACTIVITY_DAY_MS;
}

static inline int64_t
activity_from_ms(const struct activity_entry *e)
{
	return e->from_day * ACTIVITY_DAY_MS;
}

static inline bool
activity_has_interval(const struct activity_entry *e)
{
	return e && e->to_ms > activity_from_ms(e);
}

/* It has reached the present, once: until then (GoToConnect is asked day by
 * day, the oldest first) nobody can say that he did nothing lately. */
static inline bool
activity_is_known(const struct activity_entry *e)
{
	return activity_has_interval(e) && e->looked_ms > 0;
}

/* The kinds of use that count[0], count[1] count of a product; USE_NONE: no
 * second one. */
enum use_kind activity_count_kind(enum product product, int i);
/* The first midnight within the last days days. */
int64_t activity_window(int64_t now_ms, int days);
/* Where the next question begins: whole days, half a day before the end, for
 * what was on its way then (goto-api.md 5.1 A: running meetings are left out;
 * 5.3 A: two hours); the window, when a clock was ahead, or when it has become
 * longer than what was looked at. e may be NULL. */
int64_t activity_next_from(
    const struct activity_entry *e, int64_t window_ms, int64_t now_ms);

/* ---- activity_days.c: pure ---- */

struct activity_day {
	int32_t day; /* since the epoch */
	uint8_t kind;
	bool other; /* told while another was asked of */
	uint32_t n;
};
struct activity_days { /* by day, kind, other */
	struct activity_day *v;
	size_t n;
};
#define ACTIVITY_DAYS_NONE                                                     \
	{                                                                      \
		NULL, 0                                                        \
	}
void activity_days_done(struct activity_days *d);
/* -EINVAL: not what _print makes. */
int activity_days_parse(const void *bytes, size_t n, struct activity_days *ret);
int activity_days_print(const struct activity_days *d, struct buf *out);
/* Forgets what was told of [from, to) by his own answers, and all before keep.
 */
void activity_days_cut(
    struct activity_days *d, int64_t from, int64_t to, int64_t keep);
/* more: it is added; else the greater one counts. */
int activity_days_add(struct activity_days *d, int32_t day, enum use_kind kind,
    bool other, long n, bool more);

/* ---- activity_merge.c: pure ---- */

struct activity_answer {
	int64_t from_ms, to_ms; /* what was asked for; from a midnight on */
	int64_t window_ms;	/* what is before is not kept */
	int64_t now_ms;
	bool other; /* of another: uses are his, the interval is not */
};
/* An answer that neither begins where the window does nor goes on with what is
 * known says nothing of the interval.  What changes later than the last look is
 * told_ms, and later than that one. uses: his alone. -ENOMEM: nothing has
 * changed. */
int activity_merge(struct activity_entry *e, struct activity_days *d,
    const struct activity_answer *a, const struct use *const *uses, size_t n);
/* What was looked at is not believed any more: as if nobody had; a use that was
 * seen was seen all the same. */
void activity_forget(struct activity_entry *e);
/* What was looked at when a clock was ahead, nobody knows how far, nor
 * when a use was that is still to come. */
void activity_forget_ahead(struct activity_entry *e, int64_t now_ms);
void activity_recount(struct activity_entry *e, const struct activity_days *d);

/* ---- activity_render.c: pure ---- */

/* The text of his file; e NULL: never looked at; why: for unknown. */
int activity_render(enum product product, const char *email,
    const struct activity_entry *e, const char *why, struct buf *out);

/* ---- activity.c, activity_dir.c, activity_doubt.c, activity_file.c,
 * activity_source.c: of the tenant ---- */

/* Values are stored: never renumber. */
enum source_state {
	SOURCE_UNASKED = 0,
	SOURCE_OK = 1,
	SOURCE_DISABLED = 2, /* no right, no scope, or none at all */
	SOURCE_FAILING = 3,
	SOURCE_OFF = 4, /* by the profile; or a dry run, that asks nothing */
};

struct activity_source {
	enum source_state state;
	char *why;	 /* SOURCE_OK, _UNASKED: NULL */
	int64_t told_ms; /* wall: when that was last found out, or said */
	int64_t
	    again_ms; /* wall: not to be asked before; after a start it is */
	int fails_n;  /* in a row */
	/* wall: looks until then were at a silent source: they are forgotten */
	int64_t believed_ms;
};

/* GoToConnect's names of people: activity_join.c */
struct activity_join {
	pthread_mutex_t lock;	       /* of all below */
	struct connect_user_list list; /* by user_id */
	const char **key;	       /* theirs, in byte order */
	bool asked;
	int64_t asked_boot_ms;
};

struct activity_holders { /* of a product: who has a file; by number */
	struct person **v;
	size_t n;
};

struct activities {				    /* tenant.activity */
	struct activity_holders holders[PRODUCT_N]; /* activity_dir.c */
	struct activity_source source[PRODUCT_N];
	bool products_moved; /* turn: of a license: people are to be settled */
	bool wanted;	     /* turn: somebody new is to be looked at */
	int64_t reported_boot_ms; /* turn: a refused removal */
	unsigned doubtful;	  /* tree_lock: activity_doubtful() */
	unsigned silent; /* turn: products whose source was found to be so */
	bool doubt_due;	 /* turn: it may be another by now */
	int64_t doubted_boot_ms; /* turn: when that was last looked for */
	struct activity_join join;
	/* the fetcher (activity_fetch_int.h): turn, and tree_lock for writing
	 */
	pthread_t fetcher;
	bool fetcher_runs;
	bool fetching;	  /* a question is on its way, or the next one waits */
	int64_t asked_ms; /* wall: who was looked at before that is due */
	long asked_n;	  /* gotofs refresh --activity: so often */
	long answered_n;  /* so many of them are over */
	long left_n[PRODUCT_N]; /* questions of the plan */
};

/* The record says so: everybody is settled by the sweep that reclaim_begin
 * begins, in pieces, and only then somebody new is looked at. */
void activity_set_products(
    struct tenant *t, struct tenant_license *l, char *const *codes);
void activity_settle_moved(struct tenant *t, struct person *p);
void activity_moved_end(struct tenant *t);
/* His files, as his seats are now. */
void activity_settle(struct tenant *t, struct person *p);
/* Products whose seats the tenant has given him, and of which he has a file: of
 * a seat that is still to be sent nobody can be asked. */
unsigned activity_held_there(const struct person *p);
/* The place of the first whose number is not less. */
size_t activity_holders_from(const struct activity_holders *h, int64_t number);
/* He has a file there now, or, under this name, no more. */
void activity_show(struct tenant *t, struct person *p, unsigned product);
void activity_hide(
    struct tenant *t, struct person *p, unsigned product, const char *name);
void activity_drop_nodes(struct tenant *t, struct person *p, const char *name);
struct activity_entry *activity_entry(
    const struct person *p, enum product product);
struct activity_entry *activity_entry_make(
    struct person *p, enum product product);
/* His file reads otherwise. */
void activity_changed(struct tenant *t, struct person *p, int product);
/* Of a node: its product; what it reads as; its times. */
enum product activity_product_of(const struct node *n);
#define ACTIVITY_NUMBERS 8		       /* of a person: one a product */
int64_t activity_number(const struct node *n); /* for its st_ino */
int64_t activity_number_of(const struct person *p, enum product product);
#define ACTIVITY_TEXT_BYTES 8192
off_t activity_size(struct tenant *t, const struct node *n);
int activity_text(struct tenant *t, const struct node *n, struct buf *out);
void activity_times(struct tenant *t, const struct node *n,
    int64_t *ret_mtime_ns, int64_t *ret_ctime_ns);
/* The kernel still knows a node that has lost its name: it keeps its text. */
void activity_let_go(struct tenant *t, struct node *n);
bool activity_is_below(const struct node *dir);
/* A removal here: -EROFS, with a record now and then (rsync --delete tries each
 * file). */
int activity_refuse_removal(struct tenant *t, const struct tenant_caller *who,
    const struct node *dir, struct err *err);
void activity_init(struct tenant *t);
int activity_load(struct tenant *t, struct err *err);
void activity_done(struct tenant *t);
/* Once a day unknown people are said to be unknown again: their files must
 * never look old. */
void activity_tick(struct tenant *t);
/* Sources that were left alone are asked again now, as after a start. */
void activity_retry(struct tenant *t);
/* What a source answers, in memory and in the store; told anew. why is copied.
 */
void activity_set_source(struct tenant *t, enum product product,
    enum source_state state, const char *why, int64_t again_ms);
/* Whether it is doubted has changed, and is written down; forget: of whom it
 * told until now is to be asked again, from the window on. */
void activity_source_doubted(
    struct tenant *t, enum product product, bool forget);

/* ---- activity_status.c ---- */
struct json;
int activity_status(struct tenant *t, struct json *j);
int activity_troubles(const struct tenant *t, char ***ret);

/* ---- activity_join.c; the rest of it is in activity_ask_int.h ---- */

void activity_join_done(struct tenant *t);

/* ---- activity_doubt.c ---- */

/* Which sources are doubtful now: candidates follow.  When one is no more, what
 * was looked at while it was silent is forgotten. */
void activity_doubt(struct tenant *t);
/* It does not tell of what it told before; of somebody, again. */
void activity_doubt_silent(struct tenant *t, enum product product);
void activity_doubt_heard(struct tenant *t, enum product product);
/* After this became known: at once where it may be another answer. */
void activity_doubt_taken(struct tenant *t, const struct activity_entry *e);
void activity_doubt_tick(struct tenant *t, int64_t now_boot_ms);

/* ---- activity_take.c ---- */

struct store_activity;
void activity_entry_of_row(
    const struct store_activity *a, struct activity_entry *e);

struct activity_take { /* about one person */
	const char *user_key;
	enum product product;
	struct activity_answer answer;
	const struct use *const *uses;
	size_t uses_n;
	enum activity_why why; /* not NONE: there was no answer */
};
/* Into the store, then into memory; in several transactions.  Without the turn;
 * no person (and product) twice.  Whoever is gone is left out. */
int activity_take_all(
    struct tenant *t, const struct activity_take *v, size_t n, struct err *err);

#endif
