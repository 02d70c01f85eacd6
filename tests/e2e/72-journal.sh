#!/bin/bash
# SPDX-License-Identifier: MIT
# The journal as evidence: gotofs journal verify and cat, rotation by size
# under a reader that has the file open, and what tampering looks like.
# shellcheck disable=SC2016
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

start_sandbox
printf '[journal]\nmax_size = 4K\n' >>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
mount_tenant
state=$XDG_STATE_HOME/gotofs/$profile
journal=$mnt/.gotofs/journal.jsonl
ann=$mnt/users/ann.lee@example.com.json

# change N: so many lines for the journal
change() {
	local i
	for ((i = 0; i < $1; i++)); do
		n=$((${n:-0} + 1))
		echo "{\"lastName\":\"Name$n\"}" >"$ann" || fail "not written"
	done
}
seqs() { jq -s -c 'map(.seq)' "$@"; }
one_to() { jq -n -c "[range(1; $1 + 1)]"; }

step "empty, then a few lines, each with the hash of the one before"
expect_out "the journal is empty" "$gotofs" journal verify "$mnt"
change 3
expect "$gotofs" journal verify "$mnt"
said "3 lines are whole, seq 1 to 3"
last=$(sed -n '3p' "$journal" | tr -d '\n' | sha256sum | cut -d' ' -f1)
said "$last"
is "$(sed -n 2p "$journal" | tr -d '\n' | sha256sum | cut -d' ' -f1)" \
	"$(sed -n 3p "$journal" | jq -r .prev)"
expect_out "$(cat "$journal")" "$gotofs" journal cat "$mnt/users"
expect "$gotofs" journal verify "$journal"

step "tail -f and tail -F see each line once while it is rotated"
tail -s 0.05 -n +1 -f "$journal" >"$WORK/followed" &
follow_pid=$!
tail -s 0.05 -n +1 -F "$journal" >"$WORK/followed_by_name" 2>"$WORK/tail.err" &
name_pid=$!
await 30 test -s "$WORK/followed"
await 30 test -s "$WORK/followed_by_name"
segments() { test "$(find "$state/journal" -name '*.jsonl' | wc -l)" -ge "$1"; }
change 12
await 30 segments 1
change 12
await 30 segments 2
change 5
has_last() { grep -q "\"seq\":$n," "$1"; }
await 30 has_last "$WORK/followed"
await 30 has_last "$WORK/followed_by_name"
kill $follow_pid $name_pid
wait $follow_pid $name_pid 2>/dev/null
is "$(one_to "$n")" "$(seqs "$WORK/followed")"
is "$(one_to "$n")" "$(seqs "$WORK/followed_by_name")"

step "the file begins later now; an open one goes on with its numbering"
first=$(head -n 1 "$journal" | jq .seq)
test "$first" -gt 1 || fail "nothing was rotated"
expect_out "$(one_to "$n")" seqs <("$gotofs" journal cat "$mnt")
is "$(jq -n -c "[range($first; $n + 1)]")" "$(seqs "$journal")"
is "$(stat -c %s "$journal")" "$(wc -c <"$journal")"
expect "$gotofs" journal verify "$mnt"
said "$n lines are whole, seq 1 to $n"
exec 9<"$journal"
read -r -u 9 line
is "$first" "$(jq .seq <<<"$line")"
moved() { test "$(head -n 1 "$journal" | jq .seq)" -gt "$first"; }
change 15
await 30 moved
is "$(jq -n -c "[range($first + 1; $n + 1)]")" "$(seqs <&9)"
exec 9<&-

step "each file by itself, and all of them in their order"
expect "$gotofs" journal verify "$state/journal/000002.jsonl"
expect "$gotofs" journal verify "$state"/journal/*.jsonl "$journal"
said "$n lines are whole"
refuse "000001.jsonl, line 1: seq 1 comes after" 1 "$gotofs" journal verify \
	"$state/journal/000002.jsonl" "$state/journal/000001.jsonl"
is 600 "$(stat -c %a "$state/journal/000001.jsonl")"
is 700 "$(stat -c %a "$state/journal")"

step "over a remount, and with nothing mounted"
unmount_tenant
expect "$gotofs" journal verify "$state"
said "$n lines are whole"
mount_tenant
change 1
expect "$gotofs" journal verify "$mnt"
said "$n lines are whole, seq 1 to $n"
is "$(one_to "$n")" "$(seqs <("$gotofs" journal cat "$mnt"))"
unmount_tenant

step "a changed byte in a segment"
cp -r "$state" "$WORK/copy"
sed -i '3s/Name3/Name4/' "$WORK/copy/journal/000001.jsonl"
refuse "journal/000001.jsonl, line 4: the line with seq 3 was changed" 1 \
	"$gotofs" journal verify "$WORK/copy"
step "a segment that is missing"
cp "$state/journal/000001.jsonl" "$WORK/copy/journal/"
rm "$WORK/copy/journal/000002.jsonl"
refuse "journal/000002.jsonl: this part of the journal is missing" 1 \
	"$gotofs" journal verify "$WORK/copy"
refuse "journal/000002.jsonl: this part of the journal is missing" 1 \
	"$gotofs" journal cat "$WORK/copy"
is "$(one_to "$n" | jq -c --slurpfile gone "$state/journal/000002.jsonl" \
	'. - ($gone | map(.seq))')" "$(seqs "$WORK/out")"
step "a tail that was cut off"
cp "$state/journal/000002.jsonl" "$WORK/copy/journal/"
expect "$gotofs" journal verify "$WORK/copy"
python3 - "$WORK/copy/mirror.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
n = db.execute("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
assert n.rowcount == 1
db.commit()
END
refuse "the lines after seq $((n - 1)) are missing" 1 \
	"$gotofs" journal verify "$WORK/copy"
step "a removed and a swapped line"
sed 2d "$state/journal/000001.jsonl" >"$WORK/lines"
refuse "line 2: seq 3 comes after seq 1" 1 "$gotofs" journal verify "$WORK/lines"
sed '2{h;d};3G' "$state/journal/000001.jsonl" >"$WORK/lines"
refuse "line 2: seq 3 comes after seq 1" 1 "$gotofs" journal verify "$WORK/lines"

step "no journal there"
refuse "not in a gotofs mount" 6 "$gotofs" journal verify "$WORK"
refuse "neither verify nor cat" 2 "$gotofs" journal check "$WORK"
refuse "expected at least 2 operands" 2 "$gotofs" journal verify
