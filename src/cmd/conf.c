/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"
#include "gotofs/http.h"
#include "gotofs/text.h"
#include "value.h"

#define CONF_FILE_BYTES 65536
#define CONF_HISTORY_MAX 3650
#define CONF_DAY_MS (INT64_C(24) * 3600 * 1000)

/* Paths are put behind it. */
static int
conf_check_server(const char *text, struct err *err)
{
	if (strpbrk(text, "?#"))
		return err_set(err, -EINVAL,
		    "\"%s\" is not the address of a server: no ? and no #",
		    text);
	return http_check_url(text, err);
}

static int
conf_check_history(const char *text, struct err *err)
{
	long ignored;

	return value_number(text, CONF_HISTORY_MAX, "days", &ignored, err);
}

/* Sections in the order of DESIGN 7; a key's row tells where it goes. */
static const struct conf_key {
	const char *section;
	const char *name;
	size_t offset;
	int (*check)(const char *value, struct err *err);
	bool is_path;	      /* as seen from the profile's folder */
	const char *fallback; /* when absent */
} conf_keys[] = {
#define KEY(section, name, field, ...)                                         \
	{                                                                      \
		section, name, offsetof(struct conf, field), __VA_ARGS__       \
	}
    KEY("tenant", "account_key", account_key, value_check_digits, false, NULL),
    KEY("tenant", "api_url", api_url, conf_check_server, false,
	"https://api.getgo.com"),
    KEY("tenant", "connect_url", connect_url, conf_check_server, false,
	"https://api.goto.com"),
    KEY("tenant", "auth_url", auth_url, conf_check_server, false,
	"https://authentication.logmeininc.com"),
    KEY("tenant", "ca_file", ca_file, value_check_text, true, NULL),
    KEY("tenant", "state_dir", state_dir, value_check_text, true, NULL),
    KEY("tenant", "history_days", history_days, conf_check_history, false,
	"30"),
    KEY("auth", "client_id", client_id, value_check_text, false, NULL),
    KEY("auth", "client_secret_file", client_secret_file, value_check_text,
	true, NULL),
    KEY("auth", "pat_file", pat_file, value_check_text, true, NULL),
    KEY("auth", "refresh_token_file", refresh_token_file, value_check_text,
	true, NULL),
    KEY("auth", "token_key", token_key, value_check_text, false, NULL),
    KEY("auth", "redirect_url", redirect_url, http_check_url, false,
	"http://localhost:7391/callback"),
    KEY("guard", "protect", protect, value_check_list, false, NULL),
    KEY("guard", "max_removals", max_removals, value_check_limit, false, NULL),
    KEY("invite", "send_mail", send_mail, value_check_yes_no, false, NULL),
    KEY("invite", "subject", mail_subject, value_check_text, false, NULL),
    KEY("invite", "text", mail_text, value_check_text, false, NULL),
    KEY("journal", "max_size", journal_max_size, value_check_bytes, false,
	"64M"),
    KEY("activity", "products", activity_products, conf_check_products, false,
	"all"),
    KEY("activity", "window", activity_window, conf_check_window, false, "90"),
    KEY("activity", "every", activity_every, conf_check_every, false, "24"),
    KEY("activity", "rate", activity_rate, conf_check_rate, false, "4"),
    KEY("reports", "prices_file", prices_file, value_check_text, true, NULL),
#undef KEY
};
#define CONF_KEYS_N (sizeof(conf_keys) / sizeof(conf_keys[0]))
_Static_assert(
    CONF_KEYS_N <= sizeof(((struct conf *)0)->lines) / sizeof(int), "lines");

static char **
conf_field(struct conf *c, const struct conf_key *key)
{
	return (char **)(void *)((char *)c + key->offset);
}

/* The words allowed: the keys of a section, or (NULL) the sections. */
static const char *
conf_known(const char *section, struct buf *out)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < CONF_KEYS_N; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (section ? strcmp(k->section, section) != 0
			    : strcmp(k->section, last) == 0)
			continue;
		last = k->section;
		if (buf_printf(out, section ? "%s%s" : "%s[%s]",
			out->len ? ", " : "",
			section ? k->name : k->section) < 0)
			break;
	}
	return buf_str(out);
}

static int
conf_unknown(const struct conf_line *line, struct err *err)
{
	AUTO(buf_done) struct buf known = BUF_MAX(1024);

	if (!line->key)
		return err_set(err, -EINVAL,
		    "unknown section [%s]; known are %s", line->section,
		    conf_known(NULL, &known));
	if (!*line->section)
		return err_set(err, -EINVAL,
		    "\"%s\" stands before the first section; known are %s",
		    line->key, conf_known(NULL, &known));
	return err_set(err, -EINVAL, "unknown key \"%s\" in [%s]; known are %s",
	    line->key, line->section, conf_known(line->section, &known));
}

static const struct conf_key *
conf_find(const struct conf_line *line)
{
	size_t i;

	for (i = 0; i < CONF_KEYS_N; i++) {
		const struct conf_key *k = &conf_keys[i];

		if (strcmp(k->section, line->section) == 0 &&
		    (!line->key || strcmp(k->name, line->key) == 0))
			return k;
	}
	return NULL;
}

static int
conf_take(void *ctx, const struct conf_line *line, struct err *err)
{
	struct conf *c = ctx;
	const struct conf_key *key = conf_find(line);
	char **field;
	int *at;

	if (!key)
		return conf_unknown(line, err);
	if (!line->key)
		return 0;
	field = conf_field(c, key);
	at = &c->lines[key - conf_keys];
	if (*at)
		return err_set(err, -EINVAL,
		    "\"%s\" is given twice, first in line %d", line->key, *at);
	if (key->check(line->value, err) < 0)
		return err_prefix(err, "%s", line->key);
	free(*field);
	*field = key->is_path ? conf_path_beside(line->file, line->value)
			      : text_dup(line->value);
	*at = line->number;
	return *field ? 0 : err_nomem(err);
}

static int
conf_fallbacks(struct conf *c, struct err *err)
{
	size_t i;

	for (i = 0; i < CONF_KEYS_N; i++) {
		char **field = conf_field(c, &conf_keys[i]);

		if (*field || !conf_keys[i].fallback)
			continue;
		*field = text_dup(conf_keys[i].fallback);
		if (!*field)
			return err_nomem(err);
	}
	return 0;
}

/* What no single line can tell. */
static int
conf_check(const struct conf *c, struct err *err)
{
	if (!c->client_id)
		return err_set(
		    err, -EINVAL, "%s: [auth] client_id is missing", c->file);
	if (c->pat_file && c->refresh_token_file)
		return err_set(err, -EINVAL,
		    "%s: [auth] has both pat_file and refresh_token_file; "
		    "leave one out",
		    c->file);
	return 0;
}

/* A profile names the server that gets the token: nobody else may write it. */
static int
conf_check_file(int fd, const char *file, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: not a regular file", file);
	if (st.st_size > CONF_FILE_BYTES)
		return err_set(err, -EFBIG, "%s: larger than %d bytes", file,
		    CONF_FILE_BYTES);
	if (st.st_mode & S_IWOTH)
		return err_set(err, -EPERM,
		    "%s: anybody may write this profile; run: chmod o-w %s",
		    file, file);
	return 0;
}

static int
conf_read(const char *file, struct buf *out, struct err *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return err_set(err, -errno, "%s: %s", file, strerror(errno));
	r = conf_check_file(fd, file, err);
	if (r == 0 && (r = file_read_all(fd, out)) < 0)
		err_set(err, r, "%s: %s", file, strerror(-r));
	close(fd);
	return r;
}

static int
conf_parse(struct conf *c, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(CONF_FILE_BYTES + 1);
	int r = conf_read(c->file, &text, err);

	if (r == 0 && text.len > 0)
		r = conf_ini_parse(
		    c->file, text.data, text.len, conf_take, c, err);
	if (r == 0)
		r = conf_fallbacks(c, err);
	return r < 0 ? r : conf_check(c, err);
}

int
conf_load(const char *profile, struct conf *ret, struct err *err)
{
	AUTO(conf_done) struct conf c = CONF_NONE;
	const struct conf empty = CONF_NONE;
	int r;

	r = conf_path_find(profile, &c.file, &c.name, &c.state_dir, err);
	if (r == 0)
		r = conf_parse(&c, err);
	if (r == 0) {
		c.prices_beside = conf_path_beside(c.file, "prices.csv");
		r = c.prices_beside ? 0 : err_nomem(err);
	}
	if (r < 0)
		return r;
	*ret = c;
	c = empty;
	return 0;
}

void
conf_done(struct conf *c)
{
	size_t i;

	for (i = 0; i < CONF_KEYS_N; i++)
		text_done(conf_field(c, &conf_keys[i]));
	text_done(&c->name);
	text_done(&c->file);
	text_done(&c->prices_beside);
}

bool
conf_has_login(const struct conf *c)
{
	return !c->pat_file && !c->refresh_token_file;
}

char *
conf_login_path(const struct conf *c)
{
	return text_printf("%s/token", c->state_dir);
}

int64_t
conf_history_ms(const struct conf *c)
{
	struct err ignored = ERR_NONE;
	long days = 0;

	value_number(
	    c->history_days, CONF_HISTORY_MAX, "days", &days, &ignored);
	return days * CONF_DAY_MS;
}

int64_t
conf_journal_max_bytes(const struct conf *c)
{
	struct err ignored = ERR_NONE;
	int64_t bytes = 0;

	value_bytes(c->journal_max_size, &bytes, &ignored);
	return bytes;
}

bool
conf_send_mail(const struct conf *c)
{
	bool yes = true;
	struct err ignored = ERR_NONE;

	if (c->send_mail)
		value_yes_no(c->send_mail, &yes, &ignored);
	return yes;
}
