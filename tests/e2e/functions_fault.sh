# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
# What the tests of order and of a tenant that misbehaves share; sourced after
# functions.sh.
#
# Nothing here is timed: a call is held at the sandbox until the test lets it
# go, and what is asserted meanwhile is the order of events.

# ---------------------------------------------------------------- held at work

# hold ROUTE [N]: the next N calls (1) of it arrive, are counted, and wait
hold() {
	fault "{\"match\":\"$1\",\"kind\":\"hold\",\"count\":${2-1}}"
}

# let_go: they are carried out and answered now, in whatever state the tenant is
let_go() {
	fault_clear
}

# finished ROUTE N: so many of its calls were answered since log_clear
finished() {
	sandbox GET log | jq -r .route | grep -cxF "$1" | grep -qx "$2"
}

log_clear() {
	expect sandbox POST log/clear
}

# ------------------------------------------------------------------- in order

# sent: the routes that change something, in order, since log_clear
sent() {
	sandbox GET log |
		jq -r 'select(.method != "GET" and .api != "oauth") | .route'
}

# ------------------------------------------------------------------ the journal

# mark: verdicts are counted from here
mark() {
	marked=$(tail -n 1 "$mnt/.gotofs/journal.jsonl" | jq -r '.seq // 0')
	: "${marked:=0}"
}

# verdicts: "VERB OBJECT RESULT" a line, in byte order, since mark
verdicts() {
	jq -r "select(.seq > $marked) | \"\(.verb) \(.object) \(.result)\"" \
		"$mnt/.gotofs/journal.jsonl" | sort
}

# expect_verdicts LINE...: each of them once, and nothing else; marks anew.
expect_verdicts() {
	local want got
	want=$(if test $# -gt 0; then printf '%s\n' "$@"; fi | sort)
	got=$(verdicts)
	test "$got" = "$want" || fail "expected the verdicts" "${want:-none}" \
		"and got" "${got:-none}"
	mark
}

# sync_fails N: sync names N failures, below $WORK/out
sync_fails() {
	local word=changes
	test "$1" -ne 1 || word=change
	refuse "$1 $word w" 1 "$gotofs" sync --timeout 60 "$mnt"
}

# -------------------------------------------------------------------- the truth

# expect_truth: after a refresh the mount shows what the tenant is: everyone,
# his fields, his seats, his group, and each of these also as a link.
expect_truth() {
	refresh_tenant
	sandbox GET state >"$WORK/truth.json" || fail "no state"
	python3 - "$mnt" "$WORK/truth.json" >"$WORK/out" 2>&1 <<'END' ||
import json, os, sys
from urllib.parse import unquote
mnt, state = sys.argv[1], json.load(open(sys.argv[2]))
fields = ("email", "firstName", "lastName", "locale", "timeZone", "groupName")
bad = []

def compare(what, want, got):
    if want != got:
        bad.append("%s: the tenant has %r, the mount %r" % (what, want, got))

def read(path):
    with open(path) as f:
        return json.load(f)

names = [n for n in os.listdir(mnt + "/users")]
record = {n: read(mnt + "/.gotofs/records/" + n) for n in names}
shown = {n: read(mnt + "/users/" + n) for n in names}
key = {n: record[n]["key"] for n in names}
truth = {u["key"]: u for u in state["users"]}
for what, gone in (("tenant", set(truth) - set(key.values())), ("mount", set(key.values()) - set(truth))):
    for k in sorted(gone):
        bad.append("users/: only the %s has %s" % (what, k))
for n in names:
    u = truth.get(key[n], {})
    for f in fields:
        compare(n + " " + f, u.get(f), record[n].get(f))
        if f in shown[n]:
            compare(n + " shown " + f, u.get(f), shown[n][f])
    for f in ("adminRoles", "licenseKeys"):
        compare(n + " " + f, sorted(u.get(f, [])), sorted(record[n].get(f, [])))

def linked(folder):
    found = set()
    for n in os.listdir(folder):
        if os.path.islink(folder + "/" + n):
            found.add(key.get(os.path.basename(os.readlink(folder + "/" + n)), n))
    return sorted(found)

# (who has a seat is what the people's records say: a suspended one has his)
def by(kind, keys, name):
    want = {x[name] if isinstance(x[name], str) else tuple(x[name]): set() for x in state[kind]}
    at = {x["key"]: x[name] if isinstance(x[name], str) else tuple(x[name]) for x in state[kind]}
    for u in truth.values():
        for k in keys(u):
            want[at[k]].add(u["key"])
    return want

def compare_links(what, want, got):
    compare(what, sorted(want), sorted(got))
    for name in set(want) & set(got):
        if want[name] != set(got[name]):
            bad.append("%s %s: only the tenant has %s, only the mount has %s" % (what, name,
                sorted(want[name] - set(got[name])), sorted(set(got[name]) - want[name])))

licenses = {}
for n in os.listdir(mnt + "/licenses"):
    licenses[read(mnt + "/.gotofs/licenses/" + n + ".json")["key"]] = linked(mnt + "/licenses/" + n)
compare_links("licenses/", by("licenses", lambda u: u.get("licenseKeys", []), "key"), licenses)
groups = {}
for top, dirs, files in os.walk(mnt + "/groups"):
    path = os.path.relpath(top, mnt + "/groups")
    if path != ".":
        groups[tuple(unquote(x) for x in path.split("/"))] = linked(top)
compare_links("groups/", by("groups", lambda u: [u["groupKey"]] if u.get("groupKey") else [], "namePath"), groups)
print("\n".join(bad[:20]))
sys.exit(bool(bad))
END
		fail "the mount is not the tenant" "$(cat "$WORK/out")"
}

# ----------------------------------------------------- one change of each verb

# verbs_prepare N: groups for N rounds, and whom they concern. Before the mount.
verbs_prepare() {
	local n
	for ((n = 0; n < $1; n++)); do
		mutate "{\"op\":\"create-group\",\"name\":\"Old$n\"}"
		mutate "{\"op\":\"create-group\",\"name\":\"Drop$n\"}"
	done
	verbs_license=$(tenant_license "GoToMeeting Business" .key)
	verbs_other=$(tenant_license "GoToConnect Standard" .key)
	mapfile -t verbs_people < <(sandbox GET state | jq -r \
		--arg l "$verbs_license" --arg o "$verbs_other" '.users[] |
		select((.adminRoles // []) == [] and .groupKey and .status == "ACTIVE" and
			((.licenseKeys // []) | index($l) and (index($o) | not))) |
		.email | select(test("^[a-z.]+@example.com$"))' | sort)
	test ${#verbs_people[@]} -ge $(($1 * 6)) || fail "only ${#verbs_people[@]} people"
}

# verbs_start N: each verb once, of different people; the two writers wait
verbs_start() {
	local who=("${verbs_people[@]:$1 * 6:6}")
	local business=$mnt/licenses/gotomeeting-business
	in_background bash -c "exec cp /dev/stdin '$mnt/users/made$1@example.com.json' \
		<<<'{\"firstName\":\"Made\",\"lastName\":\"Up\"}'"
	verbs_writers=("$waiting")
	in_background bash -c "exec cp /dev/stdin '$mnt/users/${who[0]}.json' <<<'{\"lastName\":\"Verb$1\"}'"
	verbs_writers+=("$waiting")
	expect mkdir "$mnt/groups/Made$1"
	expect mv "$mnt/groups/Old$1" "$mnt/groups/Renamed$1"
	expect ln -s "../../users/${who[1]}.json" "$mnt/groups/Interns/"
	expect ln -s "../../users/${who[2]}.json" "$mnt/licenses/gotoconnect-standard/"
	expect rm "$business/${who[3]}.json"
	expect find "$mnt/groups" -name "${who[4]}.json" -delete
	expect rm "$mnt/users/${who[5]}.json"
	expect rmdir "$mnt/groups/Drop$1"
}

# verbs_end N: the writers hear that it went well, and it did; each change has
# its one line in the journal, and what the tenant has is what was asked for.
verbs_end() {
	local who=("${verbs_people[@]:$1 * 6:6}") taken_out
	for waiting in "${verbs_writers[@]}"; do
		ended 0
	done
	sync_tenant
	taken_out=$(verdicts | sed -n "s/^take-out \(.*\) ok\$/\1/p")
	is "${who[4]}.json" "${taken_out##*/}"
	expect_verdicts "create users/made$1@example.com.json ok" "update users/${who[0]}.json ok" \
		"group-create groups/Made$1 ok" "group-rename groups/Renamed$1 ok" \
		"move groups/Interns/${who[1]}.json ok" \
		"assign licenses/gotoconnect-standard/${who[2]}.json ok" \
		"unassign licenses/gotomeeting-business/${who[3]}.json ok" \
		"take-out $taken_out ok" "remove users/${who[5]}.json ok" "group-delete groups/Drop$1 ok"
	sandbox GET state | jq -r --arg l "$verbs_license" --arg o "$verbs_other" \
		--arg n "$1" --args '
		def user($e): [.users[] | select(.email == $e)];
		def named($g): [.groups[] | select(.name == $g + $n)] | length;
		[(user("made\($n)@example.com") | map(.lastName)), (user($ARGS.positional[0]) | .[0].lastName),
		user($ARGS.positional[1])[0].groupName,
		(user($ARGS.positional[2])[0].licenseKeys | index($o) != null),
		((user($ARGS.positional[3])[0].licenseKeys // []) | index($l) != null),
		user($ARGS.positional[4])[0].groupName, (user($ARGS.positional[5]) | length),
		named("Made"), named("Old"), named("Renamed"), named("Drop")] | tojson' \
		"${who[@]}" >"$WORK/effects" 2>&1
	is "[[\"Up\"],\"Verb$1\",\"Interns\",true,false,null,0,1,0,1,0]" "$(cat "$WORK/effects")"
	is "" "$(find "$mnt/.gotofs/errors" -type f)"
}

# The routes of their calls.
verbs_posts=("POST /groups" "POST /users" "POST /licenses/{}/users/{}")
verbs_others=("PUT /groups/{}" "PUT /users/{}" "PUT /groups/{}/users/{}"
	"DELETE /licenses/{}/users/{}" "DELETE /users/{}/groups" "DELETE /users/{}"
	"DELETE /groups/{}")

# expect_verb_calls POSTS OTHERS: so many calls of each route
expect_verb_calls() {
	expect_writes "${verbs_posts[@]/%/=$1}" "${verbs_others[@]/%/=$2}"
}

# verbs_fault JSON: that, of each route, once; JSON without its braces
verbs_fault() {
	local route
	for route in "${verbs_posts[@]}" "${verbs_others[@]}"; do
		fault "{\"match\":\"$route\",$1}"
	done
}

round=-1 # of the verbs
# round NAME: verbs anew, with nothing removed before
round() {
	test -z "$daemon_pid" || unmount_tenant
	step "$1"
	round=$((round + 1))
	mkdir -m 700 "$WORK/state$round"
	mount_tenant "settle=30,deadline=600,state_dir=$WORK/state$round"
	calls_clear
	mark
}
