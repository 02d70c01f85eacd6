/* SPDX-License-Identifier: MIT */
/* The table of switches and their values. See switches.h. */
#include "switches.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "mem.h"

struct switch_row {
	const char *name;
	const char *standard;
	const char *choices;
	const char *section;
	const char *help;
};

#define SWITCH_ROW(id, name, standard, choices, section, help)                 \
	{name, standard, choices, section, help},
static const struct switch_row rows[] = {SWITCHES(SWITCH_ROW)};
#undef SWITCH_ROW

static struct {
	char *text;
	long number;
} values[SWITCH_N];

void
switches_init(void)
{
	for (size_t i = 0; i < SWITCH_N; i++)
		switch_set(rows[i].name, rows[i].standard);
}

void
switches_done(void)
{
	for (size_t i = 0; i < SWITCH_N; i++)
		mem_set(&values[i].text, NULL);
}

/* Is word one of "a|b|c"? */
static bool
word_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (!strncmp(at, word, n) && (at[n] == '|' || !at[n]))
			return n > 0;
	}
	return false;
}

static int
number_parse(const char *text, long *ret_number)
{
	uint64_t n;

	if (!mem_number(text, INT_MAX, &n))
		return -EINVAL;
	*ret_number = (long)n;
	return 0;
}

static int
value_parse(const struct switch_row *row, const char *text, long *ret_number)
{
	if (row->choices[0] == '#')
		return number_parse(text, ret_number);
	if (row->choices[0] == '?') {
		if (!word_listed("true|false|1|0|yes|no", text))
			return -EINVAL;
		*ret_number = word_listed("true|1|yes", text);
		return 0;
	}
	if (row->choices[0] == '*' || word_listed(row->choices, text))
		return 0;
	return -EINVAL;
}

int
switch_set(const char *name, const char *value)
{
	for (size_t i = 0; i < SWITCH_N; i++) {
		long number = 0;

		if (strcmp(rows[i].name, name))
			continue;
		if (value_parse(&rows[i], value, &number))
			return -EINVAL;
		mem_set(&values[i].text, value);
		values[i].number = number;
		return 0;
	}
	return -ENOENT;
}

int
switch_set_pair(const char *pair)
{
	AUTO(mem_auto_free) char *name = mem_dup(pair);
	char *eq = strchr(name, '=');

	if (!eq)
		return -EINVAL;
	*eq = '\0';
	return switch_set(name, eq + 1);
}

long
switch_int(enum switch_id id)
{
	return values[id].number;
}

bool
switch_on(enum switch_id id)
{
	return values[id].number != 0;
}

const char *
switch_text(enum switch_id id)
{
	return values[id].text;
}

bool
switch_is(enum switch_id id, const char *word)
{
	return !strcmp(values[id].text, word);
}

cJSON *
switches_tree(void)
{
	cJSON *tree = cJSON_CreateObject();

	for (size_t i = 0; i < SWITCH_N; i++) {
		char kind = rows[i].choices[0];
		long n = values[i].number;

		if (kind == '#')
			cJSON_AddNumberToObject(tree, rows[i].name, n);
		else if (kind == '?')
			cJSON_AddBoolToObject(tree, rows[i].name, n != 0);
		else
			cJSON_AddStringToObject(
			    tree, rows[i].name, values[i].text);
	}
	return tree;
}

void
switches_print(FILE *out)
{
	for (size_t i = 0; i < SWITCH_N; i++) {
		const char *choices = rows[i].choices;

		if (!strcmp(choices, "#"))
			choices = "number";
		else if (!strcmp(choices, "?"))
			choices = "true|false";
		else if (!strcmp(choices, "*"))
			choices = "text";
		fprintf(out, "  %s=%s  [%s]  (%s)\n        %s\n", rows[i].name,
		    rows[i].standard, choices, rows[i].section, rows[i].help);
	}
}
