/* SPDX-License-Identifier: MIT */
/* Readers beside writers: each walk sees one state, and nobody waits. */
#include "store_fixture.h"

#include "../../src/store/store_int.h"
#include "gotofs/buf.h"
#include "store_journal_check.h"

#include <pthread.h>

#define COMMITS 150
#define WALKERS 6 /* more than there are read connections */

struct scene {
	struct fixture *f;
	atomic_bool over;
};

/* ---- writers ---- */

/* Both users always have the same text. */
static void
write_pair(struct fixture *f, int n)
{
	struct store_journal_entry e = {
	    .verb = "update", .object = "pair", .result = "ok"};
	char text[32] = "";
	struct store_record r;
	struct store_batch *b = NULL;
	struct err err = ERR_NONE;
	int q;

	snprintf(text, sizeof(text), "%d", n);
	q = store_begin(f->s, &b, &err);
	r = fixture_user("1", text);
	if (q >= 0)
		q = store_record_put(b, &r, NULL, NULL, &err);
	r.key = "2";
	if (q >= 0)
		q = store_record_put(b, &r, NULL, NULL, &err);
	if (q >= 0)
		q = store_journal_add(b, &e, &err);
	if (q >= 0 && n % 7 == 0)
		store_rollback(b);
	else if (q >= 0)
		q = store_commit(b, &err);
	if (q < 0)
		fail_msg("%s", err.msg);
}

static void *
writer(void *ctx)
{
	struct scene *scene = ctx;

	for (int i = 0; i < COMMITS; i++)
		write_pair(scene->f, i);
	return NULL;
}

static void *
trimmer(void *ctx)
{
	struct scene *scene = ctx;
	struct err err = ERR_NONE;

	while (!scene->over)
		if (store_trim(scene->f->s, 0, &err) < 0)
			fail_msg("%s", err.msg);
	return NULL;
}

/* ---- readers ---- */

struct pair {
	struct store *s;
	char text[32];
	int n;
};

static int
see_pair(void *ctx, const struct store_record *r)
{
	AUTO(buf_done) struct buf b = BUF_MAX(100);
	struct pair *p = ctx;

	/* the version is there, though it may just be trimmed */
	if (store_record_text(p->s, r->id, &b, NULL) < 0 ||
	    strcmp(buf_str(&b), r->text) != 0)
		return -EPROTO;
	if (p->n++ > 0)
		return strcmp(p->text, r->text) == 0 ? 0 : -EPROTO;
	snprintf(p->text, sizeof(p->text), "%s", r->text);
	return 0;
}

static void *
walker(void *ctx)
{
	struct scene *scene = ctx;
	struct err err = ERR_NONE;
	int64_t generation = 0, now;
	struct pair p;

	while (!scene->over) {
		p = (struct pair){scene->f->s, "", 0};
		if (store_records_each(
			p.s, STORE_USER, true, see_pair, &p, &err) < 0)
			fail_msg("a walk saw two states (%s)", err.msg);
		if (p.n != 2)
			fail_msg("%d users", p.n);
		now = store_generation(p.s);
		if (now < generation)
			fail_msg("a generation went back");
		generation = now;
	}
	return NULL;
}

/* What is there by store_journal_bytes can be read. */
static void *
follower(void *ctx)
{
	AUTO(buf_done) struct buf all = BUF_MAX(1u << 20);
	struct scene *scene = ctx;
	struct store *s = scene->f->s;
	int64_t size;

	while (!scene->over) {
		size = store_journal_bytes(s) - (int64_t)all.len;
		if (store_journal_read(
			s, (int64_t)all.len, (size_t)size, &all, NULL) < 0)
			fail_msg("the journal cannot be read");
		if (journal_check(buf_str(&all), all.len) < 0)
			fail_msg("the journal's chain is broken");
	}
	return NULL;
}

static void
test_readers_beside_writers(void **state)
{
	struct scene scene = {*state, false};
	pthread_t writers[2], others[WALKERS + 2];
	int n = 0;

	write_pair(scene.f, 1);
	fixture_publish(scene.f);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    pthread_create(&writers[i], NULL, writer, &scene), 0);
	for (; n < WALKERS; n++)
		assert_int_equal(
		    pthread_create(&others[n], NULL, walker, &scene), 0);
	pthread_create(&others[n++], NULL, trimmer, &scene);
	pthread_create(&others[n++], NULL, follower, &scene);
	for (int i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	scene.over = true;
	while (n > 0)
		pthread_join(others[--n], NULL);
	assert_int_equal(scene.f->s->readers_n, STORE_READERS);
}

/* ---- a reader does not wait for the writer ---- */

static void *
read_alone(void *ctx)
{
	struct fixture *f = ctx;

	assert_users(f, "100=kim\n");
	return NULL;
}

static void
test_reader_passes_an_open_batch(void **state)
{
	struct fixture *f = *state;
	struct store_record r = fixture_user("100", "changed");
	struct store_batch *b;
	pthread_t t;

	fixture_put(f, "100", "kim");
	b = fixture_begin(f);
	assert_ok(f, store_record_put(b, &r, NULL, NULL, &f->err));
	assert_int_equal(pthread_create(&t, NULL, read_alone, f), 0);
	pthread_join(t, NULL);
	read_alone(f);
	fixture_commit(f, b);
	assert_users(f, "100=changed\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    fixture_test(test_readers_beside_writers),
	    fixture_test(test_reader_passes_an_open_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
