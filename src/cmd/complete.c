/* SPDX-License-Identifier: MIT */
/* Which part of a command line the last word is. */
#include "complete.h"

#include <stdbool.h>
#include <string.h>

#include "cmd.h"
#include "gotofs/err.h"
#include "gotofs/text.h"

/* What the words before the last one come to. */
struct complete_line {
	const struct cmd *cmd;
	const struct cmd_option *awaits; /* its value comes next; NULL: none */
	size_t operands_n;
	bool ended; /* by "--": whatever follows is an operand */
};

static const struct cmd_option *
line_letter(const struct cmd *cmd, char letter)
{
	const struct cmd_option *o;

	for (o = cmd->options; o->letter; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

/* As getopt_long: the beginning of a name is enough. */
static const struct cmd_option *
line_name(const struct cmd *cmd, const char *name)
{
	size_t n = strcspn(name, "=");
	const struct cmd_option *o;

	for (o = cmd->options; o->letter; o++)
		if (n > 0 && strncmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

/* The option of a word "-…" that takes a value, and that value: "" where it is
 * in the next word. NULL: it has none. */
static const struct cmd_option *
line_option(const struct cmd *cmd, const char *word, const char **ret_value)
{
	const struct cmd_option *o = NULL;
	const char *s;

	if (text_starts(word, "--")) {
		o = line_name(cmd, word + 2);
		*ret_value = word + strcspn(word, "=");
		*ret_value += **ret_value == '=';
		return o && o->arg ? o : NULL;
	}
	for (s = word + 1; *s; s++) {
		o = line_letter(cmd, *s);
		if (!o || !o->arg)
			continue;
		*ret_value = s + 1;
		return o;
	}
	return NULL;
}

static void
line_take(struct complete_line *l, struct complete *c, const char *word)
{
	const char *value = "";

	if (l->awaits) {
		l->awaits = NULL;
	} else if (!l->ended && strcmp(word, "--") == 0) {
		l->ended = true;
	} else if (!l->ended && *word == '-' && word[1]) {
		l->awaits = line_option(l->cmd, word, &value);
		if (*value)
			l->awaits = NULL;
	} else if (l->operands_n++ == 0) {
		c->dir = word;
	}
}

/* ---- operands, as the usage names them ---- */

/* Is one of "LICENSE/ADDRESS...|--all" an option that was given? */
static bool
operand_is_done(const struct complete *c, const char *name)
{
	const char *option = strstr(name, "--");

	return option && strv_has(c->words, option);
}

/* The ith of the usage, cut out of it; the last one stands for all that follow
 * if it ends in "...". Options, and what is in brackets, are none. */
static const char *
operand_name(const struct complete *c, char *usage, size_t i)
{
	const char *last = NULL;
	char *save = NULL, *word, *s;
	int depth = 0;
	bool value = false;

	for (word = strtok_r(usage, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		bool other = depth > 0 || *word == '[' || value;

		for (s = word; *s; s++)
			depth += (*s == '[') - (*s == ']');
		value = !other && text_starts(word, "--");
		if (other || value || operand_is_done(c, word))
			continue;
		if (i-- == 0)
			return word;
		last = word;
	}
	return last && text_ends(last, "...") ? last : NULL;
}

static void
complete_operand(const struct complete *c, const struct complete_line *l)
{
	AUTO(text_done) char *usage = text_dup(l->cmd->args);
	AUTO(strv_done) char **names = NULL;
	const char *name = usage ? operand_name(c, usage, l->operands_n) : NULL;
	size_t i;

	names = name ? strv_split(name, "|") : NULL;
	for (i = 0; i < strv_n(names); i++) {
		/* a new mount goes where there is none */
		if (l->cmd->run == cmd_mount && strcmp(names[i], "DIR") == 0)
			fputs(":dirs\n", c->out);
		else
			complete_value(c, names[i]);
	}
}

/* ---- the last word ---- */

static void
complete_from(struct complete *c, const char *rest)
{
	c->kept_n = (size_t)(rest - c->kept);
	c->rest = rest;
}

static void
complete_options(const struct complete *c, const struct cmd *cmd)
{
	const struct cmd_option *o;
	char name[64];

	for (o = cmd->options; o->letter; o++) {
		snprintf(name, sizeof(name), "--%s", o->name);
		complete_offer(c, name, o->what);
	}
}

static void
complete_commands(const struct complete *c, const struct cmd *cmds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		complete_offer(c, cmds[i].name, cmds[i].what);
	complete_offer(c, "--help", "print the usage and exit");
	complete_offer(c, "--version", "print the version and exit");
}

static void
complete_last(struct complete *c, const struct complete_line *l)
{
	const struct cmd_option *o;
	const char *value = "";

	if (l->awaits) {
		complete_value(c, l->awaits->arg);
		return;
	}
	if (l->ended || *c->kept != '-') {
		complete_operand(c, l);
		return;
	}
	o = line_option(l->cmd, c->kept, &value);
	if (o && (*value || strchr(c->kept, '='))) {
		complete_from(c, value);
		complete_value(c, o->arg);
		return;
	}
	complete_options(c, l->cmd);
}

void
complete(const struct cmd *cmds, size_t n, char *const *words, FILE *out)
{
	size_t words_n = strv_n(words), i;
	struct complete_line l = {0};
	struct complete c = {.out = out, .words = words};

	if (words_n == 0)
		return;
	c.kept = c.rest = words[words_n - 1];
	if (words_n == 1) {
		complete_commands(&c, cmds, n);
		return;
	}
	for (i = 0; i < n && !l.cmd; i++)
		if (strcmp(cmds[i].name, words[0]) == 0)
			l.cmd = &cmds[i];
	if (!l.cmd)
		return;
	for (i = 1; i < words_n - 1; i++)
		line_take(&l, &c, words[i]);
	complete_last(&c, &l);
}
