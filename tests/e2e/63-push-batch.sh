#!/bin/bash
# SPDX-License-Identifier: MIT
# What fits together goes in one call: creates with the same licenses, group
# and roles, with their links; the licenses of one person (DESIGN 4.3).
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

start_sandbox
mutate '{"op":"update-license","license":"GoToWebinar Pro","seats":400}'
mutate '{"op":"update-license","license":"GoToConnect Standard","seats":400}'
# creates gather for as long as it takes; sync ends that
mount_tenant settle=60
webinar=$mnt/licenses/gotowebinar-pro
connect=$mnt/licenses/gotoconnect-standard
training=$mnt/licenses/gototraining
berlin=$mnt/groups/Berlin
sales=$mnt/groups/Sales

# list FROM TO EXTRA [DIR]...: a folder list/ with these people, who have EXTRA
# in their documents and a link in each DIR
list() {
	python3 - "$@" <<'END'
import os, sys
first, last, extra, *dirs = sys.argv[1:]
for n in range(int(first), int(last) + 1):
    os.makedirs("list/users", exist_ok=True)
    name = f"p{n}@example.com.json"
    with open("list/users/" + name, "w") as f:
        f.write(f'{{"firstName":"F{n}","lastName":"L{n}"{extra}}}\n')
    for d in dirs:
        os.makedirs("list/" + d, exist_ok=True)
        os.symlink("../../users/" + name, f"list/{d}/{name}")
END
}
# send_list: one rsync a folder
send_list() {
	local d
	for d in groups licenses users; do
		expect rsync -a "list/$d/" "$mnt/$d/"
	done
	sync_tenant
}
# bodies: of the creates, one a line, since log_clear
bodies() {
	sandbox GET log | jq -c 'select(.route == "POST /users") | .body | fromjson'
}
log_clear() {
	expect sandbox POST log/clear
}

step "120 new people by rsync with two licenses and a group: two calls"
list 1 120 "" licenses/gotowebinar-pro licenses/gotoconnect-standard groups/Berlin
calls_clear
log_clear
send_list
expect_calls "POST /users=2"
expect_out "100 20" bash -c "$(declare -f sandbox bodies); sandbox_url=$sandbox_url
	bodies | jq '.users | length' | sort -rn | paste -sd' '"
expect_out "2 2" bash -c "$(declare -f sandbox bodies); sandbox_url=$sandbox_url
	bodies | jq '.licenseKeys | length' | paste -sd' '"
for n in 1 60 120; do
	is "F$n Berlin 2" "$(tenant_user "p$n@example.com" \
		'"\(.firstName) \(.groupName) \(.licenseKeys | length)"')"
done

step "until a pull their records are what was sent, with key and links; no GET"
expect_out "F60 Berlin 2 string" jq -r \
	'"\(.firstName) \(.groupName) \(.licenseKeys | length) \(.key | type)"' \
	"$mnt/.gotofs/records/p60@example.com.json"
is "$(tenant_user p60@example.com .key)" "$(jq -r .key "$mnt/.gotofs/records/p60@example.com.json")"
for n in 1 120; do
	expect readlink "$webinar/p$n@example.com.json" "$connect/p$n@example.com.json" \
		"$berlin/p$n@example.com.json"
done
expect_out 120 jq -s 'map(select(.verb == "create" and .result == "ok")) | length' \
	"$mnt/.gotofs/journal.jsonl"
expect_out 360 jq -s 'map(select(.verb == "assign" or .verb == "move") |
	select(.result == "ok")) | length' "$mnt/.gotofs/journal.jsonl"
send_list
expect_calls

step "other licenses, group or roles: another call each"
rm -r list
list 201 210 "" licenses/gotowebinar-pro
list 211 220 "" licenses/gotowebinar-pro licenses/gotoconnect-standard
list 221 225 "" groups/Sales
list 226 230 ',"adminRoles":["RUN_REPORTS"]'
list 231 231 ""
calls_clear
send_list
expect_calls "POST /users=5" "GET /users/{}=1"
is 1 "$(tenant_user p205@example.com '.licenseKeys | length')"
is 2 "$(tenant_user p215@example.com '.licenseKeys | length')"
is Sales "$(tenant_user p225@example.com .groupName)"
is RUN_REPORTS "$(tenant_user p226@example.com '.adminRoles[]')"
is null "$(tenant_user p231@example.com .licenseKeys)"
expect readlink "$sales/p225@example.com.json"

step "links that come after the document, while it still gathers, go with it"
calls_clear
printf '{"firstName":"A","lastName":"B"}' >"$users/.late"
expect mv "$users/.late" "$users/late@example.com.json"
expect ln -s ../../users/late@example.com.json "$webinar/"
expect ln -s ../../users/late@example.com.json "$sales/"
sync_tenant
expect_calls "POST /users=1" "GET /users/{}=1"
is "Sales 1" "$(tenant_user late@example.com '"\(.groupName) \(.licenseKeys | length)"')"

step "who waits in write() is sent at once, and what is ready goes with him"
for n in 1 2 3; do
	printf '{"firstName":"W","lastName":"%s"}' "$n" >"$users/.w$n"
	expect mv "$users/.w$n" "$users/with$n@example.com.json"
done
expect_calls
expect bash -c "echo '{\"firstName\":\"W\",\"lastName\":\"0\"}' >'$users/with0@example.com.json'"
expect_calls "POST /users=1"
is 3 "$(tenant_user with3@example.com .lastName)"
expect bash -c "echo '{\"firstName\":\"W\",\"lastName\":\"9\"}' >'$users/with9@example.com.json'"
expect_calls "POST /users=1" "GET /users/{}=1"

step "fsync of a renamed file does not wait for others to gather"
printf '{"firstName":"S","lastName":"S"}' >"$users/.s"
expect mv "$users/.s" "$users/synced@example.com.json"
expect sync "$users/synced@example.com.json"
expect_calls "POST /users=1" "GET /users/{}=1"

step "several licenses of one person: one call, given and taken"
# what is on its way holds the person's others up until they are together
give=p225@example.com
fault '{"match":"PUT /users/{}","kind":"hang"}'
calls_clear
(echo '{"lastName":"Slow"}' >"$users/$give.json") 2>/dev/null &
writer=$!
wait_for_calls "PUT /users/{}" 1
for l in gotowebinar-pro gototraining gotoconnect-standard; do
	expect ln -s ../../users/$give.json "$mnt/licenses/$l/"
done
fault_clear
wait $writer
sync_tenant
expect_calls "PUT /users/{}=2" "POST /licenses/{}/users/{}=1"
is 3 "$(tenant_user $give '.licenseKeys | length')"
expect_out 3 jq '.licenseKeys | length' "$mnt/.gotofs/records/$give.json"
expect rm "$mnt/licenses"/{gotowebinar-pro,gototraining,gotoconnect-standard}/$give.json
sync_tenant
expect_calls "DELETE /licenses/{}/users/{}=1"
is null "$(tenant_user $give .licenseKeys)"

step "seats: no more of them are asked for than there are"
free=$(df --output=iavail "$training" | tail -n 1 | tr -d ' ')
is 5 "$free"
for n in 1 2 3 4 5; do
	expect ln -s "../../users/q$n@example.com.json" "$training/"
done
refuse "No space left" 1 ln -s "../../users/q6@example.com.json" "$training/"
for n in 1 2 3 4 5 6; do
	printf '{"firstName":"Q","lastName":"%s"}' "$n" >"$users/.q"
	expect mv "$users/.q" "$users/q$n@example.com.json"
done
acknowledge
calls >"$WORK/calls"
is "GET /users/{}=1 POST /users=2" "$(paste -sd' ' calls)"
is 0 "$(tenant_license GoToTraining '.seats - .userCount')"

step "the next pull brings the whole record"
refresh_tenant
expect_out "string" jq -r '.status | type' "$mnt/.gotofs/records/p60@example.com.json"
expect_out "Berlin 2" jq -r '"\(.groupName) \(.licenseKeys | length)"' \
	"$mnt/.gotofs/records/p60@example.com.json"
