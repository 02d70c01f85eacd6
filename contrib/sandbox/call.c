/* SPDX-License-Identifier: MIT */
/* Requests taken apart, answers put together. See call.h. */
#include "call.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "switches.h"

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

char *
url_decode(const char *s, size_t n, bool plus)
{
	char *out = mem_alloc(n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		int high = i + 2 < n ? hex_value(s[i + 1]) : -1;
		int low = i + 2 < n ? hex_value(s[i + 2]) : -1;

		if (s[i] != '%' || high < 0 || low < 0) {
			*to++ = plus && s[i] == '+' ? ' ' : s[i];
		} else {
			*to++ = (char)(high << 4 | low);
			i += 2;
		}
	}
	return out;
}

size_t
params_parse(const char *text, bool plus, struct param *params)
{
	size_t n = 0;

	while (*text && n < CALL_PARAMS_MAX) {
		size_t length = strcspn(text, "&");
		const char *eq = memchr(text, '=', length);
		size_t name_n = eq ? (size_t)(eq - text) : length;

		params[n].name = url_decode(text, name_n, plus);
		params[n++].value =
		    eq ? url_decode(eq + 1, length - name_n - 1, plus)
		       : mem_dup("");
		text += length + (text[length] == '&');
	}
	return n;
}

void
params_done(struct param *params, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(params[i].name);
		free(params[i].value);
	}
}

void
call_parse(struct call *c)
{
	const char *query = strchr(c->target, '?');
	bool plus = switch_is(SW_FILTER_PLUS, "blank");

	c->path = query ? mem_dup_n(c->target, (size_t)(query - c->target))
			: mem_dup(c->target);
	if (query)
		c->params_n = params_parse(query + 1, plus, c->params);
}

void
call_done(struct call *c)
{
	params_done(c->params, c->params_n);
	for (size_t i = 0; i < CALL_ARGS_MAX; i++)
		free(c->args[i]);
	free(c->target);
	free(c->path);
	free(c->method);
	free(c->authorization);
	free(c->answer);
	free(c->location);
	buf_done(&c->body);
}

const char *
call_param(const struct call *c, const char *name)
{
	for (size_t i = 0; i < c->params_n; i++) {
		if (!strcmp(c->params[i].name, name))
			return c->params[i].value;
	}
	return NULL;
}

bool
call_flag(const struct call *c, const char *name, bool standard)
{
	const char *value = call_param(c, name);

	return value ? !strcasecmp(value, "true") : standard;
}

cJSON *
call_object(struct call *c)
{
	cJSON *tree =
	    cJSON_ParseWithLength(c->body.data ? c->body.data : "", c->body.n);

	if (cJSON_IsObject(tree))
		return tree;
	cJSON_Delete(tree);
	reply_error(c, 400, "request.malformed", NULL);
	return NULL;
}

void
reply_take(struct call *c, int status, const char *type, char *text, size_t n)
{
	free(c->answer);
	c->status = status;
	c->type = type;
	c->answer = text;
	c->answer_n = n;
}

void
reply_empty(struct call *c, int status)
{
	reply_take(c, status, NULL, NULL, 0);
}

void
reply_text(struct call *c, int status, const char *type, const char *text)
{
	reply_take(c, status, type, mem_dup(text), strlen(text));
}

void
reply_tree(struct call *c, int status, cJSON *tree)
{
	char *text = cJSON_PrintUnformatted(tree);

	cJSON_Delete(tree);
	reply_take(c, status, "application/json", text, strlen(text));
}

void
reply_buf(struct call *c, const char *type, struct buf *text)
{
	size_t n = text->n;

	reply_take(c, 200, type, buf_take(text, NULL), n);
}

void
rows_add(struct buf *out, cJSON *tree)
{
	AUTO(mem_auto_free) char *text = cJSON_PrintUnformatted(tree);

	cJSON_Delete(tree);
	if (out->data[out->n - 1] != '[')
		buf_str(out, ",");
	buf_str(out, text);
}

void
reply_error(struct call *c, int status, const char *code, const char *value)
{
	static long incident = 5471234567890;
	cJSON *tree = cJSON_CreateObject();
	cJSON *list, *error = cJSON_CreateObject();
	char id[32];

	snprintf(id, sizeof id, "%ld", incident++);
	cJSON_AddStringToObject(tree, "incidentId", id);
	list = cJSON_AddArrayToObject(tree, "errors");
	cJSON_AddItemToArray(list, error);
	cJSON_AddStringToObject(error, "code", code);
	if (value && switch_on(SW_ERROR_VALUE))
		cJSON_AddStringToObject(error, "value", value);
	reply_tree(c, status, tree);
}

void
reply_gateway(struct call *c, int status, const char *code, const char *message)
{
	cJSON *tree = cJSON_CreateObject();

	cJSON_AddStringToObject(tree, "errorCode", code);
	cJSON_AddStringToObject(tree, "message", message);
	reply_tree(c, status, tree);
}
