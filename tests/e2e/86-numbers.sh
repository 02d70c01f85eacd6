#!/bin/bash
# SPDX-License-Identifier: MIT
# The numbers agree: what reports/, reclaim/ and activity/ say is computed once
# more by other code (tests/e2e/numbers) from the sandbox's truth, for accounts
# of several seeds and sizes; a source that is empty or fails yields no
# candidate.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

here=$(cd "$(dirname "$0")" && pwd)
db=$XDG_STATE_HOME/gotofs/sandbox/mirror.db
conf=$XDG_CONFIG_HOME/gotofs/sandbox.conf
exempt=kim.park@example.com
activity_products=all

# account SEED USERS [SWITCHES]: another tenant, mounted, with seats of long ago
# but for those of GoToConnect, which are new
account() {
	rm -rf "$XDG_STATE_HOME/gotofs/sandbox"
	start_sandbox --seed "$1" --users "$2"
	test $# -lt 3 || switch "$3"
	# all of the past that the sandbox has
	sed -i 's/^products = all$/&\nwindow = 390/' "$conf"
	mount_tenant
	unmount_tenant
	sqlite3 "$db" "UPDATE link SET since_ns = since_ns - 20000000000000000
		WHERE kind = 2 AND container_key NOT IN (SELECT key FROM record
			WHERE kind = 2 AND name LIKE 'GoToConnect%')"
	mount_tenant
	rules 60
}

# rules DAYS: after how many days a seat is inactive
rules() {
	jq -n --arg who $exempt --argjson days "$1" '{inactive_days: $days,
		new_seat_grace_days: 0, exemptions: [{pattern: $who,
		reason: "long leave"}]}' >rules.json
	expect cp rules.json "$mnt/reclaim/rules.json"
}

# agree DAYS [JSON]: with that threshold, and these settings
agree() {
	local settings more=${2-null}
	sandbox GET state >state.json || fail "no state"
	sandbox GET 'activity?last=true' | jq -s . >activity.json ||
		fail "no activity"
	# shellcheck disable=SC2016 # jq's
	settings=$(jq -nc --argjson days "$1" --arg exempt $exempt \
		--argjson now "$(date +%s%3N)" --argjson more "$more" '{now_ms: $now,
		inactive_days: $days, window_days: 390, exempt: [$exempt],
		protected: ["admin@example.com", "second.admin@example.com"],
		new: ["GoToConnect Standard"], unknown: []} + $more')
	"$here/numbers" state.json activity.json "$mnt" "$settings" ||
		fail "they differ"
}

look_at_all() {
	expect "$gotofs" refresh --activity "$mnt"
}

for which in "1 200" "7 60" "12 400"; do
	step "an account: seed ${which% *}, ${which#* } users"
	# shellcheck disable=SC2086 # two words
	account $which
	look_at_all
	agree 60
	step "another threshold, the same data"
	rules 20
	agree 20
	rules 150
	agree 150
	unmount_tenant
	stop_sandbox
done

# none_tells SWITCHES: sources that are empty, silent, forbidden or broken. (Of a
# silent one for a handful of people nobody can tell whether they just rest.)
none_tells() {
	step "nobody is a candidate where no source tells: $1"
	account 5 80 "$1"
	refuse "nobody tells who uses" 1 "$gotofs" refresh --activity "$mnt"
	agree 60 '{"unknown": ["gotomeeting", "gotowebinar", "gotoconnect",
		"gototraining", "gotoassist"], "candidates": false}'
	is "" "$(find "$mnt/reclaim" -name '*@*')"
}

none_tells '{"meeting": "empty", "webinar": "403", "training": "500",
	"connect": "silent", "assist": "404"}'
unmount_tenant
stop_sandbox
none_tells '{"meeting": "500", "webinar": "404", "training": "403",
	"connect": "404", "assist": "500"}'

step "as soon as they tell again there are"
switch '{"meeting": "normal", "webinar": "normal", "training": "normal",
	"connect": "normal", "assist": "normal"}'
look_at_all
agree 60
test -n "$(find "$mnt/reclaim" -name '*@*')" || fail "no candidate"

step "a source that fails later takes nothing away"
switch '{"meeting": "500", "connect": "403"}'
refuse "nobody tells who uses" 1 "$gotofs" refresh --activity "$mnt"
agree 60
