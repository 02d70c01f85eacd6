/* SPDX-License-Identifier: MIT */
#include "gotofs/mountinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gotofs/buf.h"
#include "gotofs/err.h"
#include "gotofs/file.h"

#define MOUNTINFO_PATH "/proc/self/mountinfo"
#define MOUNTINFO_BYTES (16 * 1024 * 1024)

static bool
mountinfo_is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' &&
	       s[2] >= '0' && s[2] <= '7';
}

/* "\040" -> " ", in place. */
static char *
mountinfo_unescape(char *s)
{
	char *from = s, *to = s;

	while (*from) {
		if (*from == '\\' && mountinfo_is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') * 64 +
				       (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return s;
}

static bool
mountinfo_split(char *text, struct mountinfo *ret)
{
	char *save = NULL, *word;
	int i;

	for (i = 0; (word = strtok_r(i ? NULL : text, " ", &save)); i++) {
		if (i == 2 &&
		    sscanf(word, "%u:%u", &ret->major, &ret->minor) != 2)
			return false;
		if (i == 3)
			ret->root = mountinfo_unescape(word);
		if (i == 4)
			ret->mountpoint = mountinfo_unescape(word);
		if (i > 5 && strcmp(word, "-") == 0)
			break;
	}
	if (!word)
		return false;
	ret->fstype = strtok_r(NULL, " ", &save);
	ret->source = strtok_r(NULL, " ", &save);
	if (!ret->source)
		return false;
	mountinfo_unescape(ret->source);
	return true;
}

bool
mountinfo_next(char **rest, struct mountinfo *ret)
{
	char *line;

	while ((line = strsep(rest, "\n")))
		if (mountinfo_split(line, ret))
			return true;
	return false;
}

int
mountinfo_read(char **ret, struct err *err)
{
	AUTO(buf_done) struct buf text = BUF_MAX(MOUNTINFO_BYTES);
	int r = file_read(MOUNTINFO_PATH, &text);

	if (r < 0)
		return err_set(err, r, MOUNTINFO_PATH ": %s", strerror(-r));
	*ret = buf_take(&text);
	return *ret ? 0 : err_nomem(err);
}
