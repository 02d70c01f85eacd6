/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gotofs/clock.h"

#define PROGRESS_EVERY_MS 100
#define PROGRESS_WIDTH 80
#define PROGRESS_BAR 30

void
progress_init(struct progress *p, FILE *out)
{
	p->out = out;
	p->on = isatty(fileno(out));
	p->shown = false;
	p->drawn_ms = 0;
}

static int
progress_width(const struct progress *p)
{
	struct winsize w;

	if (ioctl(fileno(p->out), TIOCGWINSZ, &w) < 0 || w.ws_col < 20)
		return PROGRESS_WIDTH;
	return w.ws_col;
}

/* 1234567 -> "1,234,567" */
static const char *
progress_number(char ret[32], long n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%ld", n), i;
	char *to = ret;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return ret;
}

void
progress_line(char *ret, size_t ret_bytes, int width, const char *what,
    long done, long total)
{
	char bar[PROGRESS_BAR + 1], a[32], b[32];
	int filled;

	if (total <= 0) {
		snprintf(
		    ret, ret_bytes, "%s  %s", what, progress_number(a, done));
	} else {
		done = done < 0 ? 0 : done > total ? total : done;
		filled = (int)((double)done / (double)total * PROGRESS_BAR);
		memset(bar, ' ', sizeof(bar));
		memset(bar, '#', (size_t)filled);
		bar[PROGRESS_BAR] = '\0';
		snprintf(ret, ret_bytes, "%s  [%s] %3d %%  %s/%s", what, bar,
		    (int)((double)done / (double)total * 100),
		    progress_number(a, done), progress_number(b, total));
	}
	if (width > 0 && strlen(ret) >= (size_t)width)
		ret[width - 1] = '\0';
}

void
progress_show(void *progress, const char *what, long done, long total)
{
	struct progress *p = progress;
	int64_t now = clock_boot_ms();
	char line[256];

	if (!p->on)
		return;
	if (p->shown && done != total && now - p->drawn_ms < PROGRESS_EVERY_MS)
		return;
	progress_line(line, sizeof(line), progress_width(p), what, done, total);
	fprintf(p->out, "\r%s\033[K", line);
	fflush(p->out);
	p->shown = true;
	p->drawn_ms = now;
}

void
progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->shown = false;
}
