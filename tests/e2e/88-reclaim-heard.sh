#!/bin/bash
# SPDX-License-Identifier: MIT
# The call that takes a seat went out, and the daemon died before its answer.
# The next one asks who has the seat before anything else: what was heard is
# taken and counts once, also if he has been active by then; what was not is
# judged anew; and where nobody can say, it ends, and the next refresh tells.
# shellcheck source=tests/e2e/functions_crash.sh
. "$(dirname "$0")/functions_crash.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"

start_sandbox --users 60
reclaim_mount settle=0.1
mapfile -t people < <(find "$business" -maxdepth 1 -name '[a-z]*.[a-z]*@example.com.json' -printf '%f\n' | grep -v invited | sort)
people=("${people[@]%.json}")

# guard_sent N: so many seats of the license were reclaimed lately
guard_sent() {
	expect_out "$1" jq -r '.guard.limits["reclaim/gotomeeting-business"].sent // 0' "$mnt/.gotofs/status.json"
}

# die POINT WHO: he is approved, the daemon dies there, he is active, and the
# next one is there
die() {
	crash_at "$1" mv "$business/$2.json" "$business/approved/"
	mutate "{\"op\":\"add-use\",\"email\":\"$2\",\"product\":\"gotomeeting\"}"
	calls_clear
	mount_again settle=0.1
}

step "heard: the seat is gone, whatever he did since; it counts, once"
who=${people[0]}
die send-after-call "$who"
expect "$gotofs" sync --timeout 60 "$mnt"
has_no_seat "$who"
is_none "$who"
no_error_record "reclaim/gotomeeting-business/$who.json"
guard_sent 1
is 1 "$(calls | sed -n 's|^GET /users/{}=||p')"
is 1 "$(calls | sed -n "s|^$take=||p")"
is "" "$(calls | grep -F "$read_again")"
is 1 "$("$gotofs" journal cat "$mnt" | grep -c "\"reclaim/gotomeeting-business/$who.json\".*\"ok\"")"
unmount_tenant
mount_tenant settle=0.1
guard_sent 1

step "not heard: his activity is read again, he keeps it, and nothing counts"
who=${people[1]}
die send-after-mark "$who"
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
error_record "reclaim/gotomeeting-business/$who.json" "an earlier call was not heard, and no other was sent, he keeps the seat"
has_seat "$who"
guard_sent 1
is 1 "$(calls | sed -n "s|^$read_again=||p")"
is "" "$(calls | grep -v '^GET')"
expect rm "$mnt/.gotofs/errors/reclaim/gotomeeting-business/$who.json.txt"

step "not heard, and his record has no licenseKeys: whom the license names has it"
who=${people[5]}
switch '{"user_license_keys":"hide"}'
die send-after-mark "$who"
refuse "1 change was refused" 1 "$gotofs" sync --timeout 60 "$mnt"
error_record "reclaim/gotomeeting-business/$who.json" "an earlier call was not heard, and no other was sent, he keeps the seat"
has_seat "$who"
is "" "$(calls | grep -v '^GET')"
expect rm "$mnt/.gotofs/errors/reclaim/gotomeeting-business/$who.json.txt"

step "heard, and nobody names anybody: that does not prove that he has none"
who=${people[6]}
switch '{"license_user_keys":"hide"}'
log_allowed='waits: nobody knows whether an earlier call was heard'
die send-after-call "$who"
await 60 grep -qF "GoTo does not tell who has a seat of this license" "$daemon_log"
is "" "$(calls | grep -v '^GET')"
switch '{"license_user_keys":"show"}'
expect "$gotofs" sync --timeout 60 "$mnt"
has_no_seat "$who"
no_error_record "reclaim/gotomeeting-business/$who.json"
guard_sent 2
is 1 "$(calls | sed -n "s|^$take=||p")"
switch '{"user_license_keys":"show"}'

step "whether it was heard cannot be asked: it waits, and nothing else is sent"
who=${people[2]}
crash_at send-after-call mv "$business/$who.json" "$business/approved/"
fault '{"match":"GET /users/{}","kind":"status","status":403}'
calls_clear
mount_again settle=0.1
expect "$gotofs" sync --timeout 60 "$mnt"
has_no_seat "$who"
guard_sent 3
is 1 "$(calls | sed -n "s|^$take=||p")"

step "nor after some more tries: both have failed, and the refresh tells of each"
kept=${people[3]} gone=${people[4]}
fault '{"match":"GET /users/{}","kind":"status","status":403,"count":-1}'
crash_at send-after-mark mv "$business/$kept.json" "$business/approved/"
mount_again settle=0.1
crash_at send-after-call mv "$business/$gone.json" "$business/approved/"
has_seat "$kept"
has_no_seat "$gone"
calls_clear
mount_again settle=0.1
refuse "2 changes were refused" 1 "$gotofs" sync --timeout 60 "$mnt"
for who in "$kept" "$gone"; do
	error_record "reclaim/gotomeeting-business/$who.json" "nobody knows whether an earlier call was heard, and no other was sent; the next refresh shows whether he has the seat: the token"
	is EACCES "$("$gotofs" journal cat "$mnt" | jq -rs "map(select(.object == \"reclaim/gotomeeting-business/$who.json\"))[-1].result")"
	expect rm "$mnt/.gotofs/errors/reclaim/gotomeeting-business/$who.json.txt"
done
is_none "$gone"
is_candidate "$kept"
guard_sent 3
is "" "$(calls | grep -v '^GET')"
fault_clear
approve "$kept"
expect "$gotofs" sync --timeout 60 "$mnt"
has_no_seat "$kept"
guard_sent 4
expect "$gotofs" journal verify "$mnt"
