#!/bin/bash
# SPDX-License-Identifier: MIT
# GoToConnect cuts the pages of its report shorter than they are asked for, and
# says in its own way that there is no further one: nobody is overlooked.
activity_products=gotoconnect
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

report="GET /call-reports/v1/reports/user-activity"

start_sandbox --users 1000 --set oddities=false --set connect_zero=present \
	--set connect_report_page=50
calls_clear
mount_tenant
await 120 all_known gotoconnect
files_are_true gotoconnect
# those who did not call are told of, too
n=$(find "$activity/gotoconnect" -name '*.json' | wc -l)
test "$n" -gt 50 || fail "$n hold it: a page has them all"
is $((90 * (n / 50 + 1))) "$(asked "$report")"
