# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: MIT
#
# The tool matrix. Each tool has a row in tests/e2e/tools and functions in a
# test script; play_files GROUP runs the group's tools on a tenant: create,
# update, no change, a refused change, one that the tenant refuses, remove.
#
#	ID_write FILE     writes the text in ./text to FILE, new or not
#	ID_create FILE    the same where FILE is new; only where that differs
#	ID_remove FILE    removes it the tool's own way, where it has one
#
# After each case we look, for each tool by itself, at the exit status and the
# words, at what lies around, at the files, the tenant, the calls and errors/.
# All tools go through a case together, so that looking costs a few processes
# a case. TOOLS=REGEX plays some of them. Sourced after functions_write.sh.

e2e=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
domain=tools.example.com
declare -A row # of each tool: "FIELD ID" to a cell of the table
ids=()
mkdir tree

# archive FILE: ./archive is a tar of ./text under FILE's name
archive() {
	cp -p text "tree/${1##*/}"
	tar -C tree -cf archive "${1##*/}"
}

# text_of LASTNAME [MORE]: ./text is a person of that name
text_of() {
	printf '{"firstName":"New","lastName":"%s"%s}\n' "$1" "${2-}" >text
}

is_function() {
	test "$(type -t "$1")" = function
}

# load_tools GROUP: its rows
load_tools() {
	local group id name create remove refused denied asks leaves note
	while IFS='|' read -r group id name create remove refused denied asks \
		leaves note; do
		ids+=("$id")
		row["create $id"]=$create row["refused $id"]=$refused
		row["denied $id"]=$denied row["asks $id"]=${asks:-1}
		row["leaves $id"]=$leaves
	done < <(sed -E '/^#/d; s/\\\|/:/g; s/ *\| */|/g' "$e2e/tools" |
		grep "^$1|")
	mapfile -t ids < <(printf '%s\n' "${ids[@]}" | grep -E "${TOOLS-.}")
	test ${#ids[@]} -gt 0 || fail "no tools: $1"
}

# email_of ID, file_of ID
email_of() {
	echo "${1//_/-}@$domain"
}

file_of() {
	echo "$users/${1//_/-}@$domain.json"
}

# ---------------------------------------------------------------- one tool runs

# hears "STATUS WORDS" CMD...: it exits so, and says so on stdout or stderr
hears() {
	local want=${1%% *} words=${1#* } got
	words=${words%…}
	shift
	"$@" >"$WORK/out" 2>"$WORK/err"
	got=$?
	test $got -eq "$want" || fail "exit $got, not $want, of: $*" \
		"$(tail -n 20 "$WORK/out" "$WORK/err")"
	test "$words" = "-" || [[ $(<"$WORK/out")$(<"$WORK/err") == *"$words"* ]] ||
		fail "nothing said \"$words\"" "$(tail -n 20 "$WORK/out" "$WORK/err")"
}

# tidy ID: what it left in users/ has names that its row allows; it goes.
tidy() {
	local found pattern known patterns
	read -ra patterns <<<"${row["leaves $1"]}"
	for found in "$users"/* "$users"/.[!.]*; do
		[[ $found != *.json || $found == */.* ]] && test -e "$found" ||
			continue
		known=
		for pattern in "${patterns[@]}"; do
			# shellcheck disable=SC2053 # a pattern it is
			[[ ${found##*/} != $pattern ]] || known=yes
		done
		test -n "$known" || fail "$1 left ${found##*/}"
		expect rm -r "$found"
	done
}

# ---------------------------------------------- what is looked at after a case

# people_in_files, people_of_tenant: "EMAIL LASTNAME" a line
people_in_files() {
	test -z "$(compgen -G "$users/*@$domain.json")" ||
		jq -r '"\(input_filename | sub(".*/"; "") | sub(".json$"; "")) \(.lastName)"' \
			"$users"/*@"$domain".json
}

people_of_tenant() {
	sandbox GET state | jq -r --arg d "@$domain" '.users | sort_by(.email)[] |
		select(.email | endswith($d)) | "\(.email) \(.lastName)"'
}

# people_are [LASTNAME]: every tool's person has it; without: nobody is there
people_are() {
	local id want=
	want=$(test -z "${1-}" || for id in "${ids[@]}"; do
		echo "$(email_of "$id") $1"
	done | sort)
	is "$want" "$(people_in_files | sort)"
	is "$want" "$(people_of_tenant | sort)"
}

# keys_note: who is who, for the calls by key
keys_note() {
	sandbox GET state | jq '[.users[] | {(.key): .email}] | add' >keys
}

# calls_by_person: "EMAIL ROUTE=N" a line, of all in the log
calls_by_person() {
	sandbox GET log | jq -rn --slurpfile keys keys '
		[inputs | select(.api == "admin") | .route as $r |
			if .route == "POST /users"
			then .body | fromjson.users[].email
			else .path | sub("[?].*"; "") | sub(".*/"; "") |
				$keys[0][.] // "?" end |
			"\(.) \($r)"] |
		group_by(.)[] | "\(.[0])=\(length)"' | sort
}

# calls_are ROUTE...: each tool's person has cost exactly these, one of each
# (what the row's "asks" says of the first)
calls_are() {
	local id route want got
	want=$(for id in "${ids[@]}"; do
		for route; do
			echo "$(email_of "$id") $route"
		done
	done | sort)
	got=$(calls_by_person)
	test "$want" = "$got" ||
		fail "the calls differ:" "$(diff <(echo "$want") <(echo "$got"))"
	expect sandbox POST log/clear
}

errors_are() {
	local id want
	want=$(for id in "${ids[@]}"; do echo "$(email_of "$id").json.txt"; done | sort)
	is "$want" "$(grep -rl -- "$1" "$mnt/.gotofs/errors/users" | sed 's|.*/||' | sort)"
	acknowledge
}

no_errors() {
	is "" "$(find "$mnt/.gotofs/errors" -type f)"
}

# ------------------------------------------------------------------- the cases

run_write() {
	local how=$1_$2
	is_function "$how" || how=$1_write
	"$how" "$3"
}

case_create() {
	local id
	text_of Created
	for id in "${ids[@]}"; do
		echo "create: $id"
		if test "${row["create $id"]}" = yes; then
			expect run_write "$id" create "$(file_of "$id")"
		else # it needs a file
			expect cp text "$(file_of "$id")"
		fi
		# (whom nobody waits for goes together with others)
		test "${row["denied $id"]}" != sync || sync_tenant
		tidy "$id"
	done
	sync_tenant
	people_are Created
	keys_note
	calls_are "POST /users=1" "GET /users/{}=1"
	no_errors
}

# case_write LASTNAME [ROUTE]...
case_write() {
	local id name=$1
	shift
	text_of "$name"
	for id in "${ids[@]}"; do
		echo "write $name: $id"
		expect "${id}_write" "$(file_of "$id")"
		tidy "$id"
	done
	sync_tenant
	people_are "$name"
	calls_are "$@"
	no_errors
}

files_now() {
	tail -n +1 "$users"/*@"$domain".json
}

as_before() {
	test "$(files_now)" = "$(<before)"
}

names_as_before() {
	test "$(people_in_files)" = "$(<names)"
}

# What gotofs itself refuses, in a file and under a new name: no call, and all
# stays as it is.
case_refused() {
	local id new=$users/nobody@$domain.json
	text_of Refused ',"color":"red"'
	files_now >before
	for id in "${ids[@]}"; do
		echo "refused: $id"
		hears "${row["refused $id"]}" "${id}_write" "$(file_of "$id")"
		tidy "$id"
	done
	await 30 as_before
	errors_are 'no field "color"'
	for id in "${ids[@]}"; do
		test "${row["create $id"]}" = yes || continue
		echo "refused, new: $id"
		hears "${row["refused $id"]}" run_write "$id" create "$new"
		tidy "$id"
		await 30 test ! -e "$new" # the kernel is told after the tool
		gone "$new"
		error_record "users/nobody@$domain.json" 'no field "color"'
		rm "$mnt/.gotofs/errors/users/nobody@$domain.json.txt"
	done
	acknowledge
	people_are "$1"
	calls_are
}

# What the tenant refuses: heard by who waits for it, told by gotofs sync else.
case_denied() {
	local id
	text_of Denied
	people_in_files >names
	fault '{"match":"PUT /users/{}","kind":"status","status":403,"count":-1}'
	for id in "${ids[@]}"; do
		echo "denied: $id"
		if test "${row["denied $id"]}" = sync; then
			expect "${id}_write" "$(file_of "$id")"
			sync_tells "$(email_of "$id")"
		else
			hears "${row["denied $id"]}" "${id}_write" "$(file_of "$id")"
		fi
		tidy "$id"
	done
	fault_clear
	await 30 names_as_before # (after a rename, the record and not the kept text)
	errors_are EACCES
	people_are "$1"
	denied_calls
}

denied_calls() {
	local id
	is "$(for id in "${ids[@]}"; do
		echo "$(email_of "$id") PUT /users/{}=${row["asks $id"]}"
	done | sort)" "$(calls_by_person)"
	expect sandbox POST log/clear
}

case_remove() {
	local id how
	for id in "${ids[@]}"; do
		echo "remove: $id"
		how=${id}_remove
		is_function "$how" || how="rm"
		expect "$how" "$(file_of "$id")"
		tidy "$id"
	done
	sync_tenant
	people_are
	calls_are "DELETE /users/{}=1"
	no_errors
}

# play_files GROUP
play_files() {
	load_tools "$1"
	expect sandbox POST log/clear
	step "a new person: one call, and the record is read"
	case_create
	step "an update: one call; the same again: none"
	case_write Changed "PUT /users/{}=1"
	case_write Changed
	step "refused at once, heard by every tool"
	case_refused Changed
	step "refused by the tenant"
	case_denied Changed
	step "removed: one call, after the settle time"
	case_remove
}
