#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/reclaim-quarterly: the seats that nobody uses, and what became of
# taking them back.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"
# shellcheck source=tests/e2e/functions_reclaim.sh
. "$(dirname "$0")/functions_reclaim.sh"

quarterly=$examples/reclaim-quarterly
kim=kim.park@example.com
start_sandbox --users 40
printf 'gotomeeting-business,16.50,EUR\ngotowebinar-pro,49,USD\n' \
	>"$XDG_CONFIG_HOME/gotofs/prices.csv"
reclaim_mount settle=1
manners reclaim-quarterly DIR

# reason LICENSE NAME
reason() {
	jq -r .reason "$reclaim/$1/$2.json"
}

# seats_shown: "LICENSE NAME" a line, of the last one's output
seats_shown() {
	sed -n 's/^\(free: \|kept: \)\{0,1\}\([a-z][^ ]* [^ ]*@[^ :]*\).*/\2/p' "$WORK/out" | sort
}

step "at most none, or no number, is wrong usage"
for max in 0 00 abc -1 ''; do
	refuse "usage: reclaim-quarterly " 2 "$quarterly" --yes --max "$max" "$mnt"
done

step "they are listed, with cost and reason; no answer takes none"
refuse "Take them back?" 1 "$quarterly" "$mnt" </dev/null
is "$(candidates | sed 's|/| |; s|\.json$||')" "$(seats_shown)"
said "gotomeeting-business $kim (16.5 EUR a month): $(reason gotomeeting-business $kim)"
n=$(find "$business" -name '*.json' | wc -l)
said "$(candidates | wc -l) seats, $(jq -n "$n * 16.5") EUR a month"
refuse "Take them back?" 1 "$quarterly" --max 1 "$mnt" <<<no
expect_calls

step "more than the limit: none"
refuse "nothing was approved" 1 "$quarterly" --yes "$mnt" gotomeeting-business
said "reclaim-quarterly: no seat was taken"
expect_calls

step "the longest unused of one license; who was active meanwhile keeps his seat"
mapfile -t two < <(find "$business" -maxdepth 1 -name '*.json' -printf '%T@ %f\n' |
	sort -n | head -n 2 | sed 's/^[^ ]* //; s/\.json$//')
asked=$(questions "${two[0]}")
mutate "{\"op\":\"add-use\",\"email\":\"${two[1]}\",\"product\":\"gotomeeting\"}"
# (what was refused before is not told again)
switch '{"meeting":"500"}'
expect mv "$business/${two[0]}.json" "$business/approved/"
await 30 test -e "$mnt/.gotofs/errors/reclaim/gotomeeting-business/${two[0]}.json.txt"
await 30 test -e "$business/${two[0]}.json"
switch '{"meeting":"normal"}'
calls_clear
refuse "Take them back?" 1 "$quarterly" --max 2 "$mnt" gotomeeting-business <<<y
said "free: gotomeeting-business ${two[0]} (16.5 EUR a month)"
said "free: 1 seat, 16.5 EUR a month"
said "kept: gotomeeting-business ${two[1]} (16.5 EUR a month): nothing was sent, he keeps the seat: he hosted a meeting on"
said "kept: 1 seat, 16.5 EUR a month"
expect_calls "$read_again=$((asked + 1))" "$take=1"
has_no_seat "${two[0]}"
has_seat "${two[1]}"

step "somebody is exempt while it asks: nobody is taken what was not shown"
mkfifo answer
exec {answer}<>answer # (opening it for reading alone would wait)
in_background bash -c '"$@" <answer' - "$quarterly" --max 1 "$mnt" gotomeeting-business
await 30 grep -q "Take them back" background
next=$(sed -n 's/^gotomeeting-business \([^ ]*\) .*/\1/p' background)
expect cp /dev/stdin "$reclaim/rules.json" \
	<<<"{\"exemptions\":[{\"pattern\":\"$next\",\"reason\":\"test\"}]}"
await 30 test ! -e "$business/$next.json"
echo y >&"$answer"
ended 1 "not the same any more"
expect_calls

step "the rest, two of a license, unasked; again until there are none"
n=$(sandbox GET state | jq '[.users[].licenseKeys // [] | length] | add')
seats=$(candidates | cut -d/ -f1 | sort | uniq -c | awk '{ n += $1 > 2 ? 2 : $1 } END { print n }')
expect "$quarterly" --yes --max 2 "$mnt"
is "$seats" "$(grep -c '^free: .*@' out)"
is "$((n - seats))" "$(sandbox GET state | jq '[.users[].licenseKeys // [] | length] | add')"
expect gotofs allow --removals 100 --for 10m --reason test "$mnt"
expect "$quarterly" --yes "$mnt"
is "" "$(candidates)"
calls_clear
expect_out "" "$quarterly" "$mnt"
expect_calls
is "$next" "$(tenant_user "$next" .email)"
has_seat "$next"
