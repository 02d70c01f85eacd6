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

# in_background CMD...: its status goes to ended; its words to $WORK/background
in_background() {
	"$@" >>"$WORK/background" 2>&1 &
	waiting=$!
}

# ended STATUS: the one in the background, now or soon
ended() {
	local status
	wait "$waiting"
	status=$?
	test $status -eq "$1" ||
		fail "exit $status, not $1" "$(tail "$WORK/background")"
}

waits() {
	kill -0 "$waiting" 2>/dev/null || fail "it does not wait"
}

# finished ROUTE N: so many of its calls were answered since log_clear
finished() {
	sandbox GET log | jq -r .route | grep -cxF "$1" | grep -qx "$2"
}

log_clear() {
	expect sandbox POST log/clear
}

# ------------------------------------------------------------------- in order

# expect_writes [ROUTE=N]...: these calls that change something and no others.
# Clears the counters.
expect_writes() {
	local want got
	want=$(if test $# -gt 0; then printf '%s\n' "$@"; fi | sort)
	got=$(calls | grep -v '^GET ')
	test "$got" = "$want" ||
		fail "expected the writing calls" "${want:-none}" "and got" "${got:-none}"
	calls_clear
}

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

# fails_tell N: sync names N failures, below $WORK/out
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
compare("users/", sorted(truth), sorted(key.values()))
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
