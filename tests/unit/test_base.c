/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/buf.h"
#include "gotofs/clock.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/log.h"
#include "gotofs/map.h"
#include "gotofs/mountinfo.h"
#include "gotofs/pattern.h"
#include "gotofs/secret.h"
#include "gotofs/text.h"
#include "random.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ---- buf ---- */

static void
buf_grows_up_to_its_ceiling(void **state)
{
	struct buf b = BUF_MAX(100);
	int i;

	assert_string_equal(buf_str(&b), "");
	for (i = 0; i < 100; i++)
		assert_int_equal(buf_putc(&b, 'x'), 0);
	assert_int_equal(buf_putc(&b, 'y'), -EFBIG);
	assert_int_equal(buf_puts(&b, "y"), -EFBIG);
	assert_int_equal(buf_printf(&b, "%d", 1), -EFBIG);
	assert_int_equal(buf_resize(&b, 101), -EFBIG);
	assert_int_equal(buf_append(&b, "", 0), 0);
	assert_int_equal(b.len, 100);
	assert_int_equal(strlen(buf_str(&b)), 100);
	buf_done(&b);
	assert_int_equal(b.max, 100);
	assert_int_equal(buf_puts(&b, "again"), 0);
	buf_done(&b);
}

static void
buf_ceilings_at_the_edges(void **state)
{
	struct buf none = BUF_MAX(0), all = BUF_MAX(SIZE_MAX);

	assert_int_equal(buf_puts(&none, ""), 0);
	assert_int_equal(buf_putc(&none, 'x'), -EFBIG);
	assert_int_equal(buf_puts(&all, "x"), 0);
	assert_int_equal(buf_append(&all, "x", SIZE_MAX), -EFBIG);
	assert_string_equal(buf_str(&all), "x");
	buf_done(&none);
	buf_done(&all);
}

static void
buf_changes(void **state)
{
	struct buf b = BUF_MAX(1000);
	char *s;

	assert_int_equal(buf_printf(&b, "%s-%d", "a", 7), 0);
	assert_string_equal(buf_str(&b), "a-7");
	assert_int_equal(buf_resize(&b, 1), 0);
	assert_string_equal(buf_str(&b), "a");
	buf_trim(&b);
	assert_int_equal(b.cap, 2);
	assert_int_equal(b.len, 1);
	assert_int_equal(buf_resize(&b, 5), 0);
	assert_memory_equal(b.data, "a\0\0\0\0", 6);
	buf_clear(&b);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(buf_append(&b, "x\0y", 3), 0);
	s = buf_take(&b);
	assert_memory_equal(s, "x\0y", 4);
	free(s);
	s = buf_take(&b);
	assert_string_equal(s, "");
	free(s);
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

/* Equal to a plain array, whatever is done to it. */
static void
buf_as_an_array(void **state)
{
	struct buf b = BUF_MAX(5000);
	char model[5000];
	size_t n = 0;
	int i;

	for (i = 0; i < 20000; i++) {
		char piece[64];
		size_t len = random_below(sizeof(piece));

		if (random_below(20) == 0) {
			n = random_below((uint32_t)n + 1);
			assert_int_equal(buf_resize(&b, n), 0);
		}
		memset(piece, (int)random_below(256), sizeof(piece));
		if (n + len > sizeof(model)) {
			assert_int_equal(buf_append(&b, piece, len), -EFBIG);
			continue;
		}
		assert_int_equal(buf_append(&b, piece, len), 0);
		memcpy(model + n, piece, len);
		n += len;
		assert_int_equal(b.len, n);
		assert_memory_equal(b.data, model, n);
		assert_int_equal(b.data[n], 0);
	}
	buf_done(&b);
}

static int
buf_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(10000);
	char *s;
	int i, r = 0;

	for (i = 0; r == 0 && i < 100; i++) {
		size_t before = b.len;

		r = buf_printf(&b, "%040d", i);
		assert_int_equal(b.len, before + (r == 0 ? 40 : 0));
		assert_int_equal(strlen(buf_str(&b)), b.len);
	}
	if (r < 0)
		return r;
	free(buf_take(&b));
	s = buf_take(&b);
	free(s);
	return s ? 0 : -ENOMEM;
}

static void
buf_without_memory(void **state)
{
	assert_true(alloc_fail_sweep(buf_once, NULL) > 5);
}

/* ---- err ---- */

static void
err_sentences(void **state)
{
	struct err err = ERR_NONE;

	assert_int_equal(err_set(&err, -EINVAL, "%s is %d", "x", 3), -EINVAL);
	assert_string_equal(err.msg, "x is 3");
	assert_int_equal(err.code, -EINVAL);
	err.http_status = 409;
	assert_int_equal(err_prefix(&err, "users/%s", "a"), -EINVAL);
	assert_string_equal(err.msg, "users/a: x is 3");
	assert_int_equal(err.http_status, 409);
	assert_int_equal(err_nomem(&err), -ENOMEM);
	assert_int_equal(err_set(NULL, -EPERM, "x"), -EPERM);
	assert_int_equal(err_nomem(NULL), -ENOMEM);
	assert_true(err_prefix(NULL, "x") < 0);
}

static void
err_cuts_at_characters(void **state)
{
	static const char *const units[] = {
	    "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
	char text[2 * ERR_MSG_BYTES];
	size_t i, shift;

	for (i = 0; i < N(units); i++)
		for (shift = 0; shift < 4; shift++) {
			struct err err = ERR_NONE;
			size_t n = shift;

			memset(text, '.', shift);
			text[shift] = '\0';
			while (n < ERR_MSG_BYTES + 10) {
				strcat(text, units[i]);
				n += strlen(units[i]);
			}
			err_set(&err, -EIO, "%s", text);
			assert_true(text_is_utf8(err.msg, strlen(err.msg)));
			assert_in_range(strlen(err.msg), ERR_MSG_BYTES - 5,
			    ERR_MSG_BYTES - 1);
			err_prefix(&err, "%.100s", text + shift);
			assert_in_range(strlen(err.msg), ERR_MSG_BYTES - 5,
			    ERR_MSG_BYTES - 1);
		}
}

/* ---- text ---- */

static void
text_pieces(void **state)
{
	char s[] = "AbZ-\xc3\x89";
	char *copy = text_dup("x"), *printed = text_printf("%s%d", "a", 1);

	text_lower(s);
	assert_string_equal(s, "abz-\xc3\x89");
	assert_string_equal(copy, "x");
	text_done(&copy);
	text_done(&copy);
	assert_null(text_dup(NULL));
	assert_string_equal(printed, "a1");
	free(printed);
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_equal("a", "a"));
	assert_true(text_starts("abc", "ab"));
	assert_false(text_starts("a", "ab"));
	assert_true(text_ends("abc", "bc"));
	assert_true(text_ends("abc", ""));
	assert_false(text_ends("c", "bc"));
}

static void
broken_patterns_are_told(void **state)
{
	static const struct {
		const char *pattern, *fault; /* NULL: it is fine */
	} rows[] = {
	    {"*@board.example.com", NULL},
	    {"ceo@*", NULL},
	    {"kim*", NULL},
	    {"*", NULL},
	    {"[ab]@x", NULL},
	    {"[!]]@x", NULL},
	    {"[]a]@x", NULL},
	    {"[[:alpha:]]@x", NULL},
	    {"[a\\]]@x", NULL},
	    {"\\[a@x", NULL},
	    {"[a", "a [ without"},
	    {"[]@x", "a [ without"},
	    {"[^]@x", "a [ without"},
	    {"a@[[:alpha:]", "a [ without"},
	    {"[a\\", "a [ without"},
	    {"a@x\\", "nothing behind its last"},
	    {"*a*b*c*d*", "more than 4"},
	    {"ceo", "no @ and no *"},
	    {"", "no @ and no *"},
	    {"@x", "nothing before its @"},
	    {"a@", "nothing behind its @"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = pattern_address_fault(rows[i].pattern);

		if (!rows[i].fault != !got ||
		    (got && !strstr(got, rows[i].fault)))
			fail_msg("%s: %s", rows[i].pattern, got ? got : "fine");
	}
	assert_null(pattern_fault("gotowebinar"));
}

static void
numbers_have_a_ceiling(void **state)
{
	int64_t n = -1;

	assert_null(text_number("", 9, &n));
	assert_null(text_number("-1", 9, &n));
	assert_null(text_number(" 1", 9, &n));
	assert_null(text_number("6", 5, &n));
	assert_null(text_number("10", 9, &n));
	assert_null(text_number("9223372036854775808", INT64_MAX, &n));
	assert_int_equal(n, -1);
	assert_string_equal(text_number("5%", 5, &n), "%");
	assert_int_equal(n, 5);
	assert_string_equal(text_number("007", 9, &n), "");
	assert_int_equal(n, 7);
	assert_string_equal(
	    text_number("9223372036854775807s", INT64_MAX, &n), "s");
	assert_true(n == INT64_MAX);
}

static void
utf8_is_told_from_bytes(void **state)
{
	static const char *const good[] = {"", "a", "\xc3\xa9", "\xe2\x82\xac",
	    "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf", "a\xc3\xa9z"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xc3", "\xc3z", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
	    "\xf5\x80\x80\x80", "\xff"};
	size_t i;

	for (i = 0; i < N(good); i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (i = 0; i < N(bad); i++) {
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
		assert_int_equal(text_utf8_n(bad[i], strlen(bad[i])), 0);
	}
	assert_int_equal(text_utf8_n("", 0), 0);
	assert_int_equal(text_utf8_n("\xe2\x82\xac!", 4), 3);
	assert_true(text_is_utf8("a\0b", 3));
}

static void
every_code_point_is_measured(void **state)
{
	char utf8[4];
	uint32_t c;

	for (c = 0; c <= 0x10ffff; c++) {
		size_t n = random_put_utf8(utf8, c);

		assert_int_equal(
		    text_utf8_n(utf8, n), c >= 0xd800 && c < 0xe000 ? 0 : n);
	}
}

static void
strv_lists(void **state)
{
	char **v = NULL, **copy, *joined;

	assert_int_equal(strv_n(NULL), 0);
	assert_false(strv_has(NULL, "a"));
	assert_int_equal(strv_add(&v, "a"), 0);
	assert_int_equal(strv_add(&v, "b"), 0);
	assert_int_equal(strv_n(v), 2);
	assert_true(strv_has(v, "b"));
	assert_false(strv_has(v, "B"));
	copy = strv_dup(v);
	assert_true(strv_equal(v, copy));
	assert_int_equal(strv_add(&copy, "c"), 0);
	assert_false(strv_equal(v, copy));
	assert_false(strv_same_set(v, copy));
	assert_false(strv_same_set(copy, v));
	joined = strv_join(copy, ", ");
	assert_string_equal(joined, "a, b, c");
	free(joined);
	strv_done(&copy);
	assert_null(copy);
	assert_null(strv_dup(NULL));
	joined = strv_join(NULL, ",");
	assert_string_equal(joined, "");
	free(joined);
	assert_true(strv_equal(NULL, NULL));
	assert_true(strv_same_set(NULL, NULL));
	strv_free(v);
	strv_free(NULL);
}

static void
strv_sets_ignore_order(void **state)
{
	char *a[] = {(char *)"x", (char *)"y", (char *)"x", NULL};
	char *b[] = {(char *)"y", (char *)"x", NULL};

	assert_true(strv_same_set(a, b));
	assert_false(strv_equal(a, b));
}

static void
strv_long_lists(void **state)
{
	char **v = NULL, text[16];
	size_t n = 0, i;

	for (i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		assert_int_equal(strv_add_n(&v, &n, text), 0);
		assert_int_equal(n, i + 1);
		assert_null(v[n]);
	}
	assert_string_equal(v[4999], "4999");
	strv_free(v);
}

static void
strv_splits(void **state)
{
	static const char *const rows[][2] = {
	    {"a,b", "a|b"},
	    {" a , b ;c,", "a|b|c"},
	    {",,", ""},
	    {"", ""},
	    {"\ta b\t", "a b"},
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		char **v = strv_split(rows[i][0], ",;");
		char *joined = strv_join(v, "|");

		assert_string_equal(joined, rows[i][1]);
		free(joined);
		strv_free(v);
	}
	assert_null(strv_split(NULL, ","));
}

static int
strv_once(void *ctx)
{
	AUTO(strv_done) char **v = NULL;
	AUTO(strv_done) char **copy = NULL;
	AUTO(strv_done) char **split = NULL;
	AUTO(text_done) char *joined = NULL;
	size_t n = 0;
	int i;

	for (i = 0; i < 5; i++)
		if (strv_add_n(&v, &n, "x") < 0 || strv_n(v) != n)
			return -ENOMEM;
	if (strv_add(&v, "y") < 0)
		return strv_n(v) == n ? -ENOMEM : -EIO;
	copy = strv_dup(v);
	split = copy ? strv_split("a,b,c", ",") : NULL;
	joined = split ? strv_join(split, ",") : NULL;
	return joined ? 0 : -ENOMEM;
}

static void
strv_without_memory(void **state)
{
	assert_true(alloc_fail_sweep(strv_once, NULL) > 10);
}

/* ---- map ---- */

struct entry {
	uint32_t key;
	struct map_link link;
	bool in;
};

static struct entry *
entry_find(const struct map *m, uint32_t key, uint64_t hash)
{
	struct map_link *l;

	for (l = map_first(m, hash); l; l = map_next(l))
		if (map_entry(l, struct entry, link)->key == key)
			return map_entry(l, struct entry, link);
	return NULL;
}

static size_t
map_count(const struct map *m)
{
	struct map_link *l = NULL;
	size_t n = 0;

	while ((l = map_walk(m, l)))
		n++;
	return n;
}

/* few: so few hashes that most collide */
static void
map_as_a_set(bool few)
{
	static struct entry entries[1000];
	struct map m = MAP_NONE;
	size_t in = 0;
	int i;

	memset(entries, 0, sizeof(entries));
	assert_null(map_first(&m, 1));
	assert_null(map_walk(&m, NULL));
	for (i = 0; i < 50000; i++) {
		struct entry *e = &entries[random_below(N(entries))];
		uint64_t hash;

		e->key = (uint32_t)(e - entries);
		hash = few ? e->key % 7 : map_hash_u64(e->key);
		assert_ptr_equal(
		    entry_find(&m, e->key, hash), e->in ? e : NULL);
		if (e->in)
			map_remove(&m, &e->link);
		else
			assert_int_equal(map_add(&m, &e->link, hash), 0);
		e->in = !e->in;
		in += e->in ? 1 : (size_t)-1;
		assert_int_equal(m.n, in);
		if (i % 1000 == 0)
			assert_int_equal(map_count(&m), in);
	}
	map_done(&m);
	assert_int_equal(m.n, 0);
}

static void
map_finds_what_is_in(void **state)
{
	map_as_a_set(false);
	map_as_a_set(true);
}

static void
map_hashes(void **state)
{
	assert_true(map_hash_str("ab", 1) == map_hash_bytes("ab", 2, 1));
	assert_true(map_hash_str("ab", 1) != map_hash_str("ab", 2));
	assert_true(map_hash_str("ab", 1) != map_hash_str("ba", 1));
	assert_true(map_hash_u64(1) != map_hash_u64(2));
}

static int
map_once(void *ctx)
{
	static struct entry entries[200];
	struct map m = MAP_NONE;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < N(entries); i++)
		r = map_add(&m, &entries[i].link, i);
	for (i = 0; r == 0 && i < N(entries); i++)
		assert_ptr_equal(map_first(&m, i), &entries[i].link);
	map_done(&m);
	return r;
}

static void
map_without_memory(void **state)
{
	/* only the first table is needed; later ones make it faster */
	assert_true(alloc_fail_sweep_lenient(map_once, NULL) >= 3);
}

/* ---- clock ---- */

static int64_t
test_wall_ns(void)
{
	return INT64_C(1700000000123456789);
}

static int64_t
test_boot_ms(void)
{
	return 4711;
}

static void
times_are_written_as_iso(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {999, "1970-01-01T00:00:00Z"},
	    {-1, "1969-12-31T23:59:59Z"},
	    {INT64_C(1709208000000), "2024-02-29T12:00:00Z"},
	    {INT64_MAX, "292278994-08-17T07:12:55Z"},
	    {INT64_MIN, "-292275055-05-16T16:47:04Z"},
	};
	char text[CLOCK_ISO_BYTES];
	size_t i;

	for (i = 0; i < N(rows); i++)
		assert_string_equal(clock_iso(rows[i].ms, text), rows[i].text);
}

static void
clocks_can_be_replaced(void **state)
{
	static const struct clock_source source = {test_wall_ns, test_boot_ms};
	int64_t before;

	clock_set_source(&source);
	assert_true(clock_wall_ns() == INT64_C(1700000000123456789));
	assert_true(clock_wall_ms() == INT64_C(1700000000123));
	assert_int_equal(clock_boot_ms(), 4711);
	clock_set_source(NULL);
	assert_true(clock_wall_ms() > INT64_C(1700000000123));
	before = clock_boot_ms();
	clock_sleep_ms(0);
	clock_sleep_ms(-5);
	clock_sleep_ms(2);
	assert_true(clock_boot_ms() >= before + 2);
}

/* ---- log ---- */

/* What one line makes of stderr. */
static void
log_capture(const char *text, char *ret, size_t size)
{
	int saved = dup(STDERR_FILENO), fd[2];
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	assert_true(dup2(fd[1], STDERR_FILENO) >= 0);
	log_warn("%s", text);
	log_debug("%s", "not shown");
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(fd[1]);
	n = read(fd[0], ret, size - 1);
	close(fd[0]);
	assert_true(n >= 0);
	ret[n] = '\0';
}

static void
log_writes_one_line(void **state)
{
	char line[256];

	unsetenv("JOURNAL_STREAM");
	log_open(LOG_TO_STDERR, LOG_LEVEL_WARN);
	log_capture("plain", line, sizeof(line));
	assert_string_equal(line, "gotofs: plain\n");
	log_capture("two\n<0>lines\x1b[2J", line, sizeof(line));
	assert_string_equal(line, "gotofs: two <0>lines [2J\n");
}

/* To the journal alone, not to every stderr of whoever inherits the variable.
 */
static void
log_tells_the_journal_its_priority(void **state)
{
	char line[256], stream[64];
	int fd[2], saved = dup(STDERR_FILENO);
	struct stat st;
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(fstat(fd[1], &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(LOG_TO_STDERR, LOG_LEVEL_WARN);
	log_capture("plain", line, sizeof(line));
	assert_string_equal(line, "gotofs: plain\n");
	assert_true(dup2(fd[1], STDERR_FILENO) >= 0);
	log_open(LOG_TO_STDERR, LOG_LEVEL_WARN);
	log_warn("to the journal");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	n = read(fd[0], line, sizeof(line) - 1);
	assert_true(n > 0);
	line[n] = '\0';
	assert_string_equal(line, "<4>to the journal\n");
	unsetenv("JOURNAL_STREAM");
	log_open(LOG_TO_STDERR, LOG_LEVEL_WARN);
	close(saved);
	close(fd[0]);
	close(fd[1]);
}

/* ---- secret ---- */

static void
secret_write(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
secrets_are_redacted(void **state)
{
	static const struct {
		const char *secret, *text, *want;
	} rows[] = {
	    {"some-pat", "your some-pat, some-pat!",
		"your ********, ********!"},
	    {"secret", "client_secret", "client_secret"},
	    {"0123456789abcdefghij", "no 0123456789abcdefghij here",
		"no ******************** here"},
	    /* cut, from either end */
	    {"0123456789abcdefghij", "no 0123456789ab...",
		"no ************..."},
	    {"0123456789abcdefghij", "...89abcdefghij", "...************"},
	    /* so little may be chance */
	    {"0123456789abcdefghij", "9abcdefghij", "9abcdefghij"},
	    {"0123456789abcdefghij", "", ""},
	    {"", "all of it", "all of it"},
	    {NULL, "all of it", "all of it"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].text);
		secret_redact(text, rows[i].secret);
		assert_string_equal(text, rows[i].want);
	}
	secret_redact(NULL, "pat");
}

static void
secrets_are_read(void **state)
{
	static char text[9000];
	char path[] = TEST_TMP "/gotofs-secret-XXXXXX", *secret = NULL;
	struct err err = ERR_NONE;

	assert_non_null(mkdtemp(path));
	assert_int_equal(secret_read_file(path, &secret, &err), -EINVAL);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(secret_read_file(path, &secret, &err), -ENOENT);
	assert_true(text_starts(err.msg, path));

	secret_write(path, "s3cret\r\nmore\n", 13, 0600);
	assert_int_equal(secret_read_file(path, &secret, &err), 0);
	assert_string_equal(secret, "s3cret");
	secret_done(&secret);
	assert_null(secret);

	secret_write(path, "\n", 1, 0600);
	assert_int_equal(secret_read_file(path, &secret, &err), -EINVAL);
	memset(text, 'x', sizeof(text));
	secret_write(path, text, sizeof(text), 0600);
	assert_int_equal(secret_read_file(path, &secret, &err), -EFBIG);
	assert_null(secret);
	assert_int_equal(unlink(path), 0);
}

static void
secrets_of_others_are_refused(void **state)
{
	static const mode_t open_modes[] = {0640, 0604, 0660, 0610, 0644};
	static const mode_t closed_modes[] = {0600, 0400, 0700};
	char path[] = TEST_TMP "/gotofs-secret-XXXXXX";
	size_t i;

	close(mkstemp(path));
	for (i = 0; i < N(open_modes); i++) {
		struct err err = ERR_NONE;
		char *secret = NULL;

		secret_write(path, "x", 1, open_modes[i]);
		assert_int_equal(secret_read_file(path, &secret, &err), -EPERM);
		assert_non_null(strstr(err.msg, "chmod 600"));
		assert_null(secret);
		unlink(path);
	}
	for (i = 0; i < N(closed_modes); i++) {
		char *secret = NULL;

		secret_write(path, "x", 1, closed_modes[i]);
		assert_int_equal(secret_read_file(path, &secret, NULL), 0);
		secret_free(secret);
		unlink(path);
	}
}

static void
secrets_are_wiped(void **state)
{
	char bytes[4] = "abc";

	secret_wipe(bytes, sizeof(bytes));
	assert_memory_equal(bytes, "\0\0\0\0", 4);
	secret_wipe(NULL, 4);
	secret_free(NULL);
	assert_null(secret_dup(NULL));
}

static int
secret_once(void *ctx)
{
	AUTO(secret_done) char *secret = NULL;

	return secret_read_file(ctx, &secret, NULL);
}

static void
secrets_without_memory(void **state)
{
	char path[] = TEST_TMP "/gotofs-secret-XXXXXX";

	close(mkstemp(path));
	secret_write(path, "x", 1, 0600);
	assert_int_equal(alloc_fail_sweep(secret_once, path), 1);
	unlink(path);
}

/* ---- files ---- */

#define FILE_TEST_BYTES 40000 /* more than one piece */

static int
file_once(void *ctx)
{
	AUTO(buf_done) struct buf b = BUF_MAX(FILE_TEST_BYTES);

	return file_read(ctx, &b);
}

static void
files_are_read_up_to_a_ceiling(void **state)
{
	AUTO(buf_done) struct buf all = BUF_MAX(FILE_TEST_BYTES);
	AUTO(buf_done) struct buf less = BUF_MAX(FILE_TEST_BYTES - 1);
	AUTO(buf_done) struct buf proc = BUF_MAX(FILE_TEST_BYTES);
	char path[] = TEST_TMP "/gotofs-file-XXXXXX";
	char text[FILE_TEST_BYTES];
	int fd = mkstemp(path);

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '.';
	assert_int_equal(file_write_all(fd, text, sizeof(text)), 0);
	close(fd);
	assert_int_equal(file_read(path, &all), 0);
	assert_int_equal(all.len, sizeof(text));
	assert_memory_equal(all.data, text, sizeof(text));
	assert_int_equal(file_read(path, &less), -EFBIG);
	assert_true(alloc_fail_sweep(file_once, path) > 0);
	unlink(path);
	/* of unknown size; appended to what is there */
	assert_int_equal(buf_puts(&proc, "of "), 0);
	assert_int_equal(file_read("/proc/sys/kernel/ostype", &proc), 0);
	assert_string_equal(buf_str(&proc), "of Linux\n");
	assert_int_equal(file_read("/proc/nobody", &proc), -ENOENT);
	assert_int_equal(file_read("/proc", &proc), -EISDIR);
	assert_int_equal(file_read_all(-1, &proc), -EBADF);
}

/* ---- mountinfo ---- */

static void
mounts_are_read_line_by_line(void **state)
{
	char text[] = "22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/a rw\n"
		      "a broken line\n"
		      "31 22 0:26 /a\\134b /mnt/with\\040blank rw shared:9 "
		      "master:3 - fuse.gotofs a\\040b rw\n"
		      "32 22 none / /mnt rw - tmpfs tmpfs rw\n"
		      "33 22 0:27 / /mnt/short rw - \n";
	char *rest = text;
	struct mountinfo m;

	assert_true(mountinfo_next(&rest, &m));
	assert_int_equal(m.major, 259);
	assert_int_equal(m.minor, 2);
	assert_string_equal(m.mountpoint, "/");
	assert_string_equal(m.fstype, "ext4");
	assert_string_equal(m.source, "/dev/a");
	assert_true(mountinfo_next(&rest, &m));
	assert_int_equal(m.major, 0);
	assert_int_equal(m.minor, 26);
	assert_string_equal(m.root, "/a\\b");
	assert_string_equal(m.mountpoint, "/mnt/with blank");
	assert_string_equal(m.fstype, "fuse.gotofs");
	assert_string_equal(m.source, "a b");
	assert_false(mountinfo_next(&rest, &m));
	assert_false(mountinfo_next(&rest, &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(broken_patterns_are_told),
	    cmocka_unit_test(buf_grows_up_to_its_ceiling),
	    cmocka_unit_test(buf_ceilings_at_the_edges),
	    cmocka_unit_test(buf_changes),
	    cmocka_unit_test(buf_as_an_array),
	    cmocka_unit_test(buf_without_memory),
	    cmocka_unit_test(err_sentences),
	    cmocka_unit_test(err_cuts_at_characters),
	    cmocka_unit_test(text_pieces),
	    cmocka_unit_test(numbers_have_a_ceiling),
	    cmocka_unit_test(utf8_is_told_from_bytes),
	    cmocka_unit_test(every_code_point_is_measured),
	    cmocka_unit_test(strv_lists),
	    cmocka_unit_test(strv_sets_ignore_order),
	    cmocka_unit_test(strv_long_lists),
	    cmocka_unit_test(strv_splits),
	    cmocka_unit_test(strv_without_memory),
	    cmocka_unit_test(map_finds_what_is_in),
	    cmocka_unit_test(map_hashes),
	    cmocka_unit_test(map_without_memory),
	    cmocka_unit_test(clocks_can_be_replaced),
	    cmocka_unit_test(times_are_written_as_iso),
	    cmocka_unit_test(log_writes_one_line),
	    cmocka_unit_test(log_tells_the_journal_its_priority),
	    cmocka_unit_test(secrets_are_redacted),
	    cmocka_unit_test(secrets_are_read),
	    cmocka_unit_test(secrets_of_others_are_refused),
	    cmocka_unit_test(secrets_are_wiped),
	    cmocka_unit_test(secrets_without_memory),
	    cmocka_unit_test(files_are_read_up_to_a_ceiling),
	    cmocka_unit_test(mounts_are_read_line_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
