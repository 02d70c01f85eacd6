/* SPDX-License-Identifier: MIT */
/*
 * When what holds for all moves, everybody is judged anew in pieces: between
 * two of them a reader sees each seat as before, or as it is now, and the size
 * that belongs to it.
 */
#include "tenant_fixture.h"

#include "activity_fetch_int.h"
#include "gotofs/clock.h"
#include "gotofs/store_activity.h"
#include "tenant_int.h"

#define PEOPLE 12000 /* three pieces */
#define RULES "{\"inactive_days\":30}"

/* The linker sends here who lets readers in. */
void __wrap_tenant_pause(struct tenant *t);
void __real_tenant_pause(struct tenant *t);

static void (*look)(void);
static int pieces;

void
__wrap_tenant_pause(struct tenant *t)
{
	void (*fn)(void) = look;

	__real_tenant_pause(t);
	if (!fn || !t->reclaim.moved)
		return;
	pieces++;
	look = NULL;
	tenant_nest(t, true);
	fn();
	tenant_nest(t, false);
	look = fn;
}

static void
make_person(struct store_batch *b, int i)
{
	int64_t now = clock_wall_ms();
	char key[16], name[16];
	struct store_activity a = {.product = PRODUCT_GOTOMEETING,
	    .user_key = key,
	    .from_ms = activity_midnight(now - 200 * ACTIVITY_DAY_MS),
	    .to_ms = now,
	    .looked_ms = 5000,
	    .last_ms = i == 5 ? now : 0, /* or the source is not believed */
	    .days = ""};

	snprintf(key, sizeof(key), "%d", 1000000 + i);
	snprintf(name, sizeof(name), "p%05d", i);
	put_user(b, key, name, "[]", 0);
	put_link(b, STORE_LICENSE, "5", key);
	assert_int_equal(store_activity_put(b, &a, NULL), 0);
}

static int
make(void **state)
{
	struct store_batch *b;
	struct store *s;
	int i;

	if (!mkdtemp(state_dir) || chmod(state_dir, 0700) < 0)
		return -1;
	b = mirror_begin(state_dir, &s);
	put(b, STORE_LICENSE, "5", "Meeting Pro",
	    "{\"key\": \"5\", \"seats\": 20000, \"products\": [\"G2M\"]}", 0);
	for (i = 0; i < PEOPLE; i++)
		make_person(b, i);
	mirror_end(s, b);
	return 0;
}

static int
start(void **state)
{
	pieces = 0;
	look = NULL;
	assert_int_equal(open_tenant(&tenant), 0);
	return 0;
}

static int
stop(void **state)
{
	look = NULL;
	tenant_close(tenant);
	return 0;
}

static const char *folder = "meeting-pro";

static void
path_of(int i, char out[96])
{
	snprintf(out, 96, "reclaim/%s/p%05d@example.com.json", folder, i);
}

/* What he reads as is as long as stat says, and has this. */
static struct tenant_attr
expect_seat(int i, const char *part)
{
	struct tenant_attr a;
	char path[96];

	path_of(i, path);
	expect_read(path, part);
	assert_int_equal(walk(path, &a), 0);
	tenant_forget(tenant, a.node, 1);
	return a;
}

static void
tick(void)
{
	tenant_begin(tenant);
	reclaim_tick(tenant, clock_boot_ms());
	tenant_end(tenant);
}

/* ---- rules ---- */

static struct tenant_attr before;

static void
look_at_rules(void)
{
	struct tenant_attr first = expect_seat(0, "\"inactive_days\": 30,");
	struct tenant_attr last =
	    expect_seat(PEOPLE - 1, "\"inactive_days\": 60,");

	assert_true(first.ctime_ns > before.ctime_ns);
	assert_true(last.ctime_ns == before.ctime_ns);
	assert_int_equal(last.size, before.size);
}

static void
test_rules(void **state)
{
	struct tenant_attr last;

	before = expect_seat(PEOPLE - 1, "\"inactive_days\": 60,");
	assert_true(before.ctime_ns > 0);
	tenant_begin(tenant);
	look = look_at_rules;
	assert_int_equal(
	    reclaim_rules_write(tenant, &who, RULES, strlen(RULES), NULL), 0);
	look = NULL;
	tenant_end(tenant);
	assert_int_equal(pieces, 2); /* and all is done */
	last = expect_seat(PEOPLE - 1, "\"inactive_days\": 30,");
	assert_true(last.ctime_ns > before.ctime_ns);
	assert_false(tenant->reclaim.was_rules);
	/* of more people the timer judges, and nobody waits; for the next one
	 */
	tenant_begin(tenant);
	tenant->persons_by_key.n += 10000;
	assert_int_equal(reclaim_rules_write(tenant, &who, "{}", 2, NULL), 0);
	tenant->persons_by_key.n -= 10000;
	tenant_end(tenant);
	expect_seat(0, "\"inactive_days\": 30,");
	tick();
	expect_seat(0, "\"inactive_days\": 60,");
	expect_seat(PEOPLE - 1, "\"inactive_days\": 30,");
	tick();
	tick();
	expect_seat(PEOPLE - 1, "\"inactive_days\": 60,");
	assert_false(reclaim_is_busy(tenant));
}

/* ---- many exemptions: smaller pieces, and whoever wrote them is let go ----
 */

#define EXEMPTIONS 160
#define SMALL_PIECE (5000 / 11)

static char *
many_rules(void)
{
	static char text[EXEMPTIONS * 64];
	size_t n = 0;
	int i;

	n += (size_t)snprintf(text, sizeof(text), "{\"exemptions\":[");
	for (i = 0; i < EXEMPTIONS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s{\"pattern\":\"%s%d*\",\"reason\":\"r\"}", i ? "," : "",
		    i ? "nobody" : "p", i);
	snprintf(text + n, sizeof(text) - n, "]}");
	return text;
}

/* ---- what a license is for: the timer goes on ---- */

static void
move_products(const char *code)
{
	char *codes[] = {"G2M", (char *)(uintptr_t)code, NULL};

	tenant_begin(tenant);
	tenant_mutate(tenant);
	activity_set_products(tenant, license_by_key(tenant, "5"), codes);
	tenant_end(tenant);
}

static bool
is_candidate(int i)
{
	struct tenant_attr a;
	char path[96];

	path_of(i, path);
	if (walk(path, &a) < 0)
		return false;
	tenant_forget(tenant, a.node, 1);
	return true;
}

static void
test_many_exemptions(void **state)
{
	char *text = many_rules(); /* the first is for all who are p0... */
	int i;

	tenant_begin(tenant);
	assert_int_equal(
	    reclaim_rules_write(tenant, &who, text, strlen(text), NULL), 0);
	tenant_end(tenant);
	assert_true(is_candidate(0));
	for (i = 1; i <= PEOPLE / SMALL_PIECE; i++) {
		int last = i * SMALL_PIECE - 1;

		assert_true(is_candidate(last));
		tick();
		assert_int_equal(is_candidate(last), last >= 10000);
		assert_true(reclaim_is_busy(tenant));
	}
	assert_true(is_candidate(PEOPLE - 1)); /* p1...: by no pattern */
	tick();
	assert_false(reclaim_is_busy(tenant));
	assert_false(is_candidate(9999));
	tenant_begin(tenant);
	assert_int_equal(reclaim_rules_write(tenant, &who, "{}", 2, NULL), 0);
	tenant_end(tenant);
	assert_true(is_candidate(9999));
}

/* Without a second product, or it is unknown whether that is used. */
static void
test_products(void **state)
{
	const struct activity_holders *webinar =
	    &tenant->activity.holders[PRODUCT_GOTOWEBINAR];
	struct person *p;

	move_products("G2W");
	assert_true(reclaim_is_busy(tenant));
	assert_int_equal(webinar->n, 0);
	expect_seat(0, "\"product\": \"gotomeeting\"");
	tick();
	assert_int_equal(webinar->n, 5000);
	assert_false(tenant->activity.wanted); /* nobody is asked before */
	assert_false(is_candidate(0));
	expect_seat(PEOPLE - 1, "\"product\": \"gotomeeting\"");
	/* whoever has something of his own is not left behind */
	tenant_begin(tenant);
	tenant_mutate(tenant);
	p = person_by_name(tenant, "p11998@example.com.json");
	reclaim_settle(tenant, p, license_by_key(tenant, "5"));
	tenant_end(tenant);
	assert_false(is_candidate(11998));
	assert_true(is_candidate(11999));
	/* another one before the end: the first ends, the second begins */
	move_products(NULL);
	assert_int_equal(webinar->n, PEOPLE);
	assert_false(is_candidate(11999));
	tick();
	assert_true(is_candidate(0));
	assert_false(is_candidate(11999));
	tick();
	tick();
	assert_int_equal(webinar->n, 0);
	expect_seat(PEOPLE - 1, "\"product\": \"gotomeeting\"");
	assert_false(reclaim_is_busy(tenant));
	assert_int_equal(
	    license_by_key(tenant, "5")->reclaimable_n, PEOPLE - 1);
}

/* ---- a license's name ---- */

static void
move_name(const char *description, const char *name)
{
	struct tenant_license *l = license_by_key(tenant, "5");

	tenant_begin(tenant);
	tenant_mutate(tenant);
	free(l->description);
	l->description = strdup(description);
	assert_int_equal(license_name_all(tenant), 0);
	tenant_end(tenant);
	folder = name;
}

static void
test_name(void **state)
{
	move_name("Meeting Other", "meeting-other");
	expect_seat(0, "\"license\": \"meeting-pro\"");
	tick();
	expect_seat(0, "\"license\": \"meeting-other\"");
	expect_seat(PEOPLE - 1, "\"license\": \"meeting-pro\"");
	assert_true(reclaim_is_busy(tenant));
	tick();
	tick();
	expect_seat(PEOPLE - 1, "\"license\": \"meeting-other\"");
	assert_false(reclaim_is_busy(tenant));
	folder = "meeting-pro";
}

/* ---- a source that is not believed any more, before that is over ---- */

/* The first is gone through, then the doubt is written down. */
static void
look_at_doubt(void)
{
	expect_seat(0, "\"license\": \"meeting-other\"");
	expect_seat(PEOPLE - 1, pieces == 1 ? "\"license\": \"meeting-pro\""
					    : "\"license\": \"meeting-other\"");
}

static void
test_doubt(void **state)
{
	struct person *p;

	move_name("Meeting Other", "meeting-other");
	tick();
	tenant_begin(tenant);
	tenant_mutate(tenant);
	p = person_by_name(tenant, "p00005@example.com.json");
	activity_entry_make(p, PRODUCT_GOTOMEETING)->last_ms = 0;
	look = look_at_doubt;
	activity_doubt(tenant);
	look = NULL;
	tenant_end(tenant);
	assert_int_equal(
	    activity_doubtful(tenant), PRODUCT_BIT(PRODUCT_GOTOMEETING));
	assert_int_equal(pieces, 2);
	expect_seat(PEOPLE - 1, "\"license\": \"meeting-other\"");
	tick();
	assert_false(is_candidate(0));
	assert_true(is_candidate(PEOPLE - 1));
	tick();
	tick();
	assert_false(is_candidate(PEOPLE - 1));
	assert_false(reclaim_is_busy(tenant));
	folder = "meeting-pro";
}

/* ---- who is due: changes do not wait for everybody either ---- */

void __wrap_tenant_read_unlock(struct tenant *t);
void __real_tenant_read_unlock(struct tenant *t);

static int unlocked_n, changes_n;

static void
change_something(void)
{
	tenant_begin(tenant);
	tenant_mutate(tenant);
	tenant_end(tenant);
}

void
__wrap_tenant_read_unlock(struct tenant *t)
{
	unlocked_n++;
	__real_tenant_read_unlock(t);
	if (changes_n-- > 0)
		change_something();
}

static void
test_due(void **state)
{
	struct fetch fetch = {.t = tenant};
	const struct activity_dues *due = &fetch.due[PRODUCT_GOTOMEETING];

	tenant->conf.activity.products = PRODUCT_BIT(PRODUCT_GOTOMEETING);
	unlocked_n = 0;
	assert_int_equal(fetch_find_due(&fetch), 0);
	assert_int_equal(unlocked_n, 1 + PEOPLE / 2000);
	assert_int_equal(due->n, PEOPLE);
	for (size_t i = 1; i < due->n; i++)
		assert_true(
		    strcmp(due->v[i - 1].user_key, due->v[i].user_key) < 0);
	fetch_free_due(&fetch);
}

/* ---- reports: nor for these, as long as there are not too many ---- */

/* So many changes come as soon as they can. */
static void
collect(int changes, int unlocked)
{
	AUTO(reports_input_done) struct reports_input in = REPORTS_INPUT_NONE;
	struct reports_moves moves;
	int64_t next_ms;

	unlocked_n = 0;
	changes_n = changes;
	assert_int_equal(
	    reports_collect(tenant, &in, &next_ms, &moves, NULL), 0);
	assert_int_equal(unlocked_n, unlocked);
	assert_int_equal(in.users_n, PEOPLE);
	assert_int_equal(in.licenses_n, 1);
	changes_n = 0;
}

static void
test_reports(void **state)
{
	const int whole = PEOPLE / 2000 + 1;

	collect(0, whole);
	collect(1, 2 + whole); /* once more */
	collect(100, 3 * 2 + 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rules, start, stop),
	    cmocka_unit_test_setup_teardown(test_products, start, stop),
	    cmocka_unit_test_setup_teardown(test_name, start, stop),
	    cmocka_unit_test_setup_teardown(test_many_exemptions, start, stop),
	    cmocka_unit_test_setup_teardown(test_due, start, stop),
	    cmocka_unit_test_setup_teardown(test_reports, start, stop),
	    cmocka_unit_test_setup_teardown(test_doubt, start, stop),
	};

	return cmocka_run_group_tests(tests, make, teardown);
}
