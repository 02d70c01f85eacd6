/* SPDX-License-Identifier: MIT */
/* json_scan, for json alone: any value is welcome at the top, not only an
 * object.  A number there is complete when a blank follows it. */
#ifndef GOTOFS_JSON_SCAN_INT_H
#define GOTOFS_JSON_SCAN_INT_H

struct json_scan;

void json_scan_init_any(struct json_scan *s);

#endif
