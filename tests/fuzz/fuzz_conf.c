/* SPDX-License-Identifier: MIT */
/* No profile, no list of options and no mountinfo breaks its parser; each
 * refusal has a sentence. */
#include <string.h>

#include "conf.h"
#include "find.h"
#include "fuzz.h"
#include "gotofs/err.h"
#include "gotofs/text.h"
#include "options.h"

static int
look_at(void *ctx, const struct conf_line *line, struct err *err)
{
	int *last = ctx;

	FUZZ_CHECK(line->number > *last && line->section);
	FUZZ_CHECK(!line->key == !line->value);
	FUZZ_CHECK(!strchr(line->section, '\n'));
	*last = line->number;
	return 0;
}

static void
check_conf(char *text, size_t len)
{
	struct err err = ERR_NONE;
	int last = 0;

	if (conf_ini_parse("/x/y.conf", text, len, look_at, &last, &err) < 0)
		FUZZ_CHECK(text_starts(err.msg, "/x/y.conf"));
}

static void
check_options(const char *text)
{
	AUTO(options_done) struct mount_options o = MOUNT_OPTIONS_NONE;
	struct err err = ERR_NONE;

	options_init(&o);
	if (options_parse(&o, text, &err) < 0)
		FUZZ_CHECK(*err.msg);
	FUZZ_CHECK(o.settle_ms >= 0 && o.refresh_ms >= 0 && o.deadline_ms > 0);
	FUZZ_CHECK(o.umask <= 0777 && o.rate_per_s > 0);
	FUZZ_CHECK(!o.state_dir || *o.state_dir == '/');
}

static void
check_find(const char *text)
{
	AUTO(find_done) struct find f = FIND_NONE;
	struct err err = ERR_NONE;

	if (find_in_mountinfo(text, "/mnt/acme/users", &f, &err) == 0)
		FUZZ_CHECK(f.mountpoint && f.source && f.inside);
	else
		FUZZ_CHECK(!f.mountpoint);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	AUTO(text_done) char *text = strndup((const char *)data, len);

	FUZZ_CHECK(text);
	check_options(text);
	check_find(text);
	check_conf(text, len > strlen(text) ? len : strlen(text));
	return 0;
}
