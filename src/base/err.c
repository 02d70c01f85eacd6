/* SPDX-License-Identifier: MIT */
#include "gotofs/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut must not leave half a character behind. */
static void
err_trim_utf8(char *msg)
{
	size_t n = strlen(msg), back = 0;

	if (n + 1 < ERR_MSG_BYTES)
		return;
	while (back < n && back < 4 &&
	       ((unsigned char)msg[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < n && (unsigned char)msg[n - 1 - back] >= 0xc0)
		msg[n - 1 - back] = '\0';
}

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err_trim_utf8(err->msg);
	return code;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	char head[ERR_MSG_BYTES], old[ERR_MSG_BYTES];
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	memcpy(old, err->msg, sizeof(old));
	if (snprintf(err->msg, sizeof(err->msg), "%s: %s", head, old) >=
	    (int)sizeof(err->msg))
		err_trim_utf8(err->msg);
	return err->code;
}

int
err_nomem(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}
