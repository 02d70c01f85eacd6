/* SPDX-License-Identifier: MIT */
#include "gotofs/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

static enum log_target log_target;
static enum log_level log_level = LOG_LEVEL_WARN;

static const int log_priority[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

void
log_open(enum log_target target, enum log_level level)
{
	log_target = target;
	log_level = level;
	if (target == LOG_TO_SYSLOG)
		openlog("gotofs", LOG_PID, LOG_DAEMON);
}

/* What a tenant or a file said must not make up lines of its own. */
static void
log_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = ' ';
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	if (level > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	log_one_line(line);
	if (log_target == LOG_TO_SYSLOG)
		syslog(log_priority[level], "%s", line);
	else if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", log_priority[level], line);
	else
		fprintf(stderr, "gotofs: %s\n", line);
}
