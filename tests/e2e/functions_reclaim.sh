# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# What the tests of reclaim/ share; sourced after functions.sh.
#
# What the fetcher would find out in days is written into the mirror between two
# mounts, from the sandbox's truth: who used what within the window, and seats
# that are as old as the test needs them.  So no call is made but those of
# reclaiming itself.

reclaim=$mnt/reclaim
business=$reclaim/gotomeeting-business
window_days=300

# reclaim_mount [OPT[,OPT]]: a tenant whose use of everything is known
reclaim_mount() {
	reclaim_opts=$1
	mount_tenant "$1"
	reclaim_know
}

# reclaim_know [SEAT-DAYS]: as of now; seats are that old (400)
reclaim_know() {
	test -z "$daemon_pid" || unmount_tenant
	sandbox GET 'activity?last=true' >"$WORK/uses.jsonl" || fail "no truth"
	sandbox GET state >"$WORK/state.json" || fail "no state"
	python3 - "$XDG_STATE_HOME/gotofs/$profile/mirror.db" "$WORK" \
		"${1-400}" "$window_days" >"$WORK/out" 2>&1 <<'END' ||
import json, sqlite3, sys, time
db, work, seat_days, window = sqlite3.connect(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
DAY = 86400000
now = int(time.time() * 1000)
number = {"gotomeeting": 0, "gotowebinar": 1, "gotoconnect": 2, "gototraining": 3, "gotoassist": 4}
code = {"G2M": 0, "G2W": 1, "JIVE": 2, "G2T": 3, "G2A": 4}
kind = [1, 2, 5, 4, 6]
state = json.load(open(work + "/state.json"))
products = {l["key"]: l["products"] for l in state["licenses"]}
last = {}
for line in open(work + "/uses.jsonl"):
    u = json.loads(line)
    if u["product"] in number:
        last[(number[u["product"]], u["key"])] = u["last_ms"] or 0
start = (now // DAY - window) * DAY
for user in state["users"]:
    for c in {code[c] for l in user.get("licenseKeys", []) for c in products[l] if c in code}:
        ms = last.get((c, user["key"]), 0)
        ms = ms if start <= ms <= now else 0
        db.execute("INSERT OR REPLACE INTO activity(product, user_key, from_ms, to_ms, looked_ms, last_ms,"
                   " last_kind, day_only, tried_ms, why, days) VALUES(?,?,?,?,?,?,?,?,0,0,x'')",
                   (c, user["key"], start, now, now, ms, kind[c] if ms else 0, 0))
since = now - int(seat_days * DAY)
db.execute("UPDATE link SET since_ns = ?", (since * 1000000,))
db.execute("INSERT OR REPLACE INTO meta VALUES('first_listing', ?)", (str(since),))
db.commit()
END
		fail "nothing is known" "$(cat "$WORK/out")"
	mount_tenant "$reclaim_opts"
	calls_clear
}

# The candidates that there are: "LICENSE/NAME" a line.
candidates() {
	find "$reclaim" -mindepth 2 -maxdepth 2 -name '*.json' -printf '%P\n' | sort
}

# is_candidate NAME, is_approved NAME, is_none NAME: of gotomeeting-business,
# found and listed, in that place alone. (The kernel is told of what happens in
# other folders than that of the call after its reply.)
is_candidate() {
	await 30 test -e "$business/$1.json"
	await 30 test -L "$mnt/licenses/gotomeeting-business/$1.json"
	is_listed "$1.json" "$1"
}

is_approved() {
	await 30 test -e "$business/approved/$1.json"
	await 30 test ! -L "$mnt/licenses/gotomeeting-business/$1.json"
	is_listed "approved/$1.json" "$1"
}

is_none() {
	await 30 test ! -e "$business/$1.json" -a ! -e "$business/approved/$1.json"
	is_listed "" "$1"
}

# is_listed PATH NAME: there alone
is_listed() {
	await 30 listed_as "$@"
}

listed_as() {
	test "$1" = "$(find "$business" -name "$2.json" -printf '%P\n')"
}

# has_seat NAME, has_no_seat NAME: of GoToMeeting Business; the truth
meeting_key() {
	: "${meeting:=$(tenant_license "GoToMeeting Business" .key)}"
}

has_seat() {
	meeting_key
	is true "$(tenant_user "$1" "(.licenseKeys // []) | index(\"$meeting\") != null")"
}

has_no_seat() {
	meeting_key
	is false "$(tenant_user "$1" "(.licenseKeys // []) | index(\"$meeting\") != null")"
}

# approve NAME...: candidates of gotomeeting-business, by mv
approve() {
	local name files=()
	for name; do
		files+=("$business/$name.json")
	done
	expect mv "${files[@]}" "$business/approved/"
}

# questions NAME...: calls that read again what these candidates of
# gotomeeting-business did: one each, and one more to hear whether the source
# tells still of whom no use is known to which the first one can reach back (90
# days, with a day to spare)
questions() {
	local name n=0 old
	for name; do
		old=$(jq '.activity[0].lastActivity | . == null or
			now - ((fromdate / 86400 | floor) - 1) * 86400 > 90 * 86400' \
			"$business/$name.json") || fail "no candidate $name"
		test "$old" = true && n=$((n + 2)) || n=$((n + 1))
	done
	echo $n
}

# The call that reads again what somebody did in GoToMeeting, and the one that
# takes the seat.
read_again="GET /G2M/organizers/{}/historicalMeetings"
take="DELETE /licenses/{}/users/{}"
