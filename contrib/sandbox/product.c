/* SPDX-License-Identifier: MIT */
/* Products by name, and by license. See product.h. */
#include "product.h"

#include <string.h>

/* Codes: 3.8 (A/B); G2A is assumed (D). */
static const struct {
	const char *name;
	const char *code;
} products[PRODUCT_N] = {
    [PRODUCT_MEETING] = {"gotomeeting", "G2M"},
    [PRODUCT_WEBINAR] = {"gotowebinar", "G2W"},
    [PRODUCT_TRAINING] = {"gototraining", "G2T"},
    [PRODUCT_CONNECT] = {"gotoconnect", "JIVE"},
    [PRODUCT_ASSIST] = {"gotoassist", "G2A"},
};

const char *
product_name(enum product product)
{
	return products[product].name;
}

int
product_find(const char *name)
{
	for (int i = 0; i < PRODUCT_N; i++) {
		if (!strcmp(products[i].name, name) ||
		    !strcmp(products[i].code, name))
			return i;
	}
	return -1;
}

/* Is code one of "G2W,G2M"? */
static bool
code_listed(const char *list, const char *code)
{
	size_t n = strlen(code);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, code, n) && (at[n] == ',' || !at[n]))
			return true;
	}
	return false;
}

bool
product_held(const struct user *u, enum product product)
{
	for (size_t i = 0; i < tenant.licenses_n && u->licenses >> i; i++) {
		if (u->licenses >> i & 1 &&
		    code_listed(
			tenant.licenses[i].products, products[product].code))
			return true;
	}
	return false;
}
