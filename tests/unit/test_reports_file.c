/* SPDX-License-Identifier: MIT */
/*
 * The files of reports/ over a mirror written by hand: made when somebody looks
 * and something has happened, the old text for who reads it, times that last.
 */
#include "tenant_fixture.h"

#include "gotofs/clock.h"
#include "gotofs/name.h"
#include "tenant_int.h"

#define CSV "reports/license-position.csv"
#define USERS "reports/users.csv"

static char told[1024];

/* The linker sends the printing of the page here. */
int __wrap_reports_html(const struct reports_input *in, struct buf *out);
int __real_reports_html(const struct reports_input *in, struct buf *out);

static int pages;

int
__wrap_reports_html(const struct reports_input *in, struct buf *out)
{
	pages++;
	/* nobody's change waits for it */
	assert_int_equal(pthread_mutex_trylock(&tenant->turn), 0);
	pthread_mutex_unlock(&tenant->turn);
	return __real_reports_html(in, out);
}

/* ... and what is read of the store. */
int __wrap_store_record_text(
    struct store *s, int64_t id, struct buf *out, struct err *err);
int __real_store_record_text(
    struct store *s, int64_t id, struct buf *out, struct err *err);
int __wrap_store_records_each(struct store *s, enum store_kind kind,
    bool with_text, store_record_fn fn, void *ctx, struct err *err);
int __real_store_records_each(struct store *s, enum store_kind kind,
    bool with_text, store_record_fn fn, void *ctx, struct err *err);

static int texts, walks;
static void (*meanwhile)(void);

int
__wrap_store_record_text(
    struct store *s, int64_t id, struct buf *out, struct err *err)
{
	texts++;
	return __real_store_record_text(s, id, out, err);
}

int
__wrap_store_records_each(struct store *s, enum store_kind kind, bool with_text,
    store_record_fn fn, void *ctx, struct err *err)
{
	if (meanwhile)
		meanwhile();
	walks++;
	return __real_store_records_each(s, kind, with_text, fn, ctx, err);
}

/* ... and what a count of the day costs. */
void __wrap_reclaim_judge(const struct reclaim_rules *rules,
    const struct seat_facts *seat, int64_t now_ms, struct judgement *ret);
void __real_reclaim_judge(const struct reclaim_rules *rules,
    const struct seat_facts *seat, int64_t now_ms, struct judgement *ret);
int __wrap_store_trend_put(
    struct store_batch *b, const struct store_trend *v, struct err *err);
int __real_store_trend_put(
    struct store_batch *b, const struct store_trend *v, struct err *err);

static int judged, rows;

void
__wrap_reclaim_judge(const struct reclaim_rules *rules,
    const struct seat_facts *seat, int64_t now_ms, struct judgement *ret)
{
	judged++;
	__real_reclaim_judge(rules, seat, now_ms, ret);
}

int
__wrap_store_trend_put(
    struct store_batch *b, const struct store_trend *v, struct err *err)
{
	rows++;
	return __real_store_trend_put(b, v, err);
}

static void
hear_entry(void *ctx, uint64_t dir, const char *name)
{
	strncat(told, name, sizeof(told) - strlen(told) - 2);
	strcat(told, " ");
}

static void
hear_inode(void *ctx, uint64_t node)
{
}

static int
start(void **state)
{
	const struct tenant_events events = {
	    .entry = hear_entry, .inode = hear_inode};

	assert_int_equal(open_tenant(&tenant), 0);
	tenant_set_events(tenant, &events);
	told[0] = '\0';
	pages = texts = walks = judged = rows = 0;
	return 0;
}

static int
stop(void **state)
{
	tenant_close(tenant);
	tenant = NULL;
	return 0;
}

/* A pull finds that he has (has not) a seat. */
static void
give_seat(const char *key, bool has)
{
	struct tenant_license *l;
	struct person *p;

	tenant_begin(tenant);
	tenant_mutate(tenant);
	l = license_by_key(tenant, "5");
	p = person_by_key(tenant, key);
	if (has)
		assert_int_equal(person_seat_add(p, l, 3000000000), 0);
	else
		person_seat_remove(p, l);
	person_settle(tenant, p);
	person_record_moved(tenant, p, false);
	tenant_end(tenant);
}

static struct tenant_attr
attr_of(const char *path)
{
	struct tenant_attr a;

	assert_int_equal(walk(path, &a), 0);
	tenant_forget(tenant, a.node, 1);
	return a;
}

static void
test_list(void **state)
{
	expect_list("reports",
	    "index.html license-position.csv license-position.json users.csv "
	    "");
	expect_read(
	    CSV, "meeting-pro,Meeting Pro,other,2,1,1,0,0,0,1,0,0,0,0,0\n");
	expect_read("reports/license-position.json", "\"key\": \"5\"");
	expect_read(USERS, "\ncyd@example.com,cyd,Test,ACTIVE,Berlin,unknown,");
	expect_read(USERS, "\ndan@example.com,dan,Test,ACTIVE,,,");
	expect_read("reports/index.html", "</html>\n");
}

/* What came out the same keeps node and time, the rest gets new ones. */
static void
test_change(void **state)
{
	AUTO(buf_done) struct buf old = BUF_MAX(1 << 20);
	AUTO(buf_done) struct buf still = BUF_MAX(1 << 20);
	struct tenant_attr csv, users, after;

	assert_int_equal(walk(CSV, &csv), 0);
	assert_int_equal(walk(USERS, &users), 0);
	assert_false(csv.uncached);
	assert_int_equal(tenant_read(tenant, csv.node, 0, 1 << 20, &old), 0);
	give_seat("103", true);
	give_seat("102", false);
	/* the kernel was told once, of what it knows */
	assert_non_null(strstr(told, "license-position.csv users.csv "));
	assert_null(strstr(told, "index.html"));
	after = attr_of(CSV); /* as many seats, of another */
	assert_int_equal(after.node, csv.node);
	assert_true(after.mtime_ns == csv.mtime_ns);
	after = attr_of(USERS);
	assert_true(after.node != users.node && after.ino == users.ino);
	assert_true(after.mtime_ns > users.mtime_ns);
	give_seat("102", true);
	after = attr_of(CSV);
	assert_true(after.node != csv.node && after.ino == csv.ino);
	assert_int_equal(tenant_read(tenant, csv.node, 0, 1 << 20, &still), 0);
	assert_string_equal(buf_str(&still), buf_str(&old));
	assert_int_equal(tenant_getattr(tenant, csv.node, &after), 0);
	assert_int_equal(after.size, old.len);
	assert_int_equal(after.nlink, 0);
	tenant_forget(tenant, csv.node, 1);
	tenant_forget(tenant, users.node, 1);
	assert_int_equal(tenant_getattr(tenant, csv.node, &after), -ESTALE);
}

static void
test_remount(void **state)
{
	static const char *const names[] = {
	    CSV, USERS, "reports/license-position.json", "reports/index.html"};
	struct tenant_attr before[4], after;
	size_t i;

	for (i = 0; i < 4; i++)
		before[i] = attr_of(names[i]);
	stop(state);
	start(state);
	for (i = 0; i < 4; i++) {
		after = attr_of(names[i]);
		assert_true(after.mtime_ns == before[i].mtime_ns);
		assert_int_equal(after.size, before[i].size);
		assert_true(after.ino == before[i].ino);
	}
}

/* ---- the records: read in one walk, of one moment ---- */

static void
put_record(const char *key, const char *email, const char *last)
{
	AUTO(text_done)
	char *text =
	    text_printf("{\"email\": \"%s\", \"firstName\": \"Odd\", "
			"\"lastName\": \"%s\", \"status\": \"ACTIVE\"}",
		email, last);
	struct store_batch *b;

	assert_int_equal(store_begin(tenant->store, &b, NULL), 0);
	put(b, STORE_USER, key, email, text, 0);
	put_link(b, STORE_LICENSE, "5", key);
	assert_int_equal(store_commit(b, NULL), 0);
}

static void
drop_record(const char *key)
{
	struct store_link l = {STORE_LICENSE, "5", key, 0};
	struct store_batch *b;

	assert_int_equal(store_begin(tenant->store, &b, NULL), 0);
	assert_int_equal(store_record_drop(b, STORE_USER, key, NULL), 0);
	assert_int_equal(store_link_drop(b, &l, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
}

static void
replace_odd(void)
{
	meanwhile = NULL;
	put_record("107", "eve@example.com", "Later");
}

static void
test_one_walk(void **state)
{
	put_record("107", "eve@example.com", "Early");
	stop(state);
	start(state);
	walks = texts = 0;
	expect_read(USERS, "\neve@example.com,Odd,Early,ACTIVE,");
	assert_int_equal(walks, 1);
	assert_int_equal(texts, 0);
	tenant_begin(tenant);
	reports_moved(tenant);
	tenant_end(tenant);
	meanwhile = replace_odd;
	walks = 0;
	expect_read(USERS, "\neve@example.com,Odd,Early,ACTIVE,");
	assert_int_equal(walks, 1);
	assert_int_equal(texts, 1);
	drop_record("107");
}

#define LONG                                                                   \
	"long-long-long-long-long-long-long-long-long-long-long-long-long-"    \
	"long-long-long-long-long-long-long-long-long-long-long-long-long-"    \
	"long-long-long-long-long-long-long-long-long-long-long-long-long-"    \
	"long-long-long-long-long-long-long-long-long-long-long-long-long-"    \
	"long-long-long@example.com"

/* Whatever the file is called. */
static void
test_addresses(void **state)
{
	AUTO(text_done) char *name = name_from_email(LONG, NULL);
	AUTO(text_done) char *longer = NULL;
	char *codes[] = {"G2M", NULL};

	put_record("2104", "cyd@example.com", "Twin");
	put_record("105", "a/b%c@example.com", "Slash");
	put_record("106", LONG, "Long");
	stop(state);
	start(state);
	expect_read(USERS, "\ncyd@example.com,cyd,Test,");
	expect_read(USERS, "\ncyd@example.com,Odd,Twin,");
	expect_read(USERS, "\na/b%c@example.com,Odd,Slash,");
	expect_read(USERS, "\n" LONG ",Odd,Long,");
	tenant_begin(tenant);
	tenant_mutate(tenant);
	activity_set_products(tenant, license_by_key(tenant, "5"), codes);
	reclaim_finish(tenant);
	tenant_end(tenant);
	expect_read("activity/gotomeeting/cyd@example.com~2104.json",
	    "\"email\": \"cyd@example.com\"");
	expect_read("activity/gotomeeting/a%2Fb%25c@example.com.json",
	    "\"email\": \"a/b%c@example.com\"");
	longer = text_printf("activity/gotomeeting/%s", name);
	expect_read(longer, "\"email\": \"" LONG "\"");
	drop_record("2104");
	drop_record("105");
	drop_record("106");
}

/* A turn in which this moves. */
static void
move(void (*fn)(struct tenant *t))
{
	tenant_begin(tenant);
	tenant_mutate(tenant);
	fn(tenant);
	tenant_end(tenant);
}

static void
move_nothing(struct tenant *t)
{
}

/* Nothing that they tell moves between two looks: nothing is made. */
static void
test_idle(void **state)
{
	struct tenant_attr csv;

	assert_int_equal(walk(CSV, &csv), 0);
	move(move_nothing);
	attr_of(CSV);
	attr_of(USERS);
	assert_int_equal(pages, 1);
	assert_string_equal(told, "");
	/* a day later some of it reads differently */
	tenant->reports.next_ms = 1;
	move(reports_tick);
	assert_false(reports_is_fresh(tenant));
	assert_string_equal(told, "license-position.csv ");
	attr_of(CSV);
	assert_int_equal(pages, 2);
	tenant_forget(tenant, csv.node, 1);
}

/* ---- what moves them ---- */

static void
move_name(struct tenant *t)
{
	assert_int_equal(
	    person_set_name(t, person_by_key(t, "102"), "ced@example.com.json"),
	    0);
}

static void
move_flags(struct tenant *t)
{
	person_set_flags(t, person_by_key(t, "102"), PERSON_SUPER);
}

static void
move_group(struct tenant *t)
{
	struct tenant_group *g = t->group[0];

	free(g->label);
	g->label = text_dup("Bonn");
	assert_int_equal(group_name_all(t), 0);
}

static void
move_license(struct tenant *t)
{
	struct tenant_license *l = license_by_key(t, "5");

	free(l->description);
	l->description = text_dup("Meeting Max");
	assert_int_equal(license_name_all(t), 0);
}

static void
move_rules(struct tenant *t)
{
	const char *text = "{\"inactive_days\":30}";

	assert_int_equal(
	    reclaim_rules_write(t, &who, text, strlen(text), NULL), 0);
}

static void
move_source(struct tenant *t)
{
	activity_set_source(
	    t, PRODUCT_GOTOMEETING, SOURCE_FAILING, "it is down", 1);
}

static void
move_use(struct tenant *t)
{
	reclaim_moved(t, person_by_key(t, "102"));
}

static void
move_gone(struct tenant *t)
{
	person_gone(t, person_by_key(t, "102"));
}

static void
test_moves(void **state)
{
	static void (*const moves[])(struct tenant * t) = {move_flags,
	    move_group, move_license, move_rules, move_source, move_use,
	    move_name, move_gone};
	size_t i;

	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		attr_of(CSV);
		assert_true(reports_is_fresh(tenant));
		move(moves[i]);
		assert_false(reports_is_fresh(tenant));
	}
}

/* While the fetcher asks, its answers are seen after a while; all else at
 * once. */
static void
test_fetching(void **state)
{
	struct tenant_attr csv;

	tenant->activity.fetching = true;
	assert_int_equal(walk(CSV, &csv), 0);
	assert_false(csv.uncached);
	move(move_use);
	csv = attr_of(CSV);
	assert_false(csv.uncached);
	assert_int_equal(pages, 1);
	assert_string_equal(told, "");
	tenant->reports.made_boot_ms -= REPORTS_PATIENCE_MS;
	move(move_nothing);
	assert_string_equal(told, "license-position.csv ");
	attr_of(CSV);
	assert_int_equal(pages, 2);
	give_seat("103", true);
	attr_of(CSV);
	assert_int_equal(pages, 3);
	move(move_use);
	tenant->activity.fetching = false; /* it has asked all */
	move(move_nothing);
	assert_false(reports_is_fresh(tenant));
	attr_of(CSV);
	assert_int_equal(pages, 4);
	tenant_forget(tenant, csv.node, 1);
}

/* The page tells when it last changed, and nothing else in it moves with
 * that. */
static void
test_stamp(void **state)
{
	struct tenant_attr page = attr_of("reports/index.html");
	AUTO(text_done) char *when = NULL;
	char iso[CLOCK_ISO_BYTES];

	clock_iso(page.mtime_ns / CLOCK_NS_PER_MS, iso);
	when = text_printf("<time datetime=\"%s\">%.10s %.5s UTC</time>, when",
	    iso, iso, iso + 11);
	expect_read("reports/index.html", when);
	stop(state);
	start(state);
	expect_read("reports/index.html", when); /* from the hash of its text */
	assert_int_equal(pages, 1);
}

static void
test_refused(void **state)
{
	struct tenant_attr a;
	uint64_t dir;

	assert_int_equal(do_unlink("reports", "users.csv"), -EROFS);
	assert_int_equal(walk(USERS, &a), 0);
	assert_int_equal(write_text(a.node, "x"), -EPERM);
	assert_int_equal(
	    tenant_setattr(tenant, &who, a.node, &a, TENANT_SET_MTIME, &a),
	    -EPERM);
	a.size = 0;
	assert_int_equal(
	    tenant_setattr(tenant, &who, a.node, &a, TENANT_SET_SIZE, &a),
	    -EPERM);
	tenant_forget(tenant, a.node, 1);
	dir = node_of("reports");
	assert_int_equal(
	    tenant_mknod(tenant, &who, dir, "x.csv", S_IFREG | 0600, &a),
	    -EPERM);
	tenant_forget(tenant, dir, 1);
}

/* ---- the timer's ---- */

static int
see_day(void *ctx, const struct store_trend *v)
{
	char *text = ctx;

	sprintf(text + strlen(text), "%s %ld: %ld %ld %ld; ", v->license_key,
	    v->assigned, v->active, v->unknown, v->reclaimable);
	return 0;
}

static void
expect_trend(const char *want)
{
	char text[1024] = "";

	assert_int_equal(
	    store_trend_each(tenant->store, 0, see_day, text, NULL), 0);
	assert_string_equal(text, want);
}

static void
tick_a_minute_later(void)
{
	tenant->reports.counted_boot_ms -= 60000;
	judged = rows = 0;
	reports_trend_tick(tenant);
	assert_int_equal(judged, 0); /* whoever moved something did that */
}

static void
test_trend(void **state)
{
	struct store_trend old = {1, "5", 2, 1, 1, 0, 0};
	struct store_batch *b;

	assert_int_equal(store_begin(tenant->store, &b, NULL), 0);
	assert_int_equal(store_trend_put(b, &old, NULL), 0);
	assert_int_equal(store_commit(b, NULL), 0);
	judged = 0;
	reports_trend_tick(tenant);
	assert_int_equal(judged, 0);
	expect_trend("5 1: 0 1 0; "); /* that of 1970 is too old to be kept */
	give_seat("103", true);
	reports_trend_tick(tenant);
	expect_trend("5 1: 0 1 0; "); /* not twice a minute */
	tick_a_minute_later();
	expect_trend("5 2: 0 2 0; ");
	tick_a_minute_later();
	assert_int_equal(rows, 0); /* nothing has moved */
	give_seat("103", false);
	tick_a_minute_later();
	expect_trend("5 1: 0 1 0; ");
	stop(state);
	start(state);
	rows = 0;
	reports_trend_tick(tenant); /* today has its row */
	assert_int_equal(rows, 0);
	expect_trend("5 1: 0 1 0; ");
}

/* Of a license for GoToMeeting alone he was seen using nothing. */
static void
know_cyd(struct tenant *t, int64_t last_ms)
{
	struct person *p = person_by_key(t, "102");
	struct activity_entry *e = activity_entry_make(p, PRODUCT_GOTOMEETING);
	int64_t now = clock_wall_ms();

	e->from_day = (int32_t)activity_day_of(now) - 100;
	e->to_ms = e->looked_ms = now;
	e->last_ms = last_ms;
	license_by_key(t, "5")->products = PRODUCT_BIT(PRODUCT_GOTOMEETING);
	reclaim_moved(t, p);
}

static void
know_used(struct tenant *t)
{
	know_cyd(t, clock_wall_ms());
}

static void
know_unused(struct tenant *t)
{
	know_cyd(t, 0);
}

/* The counts are those of a full look, whatever moved. */
static void
test_trend_counts(void **state)
{
	reports_trend_tick(tenant);
	move(know_used);
	tick_a_minute_later();
	expect_trend("5 1: 1 0 0; ");
	expect_read(CSV, "gotomeeting,2,1,1,1,0,0,0,0,");
	move(know_unused);
	tick_a_minute_later();
	expect_trend("5 1: 0 0 1; ");
	expect_read(CSV, "gotomeeting,2,1,1,0,0,1,0,1,");
	give_seat("103", true);
	tick_a_minute_later();
	expect_trend("5 2: 0 1 1; ");
	move(move_gone);
	tick_a_minute_later();
	expect_trend("5 1: 0 1 0; ");
	expect_read(CSV, "gotomeeting,2,1,1,0,0,0,1,0,");
}

static void
write_prices(const char *text)
{
	FILE *f = fopen(tenant->prices_file, "w");

	fputs(text, f);
	fclose(f);
}

/* It is looked at by whoever looks, and now and then while the kernel keeps
 * what it was given: never else. */
static void
test_prices(void **state)
{
	char file[96];

	snprintf(file, sizeof(file), "%s/prices.csv", state_dir);
	tenant->prices_file = text_dup(file);
	attr_of(CSV); /* it may be missing */
	assert_null(tenant->prices.trouble);
	write_prices("meeting-*,10,EUR\n");
	reports_prices_tick(tenant);
	assert_int_equal(tenant->prices.list.n, 0); /* a moment ago */
	tenant->reports.prices_boot_ms -= 10000;
	reports_prices_tick(tenant);
	assert_int_equal(tenant->prices.list.n, 1);
	assert_false(reports_is_fresh(tenant));
	expect_read(CSV, "10.00,20.00,0.00,EUR\n");
	write_prices("meeting-*,ten,EUR\n");
	expect_read("reports/index.html", "is no price");
	expect_read("reports/license-position.json", "line 1: ");
	give_seat("103", true);
	write_prices("meeting-*,11,EUR\n");
	tenant->reports.prices_boot_ms -= 10000;
	reports_prices_tick(tenant); /* the kernel has been told already */
	assert_non_null(tenant->prices.trouble);
	unlink(file);
	attr_of(CSV);
	assert_null(tenant->prices.trouble);
	tenant->conf.prices_wanted = true;
	reports_prices_open(tenant);
	assert_non_null(strstr(tenant->prices.trouble, "No such file"));
}

/* They are kept for long, and are long. */
static void
test_slack(void **state)
{
	static const int files[] = {FIXED_POSITION_CSV, FIXED_POSITION_JSON,
	    FIXED_USERS_CSV, FIXED_INDEX_HTML};
	size_t i;

	attr_of(CSV);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const struct buf *b = &tenant->fixed[files[i]]->local->content;

		assert_int_equal(b->cap, b->len + 1);
	}
}

/* ---- without memory ---- */

static int
look_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(1 << 20);
	static bool has;
	struct tenant_attr a;
	int r;

	/* (what it takes is not failed: a pull does that) */
	tenant_begin(tenant);
	tenant_mutate(tenant);
	license_by_key(tenant, "5")->seats += has ? 1 : -1;
	reports_moved(tenant);
	has = !has;
	tenant_end(tenant);
	r = walk(USERS, &a);
	if (r == 0)
		tenant_forget(tenant, a.node, 1);
	if (r == 0)
		r = walk(CSV, &a);
	if (r == 0) {
		r = tenant_read(tenant, a.node, 0, 1 << 20, &b);
		tenant_forget(tenant, a.node, 1);
	}
	return r;
}

static void
test_memory(void **state)
{
	alloc_fail_sweep_lenient(look_once, NULL);
	expect_read(CSV, "meeting-pro,");
	alloc_fail_sweep_lenient(look_once, NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_list, start, stop),
	    cmocka_unit_test_setup_teardown(test_change, start, stop),
	    cmocka_unit_test_setup_teardown(test_remount, start, stop),
	    cmocka_unit_test_setup_teardown(test_one_walk, start, stop),
	    cmocka_unit_test_setup_teardown(test_addresses, start, stop),
	    cmocka_unit_test_setup_teardown(test_idle, start, stop),
	    cmocka_unit_test_setup_teardown(test_moves, start, stop),
	    cmocka_unit_test_setup_teardown(test_fetching, start, stop),
	    cmocka_unit_test_setup_teardown(test_stamp, start, stop),
	    cmocka_unit_test_setup_teardown(test_refused, start, stop),
	    cmocka_unit_test_setup_teardown(test_trend, start, stop),
	    cmocka_unit_test_setup_teardown(test_trend_counts, start, stop),
	    cmocka_unit_test_setup_teardown(test_prices, start, stop),
	    cmocka_unit_test_setup_teardown(test_slack, start, stop),
	    cmocka_unit_test_setup_teardown(test_memory, start, stop),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
