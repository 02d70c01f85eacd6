/* SPDX-License-Identifier: MIT */
#include "gotofs/pattern.h"

#include <stddef.h>
#include <string.h>

/* s is behind a '[': behind its ']', or NULL. */
static const char *
pattern_skip_bracket(const char *s)
{
	const char *first, *end;

	if (*s == '!' || *s == '^')
		s++;
	for (first = s; *s; s++) {
		if (*s == ']' && s > first)
			return s + 1;
		if (*s == '\\' && !*++s)
			return NULL;
		if (*s != '[' || !s[1] || !strchr(":.=", s[1]))
			continue;
		end = strchr(s + 2, s[1]); /* [:alpha:] */
		if (end && end[1] == ']')
			s = end + 1;
	}
	return NULL;
}

const char *
pattern_fault(const char *pattern)
{
	const char *s = pattern;
	int stars = 0;

	while (*s) {
		char c = *s++;

		stars += c == '*';
		if (c == '[' && !(s = pattern_skip_bracket(s)))
			return "has a [ without its ]";
		if (c == '\\' && !*s++)
			return "has nothing behind its last \\";
	}
	return stars > PATTERN_STARS_MAX ? "has more than 4 *" : NULL;
}

const char *
pattern_address_fault(const char *pattern)
{
	const char *fault = pattern_fault(pattern);
	size_t n = strlen(pattern);

	if (fault)
		return fault;
	if (*pattern == '@')
		return "matches no address, for it has nothing before its @ "
		       "(*@example.com is a whole domain)";
	if (n > 0 && pattern[n - 1] == '@')
		return "matches no address, for it has nothing behind its @";
	if (!strpbrk(pattern, "@*?["))
		return "matches no address, for it has no @ and no *";
	return NULL;
}
