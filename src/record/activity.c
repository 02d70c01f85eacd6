/* SPDX-License-Identifier: MIT */
#include "gotofs/activity.h"
#include "gotofs/list.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *title, *code;
	bool source;
} product_table[PRODUCT_N] = {
    [PRODUCT_GOTOMEETING] = {"gotomeeting", "GoToMeeting", "G2M", true},
    [PRODUCT_GOTOWEBINAR] = {"gotowebinar", "GoToWebinar", "G2W", true},
    [PRODUCT_GOTOCONNECT] = {"gotoconnect", "GoToConnect", "JIVE", true},
    [PRODUCT_GOTOTRAINING] = {"gototraining", "GoToTraining", "G2T", true},
    [PRODUCT_GOTOASSIST] = {"gotoassist", "GoToAssist", "G2A", true},
    [PRODUCT_OPENVOICE] = {"openvoice", "OpenVoice", "OPENVOICE", false},
};

static const struct {
	const char *text, *plural;
} use_table[USE_N] = {
    [USE_NONE] = {"nothing", "uses"},
    [USE_MEETING] = {"hosted a meeting", "meetings"},
    [USE_WEBINAR_STARTED] = {"ran a webinar", "webinarsRun"},
    [USE_WEBINAR_OWNED] = {"owned a webinar that was run", "webinarsOwned"},
    [USE_TRAINING] = {"organized a training", "trainings"},
    [USE_CALLS] = {"made or took calls", "calls"},
    [USE_SUPPORT] = {"held a support session", "supportSessions"},
};

const char *
product_name(enum product product)
{
	return product_table[product].name;
}

const char *
product_title(enum product product)
{
	return product_table[product].title;
}

bool
product_has_source(enum product product)
{
	return product_table[product].source;
}

int
product_by_name(const char *name)
{
	for (int i = 0; i < PRODUCT_N; i++)
		if (strcmp(product_table[i].name, name) == 0)
			return i;
	return -1;
}

static unsigned
product_bit_of(const char *code)
{
	for (unsigned i = 0; i < PRODUCT_N; i++)
		if (strcmp(product_table[i].code, code) == 0)
			return PRODUCT_BIT(i);
	return PRODUCT_BIT_OTHER;
}

unsigned
product_bits(char *const *codes)
{
	unsigned bits = 0;

	for (; codes && *codes; codes++)
		bits |= product_bit_of(*codes);
	return bits ? bits : PRODUCT_BIT_OTHER;
}

const char *
use_kind_text(enum use_kind kind)
{
	return use_table[kind].text;
}

const char *
use_kind_plural(enum use_kind kind)
{
	return use_table[kind].plural;
}

void
use_list_done(struct use_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].user_key);
		free(l->v[i].email);
	}
	free(l->v);
	*l = (struct use_list)USE_LIST_NONE;
}

struct use *
use_list_add(struct use_list *l)
{
	struct use *v = list_grow(l->v, l->n, sizeof(*v));

	if (!v)
		return NULL;
	l->v = v;
	memset(&v[l->n], 0, sizeof(*v));
	return &v[l->n++];
}
