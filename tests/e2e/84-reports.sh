#!/bin/bash
# SPDX-License-Identifier: MIT
# reports/: made when somebody looks, kept until something changes; nobody can
# write or remove there; no value is run by what shows it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"

reports=$mnt/reports
evil=eve.evil@example.com
prices=$XDG_CONFIG_HOME/gotofs/prices.csv

# cell USER COLUMN: of users.csv; cell -l LICENSE COLUMN: of the position
cell() {
	local file=users.csv
	if test "$1" = -l; then
		file=license-position.csv
		shift
	fi
	python3 - "$reports/$file" "$@" <<'END'
import csv, sys
with open(sys.argv[1], newline="", encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
print(*[r[sys.argv[3]] for r in rows if next(iter(r.values())) == sys.argv[2]])
END
}

stamps() {
	stat -c '%n %i %s %.9Y' "$reports"/*
}

step "four files, one row a license, one a user; no call for them"
start_sandbox
mount_tenant
calls_clear
expect_out "index.html license-position.csv license-position.json users.csv" \
	bash -c "ls '$reports' | xargs"
for file in "$reports"/*; do
	is "$(stat -c %s "$file")" "$(wc -c <"$file")"
done
is "$(find "$mnt/users" -name '*.json' | wc -l)" \
	"$(tail -n +2 "$reports/users.csv" | wc -l)"
is "$(find "$mnt/licenses" -mindepth 1 -maxdepth 1 | sort | xargs -n 1 basename)" \
	"$(tail -n +2 "$reports/license-position.csv" | cut -d, -f1 | LC_ALL=C sort)"
while IFS=, read -r license assigned; do
	is "$assigned" "$(find "$mnt/licenses/$license" -name '*.json' | wc -l)"
	is "$assigned" "$(jq --arg l "$license" \
		'.licenses[] | select(.license == $l) | .assigned' \
		"$reports/license-position.json")"
done < <(tail -n +2 "$reports/license-position.csv" | cut -d, -f1,5)
is "" "$(jq '.licenses[] | select(.active + .inactive + .never + .unknown !=
	.assigned or .reclaimable + .downgrade + .new + .exempt + .protected !=
	.inactive + .never)' "$reports/license-position.json")"
expect_calls

step "a group is its whole path, as deep as the tenant has it"
group='' above=''
for name in Sales-1 EMEA-2 L-3 L-4; do
	mutate '{"op":"create-group","name":"'$name'","parent":"'$above'"}'
	above=$name group=${group:+$group/}$name
done
mutate '{"op":"set-group","email":"dan.fox@example.com","group":"L-4"}'
refresh_tenant
expect test -L "$mnt/groups/$group/dan.fox@example.com.json"
is "$group" "$(cell dan.fox@example.com group)"
calls_clear

step "whatever writes or removes there is told no"
refuse "Read-only file system" 1 rm "$reports/users.csv"
error_record reports/users.csv "nothing to be removed"
refuse "Operation not permitted" 1 cp /dev/null "$reports/users.csv"
refuse "Operation not permitted" 1 touch "$reports/users.csv"
refuse "Operation not permitted" 1 touch "$reports/new.csv"
refuse "Operation not permitted" 1 mv "$reports/users.csv" "$reports/new.csv"
refuse "not" 1 rmdir "$reports"
expect touch "$reports"
expect chmod 700 "$reports"
expect test -s "$reports/users.csv"

step "nothing is run: not by a spreadsheet, not by a browser"
expect_calls
# shellcheck disable=SC2016 # jq's
expect jq -n --arg first '=HYPERLINK("//e.example","x")' \
	--arg last '<script>alert(1)</script>' \
	'{firstName: $first, lastName: $last}'
cp "$WORK/out" "$mnt/users/$evil.json" || fail "no $evil"
expect ln -s "../../users/$evil.json" "$mnt/licenses/gotomeeting-business/"
sync_tenant
is "'=HYPERLINK(\"//e.example\",\"x\")" "$(cell $evil firstName)"
grep -qF "$evil,\"'=HYPERLINK(\"\"//e.example\"\",\"\"x\"\")\",<script>" \
	"$reports/users.csv" || fail "$(grep -F $evil "$reports/users.csv")"
! grep -qF '<script' "$reports/index.html" || fail "a script"
! grep -qE "(src|href)=|url\\(|@import" "$reports/index.html" ||
	fail "something is loaded from elsewhere"
calls_clear

step "who is reading goes on with what he began with"
exec 9<"$reports/users.csv"
old=$(md5sum <"$reports/users.csv")
read -r -n 20 -u 9 head
expect rm "$mnt/licenses/gotomeeting-business/$evil.json"
sync_tenant
test "$(md5sum <"$reports/users.csv")" != "$old" || fail "it has not changed"
is "" "$(cell $evil license:gotomeeting-business)"
is "$old" "$(md5sum <(printf %s "$head"; cat <&9) | sed 's,/.*,-,')"
exec 9<&-
expect_calls "DELETE /licenses/{}/users/{}=1"

step "looked at once more they cost nothing, and keep their times"
look() {
	expect cat "$reports"/*
	expect ls -l "$reports"
}
for _ in 1 2 3 4 5; do # until the kernel has them all
	look
done
old=$(stamps)
before=$(requests)
look
is "$before" "$(requests)"
is "$old" "$(stamps)"
refresh_tenant # finds no difference
is "$old" "$(stamps)"
unmount_tenant
mount_tenant
is "$old" "$(stamps)"

step "prices.csv beside the profile: seen when it is written, and when it goes"
printf 'license,price,currency\ngotomeeting-*,16,EUR\ngotowebinar-pro,"49.50",USD\n' \
	>"$prices"
await 30 grep -q possibleSavings "$reports/license-position.csv"
owned=$(cell -l gotomeeting-business owned)
is "$((owned * 16)).00" "$(cell -l gotomeeting-business cost)"
is EUR "$(cell -l gotomeeting-business currency)"
is "" "$(cell -l openvoice cost)"
is USD "$(cell -l gotowebinar-pro currency)"
await 30 grep -q "Possible savings" "$reports/index.html"
echo "gotomeeting-*,sixteen,EUR" >"$prices"
await 30 grep -q "No prices: .*line 1: .*sixteen.* is no price" \
	"$reports/index.html"
is null "$(jq '.licenses[0].price' "$reports/license-position.json")"
step "a name of no license: its line; a pattern may fit nothing, and the rest holds"
printf 'nothing-*,1,EUR\ngotowebinar-pro,16.505,USD\nGoToMeeting Business,5,USD\n' >"$prices"
wrong="prices.csv: line 3: there is no license \"GoToMeeting Business\" in licenses/; it is called gotomeeting-business"
await 30 bash -c "jq -r .pricesTrouble '$reports/license-position.json' | grep -qF '$wrong'"
is 16.505 "$(cell -l gotowebinar-pro price)"
is "" "$(cell -l gotomeeting-business price)"
grep -q "<p>Prices: .*line 3" "$reports/index.html" ||
	fail "$(grep -o 'rices: .*' "$reports/index.html")"
rm "$prices"
await 30 bash -c "! grep -q 'No prices' '$reports/index.html'"
unmount_tenant

step "a file that the profile names and that is not there: a sentence"
printf '[reports]\nprices_file = elsewhere.csv\n' \
	>>"$XDG_CONFIG_HOME/gotofs/sandbox.conf"
mount_tenant
grep -q "No prices: .*elsewhere.csv: No such file" "$reports/index.html" ||
	fail "$(grep -o 'No prices.*' "$reports/index.html")"

step "a row a day is kept, of each license: the numbers of the report"
db=$XDG_STATE_HOME/gotofs/sandbox/mirror.db
trend_rows() {
	test "$(sqlite3 "$db" 'SELECT license_key, owned, assigned, active,
			unknown, reclaimable FROM trend' | sort)" = \
		"$(jq -r '.licenses[] | [.key, .owned // -1, .assigned, .active,
			.unknown, .reclaimable] | join("|")' \
			"$reports/license-position.json" | sort)"
}
await 90 trend_rows
unmount_tenant
# yesterday
sqlite3 "$db" 'INSERT INTO trend SELECT day - 1, license_key, owned,
	assigned - 1, active, unknown, reclaimable FROM trend'
mount_tenant
calls_clear
grep -q '<polyline class="c-assigned"' "$reports/index.html" || fail "no trend"
grep -q '<polyline class="c-unknown"' "$reports/index.html" || fail "no unknowns"
expect_calls
