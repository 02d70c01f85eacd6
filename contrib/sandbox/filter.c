/* SPDX-License-Identifier: MIT */
/*
 * The grammar of filters (see filter.h); & binds closer than | (assumed):
 *
 *	any  := all { "|" all }
 *	all  := one { "&" one }
 *	one  := "(" any ")" | name "=" quoted | name "eq" quoted
 */
#include "filter.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "mem.h"
#include "pattern.h"

enum { DEPTH_MAX = 32 };

struct filter {
	char op; /* '|', '&' or '=' */
	struct filter *left, *right;
	char *name;
	struct pattern *pattern;
};

struct parser {
	const char *at;
	const char *names;
	int depth;
};

static struct filter *parse_any(struct parser *p);

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	filter_free(f->left);
	filter_free(f->right);
	pattern_free(f->pattern);
	free(f->name);
	free(f);
}

static bool
parse_char(struct parser *p, char c)
{
	p->at += strspn(p->at, " ");
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static bool
name_known(const char *names, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = names; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		if (length == n && !memcmp(at, name, n))
			return true;
		at += length;
	}
	return false;
}

static char *
parse_word(struct parser *p)
{
	const char *start;

	p->at += strspn(p->at, " ");
	start = p->at;
	while (isalnum((unsigned char)*p->at) || *p->at == '.')
		p->at++;
	return mem_dup_n(start, (size_t)(p->at - start));
}

/* Up to the next quote that has no backslash. NULL: none. */
static char *
parse_quoted(struct parser *p)
{
	const char *start;
	char *text;

	if (!parse_char(p, '"'))
		return NULL;
	start = p->at;
	while (*p->at && *p->at != '"')
		p->at += p->at[0] == '\\' && p->at[1] ? 2 : 1;
	if (!*p->at)
		return NULL;
	text = mem_dup_n(start, (size_t)(p->at - start));
	p->at++;
	return text;
}

static struct filter *
parse_test(struct parser *p)
{
	AUTO(mem_auto_free) char *name = parse_word(p);
	AUTO(mem_auto_free) char *word = NULL;
	AUTO(mem_auto_free) char *text = NULL;
	bool literal = !parse_char(p, '=');
	struct filter *f;

	if (literal)
		word = parse_word(p);
	if (!name_known(p->names, name) || (word && strcmp(word, "eq")))
		return NULL;
	text = parse_quoted(p);
	if (!text)
		return NULL;
	f = mem_alloc(sizeof *f);
	f->op = '=';
	f->name = mem_dup(name);
	if (pattern_new(text, literal, &f->pattern)) {
		filter_free(f);
		return NULL;
	}
	return f;
}

static struct filter *
parse_one(struct parser *p)
{
	struct filter *f;

	if (!parse_char(p, '('))
		return parse_test(p);
	if (++p->depth > DEPTH_MAX)
		return NULL;
	f = parse_any(p);
	p->depth--;
	if (f && !parse_char(p, ')')) {
		filter_free(f);
		return NULL;
	}
	return f;
}

static struct filter *
parse_chain(struct parser *p, char op, struct filter *(*next)(struct parser *))
{
	struct filter *left = next(p);

	while (left && parse_char(p, op)) {
		struct filter *both = mem_alloc(sizeof *both);

		both->op = op;
		both->left = left;
		both->right = next(p);
		left = both;
		if (!both->right) {
			filter_free(both);
			return NULL;
		}
	}
	return left;
}

static struct filter *
parse_all(struct parser *p)
{
	return parse_chain(p, '&', parse_one);
}

static struct filter *
parse_any(struct parser *p)
{
	return parse_chain(p, '|', parse_all);
}

int
filter_parse(const char *text, const char *names, struct filter **ret_filter)
{
	struct parser p = {.at = text, .names = names};
	struct filter *f = parse_any(&p);

	p.at += strspn(p.at, " ");
	if (!f || *p.at) {
		filter_free(f);
		return -EINVAL;
	}
	*ret_filter = f;
	return 0;
}

bool
filter_match(const struct filter *f, filter_field_fn *field, const void *object)
{
	const char *value;

	if (f->op == '|')
		return filter_match(f->left, field, object) ||
		       filter_match(f->right, field, object);
	if (f->op == '&')
		return filter_match(f->left, field, object) &&
		       filter_match(f->right, field, object);
	value = field(object, f->name);
	return value && pattern_match(f->pattern, value);
}
