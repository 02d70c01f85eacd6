#!/bin/bash
# SPDX-License-Identifier: MIT
# Candidates of what the sources really say: the numbers of a first look, by
# other code; and a source that is empty, silent or failing yields none.

activity_products=gotomeeting,gotowebinar,gototraining,gotoassist
. "$(dirname "$0")/functions.sh"
. "$(dirname "$0")/functions_write.sh"
. "$(dirname "$0")/functions_activity.sh"
. "$(dirname "$0")/functions_reclaim.sh"
start_sandbox
sed -i '/^\[activity\]/a window = 300' "$XDG_CONFIG_HOME/gotofs/$profile.conf"
asked="gotomeeting gotowebinar gototraining gotoassist"

# expected: the candidates of a mirror that has seen no seat come yet: used
# within the window, and not within 60 days; "LICENSE/NAME" a line
expected() {
	sandbox GET 'activity?last=true' >"$WORK/uses.jsonl"
	sandbox GET state >"$WORK/state.json"
	python3 - "$WORK" <<'END'
import json, sys, time
work, DAY = sys.argv[1], 86400
code = {"gotomeeting": "G2M", "gotowebinar": "G2W", "gotoconnect": "JIVE", "gototraining": "G2T", "gotoassist": "G2A"}
state = json.load(open(work + "/state.json"))
now = time.time()
window = (now // DAY - 299) * DAY
last = {}
for line in open(work + "/uses.jsonl"):
    u = json.loads(line)
    if u["last_ms"] and u["last_start_ms"] / 1000 >= window:
        last[(u["key"], code[u["product"]])] = u["last_ms"] / 1000
supers = [u for u in state["users"] if "SUPER_USER" in u.get("adminRoles", [])]
safe = {u["email"] for u in supers} if len(supers) <= 2 else {"admin@example.com"}
names = [l["description"].lower().replace(" ", "-") for l in state["licenses"]]
for l, name in zip(state["licenses"], names):
    if "OPENVOICE" in l["products"] or "JIVE" in l["products"]:
        continue
    if names.count(name) > 1:
        name += "-" + l["key"][-4:]
    main = [p for p in l["products"] if p != "G2M"] or ["G2M"]
    for u in state["users"]:
        if l["key"] not in u.get("licenseKeys", []) or u["email"] in safe:
            continue
        used = [last.get((u["key"], p), 0) for p in l["products"]]
        if max(used) >= now - 60 * DAY or not max(last.get((u["key"], p), 0) for p in main):
            continue
        print(name + "/" + u["email"].lower() + ".json")
END
}

# settled: all is looked at, and judged
settled() {
	look
	# shellcheck disable=SC2086 # words
	await 60 all_known $asked
}

step "before anything was looked at: nobody"
mount_tenant settle=30
expected >first
test "$(wc -l <first)" -gt 5 || fail "only $(wc -l <first)"

step "after a first look: as the truth has it"
settled
sort -o first first
await 30 bash -c "cd '$reclaim' && test \$(find . -mindepth 2 -name '*.json' | wc -l) = $(wc -l <first)"
candidates >found
expect diff first found

step "somebody of them uses it: he is none"
one=$(grep ^gotomeeting-business/ found | head -n 1)
use "$(basename "$one" .json)" gotomeeting
settled
await 30 test ! -e "$reclaim/$one"

step "a source that falls silent: he was active a second ago, and keeps the seat"
two=$(candidates | grep ^gotomeeting-business/ | head -n 1)
who=$(basename "$two" .json)
use "$who" gotomeeting
switch '{"meeting":"empty"}'
expect mv "$reclaim/$two" "$business/approved/"
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
error_record "reclaim/$two" "GoToMeeting tells of no use now"
has_seat "$who"
await 30 bash -c "! compgen -G '$business/*.json'"
expect "$gotofs" refresh --activity "$mnt"
is "silent it tells of no use by anybody, which is hard to believe: its seats are unknown" \
	"$(jq -r '.activity.gotomeeting | "\(.state) \(.reason)"' "$status")"
is "" "$(candidates | grep ^gotomeeting)"

step "also for the next daemon, until it tells of somebody: then all is looked at again"
unmount_tenant
mount_tenant settle=30
is silent "$(jq -r .activity.gotomeeting.state "$status")"
is "" "$(candidates | grep ^gotomeeting)"
switch '{"meeting":"normal"}'
settled
expected | sort >truth
await 60 bash -c "cd '$reclaim' && find . -mindepth 2 -name '*.json' -printf '%P\n' | sort | cmp -s - '$PWD/truth'"
is ok "$(jq -r .activity.gotomeeting.state "$status")"

step "a source that tells of nobody is not believed, nor is one that fails"
for how in silent 500; do
	unmount_tenant
	rm -rf "${XDG_STATE_HOME:?}/gotofs"
	switch "{\"meeting\":\"$how\",\"webinar\":\"$how\",\"training\":\"$how\",\"connect\":\"$how\",\"assist\":\"$how\"}"
	mount_tenant settle=30
	if test "$how" = silent; then
		expect "$gotofs" refresh --activity "$mnt"
	else
		refuse "nobody tells who uses" 1 "$gotofs" refresh --activity "$mnt"
	fi
	is "" "$(candidates)"
done
# who was never seen is none either, though his seat is old
switch '{"meeting":"silent","webinar":"normal"}'
unmount_tenant
python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE link SET since_ns = since_ns - 400 * 86400 * 1000000000")
db.execute("UPDATE meta SET value = value - 400 * 86400 * 1000 WHERE name = \"first_listing\"")
db.commit()' "$XDG_STATE_HOME/gotofs/$profile/mirror.db" || fail "sql"
mount_tenant settle=30
refuse "of 2 products nobody tells who uses" 1 "$gotofs" refresh --activity "$mnt"
await 60 all_known gotomeeting
is "" "$(candidates | grep gotomeeting)"
