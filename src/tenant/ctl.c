/* SPDX-License-Identifier: MIT */
/* ctl: commands written to .gotofs/ctl. */
#include "ctl_int.h"
#include "gotofs/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CTL_PATH ".gotofs/ctl"

/* A write that waits for the end of a pull. */
struct ctl_refresh {
	struct ctl_refresh *next;
	struct tenant_waiter *w;
	struct tenant_caller who;
	long pull; /* see pull_is_over */
	int64_t asked_boot_ms;
};

bool
ctl_is_read_only(const struct tenant *t)
{
	return t->conf.read_only || t->ctl_read_only;
}

/* ---- refresh ---- */

static int
ctl_do_refresh(
    struct tenant *t, const struct tenant_caller *who, struct tenant_waiter *w)
{
	struct ctl_refresh *c = calloc(1, sizeof(*c)), **last = &t->refreshes;

	if (!c)
		return -ENOMEM;
	c->w = w;
	c->who = *who;
	c->asked_boot_ms = clock_boot_ms();
	c->pull = pull_want(t);
	while (*last)
		last = &(*last)->next;
	*last = c;
	return TENANT_WAIT;
}

static void
ctl_tell(struct tenant *t, struct ctl_refresh *c, int result, const char *why)
{
	event_verdict(t, c->w, result);
	if (result < 0)
		report_refusal(
		    t, &c->who, "refresh", CTL_PATH, result, NULL, 0, why);
	free(c);
}

void
ctl_pull_ended(struct tenant *t, int result, const struct err *why)
{
	struct ctl_refresh **p = &t->refreshes, *c;
	bool told = false;

	while ((c = *p)) {
		if (!pull_is_over(t, c->pull, c->asked_boot_ms)) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		ctl_tell(t, c, result, *why->msg ? why->msg : "it failed");
		told = true;
	}
	if (told && result == 0)
		report_clear_path(t, CTL_PATH);
}

bool
ctl_leave(struct tenant *t, const struct tenant_waiter *w)
{
	struct ctl_refresh **p = &t->refreshes, *c;

	while (*p && (*p)->w != w)
		p = &(*p)->next;
	c = *p;
	if (!c)
		return false;
	*p = c->next;
	free(c);
	return true;
}

void
ctl_release(struct tenant *t)
{
	while (t->refreshes) {
		struct ctl_refresh *c = t->refreshes;

		t->refreshes = c->next;
		event_verdict(t, c->w, -EIO);
		free(c);
	}
}

/* ---- the others ---- */

static int
ctl_set_read_only(struct tenant *t, bool on, struct err *err)
{
	if (!on && t->conf.read_only)
		return err_set(err, -EROFS,
		    "mounted read-only (-o ro): mount again without it");
	tenant_mutate(t);
	t->ctl_read_only = on;
	if (!on && t->held_n > 0)
		change_hold_more(t);
	tenant_wake(t);
	tenant_wake_work(t);
	return 0;
}

/* The one word of the text; false: there are more, or none. */
static bool
ctl_word(const char *text, size_t len, char *out, size_t out_n)
{
	static const char blank[] = " \t\r\n";
	size_t n = 0;

	while (len > 0 && strchr(blank, text[len - 1]) && text[len - 1])
		len--;
	while (len > 0 && strchr(blank, *text) && *text) {
		text++;
		len--;
	}
	if (len == 0 || len >= out_n)
		return false;
	for (n = 0; n < len; n++)
		if (text[n] < 'a' || text[n] > 'z')
			return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static int
ctl_run(struct tenant *t, const struct tenant_caller *who, const char *word,
    struct tenant_waiter *w, struct err *err)
{
	if (strcmp(word, "refresh") == 0)
		return ctl_do_refresh(t, who, w);
	if (strcmp(word, "acknowledge") == 0)
		return report_acknowledge_all(t, err);
	if (strcmp(word, "ro") == 0)
		return ctl_set_read_only(t, true, err);
	if (strcmp(word, "rw") == 0)
		return ctl_set_read_only(t, false, err);
	return err_set(err, -EINVAL,
	    "no such command; there are: refresh, acknowledge, ro, rw");
}

int
ctl_write(struct tenant *t, const struct tenant_caller *who, const char *text,
    size_t len, struct tenant_waiter *w)
{
	struct err err = ERR_NONE;
	char word[16] = "";
	int r;

	if (ctl_word(text, len, word, sizeof(word)))
		r = ctl_run(t, who, word, w, &err);
	else
		r = err_set(&err, -EINVAL,
		    "one command a write: refresh, acknowledge, ro or rw");
	if (r < 0) {
		report_refusal(t, who, "ctl", CTL_PATH, r, text, len,
		    *err.msg ? err.msg : "out of memory");
		return r;
	}
	if (r == 0) {
		report_clear_path(t, CTL_PATH);
		report_line(t, who, word, CTL_PATH, 0, NULL);
	}
	return r;
}
