#!/bin/bash
# SPDX-License-Identifier: MIT
# examples/unlicensed, move-department and hand-over: who holds what, who
# belongs where, and a seat that goes from one to the other.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_examples.sh
. "$(dirname "$0")/functions_examples.sh"

ann=ann.lee@example.com
dan=dan.fox@example.com
full=full.house@example.com
max=max+test@example.com
pat="pat.o'brien@example.com"
stan=stan.still@example.com
odd='-x%~$y@example.com'
odd_file='-x%25~$y@example.com.json'
starter=$mnt/licenses/gotomeeting-starter
start_sandbox --users 40
mount_tenant settle=1,max_removals=20
manners unlicensed DIR
manners move-department DIR Sales Support
manners hand-over DIR gotomeeting-starter $full $ann

# holds EMAIL: the licenses of a person, at the tenant
holds() {
	sandbox GET state | jq -r --arg email "$1" '
		(.licenses | map({(.key): .description}) | add) as $name |
		.users[] | select(.email == $email) |
		[.licenseKeys // [] | .[] | $name[.]] | sort | join(", ")'
}

# in_group GROUP: who is in it, at the tenant
in_group() {
	sandbox GET state | jq -r --arg group "$1" \
		'[.users[] | select(.groupName == $group).email] | sort | join(" ")'
}

step "unlicensed: as the tenant has it"
echo '{"firstName":"O","lastName":"D"}' >"$mnt/users/$odd_file"
mutate "{\"op\":\"assign\",\"email\":\"$stan\",\"license\":\"GoToWebinar Pro\"}"
mutate "{\"op\":\"assign\",\"email\":\"$stan\",\"license\":\"GoToTraining\"}"
mutate "{\"op\":\"update-user\",\"email\":\"$stan\",\"fields\":{\"status\":\"SUSPENDED\"}}"
refresh_tenant
calls_clear
expect "$examples/unlicensed" "$mnt"
cp out got
expect_calls
sandbox GET state | jq -r '(.licenses | map({(.key):
		(.description | ascii_downcase | gsub(" "; "-"))}) | add) as $name |
	.users[] | if (.licenseKeys // []) == []
	then "unlicensed\t\(.email)\t\(.status)\t\(.groupName // "")"
	elif .status == "SUSPENDED"
	then "suspended\t\(.email)\t\(.licenseKeys | map($name[.]) | join("\t"))"
	else empty end' >want
is "$(sort want)" "$(sort got)"
grep -qF "unlicensed	$odd	" got || fail "not $odd"
grep -q "^suspended	$stan	gotowebinar-pro	gototraining$" got || fail "not $stan"

step "move-department: all of Sales, not those of the groups below it"
calls_clear
mkdir "$mnt/groups/New & 'old' sales"
expect ln -sr "$mnt/users/$odd_file" "$mnt/groups/Sales/"
says "" "$examples/move-department" "$mnt" Sales "New & 'old' sales"
is "" "$(in_group Sales)"
is "$odd $dan" "$(in_group "New & 'old' sales")"
is $max "$(in_group EMEA)"
expect_calls "POST /groups=1" "PUT /groups/{}/users/{}=3"
says "" "$examples/move-department" "$mnt" Sales "New & 'old' sales"
expect_calls

step "a list, of people from everywhere and nowhere"
printf ' %s\n\n%s\r\n%s' ANN.Lee@example.com "$pat" "$odd" >list.txt
says "" "$examples/move-department" "$mnt" --list list.txt Sales/EMEA
is "$odd $ann $max $pat" "$(in_group EMEA)"
expect_calls "PUT /groups/{}/users/{}=3"
{
	printf '\xef\xbb\xbf'
	cat list.txt
} >marked.txt
says "" "$examples/move-department" "$mnt" --list - Sales/EMEA <marked.txt
expect_calls

step "who cannot be moved is named, and the others are"
expect ln -sr "$mnt/users/$stan.json" "$mnt/groups/Interns/" # is there already
sync_tenant
printf '%s\nnobody@example.com\n%s\n' $stan $dan >list.txt
fault '{"match":"PUT /groups/{}/users/{}","kind":"status","status":400}'
refuse "groups/Interns/nobody@example.com.json: nobody has this address" 1 \
	"$examples/move-department" "$mnt" --list list.txt Interns
said "groups/Interns/$dan.json: GoTo refuses"
is 3 "$(wc -l <err)" # and how many
is "ivy.invited@example.com $stan" "$(in_group Interns)"
refuse "nobody has this address" 1 "$examples/move-department" "$mnt" --list list.txt Interns
is "$dan ivy.invited@example.com $stan" "$(in_group Interns)"
calls_clear
refuse "nobody has this address" 1 \
	"$examples/move-department" "$mnt" --list - Interns <<<nobody@example.com
refuse "there is no group Nowhere" 1 "$examples/move-department" "$mnt" Sales Nowhere
for name in ../users . "" Sales/../../users Sales/ /Sales; do
	refuse "there is no group $name" 1 "$examples/move-department" "$mnt" "$name" Interns
	refuse "there is no group $name" 1 "$examples/move-department" "$mnt" Sales "$name"
done
refuse "No such file" 1 "$examples/move-department" "$mnt" Nowhere Sales
refuse "No such file" 1 "$examples/move-department" "$mnt" --list none Sales
expect_calls

step "hand-over of a free license's seat: TO has it before FROM has lost it"
says "" "$examples/hand-over" "$mnt" gotomeeting-business Dan.Fox@example.com "$odd"
expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=1"
is "POST DELETE" "$(sandbox GET log | jq -r 'select(.route | test("licenses")).method' |
	tail -n 2 | paste -sd' ')"
is "" "$(holds $dan)"
is "GoToMeeting Business" "$(holds "$odd")"

step "of a full license: FROM's seat is TO's"
is 0 "$(stat -f -c %d "$starter")"
says "" "$examples/hand-over" "$mnt" gotomeeting-starter $full "$pat"
expect_calls "DELETE /licenses/{}/users/{}=1" "POST /licenses/{}/users/{}=1"
is "" "$(holds $full)"
is "GoToMeeting Business, GoToMeeting Starter" "$(holds "$pat")"

step "what TO was refused before is not told again"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":400}'
expect ln -s "../../users/$stan.json" "$mnt/licenses/gotomeeting-business/"
await 30 test -e "$mnt/.gotofs/errors/licenses/gotomeeting-business/$stan.json.txt"
says "" "$examples/hand-over" "$mnt" gotomeeting-business "$odd" $stan
says "" "$examples/hand-over" "$mnt" gotomeeting-business $stan "$odd"
calls_clear

step "TO is refused: FROM never lost the seat"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":400}'
refuse "$stan does not get the seat: " 1 \
	"$examples/hand-over" "$mnt" gotomeeting-business $ann $stan
expect_calls "POST /licenses/{}/users/{}=1"
is "GoToMeeting Business" "$(holds $ann)"
test -L "$mnt/licenses/gotomeeting-business/$ann.json" || fail "not shown"

step "... and of a full license FROM gets it back"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":400}'
refuse "$stan does not get the seat: " 1 \
	"$examples/hand-over" "$mnt" gotomeeting-starter "$pat" $stan
expect_calls "DELETE /licenses/{}/users/{}=1" "POST /licenses/{}/users/{}=2"
is "GoToMeeting Business, GoToMeeting Starter" "$(holds "$pat")"

step "... and says so when he does not"
fault '{"match":"POST /licenses/{}/users/{}","kind":"status","status":400,"count":-1}'
refuse "hand-over: nobody has the seat" 1 \
	"$examples/hand-over" "$mnt" gotomeeting-starter "$pat" $stan
said "$stan does not get the seat: "
said "licenses/gotomeeting-starter/$pat.json: "
fault_clear
is "GoToMeeting Business" "$(holds "$pat")"
expect ln -s "../../users/$pat.json" "$starter/"
sync_tenant
calls_clear

step "FROM is refused: TO gives it back"
fault '{"match":"DELETE /licenses/{}/users/{}","kind":"status","status":400}'
refuse "$ann keeps the seat: " 1 \
	"$examples/hand-over" "$mnt" gotomeeting-business $ann $full
expect_calls "POST /licenses/{}/users/{}=1" "DELETE /licenses/{}/users/{}=2"
is "GoToMeeting Business" "$(holds $ann)"
is "" "$(holds $full)"

step "interrupted while GoTo does not answer: FROM keeps it"
for signal in HUP TERM; do
	fault '{"match":"POST /licenses/{}/users/{}","kind":"hang"}'
	in_background "$examples/hand-over" "$mnt" gotomeeting-business $ann $full
	wait_for_calls "POST /licenses/{}/users/{}" 1
	kill -$signal "$waiting"
	fault_clear
	ended $((128 + $(kill -l $signal)))
	sync_tenant
	is "GoToMeeting Business" "$(holds $ann)"
	is "" "$(holds $full)"
	calls_clear
done

step "what makes no sense is refused before anything is done"
refuse "there is no license gold" 1 "$examples/hand-over" "$mnt" gold $ann $full
refuse "there is no license ../groups/Sales" 1 \
	"$examples/hand-over" "$mnt" ../groups/Sales $ann $full
refuse "$full has no seat" 1 "$examples/hand-over" "$mnt" gotomeeting-starter $full $ann
refuse "nobody has the address no@x.y" 1 "$examples/hand-over" "$mnt" gotomeeting-starter "$pat" no@x.y
refuse "$ann has a seat" 1 "$examples/hand-over" "$mnt" gotomeeting-business "$max" $ann
expect_calls

step "and when the guard lets nobody go nothing is done"
unmount_tenant
mount_tenant max_removals=0
calls_clear
refuse "$ann keeps the seat: " 1 "$examples/hand-over" "$mnt" gotomeeting-business $ann $full
expect_calls
is "" "$(holds $full)"

step "of a mount that is read-only each says so"
rm -rf "$mnt/.gotofs/errors/"*
unmount_tenant
mount_tenant ro
calls_clear
refuse "$ann keeps the seat: Read-only file system" 1 \
	"$examples/hand-over" "$mnt" gotomeeting-business $ann $full
refuse "groups/Support/$max.json: Read-only file system" 1 \
	"$examples/move-department" "$mnt" Sales/EMEA Support
! grep -v ": Read-only file system" err || fail "something else is told"
expect_calls
