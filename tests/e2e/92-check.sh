#!/bin/bash
# SPDX-License-Identifier: MIT
# gotofs check: documents and links judged without a mount, as a mount would.
# shellcheck source=tests/e2e/functions.sh
. "$(dirname "$0")/functions.sh"
# shellcheck source=tests/e2e/functions_write.sh
. "$(dirname "$0")/functions_write.sh"

# bad FILE WHY ARG...: this is the one line, and the status is 1
bad() {
	local file=$1 why=$2
	shift 2
	"$gotofs" check "$@" >"$WORK/out" 2>"$WORK/err"
	is 1 $?
	is 1 "$(wc -l <"$WORK/out")"
	is "" "$(cat "$WORK/err")"
	grep -qF -- "$file" "$WORK/out" && grep -qF -- "$why" "$WORK/out" ||
		fail "not \"$file: … $why\"" "$(cat "$WORK/out")"
}
# good ARG...: not a word
good() {
	expect_out "" "$gotofs" check "$@"
	is "" "$(cat "$WORK/err")"
}
# as PLACE TEXT: what is on standard input
as() {
	echo "$2" >"$WORK/text"
	"$gotofs" check --as "$1" - <"$WORK/text"
}

step "no profile, no mount, no home: a person's file, by its place"
unset XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p repo/{users,licenses/gotowebinar-pro,groups/Sales/Inside,reclaim,.git}
bob_file=repo/users/bob.stone@example.com.json
echo "$bob_text" >$bob_file
good $bob_file
good "$PWD/$bob_file"
(cd repo/users && good bob.stone@example.com.json ./bob.stone@example.com.json) || exit 1
echo '{"firstName":"Bob"}' >$bob_file
bad $bob_file "lastName is missing" $bob_file
echo '{"firstName":"Bob","lastName":"Stone","lastname":"x"}' >$bob_file
bad $bob_file 'it is spelt "lastName"' $bob_file
echo '{"firstName":"Bob",' >$bob_file
bad $bob_file "line 2" $bob_file
echo '{"firstName":"Bob","lastName":"Stone","email":"rob@example.com"}' >$bob_file
bad $bob_file "must be the address of the file name" $bob_file
echo "$bob_text" >$bob_file
echo "$bob_text" >repo/users/Upper@example.com.json
bad Upper "is no name for a person's file" repo/users/Upper@example.com.json
rm repo/users/Upper*
bad none.json "No such file" repo/users/none.json $bob_file
head -c 1100000 /dev/zero >repo/users/long@example.com.json
bad long "more than 1 MiB" repo/users/long@example.com.json
rm repo/users/long*

step "standard input, for a place"
expect as users/bob.stone@example.com.json "$bob_text"
is "-: firstName is missing; a new person needs one" "$(as users/bob.stone@example.com.json '{}')"
expect as reclaim/rules.json '{"inactive_days": 90}'
as reclaim/rules.json '{"inactive_days": 0}' >out && fail "zero days"
grep -q "^-: inactive_days is to be a whole number" out || fail "$(cat out)"
as reports/index.html "$bob_text" >out && fail "no such place"
grep -q "^-: nothing has its place there" out || fail "$(cat out)"
expect as 'users/o'\''neil+x@example.com.json' "$bob_text"
refuse "for which place" 2 "$gotofs" check -
refuse "one FILE" 2 "$gotofs" check --as users/a@b.json $bob_file $bob_file
refuse "at least 1 operand" 2 "$gotofs" check
refuse "no folder" 2 "$gotofs" check --before nowhere $bob_file
bad out "--as says" out

step "the rules, in a repository"
echo '{"exemptions":[{"pattern":"ceo@*"}]}' >repo/reclaim/rules.json
bad repo/reclaim/rules.json "reason is required" repo/reclaim/rules.json
echo '{}' >repo/reclaim/rules.json

step "links: to a file in users/, of the same name, as text alone"
link=repo/licenses/gotowebinar-pro/bob.stone@example.com.json
# links TARGET [LINK]
links() {
	ln -sfn "$1" "${2-$link}"
}
links ../../users/bob.stone@example.com.json
links ../../../users/bob.stone@example.com.json repo/groups/Sales/Inside/bob.stone@example.com.json
good $link repo/groups/Sales/Inside/bob.stone@example.com.json
links ../../users/ann.lee@example.com.json
bad $link "both must be the same" $link
links /etc/passwd
bad $link "links here lead to a file in users/" $link
links ../../../users/bob.stone@example.com.json
bad $link "links here lead to a file in users/" $link
rm $link
echo "$bob_text" >$link
bad $link "no symbolic link" $link
rm $link
links bob.stone@example.com.json repo/users/x@example.com.json
bad x@example.com "a symbolic link" repo/users/x@example.com.json
rm repo/users/x@example.com.json

step "a repository: all of it, and nothing else"
echo no >repo/README.md
echo no >repo/groups/Sales/.gitkeep
links ../../users/bob.stone@example.com.json
good repo
good repo/users repo/licenses/ repo/groups//
links ../../users/gone@example.com.json repo/licenses/gotowebinar-pro/gone@example.com.json
bad gotowebinar-pro/gone@example.com.json "leads to nobody" repo
rm repo/licenses/gotowebinar-pro/gone@example.com.json
links ../../users/bob.stone@example.com.json repo/groups/Sales/bob.stone@example.com.json
bad repo/groups/Sales/bob.stone@example.com.json \
	"also in groups/Sales/Inside/bob.stone@example.com.json" repo
rm repo/groups/Sales/bob.stone@example.com.json
mkdir repo/groups/Sales/Inside/deep
bad groups/Sales/Inside/deep "no folder here" repo
rmdir repo/groups/Sales/Inside/deep
mkdir repo/groups/50%
bad groups/50% "not a group's name" repo
rmdir repo/groups/50%
echo no >repo/users/notes.txt
bad repo/users/notes.txt "line 1" repo
rm repo/users/notes.txt
touch repo/reclaim/other.json
bad repo/reclaim/other.json "nothing has its place" repo
rm repo/reclaim/other.json
for name in users licenses groups reclaim; do
	mkdir repo/groups/$name
done
mv repo/groups/{Sales/Inside,users}/bob.stone@example.com.json
links ../../users/bob.stone@example.com.json repo/groups/users/bob.stone@example.com.json
good repo repo/groups
(cd repo && good */) || exit 1
(cd repo/groups && good .) || exit 1
links ../../users/ann.lee@example.com.json repo/groups/users/bob.stone@example.com.json
bad repo/groups/users/bob.stone@example.com.json "both must be the same" repo/groups
mkdir repo/groups/Sales/{users,licenses}
links ../../../users/ann.lee@example.com.json repo/groups/Sales/users/ann.lee@example.com.json
links ../../users/bob.stone@example.com.json repo/groups/users/bob.stone@example.com.json
for operand in groups/Sales groups/Sales/ groups/Sales/users groups/users \
	groups/{users/bob.stone,Sales/users/ann.lee}@example.com.json; do
	good repo/$operand
	(cd repo && good $operand) || exit 1
done
(cd repo/groups/Sales && good . users */) || exit 1
links ../../../users/bob.stone@example.com.json repo/groups/Sales/users/ann.lee@example.com.json
for operand in groups/Sales groups/Sales/users groups/Sales/users/ann.lee@example.com.json; do
	bad repo/groups/Sales/users/ann.lee@example.com.json "both must be the same" repo/$operand
done
rm -r repo/groups/Sales/{users,licenses} repo/groups/{users,licenses,groups,reclaim}
links ../../../users/bob.stone@example.com.json repo/groups/Sales/Inside/bob.stone@example.com.json
mkdir -p groups/of
mv repo groups/of/
good groups/of/repo
mv groups/of/repo .
mkfifo repo/users/fifo@example.com.json
bad repo/users/fifo@example.com.json "not a regular file" repo
bad fifo@example.com.json "not a regular file" repo/users/fifo@example.com.json
echo '{"locale":"de_DE"}' >ann
bad ann "not a regular file" --before repo --as users/fifo@example.com.json ann
rm repo/users/fifo@example.com.json
expect mkdir nothing
bad nothing "lies in none of" nothing

step "a line for each that is wrong"
echo '{}' >$bob_file
echo '{"inactive_days":"x"}' >repo/reclaim/rules.json
"$gotofs" check repo >out
is 1 $?
is "$(printf '%s\n' $bob_file repo/reclaim/rules.json)" "$(cut -d: -f1 out)"
"$gotofs" check repo/ repo/users/ >again
is "$(cat out; grep ^repo/users out)" "$(cat again)"

step "--before: what he has already is not refused, and he is no new person"
export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
start_sandbox --users 20
long=$(printf 'x%.0s' {1..50})
mutate '{"op":"update-user","email":"ann.lee@example.com","fields":{"lastName":"'"$long"'","zodiac":"Aries"}}'
mount_tenant
mkdir -p new/users
cp "$ann" new/users/
bad ann.lee 'no field "zodiac"' new/users/ann.lee@example.com.json
good --before "$mnt" new/users/ann.lee@example.com.json
jq '.firstName = "Anna"' "$ann" >new/users/ann.lee@example.com.json
good --before "$mnt" new
jq '.lastName += "y"' "$ann" >new/users/ann.lee@example.com.json
bad ann.lee "at most 32" --before "$mnt" new
echo '{"timeZone":null}' >new/users/ann.lee@example.com.json
bad ann.lee "firstName is missing" new
good --before "$mnt" new
echo '{"lastName":"New"}' >new/users/bob.stone@example.com.json
bad bob.stone "firstName is missing" --before "$mnt" new
good --before repo --before "$mnt" repo/users/bob.stone@example.com.json new/users/ann.lee@example.com.json
echo '{"timeZone":null}' >new/users/ann.lee@example.com.json
good --before "$mnt" --before new new
good --before repo --before "$mnt" new/users/ann.lee@example.com.json
bad ann.lee "firstName is missing" --before repo --before repo/users new/users/ann.lee@example.com.json
refuse "no folder" 2 "$gotofs" check --before "$mnt" --before nowhere new
calls_clear

step "... nor are groups that nobody here could make, and who is in them"
deep=groups/Far/Near/L3
odd=groups/A%0AB
cut=groups/$(printf 'g%.0s' {1..200})~
mutate '{"op":"create-group","name":"Far"}'
mutate '{"op":"create-group","name":"Near","parent":"Far"}'
mutate '{"op":"create-group","name":"L3","parent":"Near"}'
mutate '{"op":"create-group","name":"A\nB"}'
mutate '{"op":"create-group","name":"'"$(printf 'g%.0s' {1..300})"'"}'
mutate '{"op":"set-group","email":"ann.lee@example.com","group":"L3"}'
refresh_tenant
expect test -d "$mnt/$odd"
expect test -L "$mnt/$deep/ann.lee@example.com.json"
mkdir after
expect cp -R --no-preserve=all "$mnt"/{users,groups} after/
find after -name ann.lee@example.com.json -type f -exec \
	sh -c 'echo "{\"locale\":null}" >"$1"' - {} \;
"$gotofs" check after >out
is 1 $?
for name in "$odd: not a group's" "$deep: there can be no folder" "$cut"; do
	grep -qF "after/$name" out || fail "no $name" "$(cat out)"
done
good --before "$mnt" after
expect mv after/groups/{Sales,Far/Near/L3}/dan.fox@example.com.json
ln -sfn ../../../../users/dan.fox@example.com.json after/$deep/dan.fox@example.com.json
good --before "$mnt" after
ln -sfn ../../../users/dan.fox@example.com.json after/$deep/dan.fox@example.com.json
bad $deep/dan.fox@example.com.json "links here lead to a file in users/" --before "$mnt" after
rm after/$deep/dan.fox@example.com.json
mkdir after/$deep/L4
bad $deep/L4 "there can be no folder here" --before "$mnt" after
mkdir after/groups/C%0AD
rmdir after/$deep/L4
bad groups/C%0AD "not a group's name" --before "$mnt" after
rmdir after/groups/C%0AD
ln -s ../users/ann.lee@example.com.json after/groups/
bad groups/ann.lee@example.com.json "nothing has its place there" --before "$mnt" after
rm after/groups/ann.lee@example.com.json
ln -s ../users/ann.lee@example.com.json after/users/x@example.com.json
bad users/x@example.com.json "a symbolic link" --before "$mnt" after
calls_clear

step "the mount says the same, and is itself in order"
refuse "Invalid argument" 1 cp new/users/bob.stone@example.com.json "$users/"
error_record users/bob.stone@example.com.json "firstName is missing; a new person needs one"
good --before "$mnt" "$mnt"
ln -s "$mnt" to_mount
good --before "$mnt" to_mount to_mount/
expect_calls
