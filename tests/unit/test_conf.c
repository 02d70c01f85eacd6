/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/text.h"
#include "key.h"

#define MINIMAL "[auth]\nclient_id = id\npat_file = p\n"

static char dir[] = TEST_TMP "/test_conf.XXXXXX";

/* dir/NAME, in one of four turns */
static const char *
in_dir(const char *name)
{
	static char paths[4][256];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", dir, name);
	return paths[turn];
}

static const char *
put(const char *name, const char *text)
{
	const char *path = in_dir(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return path;
}

static int
make_dirs(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	mkdir(in_dir("gotofs"), 0700);
	setenv("XDG_CONFIG_HOME", dir, 1);
	setenv("XDG_STATE_HOME", in_dir("state"), 1);
	return 0;
}

static int
remove_dirs(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void
everything_is_read(void **state)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	struct err err = ERR_NONE;

	put("gotofs/work.conf", "; a comment\n"
				"# another\n"
				"[tenant]\r\n"
				"account_key = 900000000000000001   ; of /me\n"
				"api_url=http://127.0.0.1:8080\n"
				"connect_url = http://localhost:1\n"
				"auth_url = https://auth.example.com # new\n"
				"state_dir = ../elsewhere\n"
				"history_days = 7\n"
				"  [ auth ]  ; tokens\n"
				"client_id = a;b\n"
				"client_secret_file = /etc/secret\n"
				"pat_file = work.pat\n"
				"[guard]\n"
				"protect = ceo@*, *@board.example.com\n"
				"max_removals = 10%\n"
				"[journal]\n"
				"max_size = 8M\n"
				"[invite]\n"
				"send_mail = no\n"
				"subject = \"Room # 5; hello\" ; quoted\n"
				"text = \"Dear \\\"all\\\",\\nbye \\\\\"\n");
	assert_int_equal(conf_load("work", &c, &err), 0);
	assert_string_equal(c.name, "work");
	assert_string_equal(c.file, in_dir("gotofs/work.conf"));
	assert_string_equal(c.account_key, "900000000000000001");
	assert_string_equal(c.api_url, "http://127.0.0.1:8080");
	assert_string_equal(c.connect_url, "http://localhost:1");
	assert_string_equal(c.auth_url, "https://auth.example.com");
	assert_string_equal(c.state_dir, in_dir("gotofs/../elsewhere"));
	assert_string_equal(c.client_id, "a;b");
	assert_string_equal(c.client_secret_file, "/etc/secret");
	assert_string_equal(c.pat_file, in_dir("gotofs/work.pat"));
	assert_null(c.refresh_token_file);
	assert_string_equal(c.protect, "ceo@*, *@board.example.com");
	assert_string_equal(c.max_removals, "10%");
	assert_int_equal(conf_journal_max_bytes(&c), 8 << 20);
	assert_int_equal(conf_history_ms(&c), 7 * 86400000);
	assert_false(conf_send_mail(&c));
	assert_string_equal(c.mail_subject, "Room # 5; hello");
	assert_string_equal(c.mail_text, "Dear \"all\",\nbye \\");
}

static void
other_editors_are_fine(void **state)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	struct err err = ERR_NONE;

	put("gotofs/other.conf", "\xef\xbb\xbf[auth]\r\nclient_id = id\r\n");
	assert_int_equal(conf_load("other", &c, &err), 0);
	assert_string_equal(c.client_id, "id");
}

static void
little_is_needed(void **state)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	struct err err = ERR_NONE;

	put("gotofs/small.conf", MINIMAL);
	assert_int_equal(conf_load("small", &c, &err), 0);
	assert_null(c.account_key);
	assert_string_equal(c.api_url, "https://api.getgo.com");
	assert_string_equal(c.connect_url, "https://api.goto.com");
	assert_string_equal(
	    c.auth_url, "https://authentication.logmeininc.com");
	assert_string_equal(c.state_dir, in_dir("state/gotofs/small"));
	assert_true(conf_send_mail(&c));
	assert_null(c.protect);
	assert_null(c.max_removals);
	assert_int_equal(conf_journal_max_bytes(&c), 64 << 20);
	assert_int_equal(conf_history_ms(&c), INT64_C(30) * 86400000);
}

/* Each: a profile, and what the refusal must say. */
static const struct {
	const char *text;
	const char *says;
} refusals[] = {
    {"key = 1\n", "x.conf:1: \"key\" stands before the first section"},
    {"[tennant]\n",
	"x.conf:1: unknown section [tennant]; known are [tenant], [auth], "
	"[guard], [invite]"},
    {"[auth]\n\nclientid = x\n",
	"x.conf:3: unknown key \"clientid\" in [auth]; known are client_id, "
	"client_secret_file, pat_file, refresh_token_file"},
    {"[auth]\nprotect = a\n", "x.conf:2: unknown key \"protect\" in [auth]"},
    {MINIMAL "client_id = b\n",
	"x.conf:4: \"client_id\" is given twice, first in line 2"},
    {"[auth]\nclient_id =\n", "x.conf:2: client_id: the value is empty"},
    {"[auth]\nclient_id\n",
	"x.conf:2: expected [section] or key = value: \"client_id\""},
    {"[auth\n", "x.conf:1: a section is [name]"},
    {"[auth] x\n", "x.conf:1: text behind the section: x"},
    {"[auth]\nclient_id = \"a\n", "x.conf:2: the closing quote is missing"},
    {"[auth]\nclient_id = \"a\" b\n",
	"x.conf:2: text behind the closing quote: b"},
    {"[auth]\nclient_id = \"a\\t\"\n", "x.conf:2: unknown escape"},
    {"[tenant]\naccount_key = 12x\n",
	"x.conf:2: account_key: \"12x\" is not a key: digits only"},
    {"[tenant]\nhistory_days = 0\n",
	"x.conf:2: history_days: \"0\" is not a number of days from 1 to "
	"3650"},
    {"[tenant]\napi_url = http://example.com\n", "x.conf:2: api_url: "},
    {"[tenant]\nauth_url = ftp://127.0.0.1\n", "x.conf:2: auth_url: "},
    {"[tenant]\napi_url = https://example.com/?a=b\n",
	"x.conf:2: api_url: \"https://example.com/?a=b\" is not the address of "
	"a "
	"server"},
    {"[tenant]\nauth_url = https://example.com#a\n", "x.conf:2: auth_url: "},
    {"[guard]\nmax_removals = 101%\n",
	"x.conf:2: max_removals: \"101%\" is neither a number of removals nor "
	"a percentage like 10%"},
    {"[guard]\nmax_removals = -1\n", "x.conf:2: max_removals: \"-1\""},
    {"[journal]\nmax_size = 4095\n",
	"x.conf:2: max_size: \"4095\" is not a size like 64M"},
    {"[journal]\nmax_size = 1T\n", "x.conf:2: max_size: \"1T\""},
    {"[journal]\nmax_size = 1MB\n", "x.conf:2: max_size: \"1MB\""},
    {"[journal]\nmax_size = -1K\n", "x.conf:2: max_size: \"-1K\""},
    {"[guard]\nprotect = ,\n", "x.conf:2: protect: no pattern given"},
    {"[guard]\nprotect = a b\n",
	"x.conf:2: protect: \"a b\" is not an address pattern"},
    {"[guard]\nprotect = [a\n",
	"x.conf:2: protect: \"[a\" is not an address pattern: it has a [ "
	"without its ]"},
    {"[guard]\nprotect = a@x, b\\\n",
	"x.conf:2: protect: \"b\\\" is not an address pattern: it has nothing "
	"behind its last \\"},
    {"[guard]\nprotect = ceo\n",
	"x.conf:2: protect: \"ceo\" is not an address pattern: it matches no "
	"address, for it has no @ and no *"},
    {"[guard]\nprotect = @example.com\n", "nothing before its @"},
    {"[guard]\nprotect = ceo@\n", "nothing behind its @"},
    {"[guard]\nprotect = *a*b*c*d*\n", "it has more than 4 *"},
    {"[guard]\nprotect = a@x;b@x\n", "separate them by commas"},
    {"[guard]\nmax_removals = 0%\n", "x.conf:2: max_removals: \"0%\" would let "
				     "3 removals go; to let nothing "
				     "go: 0"},
    {"[invite]\nsend_mail = perhaps\n",
	"x.conf:2: send_mail: \"perhaps\" is neither yes nor no"},
    {"[auth]\npat_file = p\n", "x.conf: [auth] client_id is missing"},
    {"[auth]\nredirect_url = http://example.com/cb\n",
	"x.conf:2: redirect_url"},
    {MINIMAL "refresh_token_file = r\n",
	"x.conf: [auth] has both pat_file and refresh_token_file"},
    {"", "x.conf: [auth] client_id is missing"},
    {"[auth]\nclient_id = \xff\n", "x.conf: not UTF-8 text"},
};

static void
mistakes_are_named(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct conf c = CONF_NONE;
		struct err err = ERR_NONE;

		put("gotofs/x.conf", refusals[i].text);
		assert_int_equal(conf_load("x", &c, &err), -EINVAL);
		if (!strstr(err.msg, refusals[i].says))
			fail_msg("\"%s\"\nsays:   %s\nshould: %s",
			    refusals[i].text, err.msg, refusals[i].says);
		assert_null(c.file);
	}
}

static void
names_are_checked(void **state)
{
	static const char *const bad[] = {"", ".", "..", ".x", "-f", "a b",
	    "a\nb", "\xc3\xa9", "x;y",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a"};
	struct conf c = CONF_NONE;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = ERR_NONE;

		assert_int_equal(conf_load(bad[i], &c, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "cannot be a profile's name"));
	}
}

static void
absence_is_told(void **state)
{
	struct conf c = CONF_NONE;
	struct err err = ERR_NONE;

	assert_int_equal(conf_load("none", &c, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no profile \"none\": "));
	assert_non_null(strstr(err.msg, "/gotofs/none.conf"));
	assert_int_equal(conf_load("./none", &c, &err), -ENOENT);
}

static void
a_path_is_a_file(void **state)
{
	AUTO(conf_done) struct conf a = CONF_NONE;
	AUTO(conf_done) struct conf b = CONF_NONE;
	struct err err = ERR_NONE;

	mkdir(in_dir("other"), 0700);
	put("work.conf", MINIMAL);
	put("other/work.conf", MINIMAL);
	assert_int_equal(conf_load(in_dir("work.conf"), &a, &err), 0);
	assert_int_equal(conf_load(in_dir("other/work.conf"), &b, &err), 0);
	assert_string_equal(a.name, "work");
	assert_string_equal(b.name, "work");
	assert_string_equal(a.pat_file, in_dir("p"));
	/* two files of one name never share their state */
	assert_string_not_equal(a.state_dir, b.state_dir);
	assert_true(text_starts(a.state_dir, in_dir("state/gotofs/work-")));
}

static void
odd_files_are_refused(void **state)
{
	struct conf c = CONF_NONE;
	struct err err = ERR_NONE;
	char *big = malloc(70001);

	assert_int_equal(conf_load(dir, &c, &err), -EINVAL);
	assert_non_null(big);
	memset(big, '\n', 70000);
	big[70000] = '\0';
	assert_int_equal(conf_load(put("big.conf", big), &c, &err), -EFBIG);
	free(big);
	put("open.conf", MINIMAL);
	assert_int_equal(chmod(in_dir("open.conf"), 0666), 0);
	assert_int_equal(conf_load(in_dir("open.conf"), &c, &err), -EPERM);
	assert_non_null(strstr(err.msg, "chmod o-w"));
}

static void
state_is_private(void **state)
{
	struct err err = ERR_NONE;
	struct stat st;

	assert_int_equal(conf_path_make_private(in_dir("a/b/c"), &err), 0);
	assert_int_equal(stat(in_dir("a/b/c"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(conf_path_make_private(in_dir("a/b/c"), &err), 0);
	assert_int_equal(chmod(in_dir("a/b/c"), 0750), 0);
	assert_int_equal(conf_path_make_private(in_dir("a/b/c"), &err), -EPERM);
	assert_non_null(strstr(err.msg, "chmod 700"));
	put("file", "");
	assert_int_equal(
	    conf_path_make_private(in_dir("file"), &err), -ENOTDIR);
	assert_int_equal(
	    conf_path_make_private(in_dir("file/x"), &err), -ENOTDIR);
}

/* ---- the key file ---- */

/* What the file system says to these; 0: what it really does. */
static int link_errno, rename_errno;

int
link(const char *from, const char *to)
{
	errno = link_errno;
	return link_errno ? -1 : linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
renameat2(
    int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
	errno = rename_errno;
	return rename_errno ? -1
			    : (int)syscall(SYS_renameat2, from_fd, from, to_fd,
				  to, flags);
}

static int
make_key(struct err *err)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	AUTO(key_done) struct key key = {0};

	put("gotofs/keyed.conf", "[auth]\nclient_id = a\n");
	assert_int_equal(conf_load("keyed", &c, err), 0);
	return key_get(&c, true, &key, err);
}

static void
a_key_is_made_where_there_are_no_hard_links(void **state)
{
	static const int no_links[] = {0, EPERM, EOPNOTSUPP, ENOSYS};
	AUTO(text_done) char *file = text_dup(in_dir("gotofs/keyed.key"));
	struct err err = ERR_NONE;
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(no_links) / sizeof(no_links[0]); i++) {
		link_errno = no_links[i];
		assert_int_equal(make_key(&err), 0);
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(st.st_nlink, 1);
		/* the one that is there stays */
		assert_int_equal(file_create(file, "x", 1, &err), -EEXIST);
		assert_int_equal(make_key(&err), 0);
		assert_int_equal(unlink(file), 0);
	}
	rename_errno = EINVAL;
	assert_int_equal(make_key(&err), -EOPNOTSUPP);
	assert_non_null(strstr(err.msg, "make the key with: (umask 077; "));
	assert_int_equal(access(file, F_OK), -1);
	link_errno = rename_errno = 0;
}

static int
load_once(void *ctx)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	struct err err = ERR_NONE;

	return conf_load(ctx, &c, &err);
}

static int
list_once(void *ctx)
{
	AUTO(strv_done) char **names = NULL;

	return conf_path_list(&names);
}

static void
names_are_listed(void **state)
{
	AUTO(strv_done) char **names = NULL;

	put("gotofs/listed.conf", MINIMAL);
	put("gotofs/listed.conf.bak", MINIMAL);
	put("gotofs/.conf", MINIMAL);
	put("gotofs/-odd.conf", MINIMAL);
	assert_int_equal(conf_path_list(&names), 0);
	assert_true(strv_has(names, "listed"));
	assert_false(strv_has(names, "listed.conf.bak"));
	assert_false(strv_has(names, ""));
	assert_false(strv_has(names, "-odd"));
	assert_true(alloc_fail_sweep(list_once, NULL) > 1);
}

static void
memory_may_end(void **state)
{
	put("gotofs/mem.conf",
	    MINIMAL "[guard]\nprotect = a@*, b@*\n[invite]\nsubject = x\n");
	assert_true(alloc_fail_sweep(load_once, (void *)"mem") > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_read),
	    cmocka_unit_test(other_editors_are_fine),
	    cmocka_unit_test(little_is_needed),
	    cmocka_unit_test(mistakes_are_named),
	    cmocka_unit_test(names_are_checked),
	    cmocka_unit_test(absence_is_told),
	    cmocka_unit_test(a_path_is_a_file),
	    cmocka_unit_test(odd_files_are_refused),
	    cmocka_unit_test(state_is_private),
	    cmocka_unit_test(a_key_is_made_where_there_are_no_hard_links),
	    cmocka_unit_test(names_are_listed),
	    cmocka_unit_test(memory_may_end),
	};

	return cmocka_run_group_tests(tests, make_dirs, remove_dirs);
}
