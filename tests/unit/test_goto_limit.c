/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/goto/limit_int.h"
#include "alloc_fail.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"

/* A clock that stands, and counts the threads that look at it: who has looked
 * from within limit_take is waiting there. */
static _Atomic int64_t fake_ms;
static _Atomic int lookers_n;
static _Thread_local bool has_looked = true;

static int64_t
fake_boot_ms(void)
{
	if (!has_looked) {
		has_looked = true;
		atomic_fetch_add(&lookers_n, 1);
	}
	return atomic_load(&fake_ms);
}

static int64_t
fake_wall_ns(void)
{
	return 0;
}

static int
setup(void **state)
{
	static const struct clock_source fake = {fake_wall_ns, fake_boot_ms};

	(void)state;
	atomic_store(&fake_ms, 1000000);
	atomic_store(&lookers_n, 0);
	clock_set_source(&fake);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clock_set_source(NULL);
	return 0;
}

static struct limit *
new_limit(double rate)
{
	struct limit *l;

	assert_int_equal(limit_new(rate, 1000, &l), 0);
	return l;
}

/* 0, or why there is no turn right now. */
static int
try_take(struct limit *l, enum goto_priority prio)
{
	return limit_take(l, prio, atomic_load(&fake_ms), NULL);
}

static bool
is_open(struct limit *l)
{
	return try_take(l, GOTO_INTERACTIVE) == 0;
}

/* Two at once, then one each 125 ms; what is not used is not saved up. */
static void
test_pace(void **state)
{
	struct limit *l = new_limit(8);
	int n = 0;

	(void)state;
	assert_true(is_open(l));
	assert_true(is_open(l));
	assert_int_equal(try_take(l, GOTO_INTERACTIVE), -ETIMEDOUT);
	for (int ms = 1; ms <= 10000; ms++) {
		atomic_fetch_add(&fake_ms, 1);
		n += try_take(l, GOTO_BACKGROUND) == 0;
		assert_int_equal(n, ms / 125);
	}
	atomic_fetch_add(&fake_ms, 3600000);
	assert_true(is_open(l));
	assert_true(is_open(l));
	assert_false(is_open(l));
	limit_free(l);
}

static int64_t
real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Never faster than the rate, in real time. */
static void
test_real_pace(void **state)
{
	struct limit *l;
	int64_t start;

	(void)state;
	clock_set_source(NULL);
	l = new_limit(200);
	start = real_ms();
	for (int i = 0; i < 42; i++)
		assert_int_equal(
		    limit_take(l, GOTO_INTERACTIVE, INT64_MAX, NULL), 0);
	assert_true(real_ms() - start >= 195);
	limit_free(l);
}

struct taker {
	struct limit *l;
	enum goto_priority prio;
	int r;
	int place;
};

static _Atomic int places_n;

static void *
take(void *arg)
{
	struct taker *t = arg;

	has_looked = false;
	t->r = limit_take(t->l, t->prio, INT64_MAX, NULL);
	t->place = atomic_fetch_add(&places_n, 1);
	return NULL;
}

static void
await_lookers(int n)
{
	while (atomic_load(&lookers_n) < n)
		clock_sleep_ms(1);
}

static void
test_priority(void **state)
{
	struct limit *l = new_limit(8);
	struct taker t[4];
	pthread_t threads[4];

	(void)state;
	atomic_store(&places_n, 0);
	assert_true(is_open(l));
	assert_true(is_open(l));
	for (int i = 0; i < 4; i++) {
		/* those in the background wait first */
		t[i] = (struct taker){
		    l, i < 2 ? GOTO_BACKGROUND : GOTO_INTERACTIVE, 1, -1};
		pthread_create(&threads[i], NULL, take, &t[i]);
		await_lookers(i + 1);
	}
	for (int i = 1; i <= 4; i++) {
		atomic_fetch_add(&fake_ms, 125);
		while (atomic_load(&places_n) < i)
			clock_sleep_ms(1);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(t[i].r, 0);
	}
	assert_in_range(t[0].place, 2, 3);
	assert_in_range(t[1].place, 2, 3);
	assert_in_range(t[2].place, 0, 1);
	assert_in_range(t[3].place, 0, 1);
	limit_free(l);
}

static void
test_retry_after(void **state)
{
	struct limit *l = new_limit(8);
	int64_t now = atomic_load(&fake_ms);
	struct err err = ERR_NONE;

	(void)state;
	limit_refused(l, now, 5000);
	/* no use in waiting */
	assert_int_equal(
	    limit_take(l, GOTO_INTERACTIVE, now + 4999, &err), -EIO);
	assert_string_equal(err.msg, "GoTo asks to wait for 5 s (HTTP 429)");
	atomic_fetch_add(&fake_ms, 4999);
	assert_int_equal(try_take(l, GOTO_INTERACTIVE), -EIO);
	atomic_fetch_add(&fake_ms, 1);
	/* begins slowly: one, not two */
	assert_true(is_open(l));
	assert_int_equal(try_take(l, GOTO_INTERACTIVE), -ETIMEDOUT);
	limit_free(l);
}

/* How long is it closed after one more refusal? */
static int64_t
closed_ms(struct limit *l, int64_t sent_ms)
{
	int64_t from = atomic_load(&fake_ms);

	limit_refused(l, sent_ms, -1);
	while (try_take(l, GOTO_INTERACTIVE) == -EIO)
		atomic_fetch_add(&fake_ms, 10);
	return atomic_load(&fake_ms) - from;
}

static void
test_back_off(void **state)
{
	static const int64_t base[] = {
	    1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct limit *l = new_limit(8);

	(void)state;
	for (size_t i = 0; i < sizeof(base) / sizeof(*base); i++)
		assert_in_range(closed_ms(l, atomic_load(&fake_ms)), base[i],
		    base[i] * 3 / 2 + 10);
	limit_accepted(l, atomic_load(&fake_ms));
	assert_in_range(closed_ms(l, atomic_load(&fake_ms)), 1000, 1510);
	limit_free(l);
}

/* Eight requests that were under way together are one refusal. */
static void
test_refused_together(void **state)
{
	struct limit *l = new_limit(8);
	int64_t sent = atomic_load(&fake_ms);

	(void)state;
	atomic_fetch_add(&fake_ms, 100);
	for (int i = 0; i < 8; i++)
		limit_refused(l, sent, -1);
	atomic_fetch_add(&fake_ms, 1510);
	assert_true(is_open(l));
	/* an old success does not end the row of refusals */
	limit_accepted(l, sent);
	assert_in_range(closed_ms(l, atomic_load(&fake_ms)), 2000, 3010);
	limit_free(l);
}

static void
test_cancel(void **state)
{
	struct limit *l = new_limit(0.001);
	struct taker t = {l, GOTO_BACKGROUND, 1, -1};
	pthread_t thread;

	(void)state;
	assert_true(is_open(l));
	assert_true(is_open(l));
	pthread_create(&thread, NULL, take, &t);
	await_lookers(1);
	limit_cancel(l);
	pthread_join(thread, NULL);
	assert_int_equal(t.r, -ECANCELED);
	assert_int_equal(
	    limit_take(l, GOTO_INTERACTIVE, INT64_MAX, NULL), -ECANCELED);
	limit_free(l);
}

static void
test_jitter(void **state)
{
	bool differ = false;

	(void)state;
	for (int i = 0; i < 200; i++) {
		int64_t ms = limit_backoff_ms(1000, 3);

		assert_in_range(ms, 8000, 12000);
		differ = differ || ms != limit_backoff_ms(1000, 3);
	}
	assert_true(differ);
	assert_in_range(limit_backoff_ms(1000, 1000), 60000, 90000);
	assert_in_range(limit_backoff_ms(1, 0), 1, 1);
}

static int
new_once(void *ctx)
{
	struct limit *l = NULL;
	int r = limit_new(8, 1000, &l);

	(void)ctx;
	limit_free(l);
	return r;
}

static void
test_memory(void **state)
{
	(void)state;
	alloc_fail_sweep(new_once, NULL);
	limit_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_pace, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_real_pace, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_priority, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_retry_after, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_back_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_refused_together, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_jitter, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	};

	return cmocka_run_group_tests_name("goto_limit", tests, NULL, NULL);
}
