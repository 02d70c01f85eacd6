#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 of the daemon in the middle of the first look: only what is missing is
# asked afterwards.
activity_products=gotowebinar,gotoconnect
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_activity.sh"

webinar="GET /G2W/organizers/{}/sessions"
report="GET /call-reports/v1/reports/user-activity"

kill_daemon() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	expect "$gotofs" umount "$mnt"
}

start_sandbox --set oddities=false

step "while a day of GoToConnect is asked for"
fault "{\"match\":\"$report\",\"kind\":\"hold\",\"count\":1,\"skip\":40}"
calls_clear
mount_tenant
wait_for_calls "$report" 41
is unknown "$(jq -r .state "$activity"/gotoconnect/*.json | sort -u)"
is "" "$(find "$activity/gotoconnect" -name '*.json' -mtime +0)"
kill_daemon
fault_clear
calls_clear
mount_tenant

step "while one of GoToWebinar's people is"
fault "{\"match\":\"$webinar\",\"kind\":\"hold\",\"count\":1,\"skip\":5}"
wait_for_calls "$webinar" 6
# 40 days were told; the one that was on its way, and those after it
is 50 "$(asked "$report")"
is 1 "$(asked "GET /users/v1/users")"
files_are_true gotoconnect
is 5 "$(jq -r .state "$activity"/gotowebinar/*.json | grep -c '^known$')"
kill_daemon
fault_clear
calls_clear
mount_tenant
await 60 all_known gotowebinar gotoconnect
is $(($(find "$activity/gotowebinar" -name '*.json' | wc -l) - 5)) "$(asked "$webinar")"
is "" "$(asked "$report")"
files_are_true gotowebinar
