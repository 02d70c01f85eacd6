#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/leavers and examples/onboard: people by a list of comma-separated
# values, as a personnel department sends it.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"

ann=ann.lee@example.com
dan=dan.fox@example.com
max=max+test@example.com
pat="pat.o'brien@example.com"
start_sandbox --users 40
printf '[guard]\nprotect = Nobody@x.y, Olga.O*@*\n' \
	>>"$XDG_CONFIG_HOME/gotofs/$profile.conf"
mount_tenant settle=1
touch none.csv
manners leavers DIR none.csv
manners onboard DIR none.csv

# users_now: how many the tenant has
users_now() {
	sandbox GET state | jq '.users | length'
}

# list_without NAME...: of all others, a line each, as Excel writes it; people
# have addresses in capitals there
list_without() {
	printf '%s\n' "$@" >who.txt
	printf '\xef\xbb\xbfNo;"E-Mail of ""him""";Email\r\n'
	find "$mnt/users" -name '*.json' -printf '%f\n' | sed 's|\.json$||' | sort |
		grep -vxFf who.txt | awk '{ print NR ";\"a;b\nc\";\"" toupper($0) "\"\r" }'
}

step "onboard: of whom a seat is refused at once nothing else is named"
printf 'email,licenses\n%s,gotomeeting-starter\n' $ann >new.csv
refuse "new.csv: line 2: licenses/gotomeeting-starter/$ann.json: " 1 \
	"$examples/onboard" "$mnt" new.csv
is 1 "$(wc -l <err)"

step "leavers: nobody left"
list_without nobody@example.com >hr.csv
calls_clear
says "" "$examples/leavers" --yes "$mnt" hr.csv
expect_calls

step "three left: listed with their seats; nobody is removed"
list_without $dan $max "$pat" admin@example.com >hr.csv
says "$dan gotomeeting-business
$max gotomeeting-business
$pat gotomeeting-business" "$examples/leavers" "$mnt" hr.csv
expect_calls

step "who is protected by a pattern is none of them"
list_without $dan $max "$pat" admin@example.com olga.open@example.com >hr.csv
says "$dan gotomeeting-business
$max gotomeeting-business
$pat gotomeeting-business" "$examples/leavers" "$mnt" hr.csv

step "--yes: they are removed, the protected administrator is not"
expect "$examples/leavers" --yes "$mnt" hr.csv
expect_calls "DELETE /users/{}=3"
is 37 "$(users_now)"
is "" "$(tenant_user "$pat")"
expect "$examples/leavers" --yes "$mnt" hr.csv
expect_calls

step "more than the guard lets go: nobody is removed before somebody says so"
head -n 21 hr.csv >short.csv
n=$("$examples/leavers" "$mnt" short.csv | wc -l)
test "$n" -gt 20 || fail "$n leavers"
refuse "gotofs allow --removals $n " 1 "$examples/leavers" --yes "$mnt" short.csv
expect_calls
is 37 "$(users_now)"
expect gotofs allow --removals "$n" --for 10m --reason test "$mnt"
expect "$examples/leavers" --yes "$mnt" short.csv
expect_calls "DELETE /users/{}=$n"

step "one whom GoTo refuses to remove is named"
list_without $ann >hr.csv
fault '{"match":"DELETE /users/{}","kind":"status","status":403}'
refuse "users/$ann.json: " 1 "$examples/leavers" --yes "$mnt" hr.csv
fault_clear
test -n "$(tenant_user $ann)" || fail "she was removed"
expect rm "$mnt/.gotofs/errors/users/$ann.json.txt"
calls_clear

step "a list that makes no sense removes nobody"
left=$(users_now)
# bad_list TEXT SAYS
bad_list() {
	printf '%b' "$1" >bad.csv
	refuse "$2" 1 "$examples/leavers" --yes "$mnt" bad.csv
	refuse "$2" 1 "$examples/leavers" "$mnt" bad.csv
}
bad_list "" "is it the right list?"
bad_list "email\n" "is it the right list?"
bad_list "email\nnobody@example.com\n" "is it the right list?"
bad_list "$ann\n" 'line 1: no column "email"'
bad_list "name,email\nx,$ann\ny,\n" "line 3: no address"
bad_list "name,email\n\"x\ny\",$ann\n\"y,$dan\n" "line 4: a quote has no end"
bad_list "name,email\nx\"y\",$ann\n" "line 2: a quote amid a field"
bad_list "name,email\nx,$ann,z\n" "line 2: more fields"
bad_list "email;\"name, first\"\nnobody@example.com;x, y\n" "is it the right list?"
bad_list "name,email\nM\\0374ller,$ann\n" "line 2: no UTF-8"
refuse "No such file" 1 "$examples/leavers" --yes "$mnt" none/there.csv
is "$left" "$(users_now)"
expect_calls

step "onboard: new people, with seats and groups, one call for who are alike"
cat >new.csv <<'END'
email,firstName,lastName,group,licenses,telephone
"Bob.Stone@Example.com",Bob,"Stone, ""Bobby""",Berlin,gotomeeting-business gotoconnect-standard,"1,2"

o'neil+x@example.com, Ó ,O'Neil,Engineering/R&D %2F Labs,,
-z%~$(id)`id`@example.com,"東",Q,東京,gotomeeting-business,
END
says "" "$examples/onboard" "$mnt" new.csv
expect_calls "POST /users=3" "GET /users/{}=3"
is 'Bob Stone, "Bobby" Berlin 2' "$(tenant_user bob.stone@example.com \
	'"\(.firstName) \(.lastName) \(.groupName) \(.licenseKeys | length)"')"
is "Ó R&D / Labs" "$(tenant_user "o'neil+x@example.com" '"\(.firstName) \(.groupName)"')"
# shellcheck disable=SC2016
is "東 東京 1" "$(tenant_user '-z%~$(id)`id`@example.com' \
	'"\(.firstName) \(.groupName) \(.licenseKeys | length)"')"

step "a second time: no call"
says "" "$examples/onboard" "$mnt" new.csv
expect_calls

step "what differs is changed; an empty field changes nothing"
printf '\xef\xbb\xbf' >new.csv
cat >>new.csv <<END
Email,licenses,LastName,FirstName,locale,timeZone
bob.stone@example.com,gototraining,Stein,,de_DE,Europe/Berlin
$ann,,,,,
END
says "" "$examples/onboard" "$mnt" new.csv
expect_calls "PUT /users/{}=1" "POST /licenses/{}/users/{}=1"
is "Bob Stein de_DE Europe/Berlin Berlin 3" "$(tenant_user bob.stone@example.com \
	'"\(.firstName) \(.lastName) \(.locale) \(.timeZone) \(.groupName) \(.licenseKeys | length)"')"

step "each line of which something was refused is named, and why; the others are done"
cat >new.csv <<'END'
email,firstName,lastName,group,licenses
no.name@example.com,,Stone,Berlin,gotomeeting-business
no.right@example.com,"No
",Right,Support,openvoice
no.group@example.com,No,Group,Nowhere,../users gotomeeting-gold
good@example.com,Good,One,Support,gototraining
last@example.com,Last,One,,gotomeeting-business
END
refuse "new.csv: line 2: users/no.name@example.com.json: firstName is missing" 1 \
	"$examples/onboard" "$mnt" new.csv
said "new.csv: line 3: licenses/openvoice/no.right@example.com.json: the token's user has not the right"
said "new.csv: line 5: there is no groups/Nowhere"
said "new.csv: line 5: there is no licenses/?"
said "new.csv: line 5: there is no licenses/gotomeeting-gold"
is 5 "$(wc -l <err)"
is "" "$(cat out)"
is "Support 0" "$(tenant_user no.right@example.com \
	'"\(.groupName) \(.licenseKeys // [] | length)"')"
is "No Group none" "$(tenant_user no.group@example.com \
	'"\(.firstName) \(.lastName) \(.groupName // "none")"')"
is "Support 1" "$(tenant_user good@example.com '"\(.groupName) \(.licenseKeys | length)"')"
is 1 "$(tenant_user last@example.com '.licenseKeys | length')"

step "nothing waits for who was refused"
is "" "$(find "$mnt/groups" "$mnt/licenses" -xtype l)"
is "" "$(ls "$mnt/.gotofs/pending")"
calls_clear
expect tee "$mnt/.gotofs/ctl" <<<acknowledge
refuse "line 2: " 1 "$examples/onboard" "$mnt" new.csv
is 5 "$(wc -l <err)"
expect_calls "POST /licenses/{}/users/{}=1"

step "nor for whom GoTo refuses; an old record is not this line's"
cat >new.csv <<'END'
email,firstName,lastName,group,licenses
late@example.com,Late,One,Support,gotomeeting-business
END
fault '{"match":"POST /users","kind":"status","status":400,"count":-1}'
refuse "new.csv: line 2: users/late@example.com.json: " 1 "$examples/onboard" "$mnt" new.csv
is 1 "$(wc -l <err)"
fault_clear
is "" "$(find "$mnt/groups" "$mnt/licenses" -xtype l)"
is "" "$(ls "$mnt/.gotofs/pending")"
calls_clear
says "" "$examples/onboard" "$mnt" new.csv
expect_calls "POST /users=1" "GET /users/{}=1"

step "nor is a record of what somebody else tried, and was refused"
fault '{"match":"DELETE /licenses/{}/users/{}","kind":"status","status":400}'
expect rm "$mnt/licenses/gotomeeting-business/late@example.com.json"
refuse refused 1 gotofs sync "$mnt"
calls_clear
says "" "$examples/onboard" "$mnt" new.csv
expect_calls

step "who is refused takes nothing from somebody whose address ends as his"
expect ln -s ../../users/mary.eve@example.com.json "$mnt/groups/Support/"
printf 'email,lastName,group\neve@example.com,Stone,Support\n' >new.csv
refuse "new.csv: line 2: users/eve@example.com.json: firstName is missing" 1 \
	"$examples/onboard" "$mnt" new.csv
is 1 "$(ls "$mnt/.gotofs/pending" | wc -l)"
test -L "$mnt/groups/Support/mary.eve@example.com.json" || fail "her link is gone"
expect rm "$mnt/groups/Support/mary.eve@example.com.json"

step "a mount that is read-only meanwhile: each row is named, and why"
ro='made read-only by "ro" in .gotofs/ctl; "rw" there ends it'
cat >new.csv <<END
email,firstName,lastName,licenses
ro.two@example.com,Ro,Two,
ó'東@example.com,Ro,Three,gototraining
$ann,Ro,Ann,
END
calls_clear
expect tee "$mnt/.gotofs/ctl" <<<ro
refuse "new.csv: line 2: users/ro.two@example.com.json: $ro" 1 \
	"$examples/onboard" "$mnt" new.csv
said "new.csv: line 3: users/ó'東@example.com.json: $ro"
said "new.csv: line 3: licenses/gototraining/ó'東@example.com.json: $ro"
said "new.csv: line 4: users/$ann.json: $ro"
is 4 "$(wc -l <err)"
expect tee "$mnt/.gotofs/ctl" <<<rw
expect_calls
says "" "$examples/onboard" "$mnt" new.csv
expect_calls "GET /users/{}=2" "POST /users=2" "PUT /users/{}=1"

step "... or from the beginning"
rm -rf "$mnt/.gotofs/errors/"*
unmount_tenant
mount_tenant ro
calls_clear
sed -i 's/two@/four@/; s/東@/西@/' new.csv
refuse "new.csv: line 2: users/ro.four@example.com.json: Read-only file system" 1 \
	"$examples/onboard" "$mnt" new.csv
said "new.csv: line 3: users/ó'西@example.com.json: Read-only file system"
said "new.csv: line 3: licenses/gototraining/ó'西@example.com.json: Read-only file system"
said "new.csv: line 4: users/$ann.json: Read-only file system"
is 4 "$(wc -l <err)"
list_without $ann >hr.csv
refuse "$ann.json: Read-only file system" 1 "$examples/leavers" --yes "$mnt" hr.csv
! grep -v ": Read-only file system$" err || fail "something else is told"
expect_calls
